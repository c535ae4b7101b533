import pytest

from node.ports import Query
from node.protocol import keeping
from node.protocol.errors import StateError
from node.protocol.registry import Registry
from node.store import records as records_module
from tests.fakes.records import DAY, NOW, REGISTRY, key, listing

ANNA = key(1)


def test_it_agrees_with_the_protocol_on_who_wins(store):
    editions = [listing(ANNA, title=f"Lamp {n}", created=NOW + n % 3) for n in range(12)]
    held = None
    for edition in editions:
        if held is None or keeping.wins(edition, held):
            held = edition
        store.put([edition])
        assert store.latest("listing", ANNA.public, "lamp") == held


def test_a_record_of_an_unknown_kind_is_our_mistake_and_stores_nothing(store):
    store._registry = Registry(
        tuple(kind for kind in REGISTRY.kinds if kind.id != "profile"), REGISTRY.extensions
    )
    from tests.fakes.records import profile

    with pytest.raises(StateError):
        store.put([listing(ANNA), profile(ANNA, "Anna")])
    assert store.ids_after(b"", 10) == []
    assert store.search(Query(), NOW).total == 0


def test_a_sweep_is_bounded_and_goes_on(store, monkeypatch):
    monkeypatch.setattr(records_module, "SWEEP_BATCH", 4)
    store.put([listing(ANNA, f"lamp-{n}") for n in range(10)])
    swept = [store.sweep(NOW + 90 * DAY) for _ in range(4)]
    assert swept == [4, 4, 2, 0]
    assert store.search(Query(), NOW).total == 0
