"""A chain's node that leaves logs out: what was missed is found, and nothing is forgotten because of it."""

import trio

from node.peer import proofreader
from node.peer.deals import UNPAID_KEPT
from node.peer.proofreader import EVERY, LEFT_OUT, RETRY
from tests.fakes.escrow import FINAL_DEPTH
from tests.peer.market import market, until
from tests.peer.sales import order, put_up, sold, stage

LONG = 6 * EVERY


async def pay_unseen(m, id: str) -> None:
    """Fund the order while the chain's nodes leave out its event, and go on until that block is final."""
    m.chain.forgetful = True
    await m.pay(id)
    m.chain.mine(5)
    await trio.sleep(60)
    assert stage(m.seller, id) == "placed"
    m.chain.forgetful = False


async def test_a_payment_that_was_left_out_is_found_by_the_second_reading(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await pay_unseen(m, id)
        await until(lambda: stage(m.seller, id) == "funded" == stage(m.buyer, id), LONG)
        (event,) = m.seller.peer._ledger.events(m.seller.store.orders()[0].escrow_id)
        assert m.seller.peer._ledger.assurance([event])[0] == "final"


async def test_a_release_that_was_left_out_is_found(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.forgetful = True
        await m.pay(id, "release")
        m.chain.mine(5)
        await trio.sleep(60)
        m.chain.forgetful = False
        await until(lambda: stage(m.seller, id) == "released" == stage(m.buyer, id), LONG)


async def test_money_for_an_order_that_nobody_knows_is_found_too(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await pay_unseen(m, id)
        ledger, store = m.seller.peer._ledger, m.seller.store
        (row,) = store.orders()
        store.forget_order(row.id)
        await until(lambda: ledger.events(row.escrow_id), LONG)
        (event,) = ledger.events(row.escrow_id)
        assert store.unseen_funded(ledger.account, event.terms.seller) == [event]


async def test_each_block_is_read_twice_and_no_more_also_after_a_restart(autojump_clock):
    async with market() as m:
        read = []

        def overhear(escrow) -> None:
            reading = escrow.read

            async def note(first, last):
                covered, events = await reading(first, last)
                read.append((first, covered))
                return covered, events

            escrow.read = note

        overhear(m.seller.escrow)
        m.chain.mine(9 - m.chain.head.number)
        await trio.sleep(LONG)
        assert read == [(1, 3), (4, 5)]
        await m.seller.stop()
        overhear(m.seller.escrow)
        await m.seller.start()
        m.chain.mine(3)
        await trio.sleep(LONG)
        assert read[2:] == [(6, 8)]


async def test_nothing_is_read_again_before_a_round_has_passed(autojump_clock):
    async with market() as m:
        await trio.sleep(EVERY + 1)
        assert m.seller.peer._ledger.read_twice == 0
        await trio.sleep(EVERY)
        assert m.seller.peer._ledger.read_twice == m.chain.head.number - FINAL_DEPTH


async def test_an_index_that_lags_longer_than_that_is_found_out_by_the_contract(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.forgetful = True
        await m.pay(id)
        m.chain.mine(5)
        await trio.sleep(LONG)
        ledger = m.seller.peer._ledger
        assert ledger.read_twice >= 2  # in vain
        assert ledger.trouble == LEFT_OUT
        assert any(LEFT_OUT in problem for problem in m.seller.peer.status().problems)
        m.chain.forgetful = False
        await until(lambda: stage(m.seller, id) == "funded" == stage(m.buyer, id), RETRY + LONG)
        await until(lambda: not ledger.trouble, LONG)


async def test_an_unpaid_order_is_not_forgotten_while_the_contract_holds_its_money(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.forgetful = True
        await m.pay(id)
        deal = m.seller.peer._deals.deal(m.seller.store.orders()[0])
        m.chain.pass_time(deal.terms.ship_by + 2 * UNPAID_KEPT - m.chain.head.time)
        m.chain.mine(5)
        await trio.sleep(8 * 3600)  # every open order is looked at every six hours
        assert m.seller.store.orders()
        m.chain.forgetful = False
        m.chain.pass_time(RETRY)
        m.chain.mine()
        await until(lambda: m.seller.peer.order(id).assurance == "final", LONG)


async def test_a_few_orders_at_a_time_are_compared_each_in_its_turn(autojump_clock, monkeypatch):
    monkeypatch.setattr(proofreader, "MAX_ASKED", 2)
    async with market() as m:
        listing = await put_up(m)
        for _ in range(5):
            await order(m, listing)
        asked = []

        async def note(id, block, *, pot=m.buyer.escrow.pot):
            asked.append(id)
            return await pot(id, block)

        m.buyer.escrow.pot = note
        await trio.sleep(3 * EVERY + 10)
        rows = m.buyer.store.orders()
        assert len(asked) == 6 and set(asked) == {row.escrow_id for row in rows if row.escrow_id}


async def test_a_chain_that_doesnt_answer_is_asked_again(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await pay_unseen(m, id)
        m.chain.set_down(True)
        await trio.sleep(3 * EVERY)
        m.chain.set_down(False)
        await until(lambda: stage(m.seller, id) == "funded", LONG)


async def test_a_reorganisation_takes_the_second_reading_back(autojump_clock):
    async with market() as m:
        m.chain.mine(10 - m.chain.head.number)
        ledger = m.seller.peer._ledger
        await until(lambda: ledger.read_twice == 6, LONG)
        m.chain.reorg(8)
        await until(lambda: ledger.read_twice == 2)
        await until(lambda: ledger.read_twice == 6, LONG)
