"""The network port in memory, for tests: many nodes in one process, in a fixed order, without sockets.

    hub = Hub()
    alice, bob = MemoryNetwork(hub, "alice"), MemoryNetwork(hub, "bob", ["/…the address of alice…"])
    async with alice.running(), bob.running(): ...

Unlike on a real network, `publish` returns once everybody in reach has judged the batch, breadth first, in the order in which
nodes and links came to be. `hub.cut` parts two nodes, `hub.lose` drops batches at will.
"""

import hashlib
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import trio

from node.ports import Contact, Handler
from node.protocol.errors import InputError, StateError, Unavailable

MAX_BATCH = 256 * 1024
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


class Hub:
    """Everything that the nodes of one test share."""

    def __init__(self):
        self.nodes: dict[str, MemoryNetwork] = {}  # by peer id
        self.parted: set[frozenset[str]] = set()
        self.blamed: list[tuple[str, str]] = []  # (who blames, who is blamed), for a rejected batch
        self.lose: Callable[[str, str, bytes], bool] = lambda source, target, batch: False
        self._queue: deque[tuple[MemoryNetwork, MemoryNetwork, str, bytes]] = deque()
        self._pumping = False

    def cut(self, one: "MemoryNetwork", other: "MemoryNetwork") -> None:
        """Part two nodes until `heal`."""
        self.parted.add(frozenset((one.peer_id, other.peer_id)))
        self.unlink(one, other)

    def heal(self, one: "MemoryNetwork", other: "MemoryNetwork") -> None:
        self.parted.discard(frozenset((one.peer_id, other.peer_id)))
        self.settle()

    def link(self, caller: "MemoryNetwork", called: "MemoryNetwork") -> None:
        pair = frozenset((caller.peer_id, called.peer_id))
        if not called.is_running or not caller.is_running or pair in self.parted:
            raise Unavailable(f"can't reach {called.peer_id}")
        if called.peer_id in caller.links or called is caller:
            return
        caller.meet(Contact(called.peer_id, called.address, inbound=False))
        called.meet(Contact(caller.peer_id, caller.address, inbound=True))

    def unlink(self, one: "MemoryNetwork", other: "MemoryNetwork") -> None:
        if other.peer_id in one.links:
            one.part(other.peer_id)
            other.part(one.peer_id)

    def settle(self) -> None:
        """Link whoever wants to be linked and can be."""
        for node in list(self.nodes.values()):
            for address in node.wanted:
                other = self.nodes.get(address.rsplit("/", 1)[1])
                pair = frozenset((node.peer_id, address.rsplit("/", 1)[1]))
                if other and node.is_running and other.is_running and pair not in self.parted:
                    self.link(node, other)

    async def spread(self, source: "MemoryNetwork", topic: str, batch: bytes) -> None:
        self._enqueue(source, None, topic, batch)
        if self._pumping:
            return
        self._pumping = True
        try:
            while self._queue:
                await self._deliver(*self._queue.popleft())
        finally:
            self._pumping = False

    def _enqueue(self, source, origin: str | None, topic: str, batch: bytes) -> None:
        for peer in source.links:
            if peer != origin and not self.lose(source.peer_id, peer, batch):
                self._queue.append((source, self.nodes[peer], topic, batch))

    async def _deliver(self, source, target, topic: str, batch: bytes) -> None:
        digest = hashlib.sha256(topic.encode() + batch).digest()
        receive = target.receivers.get(topic)
        if source.peer_id not in target.links or receive is None or digest in target.seen:
            return
        target.seen.add(digest)
        if await receive(source.peer_id, batch):
            self._enqueue(target, source.peer_id, topic, batch)
        else:
            self.blamed.append((target.peer_id, source.peer_id))


class MemoryNetwork:
    """node.ports.Network. `name` decides the peer id."""

    def __init__(self, hub: Hub, name: str, bootstrap: Iterable[str] = (), *, known=()):
        self.hub = hub
        self.name = name
        self.peer_id = "12D3KooW" + base58(hashlib.sha256(name.encode()).digest())[:44]
        self.address = f"/ip4/127.0.0.1/tcp/{1024 + len(hub.nodes)}/p2p/{self.peer_id}"
        self.wanted: list[str] = [*bootstrap, *known]
        self.is_running = False
        self.links: dict[str, Contact] = {}
        self.handlers: dict[str, tuple[Handler, int]] = {}
        self.receivers: dict[str, Callable[[str, bytes], Awaitable[bool]]] = {}
        self.notices: list[Callable[[Contact, bool], Awaitable[None]]] = []
        self.seen: set[bytes] = set()
        self._news = trio.open_memory_channel(10_000)
        hub.nodes[self.peer_id] = self

    def handle(self, protocol: str, handler: Handler, *, request_limit: int) -> None:
        self.handlers[protocol] = (handler, request_limit)

    def on_gossip(self, topic: str, receive: Callable[[str, bytes], Awaitable[bool]]) -> None:
        self.receivers[topic] = receive

    def on_contact(self, notice: Callable[[Contact, bool], Awaitable[None]]) -> None:
        self.notices.append(notice)

    @asynccontextmanager
    async def running(self):
        async with trio.open_nursery() as nursery:
            self.is_running = True
            nursery.start_soon(self._tell)
            self.hub.settle()
            try:
                yield self
            finally:
                self.is_running = False
                for peer in list(self.links):
                    self.hub.unlink(self, self.hub.nodes[peer])
                nursery.cancel_scope.cancel()

    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        async with self.running():
            task_status.started()
            await trio.sleep_forever()

    async def _tell(self) -> None:
        async for contact, present in self._news[1]:
            for notice in self.notices:
                await notice(contact, present)

    def meet(self, contact: Contact) -> None:
        self.links[contact.peer] = contact
        self._news[0].send_nowait((contact, True))

    def part(self, peer: str) -> None:
        self._news[0].send_nowait((self.links.pop(peer), False))

    def addresses(self) -> list[str]:
        return [self.address] if self.is_running else []

    def contacts(self) -> list[Contact]:
        return list(self.links.values())

    def known(self) -> list[str]:
        return list(self.wanted)

    async def connect(self, address: str) -> str:
        await trio.lowlevel.checkpoint()
        if "/p2p/" not in address:
            raise InputError("network.address", f"{address} isn't an address with /p2p/")
        other = self.hub.nodes.get(address.rsplit("/", 1)[1])
        if other is None:
            raise Unavailable(f"can't reach {address}")
        self.hub.link(self, other)
        if other is not self and address not in self.wanted:
            self.wanted.append(address)
        return other.peer_id

    async def publish(self, topic: str, batch: bytes) -> None:
        await trio.lowlevel.checkpoint()
        if len(batch) > MAX_BATCH:
            raise StateError(f"a batch of {len(batch)} bytes, {MAX_BATCH} allowed")
        self.seen.add(hashlib.sha256(topic.encode() + batch).digest())
        await self.hub.spread(self, topic, batch)

    async def request(
        self, peer: str, protocol: str, request: bytes, *, limit: int, timeout: float = 15.0
    ) -> bytes:
        await trio.lowlevel.checkpoint()
        if peer not in self.links:
            raise Unavailable(f"can't reach {peer}")
        handler, request_limit = self.hub.nodes[peer].handlers.get(protocol, (None, 0))
        if handler is None:
            raise Unavailable(f"{peer} doesn't speak {protocol}")
        if len(request) > request_limit:
            raise Unavailable(f"{peer} takes no request of {len(request)} bytes")
        try:
            with trio.fail_after(timeout):
                response = await handler(self.peer_id, request)
        except Exception as error:
            raise Unavailable(f"{peer} didn't answer: {type(error).__name__}") from error
        if len(response) > limit:
            raise Unavailable(f"{peer} answered with too much")
        return response


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return text
