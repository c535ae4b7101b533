import weakref

import pytest
import trio

from node.peer import chores
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict
from tests.fakes.chain import MemoryChain
from tests.peer.market import BUYER_ACCOUNT, market, until
from tests.peer.sales import order, paid, paid_too_late, put_up, sold, stage, transaction


def folds(side, monkeypatch):
    """Ids of orders that are folded from now on."""
    seen = []
    deals = side.peer._deals
    fold = deals.deal

    def counted(row):
        seen.append(row.id)
        return fold(row)

    monkeypatch.setattr(deals, "deal", counted)
    return seen


async def test_blocks_cost_nothing_for_orders_that_they_do_not_touch(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 20}}})
        ids = [await order(m, listing) for _ in range(5)]
        await trio.sleep(30)
        seen = folds(m.seller, monkeypatch)
        m.chain.mine(20)
        await trio.sleep(60)
        assert seen == []
        await m.pay(ids[0])
        await trio.sleep(10)
        assert set(seen) == {id_from_text(ids[0])}


async def test_after_a_reorganisation_every_open_order_is_looked_at(autojump_clock, monkeypatch):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.mine(5)
        await trio.sleep(30)
        seen = folds(m.seller, monkeypatch)
        m.chain.reorg(2)
        await trio.sleep(10)
        assert set(seen) == {id_from_text(id)}


async def test_a_mistake_in_one_order_stops_no_other(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        bad, good = await order(m, listing), await order(m, listing)
        fold = m.seller.peer._deals.deal

        def broken(row):
            if row.id == id_from_text(bad):
                raise ZeroDivisionError
            return fold(row)

        monkeypatch.setattr(m.seller.peer._deals, "deal", broken)
        await m.pay(bad)
        await paid(m, good)
        monkeypatch.undo()
        m.seller.peer._agenda.touch_failed()  # as housekeeping does
        await until(lambda: "accept" in m.seller.peer.order(bad).actions)


async def test_a_mistake_while_sending_stops_no_other(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        first, second = await order(m, listing), await order(m, listing)
        await paid(m, first)
        await paid(m, second)
        m.seller.escrow.broken = ZeroDivisionError()
        await m.seller.peer.ship(first)
        await until(lambda: stage(m.buyer, first) == "shipped")
        m.seller.escrow.broken = None
        await m.seller.peer.ship(second)
        await until(lambda: not m.seller.notes(second)["wishes"])


async def test_what_is_over_for_good_is_left_alone_after_a_restart(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.pay(id, "release")
        m.chain.mine(2)
        await trio.sleep(10)
        assert "closed" not in m.seller.notes(id)  # it could still be undone
        m.chain.mine(5)
        await until(lambda: m.seller.notes(id).get("closed"))
        await until(lambda: m.buyer.notes(id).get("closed"))
        await m.seller.restart()
        assert len(m.seller.peer._agenda) == 0
        assert stage(m.seller, id) == "released"


async def test_a_seller_forgets_who_never_paid_and_the_buyer_remembers(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        assert id_from_text(id) in m.seller.peer._agenda
        m.chain.pass_time(40 * 86_400)
        m.chain.mine()
        await trio.sleep(1)
        look_at_all(m.seller)
        await until(lambda: not m.seller.store.orders(), 400)  # the contract is asked first
        assert stage(m.buyer, id) == "expired"


async def test_a_payment_given_up_is_no_trouble_any_more_once_it_can_not_be_made(autojump_clock):
    async with market() as m:
        id = await paid_too_late(m)
        assert any("given up" in problem for problem in m.buyer.peer.status().problems)
        m.chain.pass_time(40 * 86_400)
        m.chain.mine()
        await until(lambda: m.buyer.notes(id).get("closed"), 400)  # the contract is asked first
        for _ in range(2):
            assert len(m.buyer.peer._agenda) == 0
            assert not any("given up" in problem for problem in m.buyer.peer.status().problems)
            await m.buyer.restart()
            await trio.sleep(30)
        assert transaction(m.buyer, id, "fund").status == "given_up"  # its page still says so


async def test_nothing_is_forgotten_before_the_chain_was_followed_until_now(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.seller.stop()
        await m.pay(id)
        m.chain.pass_time(40 * 86_400)
        m.chain.mine(5)
        m.seller.escrow.blind = True
        await m.seller.start()
        look_at_all(m.seller)
        await trio.sleep(30)
        assert m.seller.store.orders()
        m.seller.escrow.blind = False
        await until(lambda: stage(m.seller, id) == "funded")


def look_at_all(side):
    """As housekeeping does now and then."""
    side.peer._agenda.touch_all()
    side.peer._chores.hurry()


async def test_the_chain_goes_away_and_comes_back(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        m.chain.set_down(True)
        await until(lambda: "answer" in m.seller.peer.status().chain["state"])
        assert any("chain" in problem for problem in m.seller.peer.status().problems)
        m.chain.set_down(False)
        await until(lambda: m.seller.peer.status().chain["state"] == "following")
        await paid(m, id)


async def test_a_seller_restarts_between_payment_and_shipping(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        await m.seller.stop()
        await m.pay(id)
        m.chain.mine(3)
        await m.seller.start()
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
        await m.seller.peer.accept(id)
        await m.seller.restart()
        await m.seller.peer.ship(id)
        await until(lambda: stage(m.buyer, id) == "shipped")
        assert m.seller.sent == ["deliver"]


@pytest.mark.parametrize("work", ["look", "begin"])
async def test_other_tasks_have_their_turn_while_many_orders_are_read(
    autojump_clock, monkeypatch, work
):
    monkeypatch.setattr(chores, "YIELD_EVERY", 2)
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 20}}})
        for _ in range(6):
            await order(m, listing)
        await trio.sleep(10)
        turns = []

        async def other():
            while True:
                turns.append(trio.current_time())
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            if work == "begin":
                await m.seller.peer._chores.begin()
            else:
                await m.seller.peer._chores.look({row.id for row in m.seller.store.orders()})
            nursery.cancel_scope.cancel()
        assert len(turns) >= 2


async def test_no_pieces_are_reserved_for_what_was_declined_while_others_were_pick(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        chores, selling = m.seller.peer._chores, m.seller.peer._selling
        read, declined = chores._pick, []

        async def slow(ids):
            deals = await read(ids)
            if any(selling._can_reserve(deal) for deal in deals) and not declined:
                declined.append(id)
                await m.seller.peer.decline(id)
            return deals

        chores._pick = slow
        await m.pay(id)
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, id) == "declined")
        assert declined and "stock" not in m.seller.notes(id)


async def test_of_orders_that_nobody_has_paid_one_at_a_time_is_in_memory(
    autojump_clock, monkeypatch
):
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 20}}})
        ids = [await order(m, listing) for _ in range(8)]
        for id in ids[:2]:
            await paid(m, id)
        fold, folded, most = m.seller.peer._deals.deal, [], 0

        def counted(row):
            nonlocal most
            deal = fold(row)
            folded.append(weakref.ref(deal))
            most = max(most, sum(each() is not None for each in folded))
            return deal

        monkeypatch.setattr(m.seller.peer._deals, "deal", counted)
        await m.seller.peer._chores.look(set(map(id_from_text, ids)))
        assert len(folded) >= len(ids)
        assert most <= 4  # two are paid


async def over(m):
    """An order that has been closed for good on both sides."""
    id = await sold(m)
    await m.pay(id, "release")
    m.chain.mine(8)
    await until(lambda: m.seller.notes(id).get("closed") and m.buyer.notes(id).get("closed"))
    return id


async def test_what_is_begun_for_a_closed_order_opens_it_again_for_as_long_as_it_takes(
    autojump_clock,
):
    async with market() as m:
        id = await over(m)
        await m.buyer.peer.note_transaction(id, "withdraw", "0x" + "ab" * 32)
        await until(lambda: not m.buyer.notes(id)["closed"])
        await m.buyer.restart()
        assert id_from_text(id) in m.buyer.peer._agenda
        await until(lambda: m.buyer.notes(id)["closed"], 3600)  # no chain has ever heard of it


async def test_what_was_wished_just_before_a_crash_is_seen_to_after_it(autojump_clock):
    async with market() as m:
        id = id_from_text(await over(m))
        row = m.seller.store.order(id)
        m.seller.store.update_order(id, notes=m.seller.peer._wishes.ask(row, "refund"))
        await m.seller.restart()
        await until(lambda: not m.seller.store.order(id).notes["wishes"])


async def test_a_closed_order_whose_end_is_undone_goes_on(autojump_clock):
    async with market() as m:
        id = await over(m)
        payout = m.seller.peer._ledger.events(m.seller.store.order(id_from_text(id)).escrow_id)[-1]
        m.chain.reorg(m.chain.head.number - payout.where.block + 1)
        await until(lambda: stage(m.buyer, id) == "funded")
        await m.pay(id, "release")
        await until(lambda: stage(m.seller, id) == "released")
        for side in (m.seller, m.buyer):
            await until(lambda side=side: not side.notes(id)["closed"])
            assert id_from_text(id) in side.peer._agenda
        m.chain.mine(8)
        await until(lambda: m.seller.notes(id)["closed"])


async def moved(side, chain):
    """Its owner gives it another chain."""
    await side.stop()
    side.chain = chain
    chain.give(side.account, 10**18)
    side.build()
    await side.start()


async def test_an_order_of_another_chain_is_kept_as_it_was_and_left_alone(autojump_clock):
    async with market() as m:
        paid_one = await sold(m, availability={"goods": {"stock": {"": 5}}})
        unpaid = await order(m, m.buyer.peer.listing_by_id(m.buyer.peer.order(paid_one).listing.id))
        m.seller.escrow.poor = True
        await m.seller.peer.ship(paid_one)
        await until(lambda: stage(m.buyer, paid_one) == "shipped")
        first, second = m.chain, MemoryChain(chain_id=11_155_111)
        await moved(m.seller, second)
        second.pass_time(300 * 86_400)
        second.mine(10)
        await trio.sleep(7 * 3600)
        assert m.seller.sent == [] and m.seller.peer.listings()[0].stock == 4
        assert len(m.seller.store.orders()) == 2
        for id, known in ((paid_one, "shipped"), (unpaid, "expired")):
            view = m.seller.peer.order(id)
            assert (view.followed, view.stage, view.actions) == (False, known, ("message",))
            assert (view.chain, view.assurance) == ("eip155:31337", "none")
            for verb in (m.seller.peer.refund, m.seller.peer.accept, m.seller.peer.decline):
                with pytest.raises(Conflict, match=r"on eip155:31337, which your node") as refused:
                    await verb(id)
                assert refused.value.rule == "order.chain"
        await m.seller.peer.message(paid_one, "My node is on another chain, wait.")
        await until(lambda: len(m.buyer.peer.order(paid_one).messages) == 3)
        await moved(m.seller, first)
        await until(lambda: m.seller.sent == ["deliver"])
        assert m.seller.peer.order(paid_one).followed


async def test_a_buyers_node_pays_nothing_on_another_chain(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing, account=m.buyer.address)
        by_hand = await order(m, listing)
        m.buyer.escrow.poor = True
        await m.buyer.peer.fund(id)
        await trio.sleep(30)
        await moved(m.buyer, MemoryChain(chain_id=11_155_111))
        await trio.sleep(3600)
        assert m.buyer.sent == []
        for verb in ("fund", "withdraw"):
            with pytest.raises(Conflict) as refused:
                await m.buyer.peer.wallet_request(by_hand, verb, BUYER_ACCOUNT)
            assert refused.value.rule == "order.chain"
        m.buyer.chain.pass_time(300 * 86_400)
        m.buyer.chain.mine(10)
        await trio.sleep(7 * 3600)
        assert not m.buyer.notes(id).get("closed")
