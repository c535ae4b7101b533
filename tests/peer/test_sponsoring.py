"""Backers without coin: they sign their pledges, and the creator's node sends them together, within its limits."""

from contextlib import asynccontextmanager, contextmanager

import pytest
import trio

from node.peer.world import Relay
from node.protocol.escrow import address_of
from tests.peer.campaigning import order, over, pledge, started
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, BUYER_WALLET, market, until
from tests.peer.sales import heal, part
from tests.peer.test_relaying import FEE, pauper, sign, spent
from tests.peer.test_wallet_requests import DOLLARS

ON = {"relay": Relay(fee=2 * FEE, daily=20 * FEE, price=5)}
PLEDGED = "pledgeWithAuthorizations"


async def begun(m, **given):
    return await started(m, goal=given.pop("goal", 10_000_000), price=DOLLARS, **given)


@asynccontextmanager
async def backed(**given):
    """(market, campaign, id of an order of it), of a creator whose node sends signed pledges."""
    async with market(**ON) as m:
        campaign = await begun(m, **given)
        yield m, campaign, await order(m, campaign)


async def signed_by(m, campaign, count: int) -> list[str]:
    """Orders that are signed while the creator's node is out of reach."""
    part(m)
    ids = [await placed(m, campaign) for _ in range(count)]
    for id in ids:
        await sign(m, id)
    return ids


async def sign_and_open(m, id) -> None:
    """The opening is in a block, and a batch on its way into one."""
    m.chain.automine = False
    await sign(m, id)
    await until(lambda: m.chain.pool)
    m.chain.mine()
    await until(lambda: PLEDGED in m.seller.sent)


@contextmanager
def moved_away(m):
    """The buyer's tokens, for as long as this lasts."""
    held = tokens(m)
    m.chain.give(address_of(BUYER_WALLET), -held, m.chain.token)
    yield
    m.chain.give(address_of(BUYER_WALLET), held, m.chain.token)


def seen(side, id):
    return side.peer.order(id).pledge


async def test_who_has_no_coin_signs_and_the_creators_node_opens_and_pledges(autojump_clock):
    async with backed() as (m, campaign, id):
        pauper(m)
        view = m.buyer.peer.order(id)
        assert view.pays_fees and {"pledge", "authorize"} <= set(view.actions)
        await sign(m, id)
        view = m.buyer.peer.order(id)
        assert view.pledge.signed == "waiting" and view.pledge.signed_until
        assert "authorize" not in view.actions and "pledge" in view.actions
        await until(lambda: seen(m.buyer, id).amount)
        assert m.seller.sent == ["open", PLEDGED]
        assert seen(m.buyer, id).amount == seen(m.buyer, id).price
        assert spent(m) == 2 * FEE
        await over(m, campaign)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        row = m.seller.store.campaign(bytes.fromhex(campaign.id[2:]))
        assert "sponsor" not in row.notes["wishes"]


async def test_many_go_together(autojump_clock):
    async with market(**ON) as m:
        campaign = await begun(m)
        ids = await signed_by(m, campaign, 5)
        heal(m)
        await until(lambda: all(seen(m.buyer, id).amount for id in ids))
        assert m.seller.sent.count("open") == 1
        assert m.seller.sent.count(PLEDGED) <= 2


async def placed(m, campaign):
    found = await m.buyer.peer.place_order(
        campaign.listing.id, [{"quantity": 1}], ADDRESS, account=BUYER_ACCOUNT
    )
    return found.id


def wish(m, campaign) -> dict:
    row = m.seller.store.campaign(bytes.fromhex(campaign.id[2:]))
    return row.notes.get("wishes", {}).get("sponsor", {})


def tokens(m) -> int:
    return m.chain.ledger.balances[m.chain.token, address_of(BUYER_WALLET)]


async def test_who_moves_the_money_away_is_told_and_may_sign_anew(autojump_clock):
    async with backed() as (m, campaign, id):
        part(m)
        await sign(m, id)
        with moved_away(m):
            heal(m)
            await until(lambda: seen(m.buyer, id).signed == "refused")
            assert seen(m.buyer, id).refused == "funds" and m.seller.sent == [] and not spent(m)
            await until(lambda: not wish(m, campaign))
        assert "authorize" in m.buyer.peer.order(id).actions
        await sign(m, id)
        await until(lambda: seen(m.buyer, id).amount)


async def test_one_balance_promised_to_many_pays_once_and_costs_no_fee_more(autojump_clock):
    async with market(**ON) as m:
        campaign = await begun(m)
        ids = await signed_by(m, campaign, 3)
        price = seen(m.buyer, ids[0]).price.amount
        m.chain.give(address_of(BUYER_WALLET), price - tokens(m), m.chain.token)
        heal(m)
        await until(
            lambda: all(seen(m.buyer, id).amount or seen(m.buyer, id).refused for id in ids)
        )
        assert sum(bool(seen(m.buyer, id).amount) for id in ids) == 1
        assert spent(m) == 2 * FEE


async def test_a_cancelled_order_is_never_pledged_for(autojump_clock):
    async with backed() as (m, campaign, id):
        part(m)
        await sign(m, id)
        await m.buyer.peer.cancel(id)
        heal(m)
        await until(lambda: m.seller.peer.order(id).stage == "cancelled")
        assert m.seller.sent == [] and not wish(m, campaign)


@pytest.mark.parametrize(
    ("relay", "said"),
    [
        (Relay(fee=FEE - 1, daily=10 * FEE, price=5), "above what this node pays"),
        (Relay(fee=2 * FEE, daily=FEE - 1, price=5), "as much in fees"),
    ],
)
async def test_a_fee_above_the_limits_waits_until_fees_fall(autojump_clock, relay, said):
    async with market(relay=relay) as m:
        campaign = await begun(m)
        id = await order(m, campaign)
        await sign(m, id)
        await until(lambda: said in wish(m, campaign).get("trouble", ""))
        assert m.seller.sent == [] and seen(m.buyer, id).signed == "waiting"
        told = (await m.seller.peer.campaign(campaign.id)).transactions
        assert [(each.verb, each.trouble.startswith("Th")) for each in told] == [("sponsor", True)]
        m.chain.gas_price //= 3
        await until(lambda: seen(m.buyer, id).amount)


async def test_a_batch_that_fails_is_tried_one_by_one_and_no_more(autojump_clock):
    async with market(**ON) as m:
        campaign = await begun(m)
        ids = await signed_by(m, campaign, 2)
        m.chain.automine = False
        heal(m)
        await until(lambda: m.chain.pool)
        m.chain.mine()  # it is open
        await until(lambda: m.seller.sent.count(PLEDGED) == 1)
        await until(lambda: m.seller.peer.order(ids[1]).pledge.signed == "waiting")
        with moved_away(m):
            m.chain.mine()  # nothing pledged
        m.chain.automine = True
        await until(lambda: all(seen(m.buyer, id).amount for id in ids))
        assert m.seller.sent.count(PLEDGED) == 3


@pytest.mark.parametrize("when", ["before", "opening", "pledging"])
async def test_nothing_is_lost_or_sent_twice_by_a_crash(autojump_clock, when):
    async with backed() as (m, campaign, id):
        before = tokens(m)
        part(m)
        await sign(m, id)
        await m.buyer.restart()
        assert seen(m.buyer, id).signed == "waiting"
        m.chain.automine = False
        heal(m)
        if when == "before":
            await until(lambda: seen(m.seller, id).signed == "waiting")
        else:
            await until(lambda: m.chain.pool)
        if when == "pledging":
            m.chain.mine()
            await until(lambda: PLEDGED in m.seller.sent)
        await m.seller.restart()
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: seen(m.buyer, id).amount)
        m.chain.mine(5)
        await until(lambda: not wish(m, campaign))
        assert before - tokens(m) == seen(m.buyer, id).price.amount
        assert spent(m) == 2 * FEE


async def test_who_couldnt_pay_a_fee_has_the_money_back_without_one(autojump_clock):
    async with backed(goal=10**12) as (m, campaign, id):
        before = tokens(m)
        pauper(m)
        await sign(m, id)
        await until(lambda: seen(m.buyer, id).amount)
        await over(m, campaign)
        await until(lambda: tokens(m) == before)
        assert m.seller.sent == ["open", PLEDGED, "refund"]


async def test_a_transaction_that_is_lost_is_sent_again_and_counted_once(autojump_clock):
    async with backed() as (m, _, id):
        await sign_and_open(m, id)
        m.chain.pool.clear()
        m.chain.automine = True
        await until(lambda: seen(m.buyer, id).amount)
        assert m.seller.sent.count(PLEDGED) == 2
        assert spent(m) == 2 * FEE


async def test_what_failed_in_a_block_is_not_sent_again_however_often_it_is_signed(
    autojump_clock,
):
    async with backed() as (m, _, id):
        await sign_and_open(m, id)
        with moved_away(m):
            m.chain.mine()
        m.chain.automine = True
        await until(lambda: seen(m.buyer, id).refused == "failed")
        sent, cost = len(m.seller.sent), spent(m)
        await sign(m, id)
        await until(lambda: seen(m.buyer, id).refused == "failed")
        assert (len(m.seller.sent), spent(m)) == (sent, cost)
        await pledge(m, id)  # by itself, and by what was signed
        await until(lambda: seen(m.seller, id).amount)


async def test_somebody_else_who_opens_it_first_spoils_nothing(autojump_clock):
    async with market(**ON) as m:
        campaign = await begun(m)
        first, second = await order(m, campaign), await order(m, campaign)
        opening = (await m.buyer.peer.wallet_request(second, "pledge", BUYER_ACCOUNT)).steps[0]
        m.chain.automine = False
        await sign(m, first)
        await until(lambda: m.chain.pool)
        await m.send(opening.request)
        m.chain.pool.reverse()
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: seen(m.buyer, first).amount)
        assert m.seller.sent == ["open", PLEDGED]


async def test_what_the_chain_has_undone_is_pledged_again(autojump_clock):
    async with backed() as (m, campaign, id):
        await sign(m, id)
        await until(lambda: seen(m.seller, id).amount)
        await until(lambda: not wish(m, campaign))
        await trio.sleep(60)
        m.chain.reorg(1)
        await until(lambda: not seen(m.seller, id).amount)
        await until(lambda: seen(m.seller, id).amount)
        assert m.seller.sent == ["open", PLEDGED, PLEDGED]


async def test_who_joined_only_a_later_form_of_a_transaction_hasnt_failed_with_it(autojump_clock):
    async with market(**ON) as m:
        campaign = await begun(m)
        first, second = await order(m, campaign), await order(m, campaign)
        m.chain.automine = False
        await sign(m, first)
        await until(lambda: m.chain.pool)
        m.chain.mine()  # it is open
        await until(lambda: m.chain.pool)
        (earlier,) = m.chain.pool
        await sign(m, second)
        await until(lambda: m.seller.sent.count(PLEDGED) == 2, seconds=400)
        m.chain.pool[:] = [earlier]  # the one with the lower fee was on its way into a block
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: seen(m.buyer, first).amount)
        await until(lambda: seen(m.buyer, second).amount or seen(m.buyer, second).refused)
        assert seen(m.buyer, second).amount
