"""A buyer takes back what isn't paid, while payments and answers cross on the way: money and pieces end where they belong."""

import pytest
import trio

from node.protocol.errors import Conflict
from tests.peer.market import BUYER_ACCOUNT, market, until
from tests.peer.sales import FREE, heal, order, paid, part, place, put_up, stage, wished_in_vain


def stock(m) -> int:
    return m.seller.peer.listings()[0].stock


async def later(m) -> None:
    """What is mined now has a later date than what was said before."""
    await trio.sleep(5)
    m.chain.pass_time(60)


async def payment(m, id) -> dict:
    """What the wallet is asked to send, as a page that stays open holds it."""
    return (await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT)).steps[0].request


async def taken_back(m, id) -> None:
    """The buyer fetches the money by the refund that the seller's node has signed by itself."""
    await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
    await m.pay(id, "take_back")
    m.chain.mine(3)
    await until(lambda: stage(m.buyer, id) == stage(m.seller, id) == "refunded")
    assert stock(m) == 2
    assert m.seller.sent == []


async def cancelled_unheard_and_paid(m):
    """The buyer cancels while the seller can't hear it, and pays afterwards; returns the order's id."""
    id = await order(m, await put_up(m))
    request = await payment(m, id)
    part(m)
    await m.buyer.peer.cancel(id)
    await later(m)
    await m.send(request)
    m.chain.mine(3)
    return id


async def test_of_an_order_placed_twice_one_is_cancelled_and_the_other_goes_on(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        twice, wanted = await order(m, listing), await order(m, listing)
        await m.buyer.peer.cancel(twice, " Ordered twice. ")
        assert stage(m.buyer, twice) == "cancelled"
        await until(lambda: stage(m.seller, twice) == "cancelled")
        assert m.seller.peer.order(twice).messages[-1].text == "Ordered twice."
        for side in (m.buyer, m.seller):
            assert side.peer.order(twice).actions == ("message",)
            assert side.peer.order(twice).deadlines == {}
        with pytest.raises(Conflict):
            await payment(m, twice)
        with pytest.raises(Conflict):
            await m.buyer.peer.cancel(twice)
        await paid(m, wanted)
        assert stock(m) == 1


async def test_what_is_paid_can_not_be_cancelled(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.automine = False
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funding")
        with pytest.raises(Conflict):
            await m.buyer.peer.cancel(id)
        m.chain.mine()
        await until(lambda: stage(m.buyer, id) == "funded")
        with pytest.raises(Conflict):
            await m.buyer.peer.cancel(id)


async def test_a_seller_can_not_cancel_for_the_buyer(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        with pytest.raises(Conflict):
            await m.seller.peer.cancel(id)


async def test_what_another_tab_pays_afterwards_comes_back(autojump_clock):
    async with market(auto_accept=True) as m:
        id = await order(m, await put_up(m))
        request = await payment(m, id)
        await m.buyer.peer.cancel(id)
        await until(lambda: stage(m.seller, id) == "cancelled")
        await later(m)
        await m.send(request)
        m.chain.mine(3)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        assert not {"accept", "ship"} & set(m.seller.peer.order(id).actions)
        await taken_back(m, id)


async def test_a_payment_that_was_pending_when_it_was_cancelled_comes_back(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.automine = False
        await m.send(await payment(m, id))  # the page was closed before it could tell its node
        await m.buyer.peer.cancel(id)
        await trio.sleep(60)
        assert stage(m.buyer, id) == stage(m.seller, id) == "cancelled"
        m.chain.automine = True
        await later(m)
        m.chain.mine(3)
        await taken_back(m, id)


async def test_a_payment_made_before_stands_though_the_buyers_node_had_not_seen_it(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.buyer.escrow.blind = True
        await m.send(await payment(m, id))
        await trio.sleep(30)
        await m.buyer.peer.cancel(id)
        assert stage(m.buyer, id) == "cancelled"
        m.buyer.escrow.blind = False
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, id) == stage(m.seller, id) == "funded")
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        await until(lambda: stage(m.buyer, id) == "accepted")


async def test_a_cancel_that_comes_behind_the_payment_gives_the_pieces_back(autojump_clock):
    async with market() as m:
        id = await cancelled_unheard_and_paid(m)
        await until(lambda: stock(m) == 1)
        heal(m)
        await until(lambda: stage(m.seller, id) == "cancelled" and stock(m) == 2)
        await taken_back(m, id)


@pytest.mark.parametrize("shipped", [False, True])
async def test_what_the_seller_has_answered_a_payment_with_stands(autojump_clock, shipped):
    async with market() as m:
        id = await cancelled_unheard_and_paid(m)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        if shipped:
            await m.seller.peer.ship(id)
            await until(lambda: m.seller.sent == ["deliver"])
        heal(m)
        said = "shipped" if shipped else "accepted"
        await until(lambda: stage(m.buyer, id) == said)
        await trio.sleep(60)
        assert stage(m.seller, id) == said
        assert "take_back" not in m.buyer.peer.order(id).actions
        assert stock(m) == 1


async def test_what_was_sent_by_the_chains_word_alone_is_not_given_back(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        request = await payment(m, id)
        await m.buyer.peer.cancel(id)
        await until(lambda: stage(m.seller, id) == "cancelled")
        m.seller.escrow.blind = True
        await later(m)
        await m.send(request)
        deal = m.seller.peer._deals.deal(m.seller.peer._deals.row(m.seller.peer._order_id(id)))
        await m.seller.escrow.send(m.seller.escrow.deliver(deal.terms))
        m.seller.escrow.blind = False
        m.chain.mine(3)
        await until(lambda: stage(m.seller, id) == "shipped")
        await trio.sleep(60)
        assert "take_back" not in m.buyer.peer.order(id).actions


async def test_an_order_is_cancelled_before_the_seller_has_heard_of_it(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        part(m)
        id = await place(m, listing)
        await m.buyer.peer.cancel(id)
        heal(m)
        await until(lambda: m.seller.store.orders() and stage(m.seller, id) == "cancelled", 3_600)


async def test_the_nodes_wallet_pays_no_order_that_is_cancelled_while_it_tries(autojump_clock):
    async with market() as m:
        id = await wished_in_vain(m)
        await m.buyer.peer.cancel(id)
        m.buyer.escrow.poor = False
        await trio.sleep(600)
        assert m.buyer.sent == []
        assert m.buyer.peer.order(id).transactions == ()
        await m.buyer.restart()
        assert stage(m.buyer, id) == "cancelled"


async def test_the_nodes_wallet_pays_no_order_that_is_cancelled_while_the_chain_is_asked(
    autojump_clock, monkeypatch
):
    async with market() as m:
        id = await order(m, await put_up(m), account=m.buyer.address)
        ledger = m.buyer.peer._ledger
        asked = ledger.verified_escrow

        async def meanwhile():
            if stage(m.buyer, id) == "placed":
                await m.buyer.peer.cancel(id)
            return await asked()

        await m.buyer.peer.fund(id)
        monkeypatch.setattr(ledger, "verified_escrow", meanwhile)
        await until(lambda: stage(m.buyer, id) == "cancelled")
        await trio.sleep(600)
        assert m.buyer.sent == []
        assert m.buyer.peer.order(id).transactions == ()


@pytest.mark.parametrize("accepted", [False, True])
async def test_an_order_without_money_gives_its_pieces_back(autojump_clock, accepted):
    async with market() as m:
        listing = await put_up(m, **FREE)
        view = await m.buyer.peer.place_order(listing.id, [{"quantity": 1}], {"option": "pickup"})
        await until(lambda: m.seller.store.orders())
        if accepted:
            await m.seller.peer.accept(view.id)
            await until(lambda: stage(m.buyer, view.id) == "accepted")
            assert stock(m) == 1
        await m.buyer.peer.cancel(view.id)
        await until(lambda: stage(m.seller, view.id) == "cancelled")
        await until(lambda: stock(m) == 2)
