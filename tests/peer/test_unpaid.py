import pytest

from node.peer import unpaid
from node.peer.unpaid import Unpaid
from node.protocol.encoding import id_from_text
from node.protocol.errors import Ignored
from tests.peer.market import market
from tests.peer.sales import order, paid, put_up
from tests.peer.test_deals import message, placed, take

ANNA, BERT = b"anna", b"bert"
NOW = 1_000_000


def test_what_is_overdue_counts_no_more_but_is_still_kept(monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_OPEN_OF_ONE", 1)
    orders = Unpaid()
    orders.expect(b"1", ANNA, NOW, fund_by=NOW + 2 * unpaid.WAITS)
    with pytest.raises(Ignored, match="too many"):
        orders.check_room(ANNA, NOW + 2 * unpaid.WAITS)
    orders.check_room(BERT, NOW)
    orders.check_room(ANNA, NOW + 2 * unpaid.WAITS + 1)
    assert list(orders.surplus(NOW * 2)) == []


def test_the_longest_overdue_go_first_and_none_that_still_waits(monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_KEPT", 2)
    orders = Unpaid()
    for number, age in enumerate((1, 3, 2, 0)):
        orders.expect(b"%d" % number, ANNA, NOW - age, fund_by=None)
    gone = []
    for id in orders.surplus(NOW + unpaid.WAITS):
        gone.append(id)
        orders.drop(id)
    assert gone == [b"1", b"2"]
    orders.expect(b"4", ANNA, NOW, None)
    orders.expect(b"5", ANNA, NOW, None)
    for id in orders.surplus(NOW + unpaid.WAITS):
        gone.append(id)
        orders.drop(id)
    assert gone == [b"1", b"2", b"0"]


async def test_strangers_orders_make_room_for_later_ones(autojump_clock, monkeypatch):
    monkeypatch.setattr(unpaid, "MAX_KEPT", 2)
    async with market() as m:
        listing = await put_up(m, availability={"goods": {"stock": {"": 9}}})
        abandoned = await order(m, listing)
        answered = await order(m, listing)
        await m.seller.peer.message(answered, "Do you still want it?")
        m.chain.pass_time(unpaid.WAITS + 86_400)
        m.chain.mine()
        fresh = [await order(m, listing) for _ in range(3)]
        kept = {row.id for row in m.seller.store.orders()}
        assert kept == {id_from_text(id) for id in (answered, *fresh)}
        assert id_from_text(abandoned) not in kept


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
