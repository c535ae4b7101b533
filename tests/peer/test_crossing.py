"""Steps of buyer and seller that cross each other on the way: no money, piece or order is lost."""

import pytest
import trio

from node.peer import deals
from node.protocol import orders
from node.protocol.errors import Conflict
from tests.peer.market import BUYER_ACCOUNT, market, mug, until
from tests.peer.sales import order, put_up, stage, wished_in_vain

DAY = 86_400


def stock(m) -> int:
    return m.seller.peer.listings()[0].stock


async def test_what_is_released_before_the_payment_was_safe_leaves_the_stock_and_can_be_shipped(
    autojump_clock,
):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        await m.pay(id, "release")
        m.chain.mine(5)
        await until(lambda: stock(m) == 1)
        await until(lambda: "ship" in m.seller.peer.order(id).actions)
        await m.seller.peer.ship(id, "La Poste", "6A1")
        await until(lambda: m.buyer.peer.order(id).tracking)
        await trio.sleep(60)
        assert m.seller.sent == []  # nothing is left to mark on chain
        assert stage(m.buyer, id) == "released"


async def test_money_that_arrives_after_a_decline_can_be_taken_back_at_once(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)
        await m.seller.peer.decline(id, "Broken.")
        await until(lambda: stage(m.buyer, id) == "declined")
        await m.send(request.steps[0].request)
        m.chain.mine(3)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        await m.pay(id, "take_back")
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, id) == "refunded")
        assert stock(m) == 2


async def test_the_nodes_wallet_pays_no_order_that_was_declined_meanwhile(autojump_clock):
    async with market() as m:
        id = await wished_in_vain(m)
        await m.seller.peer.decline(id)
        await until(lambda: stage(m.buyer, id) == "declined")
        m.buyer.escrow.poor = False
        await trio.sleep(600)
        assert m.buyer.sent == []


async def test_an_order_that_was_paid_late_waits_for_a_person_even_with_auto_accept(autojump_clock):
    async with market(auto_accept=True) as m:
        id = await order(m, await put_up(m))
        request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)
        m.chain.pass_time(DAY // 2)
        m.chain.mine()
        await m.send(request.steps[0].request)
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await trio.sleep(60)
        assert stage(m.seller, id) == "late"


async def test_an_order_is_kept_for_as_long_as_it_can_be_paid(autojump_clock):
    async with market() as m:
        listing = await put_up(m, offer={"ship_within": 60 * DAY})
        id = await order(m, listing)
        m.chain.pass_time(10 * DAY)
        m.chain.mine(2)
        await trio.sleep(60)
        assert m.seller.peer.order(id)
        m.chain.pass_time(60 * DAY)
        m.chain.mine(2)
        await trio.sleep(DAY // 3)  # deadlines are looked at a few times a day
        assert m.seller.store.orders() == []


async def test_who_pays_nothing_takes_nothing_from_the_stock_until_accepted(autojump_clock):
    async with market() as m:
        free = mug(offer={"on_collection": True}, price={"amount": "2500", "unit": "EUR"})
        free["extensions"]["goods"]["pickup"] = True
        await m.seller.peer.save_listing(free)
        listing = await until(
            lambda: m.buyer.peer.listing(m.seller.peer.identity().persona, "stoneware-mug")
        )
        placed = [
            (await m.buyer.peer.place_order(listing.id, [{"quantity": 2}], {"option": "pickup"})).id
            for _ in range(2)
        ]
        first, second = placed
        await until(lambda: len(m.seller.store.orders()) == 2)
        await trio.sleep(60)
        assert stock(m) == 2
        await m.seller.peer.accept(first)
        assert stock(m) == 0
        with pytest.raises(Conflict):
            await m.seller.peer.accept(second)
        await m.seller.peer.ship(first)
        await until(lambda: stage(m.buyer, first) == "shipped")


async def pay_again(m, payment):
    """The same payment, sent anew after a reorganisation has swallowed it."""
    await m.send(payment)
    m.chain.mine(3)


async def reserved(m, listing):
    """A paid order with its piece put aside; returns (id, what the wallet sent)."""
    id = await order(m, listing)
    payment = (await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)).steps[0].request
    await pay_again(m, payment)
    await until(lambda: "accept" in m.seller.peer.order(id).actions)
    return id, payment


@pytest.mark.parametrize(
    "depth", [6, 100]
)  # within the blocks that are remembered, and all of them
@pytest.mark.parametrize("accepted", [True, False])
async def test_a_piece_whose_payment_is_undone_is_for_sale_again_until_the_payment_returns(
    autojump_clock, depth, accepted
):
    async with market() as m:
        m.chain.mine(100)
        id, payment = await reserved(m, await put_up(m))
        if accepted:
            await m.seller.peer.accept(id)
        assert stock(m) == 1
        m.chain.reorg(min(depth, m.chain.head.number))
        await until(lambda: stock(m) == 2)
        await m.seller.restart()
        await trio.sleep(60)
        assert stock(m) == 2
        await pay_again(m, payment)
        await until(lambda: stock(m) == 1)
        await m.seller.peer.ship(id)
        await until(lambda: stage(m.buyer, id) == "shipped")
        assert stock(m) == 1


async def test_a_payment_that_returns_behind_another_is_refunded(autojump_clock):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        second = await order(m, listing)
        first, payment = await reserved(m, listing)
        await m.seller.peer.accept(first)
        m.chain.reorg(6)
        await until(lambda: stock(m) == 1)
        await m.pay(second)
        await pay_again(m, payment)
        await until(lambda: "accept" in m.seller.peer.order(second).actions)
        await until(lambda: m.buyer.peer.order(first).decline.get("reason") == "sold_out")
        await m.pay(first, "take_back")
        m.chain.mine(3)
        await until(lambda: stage(m.seller, first) == "refunded")
        assert stock(m) == 0


async def test_a_payment_declined_as_too_late_and_made_anew_is_refunded_anew(autojump_clock):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        late = await order(m, listing)
        payment = (await m.buyer.peer.wallet_request(late, "fund", BUYER_ACCOUNT)).steps[0].request
        await reserved(m, listing)
        await pay_again(m, payment)
        await until(lambda: "take_back" in m.buyer.peer.order(late).actions)
        m.chain.reorg(4)
        await until(lambda: "take_back" not in m.buyer.peer.order(late).actions)
        await pay_again(m, payment)
        await until(lambda: "take_back" in m.buyer.peer.order(late).actions)
        await m.pay(late, "take_back")


async def test_a_refund_that_is_undone_leaves_a_paid_order_with_its_piece(autojump_clock):
    async with market() as m:
        id, _ = await reserved(m, await put_up(m))
        await m.seller.peer.refund(id)
        await until(lambda: m.seller.sent)
        m.chain.mine(3)
        await until(lambda: stock(m) == 2)
        m.chain.reorg(4)
        m.chain.mine(3)
        await until(lambda: stage(m.seller, id) == "funded" and stock(m) == 1)
        await m.seller.peer.accept(id)


async def test_nothing_comes_back_while_the_chain_is_only_half_followed(
    autojump_clock, monkeypatch
):
    async with market() as m:
        id, _ = await reserved(m, await put_up(m))
        monkeypatch.setattr(type(m.seller.peer._ledger), "has_passed", lambda ledger, time: False)
        m.chain.reorg(6)
        await until(lambda: stage(m.seller, id) == "placed")
        await trio.sleep(60)
        assert stock(m) == 1
        monkeypatch.undo()
        await until(lambda: stock(m) == 2)


async def test_who_has_said_all_that_counts_says_no_more(autojump_clock, monkeypatch):
    """The other side wouldn't take it, and a refund that has no effect would be signed again and again."""
    monkeypatch.setattr(orders, "MAX_MESSAGES", deals.KEPT_FOR_STEPS + 2)
    async with market() as m:
        id = await order(m, await put_up(m))
        request = (await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)).steps[0].request
        for _ in range(2):
            await m.seller.peer.message(id, "Soon.")
        with pytest.raises(Conflict):
            await m.seller.peer.message(id, "Really.")
        monkeypatch.setattr(orders, "MAX_MESSAGES", 3)
        await m.seller.peer.decline(id)
        await m.send(request)
        m.chain.mine(3)
        await trio.sleep(600)
        mine = [each for each in m.seller.peer.order(id).messages if each.mine]
        assert len(mine) == 3
        assert len(m.seller.store.messages(m.seller.store.orders()[0].id)) == 4
