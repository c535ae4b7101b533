"""The contracts on an EVM chain, behind `node.ports.Escrow` and `node.ports.Campaigns`."""

from collections.abc import Sequence
from typing import Protocol

import httpx

from node.contracts import answers
from node.contracts.campaigns import EvmCampaigns
from node.contracts.deployments import campaign_place, place
from node.contracts.endpoints import Endpoints
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Access, Rpc
from node.contracts.tokens import KnownToken
from node.protocol.chains import admit
from node.protocol.errors import EtalError, RuleError, Unavailable

ASK_LIMIT = 10.0  # seconds for the one question that is asked while starting


class TokenSettings(Protocol):
    address: str
    currency: str | None


class Settings(Protocol):
    """The part of the configuration that says which chain, and what is paid with there."""

    rpc: tuple[str, ...]
    escrow: str
    escrow_since: int
    campaign: str
    tokens: tuple[TokenSettings, ...]
    real_money: str


def open_access(urls: Sequence[str]) -> Access:
    """The way to the chain: one endpoint, or several whose answers are compared. Raises StateError for what is no URL of one."""
    rpcs = [Rpc(url) for url in urls]
    return rpcs[0] if len(rpcs) == 1 else Endpoints(rpcs)


def open_escrow(settings: Settings, secret: bytes | None, chain_id: int | None = None) -> EvmEscrow:
    """The configured escrow, nothing of it verified yet. Where the settings don't say where it is, it is where the list of deployments
    says, or at the address that it has on every chain. Without a `chain_id` the chain's nodes are asked for their own.

    Raises RuleError "chain.network" for a chain that isn't accepted, or where two of them are on different chains, "chain.real_money"
    where the person has yet to confirm that, Unavailable when they had to be asked and can't be.
    """
    if chain_id is None:
        chain_id = _common_id(settings.rpc)
    admit(chain_id, settings.real_money)
    contract, since = place(chain_id, settings.escrow, settings.escrow_since)
    return EvmEscrow(
        open_access(settings.rpc),
        chain_id,
        contract,
        since,
        [KnownToken(bytes.fromhex(one.address[2:]), one.currency) for one in settings.tokens],
        secret,
    )


def open_campaigns(settings: Settings, escrow: EvmEscrow) -> EvmCampaigns:
    """The configured campaign contract on the chain of this escrow, nothing of it verified yet."""
    return EvmCampaigns(escrow, campaign_place(settings.campaign))


def _common_id(urls: Sequence[str]) -> int:
    """Of those that answer."""
    found: dict[str, int] = {}
    for url in urls:
        try:
            found[Rpc(url).host] = _ask(url)
        except Unavailable as error:
            fault: EtalError = error
    if not found:
        raise fault
    if len(set(found.values())) > 1:
        said = ", ".join(f"{host}: {chain_id}" for host, chain_id in found.items())
        raise RuleError("chain.network", f"The chain's nodes are on different chains ({said}).")
    return next(iter(found.values()))


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


__all__ = [
    "EvmCampaigns",
    "EvmEscrow",
    "KnownToken",
    "open_access",
    "open_campaigns",
    "open_escrow",
]
