import pytest

from node.ports import Contact
from node.protocol.errors import Conflict
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, ETH, market, until
from tests.peer.sales import order, paid, put_up


async def test_a_whole_sale(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        assert listing.buyable, listing.obstacle
        id = await order(m, listing)
        assert m.buyer.peer.order(id).stage == m.seller.peer.order(id).stage == "placed"
        await paid(m, id)
        assert m.buyer.peer.order(id).stage == "funded"
        await m.seller.peer.accept(id)
        await until(lambda: m.buyer.peer.order(id).stage == "accepted")
        await m.seller.peer.ship(id, "La Poste", "6A1")
        await until(lambda: m.buyer.peer.order(id).stage == "shipped")
        assert m.buyer.peer.order(id).tracking == {"carrier": "La Poste", "number": "6A1"}
        await m.pay(id, "release")
        m.chain.mine(3)
        view = await until(lambda: m.buyer.peer.order(id).stage == "released")
        assert view
        await m.buyer.peer.write_review(id, 5, "Lovely.")
        seller = m.seller.peer
        shown = await until(
            lambda: seller.listing(seller.identity().persona, "stoneware-mug").reviews
        )
        assert [(one.verdict, one.text) for one in shown] == [("verified", "Lovely.")]
        assert m.seller.peer.order(id).paid_out["seller"] == ETH // 100 + 1000


async def test_paid_pieces_leave_the_stock_on_both_nodes(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        await paid(m, id)
        await until(lambda: m.buyer.peer.listing_by_id(listing.id).stock == 1)


async def test_the_last_piece_sold_twice_goes_to_who_paid_first_and_the_other_can_take_the_money_back(
    autojump_clock,
):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        first, second = await order(m, listing), await order(m, listing)
        m.chain.automine = False
        await m.pay(second)
        m.chain.mine(1)
        await m.pay(first)
        m.chain.mine(1)
        m.chain.automine = True
        m.chain.mine(3)
        view = await until(
            lambda: "take_back" in m.buyer.peer.order(first).actions and m.buyer.peer.order(first)
        )
        assert view.stage == "declined"
        assert view.decline["reason"] == "sold_out"
        assert m.seller.peer.order(second).stage == "funded"
        await m.pay(first, "take_back")
        m.chain.mine(3)
        await until(lambda: m.buyer.peer.order(first).stage == "refunded")
        assert m.buyer.peer.order(first).paid_out["buyer"] == ETH // 100 + 1000


async def test_a_refund_by_the_seller_gives_the_piece_back_to_the_stock(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        await paid(m, id)
        await m.seller.peer.refund(id)
        await until(lambda: m.seller.peer.order(id).stage == "refunded")
        m.chain.mine(3)
        await until(lambda: m.buyer.peer.listing_by_id(listing.id).stock == 2)


async def test_money_that_nobody_answers_comes_back_by_time(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        await m.pay(id)
        m.chain.pass_time(60 * 86_400)
        m.chain.mine(5)
        view = await until(
            lambda: "take_back" in m.buyer.peer.order(id).actions and m.buyer.peer.order(id)
        )
        assert view.deadlines["take_back_after"] <= m.chain.head.time
        await m.pay(id, "take_back")
        m.chain.mine(3)
        await until(lambda: m.buyer.peer.order(id).stage == "lapsed")


async def test_an_order_reaches_a_seller_who_was_away(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        placed = await m.buyer.peer.place_order(
            listing.id, [{"quantity": 1}], ADDRESS, account=BUYER_ACCOUNT
        )
        await m.pay(placed.id)
        m.chain.mine(3)
        assert not m.buyer.peer.order(placed.id).delivered_to_seller
        assert m.seller.peer.status().problems  # paid, but its order isn't here yet
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.seller.store.orders(), 2000)
        await until(lambda: "accept" in m.seller.peer.order(placed.id).actions, 2000)


async def test_a_reorganisation_that_forgets_the_payment_takes_the_order_back_to_placed(
    autojump_clock,
):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        await m.pay(id)
        await until(lambda: m.seller.peer.order(id).stage == "funded")
        m.chain.reorg(1)
        await until(lambda: m.seller.peer.order(id).stage == "placed")
        with pytest.raises(Conflict):
            await m.seller.peer.accept(id)


async def test_nothing_is_accepted_before_the_payment_is_safe(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        await m.pay(id)
        await until(lambda: m.seller.peer.order(id).stage == "funded")
        assert m.seller.peer.order(id).assurance == "seen"
        with pytest.raises(Conflict):
            await m.seller.peer.accept(id)


async def test_a_contact_that_goes_after_the_peer_has_ended_is_no_mistake(autojump_clock):
    async with market() as m:
        await m.seller.stop()
        ended = m.buyer.peer
        await m.buyer.stop()
        await ended._met(Contact("x", "/memory/x", False), False)
