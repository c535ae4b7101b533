import pytest

from node.protocol.escrow import Disputed, Funded
from node.store import chain
from tests.fakes.records import NOW
from tests.ports.store_orders import CHAIN, terms, update, where

JUDGE = b"j" * 20


def test_the_window_is_bounded_and_begins_with_the_first_block(store, monkeypatch):
    monkeypatch.setattr(chain, "WINDOW", 10)
    for first in range(1, 40, 3):
        store.chain_apply(CHAIN, update(first, first + 2))
    assert [number for number, _ in store.chain_window(CHAIN)] == [1, *range(30, 40)]


def disputed(store, first: int, last: int) -> None:
    """So many orders of others, each disputed, in a block of their own."""
    ids = [n.to_bytes(32, "big") for n in range(first, last)]
    opened = [Funded(id, terms(arbiter=JUDGE), NOW, where(last, n)) for n, id in enumerate(ids)]
    asked = [Disputed(id, b"b" * 20, NOW, where(last + 1, n)) for n, id in enumerate(ids)]
    store.chain_apply(CHAIN, update(last, last + 1, *opened, *asked))


def steps(store, ask) -> int:
    """What SQLite's machine does for an answer, in tens of its instructions."""
    taken = 0

    def count() -> bool:
        nonlocal taken
        taken += 1
        return False  # go on

    store._db.connection.set_progress_handler(count, 10)
    ask()
    store._db.connection.set_progress_handler(None, 0)
    return taken


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.events(CHAIN, (5).to_bytes(32, "big")),
        lambda store: store.unseen_funded(CHAIN, b"n" * 20),
    ],
)
def test_one_order_is_found_as_soon_among_many(store, ask):
    disputed(store, 0, 50)
    before = steps(store, lambda: ask(store))
    disputed(store, 50, 1_000)
    assert steps(store, lambda: ask(store)) == before


def test_disputes_are_gone_through_once(store):
    disputed(store, 0, 100)
    before = steps(store, lambda: store.disputed(CHAIN, JUDGE, 10))
    disputed(store, 100, 800)
    assert steps(store, lambda: store.disputed(CHAIN, JUDGE, 10)) < 2 * 8 * before
