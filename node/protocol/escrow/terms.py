"""What the escrow contract enforces for one order, its bounds, and which terms it refuses to open.

Integers are in the smallest unit of the token, times are Unix seconds, addresses are 20 bytes (all zero: none).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from eth_hash.auto import keccak

from node.protocol.eip712 import word

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

MAX_PAYEES = 16
MAX_ORDERS = 16
"""Of one fundMany or releaseMany."""
MAX_SIGNATURE = 2_048
"""Bytes of one signature."""

Payee = tuple[bytes, int]  # address, share of the seller's side in 1/10,000


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


def payees_hash(payees: Sequence[Payee]) -> bytes:
    """keccak256(abi.encode(Payee[])); 32 zero bytes when there are none."""
    if not payees:
        return NO_PAYEES
    head = word("uint256", 32) + word("uint256", len(payees))
    return keccak(head + b"".join(word("address", to) + word("uint16", bps) for to, bps in payees))


def refusal(terms: Terms, at: int, contract: bytes, payees: Sequence[Payee] = ()) -> str | None:
    """The contract's own reason for refusing to open these terms at this time, or None when it would."""
    return terms_refusal(terms, at, contract) or payees_refusal(terms, contract, payees)


def terms_refusal(terms: Terms, at: int, contract: bytes) -> str | None:
    """The first half of `refusal`: what the terms themselves break."""
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
    return None


def payees_refusal(terms: Terms, contract: bytes, payees: Sequence[Payee]) -> str | None:
    """The second half: what the list of payees breaks, one after another."""
    if payees_hash(payees) != terms.payees:
        return "payees differ"
    for to, bps in payees:
        if to in (NOBODY, contract):
            return "bad payee"
        if to == terms.arbiter:
            return "arbiter as payee"
        if bps == 0:
            return "bad share"
    if sum(bps for _, bps in payees) > WHOLE:
        return "shares above the whole"
    return None
