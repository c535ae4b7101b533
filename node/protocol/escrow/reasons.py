"""Why the contract refuses: every text of every function, in the order in which it looks.

Calls that carry arguments too wide for their type, value that a function doesn't take, or that come in the middle of another
call are refused without a text, and what a token says is passed on: neither is listed here.
"""

from collections.abc import Iterable

OPENING = (
    "amount is zero",
    "bad seller",
    "bad payout",
    "bad ship date",
    "bad review time",
    "bad ruling time",
    "bad arbiter",
    "bad arbiter fee",
    "bad lapse share",
    "funded already",
    "payees differ",
    "bad payee",
    "arbiter as payee",
    "bad share",
    "shares above the whole",
)
TAKING = ("no such token", "token refused", "token took a fee")
PAYING = ("payees differ", "not enough gas")

REASONS: dict[str, tuple[str, ...]] = {
    "fund": (
        *("not the buyer", *OPENING),
        *("value is not the amount", "value beside a token", *TAKING),
    ),
    "fundMany": ("not the buyer", *OPENING, *TAKING, "value is not the amount"),
    "fundWithPermit": ("not the buyer", *OPENING, *TAKING),
    "fundWithAuthorization": (*OPENING, "no such token", "token took a fee"),
    "deliver": (
        *("no such order", "not the seller", "expired"),
        *("a deposit", "wrong state", "too late"),
    ),
    "dispute": (
        *("no such order", "not a party", "no consent of the party", "expired"),
        *("no arbiter", "wrong state", "too late"),
    ),
    "release": ("no such order", "not the buyer", *PAYING),
    "releaseMany": ("no such order", "not the buyer", *PAYING),
    "settle": (
        *("no such order", "expired", "nothing to pay", "more than is held"),
        *("no consent of the buyer", "no consent of the seller", *PAYING),
    ),
    "timeout": ("no such order", "too early", *PAYING),
    "rule": ("no such order", "not the arbiter", "wrong state", "too late", *PAYING),
    "withdraw": (
        *("not yours to send elsewhere", "nothing to withdraw"),
        *("bad receiver", "receiver or token refused"),
    ),
}


def reasons_table() -> list[str]:
    """The rows of the spec's table, in Markdown: calls that refuse alike share one, what all funding shares has its own."""
    made = ["| call | reasons, in this order |", "|---|---|", f"| *opening* | {_quoted(OPENING)} |"]
    alike: dict[tuple[str, ...], list[str]] = {}
    for call, reasons in REASONS.items():
        alike.setdefault(reasons, []).append(call)
    for reasons, calls in alike.items():
        listed = _quoted(reasons).replace(_quoted(OPENING), "*opening*")
        made.append(f"| {_quoted(calls)} | {listed} |")
    return made


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
