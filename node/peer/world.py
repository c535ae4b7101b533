"""What every part of the peer shares: the ports, the keys and the few settings that shape its behaviour."""

import hashlib
import secrets
from dataclasses import dataclass, field

from node.peer.changes import Changes
from node.ports import Campaigns, Clock, Escrow, Network, Store
from node.protocol import keys
from node.protocol.registry import Registry

ENCRYPTION_EPOCH = 30 * 86400
"""Seconds for which one published encryption key is current; the one before it stays readable."""

RECORD_LIFETIME = 90 * 86400 - 3600
"""How long our own records live unless renewed: just under the protocol's limit, so that a slow clock doesn't cross it."""


@dataclass(frozen=True)
class Relay:
    """What this node may spend on fees for buyers who have no coin: wei for one order and in one day. `price` is the smallest price for
    which it does, in whole units of its token: nobody is asked what a coin is worth."""

    fee: int = 0
    daily: int = 0
    price: int = 0

    @property
    def is_on(self) -> bool:
        return self.fee > 0 and self.daily > 0

    def least(self, decimals: int) -> int:
        """The smallest price in the token's smallest unit."""
        return self.price * 10**decimals


@dataclass(frozen=True)
class Settings:
    """Choices of the operator that the peer needs. `payout` is where proceeds go, 20 bytes; None: the node's own wallet."""

    network: str
    name: str = ""
    version: str = ""
    payout: bytes | None = None
    auto_accept: bool = False
    auto_collect: bool = True  # carry out what time has decided for our side
    rpc: str = ""  # what a browser's wallet is told when it doesn't know the chain (EIP-3085)
    chain_name: str = ""
    relay: Relay = Relay()  # none, unless the configuration says so


class Keyring:
    """The keys of this node's persona, all derived from one seed. Nothing here is ever printed."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self.persona = keys.SigningKey(keys.derive(seed, "persona"))

    def __repr__(self) -> str:
        return "Keyring(…)"

    def encryption_secret(self, epoch: int) -> bytes:
        """X25519 secret of a 30-day epoch, 32 bytes."""
        return keys.derive(self._seed, f"encryption/{epoch}")


@dataclass(frozen=True)
class World:
    """Everything outside the peer, and its own keys. Built by main, passed to each part."""

    clock: Clock
    store: Store
    network: Network
    escrow: Escrow | None
    registry: Registry
    keyring: Keyring
    settings: Settings
    changes: Changes = field(default_factory=Changes)
    campaigns: Campaigns | None = None  # on the escrow's chain, so None where that is

    @property
    def me(self) -> bytes:
        """The persona of this node, 32 bytes."""
        return self.keyring.persona.public

    def now(self) -> int:
        return self.clock.now()

    def random(self) -> bytes:
        """32 unpredictable bytes: the pure protocol takes its chance from here."""
        return secrets.token_bytes(32)

    def epoch(self) -> int:
        return self.now() // ENCRYPTION_EPOCH


def short(id: bytes) -> str:
    """A few characters of an id or payload for log lines: never content."""
    return hashlib.sha256(id).hexdigest()[:8] if len(id) > 32 else id.hex()[:8]
