from tests.peer.market import ADDRESS, ETH, market, until
from tests.peer.sales import order, paid, place, put_up, sold


async def test_both_sides_see_the_same_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), text="By Friday, please.")
        ours, theirs = m.buyer.peer.order(id), m.seller.peer.order(id)
        for name in ("id", "lines", "delivery", "quote", "terms", "escrow_id", "chain", "contract"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert theirs.delivery["address"] == ADDRESS["address"]
        assert (ours.side, theirs.side) == ("buyer", "seller")
        assert theirs.messages[0].text == "By Friday, please."
        assert (ours.messages[0].mine, theirs.messages[0].mine) == (True, False)
        assert ours.quote.total.amount == ETH // 100 + 1000
        assert ours.counterparty.name == "Atelier"


async def test_a_message_shows_whether_it_has_arrived(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        id = await place(m, listing)
        assert not m.buyer.peer.order(id).messages[0].delivered
        assert not m.buyer.peer.order(id).delivered_to_seller
        assert m.buyer.peer.status().outbox == 1
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.buyer.peer.order(id).messages[0].delivered)
        assert m.buyer.peer.status().outbox == 0


async def test_what_can_be_done_follows_the_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        assert set(m.buyer.peer.order(id).actions) == {"fund", "message"}
        assert set(m.seller.peer.order(id).actions) == {"decline", "message"}
        await paid(m, id)
        assert set(m.seller.peer.order(id).actions) == {
            "accept",
            "decline",
            "ship",
            "refund",
            "message",
        }
        assert set(m.buyer.peer.order(id).actions) == {"release", "message"}


async def test_what_is_under_way_is_not_offered_again(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.automine = False
        await m.seller.peer.refund(id)
        assert "refund" not in m.seller.peer.order(id).actions
        (shown,) = (t for t in m.seller.peer.order(id).transactions if t.verb == "refund")
        assert (shown.status, shown.hash) == ("waiting", "")
        await until(
            lambda: [t for t in m.seller.peer.order(id).transactions if t.status == "pending"]
        )


async def test_orders_are_listed_newest_first_by_side_and_stage(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        first, second = await order(m, listing), await order(m, listing)
        await paid(m, first)
        peer = m.buyer.peer
        assert {one.id for one in peer.orders()} == {first, second}
        assert [one.id for one in peer.orders(stage="funded")] == [first]
        assert peer.orders(side="seller") == []
        assert len(peer.orders(limit=1)) == 1
        assert [one.id for one in peer.orders(stage="placed", limit=1)] == [second]


async def test_an_order_that_cannot_be_read_hides_no_other(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        first, second = await order(m, listing), await order(m, listing)
        view = m.buyer.peer._order_views.view

        def broken(row, waiting=None):
            shown = view(row, waiting)
            if shown.id == first:
                raise ZeroDivisionError
            return shown

        monkeypatch.setattr(m.buyer.peer._order_views, "view", broken)
        assert [one.id for one in m.buyer.peer.orders()] == [second]
