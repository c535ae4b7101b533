import pytest
import trio

from node.peer import pictures
from node.protocol import blobs
from node.protocol.encoding import id_from_text
from node.protocol.errors import NotFound, Unavailable
from tests.peer.market import market

DATA = bytes(range(256)) * 1200  # two chunks


def asked(side):
    """Requests for content that reach this node; they may be made to wait."""
    protocol = blobs.protocol("etal-test")
    handler, limit = side.network.handlers[protocol]
    seen = {"count": 0, "wait": 0.0, "spoil": False}

    async def counted(peer, request):
        seen["count"] += 1
        await trio.sleep(seen["wait"])
        answer = await handler(peer, request)
        if seen["spoil"] and blobs.read_request(request)[1] is not None:
            data = blobs.read_response(answer)
            return blobs.response(data[:-1] + bytes([data[-1] ^ 1]))
        return answer

    side.network.handlers[protocol] = (counted, limit)
    return seen


async def meet(m):
    with trio.fail_after(10):
        while not m.buyer.network.contacts():
            await trio.sleep(0.1)


async def test_a_picture_of_others_is_fetched_once_and_then_held(autojump_clock):
    async with market() as m:
        await meet(m)
        picture = await m.seller.peer.add_picture(DATA, "A mug")
        seen = asked(m.seller)
        assert await m.buyer.peer.picture(picture["blob"]) == ("image/webp", DATA)
        count = seen["count"]
        assert await m.buyer.peer.picture(picture["blob"]) == ("image/webp", DATA)
        assert seen["count"] == count == 3


async def test_many_pages_that_show_one_picture_fetch_it_once(autojump_clock):
    async with market() as m:
        await meet(m)
        picture = await m.seller.peer.add_picture(DATA, "A mug")
        seen = asked(m.seller)
        seen["wait"] = 1
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(m.buyer.peer.picture, picture["blob"])
        assert seen["count"] == 3


async def test_what_nobody_has_is_not_asked_for_by_every_page(autojump_clock):
    async with market() as m:
        await meet(m)
        seen = asked(m.seller)
        for _ in range(5):
            with pytest.raises(NotFound):
                await m.buyer.peer.picture("a" * 52)
        assert seen["count"] == 1
        await trio.sleep(pictures.MISSING_FOR + 30)
        with pytest.raises(NotFound):
            await m.buyer.peer.picture("a" * 52)
        assert seen["count"] == 2


async def test_somebody_new_is_asked_at_once(autojump_clock):
    async with market() as m:
        await meet(m)
        m.hub.cut(m.seller.network, m.buyer.network)
        picture = await m.seller.peer.add_picture(DATA, "A mug")
        with pytest.raises(NotFound):
            await m.buyer.peer.picture(picture["blob"])
        m.hub.heal(m.seller.network, m.buyer.network)
        await trio.sleep(1)
        assert await m.buyer.peer.picture(picture["blob"]) == ("image/webp", DATA)


async def test_a_slow_peer_costs_a_page_a_bounded_time(autojump_clock):
    async with market() as m:
        await meet(m)
        picture = await m.seller.peer.add_picture(DATA, "A mug")
        asked(m.seller)["wait"] = 14
        begin = trio.current_time()
        with pytest.raises(Unavailable):
            await m.buyer.peer.picture(picture["blob"])
        assert trio.current_time() - begin <= pictures.FETCH_LIMIT + 1
        with pytest.raises(NotFound):
            await m.buyer.peer.picture(picture["blob"])


async def test_spoilt_bytes_are_never_kept(autojump_clock):
    async with market() as m:
        await meet(m)
        picture = await m.seller.peer.add_picture(DATA, "A mug")
        asked(m.seller)["spoil"] = True
        with pytest.raises(NotFound):
            await m.buyer.peer.picture(picture["blob"])
        id = id_from_text(picture["blob"])
        assert m.buyer.store.manifest(id) is None and m.buyer.store.chunk(id, 0) is None


async def test_ids_that_lead_nowhere_take_no_memory(autojump_clock, monkeypatch):
    monkeypatch.setattr(pictures, "MAX_MISSING", 3)
    async with market() as m:
        for letter in "abcdefgh":
            with pytest.raises(NotFound):
                await m.buyer.peer.picture(letter * 51 + "a")
        held = m.buyer.peer._pictures
        assert held._fetching == {} and len(held._missing) == 3
