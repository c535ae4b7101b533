"""Giving and getting records: gossip of what is new, sync of what was missed. Both feed the same intake."""

import logging
import random
from collections import OrderedDict
from contextlib import nullcontext

import trio

from node.peer.intake import Intake
from node.peer.world import World
from node.ports import Contact
from node.protocol import gossip, sync
from node.protocol.admission import Verdict
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

MAX_CALLERS = 32
"""Runs with peers that have called us, at once. Those that we have called ourselves don't wait for them."""

REQUEST_LIMIT = 30.0
"""Seconds for one response."""

LEAST_PORTION = 8
"""Records asked for at once of a peer behind a slow line: a quarter after each failure, twice as many after each whole run."""

MAX_USELESS = 5_000
"""Records of one run that we can't keep. The next run leaves them out and goes on behind them."""

SHUNNED_FOR = 3_600
"""Seconds for which a peer that broke the rules of sync isn't asked again."""

TRIES = 3
"""Failures in a row after which a peer is asked less and less often. The first ones may be a line that is slow."""

LONGEST_PAUSE = 900
"""Seconds until a peer is asked again that has failed time after time without giving anything."""

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
        self._callers = trio.CapacityLimiter(MAX_CALLERS)
        self._portions: dict[str, int] = {}  # of contacts: how much to ask for at once
        self._failures: dict[str, int] = {}  # of contacts, in a row
        self._resting: dict[str, float] = {}  # contacts that fail time after time -> until
        self._shunned: OrderedDict[str, float] = OrderedDict()  # peer -> until
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
                contacts = self._world.network.contacts()
                self._forget_gone({contact.peer for contact in contacts})
                for contact in contacts:
                    nursery.start_soon(self.sync_with, contact)

    async def met(self, contact: Contact, here: bool) -> None:
        """A contact came: get what it has and we miss. Or it went, and may come back in better shape."""
        self._world.changes.tell("status")
        if not here:
            self._failures.pop(contact.peer, None)
            self._resting.pop(contact.peer, None)
            return
        await self.sync_with(contact)
        for pause in SETTLING:
            await self._world.clock.sleep(pause)
            if all(each.peer != contact.peer for each in self._world.network.contacts()):
                return
            await self.sync_with(contact)

    async def sync_with(self, contact: Contact) -> None:
        """One run of sync. Whatever goes wrong ends the run; the next one goes on."""
        peer = contact.peer
        left_alone = max(self._shunned.get(peer, 0), self._resting.get(peer, 0))
        if peer in self._busy or left_alone > trio.current_time():
            return
        self._busy.add(peer)
        try:
            async with self._callers if contact.inbound else nullcontext():
                with trio.move_on_after(SYNC_LIMIT):
                    await self._sync(peer)
        except Unavailable as fault:
            log.debug("sync with %s: %s", peer, fault)
        except RuleError as fault:
            log.info("sync with %s refused: %s", peer, fault.rule)
            self._shun(peer, SHUNNED_FOR)
        except Exception:
            log.exception("sync with %s", peer)
        finally:
            self._busy.discard(peer)

    async def _sync(self, peer: str) -> None:
        client = sync.Client(
            self._intake.has,
            self._world.settings.network,
            shuffle=random.shuffle,
            portion=self._portions.get(peer, sync.MAX_WANTED),
        )
        useless = 0
        while useless < MAX_USELESS and (request := client.request()) is not None:
            response = await self._ask(peer, request)
            decisions = await self._intake.records(client.receive(response))
            if not gossip.judge(decisions):
                raise Rejected("sync.record", "gives records that nobody may keep")
            useless += sum(decision.verdict is Verdict.IGNORE for decision in decisions)
            if decisions:
                self._failures.pop(peer, None)
        self._failures.pop(peer, None)
        self._portions[peer] = min(2 * client.portion, sync.MAX_WANTED)

    async def _ask(self, peer: str, request: bytes) -> bytes:
        """One response. Raises Unavailable, which is the peer's failure here, and not one of our own disk."""
        try:
            return await self._world.network.request(
                peer, self._protocol, request, limit=sync.MAX_RESPONSE, timeout=REQUEST_LIMIT
            )
        except Unavailable:
            self._note_failure(peer)
            raise

    def _note_failure(self, peer: str) -> None:
        """Ask for less next time; and less often, where nothing comes at all."""
        portion = self._portions.get(peer, sync.MAX_WANTED)
        self._portions[peer] = max(LEAST_PORTION, portion // 4)
        failures = self._failures[peer] = self._failures.get(peer, 0) + 1
        if failures > TRIES:
            pause = min(SYNC_EVERY * 2 ** min(failures - TRIES, 10), LONGEST_PAUSE)
            self._resting[peer] = trio.current_time() + pause

    def _forget_gone(self, here: set[str]) -> None:
        for remembered in (self._portions, self._failures, self._resting):
            for peer in remembered.keys() - here:
                del remembered[peer]

    def _shun(self, peer: str, seconds: float) -> None:
        """What it gives is no use: ask others for a while."""
        self._shunned.pop(peer, None)
        self._shunned[peer] = trio.current_time() + seconds
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
