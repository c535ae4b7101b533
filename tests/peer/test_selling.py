import pytest
import trio

from node.peer.wishes import FORGOTTEN_AFTER
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict
from tests.peer.market import ETH, market, until
from tests.peer.sales import order, paid, put_up, sold, stage, transaction

DAY = 86_400
PRICE = ETH // 100 + 1000


async def test_a_seller_who_declines_by_hand_gives_the_money_back_at_once(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.decline(id, "It fell and broke.")
        view = await until(
            lambda: "take_back" in m.buyer.peer.order(id).actions and m.buyer.peer.order(id)
        )
        assert view.decline == {"reason": "other", "text": "It fell and broke."}
        assert m.seller.sent == []  # it costs the seller nothing
        await m.pay(id, "take_back")
        m.chain.mine(3)
        await until(lambda: stage(m.seller, id) == "refunded")
        assert m.seller.peer.order(id).paid_out == {"buyer": PRICE, "seller": 0, "arbiter": 0}
        await until(lambda: m.seller.peer.listings()[0].stock == 2)


async def test_the_buyers_node_takes_back_what_its_own_wallet_paid(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        await m.buyer.peer.fund(id)
        await until(lambda: m.buyer.sent)
        m.chain.mine(3)
        await until(lambda: "decline" in m.seller.peer.order(id).actions)
        await m.seller.peer.decline(id)
        await until(lambda: stage(m.buyer, id) == "refunded")


async def test_a_refund_that_has_to_wait_is_the_same_transaction(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.automine = False
        await m.seller.peer.refund(id)
        await until(lambda: m.chain.pool)
        asked = m.chain.pool[0].transaction
        await trio.sleep(300)  # its fee may be raised meanwhile
        (waiting,) = m.chain.pool
        assert waiting.transaction.data == asked.data and set(m.seller.sent) == {"settle"}
        assert "refund" not in m.seller.peer.order(id).actions
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, id) == "refunded")


async def test_a_refund_that_is_tried_again_the_same_day_is_the_same_transaction(autojump_clock):
    async with market() as m:
        id = id_from_text(await sold(m))
        deals, selling = m.seller.peer._deals, m.seller.peer._selling

        def refunding():
            return selling.refunding(deals.deal(deals.row(id)))

        m.chain.pass_time(DAY - m.chain.head.time % DAY - 1)  # midnight
        m.chain.mine()
        await trio.sleep(1)
        first = refunding()
        m.chain.pass_time(DAY - 60)
        m.chain.mine()
        await trio.sleep(1)
        assert refunding() == first
        m.chain.pass_time(120)
        m.chain.mine()
        await trio.sleep(1)
        assert refunding() != first
        m.chain.pass_time(DAY - 600)
        await m.seller.escrow.send(first)  # it was valid for a day at least


async def test_pieces_are_reserved_once_and_come_back_once(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.restart()
        m.chain.mine(3)
        await trio.sleep(30)
        assert m.seller.peer.listings()[0].stock == 1
        await m.seller.peer.refund(id)
        await until(lambda: stage(m.seller, id) == "refunded")
        m.chain.mine(6)
        await m.seller.restart()
        await trio.sleep(30)
        assert m.seller.peer.listings()[0].stock == 2


async def test_what_was_declined_is_on_sale_again_though_its_buyer_never_takes_the_money(
    autojump_clock,
):
    async with market() as m:
        id = await sold(m)
        await m.buyer.stop()
        await m.seller.peer.decline(id)
        await until(lambda: m.seller.peer.listings()[0].stock == 2)
        assert m.chain.ledger.pots


async def test_what_was_shipped_does_not_come_back_to_the_stock(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.ship(id)
        await until(lambda: not m.seller.notes(id)["wishes"])
        await m.seller.peer.refund(id)
        await until(lambda: stage(m.seller, id) == "refunded")
        m.chain.mine(6)
        await trio.sleep(30)
        assert m.seller.peer.listings()[0].stock == 1


async def test_paid_orders_are_accepted_by_themselves_where_the_seller_wants_that(autojump_clock):
    async with market(auto_accept=True) as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 1}}})
        first, second = await order(m, listing), await order(m, listing)
        await m.pay(first)
        await m.pay(second)
        assert stage(m.buyer, first) != "accepted"
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, first) == "accepted")
        await until(lambda: stage(m.buyer, second) == "declined")


async def test_nothing_can_be_shipped_that_is_not_reserved(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        for verb in (m.seller.peer.accept, m.seller.peer.ship, m.seller.peer.refund):
            with pytest.raises(Conflict):
                await verb(id)


async def test_shipping_says_it_and_marks_it_once(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.ship(id, "La Poste", "6A1")
        await until(lambda: stage(m.buyer, id) == "shipped")
        await until(lambda: transaction(m.seller, id, "deliver").status == "mined")
        assert m.buyer.peer.order(id).tracking == {"carrier": "La Poste", "number": "6A1"}
        await until(lambda: "release_by" in m.buyer.peer.order(id).deadlines)
        with pytest.raises(Conflict):
            await m.seller.peer.ship(id)


async def marked_and_undone(m):
    """An order whose mark was seen on chain, and is gone by a reorganisation; returns its id."""
    id = await sold(m)
    await m.seller.peer.ship(id)
    await until(lambda: m.seller.sent and not m.seller.notes(id)["wishes"])
    m.chain.reorg(1)
    return id


async def test_a_mark_that_the_chain_undoes_is_made_again(autojump_clock):
    """Else the buyer, who has the goods, could take the money back when the time to send is over."""
    async with market() as m:
        id = await marked_and_undone(m)
        m.chain.mine()
        await until(lambda: m.seller.sent == ["deliver"] * 2 and not m.seller.notes(id)["wishes"])
        await until(lambda: "release_by" in m.buyer.peer.order(id).deadlines)
        await trio.sleep(600)
        assert m.seller.sent == ["deliver"] * 2


async def test_a_mark_is_not_made_again_before_the_chain_was_followed_until_now(autojump_clock):
    async with market() as m:
        await marked_and_undone(m)
        ledger = m.seller.peer._ledger
        ledger.has_passed = lambda time: False
        await trio.sleep(FORGOTTEN_AFTER + 60)
        assert m.seller.sent == ["deliver"]
        del ledger.has_passed
        await until(lambda: m.seller.sent == ["deliver"] * 2)


async def test_an_offer_changed_between_placing_and_paying_is_paid_as_it_was_placed(
    autojump_clock,
):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        edited = m.seller.peer.editable(listing.slug)
        dearer = {**edited, "price": {**edited["price"], "amount": str(ETH)}}
        await m.seller.peer.save_listing(dearer, listing.slug)
        await until(lambda: m.buyer.peer.listing(listing.author.id, listing.slug).id != listing.id)
        await paid(m, id)
        assert m.seller.peer.order(id).quote.total.amount == PRICE
        assert m.seller.peer.order(id).listing.id == listing.id
        await m.seller.peer.accept(id)
        await until(lambda: stage(m.buyer, id) == "accepted")
