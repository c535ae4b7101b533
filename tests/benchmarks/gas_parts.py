"""Where the gas of a transaction goes, part by part, and what the least that an escrow can do costs: the floor."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from eth.vm.gas_meter import GasMeter

BASE = 21_000  # of any transaction (yellow paper, G_transaction)
PARTS = (
    "transaction",
    "calldata",
    "storage",
    "logs",
    "payment",
    "lock",
    "hashing",
    "memory",
    "code",
)
REFUND = "refund for the cleared word"

# An account that, sent value with 32 bytes, keeps the value in a word under that key and logs the key; and that, sent an address behind the
# key without value, clears the word, logs the key and pays what was in it to that address. Written by hand, no check but the branch:
#   PUSH0 CALLDATALOAD CALLVALUE PUSH1 in JUMPI
#   DUP1 SLOAD PUSH0 DUP3 SSTORE  SWAP1 PUSH0 PUSH0 LOG1  PUSH0 PUSH0 PUSH0 PUSH0 DUP5 PUSH1 32 CALLDATALOAD GAS CALL STOP
#   in: JUMPDEST CALLVALUE DUP2 SSTORE PUSH0 PUSH0 LOG1 STOP
FLOOR_CODE = bytes.fromhex("5f3534601a5780545f8255905f5fa15f5f5f5f846020355af1005b3481555f5fa100")


def creation(code: bytes) -> bytes:
    """Code that puts this code on the chain: PUSH1 n DUP1 PUSH1 9 PUSH0 CODECOPY PUSH0 RETURN."""
    return bytes([0x60, len(code), 0x80, 0x60, 0x09, 0x5F, 0x39, 0x5F, 0xF3]) + code


@contextmanager
def counting() -> Iterator[Counter]:
    """Counts, by part, the gas that the embedded EVM takes meanwhile; a receiver that runs code counts as payment."""
    taken: Counter[str] = Counter()
    consume, give_back, refund = GasMeter.consume_gas, GasMeter.return_gas, GasMeter.refund_gas

    def count(part: Callable[[object], str], sign: int, then: Callable) -> Callable:
        def counted(self, amount, *reason, **named):
            taken[part(*reason, *named.values())] += sign * amount
            return then(self, amount, *reason, **named)

        return counted

    GasMeter.consume_gas = count(_part, 1, consume)
    GasMeter.return_gas = count(lambda: "payment", -1, give_back)
    GasMeter.refund_gas = count(lambda: REFUND, -1, refund)
    try:
        yield taken
    finally:
        GasMeter.consume_gas, GasMeter.return_gas, GasMeter.refund_gas = consume, give_back, refund


def _part(reason: object) -> str:
    text = str(reason)
    for beginnings, part in (
        (("SSTORE", "SLOAD", "Implicit SLOAD"), "storage"),
        (("Log ", "LOG"), "logs"),
        (("CALL ", "CALL:"), "payment"),
        (("TSTORE", "TLOAD"), "lock"),
        (("SHA3",), "hashing"),
        (("Expanding memory", "MCOPY", "MLOAD", "MSTORE", "CALLDATACOPY", "CODECOPY"), "memory"),
    ):
        if text.startswith(beginnings) or text == "CALL":
            return "payment" if text == "CALL" else part
    return "code"


def parts(send: Callable[[], int]) -> dict[str, int]:
    """{part: gas} of one transaction; `send` sends it and gives the gas of its receipt. They add up to that."""
    with counting() as taken:
        whole = send()
    found = {part: taken[part] for part in PARTS if part not in ("transaction", "calldata")}
    found = {"transaction": BASE, "calldata": 0, **found, REFUND: taken[REFUND]}
    found["calldata"] = whole - sum(found.values())
    return found
