from node.store import parking
from tests.fakes.records import NOW


def test_the_oldest_go_when_there_are_too_many(store, monkeypatch):
    monkeypatch.setattr(parking, "MAX_PARKED", 3)
    for number in range(5):
        store.park(bytes([number]), bytes([number]) * 32, b"w" * 32, NOW)
    assert store.unpark(b"w" * 32) == [b"\x02", b"\x03", b"\x04"]


def test_the_oldest_go_when_they_take_too_many_bytes(store, monkeypatch):
    monkeypatch.setattr(parking, "MAX_PARKED_BYTES", 100)
    for number in range(5):
        store.park(bytes([number]) * 40, bytes([number]) * 32, b"w" * 32, NOW)
    assert [raw[0] for raw in store.unpark(b"w" * 32)] == [3, 4]
    store.park(bytes(101), bytes(32), b"w" * 32, NOW)
    assert store.unpark(b"w" * 32) == []
