import pytest

from node.protocol.errors import Unavailable


def blob(number: int) -> bytes:
    return bytes([number]) * 32


def put(store, number: int, chunks: int = 1, keep: bool = False) -> None:
    store.put_manifest(blob(number), b"manifest", keep=keep)
    for index in range(chunks):
        store.put_chunk(blob(number), index, bytes([number]) * 100)


def held(store, numbers) -> list[int]:
    return [n for n in numbers if store.manifest(blob(n)) and store.chunk(blob(n), 0)]


def test_the_oldest_make_room(reopen):
    store = reopen(content_budget=500)
    for number in range(5):
        put(store, number)
    assert held(store, range(5)) == [0, 1, 2, 3, 4]
    put(store, 5, chunks=2)
    assert held(store, range(6)) == [2, 3, 4, 5]
    assert store.content_bytes() == 500
    assert store.chunk(blob(0), 0) is None
    assert store.manifest(blob(0)) is None


def test_what_is_to_be_kept_stays(reopen):
    store = reopen(content_budget=300)
    put(store, 0, keep=True)
    put(store, 0)  # a copy of one's own picture from a stranger changes nothing
    for number in range(1, 6):
        put(store, number)
    assert held(store, range(6)) == [0, 4, 5]


def test_when_all_must_be_kept_the_new_is_refused_whole(reopen):
    store = reopen(content_budget=250)
    put(store, 0, chunks=2, keep=True)
    with pytest.raises(Unavailable) as raised:
        put(store, 1)
    assert raised.value.rule == "store.budget"
    assert store.chunk(blob(1), 0) is None
    assert store.content_bytes() == 200


def test_a_blob_does_not_push_out_itself(reopen):
    store = reopen(content_budget=250)
    with pytest.raises(Unavailable):
        put(store, 0, chunks=3)
    assert store.chunk(blob(0), 1) is not None


def test_a_smaller_budget_holds_from_the_next_chunk_on(reopen):
    store = reopen(content_budget=1000)
    for number in range(5):
        put(store, number)
    store = reopen(content_budget=200)
    put(store, 5)
    assert held(store, range(6)) == [4, 5]
