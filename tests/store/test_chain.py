from node.store import chain
from tests.ports.store_orders import CHAIN, update


def test_the_window_is_bounded_and_begins_with_the_first_block(store, monkeypatch):
    monkeypatch.setattr(chain, "WINDOW", 10)
    for first in range(1, 40, 3):
        store.chain_apply(CHAIN, update(first, first + 2))
    assert [number for number, _ in store.chain_window(CHAIN)] == [1, *range(30, 40)]
