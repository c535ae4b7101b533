import re
from pathlib import Path

import pytest
import trio

from node.peer import troubles, wishes
from node.peer.troubles import KEEPS_TRYING, NOT_MOVED, NOT_PAID, REASONS, TRY_AGAIN
from tests.peer.market import market, until
from tests.peer.sales import order, paid_too_late, put_up, sold, stage, transaction, wished_in_vain

CONTRACT = Path(__file__).parents[2] / "contracts" / "Escrow.vy"


def test_every_reason_of_the_contract_has_words():
    given = re.findall(r'(?:^\s*assert .*|^\s*\)), "([^"]+)"', CONTRACT.read_text("utf-8"), re.M)
    assert len(given) > 40
    assert set(given) == set(REASONS)


def test_every_sentence_is_one():
    for each in (*REASONS.values(), *troubles.RULES.values()):
        for text in filter(None, (each.happened, each.todo)):
            assert text[0].isupper(), text
            assert text.endswith("."), text


async def test_what_was_given_up_says_where_the_money_is_and_can_be_tried_again(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.refuse = "not enough gas"
        await m.seller.peer.ship(id)
        await until(lambda: transaction(m.seller, id, "deliver").status == "given_up", 600)
        told = transaction(m.seller, id, "deliver")
        assert told.rule == "chain.reverted"
        assert told.advice == (REASONS["not enough gas"].happened, NOT_MOVED, TRY_AGAIN)
        (problem,) = (p for p in m.seller.peer.status().problems if "given up" in p)
        assert REASONS["not enough gas"].happened in problem
        m.seller.escrow.refuse = None
        await m.seller.peer.ship(id)
        await until(lambda: stage(m.seller, id) == "shipped")
        assert transaction(m.seller, id, "deliver").advice == ()


@pytest.mark.parametrize("reason", ["too late", "no such order"])
async def test_what_leads_nowhere_is_not_to_be_tried_again(autojump_clock, reason):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.refuse = reason
        await m.seller.peer.ship(id)
        await until(lambda: transaction(m.seller, id, "deliver").status == "given_up", 600)
        advice = transaction(m.seller, id, "deliver").advice
        assert REASONS[reason].todo in advice
        assert TRY_AGAIN not in advice
        assert (NOT_MOVED in advice) == (not REASONS[reason].moved)


async def test_a_reason_that_nobody_knows_is_quoted(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.seller.escrow.refuse = "not today"
        await m.seller.peer.refund(id)
        await until(lambda: transaction(m.seller, id, "refund").status == "given_up", 600)
        advice = transaction(m.seller, id, "refund").advice
        assert advice == (troubles.REFUSED.happened, "“not today”", NOT_MOVED, TRY_AGAIN)


async def test_an_empty_wallet_is_told_while_the_node_keeps_trying(autojump_clock):
    async with market() as m:
        id = await wished_in_vain(m)
        told = transaction(m.buyer, id, "fund")
        funds = troubles.RULES["chain.funds"]
        assert told.rule == "chain.funds"
        assert told.advice == (funds.happened, NOT_PAID, funds.todo, KEEPS_TRYING)
        m.buyer.escrow.poor = False
        await until(lambda: stage(m.buyer, id) == "funded")
        assert transaction(m.buyer, id, "fund").advice == ()


async def test_a_chain_that_does_not_answer_is_no_fault_of_the_order(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.set_down(True)
        await m.seller.peer.refund(id)
        await trio.sleep(60)
        m.chain.set_down(False)
        await until(lambda: stage(m.seller, id) == "refunded")
        assert transaction(m.seller, id, "refund").advice == ()


async def test_a_payment_that_came_too_late_is_explained(autojump_clock):
    async with market() as m:
        id = await paid_too_late(m)
        late = troubles.RULES["order.late"]
        assert transaction(m.buyer, id, "fund").advice == (late.happened, NOT_PAID, late.todo)


async def test_what_waits_long_and_what_is_lost_is_told(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.automine = False
        await m.pay(id)
        await trio.sleep(60)
        assert transaction(m.buyer, id, "fund").advice == ()
        await trio.sleep(troubles.TOLD_AFTER + 60)
        assert transaction(m.buyer, id, "fund").advice == (troubles.SLOW, troubles.NOT_YET)
        assert "fund" not in m.buyer.peer.order(id).actions
        m.chain.pool.clear()
        await until(lambda: transaction(m.buyer, id, "fund").status == "unknown", 600)
        await trio.sleep(wishes.FORGOTTEN_AFTER + 60)
        assert transaction(m.buyer, id, "fund").advice == (troubles.LOST, NOT_PAID, TRY_AGAIN)
        m.chain.automine = True
        await m.pay(id)
        await until(lambda: stage(m.buyer, id) == "funded")
        assert transaction(m.buyer, id, "fund").advice == ()


async def test_what_the_chain_shows_long_since_is_no_trouble(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await trio.sleep(wishes.FORGOTTEN_AFTER + troubles.TOLD_AFTER)
        assert transaction(m.buyer, id, "fund").status == "mined"
        assert transaction(m.buyer, id, "fund").advice == ()


async def test_one_that_waits_long_is_told_although_its_fees_were_raised(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.automine = False
        await m.seller.peer.ship(id)
        await trio.sleep(troubles.TOLD_AFTER - 60)
        assert transaction(m.seller, id, "deliver").advice == ()
        await trio.sleep(120)
        assert troubles.SLOW in transaction(m.seller, id, "deliver").advice
        assert len(m.seller.sent) > 2
