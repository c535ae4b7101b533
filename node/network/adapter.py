"""The network port over libp2p."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import trio
from libp2p.abc import INotifee
from libp2p.peer.id import ID
from libp2p.tools.anyio_service import background_trio_service

from node.network import host as hosts
from node.network.dialling import Dialler, Watchdog
from node.network.hardening import kill_connection, where
from node.network.limits import MAX_GOSSIP, MAX_KNOWN, Limits
from node.network.streams import Streams
from node.network.topics import Receive, Router, Topics
from node.ports import Contact, Handler
from node.protocol.errors import StateError, Unavailable

Notice = Callable[[Contact, bool], Awaitable[None]]

log = logging.getLogger("etal.network")


class LibP2PNetwork:
    """node.ports.Network over TCP, Noise, Yamux and GossipSub 1.1.

    Register handlers, then `async with network.running():` or `await nursery.start(network.run)`. Starting waits for the
    listeners alone; whom to connect to is worked on in the background for as long as it runs.

    node_secret: Ed25519 seed of the transport key, 32 bytes. listen, bootstrap, known: multiaddrs, the latter two with
    /p2p/. network: the network's id, by which nodes on the local net find each other; protocol ids and topics go on the
    wire as they are given, so the caller names the network in them too.
    Raises InputError for addresses that aren't, Unavailable when running can't listen.
    """

    def __init__(
        self,
        node_secret: bytes,
        listen: Sequence[str],
        bootstrap: Iterable[str] = (),
        network: str = "etal-test",
        *,
        known: Iterable[str] = (),
        mdns: bool = False,
        limits: Limits | None = None,
    ):
        self.limits = limits or Limits()
        self.network = network
        self.mdns = mdns
        self._listen = list(listen)
        self._host = hosts.build(
            node_secret, [hosts.parse_address(text, peer=False) for text in listen], self.limits
        )
        self.peer_id: str = str(self._host.get_id())
        self._swarm = self._host.get_network()
        self._offences: dict[ID, tuple[int, float]] = {}  # strikes, and until when they count
        self._dialler = Dialler(self._swarm, self.limits, self._banned)
        for text in known:
            self._dialler.remember(text)
        for text in bootstrap:
            self._dialler.remember(text, permanent=True)
        self._streams = Streams(self._host, self.limits, self._blame)
        self._router = Router(self.limits)
        self._topics = Topics(self._host, self._router, self.limits, self._blame)
        self._notices: list[Notice] = []
        self._news: dict[ID, list[tuple[Contact, bool]]] = {}
        self._present: set[ID] = set()
        self._nursery: trio.Nursery | None = None

    # ------------------------------------------------------------------------------------- before running

    def handle(self, protocol: str, handler: Handler, *, request_limit: int) -> None:
        self._require_stopped()
        self._streams.serve(protocol, handler, request_limit)

    def on_gossip(self, topic: str, receive: Receive) -> None:
        self._require_stopped()
        self._topics.receivers[topic] = receive

    def on_contact(self, notice: Notice) -> None:
        self._require_stopped()
        self._notices.append(notice)

    def _require_stopped(self) -> None:
        if self._nursery is not None:
            raise StateError("register before running")

    # ------------------------------------------------------------------------------------------- running

    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """Run until cancelled. Started when it listens. Raises Unavailable when it can't."""
        async with self.running():
            task_status.started()
            await trio.sleep_forever()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["LibP2PNetwork"]:
        self._require_stopped()
        listen = hosts.expand_listen(self._listen)
        listening = False
        try:
            async with self._host.run(listen):
                # libp2p's own exit leaves listeners and connections open; this closes them, whatever happens.
                try:
                    listening = len(self._host.get_transport_addrs()) >= len(listen)
                    if listening:
                        async with self._services():
                            yield self
                finally:
                    with trio.CancelScope(shield=True):
                        await self._hang_up()
                        with trio.move_on_after(self.limits.shutdown):
                            await self._host.close()
        finally:
            self._nursery = None
        if not listening:
            raise Unavailable(f"can't listen on all of {', '.join(map(str, listen))}")

    @asynccontextmanager
    async def _services(self) -> AsyncIterator[None]:
        async with (
            background_trio_service(self._topics),
            background_trio_service(self._router),
            trio.open_nursery() as nursery,
        ):
            await self._topics.wait_until_ready()
            self._nursery = nursery
            self._swarm.register_notifee(Comings(self))
            for connection in self._swarm.get_connections():
                self._came_or_went(connection.muxed_conn.peer_id, connection)
            for topic in self._topics.receivers:
                await self._topics.subscribe(topic)
            nursery.start_soon(self._dialler.run)
            nursery.start_soon(Watchdog(self._swarm, self.limits, self._streams.ping).run)
            if self.mdns:
                from node.network.mdns import discover

                nursery.start_soon(discover, self._host, self.network, self._dialler)
            try:
                yield
            finally:
                nursery.cancel_scope.cancel()
                await self._hang_up()

    async def _hang_up(self) -> None:
        """End every connection, those of frozen peers too, so that nothing waits for them."""
        with trio.CancelScope(shield=True):
            async with trio.open_nursery() as nursery:
                for connection in self._swarm.get_connections():
                    nursery.start_soon(kill_connection, connection, self.limits.farewell)

    # ------------------------------------------------------------------------------------------- contacts

    def addresses(self) -> list[str]:
        """Multiaddrs with /p2p/ under which this node listens."""
        return [str(address) for address in self._host.get_addrs()]

    def contacts(self) -> list[Contact]:
        return [
            contact_of(connections[-1])
            for connections in list(self._swarm.connections.values())
            if connections
        ]

    def known(self) -> list[str]:
        """Multiaddrs of peers worth remembering over a restart, to be passed as `known`."""
        return self._dialler.addresses()

    async def connect(self, address: str) -> str:
        peer, plain = hosts.split_address(hosts.parse_address(address))
        if str(peer) != self.peer_id:
            await self._dialler.reach(peer, [plain])
            self._dialler.remember(address)
        return str(peer)

    def _blame(self, peer: ID, why: str) -> None:
        """An offence that can't be a mistake of ours. So many of them, and the peer is shut out for a while."""
        strikes, until = self._offences.pop(peer, (0, 0.0))
        now = trio.current_time()
        strikes = strikes + 1 if until > now else 1
        self._offences[peer] = (strikes, now + self.limits.banned)
        if len(self._offences) > MAX_KNOWN:
            del self._offences[next(iter(self._offences))]
        log.info("%s misbehaved (%s), strike %d", peer, why, strikes)
        if strikes >= self.limits.strikes:
            self._drop(peer)

    def _banned(self, peer: ID) -> bool:
        strikes, until = self._offences.get(peer, (0, 0.0))
        return strikes >= self.limits.strikes and until > trio.current_time()

    def _drop(self, peer: ID) -> None:
        if self._nursery is not None:
            for connection in list(self._swarm.get_connections(peer)):
                self._nursery.start_soon(kill_connection, connection)

    def _came_or_went(self, peer: ID, connection) -> None:
        """Tell of a peer's first connection and of the loss of its last, in order."""
        present = self._dialler.connected(peer)
        if present and self._banned(peer):
            self._drop(peer)
            return
        if present == (peer in self._present) or self._nursery is None:
            return
        (self._dialler.came if present else self._dialler.went)(peer)
        (self._present.add if present else self._present.discard)(peer)
        waiting = self._news.get(peer)
        news = (contact_of(connection), present)
        if waiting is not None:
            waiting.append(news)
            return
        self._news[peer] = [news]
        self._nursery.start_soon(self._tell, peer)

    async def _tell(self, peer: ID) -> None:
        queue = self._news[peer]
        while queue:
            contact, present = queue.pop(0)
            for notice in self._notices:
                try:
                    await notice(contact, present)
                except Exception as error:
                    log.error("telling of a contact failed: %s", where(error))
        del self._news[peer]

    # ------------------------------------------------------------------------------------------- messages

    async def publish(self, topic: str, batch: bytes) -> None:
        """Hand a batch to the mesh; waits while the mesh is slow, at most Limits.pace. Peers who miss it, sync."""
        if len(batch) > MAX_GOSSIP:
            raise StateError(f"a batch of {len(batch)} bytes, {MAX_GOSSIP} allowed")
        await self._topics.send(topic, batch)

    async def request(
        self, peer: str, protocol: str, request: bytes, *, limit: int, timeout: float = 15.0
    ) -> bytes:
        id = peer_id(peer)
        deadline = trio.current_time() + timeout
        with trio.move_on_at(deadline) as scope:
            await self._dialler.reach_known(id)
        if scope.cancelled_caught:
            raise Unavailable(f"can't reach {peer} within {timeout:g} s")
        left = max(0.0, deadline - trio.current_time())
        return await self._streams.ask(id, protocol, request, limit, left)


class Comings(INotifee):
    """Tells the adapter of connections. Must not wait: libp2p holds the connection up meanwhile."""

    def __init__(self, network: LibP2PNetwork):
        self.network = network

    async def connected(self, network, conn) -> None:
        self.network._came_or_went(conn.muxed_conn.peer_id, conn)

    async def disconnected(self, network, conn) -> None:
        self.network._came_or_went(conn.muxed_conn.peer_id, conn)

    async def opened_stream(self, network, stream) -> None: ...
    async def closed_stream(self, network, stream) -> None: ...
    async def listen(self, network, multiaddr) -> None: ...
    async def listen_close(self, network, multiaddr) -> None: ...


def contact_of(connection) -> Contact:
    address = ""
    with suppress(Exception):
        address = str(connection.get_transport_addresses()[0])
    return Contact(
        peer=str(connection.muxed_conn.peer_id),
        address=address,
        inbound=connection.direction.name == "INBOUND",
    )


def peer_id(text: str) -> ID:
    try:
        return ID.from_string(text)
    except Exception as error:
        raise Unavailable(f"{text[:80]} isn't a peer id") from error
