"""Records coming in, by gossip or by sync: judged, kept within the budget, and told to the pages."""

import logging
from collections import OrderedDict
from collections.abc import Sequence

import trio

from node.peer.budget import Budget, Share
from node.peer.world import World, short
from node.protocol import admission, encoding, gossip
from node.protocol.admission import Decision, Verdict
from node.protocol.errors import RuleError
from node.protocol.record import Record

log = logging.getLogger("etal.intake")

YIELD_EVERY = 32
"""Records judged between two chances for other tasks to run: one costs some 100 µs."""

MAX_DECLINED = 50_000
DECLINED_FOR = 600
"""Seconds for which sync doesn't ask again for what we can't take: too far ahead, of an unknown kind, over the budget, replaced."""


class Intake:
    """The one door for records of others. Everything behind it has been admitted."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.budget = Budget(world)
        self._declined: OrderedDict[bytes, float] = OrderedDict()  # by a clock that nobody sets

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
        """Judge each record and keep the good ones in one transaction. Raises Unavailable where the disk fails."""
        decisions = []
        for number, raw in enumerate(raws, 1):
            decisions.append(self._judge(raw))
            if number % YIELD_EVERY == 0:
                await trio.lowlevel.checkpoint()
        self._take(decisions)
        for decision in decisions:
            if decision.verdict is Verdict.REJECT:
                log.info("record refused: %s", decision.rule)
            elif decision.verdict is Verdict.IGNORE and decision.record is not None:
                self._decline(decision.record)
        return decisions

    def _judge(self, raw: bytes) -> Decision:
        world = self._world
        try:
            return admission.admit(
                raw, world.settings.network, world.registry, world.store, world.now()
            )
        except Exception as fault:
            # a mistake of ours or of an extension's: nobody is to blame, and the other records are judged
            log.exception("record %s can't be judged", short(raw))
            return Decision(Verdict.IGNORE, "admission.fault", None, repr(fault))

    def _take(self, decisions: list[Decision]) -> None:
        """Keep the accepted records for which there is room; decisions on what isn't kept are changed to IGNORE.

        Nothing waits in here, so that what is counted is what is kept: nobody can use up an author's room by giving us copies."""
        taken: dict[bytes, tuple[int, Share]] = {}  # id -> (place, what it takes of the budget)
        for place, decision in enumerate(decisions):
            record = decision.record
            if decision.verdict is not Verdict.ACCEPT or record is None:
                continue
            if record.id in taken or self._world.store.has(record.id):
                # twice in one batch, or kept by another task since it was judged
                decisions[place] = Decision(Verdict.IGNORE, "admission.duplicate")
                continue
            rule = self.budget.refusal(record)
            if rule is None:
                taken[record.id] = (place, self.budget.took(record))
            else:
                log.info("record %s not kept: %s", short(record.id), rule)
                decisions[place] = Decision(Verdict.IGNORE, rule, record)
        records = [decisions[place].record for place, _ in taken.values()]
        new: set[bytes] = set()
        try:
            new = self.keep(records)
        finally:
            for record in records:
                place, share = taken[record.id]
                if record.id not in new:
                    self.budget.give_back(record.author, share)
                    decisions[place] = Decision(Verdict.IGNORE, "keeping.older", record)

    def keep(self, records: Sequence[Record]) -> set[bytes]:
        """Store admitted (or our own) records and tell the pages; returns the ids of those that were new."""
        if not records:
            return set()
        outcomes = zip(records, self._world.store.put(records), strict=True)
        new = [record for record, kept in outcomes if kept]
        for record in new:
            self.announce(record)
        return {record.id for record in new}

    def announce(self, record: Record) -> None:
        """Tell the pages that this record is now held."""
        log.debug("kept %s %s", record.kind, short(record.id))
        self._world.changes.tell(record.kind, encoding.id_to_text(record.author))

    # ---- what sync needn't ask for

    def has(self, id: bytes) -> bool:
        """Whether a record is held, or was declined a short while ago."""
        return self._declined.get(id, 0) > trio.current_time() or self._world.store.has(id)

    def _decline(self, record: Record) -> None:
        self._declined[record.id] = trio.current_time() + DECLINED_FOR
        self._declined.move_to_end(record.id)
        while len(self._declined) > MAX_DECLINED:
            self._declined.popitem(last=False)
