"""What the parties of an order sign, and what it is called: EIP-712 hashes, as `contracts/Escrow.vy` makes them."""

from dataclasses import astuple, dataclass

from node.protocol import eip712
from node.protocol.escrow.terms import Terms

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
MARK_MEMBERS = (("bytes32", "id"), ("uint40", "since"), ("uint40", "expiry"))
"""Of a Delivery and of a Dispute."""

DOMAIN_NAME = "Etal Escrow"
DOMAIN_VERSION = "1"


@dataclass(frozen=True)
class Settlement:
    """What the parties sign to pay out a part or all. It names what is held, so each works once."""

    id: bytes
    since: int
    held: int
    to_buyer: int
    to_seller: int
    expiry: int


def _domain(chain_id: int, contract: bytes) -> eip712.Domain:
    return eip712.Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, contract)


def escrow_id(terms: Terms, chain_id: int, contract: bytes) -> bytes:
    """The id by which the contract knows this order: the EIP-712 digest of its terms, 32 bytes."""
    return eip712.digest(_domain(chain_id, contract), "Terms", TERMS_MEMBERS, terms.abi())


def delivery_digest(id: bytes, since: int, expiry: int, chain_id: int, contract: bytes) -> bytes:
    """What the seller signs so that anybody may mark the order as delivered (EIP-712), 32 bytes."""
    domain = _domain(chain_id, contract)
    return eip712.digest(domain, "Delivery", MARK_MEMBERS, (id, since, expiry))


def dispute_digest(id: bytes, since: int, expiry: int, chain_id: int, contract: bytes) -> bytes:
    """What a party signs so that anybody may open its dispute (EIP-712), 32 bytes."""
    domain = _domain(chain_id, contract)
    return eip712.digest(domain, "Dispute", MARK_MEMBERS, (id, since, expiry))


def settlement_digest(settlement: Settlement, chain_id: int, contract: bytes) -> bytes:
    """What the buyer, the seller or both sign (EIP-712), 32 bytes."""
    values = astuple(settlement)
    return eip712.digest(_domain(chain_id, contract), "Settlement", SETTLEMENT_MEMBERS, values)
