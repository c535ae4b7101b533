import pytest

from node.peer.signing import signed
from node.protocol.encoding import id_from_text
from node.protocol.errors import InputError
from node.protocol.record import Draft
from tests.peer.market import ADDRESS, market, mug, until
from tests.peer.sales import order, put_up, sold, stage
from tests.peer.test_reviews import bought

TWO_LINES = "Hello,\nthanks"
BAD = "Hello,\r\nthanks"


async def test_a_message_that_the_other_side_would_refuse_is_not_kept(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        before = m.buyer.peer.order(id).messages
        for text, rule in (
            (BAD, "field.character"),
            (" ", "field.length"),
            ("x" * 4001, "field.length"),
        ):
            with pytest.raises(InputError) as refused:
                await m.buyer.peer.message(id, text)
            assert (refused.value.rule, refused.value.field) == (rule, "text")
        assert m.buyer.peer.order(id).messages == before
        await m.buyer.peer.message(id, TWO_LINES)
        await until(lambda: m.seller.peer.order(id).messages[-1].text == TWO_LINES)


async def test_a_sending_that_the_buyer_would_refuse_moves_nothing(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.accept(id)
        for given, field in ((("La\nPoste", ""), "carrier"), (("", "6" * 121), "tracking")):
            with pytest.raises(InputError) as refused:
                await m.seller.peer.ship(id, *given)
            assert refused.value.field == field
        assert stage(m.seller, id) == "accepted"
        assert "deliver" not in m.seller.peer._deals.row(id_from_text(id)).notes.get("wishes", {})


async def test_a_decline_that_the_buyer_would_refuse_declines_nothing(autojump_clock):
    async with market() as m:
        id = await sold(m)
        with pytest.raises(InputError) as refused:
            await m.seller.peer.decline(id, "x" * 4001)
        assert refused.value.field == "text"
        assert "accept" in m.seller.peer.order(id).actions


async def test_an_order_that_the_seller_would_refuse_is_not_placed(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        with pytest.raises(InputError) as refused:
            await m.buyer.peer.place_order(
                listing.id, [{"quantity": 1}], ADDRESS, account="0x" + "1b" * 20, text=BAD
            )
        assert refused.value.field == "place.text"
        assert not m.buyer.peer.order_counts()["buyer"]


async def test_a_review_that_others_would_refuse_can_be_written_anew(autojump_clock):
    async with market() as m:
        id = await bought(m)
        for given, field in (
            ((5, BAD, "en"), "text"),
            ((6, "", "en"), "rating"),
            ((5, "", "english"), "language"),
        ):
            with pytest.raises(InputError) as refused:
                m.buyer.peer._own_reviews.write(id_from_text(id), *given)
            assert refused.value.field == field
        await m.buyer.peer.write_review(id, 5, TWO_LINES)
        assert m.buyer.peer.order(id).review.text == TWO_LINES


async def test_a_profile_that_others_would_refuse_changes_nothing(autojump_clock):
    async with market() as m:
        await m.seller.peer.publish_profile("Rosalie")
        for given, field in ((("x" * 1000, None), "name"), ((None, BAD), "about")):
            with pytest.raises(InputError) as refused:
                await m.seller.peer.publish_profile(*given)
            assert refused.value.field == field
        assert m.seller.peer.persona(m.seller.peer.identity().persona).name == "Rosalie"


async def test_a_listing_that_others_would_refuse_names_its_field(autojump_clock):
    async with market() as m:
        with pytest.raises(InputError) as refused:
            await m.seller.peer.save_listing(mug(text=BAD))
        assert refused.value.field == "text"
        assert not m.seller.peer.listings()


async def test_a_clock_that_was_set_back_keeps_nobody_from_answering(autojump_clock):
    async with market() as m:
        now = m.buyer.world.now()
        body = {"name": "Ann", "language": "en", "encryption": [], "wallets": [], "nodes": []}
        made = signed(m.buyer.world, Draft("profile", 1, body, now + 10_000, now + 20_000))
        assert made.created == now + 10_000
