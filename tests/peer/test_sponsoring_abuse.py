"""Signed pledges from strangers who mean no good, and a chain's node that is wrong: the others are pledged, and no fee is wasted."""

import pytest
import trio

from node.peer import sponsoring
from node.peer.world import Relay
from node.protocol.encoding import id_from_text
from node.protocol.errors import RuleError, Unavailable
from node.protocol.escrow import address_of
from tests.peer.campaigning import DAY, order
from tests.peer.market import BUYER_WALLET, market, until
from tests.peer.sales import heal, part
from tests.peer.test_relay_limits import rising
from tests.peer.test_relaying import FEE, sign, spent
from tests.peer.test_sponsoring import ON, PLEDGED, backed, begun, seen, sign_and_open, wish


async def say(m, id, signature: bytes, **changes) -> None:
    """What a buyer's node sends that judges nothing."""
    deal = m.buyer.peer._deals.deal(m.buyer.store.order(id_from_text(id)))
    campaign = m.buyer.peer._pledging.campaign(deal)
    place = {"campaign": campaign.id, "account": address_of(BUYER_WALLET), **changes}
    block = {"valid_before": m.buyer.world.now() + DAY, "signature": signature, "pledge": place}
    m.buyer.peer._deals.say(deal, "authorize", block)


@pytest.mark.parametrize("size", [65, 64, 1_024])
async def test_nonsense_costs_an_answer_and_no_fee(autojump_clock, size):
    async with backed() as (m, campaign, id):
        await say(m, id, b"\1" * size)
        await until(lambda: seen(m.buyer, id).refused == "signature")
        assert m.seller.sent == [] and not spent(m)
        await until(lambda: not wish(m, campaign))
        # nor more room on the creator's disk than any order that nobody has pledged for
        row = m.seller.store.order(id_from_text(id))
        assert not m.seller.peer._deals._is_serious(row)


async def test_a_signature_for_another_campaign_is_left_alone(autojump_clock):
    async with backed() as (m, campaign, id):
        await say(m, id, b"\1" * 65, campaign=b"\x0c" * 32)
        await until(lambda: seen(m.seller, id).signed == "waiting")
        await trio.sleep(60)
        assert m.seller.sent == [] and not wish(m, campaign)
        assert seen(m.buyer, id).signed == "waiting"


async def test_an_account_that_the_token_lets_pay_nothing_is_refused_and_stops_nobody(
    autojump_clock, monkeypatch
):
    async with market(**ON) as m:
        campaign = await begun(m)
        barred, honest = await order(m, campaign), await order(m, campaign)
        escrow = m.seller.world.escrow
        fee = escrow.fee

        async def refusing(transaction, replaces=()):
            names = [id_from_text(id).hex() in transaction.data for id in (barred, honest)]
            if names == [True, False]:
                raise RuleError("chain.reverted", "The contract refuses: nothing pledged.")
            return await fee(transaction, replaces)

        monkeypatch.setattr(escrow, "fee", refusing)
        await sign(m, barred)
        await until(lambda: seen(m.buyer, barred).refused == "failed", seconds=400)
        assert PLEDGED not in m.seller.sent
        await sign(m, honest)
        await until(lambda: seen(m.buyer, honest).amount)


def burning(fee, *greedy: str):
    """The escrow's `fee`, for a chain on which the authorizations of these orders burn gas."""

    async def greater(transaction, replaces=()):
        burnt = sum(transaction.data.count(id_from_text(id).hex()) for id in greedy)
        return await fee(transaction, replaces) + 9 * FEE * burnt

    return greater


async def test_a_batch_costs_no_more_than_was_counted(autojump_clock, monkeypatch):
    async with market(relay=Relay(fee=3 * FEE, daily=10 * FEE, price=5)) as m:
        campaign = await begun(m)
        rising(m, monkeypatch)
        id = await order(m, campaign)
        await sign(m, id)
        await until(lambda: wish(m, campaign).get("rule") == "chain.fees")
        assert m.seller.sent == [] and spent(m) == FEE
        await until(lambda: seen(m.buyer, id).amount)
        assert spent(m) == 6 * FEE  # the opening, and the pledge


async def test_an_account_that_burns_gas_doesnt_make_the_others_wait(autojump_clock, monkeypatch):
    async with market(**ON) as m:
        campaign = await begun(m)
        greedy, honest = await order(m, campaign), await order(m, campaign)
        escrow = m.seller.world.escrow
        monkeypatch.setattr(escrow, "fee", burning(escrow.fee, greedy))
        part(m)
        await sign(m, greedy)
        await sign(m, honest)
        heal(m)
        await until(lambda: seen(m.buyer, honest).amount, seconds=400)
        await until(lambda: seen(m.buyer, greedy).signed == "refused")
        assert not seen(m.buyer, greedy).amount


async def test_nor_do_as_many_of_them_as_go_together(autojump_clock, monkeypatch):
    monkeypatch.setattr(sponsoring, "MAX_AUTHORIZATIONS", 2)
    async with market(**ON) as m:
        campaign = await begun(m)
        greedy, honest = [await order(m, campaign) for _ in range(2)], await order(m, campaign)
        escrow = m.seller.world.escrow
        monkeypatch.setattr(escrow, "fee", burning(escrow.fee, *greedy))
        part(m)
        for id in (*greedy, honest):
            await sign(m, id)
        heal(m)
        await until(lambda: seen(m.buyer, honest).amount, seconds=1_000)
        assert not any(seen(m.buyer, id).amount for id in greedy)


async def test_what_was_given_up_before_anything_was_sent_is_tried_again(
    autojump_clock, monkeypatch
):
    async with backed() as (m, campaign, id):
        escrow = m.seller.world.escrow

        async def refusing(transaction, replaces=()):
            raise RuleError("chain.reverted", "A chain's node that has lost its way.")

        with monkeypatch.context() as patched:
            patched.setattr(escrow, "fee", refusing)
            await sign(m, id)
            await until(lambda: wish(m, campaign).get("given_up"), 20_000)
        await until(lambda: seen(m.buyer, id).amount, 2 * sponsoring.RESTED_AFTER)


async def test_a_batch_that_has_become_too_dear_after_a_restart_waits(autojump_clock):
    async with backed() as (m, campaign, id):
        await sign_and_open(m, id)
        m.chain.pool.clear()  # lost, and fees are higher by the time that it would be sent again
        m.chain.gas_price *= 9
        await m.seller.restart()
        m.chain.automine = True
        await until(
            lambda: "above what this node pays" in wish(m, campaign).get("trouble", ""), 2_000
        )
        m.chain.gas_price //= 9
        await until(lambda: seen(m.buyer, id).amount, 2_000)


async def test_what_couldnt_be_sent_and_became_too_dear_gives_way(autojump_clock, monkeypatch):
    async with backed() as (m, campaign, opener):
        await sign(m, opener)
        await until(lambda: seen(m.buyer, opener).amount and not wish(m, campaign))
        greedy, honest = await order(m, campaign), await order(m, campaign)
        escrow = m.seller.world.escrow

        async def unreachable(transaction, replaces=(), note=None):
            raise Unavailable("chain.unreachable", "No answer.")

        with monkeypatch.context() as cut:
            cut.setattr(m.seller.world.campaigns, "send", unreachable)
            await sign(m, greedy)
            await until(lambda: "No answer" in wish(m, campaign).get("trouble", ""), 1_000)
        monkeypatch.setattr(escrow, "fee", burning(escrow.fee, greedy))
        await sign(m, honest)
        await until(lambda: seen(m.buyer, honest).amount, 2_000)
        assert not seen(m.buyer, greedy).amount
