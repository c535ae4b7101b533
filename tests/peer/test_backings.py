"""Which pledges are asked about first, what is remembered, and what is said meanwhile."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import trio

from node.peer import backings
from node.peer.backings import PAUSE, RETRY_AFTER, UNOPENED, Backings
from node.ports import Pledged
from node.protocol.campaign import Phase
from node.protocol.errors import Unavailable
from node.protocol.pledged_reviews import Shown
from node.protocol.reviews import committed_to
from tests.protocol import sale
from tests.vectors.campaigns import CAMPAIGN
from tests.vectors.pledged import review

REVIEW = sale.sign("review", review(), sale.REVIEWER)
SALTED = {"value": sale.REVIEWER.public, "salt": bytes(32)}
OTHERS = sale.sign("review", sale.changed(review(), proof__opened__review=SALTED), sale.REVIEWER)
ORDER = committed_to(REVIEW.body)


def campaign(id: bytes) -> Shown:
    return Shown(REVIEW, CAMPAIGN, id)


A, B, C = (campaign(id) for id in (b"a", b"b", b"c"))


@dataclass
class Chain:
    """A ledger of campaigns and their contract in one."""

    opened: set = field(default_factory=lambda: {b"a", b"b", b"c"})
    asked: list = field(default_factory=list)
    faults: list = field(default_factory=list)

    async def state(self, id, fresh):
        phase = Phase.PAID if id in self.opened else Phase.NONE
        if phase is Phase.NONE:
            self.asked.append(id)
        return SimpleNamespace(phase=phase, pledges=9, paid=1, time=0)

    async def contract(self):
        return self

    async def pledged(self, id, limit, since, aside):
        self.asked.append(id)
        if self.faults and (fault := self.faults.pop()):
            raise Unavailable(fault, "not now")
        return [Pledged(b"buyer", ORDER, 5, 5, "", 0)]


@pytest.fixture
def chain():
    return Chain()


@pytest.fixture
async def asking(chain, nursery):
    nothing = SimpleNamespace(
        clock=SimpleNamespace(sleep=trio.sleep),
        store=SimpleNamespace(back_reviews=lambda *given: None, order=lambda id: None),
        changes=SimpleNamespace(tell=lambda *given: None),
    )
    made = Backings(nothing, chain)
    nursery.start_soon(made.run)
    return made


async def test_what_somebody_looks_at_is_asked_about_first(chain, asking, autojump_clock):
    for shown in (A, B, C):
        asking.of(REVIEW, shown)
    asking.of(REVIEW, C, seen=True)
    await trio.sleep(3 * PAUSE)
    assert chain.asked[:3] in ([b"c", b"a", b"b"], [b"a", b"c", b"b"])  # one may be under way


async def test_what_somebody_looks_at_finds_room(chain, asking, monkeypatch, autojump_clock):
    monkeypatch.setattr(backings, "MAX_WAITING", 1)
    asking.of(REVIEW, A)
    asking.of(REVIEW, B)
    asking.of(REVIEW, C, seen=True)
    await trio.sleep(5 * PAUSE)
    assert chain.asked == [b"c"]


async def test_what_nobody_pledged_for_pushes_out_nothing_that_somebody_did(
    chain, asking, monkeypatch, autojump_clock
):
    monkeypatch.setattr(backings, "MAX_REMEMBERED", 1)
    asking.of(REVIEW, A)
    asking.of(OTHERS, A)
    asking.of(OTHERS, B)
    await trio.sleep(5 * PAUSE)
    assert asking.of(REVIEW, A).backing.amount == 5
    assert asking.of(OTHERS, B).backing is None


async def test_no_answer_is_no_answer_and_asked_for_again(chain, asking, autojump_clock):
    chain.faults = ["chain.rpc"]
    asking.of(REVIEW, A)
    await trio.sleep(RETRY_AFTER / 2)
    heard = asking.of(REVIEW, A)
    assert (heard.answered, heard.backing) == (False, None)
    await trio.sleep(RETRY_AFTER)
    asking.of(REVIEW, A)
    await trio.sleep(PAUSE)
    assert asking.of(REVIEW, A).backing is not None
    assert chain.asked == [b"a", b"a"]


async def test_what_takes_several_questions_goes_on_before_another(chain, asking, autojump_clock):
    chain.faults = [None, "chain.reading", "chain.reading"]
    asking.of(REVIEW, A, seen=True)
    await trio.sleep(PAUSE / 2)
    asking.of(REVIEW, B)
    await trio.sleep(5 * PAUSE)
    assert chain.asked == [b"a", b"a", b"a", b"b"]
    assert asking.of(REVIEW, A).backing is not None


async def test_a_campaign_that_was_never_opened_is_hardly_asked_about(
    chain, asking, autojump_clock
):
    chain.opened.clear()
    asking.of(REVIEW, A)
    await trio.sleep(UNOPENED / 2)
    heard = asking.of(REVIEW, A)
    assert (heard.answered, heard.backing, chain.asked) == (True, None, [b"a"])
    await trio.sleep(UNOPENED)
    asking.of(REVIEW, A)
    await trio.sleep(PAUSE)
    assert chain.asked == [b"a", b"a"]
