"""The other nodes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Contact:
    peer: str  # libp2p peer id
    address: str  # multiaddr in use
    inbound: bool


Handler = Callable[[str, bytes], Awaitable[bytes]]  # (peer id, request) -> response


class Network(Protocol):
    """Gossip of batches on one topic, and one-request-one-response streams. Never raises for what a peer did, except Unavailable.

    Handlers are registered before `run`. A handler that raises RuleError costs the other side its stream, never the host."""

    peer_id: str

    def handle(self, protocol: str, handler: Handler, *, request_limit: int) -> None: ...
    def on_gossip(self, topic: str, receive: Callable[[str, bytes], Awaitable[bool]]) -> None:
        """`receive` answers False for REJECT alone (the forwarder is blamed)."""

    def on_contact(self, notice: Callable[[Contact, bool], Awaitable[None]]) -> None:
        """Called with True when a peer has connected and can be spoken to, False when it has gone."""

    def addresses(self) -> list[str]: ...
    def contacts(self) -> list[Contact]: ...
    def known(self) -> list[str]:
        """Multiaddrs with /p2p/ that were of use: to begin with after a restart."""

    async def connect(self, address: str) -> str:
        """Dial a multiaddr with /p2p/; returns the peer id. Raises Unavailable."""

    async def publish(self, topic: str, batch: bytes) -> None: ...
    async def request(
        self, peer: str, protocol: str, request: bytes, *, limit: int, timeout: float = 15.0
    ) -> bytes:
        """Raises Unavailable when the peer can't be reached, is too slow, or answers with more than `limit` bytes."""
