"""Records coming in, by gossip or by sync: judged, kept, passed on, or parked until what they wait for arrives."""

import logging
from collections.abc import Sequence

import trio

from node.peer.world import World, short
from node.protocol import admission, encoding, gossip
from node.protocol.admission import Decision, Verdict
from node.protocol.errors import RuleError
from node.protocol.record import Record

log = logging.getLogger("etal.intake")

YIELD_EVERY = 32
"""Records judged between two chances for other tasks to run: one costs some 100 µs."""


class Intake:
    """The one door for records of others. Everything behind it has been admitted."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def batch(self, peer: str, data: bytes) -> bool:
        """A gossiped batch. False blames the forwarder: only for what it could have judged itself."""
        try:
            raws = gossip.unpack(data)
        except RuleError as fault:
            log.info("batch from %s refused: %s", peer, fault.rule)
            return False
        decisions = await self.records(raws)
        return gossip.judge(decisions)

    async def records(self, raws: Sequence[bytes]) -> list[Decision]:
        """Judge each record and keep the good ones in one transaction."""
        world = self._world
        decisions = []
        for number, raw in enumerate(raws):
            decisions.append(
                admission.admit(
                    raw, world.settings.network, world.registry, world.store, world.now()
                )
            )
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                await trio.lowlevel.checkpoint()
        good = [
            decision.record
            for decision in decisions
            if decision.verdict is Verdict.ACCEPT and decision.record is not None
        ]
        for decision in decisions:
            if decision.verdict is Verdict.REJECT:
                log.info("record refused: %s", decision.rule)
        self.keep(good)
        return decisions

    def keep(self, records: Sequence[Record]) -> None:
        """Store admitted (or our own) records and tell the pages."""
        if not records:
            return
        for record, new in zip(records, self._world.store.put(records), strict=True):
            if new:
                self.announce(record)

    def announce(self, record: Record) -> None:
        """Tell the pages that this record is now held."""
        log.debug("kept %s %s", record.kind, short(record.id))
        self._world.changes.tell(record.kind, encoding.id_to_text(record.author))
