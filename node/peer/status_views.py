"""What the peer tells of itself: who it is, what its wallet holds, how it is doing; and how it tells of money."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Money:
    amount: int
    unit: str  # CAIP-19 asset or ISO 4217 currency
    symbol: str  # "ETH", "tUSD", "USD"
    decimals: int


@dataclass(frozen=True)
class Identity:
    persona: str
    name: str
    wallet: str | None  # the node's own account (the shop key)
    payout: str | None
    network: str
    chain: str | None


@dataclass(frozen=True)
class Balance:
    """What the node's own wallet holds of an asset. `amount` is in the smallest unit; None while the chain hasn't told."""

    asset: str  # CAIP-19
    symbol: str
    decimals: int
    amount: int | None


@dataclass(frozen=True)
class Status:
    version: str
    identity: Identity
    peer: str  # libp2p peer id
    addresses: tuple[str, ...]
    contacts: tuple[dict[str, Any], ...]
    records: dict[str, int]  # counts by kind
    chain: dict[
        str, Any
    ]  # {"state": "following" | "trouble: …", "head": …, "safe": …, "final": …, "contract": …}
    outbox: int
    problems: tuple[str, ...]  # sentences a person can act on
    balances: tuple[
        Balance, ...
    ] = ()  # the chain's coin first, then the tokens that this node knows
