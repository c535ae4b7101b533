import pytest
import trio

from node.peer.housekeeping import HOUSEKEEPING
from node.peer.own_reviews import AGAIN_AFTER, SIGNED
from node.peer.stall import RENEW_BEFORE
from node.protocol import record
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, InputError
from tests.peer.market import market, until
from tests.peer.sales import order, paid
from tests.peer.test_reviews import SLUG, bought, shown

DAY = 86_400
STARS = 5


async def later(m, days):
    """Time goes by, on the chain too; every node that runs has kept house since, and heard what was renewed."""
    m.chain.pass_time(int(days * DAY))
    m.chain.mine()
    await trio.sleep(HOUSEKEEPING + 90)


async def bought_again(m):
    """Another purchase of what is for sale already."""
    listing = m.buyer.peer.listing(m.seller.peer.identity().persona, SLUG)
    id = await order(m, listing)
    await paid(m, id)
    await m.pay(id, "release")
    m.chain.mine(6)
    await until(lambda: "review" in m.buyer.peer.order(id).actions)
    return id


def first(side, m):
    return side.peer.reviews_of(m.seller.peer.identity().persona)[0]


def held(side, m):
    return side.store.reviews_of(m.seller.world.me)


async def test_a_review_stands_for_years_where_its_author_renews_it(autojump_clock):
    """On a node that took no part, whose listing edition was replaced long ago, and with a crash of each node in between."""
    async with market() as m:
        third = await m.join("third")
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        await until(lambda: shown(third, m) == [("verified", "Lovely.")])
        written, said = first(third, m).created, held(third, m)[0].body
        offer = said["offer"]
        for number in range(15):
            await later(m, 28)
            assert [
                one.verdict for one in third.peer.reviews_of(m.seller.peer.identity().persona)
            ] == ["verified"], number
            if number == 5:
                await third.restart()
            if number == 9:
                await m.buyer.restart()
        assert m.chain.head.time - written > 400 * DAY
        assert [one.body for one in held(third, m)] == [said]
        assert held(third, m)[0].created > written + 300 * DAY
        assert (first(third, m).created, first(third, m).changed) == (written, None)
        assert third.store.evidence(offer) and not third.store.has(offer)
        newcomer = await m.join("newcomer")
        await until(lambda: shown(newcomer, m) == [("verified", "Lovely.")])
        assert first(newcomer, m).created == written


async def test_it_is_renewed_as_late_as_a_listing(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        before = held(m.buyer, m)
        left = before[0].until - m.buyer.world.now() - RENEW_BEFORE
        await later(m, left // DAY - 1)
        assert held(m.buyer, m) == before
        await later(m, 2)
        assert held(m.buyer, m)[0].until > before[0].until + 50 * DAY


async def test_where_its_author_has_gone_it_ends(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        await until(lambda: shown(m.seller, m))
        await m.buyer.stop()
        await later(m, 89)
        assert shown(m.seller, m)
        left = held(m.seller, m)[0].until - m.seller.world.now()
        await later(m, left / DAY)
        assert held(m.seller, m) and not shown(m.seller, m)  # kept: it buries what it has replaced
        await later(m, 1)
        assert not held(m.seller, m)


async def test_a_node_that_was_off_for_a_year_brings_its_reviews_back(autojump_clock):
    async with market() as m:
        ids = [await bought(m), await bought_again(m)]
        for id in ids:
            await m.buyer.peer.write_review(id, STARS, "Lovely.")
        await until(lambda: len(shown(m.seller, m)) == 2)
        await m.buyer.stop()
        for _ in range(13):
            await later(m, 30)
        assert not held(m.seller, m)
        await m.buyer.start()
        await trio.sleep(4 * HOUSEKEEPING)
        await until(lambda: shown(m.seller, m) == 2 * [("verified", "Lovely.")])
        one, other = held(m.seller, m)
        assert abs(one.created - other.created) >= HOUSEKEEPING - 1  # or they look like one buyer's


async def test_what_one_says_can_be_changed_and_readers_see_when(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        await until(lambda: shown(m.seller, m) == [("verified", "Lovely.")])
        written = first(m.seller, m).created
        await later(m, 3)
        await m.buyer.restart()
        assert "change_review" in m.buyer.peer.order(id).actions
        await m.buyer.peer.change_review(id, 2, "It broke.")
        await until(lambda: shown(m.seller, m) == [("verified", "It broke.")])
        seen = first(m.seller, m)
        assert (seen.rating, seen.created, seen.language) == (2, written, "en")
        assert seen.changed >= written + 3 * DAY
        assert m.buyer.peer.order(id).review == seen
        await later(m, 70)
        assert first(m.seller, m).changed == seen.changed  # renewed meanwhile
        assert held(m.seller, m)[0].created > seen.changed


async def test_what_is_said_again_is_no_change(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        before = held(m.buyer, m)
        await trio.sleep(10)
        await m.buyer.peer.change_review(id, STARS, " Lovely. ")
        assert held(m.buyer, m) == before
        with pytest.raises(InputError):
            await m.buyer.peer.change_review(id, STARS, "x" * 4_001)
        assert held(m.buyer, m) == before


async def test_a_review_keeps_its_language_until_another_is_named(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Très bien.", "fr")
        await m.buyer.peer.change_review(id, 2, "Cassé.")
        assert m.buyer.peer.order(id).review.language == "fr"
        await m.buyer.peer.change_review(id, 2, "Cassé.", "fr-CH")
        assert m.buyer.peer.order(id).review.language == "fr-CH"
        with pytest.raises(InputError) as fault:
            await m.buyer.peer.change_review(id, 2, "Cassé.", "French")
        assert fault.value.field == "language"


async def test_a_review_taken_back_is_gone_everywhere_and_may_be_written_anew(autojump_clock):
    async with market() as m:
        id = await bought(m)
        for act in (m.buyer.peer.change_review(id, 1), m.buyer.peer.withdraw_review(id)):
            with pytest.raises(Conflict):
                await act
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        await until(lambda: shown(m.seller, m))
        genuine = held(m.seller, m)[0]
        await m.buyer.peer.withdraw_review(id)
        await until(lambda: not shown(m.seller, m))
        await m.seller.peer._intake.records([genuine.raw])
        assert not shown(m.seller, m) and not shown(m.buyer, m)
        mine = m.buyer.peer.order(id)
        assert mine.review is None
        assert "review" in mine.actions and "change_review" not in mine.actions
        await m.buyer.restart()
        for _ in range(4):
            await later(m, 30)
        assert m.buyer.peer.order(id).review is None and not held(m.seller, m)
        await m.buyer.peer.write_review(id, 4, "Well, good.")
        await until(lambda: shown(m.seller, m) == [("verified", "Well, good.")])
        assert first(m.seller, m).changed is None
        assert first(m.seller, m).created > genuine.created + 100 * DAY


async def test_stars_cannot_be_dated_before_the_payment(autojump_clock):
    async with market() as m:
        id = await bought(m)
        own = m.buyer.peer._own_reviews
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        row = m.buyer.peer._deals.row(id_from_text(id))
        body = {**own.of(row).body, "written": 1}
        own._publish(row, body, own._next(row))
        await until(lambda: held(m.seller, m) and held(m.seller, m)[0].body["written"] == 1)
        assert first(m.seller, m).created > m.chain.head.time - DAY


async def test_one_that_cannot_be_renewed_keeps_no_other_from_it(autojump_clock):
    async with market() as m:
        ids = [await bought(m), await bought_again(m)]
        for id in ids:
            await m.buyer.peer.write_review(id, STARS, "Lovely.")
        broken = id_from_text(ids[0])
        kept = m.buyer.store.order(broken).notes[SIGNED]
        m.buyer.store.update_order(broken, notes={SIGNED: b"spoilt"})
        await later(m, 65)
        await trio.sleep(HOUSEKEEPING)
        fresh = [one for one in held(m.buyer, m) if one.until > m.buyer.world.now() + 80 * DAY]
        assert len(fresh) == 1
        m.buyer.store.update_order(broken, notes={SIGNED: kept})
        await trio.sleep(AGAIN_AFTER + 2 * HOUSEKEEPING)
        assert all(one.until > m.buyer.world.now() + 80 * DAY for one in held(m.buyer, m))
        assert len(held(m.buyer, m)) == 2


async def test_a_review_from_before_its_bytes_were_kept_is_renewed_too(autojump_clock):
    async with market() as m:
        id = await bought(m)
        await m.buyer.peer.write_review(id, STARS, "Lovely.")
        mine = m.buyer.peer._deals.row(id_from_text(id))
        now = record.parse(mine.notes[SIGNED], "etal-test")
        m.buyer.store.update_order(mine.id, notes={SIGNED: b""})
        await m.buyer.restart()
        await later(m, 65)
        assert held(m.buyer, m)[0].created > now.created
