"""Which lines and branches of the contracts the tests run, measured from what the EVM executes.

    .venv/contract/bin/python tests/contracts/vyper/covering.py                  # all tests of this folder
    .venv/contract/bin/python tests/contracts/vyper/covering.py -k matrix        # what is given goes to pytest

A line is a statement of a function, the constructor's included. A branch is either direction of a conditional jump that the compiler made
for a condition in the source: of `if`, of `assert`, of each part of an `and` and `or`. Jumps that it made for itself (which function is
called, whether arguments fit their types, whether arithmetic overflows, loops, the lock) are counted apart: some can't happen.
Prints what is missing; the exit code is 1 below 100 % of lines and branches, or when a test fails.
"""

import sys
from collections import defaultdict
from itertools import pairwise

import boa.vm.py_evm as evm
import pytest
import vyper.ast as syntax
from vyper.compiler.settings import anchor_settings
from vyper.ir import compile_ir
from world import CONTRACTS, HERE, compiled

JUMPI, PUSH1, PUSH32 = 0x57, 0x60, 0x7F
MEASURED = ("Escrow", "Campaign")
CONDITIONS = (syntax.Assert, syntax.If, syntax.IfExp, syntax.BoolOp)


class Code:
    """One piece of bytecode, with what the compiler says of its places."""

    def __init__(self, raw: bytes, source_map: dict):
        self.raw = raw
        self.nodes = source_map["pc_raw_ast_map"]
        self.jumps = list(jumps(raw))
        self.edges: set[tuple[int, int]] = set()


def jumps(raw: bytes):
    """The places of conditional jumps."""
    place = 0
    while place < len(raw):
        if raw[place] == JUMPI:
            yield place
        wide = PUSH1 <= raw[place] <= PUSH32
        place += 1 + (raw[place] - PUSH1 + 1 if wide else 0)


class Recorder:
    """Keeps the steps of those computations of the EVM that run the contract."""

    def __init__(self, path):
        data = compiled(path).compiler_data
        self.name = path.name
        self.module = data.annotated_vyper_module
        self.runtime = Code(data.bytecode_runtime, data.source_map)
        with anchor_settings(data.settings):
            _, source_map = compile_ir.assembly_to_evm(data.assembly)
        self.deployment = Code(data.bytecode, source_map)
        self._known: dict[bytes, Code | None] = {}

    def record(self, code) -> None:
        raw = code._raw_code_bytes
        if raw not in self._known:
            # The runtime code is followed by the immutables; the code of a deployment by nothing.
            pieces = (self.runtime, self.deployment)
            self._known[raw] = next((p for p in pieces if p.raw and raw.startswith(p.raw)), None)
        known = self._known[raw]
        if known is not None:
            known.edges.update(pairwise(code._trace))

    # ---- what was run

    def lines(self) -> tuple[set[int], set[int]]:
        """(lines of statements, those that were run)"""
        every, known, run = set(), set(), set()
        for function in self.module.get_children(syntax.FunctionDef):
            statements = filter(self._is_statement, function.get_descendants(syntax.VyperNode))
            every.update(statement.lineno for statement in statements)
        for code in (self.runtime, self.deployment):
            ran = {place for edge in code.edges for place in edge}
            for place, node in code.nodes.items():
                while node is not None and not isinstance(node, syntax.FunctionDef):
                    if self._is_statement(node):
                        known.add(node.lineno)
                        run |= {node.lineno} if place in ran else set()
                    node = node._parent
        return every, run | self._run_on_the_way(every - known, run)

    def _run_on_the_way(self, placeless: set[int], run: set[int]) -> set[int]:
        """Statements for which the compiler names no place in the code, but which stand right before one that was run."""
        found = set()
        for block in self._blocks():
            for here, after in pairwise(block):
                if here in placeless and after in run:
                    found.add(here)
        return found

    def _blocks(self):
        """The lines of the statements of every block."""
        for kind in (syntax.FunctionDef, syntax.If, syntax.For):
            for node in self.module.get_descendants(kind):
                for part in ("body", "orelse"):
                    yield [each.lineno for each in getattr(node, part, None) or ()]

    def _is_statement(self, node) -> bool:
        parent = getattr(node, "_parent", None)
        return isinstance(parent, syntax.FunctionDef | syntax.If | syntax.For) and any(
            node is each
            for part in ("body", "orelse")
            for each in getattr(parent, part, None) or ()
        )

    def branches(self, of_source: bool) -> dict[tuple[int, bool], object]:
        """(place of the jump, whether it was taken) of every branch of the source, or else of the compiler."""
        found = {}
        for place in self.runtime.jumps:
            node = self._condition(self.runtime.nodes.get(place))
            if (node is not None) is of_source:
                found |= {(place, taken): node for taken in (False, True)}
        return found

    def _condition(self, node):
        """The condition in the source that a jump is made for, or None."""
        while node is not None and not isinstance(node, CONDITIONS):
            if self._is_statement(node) or isinstance(node, syntax.FunctionDef | syntax.Call):
                return None  # of a call: whether it failed, which the compiler asks for itself
            node = node._parent
        return node

    def run_branches(self) -> set[tuple[int, bool]]:
        jumps = set(self.runtime.jumps)
        return {(here, there != here + 1) for here, there in self.runtime.edges if here in jumps}


def watch(recorders: list[Recorder]) -> None:
    """Shows them every computation from now on, also those that another calls."""
    original = evm.titanoboa_computation.apply_computation.__func__

    def apply_computation(cls, *args, **options):
        computation = original(cls, *args, **options)
        for recorder in recorders:
            recorder.record(computation.code)
        return computation

    evm.titanoboa_computation.apply_computation = classmethod(apply_computation)


def percent(part: int, whole: int) -> str:
    return f"{part} of {whole}, {100 * part / whole:.1f} %"


def report(recorder: Recorder) -> bool:
    """Prints it; whether all was run."""
    every, run = recorder.lines()
    branches, taken = recorder.branches(of_source=True), recorder.run_branches()
    others = recorder.branches(of_source=False)
    missing = defaultdict(list)
    for (place, way), node in sorted(branches.items()):
        if (place, way) not in taken:
            missing[node.lineno].append((way, node.node_source_code.partition("\n")[0]))
    for line in sorted(every - run):
        print(f"{recorder.name}, line {line} was not run")
    for line, ways in sorted(missing.items()):
        for way, text in ways:
            how = "jump not taken" if way else "jump always taken"
            print(f"{recorder.name}, line {line}: {how}: {text}")
    print(f"{recorder.name}: lines {percent(len(run), len(every))}")
    print(
        f"{recorder.name}: branches {percent(len(branches) - sum(map(len, missing.values())), len(branches))}"
    )
    print(
        f"{recorder.name}: the compiler's own jumps {percent(len(others.keys() & taken), len(others))}"
    )
    return not missing and run == every


def main(arguments: list[str]) -> int:
    recorders = [Recorder(CONTRACTS / f"{name}.vy") for name in MEASURED]
    watch(recorders)
    failed = pytest.main(["-q", "-p", "no:cacheprovider", *(arguments or [str(HERE)])])
    complete = [report(recorder) for recorder in recorders]
    return 0 if all(complete) and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
