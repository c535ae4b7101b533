"""What a seller's node pays for buyers without coin: no fee, and no price, outside its settings."""

import pytest
import trio

from node.peer.world import Relay
from tests.peer.market import market, until
from tests.peer.sales import order, stage
from tests.peer.test_relaying import FEE, dollars, sign, spent, trouble


@pytest.mark.parametrize(
    ("relay", "said"),
    [
        (Relay(fee=FEE - 1, daily=10 * FEE, price=5), "above what this node pays"),
        (Relay(fee=2 * FEE, daily=FEE - 1, price=5), "as much in fees"),
    ],
)
async def test_a_fee_above_the_limits_is_not_paid_until_a_person_says_so(
    autojump_clock, relay, said
):
    async with market(relay=relay) as m:
        id = await order(m, await dollars(m))
        await sign(m, id)
        await until(lambda: said in trouble(m.seller, id))
        assert m.seller.sent == []
        m.chain.gas_price //= 3  # fees fall
        await until(lambda: stage(m.seller, id) == "funded")


async def test_a_day_has_its_limit_and_the_next_day_another(autojump_clock):
    async with market(relay=Relay(fee=2 * FEE, daily=FEE, price=5)) as m:
        listing = await dollars(m, availability={"goods": {"stock": {"": 9}}})
        first, second = await order(m, listing), await order(m, listing)
        await sign(m, first)
        await until(lambda: stage(m.seller, first) == "funded")
        await sign(m, second)
        await until(lambda: "as much in fees" in trouble(m.seller, second))
        assert len(m.seller.sent) == 1
        m.chain.pass_time(86_400)
        m.chain.mine()
        third = await order(m, listing)
        await sign(m, third)
        await until(lambda: stage(m.seller, third) == "funded")


async def test_a_raised_fee_is_counted_and_held_to_the_limits_too(autojump_clock):
    async with market(relay=Relay(fee=2 * FEE, daily=FEE * 23 // 20, price=5)) as m:
        id = await order(m, await dollars(m))
        m.chain.automine = False
        await sign(m, id)
        await until(lambda: m.chain.pool)
        await until(lambda: spent(m) == FEE * 11 // 10, 400)
        await trio.sleep(1_200)
        (waiting,) = m.chain.pool  # a second raise would be above the limit of the day
        assert waiting.price * FEE == spent(m) * m.chain.gas_price


def rising(m, monkeypatch) -> None:
    """Fees treble once, when the seller's node has just asked for one."""
    escrow = m.seller.world.escrow
    fee = escrow.fee

    async def cheap(transaction, replaces=()):
        monkeypatch.undo()
        counted = await fee(transaction, replaces)
        m.chain.gas_price *= 3
        return counted

    monkeypatch.setattr(escrow, "fee", cheap)


async def test_no_more_is_paid_than_was_counted(autojump_clock, monkeypatch, caplog):
    async with market(relay=Relay(fee=3 * FEE, daily=10 * FEE, price=5)) as m:
        id = await order(m, await dollars(m))
        rising(m, monkeypatch)
        await sign(m, id)
        await until(lambda: stage(m.seller, id) == "funded")
        assert "chain.fees" in caplog.text
        assert len(m.seller.sent) == 1 and spent(m) == 3 * FEE


async def test_a_small_price_isnt_worth_it(autojump_clock):
    async with market(relay=Relay(fee=2 * FEE, daily=10 * FEE, price=51)) as m:
        id = await order(m, await dollars(m))
        assert not m.buyer.peer.order(id).pays_fees
        await sign(m, id)
        await until(lambda: "relay" in m.seller.peer.order(id).actions)
        assert "below what this node pays" in trouble(m.seller, id)
        await m.seller.peer.relay(id)  # by hand it is
        await until(lambda: stage(m.seller, id) == "funded")
