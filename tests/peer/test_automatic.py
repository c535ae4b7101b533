"""What time has decided happens by itself for the side that it favours, where its node's wallet can send it."""

import trio

from tests.peer.market import market, until
from tests.peer.sales import sold, stage, transaction
from tests.peer.test_agreements import sold_by_node

DAY = 86_400


async def shipped(m) -> str:
    id = await sold_by_node(m)
    await m.seller.peer.accept(id)
    await m.seller.peer.ship(id)
    await until(lambda: "release_by" in m.seller.peer.order(id).deadlines)
    m.seller.sent.clear()
    return id


def pass_time(m, days: int) -> None:
    m.chain.pass_time(days * DAY)
    m.chain.mine(3)


async def test_the_sellers_node_collects_when_the_review_time_is_over(autojump_clock):
    async with market() as m:
        id = await shipped(m)
        pass_time(m, 20)
        await trio.sleep(60)
        assert m.seller.sent == []
        pass_time(m, 2)
        await until(lambda: stage(m.seller, id) == "released")
        assert (m.seller.sent, m.buyer.sent) == (["timeout"], [])


async def test_the_buyers_node_takes_back_what_was_not_sent_in_time(autojump_clock):
    async with market() as m:
        id = await sold_by_node(m)
        pass_time(m, 8)
        await until(lambda: stage(m.buyer, id) == "lapsed")
        assert m.buyer.sent == ["timeout"]


async def test_the_buyers_node_fetches_the_refund_of_what_was_declined(autojump_clock):
    async with market() as m:
        id = await sold_by_node(m)
        await m.seller.peer.decline(id)
        await until(lambda: stage(m.buyer, id) == "refunded")
        assert (m.buyer.sent, m.seller.sent) == (["settle"], [])


async def test_what_its_seller_says_to_have_sent_waits_for_a_person(autojump_clock):
    async with market() as m:
        id = await sold_by_node(m)
        m.seller.escrow.poor = True  # said, and never marked
        await m.seller.peer.ship(id)
        await until(lambda: stage(m.buyer, id) == "shipped")
        pass_time(m, 8)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        await trio.sleep(600)
        assert m.buyer.sent == []


async def test_what_another_wallet_paid_waits_for_that_wallet(autojump_clock):
    async with market() as m:
        id = await sold(m)
        pass_time(m, 8)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
        await trio.sleep(600)
        assert m.buyer.sent == []


async def test_it_can_be_turned_off(autojump_clock):
    async with market(auto_collect=False) as m:
        id = await shipped(m)
        pass_time(m, 22)
        await until(lambda: "timeout" in m.seller.peer.order(id).actions)
        await trio.sleep(600)
        assert m.seller.sent == []


async def test_without_gas_its_owner_is_told_and_it_goes_on_once_there_is_some(autojump_clock):
    async with market() as m:
        id = await shipped(m)
        m.seller.escrow.poor = True
        pass_time(m, 22)
        shown = await until(lambda: (t := transaction(m.seller, id, "timeout")) and t.trouble and t)
        assert "Send it some coins" in " ".join(shown.advice)
        m.seller.escrow.poor = False
        await until(lambda: stage(m.seller, id) == "released")


async def test_a_clock_that_is_ahead_sends_nothing_too_early(autojump_clock):
    async with market() as m:
        id = await shipped(m)
        m.seller.clock._begin += 22 * DAY  # by our clock it is over
        await until(lambda: "timeout" in m.seller.peer.order(id).actions)
        await trio.sleep(600)
        assert (m.seller.sent, m.seller.escrow.refused) == ([], 0)
        pass_time(m, 22)
        await until(lambda: stage(m.seller, id) == "released")


async def test_it_survives_a_crash(autojump_clock):
    async with market() as m:
        id = await shipped(m)
        await m.seller.stop()
        pass_time(m, 22)
        await m.seller.start()
        await until(lambda: stage(m.seller, id) == "released")
        assert m.seller.sent == ["timeout"]
