"""Campaigns from the first word to the last coin, between nodes on one chain: the real peers, the contract's model."""

import pytest
import trio

from node.ports import Query
from node.protocol.errors import Conflict
from node.protocol.escrow import address_of
from tests.fakes.campaigns import by
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, BUYER_WALLET, ETH, market, mug, until

DAY = 86_400
PRICE = ETH // 100 + 1_000  # a mug, posted
GOAL = 2 * PRICE


def preorder(**changes) -> dict:
    return mug(offer={"preorder": True, "ship_within": 30 * DAY}, **changes)


async def started(m, goal=GOAL, days=10, **given):
    """The seller starts a campaign; returns it as the buyer's node sees it."""
    made = await m.seller.peer.save_listing(preorder())
    end = m.seller.world.now() + days * DAY
    terms = {"goal": str(goal), "until": end, **given}
    terms.setdefault("tranches", [{"at": end, "bps": 4_000}, {"at": end + 30 * DAY, "bps": 6_000}])
    campaign = await m.seller.peer.start_campaign(made.slug, terms)
    await until(lambda: m.buyer.store.newest("campaign", 9))
    await until(lambda: m.buyer.peer.search(Query()).hits[0].campaign)
    return await m.buyer.peer.campaign(campaign.id)


async def order(m, campaign, quantity=1, account=BUYER_ACCOUNT):
    placed = await m.buyer.peer.place_order(
        campaign.listing.id, [{"quantity": quantity}], ADDRESS, account=account
    )
    await until(lambda: m.buyer.peer.order(placed.id).delivered_to_seller)
    return placed.id


async def pledge(m, id):
    """With what the browser's wallet is told, until nothing is left."""
    for _ in range(4):
        request = await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)
        assert not request.obstacle, request.message
        step = request.steps[0]
        hash = by(m.chain, address_of(BUYER_WALLET), m.transaction(step.request))
        await m.buyer.peer.note_transaction(id, step.verb, hash)
        if step.verb == "pledge":
            return
    raise AssertionError("it doesn't come to an end")


async def pledged(m, campaign, quantity=1):
    """A pledge that both sides have seen; returns the order's id."""
    id = await order(m, campaign, quantity)
    await pledge(m, id)
    m.chain.mine(5)
    for side in (m.buyer, m.seller):
        await until(lambda side=side: side.peer.order(id).pledge.amount)
    return id


async def over(m, campaign):
    """Let the campaign's time pass, by the chain's clock."""
    m.chain.pass_time(campaign.until - m.chain.head.time)
    m.chain.mine(5)


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
        await over(m, campaign)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        before = m.chain.ledger.balances[bytes(20), m.seller.account]
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
