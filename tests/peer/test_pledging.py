"""Orders that are paid by a pledge: how they are paid, and when the goods are owed."""

import pytest
import trio

from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, Unavailable
from tests.fakes.campaigns import by
from tests.peer.campaigning import DAY, PRICE, order, over, pledge, pledged, started
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, ETH, market, until


async def test_an_order_that_comes_after_its_pledge_is_served_all_the_same(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=PRICE)
        m.hub.cut(m.seller.network, m.buyer.network)
        placed = await m.buyer.peer.place_order(
            campaign.listing.id, [{"quantity": 1}], ADDRESS, account=BUYER_ACCOUNT
        )
        await pledge(m, placed.id)
        await over(m, campaign)
        await trio.sleep(60)
        assert (await m.seller.peer.campaign(campaign.id)).raised.amount == PRICE
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.buyer.peer.order(placed.id).delivered_to_seller, 7_200)
        await until(lambda: "accept" in m.seller.peer.order(placed.id).actions)


async def test_less_than_the_price_is_not_served(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=PRICE)
        id = await order(m, campaign)
        found = m.seller.peer._book.named(campaign.id)
        m.chain.give(m.seller.account, ETH)
        contract, account = m.seller.campaigns, m.seller.account
        for send in (
            contract.open(found.terms, found.tranches),
            contract.pledge(found.terms, PRICE - 1, id_from_text(id)),
            contract.pledge(found.terms, PRICE, bytes(32)),
        ):
            by(m.chain, account, send)
        await over(m, campaign)
        await until(lambda: m.seller.peer.order(id).pledge.stage == "reached")
        pledge = m.seller.peer.order(id).pledge
        assert pledge.safe and pledge.amount.amount == PRICE - 1 and not pledge.earned
        assert "accept" not in m.seller.peer.order(id).actions
        with pytest.raises(Conflict, match="price"):
            await m.seller.peer.accept(id)


async def test_a_success_that_is_not_safe_yet_is_not_served(autojump_clock):
    async with market(auto_collect=False) as m:
        campaign = await started(m, goal=PRICE)
        id = await pledged(m, campaign)
        m.chain.pass_time(campaign.until - m.chain.head.time)
        m.chain.mine(1)
        await until(lambda: m.seller.peer.order(id).pledge.stage == "reached")
        assert not m.seller.peer.order(id).pledge.earned
        with pytest.raises(Conflict, match="safe yet"):
            await m.seller.peer.accept(id)
        m.chain.mine(3)
        await until(lambda: m.seller.peer.order(id).pledge.earned)
        await m.seller.peer.accept(id)


async def test_a_seller_may_accept_by_itself_once_the_goods_are_owed(autojump_clock):
    async with market(auto_accept=True) as m:
        campaign = await started(m, goal=PRICE)
        id = await pledged(m, campaign)
        await trio.sleep(60)
        assert m.seller.peer.order(id).stage == "placed"
        await over(m, campaign)
        await until(lambda: m.buyer.peer.order(id).stage == "accepted")


async def test_a_pledged_order_is_not_called_off_by_either_side(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        id = await pledged(m, campaign)
        for call in (m.buyer.peer.cancel, m.seller.peer.decline):
            with pytest.raises(Conflict, match="campaign"):
                await call(id)
        await over(m, campaign)
        await until(lambda: "decline" in m.seller.peer.order(id).actions)


async def test_what_is_wished_survives_a_crash_and_is_sent_once(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        id = await order(m, campaign, account=m.buyer.address)
        m.chain.set_down(True)
        with pytest.raises(Unavailable):
            await m.buyer.peer.pledge(id)
        m.chain.set_down(False)
        m.chain.automine = False
        await m.buyer.peer.pledge(id)
        await until(lambda: m.chain.pool)
        await m.buyer.restart()
        m.chain.mine(1)
        await until(lambda: m.chain.pool)
        await m.buyer.restart()
        m.chain.automine = True
        m.chain.mine(5)
        await until(lambda: m.buyer.peer.order(id).pledge.amount)
        await trio.sleep(60)
        assert m.buyer.sent == ["open", "pledge"]


async def test_a_token_is_permitted_first(autojump_clock):
    async with market() as m:
        dollars = {"amount": "1000", "unit": "USD"}
        campaign = await started(m, goal=12_000_000, price=dollars)
        m.chain.give(m.buyer.account, 100_000_000, m.chain.token)
        id = await order(m, campaign, account=m.buyer.address)
        await m.buyer.peer.pledge(id)
        await until(lambda: m.buyer.peer.order(id).pledge.amount)
        assert m.buyer.sent == ["open", "approve", "pledge"]
        await pledged(m, campaign)
        await over(m, campaign)
        await until(lambda: m.seller.peer.order(id).pledge.earned)


async def test_what_was_never_pledged_is_forgotten_long_after_the_end(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=PRICE)
        paid, unpaid = await pledged(m, campaign), await order(m, campaign)
        await over(m, campaign)
        await until(lambda: m.seller.peer.order(paid).pledge.earned)
        await trio.sleep(600)
        assert m.seller.peer.order(unpaid).stage == "placed"
        m.chain.pass_time(8 * DAY)
        m.chain.mine(5)
        await until(lambda: m.seller.store.order(id_from_text(unpaid)) is None, 1_200)
        assert m.seller.peer.order(paid).pledge.earned
