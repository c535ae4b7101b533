"""What the campaign contract enforces: terms, their id, what backers sign, and where the money of a pre-order goes.

Everything mirrors `contracts/Campaign.vy` (see docs/spec/campaign.md): hashes are EIP-712, integers are in the
smallest unit of the token, times are Unix seconds, addresses are 20 bytes (all zero: none).
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import NamedTuple

from eth_hash.auto import keccak

from node.protocol import eip712
from node.protocol.eip712 import word

NOBODY = bytes(20)
COIN = NOBODY

DAY = 86_400
WHOLE = 10_000
MAX_AMOUNT = 2**112 - 1
MAX_TRANCHES = 8
MAX_REFUNDS = 64  # in one call
MAX_AUTHORIZATIONS = 32  # in one call
MAX_TOKEN_SIGNATURE = 1_024  # bytes of an authorization's
KEY_SIGNATURE = 65  # bytes of one that a token gets as that of a key; of another length it is a contract wallet's
MAX_CAMPAIGN_TIME = 180 * DAY
MAX_TRANCHE_TIME = 730 * DAY
MAX_STOP_BPS = 5_000

DOMAIN_NAME = "Etal Campaign"
DOMAIN_VERSION = "1"


class Phase(IntEnum):
    """What is stored of a campaign's state, by the contract's own numbers. Time decides the rest."""

    NONE = 0
    LIVE = 1
    CANCELLED = 2  # by the creator: what is left goes back
    STOPPED = 3  # by the backers: what is left goes back
    PAID = 4  # nothing is left


class Tranche(NamedTuple):
    """A share of what was raised, in 1/10,000, that is the creator's from a moment on."""

    at: int
    bps: int


@dataclass(frozen=True)
class Terms:
    """What the contract enforces for one campaign. Field order is the contract's."""

    creator: bytes
    payout: bytes
    token: bytes
    goal: int
    until: int
    stop_bps: int
    tranches: bytes
    about: bytes

    def abi(self) -> tuple:
        """The values in the order of the contract's struct."""
        return astuple(self)


@dataclass(frozen=True)
class Authorization:
    """A pledge that its backer signed for the token (EIP-3009). Field order is the contract's."""

    backer: bytes
    amount: int
    valid_after: int
    valid_before: int
    order: bytes
    signature: bytes


TERMS_MEMBERS = (
    ("address", "creator"),
    ("address", "payout"),
    ("address", "token"),
    ("uint112", "goal"),
    ("uint40", "until"),
    ("uint16", "stopBps"),
    ("bytes32", "tranches"),
    ("bytes32", "about"),
)
OBJECTION_MEMBERS = (
    ("bytes32", "id"),
    ("bool", "objects"),
    ("uint32", "turn"),
    ("uint40", "expiry"),
)
CANCELLATION_MEMBERS = (("bytes32", "id"), ("uint40", "expiry"))


# ----------------------------------------------------------------------------------------------- hashes


def _domain(chain_id: int, contract: bytes) -> eip712.Domain:
    return eip712.Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, contract)


def campaign_id(terms: Terms, chain_id: int, contract: bytes) -> bytes:
    """The id by which the contract knows this campaign: the EIP-712 digest of its terms. Signed, it opens the campaign."""
    return eip712.digest(_domain(chain_id, contract), "Campaign", TERMS_MEMBERS, terms.abi())


def tranches_hash(tranches: Sequence[Tranche]) -> bytes:
    """keccak256(abi.encode(Tranche[]))."""
    head = word("uint256", 32) + word("uint256", len(tranches))
    return keccak(head + b"".join(word("uint40", at) + word("uint16", bps) for at, bps in tranches))


def authorization_nonce(id: bytes, order: bytes) -> bytes:
    """The nonce of a backer's EIP-3009 authorization: it binds the money to the campaign and the private order."""
    return keccak(word("bytes32", id) + word("bytes32", order))


def objection_digest(
    id: bytes, objects: bool, turn: int, expiry: int, chain_id: int, contract: bytes
) -> bytes:
    """What a backer signs (EIP-712) so that another may send its objection. `turn` counts its changes of mind from 1."""
    domain = _domain(chain_id, contract)
    return eip712.digest(domain, "Objection", OBJECTION_MEMBERS, (id, objects, turn, expiry))


def cancellation_digest(id: bytes, expiry: int, chain_id: int, contract: bytes) -> bytes:
    """What a creator signs (EIP-712) so that another may cancel for it."""
    domain = _domain(chain_id, contract)
    return eip712.digest(domain, "Cancellation", CANCELLATION_MEMBERS, (id, expiry))


# --------------------------------------------------------------------------------- what the contract takes


def refusal(
    terms: Terms, at: int, contract: bytes, tranches: Sequence[Tranche], has_code: bool = True
) -> str | None:
    """The contract's own reason for refusing to open these terms at this time, or None. `has_code`: the token's address."""
    if terms.creator == NOBODY:
        return "bad creator"
    if terms.payout in (NOBODY, contract):
        return "bad payout"
    if terms.token != COIN and not has_code:
        return "no such token"
    if terms.goal == 0:
        return "goal is zero"
    if not at < terms.until <= at + MAX_CAMPAIGN_TIME:
        return "bad end date"
    if not 1 <= terms.stop_bps <= MAX_STOP_BPS:
        return "bad stop share"
    if len(tranches) > MAX_TRANCHES:
        return "too many tranches"  # the contract's interface holds no more, so it gives no reason
    if tranches_hash(tranches) != terms.tranches:
        return "tranches differ"
    return _tranches_refusal(tranches, terms.until)


def _tranches_refusal(tranches: Sequence[Tranche], until: int) -> str | None:
    earliest = until
    for at, bps in tranches:
        if not earliest <= at <= until + MAX_TRANCHE_TIME:
            return "bad tranche date"
        if bps == 0:
            return "bad share"
        earliest = at + 1
    if sum(bps for _, bps in tranches) != WHOLE:
        return "shares are not the whole"
    return None


# ------------------------------------------------------------------------------------ who gets how much


def share_of(pledge: int, money: int, pledges: int) -> int:
    """What a backer gets of the money that is left, when `pledges` are those not refunded yet. The last gets the rest."""
    return pledge * money // pledges


def due(
    tranches: Sequence[Tranche], raised: int, money: int, paid: int, now: int
) -> tuple[int, int]:
    """(what the creator is owed by now, how many tranches are paid with it). The last tranche is all the rest."""
    count = max(paid, sum(at <= now for at, _ in tranches))
    if count == len(tranches):
        return money, count
    return sum(raised * bps // WHOLE for _, bps in tranches[paid:count]), count
