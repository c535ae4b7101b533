"""What the campaign contract says of the pledges that reviews cite: asked behind the scenes, one campaign after the other, and remembered.

Anybody can publish a review that cites any campaign, and the chain's nodes answer only so often: so what waits is bounded, and so is the pace.
"""

import logging
from collections import OrderedDict
from dataclasses import dataclass, field, replace

import trio

from node.peer.campaign_ledger import MAX_PLEDGES, CampaignLedger
from node.peer.world import World, short
from node.protocol.campaign import MAX_CAMPAIGN_TIME, Phase
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, Unavailable
from node.protocol.pledged_reviews import Backing, Shown
from node.protocol.record import Record
from node.protocol.reviews import committed_to

log = logging.getLogger("etal.reviews")

PAUSE = 2.0
"""Seconds between two campaigns."""

MAX_WAITING = 500
"""Campaigns that are still to be asked about; others that are wanted meanwhile are asked about once there is room."""

MAX_ORDERS = 500
"""Orders of one campaign that are asked about together."""

MAX_REMEMBERED = 5_000
"""Orders that a pledge stands behind, and as many that none does: to make up those costs nothing, so they push out each other only."""

AGAIN_AFTER = 600
"""Seconds after which it is asked again about a campaign that goes on, or in which there was no such pledge."""

UNOPENED = 3_600
"""The same about one that was never opened: whoever has pledged to it has seen it open."""

ONCE_OVER = 86_400
"""The same about one that is over: the chain may have been reorganised."""

RETRY_AFTER = 30
"""The same after a question that wasn't answered."""

MAX_READINGS = 5
"""Questions one after the other about a campaign whose pledges take several."""

Key = tuple[bytes, bytes]  # a campaign's id, and an order


@dataclass(frozen=True)
class Heard:
    """What the contract said of an order, and until when that will do; `answered` says whether it has said anything yet."""

    good_until: float
    backing: Backing | None
    answered: bool = True


UNHEARD = Heard(0.0, None, answered=False)


@dataclass
class Wanted:
    """Of one campaign: the pledges that name these orders."""

    shown: Shown
    orders: set[bytes] = field(default_factory=set)


class Backings:
    """Asks, and remembers."""

    def __init__(self, world: World, chain: CampaignLedger) -> None:
        self._world = world
        self._chain = chain
        self._backed: OrderedDict[Key, Heard] = OrderedDict()
        self._unbacked: OrderedDict[Key, Heard] = OrderedDict()
        self._waiting: OrderedDict[bytes, Wanted] = OrderedDict()  # by the campaign's id
        self._nudge = trio.Event()

    def of(self, review: Record, shown: Shown, seen: bool = False) -> Heard:
        """The last that was heard of the pledge behind this review of its seller's campaign. What a person is looking at (`seen`) is
        asked about before all else."""
        order = committed_to(review.body)
        heard = self._heard((shown.id, order))
        if trio.current_time() >= heard.good_until:
            self._want(shown, order, seen)
        return heard

    def _heard(self, key: Key) -> Heard:
        return self._backed.get(key) or self._unbacked.get(key) or UNHEARD

    def _want(self, shown: Shown, order: bytes, seen: bool) -> None:
        if seen and shown.id not in self._waiting and len(self._waiting) >= MAX_WAITING:
            self._waiting.popitem()
        if shown.id in self._waiting or len(self._waiting) < MAX_WAITING:
            wanted = self._waiting.setdefault(shown.id, Wanted(shown))
            if len(wanted.orders) < MAX_ORDERS:
                wanted.orders.add(order)
            if seen:
                self._waiting.move_to_end(shown.id, last=False)
            self._nudge.set()

    async def run(self) -> None:
        """For ever: ask for what is wanted."""
        while True:
            await self._nudge.wait()
            self._nudge = trio.Event()
            while self._waiting:
                _, wanted = self._waiting.popitem(last=False)
                try:
                    await self._look(wanted)
                except EtalError as fault:
                    log.info("the pledges of campaign %s: %s", short(wanted.shown.id), fault)
                except Exception:
                    log.exception(
                        "the pledges of campaign %s: our own mistake", short(wanted.shown.id)
                    )
                await self._world.clock.sleep(PAUSE)

    async def _look(self, wanted: Wanted) -> None:
        id, found = wanted.shown.id, None
        try:
            for left in reversed(range(MAX_READINGS)):
                try:
                    found = await self._ask(wanted)
                    break
                except Unavailable as fault:
                    if fault.rule != "chain.reading" or not left:
                        raise
                # with the rest of its pledges, before what was read is forgotten for others
                await self._world.clock.sleep(PAUSE)
        except Exception:
            for order in wanted.orders:
                heard = self._heard((id, order))
                self._remember((id, order), replace(heard, good_until=_after(RETRY_AFTER)))
            raise
        for order in wanted.orders:
            self._hear(wanted.shown, order, found)

    def _hear(self, shown: Shown, order: bytes, found: dict[bytes, Backing] | None) -> None:
        before = self._heard((shown.id, order))
        backing = None if found is None else found.get(order)
        over = backing is not None and shown.is_over(backing)
        wait = UNOPENED if found is None else ONCE_OVER if over else AGAIN_AFTER
        self._remember((shown.id, order), Heard(_after(wait), backing))
        if over:
            self._world.store.back_reviews(shown.body["account"], shown.id, order)
        if not before.answered or backing != before.backing:
            self._tell(order, shown)

    def _remember(self, key: Key, heard: Heard) -> None:
        kept, other = self._backed, self._unbacked
        if heard.backing is None:
            kept, other = other, kept
        other.pop(key, None)
        kept[key] = heard
        kept.move_to_end(key)
        if len(kept) > MAX_REMEMBERED:
            kept.popitem(last=False)

    async def _ask(self, wanted: Wanted) -> dict[bytes, Backing] | None:
        """By order; None where there is no such campaign. Raises Unavailable."""
        shown = wanted.shown
        state = await self._chain.state(shown.id, fresh=True)
        if state.phase is Phase.NONE:
            return None
        facts = (state.phase, state.pledges, state.paid, state.time)
        since = max(0, shown.body["until"] - MAX_CAMPAIGN_TIME)
        contract = await self._chain.contract()
        pledges = await contract.pledged(shown.id, MAX_PLEDGES, since, aside=True)
        pledged = shown.pledged_by(each for each in pledges if each.order in wanted.orders)
        return {order: Backing(*pledge, *facts) for order, pledge in pledged.items()}

    def _tell(self, order: bytes, shown: Shown) -> None:
        self._world.changes.tell("review", id_to_text(shown.record.author))
        if self._world.store.order(order) is not None:
            self._world.changes.tell("order", id_to_text(order))


def _after(seconds: float) -> float:
    return trio.current_time() + seconds
