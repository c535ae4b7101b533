"""A deposit: nothing is sent for it; it goes back by itself, and what the seller keeps needs the buyer's consent."""

from tests.peer.market import market, until
from tests.peer.sales import order, put_up, sold, stage
from tests.peer.test_agreements import DAY, PART, PRICE, offered

DEPOSIT = {"offer": {"review": 0, "ship_within": 3 * DAY}}


class TestDeposits:
    async def test_it_goes_back_by_itself_when_its_time_is_over(self, autojump_clock):
        async with market() as m:
            id = await order(m, await put_up(m, **DEPOSIT), account=m.buyer.address)
            await m.buyer.peer.fund(id)
            await until(lambda: m.buyer.sent)
            m.chain.mine(3)
            await until(lambda: "accept" in m.seller.peer.order(id).actions)
            await m.seller.peer.accept(id)
            assert "ship" not in m.seller.peer.order(id).actions
            m.chain.pass_time(4 * DAY)
            m.chain.mine(3)
            await until(lambda: stage(m.buyer, id) == "lapsed")

    async def test_the_seller_keeps_a_part_that_the_buyer_agrees_to(self, autojump_clock):
        async with market() as m:
            id = await sold(m, **DEPOSIT)
            await m.seller.peer.settle(id, PRICE - PART, PART, "A broken handle.")
            await offered(m.buyer, id)
            await m.pay(id, "accept_settlement")
            await until(lambda: stage(m.seller, id) == "settled")
            assert m.seller.peer.order(id).paid_out == {
                "buyer": PRICE - PART,
                "seller": PART,
                "arbiter": 0,
            }
