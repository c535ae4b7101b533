"""Evidence for reviews: the listing editions that they cite, kept after the seller has replaced them, and asked for where missing.

A review costs nothing to make, so that only those count that money on the chain commits to. What is given to others is never what
this node merely holds as a party to an order: that would tell strangers what its owner has bought.
"""

import logging
import random
from collections import OrderedDict
from collections.abc import Callable

import trio

from node.peer.intake import Intake
from node.peer.own_reviews import WROTE
from node.peer.reviews import Reviews
from node.peer.world import World, short
from node.protocol import admission, record, sync
from node.protocol.admission import Verdict
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, Rejected, RuleError, Unavailable
from node.protocol.record import Record
from node.protocol.reviews import committed_to

log = logging.getLogger("etal.evidence")

PAUSE = 2.0
"""Seconds between two looks at reviews that have come."""

LOOKED_AT_ONCE = 200
"""Reviews of one look; one costs some 100 µs, and 1.6 ms with a campaign that wasn't read before."""

YIELD_EVERY = 5

AGAIN_AFTER = 30
"""Seconds between two rounds over all reviews without evidence: what they rest on may have reached the chain, or a contact."""

ASKED_AT_ONCE = 64
"""Editions in one request."""

MAX_ASKED = 8
"""Contacts asked for the same editions in one round."""

FIRST_WAIT, LONGEST_WAIT = 30, 3_600
"""Seconds until an edition that nobody had is asked for again: twice as long each time."""

MAX_MISSED = 5_000
"""Such editions remembered."""

RESTING = 300
"""Seconds for which a contact that failed, or that gave what it shouldn't, isn't asked."""

MAX_RESTING = 1_000


class Evidence:
    """Sees to it that a review which money stands behind can be verified here, and by whoever asks this node."""

    def __init__(self, world: World, intake: Intake, shown: Reviews) -> None:
        self._world = world
        self._intake = intake
        self._shown = shown
        self._protocol = sync.protocol(world.settings.network)
        self._missed: OrderedDict[bytes, tuple[float, int]] = OrderedDict()  # (next try, wait)
        self._resting: OrderedDict[str, float] = OrderedDict()  # peer -> until

    async def run(self) -> None:
        """For ever: look at reviews that have come, and from time to time at all that still lack evidence."""
        mark, begun = 0, trio.current_time()
        while True:
            before = mark
            try:
                found, mark = self._world.store.unproven(mark, LOOKED_AT_ONCE)
                await self._look(found)
            except EtalError as fault:
                log.warning("evidence: %s", fault)
            except Exception:
                log.exception("evidence: our own mistake")
            if mark == before and trio.current_time() >= begun + AGAIN_AFTER:
                mark, begun = 0, trio.current_time()
            await self._world.clock.sleep(PAUSE)

    def forget_missing(self) -> None:
        """Somebody new is in reach, who may have what nobody had."""
        self._missed.clear()

    async def _look(self, found: list[Record]) -> None:
        missing: dict[bytes, list[Record]] = {}
        for number, review in enumerate(found, 1):
            if number % YIELD_EVERY == 0:
                await trio.lowlevel.checkpoint()
            if not self._holds(self._shown.is_backed, review):
                continue
            edition = self._at_hand(review)
            if edition is not None:
                self._keep(edition, [review])
            elif self._missed.get(review.body["offer"], (0, 0))[0] <= trio.current_time():
                missing.setdefault(review.body["offer"], []).append(review)
        ids = list(missing)
        for start in range(0, len(ids), ASKED_AT_ONCE):
            await self._find({id: missing[id] for id in ids[start : start + ASKED_AT_ONCE]})

    def _at_hand(self, review: Record) -> Record | None:
        """The edition, where everybody may know that we hold it: a public one, one of ours, or one that our own review cites."""
        store = self._world.store
        id = review.body["offer"]
        raw = store.get(id)
        if raw is None:
            return None
        edition = record.parse(raw, self._world.settings.network)
        public = store.has(id) or edition.author == self._world.me or self._is_ours(review)
        return edition if public else None

    def _is_ours(self, review: Record) -> bool:
        row = self._world.store.order(committed_to(review.body))
        return row is not None and row.notes.get(WROTE) == review.id.hex()

    def _keep(self, edition: Record, citing: list[Record]) -> bool:
        """Whether it was worth keeping, and there was room."""
        if self._world.store.evidence(edition.id) is not None:
            return True  # for another review: it takes its room once
        if not any(self._holds(self._shown.rests_on, each, edition) for each in citing):
            return False
        refusal = self._intake.budget.refusal(edition, added=True)
        if refusal is not None:
            log.info("edition %s not kept: %s", short(edition.id), refusal)
            return False
        self._world.store.keep_evidence(edition)
        self._intake.budget.took(edition, added=True)
        self._world.changes.tell("review", id_to_text(edition.author))
        return True

    @staticmethod
    def _holds(judge: Callable[..., bool], review: Record, *given: Record) -> bool:
        """A review that can't be judged keeps no other from its evidence."""
        try:
            return judge(review, *given)
        except Exception:  # an extension's mistake, at worst
            log.exception("review %s can't be judged", short(review.id))
            return False

    # ---- asking

    async def _find(self, missing: dict[bytes, list[Record]]) -> None:
        """Ask contacts for these editions, one after the other, until nothing is missing."""
        contacts = self._world.network.contacts()
        now = trio.current_time()
        peers = [each.peer for each in contacts if self._resting.get(each.peer, 0) <= now]
        random.shuffle(peers)
        left = set(missing)
        for peer in peers[:MAX_ASKED]:
            if not left:
                return
            try:
                await self._ask(peer, left, missing)
            except (RuleError, Unavailable) as fault:
                log.debug("evidence from %s: %s", peer, fault)
                self._rest(peer)
        if peers:
            for id in left:
                self._miss(id)

    async def _ask(self, peer: str, left: set[bytes], missing: dict[bytes, list[Record]]) -> None:
        """Take from `left` what this peer gives. Raises Unavailable, and Rejected for what no honest peer gives."""
        while left:
            request = sync.want(left)
            response = await self._world.network.request(
                peer, self._protocol, request, limit=sync.MAX_RESPONSE
            )
            found = sync.given(response, left, self._world.settings.network)
            if not found:
                return
            for raw in found.values():
                decision = admission.admit_as_made(
                    raw, self._world.settings.network, self._world.registry
                )
                if decision.blames:
                    raise Rejected(decision.rule, "gives a record that nobody may keep")
                edition = decision.record
                if decision.verdict is Verdict.ACCEPT and self._keep(edition, missing[edition.id]):
                    left.discard(edition.id)
                await trio.lowlevel.checkpoint()
            if left & found.keys():
                return  # it has given what we can't use: asked again, it would give the same

    def _miss(self, id: bytes) -> None:
        wait = min(2 * self._missed.pop(id, (0, FIRST_WAIT // 2))[1], LONGEST_WAIT)
        self._missed[id] = (trio.current_time() + wait, wait)
        while len(self._missed) > MAX_MISSED:
            self._missed.popitem(last=False)

    def _rest(self, peer: str) -> None:
        self._resting.pop(peer, None)
        self._resting[peer] = trio.current_time() + RESTING
        while len(self._resting) > MAX_RESTING:
            self._resting.popitem(last=False)
