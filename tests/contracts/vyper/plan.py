"""Reads the test plan, tests/contracts/escrow.tree: one tree per function, in the format of bulloak.

A branch "given the order is …" is about states, callers and the deadline, and stands for every combination that it names. A branch
"given all else is right" names a condition in words, and the reason why the contract refuses it.
"""

import itertools
import re
from typing import NamedTuple

from world import ROOT

PLAN = ROOT / "tests" / "contracts" / "escrow.tree"
STATES = ("none", "funded", "delivered", "disputed", "contested", "closed")
TIMES = ("before the deadline", "from the deadline on")
PEOPLE = ("the buyer", "the seller", "the payout", "the arbiter", "a payee", "a stranger")
SIGNED = {
    "fundWithAuthorization": ("a stranger with an authorization that the buyer didn't sign",),
    "deliver": ("a stranger with the seller's signature",),
    "dispute": (
        "a stranger in the buyer's name",
        "a stranger with the buyer's signature",
        "a stranger with the seller's signature",
    ),
    **dict.fromkeys(
        ("settle to the buyer", "settle to the seller", "settle to both"),
        (
            "a stranger with the buyer's signature",
            "a stranger with the seller's signature",
            "a stranger with both signatures",
        ),
    ),
}
"""Who calls with something beside its own name, by function."""
FUNCTIONS = (
    *("fund", "fundMany", "fundWithPermit", "fundWithAuthorization", "deliver", "dispute"),
    *("release", "releaseMany", "settle to the buyer", "settle to the seller", "settle to both"),
    *("timeout", "rule", "withdraw", "idOf", "pots", "claims"),
)


class Case(NamedTuple):
    """What is called, in which state, on which side of the deadline, by whom."""

    function: str
    state: str
    time: str
    caller: str


class Leaf(NamedTuple):
    """A line of the plan: the conditions above it, and what should come of it."""

    function: str
    conditions: tuple[str, ...]
    outcome: str

    @property
    def reason(self) -> str | None:
        found = re.fullmatch(r'it should revert with "([^"]+)"', self.outcome)
        return found[1] if found else None


def callers(function: str) -> tuple[str, ...]:
    return PEOPLE + SIGNED.get(function, ())


def every_case() -> set[Case]:
    return {
        Case(function, *rest)
        for function in FUNCTIONS
        for rest in itertools.product(STATES, TIMES, callers(function))
    }


def leaves(text: str) -> list[Leaf]:
    """All leaves. ValueError for a line that is none of the format's."""
    found, function, path = [], "", []
    for line in text.splitlines():
        if not line.strip() or line.startswith("//"):
            continue
        if root := re.fullmatch(r"Escrow::(\w+)", line):
            function, path = root[1], []
            continue
        match = re.fullmatch(r"((?:│   |    )*)(?:├── |└── )(.+)", line)
        if not match or not re.match("given |when |it should ", match[2]):
            raise ValueError(f"not a line of a plan: {line}")
        path = [*path[: len(match[1]) // 4], match[2]]
        if match[2].startswith("it should "):
            found.append(Leaf(function, tuple(path[:-1]), match[2]))
    return found


def cases(leaf: Leaf) -> set[Case]:
    """Every combination that a leaf about states and callers stands for; none for another leaf."""
    function, states, times, who = leaf.function, (), TIMES, callers(leaf.function)
    for condition in leaf.conditions:
        if rest := re.fullmatch("given the order is (.+)", condition):
            states = tuple(_listed(rest[1]))
        elif rest := re.fullmatch("when it gives (.+)", condition):
            function = f"{function} {rest[1]}"
            who = callers(function)
        elif rest := re.fullmatch("when it is (.+)", condition):
            times = (rest[1],)
        elif rest := re.fullmatch("when the caller is (.+)", condition):
            who = tuple(_listed(rest[1]))
        elif condition != "when anyone calls":
            return set()
    return {Case(function, *rest) for rest in itertools.product(states, times, who)}


def _listed(text: str) -> list[str]:
    return re.split(", | or ", text)
