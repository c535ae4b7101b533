"""Whom we want to be connected to, and the patience to get there: address by address, again and again, later each time."""

import logging
import random
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import trio
from libp2p.peer.id import ID
from multiaddr import Multiaddr

from node.network.hardening import kill_connection
from node.network.host import parse_address, split_address
from node.network.limits import MAX_ADDRESSES, MAX_KNOWN, Limits
from node.protocol.errors import Unavailable

FORGET_AFTER = 20  # failures in a row until a peer that isn't a bootstrap peer is forgotten
STEADY = 5.0  # seconds that a connection must have lasted to make good earlier failures
AT_ONCE = 8  # dials under way in the background

log = logging.getLogger("etal.network")


@dataclass
class Known:
    """A peer that we keep trying to reach. `permanent` for bootstrap peers: never forgotten."""

    addresses: list[Multiaddr] = field(default_factory=list)
    permanent: bool = False
    failures: int = 0
    next_try: float = 0.0  # on trio's clock
    since: float | None = None  # when its connection came, on trio's clock


class Dialler:
    def __init__(self, network, limits: Limits, banned: Callable[[ID], bool]):
        self.network = network
        self.limits = limits
        self.banned = banned
        self.known: dict[ID, Known] = {}
        self.dialling: dict[ID, trio.Event] = {}
        self.woken = trio.Event()

    def remember(self, text: str, permanent: bool = False) -> ID:
        """Keep an address with /p2p/. Raises InputError. The newest address of a peer is tried first."""
        peer, address = split_address(parse_address(text))
        if peer == self.network.get_peer_id():
            return peer
        known = self.known.pop(peer, None) or Known()
        known.permanent = known.permanent or permanent
        if address in known.addresses:
            known.addresses.remove(address)
        known.addresses.insert(0, address)
        del known.addresses[MAX_ADDRESSES:]
        self.known[peer] = known
        self._trim()
        self.wake()
        return peer

    def _trim(self) -> None:
        while len(self.known) > MAX_KNOWN:
            oldest = next((p for p, known in self.known.items() if not known.permanent), None)
            if oldest is None:
                return
            del self.known[oldest]

    def addresses(self) -> list[str]:
        """Every address remembered, the peers last heard of last."""
        return [
            f"{address}/p2p/{peer}"
            for peer, known in self.known.items()
            for address in reversed(known.addresses)
        ]

    def wake(self) -> None:
        self.woken.set()
        self.woken = trio.Event()

    def connected(self, peer: ID) -> bool:
        return any(not c.is_closed for c in self.network.get_connections(peer))

    def came(self, peer: ID) -> None:
        """Its first connection is there, whoever has dialled."""
        if known := self.known.get(peer):
            known.since = trio.current_time()

    def went(self, peer: ID) -> None:
        """Its last connection is lost: dial soon, unless it hangs up on us again and again."""
        known, now = self.known.get(peer), trio.current_time()
        if known and known.since is not None and now - known.since >= STEADY:
            known.failures = 0
            self._postpone(known)
        if known:
            known.since = None
        self.wake()

    async def reach(self, peer: ID, addresses: Iterable[Multiaddr]) -> None:
        """Connect by the first address that works. Raises Unavailable. Two callers for one peer share a dial."""
        while peer in self.dialling:
            await self.dialling[peer].wait()
        if self.connected(peer):
            return
        if self.banned(peer):
            raise Unavailable(f"{peer} misbehaved and is shut out for now")
        done = self.dialling[peer] = trio.Event()
        try:
            reason = "no address"
            for address in list(addresses):
                try:
                    with trio.fail_after(self.limits.dial):
                        await self.network.dial_addr(address, peer)
                    return
                except trio.TooSlowError:
                    reason = f"{address} is too slow"
                except Exception as error:
                    reason = f"{address}: {type(error.__cause__ or error).__name__}"
            raise Unavailable(f"can't reach {peer}: {reason}")
        finally:
            self.dialling.pop(peer, None)
            done.set()

    async def reach_known(self, peer: ID) -> None:
        """Connect to a peer if it isn't, by the addresses remembered. Raises Unavailable."""
        if self.connected(peer):
            return
        known = self.known.get(peer)
        await self.reach(peer, known.addresses if known else ())

    async def run(self) -> None:
        """For ever: try whoever is due and not connected."""
        slots = trio.Semaphore(AT_ONCE)
        async with trio.open_nursery() as nursery:
            while True:
                woken, now = self.woken, trio.current_time()
                soonest = now + self.limits.redial_longest
                for peer, known in list(self.known.items()):
                    if self.connected(peer) or peer in self.dialling:
                        continue
                    if not known.permanent and self._outbound() >= self.limits.outbound // 2:
                        continue
                    if known.next_try <= now:
                        self._postpone(known)
                        await slots.acquire()
                        nursery.start_soon(self._try, peer, known, slots)
                    soonest = min(soonest, known.next_try)
                with trio.move_on_at(soonest):
                    await woken.wait()

    def _outbound(self) -> int:
        return sum(c.direction.name == "OUTBOUND" for c in self.network.get_connections())

    def _postpone(self, known: Known) -> None:
        limits = self.limits
        longest = limits.redial_bootstrap if known.permanent else limits.redial_longest
        wait = limits.redial_first * 2 ** min(known.failures, 30)
        wait = min(wait, longest) * random.uniform(0.5, 1.5)
        known.next_try = trio.current_time() + wait

    async def _try(self, peer: ID, known: Known, slots: trio.Semaphore) -> None:
        known.failures += 1  # until the connection has proved steady
        try:
            await self.reach(peer, known.addresses)
        except Unavailable as error:
            log.debug("%s", error)
            self._postpone(known)
            if not known.permanent and known.failures >= FORGET_AFTER:
                self.known.pop(peer, None)
        finally:
            slots.release()
            self.wake()


class Watchdog:
    """Pings every connection in turn and ends those that don't answer: libp2p never notices a frozen peer."""

    def __init__(self, network, limits: Limits, ping):
        self.network = network
        self.limits = limits
        self.ping = ping

    async def run(self) -> None:
        while True:
            await trio.sleep(self.limits.ping_every)
            async with trio.open_nursery() as nursery:
                for peer in list(self.network.connections):
                    nursery.start_soon(self._check, peer)

    async def _check(self, peer: ID) -> None:
        alive = False
        with trio.move_on_after(self.limits.ping_timeout), suppress(Exception):
            alive = await self.ping(peer, random.randbytes(32))
        if not alive:
            for connection in list(self.network.get_connections(peer)):
                log.info("%s doesn't answer; disconnecting", peer)
                await kill_connection(connection)
