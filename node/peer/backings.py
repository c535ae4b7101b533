"""What the campaign contract says of the pledges that reviews cite: asked behind the scenes, one campaign after the other, and remembered.

Anybody can publish a review that cites any campaign, and the chain's nodes answer only so often: so what waits is bounded, and so is the pace.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field

import trio

from node.peer.campaign_ledger import MAX_PLEDGES, CampaignLedger
from node.peer.world import World, short
from node.protocol.campaign import MAX_CAMPAIGN_TIME, Phase
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError
from node.protocol.pledged_reviews import Backing, Shown
from node.protocol.record import Record
from node.protocol.reviews import committed_to

log = logging.getLogger("etal.reviews")

PAUSE = 2.0
"""Seconds between two campaigns."""

MAX_WAITING = 500
"""Campaigns that are still to be asked about; others that are wanted meanwhile are asked about once there is room."""

MAX_REMEMBERED = 5_000
"""Orders."""

AGAIN_AFTER = 600
"""Seconds after which it is asked again about a campaign that goes on, or in which there was no such pledge."""

ONCE_OVER = 86_400
"""The same about one that is over: the chain may have been reorganised."""

RETRY_AFTER = 30
"""The same after a question that wasn't answered."""


@dataclass(frozen=True)
class Wanted:
    """Of one campaign: the pledges that name these orders."""

    shown: Shown
    orders: set[bytes] = field(default_factory=set)


class Backings:
    """Asks, and remembers."""

    def __init__(self, world: World, chain: CampaignLedger) -> None:
        self._world = world
        self._chain = chain
        # (campaign, order) -> (until when that does, what was heard)
        self._known: OrderedDict[tuple[bytes, bytes], tuple[float, Backing | None]] = OrderedDict()
        self._waiting: OrderedDict[bytes, Wanted] = OrderedDict()  # by the campaign's id
        self._nudge = trio.Event()

    def of(self, review: Record, shown: Shown) -> Backing | None:
        """The last that was heard of the pledge behind this review of its seller's campaign; None where there is none, or nothing
        was heard yet."""
        order = committed_to(review.body)
        good_until, backing = self._known.get((shown.id, order), (0.0, None))
        if trio.current_time() >= good_until:
            self._want(shown, order)
        return backing

    def _want(self, shown: Shown, order: bytes) -> None:
        if shown.id in self._waiting or len(self._waiting) < MAX_WAITING:
            self._waiting.setdefault(shown.id, Wanted(shown)).orders.add(order)
            self._nudge.set()

    async def run(self) -> None:
        """For ever: ask for what is wanted."""
        while True:
            await self._nudge.wait()
            self._nudge = trio.Event()
            while self._waiting:
                _, wanted = self._waiting.popitem(last=False)
                await self._look(wanted)
                await self._world.clock.sleep(PAUSE)

    async def _look(self, wanted: Wanted) -> None:
        id = wanted.shown.id
        try:
            found = await self._ask(wanted)
        except EtalError as fault:
            log.info("the pledges of campaign %s: %s", short(id), fault)
            found = None
        except Exception:
            log.exception("the pledges of campaign %s: our own mistake", short(id))
            found = None
        for order in wanted.orders:
            before = self._known.get((id, order), (0.0, None))[1]
            if found is None:
                self._remember(wanted, order, before, RETRY_AFTER)
            else:
                backing = found.get(order)
                over = backing is not None and wanted.shown.is_over(backing)
                self._remember(wanted, order, backing, ONCE_OVER if over else AGAIN_AFTER)
                if over:
                    self._world.store.back_reviews(wanted.shown.body["account"], id, order)
                if backing != before:
                    self._tell(order, wanted.shown)

    def _remember(self, wanted: Wanted, order: bytes, backing: Backing | None, wait: float) -> None:
        key = wanted.shown.id, order
        self._known[key] = trio.current_time() + wait, backing
        self._known.move_to_end(key)
        if len(self._known) > MAX_REMEMBERED:
            self._known.popitem(last=False)

    async def _ask(self, wanted: Wanted) -> dict[bytes, Backing]:
        """By order. Raises Unavailable."""
        shown = wanted.shown
        state = await self._chain.state(shown.id, fresh=True)
        if state.phase is Phase.NONE:
            return {}
        facts = (state.phase, state.pledges, state.paid, state.time)
        since = max(0, shown.body["until"] - MAX_CAMPAIGN_TIME)
        contract, found = await self._chain.contract(), {}
        for each in await contract.pledged(shown.id, MAX_PLEDGES, since):
            best = found.get(each.order)
            if each.order in wanted.orders and (best is None or each.amount > best.amount):
                found[each.order] = Backing(each.backer, each.amount, *facts)
        return found

    def _tell(self, order: bytes, shown: Shown) -> None:
        self._world.changes.tell("review", id_to_text(shown.record.author))
        if self._world.store.order(order) is not None:
            self._world.changes.tell("order", id_to_text(order))
