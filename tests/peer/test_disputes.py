"""A dispute by either party, by the node's wallet or the browser's, and its end by time."""

import pytest

from node.protocol.errors import Conflict
from node.protocol.order_state import BUYER, SELLER
from tests.peer.judged import DAY, judged_market, listed, persona
from tests.peer.market import BUYER_ACCOUNT, market, until
from tests.peer.sales import order, paid, place, sold, stage, transaction


async def bought(m, arbiter, *, account=BUYER_ACCOUNT, shipped=True, **changes) -> str:
    """An order that this arbiter may decide about, paid, and sent unless said otherwise; returns its id."""
    id = await order(
        m, await listed(m, arbiter, **changes), arbiter=persona(arbiter), account=account
    )
    if account == BUYER_ACCOUNT:
        await paid(m, id)
    else:
        await m.buyer.peer.fund(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
    if shipped:
        await m.seller.peer.accept(id)
        await m.seller.peer.ship(id)
        for side in (m.seller, m.buyer):
            await until(lambda side=side: "release_by" in side.peer.order(id).deadlines)
    return id


async def disputed(m, id, by=None) -> None:
    """By the browser's wallet of the buyer, or by a side's node; until both sides see it."""
    if by is None:
        await m.pay(id, "dispute")
    else:
        await by.peer.dispute(id)
    for side in (m.seller, m.buyer):
        await until(lambda side=side: stage(side, id) == "disputed")


async def pass_time(m, until_when: int) -> None:
    m.chain.pass_time(until_when - m.chain.head.time + 10)
    m.chain.mine()


@pytest.mark.parametrize("who", ["browser", "buyer", "seller"])
async def test_each_party_can_dispute_by_its_wallet(autojump_clock, who):
    async with judged_market() as (m, arbiter):
        account = m.buyer.address if who == "buyer" else BUYER_ACCOUNT
        id = await bought(m, arbiter, account=account)
        await disputed(m, id, {"buyer": m.buyer, "seller": m.seller}.get(who))
        for side in (m.seller, m.buyer):
            view = side.peer.order(id)
            assert view.dispute.by == (SELLER if who == "seller" else BUYER)
            assert view.dispute.arbiter.persona.id == persona(arbiter)
            assert view.dispute.until == view.deadlines["ruling_by"]
            assert "dispute" not in view.actions
        assert "release" in m.buyer.peer.order(id).actions
        assert "refund" in m.seller.peer.order(id).actions


async def test_what_a_dispute_would_mean_is_told_before(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter, shipped=False)
        view = m.buyer.peer.order(id)
        held = view.quote.total.amount
        assert "dispute" in view.actions
        assert view.dispute.silence[BUYER].amount == held
        assert view.dispute.fee.amount == held * 500 // 10_000
        await m.seller.peer.accept(id)
        await m.seller.peer.ship(id)
        await until(lambda: m.buyer.peer.order(id).dispute.sent)
        silence = m.buyer.peer.order(id).dispute.silence
        assert {silence[BUYER].amount, silence[SELLER].amount} == {held // 2}


async def test_an_order_without_an_arbiter_cannot_be_disputed(autojump_clock):
    async with market() as m:
        id = await sold(m)
        view = m.buyer.peer.order(id)
        assert view.dispute is None and "dispute" not in view.actions
        with pytest.raises(Conflict):
            await m.buyer.peer.dispute(id)


async def test_who_pays_with_another_wallet_is_sent_to_the_page(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter)
        with pytest.raises(Conflict, match="Another wallet"):
            await m.buyer.peer.dispute(id)
        with pytest.raises(Conflict, match="Only"):
            await m.buyer.peer.wallet_request(id, "dispute", m.buyer.address)


async def test_a_wish_to_dispute_survives_a_crash_and_is_sent_once(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter)
        m.chain.set_down(True)
        await m.seller.peer.dispute(id)
        await m.seller.stop()
        m.chain.set_down(False)
        await m.seller.start()
        await until(lambda: stage(m.buyer, id) == "disputed")
        assert m.seller.sent.count("dispute") == 1


async def test_a_seller_does_not_dispute_before_the_mark_of_sending(autojump_clock):
    """Else the arbiter's silence would give everything back for what was sent."""
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter, shipped=False)
        await m.seller.peer.accept(id)
        m.chain.automine = False
        await m.seller.peer.ship(id)
        assert "dispute" not in m.seller.peer.order(id).actions
        with pytest.raises(Conflict, match="marking"):
            await m.seller.peer.dispute(id)
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: "dispute" in m.seller.peer.order(id).actions)


async def test_one_that_comes_too_late_says_so_and_is_not_tried_again(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter)
        m.seller.escrow.refuse = "too late"
        await m.seller.peer.dispute(id)
        await until(lambda: transaction(m.seller, id, "dispute").status == "given_up", 600)
        advice = transaction(m.seller, id, "dispute").advice
        assert advice[0] == "The time in which it could be disputed was over."


class TestSilence:
    async def test_gives_everything_back_for_what_was_not_sent(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id = await bought(m, arbiter, account=None, shipped=False)
            await disputed(m, id, m.seller)  # who disputes early gains nothing by it
            await pass_time(m, m.buyer.peer.order(id).deadlines["ruling_by"])
            await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
            assert m.buyer.peer.order(id).dispute.silent
            assert "timeout" not in m.seller.peer.order(id).actions
            await m.buyer.peer.timeout(id)
            await until(lambda: stage(m.seller, id) == "lapsed")

    @pytest.mark.parametrize("who", ["buyer", "seller"])
    async def test_divides_what_was_sent(self, autojump_clock, who):
        async with judged_market() as (m, arbiter):
            id = await bought(m, arbiter, offer={"lapse_bps": 7_000})
            await disputed(m, id)
            view = m.buyer.peer.order(id)
            await pass_time(m, view.deadlines["ruling_by"])
            side = getattr(m, who)
            await until(lambda: "timeout" in side.peer.order(id).actions)
            await side.peer.timeout(id)
            await until(lambda: stage(m.buyer, id) == "settled")
            held = view.quote.total.amount
            assert m.buyer.peer.order(id).paid_out == {
                "buyer": held - held * 7 // 10,
                "seller": held * 7 // 10,
                "arbiter": 0,
            }
            assert not m.buyer.peer.order(id).dispute.ruled
            assert DAY and "review" in m.buyer.peer.order(id).actions


async def test_two_who_agree_need_no_arbiter(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await bought(m, arbiter)
        await disputed(m, id)
        await m.seller.peer.refund(id)
        await until(lambda: stage(m.buyer, id) == "refunded")
        assert m.buyer.peer.order(id).paid_out["arbiter"] == 0


async def test_an_unpaid_order_tells_who_would_decide(autojump_clock):
    async with judged_market() as (m, arbiter):
        id = await place(m, await listed(m, arbiter), arbiter=persona(arbiter))
        view = m.buyer.peer.order(id)
        assert view.dispute.arbiter.address == arbiter.address
        assert (view.dispute.by, view.dispute.until, view.dispute.silent) == ("", None, False)
