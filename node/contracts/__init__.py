"""The escrow contract on an EVM chain, behind `node.ports.Escrow`."""

from typing import Protocol

import httpx

from node.contracts import answers
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc
from node.contracts.tokens import KnownToken
from node.protocol.errors import Unavailable

ASK_LIMIT = 10.0  # seconds for the one question that is asked while starting


class TokenSettings(Protocol):
    address: str
    currency: str | None


class Settings(Protocol):
    """The part of the configuration that says which chain, and what is paid with there."""

    rpc: str
    escrow: str
    escrow_since: int
    tokens: tuple[TokenSettings, ...]


def open_escrow(settings: Settings, secret: bytes | None, chain_id: int | None = None) -> EvmEscrow:
    """The configured escrow, nothing of it verified yet. Without a `chain_id` the chain's node is asked for its own.

    Raises RuleError "chain.network" for a chain that isn't accepted, Unavailable when it had to be asked and can't be.
    """
    return EvmEscrow(
        Rpc(settings.rpc),
        _ask(settings.rpc) if chain_id is None else chain_id,
        bytes.fromhex(settings.escrow.removeprefix("0x")),
        settings.escrow_since,
        [KnownToken(bytes.fromhex(one.address[2:]), one.currency) for one in settings.tokens],
        secret,
    )


def _ask(url: str) -> int:
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
    try:
        with httpx.Client(timeout=ASK_LIMIT, trust_env=False) as client:
            answer = client.post(url, json=asked).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unavailable(
            "chain.unreachable", f"The chain's node doesn't answer ({type(error).__name__})."
        ) from None
    return answers.quantity(answers.member(answer, "result"))


__all__ = ["EvmEscrow", "KnownToken", "open_escrow"]
