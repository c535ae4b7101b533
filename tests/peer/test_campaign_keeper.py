"""What follows from campaigns by itself, and what their people want of the contract: real peers on one chain."""

import pytest
import trio

from node.protocol.errors import Conflict
from node.protocol.escrow import address_of
from tests.fakes.campaigns import by
from tests.peer.campaigning import DAY, PRICE, order, over, pledged, started
from tests.peer.market import BUYER_ACCOUNT, BUYER_WALLET, ETH, market, until


async def test_one_that_reaches_its_goal_is_collected_and_shipped(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        assert (campaign.stage, campaign.raised.amount, campaign.backers) == ("unopened", 0, 0)
        id = await pledged(m, campaign, 3)
        seen = await m.buyer.peer.campaign(campaign.id)
        assert (seen.stage, seen.backers) == ("open", 1)
        assert seen.raised == seen.biggest and seen.raised.amount == 3 * ETH // 100 + 1_000
        assert [each.account for each in seen.pledges] == [BUYER_ACCOUNT]
        assert "accept" not in m.seller.peer.order(id).actions
        with pytest.raises(Conflict, match="owed"):
            await m.seller.peer.accept(id)
        before = m.chain.ledger.balances[bytes(20), m.seller.account]
        await over(m, campaign)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        await until(lambda: m.chain.ledger.balances[bytes(20), m.seller.account] > before)
        got = m.chain.ledger.balances[bytes(20), m.seller.account] - before
        assert got == seen.raised.amount * 4 // 10
        await m.seller.peer.ship(id, "La Poste", "6A")
        await until(lambda: m.buyer.peer.order(id).stage == "shipped")
        m.chain.pass_time(30 * DAY)
        m.chain.mine(5)
        await until(
            lambda: (
                m.chain.ledger.balances[bytes(20), m.seller.account] - before == seen.raised.amount
            )
        )
        await trio.sleep(10)
        assert (await m.buyer.peer.campaign(campaign.id)).stage == "paid"


async def test_one_that_misses_its_goal_gives_everything_back(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        account = address_of(BUYER_WALLET)
        before = m.chain.ledger.balances[bytes(20), account]
        id = await pledged(m, campaign)
        await over(m, campaign)
        seen = await m.buyer.peer.campaign(campaign.id)
        assert seen.stage == "failed" and "refund" in seen.actions
        with pytest.raises(Conflict):
            await m.seller.peer.accept(id)
        await m.buyer.peer.refund_campaign(campaign.id)
        await until(lambda: m.chain.ledger.balances[bytes(20), account] == before)
        await trio.sleep(10)
        seen = await m.buyer.peer.campaign(campaign.id)
        assert seen.held.amount == 0 and "refund" not in seen.actions
        assert seen.raised.amount == PRICE


async def test_the_nodes_own_wallet_pledges_and_fetches_its_money_back_by_itself(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        before = m.chain.ledger.balances[bytes(20), m.buyer.account]
        id = await order(m, campaign, account=m.buyer.address)
        await m.buyer.peer.pledge(id)
        await until(lambda: m.buyer.peer.order(id).pledge.amount)
        assert m.chain.ledger.balances[bytes(20), m.buyer.account] == before - PRICE
        with pytest.raises(Conflict):
            await m.buyer.peer.pledge(id)
        await over(m, campaign)
        await until(lambda: m.chain.ledger.balances[bytes(20), m.buyer.account] == before)
        assert m.buyer.sent.count("pledge") == 1


async def test_backers_stop_the_rest_and_share_what_is_left(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=PRICE)
        before = m.chain.ledger.balances[bytes(20), m.buyer.account]
        id = await order(m, campaign, account=m.buyer.address)
        await m.buyer.peer.pledge(id)
        await until(lambda: m.buyer.peer.order(id).pledge.amount)
        with pytest.raises(Conflict, match="over"):
            await m.buyer.peer.object_to_campaign(campaign.id)
        await over(m, campaign)
        await until(lambda: m.buyer.peer.order(id).pledge.stage == "reached")
        await m.buyer.peer.object_to_campaign(campaign.id)
        await until(lambda: m.buyer.peer.order(id).pledge.stage == "stopped")
        rest = PRICE - PRICE * 4 // 10
        back = before - PRICE + rest
        await until(lambda: m.chain.ledger.balances[bytes(20), m.buyer.account] == back)
        m.chain.mine(5)
        await trio.sleep(10)
        with pytest.raises(Conflict):
            await m.seller.peer.accept(id)


async def test_an_objection_is_taken_back(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=PRICE, stop_bps=5_000)
        await pledged(m, campaign, 2)
        id = await order(m, campaign, account=m.buyer.address)
        await m.buyer.peer.pledge(id)
        await until(lambda: m.buyer.peer.order(id).pledge.amount)
        await over(m, campaign)
        await until(lambda: m.buyer.peer.order(id).pledge.stage == "reached")
        for objects in (True, False, True):
            await m.buyer.peer.object_to_campaign(campaign.id, objects)
            await trio.sleep(30)
            m.chain.mine(1)
            seen = await m.buyer.peer.campaign(campaign.id)
            own = next(each for each in seen.pledges if each.wallet_is_node)
            assert own.objects is objects
            assert seen.objecting.amount == (PRICE if objects else 0)
        assert m.buyer.sent.count("object") == 3


async def test_a_creator_calls_it_off(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        with pytest.raises(Conflict, match="nothing to cancel"):
            await m.seller.peer.cancel_campaign(campaign.id)
        id = await pledged(m, campaign)
        with pytest.raises(Conflict):
            await m.buyer.peer.cancel_campaign(campaign.id)
        await m.seller.peer.cancel_campaign(campaign.id)
        await until(lambda: m.buyer.peer.order(id).pledge.stage == "cancelled")
        await m.seller.peer.refund_campaign(campaign.id)
        account = address_of(BUYER_WALLET)
        await until(lambda: m.chain.ledger.balances[bytes(20), account] == 10 * ETH)


async def test_everybody_has_their_money_back_in_batches(autojump_clock):
    async with market() as m:
        campaign = await started(m, goal=ETH)
        found = m.seller.peer._book.named(campaign.id)
        contract = m.seller.campaigns
        by(m.chain, m.seller.account, contract.open(found.terms, found.tranches))
        backers = [number.to_bytes(20, "big") for number in range(1, 131)]
        for backer in backers:
            m.chain.give(backer, 1_000)
            by(m.chain, backer, contract.pledge(found.terms, 1_000, backer.ljust(32, b"\0")))
        await over(m, campaign)
        await trio.sleep(10)
        await m.buyer.peer.refund_campaign(campaign.id)
        held = m.chain.ledger.balances
        await until(lambda: all(m.chain.ledger.balances[bytes(20), b] == 1_000 for b in backers))
        assert held is not None and m.buyer.sent.count("refund") == 3
