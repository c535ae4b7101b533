import pytest
import trio

from node.peer.buying import REMIND_EVERY
from node.ports import Query
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import Conflict, InputError, Unavailable
from node.protocol.record import Draft, sign
from node.protocol.registry import standard
from tests.fakes.records import key, profile
from tests.fakes.store import MemoryStore
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, COIN, ETH, market, until
from tests.peer.sales import FREE, heal, order, paid, part, place, put_up, sold, stage, transaction


async def test_a_quote_is_what_the_order_costs(autojump_clock):
    async with market() as m:
        listing_view = await put_up(m)
        quote = m.buyer.peer.quote(listing_view.id, [{"quantity": 2}], ADDRESS)
        assert (quote.items.amount, quote.delivery.amount) == (ETH // 50, 1000)
        id = await place(m, listing_view, 2)
        assert m.buyer.peer.order(id).quote == quote
        assert m.buyer.peer.order(id).terms["amount"] == quote.total.amount


async def test_a_mistake_names_its_field(autojump_clock):
    async with market() as m:
        view = await put_up(m)
        for lines, delivery, field in (
            ([{"quantity": 0}], ADDRESS, "lines.0.quantity"),
            ([{"quantity": 1}], {"option": ""}, "delivery.option"),
            ([{"quantity": 1}], {**ADDRESS, "country": "JP"}, "delivery.country"),
        ):
            with pytest.raises(InputError) as fault:
                await m.buyer.peer.place_order(view.id, lines, delivery, account=BUYER_ACCOUNT)
            assert fault.value.field == field
        assert m.buyer.store.orders() == []


async def test_more_than_there_is_cannot_be_ordered(autojump_clock):
    async with market() as m:
        view = await put_up(m)
        with pytest.raises(Conflict):
            await place(m, view, 3)
        with pytest.raises(Conflict):
            await m.seller.peer.place_order(view.id, [{"quantity": 1}], ADDRESS)


async def test_a_seller_of_whom_no_key_is_known_cannot_be_written_to(autojump_clock):
    async with market() as m:
        await put_up(m)
        made = m.seller.store.by_author("listing", m.seller.world.me)[0]
        stranger = key(6)
        draft = Draft("listing", 1, made.body, made.created, made.until, "mug")
        copied = sign(draft, stranger, "etal-test")
        quiet = profile(stranger, "Quiet", created=made.created)
        await m.buyer.peer._intake.records([copied.raw, quiet.raw])
        view = m.buyer.peer.listing_by_id(id_to_text(copied.id))
        assert view.buyable
        with pytest.raises(Unavailable):
            await place(m, view)
        assert m.buyer.store.orders() == []


async def test_only_the_wallet_that_pays_can_act_for_the_buyer(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))  # a wallet in the browser pays
        with pytest.raises(Conflict):
            await m.buyer.peer.fund(id)
        await paid(m, id)
        with pytest.raises(Conflict):
            await m.buyer.peer.release(id)


async def test_the_nodes_wallet_pays_and_releases(autojump_clock):
    async with market() as m:
        view = await put_up(m)
        placed = await m.buyer.peer.place_order(view.id, [{"quantity": 1}], ADDRESS)
        id = placed.id
        assert placed.wallet_is_node
        await m.buyer.peer.fund(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        await m.buyer.peer.release(id)
        await until(lambda: stage(m.seller, id) == "released")
        assert m.buyer.sent == ["fund", "release"]


async def test_what_nobody_answers_comes_back_to_the_nodes_wallet_by_time(autojump_clock):
    async with market() as m:
        view = await put_up(m)
        await m.seller.stop()
        id = (await m.buyer.peer.place_order(view.id, [{"quantity": 1}], ADDRESS)).id
        await m.buyer.peer.fund(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        with pytest.raises(Conflict):
            await m.buyer.peer.timeout(id)
        m.chain.pass_time(60 * 86_400)
        m.chain.mine()
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        await m.buyer.peer.timeout(id)
        await until(lambda: stage(m.buyer, id) == "lapsed")


async def test_what_was_shipped_and_not_answered_goes_to_the_seller_by_time(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await paid(m, id)
        await m.seller.peer.ship(id)
        await until(lambda: transaction(m.seller, id, "deliver").status == "mined")
        m.chain.pass_time(60 * 86_400)
        m.chain.mine()
        await until(lambda: "timeout" in m.seller.peer.order(id).actions)
        await m.seller.peer.timeout(id)
        await until(lambda: stage(m.buyer, id) == "released")


async def test_a_placed_order_survives_a_restart_with_its_secrets(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        before = m.buyer.peer.order(id)
        secret = m.buyer.store.order(id_from_text(id)).secret
        await m.buyer.restart()
        assert m.buyer.peer.order(id).terms == before.terms
        assert m.buyer.store.order(id_from_text(id)).secret == secret
        await paid(m, id)


async def test_something_free_is_paid_for_its_delivery_through_the_escrow(autojump_clock):
    async with market() as m:
        listing = await put_up(m, price={"amount": "0", "unit": COIN})
        assert listing.buyable and [money.amount for money in listing.pay_with] == [0]
        id = await order(m, listing)
        assert m.buyer.peer.order(id).terms["amount"] == 1000
        await paid(m, id)


async def begin_anew(side):
    """As from the recovery words: everything on disk is lost."""
    await side.stop()
    side.store = MemoryStore(standard())
    side.build()
    await side.start()


async def test_a_paid_order_comes_back_to_a_seller_who_begins_anew(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await begin_anew(m.seller)
        await until(lambda: any("haven't arrived" in p for p in m.seller.peer.status().problems))
        await until(lambda: m.seller.store.order(id_from_text(id)), REMIND_EVERY + 600)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        await until(lambda: stage(m.buyer, id) == "accepted")
        assert m.seller.peer.status().problems == ()


async def test_what_is_answered_or_not_paid_is_not_sent_again(autojump_clock):
    async with market() as m:
        answered, unpaid = await sold(m), await order(m, m.buyer.peer.search(Query()).hits[0])
        await m.seller.peer.accept(answered)
        await until(lambda: stage(m.buyer, answered) == "accepted")
        await begin_anew(m.seller)
        await trio.sleep(3 * REMIND_EVERY)
        assert m.seller.store.order(id_from_text(answered)) is None
        assert m.seller.store.order(id_from_text(unpaid)) is None


async def test_a_paid_order_in_the_mail_is_not_sent_twice(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        part(m)
        id = await place(m, listing)
        await m.pay(id)
        await trio.sleep(3 * REMIND_EVERY)
        (waiting,) = m.buyer.store.outbox(2**40)
        heal(m)
        await until(lambda: m.buyer.peer.order(id).delivered_to_seller, 2000)
        assert m.buyer.store.outbox(2**40) == []
        assert waiting.tries > 3


async def test_an_order_without_money_is_answered_and_done(autojump_clock):
    async with market() as m:
        view = await put_up(m, **FREE)
        placed = await m.buyer.peer.place_order(view.id, [{"quantity": 1}], {"option": "pickup"})
        await until(lambda: m.buyer.peer.order(placed.id).delivered_to_seller)
        assert placed.terms is None
        await until(lambda: "accept" in m.seller.peer.order(placed.id).actions)
        await m.seller.peer.accept(placed.id)
        await until(lambda: stage(m.buyer, placed.id) == "accepted")
        assert m.seller.peer.listings()[0].stock == 1
        await m.seller.peer.decline(placed.id)
        await until(lambda: m.seller.peer.listings()[0].stock == 2)
