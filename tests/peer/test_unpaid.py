import pytest
import trio

from node.peer import unpaid
from node.peer.proofreader import EVERY
from node.peer.unpaid import Unpaid
from node.ports import OrderRow
from node.protocol.encoding import id_from_text
from node.protocol.errors import Ignored
from tests.fakes.chain import MemoryChain
from tests.peer.market import market
from tests.peer.sales import order, paid, place, put_up
from tests.peer.test_chores import moved
from tests.peer.test_deals import message, placed, take

ANNA, BERT = b"anna", b"bert"
NOW = 1_000_000


def row(id, buyer=ANNA, created=NOW):
    return OrderRow(id, "seller", b"offer", buyer, b"escrow" + id, created)


def test_what_is_overdue_waits_no_more_but_is_still_kept(monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_OPEN_OF_ONE", 1)
    orders, until = Unpaid(), NOW + 2 * unpaid.WAITS
    orders.expect(row(b"1"), fund_by=until)
    with pytest.raises(Ignored, match="too many"):
        orders.check_room(ANNA, until)
    orders.check_room(BERT, NOW)
    orders.check_room(ANNA, until + 1)
    monkeypatch.setattr(unpaid, "MAX_KEPT", 1)
    with pytest.raises(Ignored, match="too many"):
        orders.check_room(BERT, until + 1)
    orders.drop(b"1")
    orders.check_room(BERT, until + 1)


def test_the_longest_overdue_come_first_and_none_that_still_waits():
    orders = Unpaid()
    for number, age in enumerate((1, 3, 2, 0)):
        orders.expect(row(b"%d" % number, created=NOW - age), fund_by=None)
    assert [id for id, _ in orders.overdue(NOW + unpaid.WAITS)] == [b"1", b"2", b"0"]


async def test_strangers_orders_make_room_for_later_ones(autojump_clock, monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_KEPT", 2)
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 9}}})
        abandoned = await order(m, listing)
        answered = await order(m, listing)
        await m.seller.peer.message(answered, "Do you still want it?")
        m.chain.pass_time(unpaid.WAITS + 86_400)
        m.chain.mine()
        too_early = await place(m, listing)
        with pytest.raises(
            Ignored, match="too many"
        ):  # the contract hasn't said yet that it holds nothing
            take(m.seller, placed(m, too_early)[0])
        m.chain.mine(5)
        await trio.sleep(2 * EVERY)
        await order(m, listing)
        kept = {row.id for row in m.seller.store.orders()}
        assert id_from_text(abandoned) not in kept
        assert id_from_text(answered) in kept


async def test_what_may_be_paid_elsewhere_makes_no_room(autojump_clock, monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_KEPT", 1)
    async with market() as m:
        elsewhere = await order(m, await put_up(m))
        await moved(m.seller, MemoryChain(chain_id=11_155_111))
        m.seller.chain.pass_time(300 * 86_400)
        m.seller.chain.mine(10)
        m.seller.peer._deals._make_room()
        assert m.seller.store.order(id_from_text(elsewhere)) is not None


async def test_who_hasnt_paid_fills_nobodys_disk(autojump_clock, monkeypatch):
    async with market() as m:
        id = await order(m, await put_up(m))
        buyer = m.buyer.world.keyring.persona
        first = len(placed(m, id)[0].raw)
        monkeypatch.setattr(unpaid, "MAX_BYTES", first + 2_000)
        take(m.seller, message(buyer, id, "note", {"text": "a" * 1_000}, m=m))
        with pytest.raises(Ignored, match="so long"):
            take(m.seller, message(buyer, id, "note", {"text": "b" * 1_000}, m=m))
        await paid(m, id)
        take(m.seller, message(buyer, id, "note", {"text": "b" * 1_000}, m=m))
