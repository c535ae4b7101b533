import pytest

from node.ports import Query
from node.protocol.encoding import id_to_text
from node.protocol.errors import NotFound
from tests.fakes.records import key, listing, profile
from tests.peer.market import COIN, ETH, market, mug, until
from tests.peer.sales import FREE, order, paid, put_up


async def kept(side, *made):
    await side.peer._intake.records([each.raw for each in made])


async def test_ones_own_listing_cannot_be_bought(autojump_clock):
    async with market() as m:
        view = await m.seller.peer.save_listing(mug())
        assert (view.buyable, view.obstacle) == (False, "mine")


async def test_what_is_gone_is_withdrawn_and_keeps_its_edition_for_those_who_ordered_it(
    autojump_clock,
):
    async with market() as m:
        listing_view = await put_up(m)
        await order(m, listing_view)
        await m.seller.peer.withdraw_listing("stoneware-mug")
        await until(lambda: not m.buyer.peer.search(Query()).hits)
        assert m.buyer.peer.listing(listing_view.author.id, "stoneware-mug") is None
        assert m.buyer.peer.listing_by_id(listing_view.id).state == "withdrawn"
        assert (await m.buyer.peer.orders()).orders[0].listing.title == "Stoneware mug"


async def test_the_last_piece_makes_it_sold_out(autojump_clock):
    async with market() as m:
        view = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        await paid(m, await order(m, view))
        now = await until(
            lambda: (found := m.buyer.peer.listing_by_id(view.id)).state == "sold_out" and found
        )
        assert (now.stock, now.obstacle) == (0, "sold_out")


async def test_an_escrow_that_this_node_does_not_use_is_an_obstacle(autojump_clock):
    async with market() as m:
        await kept(m.buyer, listing(key(1)))
        assert m.buyer.peer.search(Query()).hits[0].obstacle == "chain"


async def test_an_asset_of_unknown_worth_is_shown_without_a_name(autojump_clock):
    async with market() as m:
        unknown = f"eip155:31337/erc20:0x{'77' * 20}"
        await kept(m.buyer, listing(key(1), unit=unknown))
        view = m.buyer.peer.search(Query()).hits[0]
        assert view.price.symbol == "?" and view.pay_with == () and not view.buyable


async def test_a_price_is_shown_in_what_it_can_be_paid_with(autojump_clock):
    async with market() as m:
        view = await put_up(m, price={"amount": "1250", "unit": "USD"})
        assert view.price.decimals == 2
        assert [(one.symbol, one.amount) for one in view.pay_with] == [("tUSD", 12_500_000)]
        coin = await m.seller.peer.save_listing(mug(title="Coin"))
        assert [(one.unit, one.amount) for one in coin.pay_with] == [(COIN, ETH // 100)]


async def test_an_id_of_something_else_is_no_listing(autojump_clock):
    async with market() as m:
        other, gone = profile(key(5), "Eve"), listing(key(5), gone=True)
        await kept(m.buyer, other, gone)
        for made in (other, gone):
            assert m.buyer.store.has(made.id)
            with pytest.raises(NotFound):
                m.buyer.peer.listing_by_id(id_to_text(made.id))


async def test_a_listing_that_cannot_be_shown_hides_no_other(autojump_clock, monkeypatch):
    async with market() as m:
        await put_up(m)
        bad = listing(key(1), "bad", "Bad")
        await kept(m.buyer, bad)
        assert m.buyer.peer.search(Query()).total == 2
        view = m.buyer.peer._views.view

        def broken(made, *rest):
            if made.id == bad.id:
                raise ZeroDivisionError
            return view(made, *rest)

        monkeypatch.setattr(m.buyer.peer._views, "view", broken)
        assert [hit.title for hit in m.buyer.peer.search(Query()).hits] == ["Stoneware mug"]


async def test_how_long_a_buyer_has_is_told_where_there_is_an_escrow(autojump_clock):
    async with market() as m:
        listing = await put_up(m, offer={"review": 10 * 86_400})
        assert listing.review == 10 * 86_400
        free = mug(slug="free", **FREE)
        assert (await m.seller.peer.save_listing(free)).review is None


VARIANTS = {
    "condition": "new",
    "variants": [{"id": "blue", "label": "Blue"}, {"id": "red", "label": "Red"}],
    "shipping": [{"id": "post", "label": "Post", "zones": ["FR"], "price": "1000"}],
}


async def test_what_is_left_of_each_variant_is_told(autojump_clock):
    async with market() as m:
        stock = {"stock": {"blue": 2, "red": 0}}
        view = await put_up(m, extensions={"goods": VARIANTS}, availability={"goods": stock})
        assert (view.blocks[0].left, view.stock, view.state) == (stock, 2, "live")
        assert m.seller.peer.listings()[0].blocks[0].left == stock
        await m.seller.peer.set_availability(view.slug, {"goods": {"stock": {"": 5}}})
        now = m.seller.peer.listings()[0]
        assert (now.stock, now.state) == (0, "sold_out")  # pieces of nothing that is sold


async def test_what_is_not_counted_has_nothing_left_to_tell(autojump_clock):
    async with market() as m:
        uncounted = mug()
        uncounted.pop("availability")
        view = await m.seller.peer.save_listing(uncounted)
        assert (view.blocks[0].left, view.stock, view.state) == (None, None, "live")
