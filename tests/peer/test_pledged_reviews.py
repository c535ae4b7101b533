"""Reviews of what was pledged for: as good as those of what was bought, on nodes that took no part."""

import trio

from node.protocol import record
from node.protocol.errors import Unavailable
from node.protocol.record import Draft
from tests.fakes.records import key
from tests.peer.campaigning import DAY, order, over, pledged, started
from tests.peer.market import market, until


async def reviewable(m, *, fails=False):
    """(campaign, order) of a backer whose campaign is over: paid out, or given back."""
    campaign = await started(m)
    id = await pledged(m, campaign, 1 if fails else 3)
    assert "review" not in m.buyer.peer.order(id).actions
    await over(m, campaign)
    if not fails:
        assert "review" not in m.buyer.peer.order(id).actions
        m.chain.pass_time(31 * DAY)
        m.chain.mine(5)
    await until(lambda: "review" in m.buyer.peer.order(id).actions, 600)
    return campaign, id


def shown(side, m):
    found = side.peer.reviews_of(m.seller.peer.identity().persona)
    return [(each.verdict, each.text) for each in found]


async def test_a_backer_reviews_what_it_got_and_everybody_can_check_that(autojump_clock):
    async with market() as m:
        third = await m.join("third")
        campaign, id = await reviewable(m)
        await m.buyer.peer.write_review(id, 5, "Worth the wait.")
        for side in (third, m.seller, m.buyer):
            await until(lambda side=side: shown(side, m) == [("verified", "Worth the wait.")], 200)
        (seen,) = third.peer.reviews_of(m.seller.peer.identity().persona)
        assert seen.created >= campaign.until
        assert "review" not in m.buyer.peer.order(id).actions
        assert m.buyer.peer.order(id).review.verdict == "verified"


async def test_it_is_verified_by_who_comes_years_later(autojump_clock):
    """When the campaign's own record has long been forgotten, and the edition replaced."""
    async with market() as m:
        _, id = await reviewable(m)
        await m.buyer.peer.write_review(id, 5, "Worth the wait.")
        for _ in range(8):
            m.chain.pass_time(28 * DAY)
            m.chain.mine()
            await trio.sleep(700)
        assert not m.seller.store.newest("campaign", 9)
        newcomer = await m.join("newcomer")
        await until(lambda: shown(newcomer, m) == [("verified", "Worth the wait.")], 600)


async def test_until_the_chain_has_answered_nothing_is_said_of_the_purchase(
    autojump_clock, monkeypatch
):
    async def away(id, fresh=False):
        raise Unavailable("chain.rpc", "not now")

    async with market() as m:
        third = await m.join("third")
        monkeypatch.setattr(third.peer._backings._chain, "state", away)
        _, id = await reviewable(m)
        await m.buyer.peer.write_review(id, 5, "Worth the wait.")
        seller = m.seller.peer.identity().persona
        await until(lambda: third.peer.reviews_of(seller), 200)
        await trio.sleep(100)
        (seen,) = third.peer.reviews_of(seller)
        assert (seen.verdict, seen.checked) == ("unverified", False)
        monkeypatch.undo()
        await until(lambda: third.peer.reviews_of(seller)[0].verdict == "verified", 200)
        assert third.peer.reviews_of(seller)[0].checked


async def test_what_was_given_back_is_a_class_apart(autojump_clock):
    async with market() as m:
        _, id = await reviewable(m, fails=True)
        await m.buyer.peer.write_review(id, 2, "It never came about.")
        await until(lambda: shown(m.seller, m) == [("refunded", "It never came about.")], 200)


async def test_who_has_not_pledged_proves_nothing(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        id = await order(m, campaign)
        await over(m, campaign)
        await trio.sleep(60)
        assert "review" not in m.buyer.peer.order(id).actions


def copied(m, number: int) -> record.Record:
    """The proof of the genuine review, under another key."""
    genuine = m.buyer.store.reviews_of(m.seller.world.me)[-1]
    signer, proof = key(number), genuine.body["proof"]
    opened = {**proof["opened"], "review": {"value": signer.public, "salt": bytes(32)}}
    body = {**genuine.body, "text": "Awful!", "proof": {**proof, "opened": opened}}
    draft = Draft("review", 1, body, genuine.created + 100, genuine.until + 50)
    return record.sign(draft, signer, "etal-test")


async def test_any_number_of_copies_of_a_proof_hides_none_that_money_stands_behind(autojump_clock):
    async with market() as m:
        _, id = await reviewable(m)
        await m.buyer.peer.write_review(id, 5, "Worth the wait.")
        await until(lambda: shown(m.seller, m) == [("verified", "Worth the wait.")], 200)
        await m.seller.peer._intake.records([copied(m, 1_000 + n).raw for n in range(150)])
        assert len(m.seller.store.reviews_of(m.seller.world.me, None, 1_000)) == 151
        await trio.sleep(60)
        first, *others = shown(m.seller, m)
        assert first == ("verified", "Worth the wait.")
        assert {verdict for verdict, _ in others} == {"unverified"}
