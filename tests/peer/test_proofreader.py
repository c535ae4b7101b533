"""A chain's node that leaves logs out: what was missed is found, and nothing is forgotten because of it."""

import trio

from node.contracts.deploy import deploy_market
from node.contracts.escrow import EvmEscrow
from node.devchain.accounts import KEYS
from node.main import SystemClock
from node.peer import proofreader
from node.peer.agenda import Agenda
from node.peer.deals import UNPAID_KEPT
from node.peer.ledger import Ledger
from node.peer.proofreader import EARLIER, EVERY, LEFT_OUT, RETRY, Proofreader
from node.peer.world import Keyring, Settings, World
from node.protocol.errors import Unavailable
from node.protocol.escrow import DAY, NO_PAYEES, NOBODY, Terms, address_of, escrow_id
from node.protocol.registry import standard
from node.store import open_store
from tests.chains import ForgetfulRpc, post, start_chain
from tests.fakes.escrow import FINAL_DEPTH
from tests.peer.market import market, until
from tests.peer.sales import order, place, put_up, sold, stage

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


async def test_without_old_state_the_second_reading_is_left(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await pay_unseen(m, id)

        async def refuse(id, block):
            raise Unavailable("chain.refused", "missing trie node")

        m.seller.escrow.pot = refuse
        await until(lambda: stage(m.seller, id) == "funded", LONG)


async def test_a_reorganisation_takes_the_second_reading_back(autojump_clock):
    async with market() as m:
        m.chain.mine(10 - m.chain.head.number)
        ledger = m.seller.peer._ledger
        await until(lambda: ledger.read_twice == 6, LONG)
        m.chain.reorg(8)
        await until(lambda: ledger.read_twice == 2)
        await until(lambda: ledger.read_twice == 6, LONG)


async def test_a_payment_from_before_the_order_arrived_is_found_too(autojump_clock):
    """The order was in the mail for hours; whoever answered meanwhile left its payment out, both times."""
    async with market() as m:
        listing = await put_up(m)
        await m.seller.stop()
        id = await place(m, listing)
        m.chain.forgetful = True
        await m.pay(id)
        m.chain.mine()
        m.chain.pass_time(2 * EARLIER)
        m.chain.mine(6)
        await m.seller.start()
        ledger = m.seller.peer._ledger
        await until(lambda: m.seller.store.orders(), LONG)
        await trio.sleep(LONG)
        assert ledger.read_twice == m.chain.head.number - FINAL_DEPTH  # in vain
        m.chain.forgetful = False
        await until(lambda: stage(m.seller, id) == "funded", RETRY + LONG)


async def test_what_the_second_reading_has_mended_is_no_trouble_however_many_orders_there_are(
    autojump_clock, monkeypatch
):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 20}}})
        ids = [await order(m, listing) for _ in range(12)]
        monkeypatch.setattr(proofreader, "MAX_ASKED", 2)
        m.chain.forgetful = True
        for id in ids[:3]:
            await m.pay(id)
        m.chain.mine(5)
        ledger, told, block_at = m.seller.peer._ledger, set(), m.seller.escrow.block_at

        async def remember(time):
            m.chain.forgetful = False
            return await block_at(time)

        m.seller.escrow.block_at = remember
        for _ in range(int(16 * EVERY / 5)):
            await trio.sleep(5)
            told.add(ledger.doubt)
        assert not m.chain.forgetful
        assert all(stage(m.seller, id) == "funded" for id in ids[:3])
        assert told == {""}


async def test_what_the_contract_said_of_orders_that_are_over_is_forgotten(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        ledgers = [side.peer._ledger for side in (m.seller, m.buyer)]
        await until(lambda: all(ledger._unpaid for ledger in ledgers), LONG)
        ship_by = m.buyer.peer.order(id).terms["ship_by"]
        m.chain.pass_time(ship_by + 2 * UNPAID_KEPT - m.chain.head.time)
        m.chain.mine(5)
        await until(lambda: not m.seller.store.orders(), LONG)
        await until(lambda: not any(ledger._unpaid for ledger in ledgers), LONG)


async def test_many_events_of_one_order_are_compared_with_one_look(autojump_clock, monkeypatch):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.pay(id)
        ledger = m.seller.peer._ledger
        escrow_id = m.seller.store.orders()[0].escrow_id
        (event,) = await until(lambda: ledger.events(escrow_id))
        looks, look = [], m.seller.store.events
        monkeypatch.setattr(
            m.seller.store, "events", lambda *asked: looks.append(asked) or look(*asked)
        )
        assert ledger.add_missed([event] * 100) == set()
        assert len(looks) == 1


async def test_an_unpaid_order_is_forgotten_also_without_old_state(autojump_clock, monkeypatch):
    """Many nodes of a chain keep the state of the last blocks alone, and finality is further back."""
    monkeypatch.setattr(proofreader, "RECENT", FINAL_DEPTH - 1)
    async with market() as m:
        listing = await put_up(m)
        await order(m, listing)
        paid_one = await order(m, listing)
        await m.pay(paid_one)
        ledger, pot = m.seller.peer._ledger, m.seller.escrow.pot

        async def forgetful(id, block):
            if block <= ledger.followed_final:
                raise Unavailable("chain.refused", "missing trie node")
            return await pot(id, block)

        m.seller.escrow.pot = forgetful
        ship_by = m.seller.peer.order(paid_one).terms["ship_by"]
        m.chain.pass_time(ship_by + 2 * UNPAID_KEPT - m.chain.head.time)
        m.chain.mine(5)
        await until(lambda: len(m.seller.store.orders()) == 1, LONG)
        assert m.seller.peer.order(paid_one).stage == "funded"


async def test_from_a_real_chain_whose_node_forgets_to_a_real_store(tmp_path, monkeypatch):
    monkeypatch.setattr(proofreader, "EVERY", 0.05)
    with start_chain("devchain") as url:
        market = await deploy_market(url, [])
        rpc = ForgetfulRpc(url)
        contract = bytes.fromhex(market["escrow"][2:])
        escrow = EvmEscrow(rpc, 31_337, contract, market["since"], (), KEYS[0], poll=0.02)
        store = open_store(tmp_path / "store", standard(), b"k" * 32)
        world = World(
            SystemClock(),
            store,
            None,
            escrow,
            standard(),
            Keyring(b"s" * 32),
            Settings("etal-test"),
        )
        ledger, reacted = Ledger(world), []

        async def react(touched: set[bytes], undone: bool) -> None:
            reacted.extend(touched)

        time = int(post(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
        parties = [address_of(key) for key in (KEYS[0], KEYS[1], KEYS[2])]
        terms = Terms(
            *parties, NOBODY, NOBODY, 1_000, time + DAY, DAY, 0, 0, 0, NO_PAYEES, b"\1" * 32
        )
        id = escrow_id(terms, 31_337, contract)
        rpc.forgets = True
        await escrow.send(escrow.fund(terms))
        post(url, "anvil_mine", hex(10))
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ledger.follow, react)
                while not ledger.followed_final:
                    await trio.sleep(0.02)
                assert not ledger.events(id) and not reacted
                rpc.forgets = False
                nursery.start_soon(Proofreader(world, ledger, Agenda()).run, react)
                while not reacted:
                    await trio.sleep(0.02)
                nursery.cancel_scope.cancel()
        (event,) = store.events(ledger.account, id)
        assert reacted == [id] and event.terms == terms
        assert store.unseen_funded(ledger.account, terms.seller) == [event]
        store.close()
        await escrow.aclose()
