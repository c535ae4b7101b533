import pytest
import trio

from node.peer import order_views
from node.protocol.encoding import id_to_text
from node.protocol.errors import InputError, NotFound
from tests.peer.market import ADDRESS, ETH, market, until
from tests.peer.sales import order, paid, place, put_up, sold


async def test_both_sides_see_the_same_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m), text="By Friday, please.")
        ours, theirs = m.buyer.peer.order(id), m.seller.peer.order(id)
        for name in ("id", "lines", "delivery", "quote", "terms", "escrow_id", "chain", "contract"):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert theirs.delivery["address"] == ADDRESS["address"]
        assert (ours.side, theirs.side) == ("buyer", "seller")
        assert theirs.messages[0].text == "By Friday, please."
        assert (ours.messages[0].mine, theirs.messages[0].mine) == (True, False)
        assert ours.quote.total.amount == ETH // 100 + 1000
        assert ours.counterparty.name == "Atelier"


async def test_a_message_shows_whether_it_has_arrived(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        id = await place(m, listing)
        assert not m.buyer.peer.order(id).messages[0].delivered
        assert not m.buyer.peer.order(id).delivered_to_seller
        assert m.buyer.peer.status().outbox == 1
        m.hub.heal(m.seller.network, m.buyer.network)
        await until(lambda: m.buyer.peer.order(id).messages[0].delivered)
        assert m.buyer.peer.status().outbox == 0


async def test_what_can_be_done_follows_the_order(autojump_clock):
    async with market() as m:
        id = await order(m, await put_up(m))
        assert set(m.buyer.peer.order(id).actions) == {"fund", "cancel", "message"}
        assert set(m.seller.peer.order(id).actions) == {"decline", "message"}
        await paid(m, id)
        assert set(m.seller.peer.order(id).actions) == {
            "accept",
            "decline",
            "ship",
            "refund",
            "settle",
            "message",
        }
        assert set(m.buyer.peer.order(id).actions) == {
            "release",
            "sign_release",
            "settle",
            "message",
        }


async def test_what_is_under_way_is_not_offered_again(autojump_clock):
    async with market() as m:
        id = await sold(m)
        m.chain.automine = False
        await m.seller.peer.refund(id)
        assert "refund" not in m.seller.peer.order(id).actions
        (shown,) = (t for t in m.seller.peer.order(id).transactions if t.verb == "refund")
        assert (shown.status, shown.hash) == ("waiting", "")
        await until(
            lambda: [t for t in m.seller.peer.order(id).transactions if t.status == "pending"]
        )


async def test_orders_are_listed_newest_first_by_side_and_stage(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        first, second = await order(m, listing), await order(m, listing)
        await paid(m, first)
        peer = m.buyer.peer
        assert set(await listed(peer)) == {first, second}
        assert await listed(peer, stage="funded") == [first]
        assert await listed(peer, side="seller") == []
        assert await listed(peer, stage="placed", limit=1) == [second]
        newest = await peer.orders(limit=1)
        older = await peer.orders(after=newest.next, limit=1)
        assert [one.id for one in newest.orders + older.orders] == await listed(peer)
        assert older.next is None
        assert peer.order_counts() == {"buyer": 2, "seller": 0}
        with pytest.raises(InputError):
            await peer.orders(after="made up")


async def listed(peer, **wanted) -> list[str]:
    return [one.id for one in (await peer.orders(**wanted)).orders]


async def test_a_page_folds_no_more_orders_than_it_shows(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        for _ in range(6):
            await order(m, listing)
        folded = count_folds(m.buyer.peer, monkeypatch)
        page = await m.buyer.peer.orders(limit=2)
        assert (len(page.orders), len(folded)) == (2, 2)
        await m.buyer.peer.orders(after=page.next, limit=2)
        assert len(folded) == 4
        m.buyer.peer.order_counts()
        m.buyer.peer.status()
        assert len(folded) == 4


async def test_looking_for_a_stage_is_bounded_and_goes_on(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        for _ in range(6):
            await order(m, listing)
        oldest = id_to_text(m.buyer.store.orders()[-1].id)
        await paid(m, oldest)
        monkeypatch.setattr(order_views, "MAX_LOOKED_AT", 4)
        folded = count_folds(m.buyer.peer, monkeypatch)
        page = await m.buyer.peer.orders(stage="funded", limit=2)
        assert (page.orders, len(folded)) == ((), 4)
        page = await m.buyer.peer.orders(stage="funded", after=page.next, limit=2)
        assert ([one.id for one in page.orders], page.next) == ([oldest], None)
        assert len(folded) == 6


async def test_a_long_page_lets_other_tasks_run(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        for _ in range(6):
            await order(m, listing)
        monkeypatch.setattr(order_views, "YIELD_EVERY", 2)
        turns = []

        async def other():
            while True:
                turns.append(1)
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            await m.buyer.peer.orders()
            nursery.cancel_scope.cancel()
        assert len(turns) >= 2


def count_folds(peer, monkeypatch) -> list:
    folded, deal = [], peer._deals.deal

    def counted(row):
        folded.append(row.id)
        return deal(row)

    monkeypatch.setattr(peer._deals, "deal", counted)
    return folded


async def test_an_order_that_cannot_be_read_hides_no_other(autojump_clock, monkeypatch):
    async with market() as m:
        listing = await put_up(m)
        first, second = await order(m, listing), await order(m, listing)
        deal = m.buyer.peer._deals.deal

        def broken(row):
            if id_to_text(row.id) == first:
                raise ZeroDivisionError
            return deal(row)

        monkeypatch.setattr(m.buyer.peer._deals, "deal", broken)
        assert await listed(m.buyer.peer) == [second]


def same(id: str, other: str) -> int:
    """Letters that both begin with."""
    return next(n for n in range(52) if id[n] != other[n])


async def test_an_order_can_be_named_by_its_first_letters(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        ids = [await order(m, listing) for _ in range(3)]
        peer = m.buyer.peer
        for id in ids:
            shared = max(same(id, other) for other in ids if other != id)
            for length in range(shared + 1, 53):
                assert peer.order(id[:length]).id == id
            if shared:
                with pytest.raises(InputError, match="Several orders"):
                    peer.order(id[:shared])
        await peer.message(ids[0][:20], "Hello")
        assert peer.order(ids[0]).messages[-1].text == "Hello"
        free = next(c for c in "abcdefgh" if all(id[0] != c for id in ids))
        for name in (
            "",
            free,
            ids[0] + "a",
            ids[0][:51] + "b",
            "A",
            "1",
            "../status",
            ids[0][:5] + "=",
        ):
            with pytest.raises(NotFound):
                peer.order(name)
