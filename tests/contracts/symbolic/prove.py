"""Symbolic proofs of the contracts, of the bytecode that the product ships.

    python tests/contracts/symbolic/prove.py                 # every proof
    python tests/contracts/symbolic/prove.py --only Rulings  # those whose name begins so
    python tests/contracts/symbolic/prove.py --broken        # each guard removed: its proofs must fail
    python tests/contracts/symbolic/prove.py --quick         # a few quick ones, green and red

Installs what it needs (see tools.py), prints a table and exits 1 on anything not proven, or, with --broken,
on anything still proven. What is proven, and what is assumed, is in docs/spec/escrow.md, campaign.md and proofs/.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from breakages import BREAKAGES, Breakage
from plan import PROOFS, QUICK
from tools import (
    HERE,
    PROVER,
    Result,
    ToolError,
    build,
    committed,
    compiled,
    install,
    prove,
    source,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME", help="those whose name begins so")
    parser.add_argument("--broken", action="store_true", help="remove each guard: proofs must fail")
    parser.add_argument("--quick", action="store_true", help="a few, and one removed guard of each")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="so many at once")
    options = parser.parse_args()
    names = [name for name in (QUICK if options.quick else PROOFS) if name.startswith(options.only)]
    if not names:
        parser.error("there is no such proof")
    try:
        install()
        codes = {contract: committed(contract) for contract in set(PROOFS.values())}
        if (found := build()) != set(PROOFS):
            raise ToolError(f"missing, or not in the list: {sorted(found ^ set(PROOFS))}")
        right = True
        if options.quick or not options.broken:
            right = whole(names, codes, options.workers)
        if options.quick or options.broken:
            right &= broken(trials(names, each_once=options.quick), options.workers)
        return 0 if right else 1
    except (ToolError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        return 1


def whole(names: list[str], codes: dict[str, str], workers: int) -> bool:
    """Every proof against the bytecode of its contract that the product ships: each must be green."""
    arithmetic = subprocess.run([str(PROVER / "python"), str(HERE / "arithmetic.py")])
    proven = 0
    with ThreadPoolExecutor(workers) as pool:
        for name, result in zip(
            names, pool.map(lambda name: prove(name, codes[PROOFS[name]]), names), strict=True
        ):
            show(name, result)
            proven += result.proven
            if not result.proven:
                print(result.output)
    print(f"{proven} proven of {len(names)} that ran, of {len(PROOFS)} that there are")
    return proven == len(names) and not arithmetic.returncode


def trials(names: list[str], each_once: bool) -> list[tuple[Breakage, list[str]]]:
    """Which of these proofs each removed guard must turn red; ToolError for a proof that none does."""
    waiting = set(names)
    tried = []
    for breakage in BREAKAGES:
        turned = [name for name in breakage.proofs if name in (waiting if each_once else names)]
        if turned:
            tried.append((breakage, turned))
        waiting.difference_update(turned)
    if waiting:
        raise ToolError(f"nothing turns these red: {sorted(waiting)}")
    return tried


def broken(tried: list[tuple[Breakage, list[str]]], workers: int) -> bool:
    """Each proof against each contract that lacks a guard of its: all must be red."""
    with ThreadPoolExecutor(workers) as pool:
        codes = pool.map(lambda each: without(each[0]), tried)
        runs = [
            (f"{name}, {breakage.name}", pool.submit(prove, name, code, early=True))
            for (breakage, names), code in zip(tried, codes, strict=True)
            for name in names
        ]
        red = 0
        for name, run in runs:
            show(name, run.result())
            red += run.result().verdict == "counterexample"
    print(f"{red} red of {len(runs)} that ran")
    return red == len(runs)


def without(breakage: Breakage) -> str:
    """The bytecode of the contract without this guard."""
    whole = source(breakage.contract)
    with tempfile.TemporaryDirectory() as folder:
        broken = Path(folder) / whole.name
        broken.write_text(breakage.applied(whole))
        return compiled(broken)


def show(name: str, result: Result) -> None:
    print(f"{result.verdict:15} {result.seconds:7.1f} s {result.paths:5} paths  {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
