"""What a call of the model comes with: its sender and time, and an answer to who has signed what."""

from dataclasses import dataclass
from typing import Protocol

from node.protocol.errors import RuleError


class Signatures(Protocol):
    """Who has validly signed what. `signature` is what the call shows."""

    def signed(self, who: bytes, digest: bytes, signature: bytes) -> bool:
        """Whether this account consents to one of the escrow's own digests: by its key, or as a contract wallet (EIP-1271)."""
        ...

    def permitted(
        self, token: bytes, owner: bytes, amount: int, nonce: int, expiry: int, signature: bytes
    ) -> bool:
        """Whether this is the owner's EIP-2612 permit for the escrow."""
        ...

    def authorized(
        self,
        token: bytes,
        giver: bytes,
        amount: int,
        after: int,
        before: int,
        nonce: bytes,
        signature: bytes,
    ) -> bool:
        """Whether this is the giver's EIP-3009 authorization to the escrow."""
        ...


@dataclass(frozen=True)
class Call:
    """Who calls, when (the block's time), with how much coin. `chain_id`: None is that of the deployment.

    `starved`: with too little gas for a payment to be pushed as it must be, but enough for all else.
    """

    sender: bytes
    now: int
    value: int = 0
    chain_id: int | None = None
    starved: bool = False


def demand(holds: bool, reason: str) -> None:
    """The contract's `assert`. Raises RuleError "escrow.call"."""
    if not holds:
        raise RuleError("escrow.call", reason)
