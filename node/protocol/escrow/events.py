"""What the contract tells of an order, and the pot that is folded from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from node.protocol.escrow.states import POT_TRANSITIONS, State
from node.protocol.escrow.terms import Payee, Terms


@dataclass(frozen=True)
class Where:
    """The log's place on the chain. `time` is the block's."""

    block: int
    block_hash: bytes
    index: int
    tx: bytes
    time: int


NOWHERE = Where(0, bytes(32), 0, bytes(32), 0)
"""Of what the model says before any chain does."""


@dataclass(frozen=True)
class Funded:
    """`at` is the time of the block: the `since` of settlements."""

    id: bytes
    terms: Terms
    at: int
    where: Where


@dataclass(frozen=True)
class Delivered:
    id: bytes
    until: int
    where: Where


@dataclass(frozen=True)
class Disputed:
    id: bytes
    by: bytes
    until: int
    where: Where


@dataclass(frozen=True)
class Paid:
    """`left` is what the pot still holds; zero closes the order."""

    id: bytes
    to_buyer: int
    to_seller: int
    to_arbiter: int
    left: int
    how: int
    where: Where


EscrowEvent = Funded | Delivered | Disputed | Paid
"""What nodes follow."""


@dataclass(frozen=True)
class Payees:
    """The list that the terms of an order name, whole; there is none for an order without."""

    id: bytes
    payees: tuple[Payee, ...]


@dataclass(frozen=True)
class Claimable:
    """A payment that its receiver didn't take."""

    token: bytes
    who: bytes
    amount: int


@dataclass(frozen=True)
class Withdrawn:
    token: bytes
    who: bytes
    to: bytes
    amount: int


Event = EscrowEvent | Payees | Claimable | Withdrawn
"""All that the contract logs."""


@dataclass(frozen=True)
class Pot:
    """What the contract holds for one order, folded from its events. Sums are of everything paid so far."""

    state: State
    held: int
    since: int
    until: int
    terms: Terms
    to_buyer: int = 0
    to_seller: int = 0
    to_arbiter: int = 0
    last: Paid | None = None


def event_name(event: EscrowEvent) -> str:
    """The name by which POT_TRANSITIONS knows an event."""
    if isinstance(event, Paid):
        return "paid in part" if event.left else "paid out"
    return type(event).__name__.lower()


def fold_pot(events: Iterable[EscrowEvent]) -> Pot | None:
    """The pot of one escrow id after these events, in any order and with copies; None when it was never funded.

    Only the first funding is the order: a closed id can be funded again, and what happens then is not this order's.
    """
    pot: Pot | None = None
    for event in sorted(set(events), key=lambda event: (event.where.block, event.where.index)):
        if isinstance(event, Funded):
            if pot is None:
                terms = event.terms
                pot = Pot(State.FUNDED, terms.amount, event.at, terms.ship_by, terms)
        elif pot is not None:
            pot = _after(pot, event)
    return pot


def _after(pot: Pot, event: Delivered | Disputed | Paid) -> Pot:
    name = event_name(event)
    if (pot.state, name) not in POT_TRANSITIONS:
        return pot
    pot = replace(pot, state=POT_TRANSITIONS[pot.state, name])
    if not isinstance(event, Paid):
        return replace(pot, until=event.until)
    return replace(
        pot,
        held=event.left,
        to_buyer=pot.to_buyer + event.to_buyer,
        to_seller=pot.to_seller + event.to_seller,
        to_arbiter=pot.to_arbiter + event.to_arbiter,
        last=event,
    )
