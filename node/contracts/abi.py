"""Calls to the escrow and to tokens as calldata, and the escrow's logs as events. Pure; nothing here waits.

Layouts are those of the contract's ABI (Solidity ABI specification); a test compares the selectors with the artifact.
"""

from collections.abc import Sequence

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_abi.exceptions import DecodingError
from eth_hash.auto import keccak

from node.contracts.answers import MAX_TIME, data, malformed, member, quantity
from node.protocol.escrow import (
    TERMS_MEMBERS,
    Delivered,
    Disputed,
    EscrowEvent,
    Funded,
    Paid,
    Payee,
    Settlement,
    Terms,
    Where,
)

TERMS = f"({','.join(kind for kind, _ in TERMS_MEMBERS)})"
PAYEES = "(address,uint16)[]"
ORDERS = f"({TERMS},{PAYEES})[]"
MAX_LOG = 4_096  # bytes of data in one log of the escrow
MAX_LOG_INDEX = 1 << 32
MAX_HOW = 1 << 8
MAX_AMOUNT = 1 << 128  # what the contract itself can hold
MAX_REASON = 200  # characters
ERROR = bytes.fromhex("08c379a0")  # Error(string)
PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)


class Function:
    """One function: `call(values)` is calldata. The selector is computed once."""

    def __init__(self, name: str, *kinds: str):
        self.name = name
        self.kinds = kinds
        self.selector = keccak(f"{name}({','.join(kinds)})".encode())[:4]

    def __call__(self, *values: object) -> bytes:
        return self.selector + abi_encode(self.kinds, values)


FUND = Function("fund", TERMS, PAYEES)
FUND_MANY = Function("fundMany", ORDERS)
FUND_WITH_PERMIT = Function(
    "fundWithPermit", TERMS, PAYEES, "uint256", "uint8", "bytes32", "bytes32"
)
FUND_WITH_AUTHORIZATION = Function(
    "fundWithAuthorization", TERMS, PAYEES, "uint256", "uint256", "bytes"
)
DELIVER = Function("deliver", TERMS, "uint40", "bytes")
DISPUTE = Function("dispute", TERMS, "address", "uint40", "bytes")
RELEASE = Function("release", TERMS, PAYEES)
RELEASE_MANY = Function("releaseMany", ORDERS)
SETTLE = Function("settle", TERMS, "uint128", "uint128", "uint40", "bytes", "bytes", PAYEES)
TIMEOUT = Function("timeout", TERMS, PAYEES)
RULE = Function("rule", TERMS, "uint128", PAYEES)
WITHDRAW = Function("withdraw", "address", "address", "address")
POTS = Function("pots", "bytes32")
POT = ("uint128", "uint40", "uint40", "uint8")  # what it answers: held, since, until, state
POT_SIZE = 32 * len(POT)
CLAIMS = Function("claims", "address", "address")

APPROVE = Function("approve", "address", "uint256")
BALANCE_OF = Function("balanceOf", "address")
ALLOWANCE = Function("allowance", "address", "address")
NONCES = Function("nonces", "address")
MINT = Function("mint", "address", "uint256")  # of the test token

ESCROW_FUNCTIONS = (
    *(FUND, FUND_MANY, FUND_WITH_PERMIT, FUND_WITH_AUTHORIZATION, DELIVER, DISPUTE),
    *(RELEASE, RELEASE_MANY, SETTLE, TIMEOUT, RULE, WITHDRAW, POTS, CLAIMS),
)


def topic(name: str, *kinds: str) -> bytes:
    """The first topic of an event's logs."""
    return keccak(f"{name}({','.join(kinds)})".encode())


FUNDED = topic("Funded", "bytes32", "address", "address", TERMS)
DELIVERED = topic("Delivered", "bytes32", "uint256")
DISPUTED = topic("Disputed", "bytes32", "address", "uint256")
PAID = topic("Paid", "bytes32", *(["uint256"] * 5))
EVENT_TOPICS = (FUNDED, DELIVERED, DISPUTED, PAID)

_INDEXED = {FUNDED: 3, DELIVERED: 1, DISPUTED: 1, PAID: 1}
_DATA = {
    FUNDED: (TERMS,),
    DELIVERED: ("uint256",),
    DISPUTED: ("address", "uint256"),
    PAID: ("uint256",) * 5,
}


def event(log: object, time: int) -> EscrowEvent:
    """One log of the escrow, in a block of this time, as an event. Raises Unavailable "chain.answer"."""
    topics = member(log, "topics")
    if not isinstance(topics, list) or not 1 <= len(topics) <= 4:
        raise malformed("a log's topics")
    words = [data(topic, 32) for topic in topics]
    kind = words[0]
    if _INDEXED.get(kind) != len(words) - 1:
        raise malformed("a log of another contract")
    values = decode(_DATA[kind], data(member(log, "data"), most=MAX_LOG))
    where = place(log, time)
    id = words[1]
    if kind == FUNDED:
        return Funded(id, terms_of(values[0]), where.time, where)
    if kind == DELIVERED:
        return Delivered(id, _below(MAX_TIME, values[0]), where)
    if kind == DISPUTED:
        return Disputed(id, address(values[0]), _below(MAX_TIME, values[1]), where)
    to_buyer, to_seller, to_arbiter, left = (_below(MAX_AMOUNT, value) for value in values[1:])
    return Paid(id, to_buyer, to_seller, to_arbiter, left, _below(MAX_HOW, values[0]), where)


def _below(bound: int, number: int) -> int:
    """The words of these logs are wider than what the contract ever puts there, and than what can be stored."""
    if number >= bound:
        raise malformed("a number that the contract can't hold")
    return number


def place(log: object, time: int) -> Where:
    return Where(
        block=quantity(member(log, "blockNumber"), 1 << 53),
        block_hash=data(member(log, "blockHash"), 32),
        index=quantity(member(log, "logIndex"), MAX_LOG_INDEX),
        tx=data(member(log, "transactionHash"), 32),
        time=time,
    )


def terms_of(values: Sequence) -> Terms:
    """Terms from the decoded members of the contract's struct."""
    return Terms(*(address(one) if isinstance(one, str) else one for one in values))


def decode(kinds: Sequence[str], raw: bytes) -> tuple:
    """ABI values. Raises Unavailable "chain.answer"."""
    try:
        return abi_decode(kinds, raw)
    except (DecodingError, ValueError, OverflowError):
        raise malformed("not the ABI's encoding") from None


def address(text: str) -> bytes:
    return bytes.fromhex(text[2:])


def fund(terms: Terms, payees: Sequence[Payee] = ()) -> bytes:
    return FUND(terms.abi(), list(payees))


def fund_with_permit(
    terms: Terms, deadline: int, signature: bytes, payees: Sequence[Payee] = ()
) -> bytes:
    """`signature` is r ‖ s ‖ v, 65 bytes."""
    r, s, v = signature[:32], signature[32:64], signature[64]
    return FUND_WITH_PERMIT(terms.abi(), list(payees), deadline, v, r, s)


def settle(
    terms: Terms,
    settlement: Settlement,
    buyer: bytes,
    seller: bytes,
    payees: Sequence[Payee] = (),
) -> bytes:
    """`buyer` and `seller` are their signatures."""
    amounts = (settlement.to_buyer, settlement.to_seller, settlement.expiry)
    return SETTLE(terms.abi(), *amounts, buyer, seller, list(payees))


def revert_reason(output: object) -> str | None:
    """The sentence in a revert's data, bounded and printable; None when there is none."""
    try:
        raw = data(output, most=MAX_LOG)
        if raw[:4] == ERROR:
            text = decode(["string"], raw[4:])[0][:MAX_REASON]
            return "".join(one if one.isprintable() else " " for one in text)
        if raw[:4] == PANIC:
            return f"panic {decode(['uint256'], raw[4:])[0]:#x}"
    except Exception:  # hostile data: then there is no reason to show
        return None
    return None
