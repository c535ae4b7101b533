"""What an order's pot can be, and the table of what makes it so. The spec's table and drawing are made from this one."""

from dataclasses import dataclass
from enum import Enum, IntEnum

from node.protocol.errors import RuleError


class State(IntEnum):
    """What a pot can be, by the contract's own numbers. NONE: never funded, or paid out."""

    NONE = 0
    FUNDED = 1
    DELIVERED = 2
    DISPUTED = 3  # before delivery: the arbiter's silence refunds the buyer
    CONTESTED = 4  # after delivery: the arbiter's silence splits by lapse_bps


class How(IntEnum):
    """How money went, by the contract's own numbers."""

    RELEASE = 1
    REFUND = 2
    SETTLEMENT = 3
    TIMEOUT = 4
    RULING = 5


class When(Enum):
    """On which side of the pot's deadline a call works. At the deadline itself it is over."""

    ANY = ""
    BEFORE = "too late"
    FROM = "too early"


LIVE = (State.FUNDED, State.DELIVERED, State.DISPUTED, State.CONTESTED)


@dataclass(frozen=True)
class Transition:
    """These calls take a pot from any of these states to `to`; None: it stays, or is closed once nothing is left.

    `who`, `needs` and `until` (what the deadline becomes) are words for people; the rest is what the model goes by.
    """

    sources: tuple[State, ...]
    calls: tuple[str, ...]
    who: str
    when: When
    to: State | None
    needs: str = ""
    until: str = ""


TRANSITIONS = (
    Transition(
        (State.NONE,),
        ("fund", "fundMany", "fundWithPermit"),
        "buyer",
        When.ANY,
        State.FUNDED,
        until="`shipBy`",
    ),
    Transition(
        (State.NONE,),
        ("fundWithAuthorization",),
        "anyone, with the buyer's authorization",
        When.ANY,
        State.FUNDED,
        until="`shipBy`",
    ),
    Transition(
        (State.FUNDED,),
        ("deliver",),
        "seller, or anyone with its signature",
        When.BEFORE,
        State.DELIVERED,
        "`review` ≠ 0",
        "now + `review`",
    ),
    Transition(
        (State.FUNDED,),
        ("dispute",),
        "buyer, seller, or anyone with the signature of one",
        When.BEFORE,
        State.DISPUTED,
        "an arbiter is named",
        "now + `ruling`",
    ),
    Transition(
        (State.DELIVERED,),
        ("dispute",),
        "the same",
        When.BEFORE,
        State.CONTESTED,
        "an arbiter is named",
        "now + `ruling`",
    ),
    Transition(LIVE, ("release", "releaseMany"), "buyer", When.ANY, State.NONE),
    Transition(
        LIVE,
        ("settle",),
        "anyone, with the givers' consent",
        When.ANY,
        None,
        until="unchanged",
    ),
    Transition(LIVE, ("timeout",), "anyone", When.FROM, State.NONE),
    Transition((State.DISPUTED, State.CONTESTED), ("rule",), "arbiter", When.BEFORE, State.NONE),
)

_BY_CALL = {
    (source, call): row for row in TRANSITIONS for source in row.sources for call in row.calls
}


def step(state: State, call: str, now: int, until: int) -> State | None:
    """Where this call takes a pot in this state, at this time, with this deadline.

    Raises RuleError "escrow.call" with "wrong state", "too late" or "too early".
    """
    row = _BY_CALL.get((state, call))
    if row is None:
        raise RuleError("escrow.call", "wrong state")
    if row.when is not When.ANY and (now < until) is not (row.when is When.BEFORE):
        raise RuleError("escrow.call", row.when.value)
    return row.to


# The same for whoever sees only events. A first "funded" opens a pot; nothing opens a closed one again.
POT_TRANSITIONS = {
    **{
        (source, event): row.to
        for call, event in (("deliver", "delivered"), ("dispute", "disputed"))
        for row in TRANSITIONS
        if call in row.calls
        for source in row.sources
    },
    **{(state, "paid in part"): state for state in LIVE},
    **{(state, "paid out"): State.NONE for state in LIVE},
}


# ------------------------------------------------------------------------------------ what the spec shows

_TIMES = {When.ANY: "any time", When.BEFORE: "before `until`", When.FROM: "from `until` on"}


def transitions_table() -> list[str]:
    """The rows of the spec's table, in Markdown."""
    made = ["| from | call | who | when | to | `until` becomes |", "|---|---|---|---|---|---|"]
    for row in TRANSITIONS:
        source = "any live" if row.sources == LIVE else ", ".join(map(_name, row.sources))
        calls = ", ".join(f"`{call}`" for call in row.calls)
        opening = State.NONE in row.sources
        when = "" if opening else ", ".join(filter(None, (_TIMES[row.when], row.needs)))
        target = "the same, or none if nothing is left"
        if row.to is not None:
            target = f"{row.to.name} ({int(row.to)})" if row.to else "none"
        made.append(f"| {source} | {calls} | {row.who} | {when} | {target} | {row.until} |")
    return [line.replace("|  |", "| |").replace("|  |", "| |") for line in made]


def _name(state: State) -> str:
    return state.name if state else "none"


# What silence gives, by what `split` pays at a timeout; a settlement ends an order only if it is about all that is left.
_ENDS = {"settle": "settle all"}
_SILENCE = {
    State.FUNDED: "refund",
    State.DELIVERED: "payment",
    State.DISPUTED: "refund",
    State.CONTESTED: "split",
}
_DRAWN = {"fundMany", "fundWithPermit", "fundWithAuthorization", "releaseMany"}
"""Other ways of doing what another call does: left out of the drawing."""


def transitions_diagram() -> str:
    """The spec's drawing, in Mermaid."""
    lines = ["stateDiagram-v2", "    [*] --> FUNDED: fund"]
    for state in LIVE:
        ends = []
        for (source, call), row in _BY_CALL.items():
            if source is not state or call in _DRAWN:
                continue
            if row.to:
                lines.append(f"    {state.name} --> {row.to.name}: {call}")
            else:
                ends.append(_ENDS.get(call, call))
        silence = f"timeout ({_SILENCE[state]})"
        ends = [silence if call == "timeout" else call for call in ends]
        lines.append(f"    {state.name} --> [*]: {', '.join(ends)}")
    return "\n".join(lines)
