"""Deadlines pass without anything happening: open pages hear of it at once, and what follows by itself is done."""

from contextlib import asynccontextmanager

import pytest
import trio

from node.peer.ledger import RETRY_AFTER
from tests.peer.market import market, until
from tests.peer.sales import order, put_up, sold, stage

DAY = 86_400
BEFORE = 30  # seconds


async def shortly_before(m, moment):
    """All is final, no block comes any more, and it is BEFORE the moment."""
    m.chain.mine(6)
    m.chain.pass_time(moment - BEFORE - m.chain.head.time - 1)
    m.chain.mine()
    await trio.sleep(2 * RETRY_AFTER)


@asynccontextmanager
async def told(side, id):
    """When the pages of this order are told that it has changed, by the clock of the node."""
    times = []

    async def listen(task_status):
        async with side.world.changes.listen() as changes:
            task_status.started()
            async for topic, which in changes:
                if (topic, which) == ("order", id):
                    times.append(side.world.now())

    async with trio.open_nursery() as nursery:
        await nursery.start(listen)
        yield times
        nursery.cancel_scope.cancel()


async def passes(m, side, id, name):
    """Let the deadline pass; the pages hear of it once, soon after."""
    moment = side.peer.order(id).deadlines[name]
    await shortly_before(m, moment)
    async with told(side, id) as times:
        await trio.sleep(2 * BEFORE)
        (heard,) = times
        assert moment < heard <= moment + 2 * RETRY_AFTER


@pytest.mark.parametrize("restart", [False, True])
async def test_an_unpaid_order_expires_before_the_eyes_of_both(autojump_clock, restart):
    async with market() as m:
        id = await order(m, await put_up(m))
        if restart:
            await m.seller.restart()
        await passes(m, m.seller, id, "fund_by")
        assert stage(m.seller, id) == stage(m.buyer, id) == "expired"


async def test_what_was_not_shipped_in_time_can_be_taken_back_at_once(autojump_clock):
    async with market() as m:
        id = await sold(m)
        assert "take_back" not in m.buyer.peer.order(id).actions
        await passes(m, m.buyer, id, "take_back_after")
        assert "take_back" in m.buyer.peer.order(id).actions


async def test_the_end_of_the_review_time_lets_the_seller_collect_at_once(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.seller.peer.ship(id)
        await until(lambda: "release_by" in m.seller.peer.order(id).deadlines)
        await passes(m, m.seller, id, "release_by")
        assert "timeout" in m.seller.peer.order(id).actions


async def test_a_signed_refund_that_expires_is_signed_anew(autojump_clock):
    async with market() as m:
        id = await sold(m, offer={"ship_within": 60 * DAY})
        await m.seller.peer.decline(id)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        first = m.buyer.peer.order(id).deadlines["refund_until"]
        await shortly_before(m, first)
        await trio.sleep(2 * BEFORE)
        assert m.buyer.peer.order(id).deadlines["refund_until"] > first
        assert "take_back" in m.buyer.peer.order(id).actions
