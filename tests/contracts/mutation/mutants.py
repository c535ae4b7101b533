"""Every small change of a contract that its tests should notice, one at a time: mutants of a Vyper source.

Operators: a comparison or its bound shifted, a condition forced, `and` and `or` swapped, an arithmetic operator swapped, a number one
more or less, a named value exchanged for one of its kin, a statement left out. They work on the compiler's own syntax tree, so
that comments, texts of reverts and types are never touched.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from vyper.ast import nodes, parse_to_ast

COMPARISONS = {
    "Eq": ("!=",),
    "NotEq": ("==",),
    "Lt": ("<=", ">="),
    "LtE": ("<", ">"),
    "Gt": (">=", "<="),
    "GtE": (">", "<"),
}
ARITHMETIC = {
    "Add": ("-",),
    "Sub": ("+",),
    "Mult": ("//",),
    "FloorDiv": ("*",),
    "LShift": (">>",),
    "RShift": ("<<",),
    "BitAnd": ("|",),
    "BitOr": ("&",),
    "Mod": ("*",),
}
SYMBOLS = {
    "Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
    "Add": "+", "Sub": "-", "Mult": "*", "FloorDiv": "//", "LShift": "<<", "RShift": ">>", "BitAnd": "&", "BitOr": "|",
    "Mod": "%", "Pow": "**",
}  # fmt: skip
KIN = (
    ("buyer", "seller", "payout", "arbiter"),
    ("arbiterBps", "lapseBps"),
    ("shipBy", "review", "ruling"),
    ("creator", "payout"),
    ("toBuyer", "toSeller"),
    ("sender", "value"),
)
"""Members and names that stand for the same kind of thing: one in the place of the other compiles, and is wrong."""

CONSTANTS = (
    ("FUNDED", "DELIVERED", "DISPUTED", "CONTESTED"),
    ("RELEASE", "REFUND", "SETTLEMENT", "TIMEOUT", "RULING"),
    ("DELIVERY", "DISPUTE"),
)
REMOVABLE = (nodes.Assert, nodes.Assign, nodes.AugAssign, nodes.Log, nodes.Expr)


@dataclass(frozen=True)
class Mutant:
    """One changed source. `name` tells what was changed and stays the same when lines move: "function: before -> after".
    `function` may be a constant as well."""

    name: str
    function: str
    line: int
    source: str


def mutants(source: str) -> list[Mutant]:
    """All of them, in the order of the source; those that don't compile are among them."""
    lines = source.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: dict[str, Mutant] = {}
    tree = parse_to_ast(source)
    for part in tree.get_children((nodes.FunctionDef, nodes.VariableDecl)):
        named = part.name if isinstance(part, nodes.FunctionDef) else part.target.id
        for node in part.get_descendants():
            for begin, end, text in _changes(node, source, starts):
                changed = source[:begin] + text + source[end:]
                first = source.count("\n", 0, begin)
                last = source.count("\n", 0, end)
                before = " ".join(line.strip() for line in lines[first : last + 1])
                height = last - first + text.count("\n") - source.count("\n", begin, end)
                after = " ".join(
                    line.strip() for line in changed.split("\n")[first : first + height + 1]
                )
                name = f"{named}: {before} -> {after}"
                found.setdefault(name, Mutant(name, named, first + 1, changed))
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _changes(node, source: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """(begin, end, replacement) of every change at this node."""

    def place(each) -> tuple[int, int]:
        begin = starts[each.lineno - 1] + each.col_offset
        end = starts[each.end_lineno - 1] + each.end_col_offset
        if isinstance(each, nodes.Name) and source[begin:end] != each.id:
            # the compiler moves some of what follows a `log` or `staticcall` before it counts
            line = slice(starts[each.lineno - 1], starts[each.lineno])
            found = re.finditer(rf"\b{each.id}\b", source[line])
            begin = min((line.start + m.start() for m in found), key=lambda at: abs(at - begin))
            end = begin + len(each.id)
        return begin, end

    def swapped(left, right, symbol: str, others: tuple[str, ...]):
        begin, end = place(left)[1], place(right)[0]
        at = source.index(symbol, begin, end)
        for other in others:
            yield at, at + len(symbol), other

    if isinstance(node, nodes.Compare) and type(node.op).__name__ in COMPARISONS:
        kind = type(node.op).__name__
        yield from swapped(node.left, node.right, SYMBOLS[kind], COMPARISONS[kind])
        yield (*place(node), "True")
        yield (*place(node), "False")
    elif isinstance(node, nodes.BoolOp):
        ours, other = ("and", "or") if isinstance(node.op, nodes.And) else ("or", "and")
        for left, right in pairwise(node.values):
            yield from swapped(left, right, ours, (other,))
    elif isinstance(node, nodes.BinOp) and type(node.op).__name__ in ARITHMETIC:
        kind = type(node.op).__name__
        yield from swapped(node.left, node.right, SYMBOLS[kind], ARITHMETIC[kind])
    elif isinstance(node, nodes.Int) and not isinstance(node.get_ancestor(), nodes.Subscript):
        for number in (node.value + 1, node.value - 1):
            if number >= 0:
                yield (*place(node), str(number))
    elif isinstance(node, nodes.Attribute):
        _, end = place(node)
        begin = end - len(node.attr)
        assert source[begin:end] == node.attr, "the compiler counts otherwise here"
        for kin in _others(node.attr, KIN):
            yield begin, end, kin
    elif isinstance(node, nodes.Name):
        for kin in _others(node.id, (*CONSTANTS, *KIN)):
            yield (*place(node), kin)
    elif isinstance(node, REMOVABLE):
        yield (*place(node), "pass")


def _others(name: str, families: tuple[tuple[str, ...], ...]) -> list[str]:
    return [other for family in families if name in family for other in family if other != name]
