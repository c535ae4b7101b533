import trio

from node.peer import spread
from node.protocol import sync
from tests.fakes.records import key, listing
from tests.peer.market import market, mug, until
from tests.peer.sales import put_up


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
