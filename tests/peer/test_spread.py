import itertools
import os

import pytest
import trio

from node.peer import spread
from node.protocol import record, sync
from node.protocol.encoding import decode, encode
from node.protocol.errors import Unavailable
from node.protocol.record import Draft
from node.store import open_store
from tests.fakes.records import NETWORK, NOW, REGISTRY, key, listing
from tests.peer.market import Side, market, mug, until
from tests.peer.sales import put_up

HOUR = 3_600
PROTOCOL = sync.protocol(NETWORK)
MANY = int(os.environ.get("ETAL_MANY", "800"))
"""Records of each of two nodes that meet; run it with 5000 to see more."""


class OffClock:
    """A clock that is wrong by some seconds."""

    def __init__(self, right, off: int) -> None:
        self._right = right
        self.off = off

    def now(self) -> int:
        return self._right.now() + self.off

    async def sleep(self, seconds: float) -> None:
        await self._right.sleep(seconds)


def joining(m, name: str) -> Side:
    """A node that is not started yet, so that it can be changed."""
    return Side(m.hub, m.chain, name, (m.seller.network.address,), {}, m.nursery)


async def join_with_clock(m, name: str, off: int) -> Side:
    side = joining(m, name)
    side.clock = OffClock(side.clock, off)
    side.build()
    await side.start()
    return side


def answering(side, answer) -> None:
    side.network.handlers[PROTOCOL] = (answer, sync.MAX_REQUEST)


def genuine(side):
    return side.network.handlers[PROTOCOL][0]


async def test_what_gossip_lost_is_brought_by_sync(autojump_clock):
    async with market() as m:
        m.hub.lose = lambda source, target, batch: True
        await put_up(m)


async def test_a_newcomer_gets_what_was_there_before(autojump_clock):
    async with market() as m:
        await put_up(m)
        await m.seller.stop()
        late = await m.join("late")
        late.network.wanted.append(m.buyer.network.address)
        m.hub.settle()
        await until(lambda: late.store.counts().get("listing"))


async def test_many_records_of_ours_go_out_together(autojump_clock):
    async with market() as m:
        await trio.sleep(5)
        batches = []
        m.hub.lose = lambda source, target, batch: batches.append(batch)
        for number in range(20):
            await m.seller.peer.save_listing(mug(title=f"Mug {number}"))
        await trio.sleep(5)
        ours = [batch for batch in batches if batch]
        assert 1 <= len(ours) <= 2


async def test_a_peer_that_gives_spoilt_records_is_left_alone_for_a_while(autojump_clock):
    async with market() as m:
        await trio.sleep(5)
        good = listing(key(1))
        spoilt = good.raw[:-1] + bytes([good.raw[-1] ^ 1])
        seen = []

        class Liar:
            def ids_after(self, cursor, limit):
                return [good.id] if cursor < good.id else []

            def get(self, id):
                return spoilt

        async def answer(peer, request):
            seen.append(request)
            return sync.answer(request, Liar())

        protocol = sync.protocol("etal-test")
        m.seller.network.handlers[protocol] = (answer, sync.MAX_REQUEST)
        await trio.sleep(spread.SYNC_EVERY * 5)
        assert len(seen) == 2
        assert not m.buyer.store.has(good.id)
        await trio.sleep(spread.SHUNNED_FOR)
        assert len(seen) == 4


async def test_a_mistake_in_one_run_of_sync_ends_nothing(autojump_clock, monkeypatch):
    async with market() as m:
        m.hub.lose = lambda source, target, batch: True

        def broken(*given):
            raise ZeroDivisionError

        monkeypatch.setattr(spread.sync, "Client", broken)
        await trio.sleep(spread.SYNC_EVERY + 1)
        monkeypatch.undo()
        await put_up(m)


# ---- bad lines and wrong clocks


async def test_a_run_that_stalls_in_the_middle_goes_on_with_less_and_loses_nothing(autojump_clock):
    async with market() as m:
        made = [listing(key(1), f"lamp-{n}") for n in range(300)]
        m.seller.store.put(made)
        honest, asked = genuine(m.seller), []

        async def slow(peer, request):
            wanted = decode(request, sync.MAX_REQUEST).get("want", b"")
            if wanted and peer != m.buyer.network.peer_id:
                asked.append(len(wanted) // 32)
            if len(wanted) > 50 * 32:
                await trio.sleep_forever()
            return await honest(peer, request)

        answering(m.seller, slow)
        late = await m.join("late")
        await until(lambda: late.store.counts().get("listing") == 300, 400)
        assert asked[:4] == [256, 64, 16, 16]


async def test_who_never_answers_is_asked_less_and_less_often_until_it_comes_anew(autojump_clock):
    async with market() as m:
        asked = []

        async def stall(peer, request):
            asked.append(trio.current_time())
            await trio.sleep_forever()

        answering(m.seller, stall)
        m.hub.lose = lambda source, target, batch: True
        await m.seller.peer.save_listing(mug())
        await trio.sleep(2 * HOUR)
        assert 8 < len(asked) < 20
        assert asked[-1] - asked[-2] >= spread.LONGEST_PAUSE
        m.seller.network.handlers.clear()
        await m.seller.restart()
        await trio.sleep(2)
        await until(lambda: m.buyer.store.counts().get("listing"), 30)


async def test_a_full_disk_of_our_own_is_not_held_against_a_peer(autojump_clock, monkeypatch):
    async with market() as m:
        await trio.sleep(30)
        m.hub.lose = lambda source, target, batch: True

        def full(records):
            raise Unavailable("store.full", "the disk is full: nothing was stored")

        monkeypatch.setattr(m.buyer.store, "put", full)
        await m.seller.peer.save_listing(mug())
        await trio.sleep(HOUR)
        monkeypatch.undo()
        await until(lambda: m.buyer.store.counts().get("listing"), spread.SYNC_EVERY + 5)


async def test_callers_that_stall_keep_nobody_from_those_that_we_called(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(spread, "MAX_CALLERS", 1)
    async with market() as m:
        await trio.sleep(30)
        m.hub.lose = lambda source, target, batch: True
        await m.buyer.restart()  # its limit is the new one
        for number in range(10):
            caller = joining(m, f"caller {number}")
            caller.network.wanted[:] = [m.buyer.network.address]

            async def stall(peer, request):
                await trio.sleep_forever()

            answering(caller, stall)
            await caller.start()
        await trio.sleep(1)
        await m.seller.peer.save_listing(mug())
        await until(lambda: m.buyer.store.counts().get("listing"), spread.SYNC_EVERY + 5)
        assert m.buyer.peer._spread._callers.borrowed_tokens == 1


async def test_pages_without_end_end_the_run_and_more(autojump_clock):
    async with market() as m:
        await trio.sleep(30)
        rounds = []
        numbers = itertools.count(1)

        async def liar(peer, request):
            rounds.append(trio.current_time())
            if "want" in decode(request, sync.MAX_REQUEST):
                return encode({"records": []})
            ids = [(next(numbers) << 200).to_bytes(32, "big") for _ in range(sync.PAGE)]
            return encode({"ids": b"".join(ids), "more": True})

        answering(m.seller, liar)
        await trio.sleep(spread.SHUNNED_FOR - 60)
        assert 2 < len(rounds) < 60
        assert rounds[-1] - rounds[0] < 60


async def test_records_of_no_use_are_taken_so_many_in_a_run(autojump_clock, monkeypatch):
    """Signed records of a kind that we don't know: nobody is to blame, and still there is a bound."""
    monkeypatch.setattr(spread, "MAX_USELESS", 300)
    async with market() as m:
        await trio.sleep(30)
        drafts = [Draft("org.example.x", 1, {"n": n}, NOW, NOW + HOUR) for n in range(800)]
        strange = [record.sign(draft, key(1), NETWORK) for draft in drafts]
        raws = {each.id: each.raw for each in strange}
        given = []

        class Source:
            def ids_after(self, cursor, limit):
                return sorted(id for id in raws if id > cursor)[:limit]

            def get(self, id):
                given.append((trio.current_time(), id))
                return raws[id]

        async def answer(peer, request):
            return sync.answer(request, Source())

        answering(m.seller, answer)
        await trio.sleep(spread.SYNC_EVERY + 1)
        assert 300 <= len(given) <= 300 + sync.MAX_WANTED
        await trio.sleep(4 * spread.SYNC_EVERY)
        assert {id for _, id in given} == set(raws)  # the next runs went on behind the first


@pytest.mark.parametrize("off", [-HOUR, HOUR])
async def test_a_node_whose_clock_is_an_hour_wrong_falls_behind_and_catches_up(autojump_clock, off):
    async with market() as m:
        wrong = await join_with_clock(m, "wrong", off)
        await trio.sleep(30)
        await wrong.peer.save_listing(mug(title="Wrong"))
        await put_up(m)

        def titles(side):
            found = side.store.by_author("listing", wrong.world.me)
            return {each.body["title"] for each in found}

        def seen(side):
            return bool(side.store.by_author("listing", m.seller.world.me))

        soon, late = (HOUR // 4, 5 * HOUR // 4)
        await trio.sleep(soon)
        assert seen(wrong) == (off > 0)
        assert bool(titles(m.seller)) == (off < 0)
        await trio.sleep(late)
        assert seen(wrong) and titles(m.seller) == titles(m.buyer) == {"Wrong"}
        assert not m.hub.blamed


async def test_a_clock_that_was_a_year_ahead_keeps_nothing_out_once_it_is_right(autojump_clock):
    async with market() as m:
        await put_up(m)
        wrong = await join_with_clock(m, "wrong", 365 * 24 * HOUR)
        await trio.sleep(120)
        assert not wrong.store.by_author("listing", m.seller.world.me)
        wrong.clock.off = 0
        await trio.sleep(15 * 60)
        assert wrong.store.by_author("listing", m.seller.world.me)


# ---- many


def on_disk(side, path):
    side.store = open_store(path, REGISTRY, side.seed)
    side.store._db.change("PRAGMA synchronous = OFF")
    side.build()


async def test_two_that_meet_with_many_records_each_hold_the_same_bytes(
    autojump_clock, tmp_path, monkeypatch
):
    monkeypatch.setattr(sync, "PAGE", 256)
    async with market() as m:
        await trio.sleep(30)
        one, two = joining(m, "one"), joining(m, "two")
        requests = []
        for side, number in ((one, 1), (two, 2)):
            on_disk(side, tmp_path / f"{number}.sqlite")
            side.network.wanted.clear()
            made = [listing(key(number), f"lamp-{n}") for n in range(MANY)]
            side.store.put(made)
            await side.start()
            honest = genuine(side)

            async def counting(peer, request, honest=honest):
                requests.append(request)
                return await honest(peer, request)

            answering(side, counting)
        two.network.wanted.append(one.network.address)
        m.hub.settle()
        await until(
            lambda: one.store.counts()["listing"] == two.store.counts()["listing"] == 2 * MANY
        )
        ids = one.store.ids_after(b"", 3 * MANY)
        assert ids == two.store.ids_after(b"", 3 * MANY) and len(ids) == 2 * MANY
        assert all(one.store.get(id) == two.store.get(id) for id in ids)
        assert len(requests) < 100
        await one.stop()
        await two.stop()
        one.store.close()
        two.store.close()


async def test_a_newcomer_asks_several_contacts_without_getting_everything_from_each(
    autojump_clock, monkeypatch
):
    monkeypatch.setattr(sync, "MAX_WANTED", 16)
    async with market() as m:
        others = [m.seller, m.buyer, await m.join("third"), await m.join("fourth")]
        made = [listing(key(1), f"lamp-{n}") for n in range(400)]
        given = []
        for side in others:
            side.store.put(made)
            honest = genuine(side)

            async def counting(peer, request, honest=honest):
                await trio.sleep(0.1)
                response = await honest(peer, request)
                given.extend(decode(response, sync.MAX_RESPONSE).get("records", ()))
                return response

            answering(side, counting)
        late = joining(m, "late")
        late.network.wanted[:] = [side.network.address for side in others]
        await late.start()
        await until(lambda: late.store.counts().get("listing") == 400)
        assert len(given) < 600
