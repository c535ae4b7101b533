import trio

from node.peer.ledger import Ledger
from node.protocol.escrow import Funded
from tests.peer.market import market, unavailable, until
from tests.peer.sales import order, paid, put_up, stage


async def test_a_payment_becomes_seen_then_safe_then_final(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        await until(lambda: m.buyer.peer.order(id).assurance == "seen")
        assert m.buyer.peer.order(id).confirmations == 1
        m.chain.mine(2)
        await until(lambda: m.buyer.peer.order(id).assurance == "safe")
        m.chain.mine(2)
        await until(lambda: m.buyer.peer.order(id).assurance == "final")
        assert m.buyer.peer.order(id).confirmations == 5


async def test_pages_look_again_until_a_payment_is_final(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        await trio.sleep(20)
        async with m.buyer.world.changes.listen() as changes:
            for told in (True, True, True, True, False):
                m.chain.mine()
                await trio.sleep(5)
                heard = []
                while True:
                    try:
                        heard.append(changes.receive_nowait())
                    except trio.WouldBlock:
                        break
                assert (("order", id) in heard) is told, heard


async def test_the_chain_confirms_a_clock_that_is_as_late_as_its_last_block(autojump_clock):
    async with market() as m:
        ledger = m.seller.peer._ledger
        await until(ledger.confirms_clock)
        now, clock = m.seller.clock.now(), m.seller.clock
        for off, right in ((-700, False), (-500, True), (500, True), (700, False)):
            clock.now = lambda off=off: now + off
            assert ledger.confirms_clock() is right
        clock.now = lambda: now
        ledger.head += 1  # of which the events aren't known yet
        assert not ledger.confirms_clock()


async def test_contract_that_is_not_ours_is_never_followed(autojump_clock):
    async with market() as m:
        ledger = Ledger(m.buyer.world)
        checks = []

        async def verify():
            checks.append(1)
            if len(checks) < 3:
                raise unavailable()

        m.buyer.escrow.verify = verify
        async with trio.open_nursery() as nursery:

            async def react(touched, undone):
                pass

            nursery.start_soon(ledger.follow, react)
            await trio.sleep(1)
            assert "answer" in ledger.trouble and ledger.head == 0
            await until(lambda: ledger.head)
            nursery.cancel_scope.cancel()
        assert len(checks) == 3 and ledger.trouble == ""


async def test_a_mistake_while_reacting_is_shown_and_followed_by_another_try(autojump_clock):
    async with market() as m:
        ledger = Ledger(m.buyer.world)
        calls = []

        async def react(touched, undone):
            calls.append(touched)
            if len(calls) == 1:
                raise ZeroDivisionError

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ledger.follow, react)
            await trio.sleep(1)
            assert ledger.trouble
            m.chain.mine()
            await until(lambda: len(calls) > 1 and not ledger.trouble)
            nursery.cancel_scope.cancel()


async def test_a_reorganisation_is_told_also_after_a_restart(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        await until(lambda: stage(m.seller, id) == "funded")
        events = m.seller.store.events(
            m.seller.peer._ledger.account, m.seller.store.orders()[0].escrow_id
        )
        assert [type(event) for event in events] == [Funded]
        await m.seller.stop()
        m.chain.reorg(1)
        await m.seller.start()
        await until(lambda: stage(m.seller, id) == "placed")


async def test_without_a_chain_nothing_can_be_paid(autojump_clock):
    async with market() as m:
        from dataclasses import replace

        ledger = Ledger(replace(m.buyer.world, escrow=None))
        assert ledger.trouble == "no chain is configured"
        assert ledger.events(b"x" * 32) == [] and ledger.chain == ""


async def test_no_time_has_passed_before_every_block_until_now_was_followed(autojump_clock):
    async with market() as m:
        ledger = Ledger(m.buyer.world)
        ledger.head, ledger.head_time, ledger._reached = 10, 100, 5
        assert not ledger.has_passed(50)
        ledger._reached = 10
        assert ledger.has_passed(50) and not ledger.has_passed(100)


async def test_after_blocks_were_undone_no_time_has_passed_before_the_chain_is_as_late_again(
    autojump_clock,
):
    async with market() as m:
        m.chain.pass_time(1000)
        m.chain.mine(8)
        ledger = m.seller.peer._ledger
        await until(lambda: ledger.head == m.chain.head.number)
        assert ledger.has_passed(0)
        late = m.chain.head.time
        m.chain.reorg(m.chain.head.number)
        await until(lambda: ledger.head_time == m.chain.head.time < late)
        assert not ledger.has_passed(0)
        m.chain.pass_time(1000)
        m.chain.mine()
        await until(lambda: ledger.has_passed(0))


async def test_a_chains_node_that_is_set_up_anew_puts_nothing_on_sale_again(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m, availability={"goods": {"stock": {"": 1}}}))
        await paid(m, id)
        await m.seller.peer.accept(id)
        m.chain.set_syncing(True)
        await until(lambda: "catch up" in m.seller.peer.status().chain["state"])
        await trio.sleep(600)
        assert stage(m.seller, id) == "accepted"
        m.chain.set_syncing(False)
        await until(lambda: m.seller.peer.status().chain["state"] == "following")
        stock = m.seller.store.latest("availability", m.seller.world.me, "stoneware-mug")
        assert stock.body["extensions"]["goods"]["stock"] == {"": 0}
