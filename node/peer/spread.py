"""Giving and getting records: gossip of what is new, sync of what was missed. Both feed the same intake."""

import logging
from collections import OrderedDict

import trio

from node.peer.intake import Intake
from node.peer.world import World
from node.ports import Contact
from node.protocol import gossip, sync
from node.protocol.errors import Rejected, RuleError, Unavailable
from node.protocol.record import Record

log = logging.getLogger("etal.spread")

GATHER = 0.05
"""Seconds in which new records of ours are gathered into one batch."""

SETTLING = (2.0, 5.0, 15.0)
"""Seconds between the first runs of sync with a new contact: gossip takes a while to reach it, and loses what came before."""

SYNC_EVERY = 60.0
"""Seconds between two rounds of sync with every contact: gossip loses, sync repairs."""

SYNC_LIMIT = 300.0
"""Seconds that one run of sync may take."""

SHUNNED_FOR = 3_600
"""Seconds for which a peer that broke the rules of sync isn't asked again."""

MAX_SHUNNED = 1_000

MAX_WAITING = 10_000
"""Records of ours that wait for gossip; what doesn't fit is left to sync."""


class Spread:
    """Publishes our records and keeps in step with contacts."""

    def __init__(self, world: World, intake: Intake) -> None:
        self._world = world
        self._intake = intake
        self._waiting: list[bytes] = []
        self._news = trio.Event()
        self._busy: set[str] = set()
        self._shunned: OrderedDict[str, int] = OrderedDict()  # peer -> until
        network = world.settings.network
        self._topic = gossip.topic(network)
        self._protocol = sync.protocol(network)
        world.network.on_gossip(self._topic, intake.batch)
        world.network.handle(self._protocol, self._answer, request_limit=sync.MAX_REQUEST)

    def publish(self, *records: Record) -> None:
        """Keep records of our own and hand them to gossip."""
        self._intake.keep(records)
        self.gossip(records)

    def gossip(self, records: tuple[Record, ...] | list[Record]) -> None:
        """Hand records that are stored already to gossip."""
        room = MAX_WAITING - len(self._waiting)
        self._waiting.extend(record.raw for record in records[:room])
        self._news.set()

    async def run(self) -> None:
        """For ever: send what waits, and sync regularly."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._send_news)
            while True:
                await self._world.clock.sleep(SYNC_EVERY)
                for contact in self._world.network.contacts():
                    nursery.start_soon(self.sync_with, contact.peer)

    async def met(self, contact: Contact, here: bool) -> None:
        """A contact came: get what it has and we miss."""
        self._world.changes.tell("status")
        if not here:
            return
        await self.sync_with(contact.peer)
        for pause in SETTLING:
            await self._world.clock.sleep(pause)
            if all(each.peer != contact.peer for each in self._world.network.contacts()):
                return
            await self.sync_with(contact.peer)

    async def sync_with(self, peer: str) -> None:
        """One run of sync. Whatever goes wrong ends the run; the next one goes on."""
        if peer in self._busy or self._shunned.get(peer, 0) > self._world.now():
            return
        self._busy.add(peer)
        try:
            with trio.move_on_after(SYNC_LIMIT):
                await self._sync(peer)
        except Unavailable as fault:
            log.debug("sync with %s: %s", peer, fault)
        except RuleError as fault:
            log.info("sync with %s refused: %s", peer, fault.rule)
            self._shun(peer)
        except Exception:
            log.exception("sync with %s", peer)
        finally:
            self._busy.discard(peer)

    async def _sync(self, peer: str) -> None:
        client = sync.Client(self._intake.has, self._world.settings.network)
        while (request := client.request()) is not None:
            response = await self._world.network.request(
                peer, self._protocol, request, limit=sync.MAX_RESPONSE
            )
            decisions = await self._intake.records(client.receive(response))
            if not gossip.judge(decisions):
                raise Rejected("sync.record", "gives records that nobody may keep")

    def _shun(self, peer: str) -> None:
        """What it gives is no use: ask others for a while."""
        self._shunned[peer] = self._world.now() + SHUNNED_FOR
        while len(self._shunned) > MAX_SHUNNED:
            self._shunned.popitem(last=False)

    async def _answer(self, peer: str, request: bytes) -> bytes:
        return sync.answer(request, self._world.store)

    async def _send_news(self) -> None:
        while True:
            await self._news.wait()
            await self._world.clock.sleep(GATHER)
            self._news = trio.Event()
            waiting, self._waiting = self._waiting, []
            for batch in gossip.pack(waiting):
                try:
                    await self._world.network.publish(self._topic, batch)
                except Unavailable as fault:
                    log.debug("gossip: %s", fault)  # sync will carry it
                except Exception:
                    log.exception("gossip: our own mistake")
