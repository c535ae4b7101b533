"""What the escrow contract enforces, computed here first: terms, their id, settlements and the split of money.

Everything mirrors `contracts/Escrow.vy` (see docs/spec/escrow.md): hashes are EIP-712, integers are in the
smallest unit of the token, times are Unix seconds, addresses are 20 bytes (all zero: none).
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from enum import IntEnum

from eth_hash.auto import keccak

from node.protocol import eip712
from node.protocol.eip712 import address_of as address_of
from node.protocol.eip712 import recover_signer as recover_signer
from node.protocol.eip712 import sign_digest as sign_digest
from node.protocol.eip712 import word
from node.protocol.errors import RuleError

NOBODY = bytes(20)
NO_PAYEES = bytes(32)

HOUR = 3_600
DAY = 86_400
WHOLE = 10_000
MAX_ARBITER_BPS = 2_000
MAX_LAPSE_BPS = 10_000
MAX_SHIP_TIME = 180 * DAY
MIN_REVIEW = HOUR
MAX_REVIEW = 90 * DAY
MIN_RULING = DAY
MAX_RULING = 90 * DAY

Payee = tuple[bytes, int]  # address, share of the seller's side in 1/10,000


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


@dataclass(frozen=True)
class Terms:
    """What the contract enforces for one order. Field order is the contract's."""

    buyer: bytes
    seller: bytes
    payout: bytes
    arbiter: bytes
    token: bytes
    amount: int
    ship_by: int
    review: int
    ruling: int
    arbiter_bps: int
    lapse_bps: int
    payees: bytes
    order: bytes

    def abi(self) -> tuple:
        """The values in the order of the contract's struct."""
        return astuple(self)


TERMS_MEMBERS = (
    ("address", "buyer"),
    ("address", "seller"),
    ("address", "payout"),
    ("address", "arbiter"),
    ("address", "token"),
    ("uint128", "amount"),
    ("uint40", "shipBy"),
    ("uint32", "review"),
    ("uint32", "ruling"),
    ("uint16", "arbiterBps"),
    ("uint16", "lapseBps"),
    ("bytes32", "payees"),
    ("bytes32", "order"),
)
SETTLEMENT_MEMBERS = (
    ("bytes32", "id"),
    ("uint40", "since"),
    ("uint128", "held"),
    ("uint128", "toBuyer"),
    ("uint128", "toSeller"),
    ("uint40", "expiry"),
)
DOMAIN_NAME = "Etal Escrow"
DOMAIN_VERSION = "1"


# ------------------------------------------------------------------------------------ events of the chain


@dataclass(frozen=True)
class Where:
    """The log's place on the chain. `time` is the block's."""

    block: int
    block_hash: bytes
    index: int
    tx: bytes
    time: int


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


# What each event makes of a pot that is open. A first "funded" opens it; nothing opens a closed one again.
POT_TRANSITIONS = {
    (State.FUNDED, "delivered"): State.DELIVERED,
    (State.FUNDED, "disputed"): State.DISPUTED,
    (State.DELIVERED, "disputed"): State.CONTESTED,
    **{(state, "paid in part"): state for state in State if state},
    **{(state, "paid out"): State.NONE for state in State if state},
}


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


# --------------------------------------------------------------------------------- what the contract takes


def refusal(terms: Terms, at: int, contract: bytes, payees: Sequence[Payee] = ()) -> str | None:
    """The contract's own reason for refusing to open these terms at this time, or None when it would."""
    if terms.amount == 0:
        return "amount is zero"
    if terms.seller == NOBODY:
        return "bad seller"
    if terms.payout in (NOBODY, contract):
        return "bad payout"
    if not at < terms.ship_by <= at + MAX_SHIP_TIME:
        return "bad ship date"
    if terms.review != 0 and not MIN_REVIEW <= terms.review <= MAX_REVIEW:
        return "bad review time"
    if terms.arbiter == NOBODY:
        if terms.ruling != 0:
            return "bad ruling time"
    elif not MIN_RULING <= terms.ruling <= MAX_RULING:
        return "bad ruling time"
    elif terms.arbiter in (terms.buyer, terms.seller, terms.payout, contract):
        return "bad arbiter"
    if terms.arbiter_bps > MAX_ARBITER_BPS:
        return "bad arbiter fee"
    if terms.lapse_bps > MAX_LAPSE_BPS:
        return "bad lapse share"
    if payees_hash(payees) != terms.payees:
        return "payees differ"
    return _payees_refusal(payees, terms.arbiter, contract)


def _payees_refusal(payees: Sequence[Payee], arbiter: bytes, contract: bytes) -> str | None:
    if any(to in (NOBODY, contract) for to, _ in payees):
        return "bad payee"
    if payees and arbiter in [to for to, _ in payees]:
        return "arbiter as payee"
    if any(bps == 0 for _, bps in payees):
        return "bad share"
    if sum(bps for _, bps in payees) > WHOLE:
        return "shares above the whole"
    return None


# ------------------------------------------------------------------------------------- where money goes


@dataclass(frozen=True)
class Payout:
    """One payment out of a pot. `shares` are the transfers in the contract's order, (address, amount), none of zero."""

    how: How
    to_buyer: int
    to_seller: int
    to_arbiter: int
    left: int
    shares: tuple[tuple[bytes, int], ...]


def split(
    terms: Terms,
    held: int,
    verb: str,
    *,
    state: State = State.FUNDED,
    to_buyer: int = 0,
    to_seller: int = 0,
    payees: Sequence[Payee] = (),
) -> Payout:
    """Exactly what the contract would pay. `verb` is release | settle | timeout | rule; amounts are for settle and rule.

    Raises RuleError "escrow.split" with the contract's reason where it would revert (consent and time aside).
    """
    to_arbiter = 0
    if state is State.NONE or held == 0:
        raise RuleError("escrow.split", "no such order")
    match verb:
        case "release":
            how, to_buyer, to_seller = How.RELEASE, 0, held
        case "settle":
            if to_buyer == 0 and to_seller == 0:
                raise RuleError("escrow.split", "nothing to pay")
            if to_buyer + to_seller > held:
                raise RuleError("escrow.split", "more than is held")
            how = How.REFUND if to_seller == 0 else How.SETTLEMENT
            how = How.RELEASE if to_buyer == 0 else how
        case "timeout":
            how = How.TIMEOUT
            to_seller = {
                State.DELIVERED: held,
                State.CONTESTED: held * terms.lapse_bps // WHOLE,
            }.get(state, 0)
            to_buyer = held - to_seller
        case "rule":
            if state not in (State.DISPUTED, State.CONTESTED):
                raise RuleError("escrow.split", "wrong state")
            how = How.RULING
            to_arbiter = held * terms.arbiter_bps // WHOLE
            to_seller = min(to_seller, held - to_arbiter)
            to_buyer = held - to_arbiter - to_seller
        case _:
            raise RuleError("escrow.split", f"no such verb: {verb}")
    left = held - to_buyer - to_seller - to_arbiter
    shares = [(terms.buyer, to_buyer), (terms.arbiter, to_arbiter)]
    shares += _sellers_side(terms, to_seller, payees)
    return Payout(how, to_buyer, to_seller, to_arbiter, left, tuple(s for s in shares if s[1]))


def _sellers_side(terms: Terms, amount: int, payees: Sequence[Payee]) -> list[tuple[bytes, int]]:
    if amount and payees_hash(payees) != terms.payees:
        raise RuleError("escrow.split", "payees differ")
    shares = [(to, amount * bps // WHOLE) for to, bps in payees]
    return [*shares, (terms.payout, amount - sum(share for _, share in shares))]


# ------------------------------------------------------------------------------ hashes and signatures


@dataclass(frozen=True)
class Settlement:
    """What the parties sign to pay out a part or all. It names what is held, so each works once."""

    id: bytes
    since: int
    held: int
    to_buyer: int
    to_seller: int
    expiry: int


def payees_hash(payees: Sequence[Payee]) -> bytes:
    """keccak256(abi.encode(Payee[])); 32 zero bytes when there are none."""
    if not payees:
        return NO_PAYEES
    head = word("uint256", 32) + word("uint256", len(payees))
    return keccak(head + b"".join(word("address", to) + word("uint16", bps) for to, bps in payees))


def _domain(chain_id: int, contract: bytes) -> eip712.Domain:
    return eip712.Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, contract)


def escrow_id(terms: Terms, chain_id: int, contract: bytes) -> bytes:
    """The id by which the contract knows this order: the EIP-712 digest of its terms, 32 bytes."""
    return eip712.digest(_domain(chain_id, contract), "Terms", TERMS_MEMBERS, terms.abi())


def settlement_digest(settlement: Settlement, chain_id: int, contract: bytes) -> bytes:
    """What the buyer, the seller or both sign (EIP-712), 32 bytes."""
    values = astuple(settlement)
    return eip712.digest(_domain(chain_id, contract), "Settlement", SETTLEMENT_MEMBERS, values)
