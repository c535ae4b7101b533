"""What the chain's parts hand to each other."""

from dataclasses import dataclass

from eth.abc import BlockHeaderAPI, SignedTransactionAPI
from eth.constants import ZERO_ADDRESS


class ChainError(Exception):
    """A request that the chain refuses; `code` and `data` as in EIP-1474."""

    def __init__(self, message: str, code: int = -32000, data: str | None = None):
        super().__init__(message)
        self.code = code
        self.data = data


@dataclass(frozen=True)
class Done:
    """A transaction in its block. `logs` are (address, topics, data)."""

    transaction: SignedTransactionAPI
    ok: bool
    gas_used: int
    logs: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...]


@dataclass(frozen=True)
class Mined:
    header: BlockHeaderAPI
    done: tuple[Done, ...] = ()

    @property
    def number(self) -> int:
        return self.header.block_number

    @property
    def hash(self) -> bytes:
        return self.header.hash


@dataclass(frozen=True)
class Message:
    """What eth_call and eth_estimateGas run. `gas` None means as much as a block holds."""

    sender: bytes = ZERO_ADDRESS
    to: bytes = b""
    data: bytes = b""
    value: int = 0
    gas: int | None = None
    fee: int = 0
