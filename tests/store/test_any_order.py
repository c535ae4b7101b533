"""Stores that were given the same records in any order, by clocks a day apart, hold the same state.

ETAL_ORDERS=1000 tries a thousand orders.
"""

import os
import random

import pytest

from node.ports import Query
from node.protocol.admission import Verdict, admit
from node.protocol.keeping import Shelf, kept_until
from node.store import open_store
from tests.fakes.records import (
    DAY,
    NETWORK,
    NOW,
    REGISTRY,
    availability,
    gone_review,
    key,
    listing,
    profile,
    review,
    revocation,
)

from .state import dump

ORDERS = int(os.environ.get("ETAL_ORDERS", "100"))
HOUR = 3_600
TABLES = "records", "revocations", "reviews", "destinations", "listings", "renamed"


def history() -> list:
    """Records of two stalls with devices around NOW: some begin and some end while the clocks disagree."""
    anna, ben, phone, tablet = key(1), key(2), key(3), key(4)
    old = NOW - 90 * DAY
    return [
        profile(anna, "Anna", created=NOW - 3 * DAY),
        profile(anna, "Anna's Attic", created=NOW - 2 * HOUR),
        profile(ben, "Ben"),
        listing(anna, "lamp", "Lamp", created=NOW - 3 * DAY),
        listing(anna, "lamp", "Lamp, cheaper", created=NOW + HOUR),
        listing(phone, "lamp", "Lamp by phone", owner=anna, created=NOW + 2 * HOUR),
        listing(tablet, "lamp", "Lamp by tablet", owner=anna, created=NOW - 5 * HOUR),
        revocation(anna, phone, created=NOW - HOUR),
        listing(anna, "chair", "Chair", created=NOW),
        listing(anna, "chair", gone=True, created=NOW + 20 * HOUR, until=NOW + 80 * DAY),
        listing(tablet, "chair", "Chair again", owner=anna, created=NOW + 10 * HOUR),
        availability(anna, "lamp", stock=3, created=NOW - 2 * DAY),
        availability(tablet, "lamp", stock=0, owner=anna, created=NOW - DAY),
        availability(phone, "lamp", stock=9, owner=anna, created=NOW + HOUR),
        # ends between the clocks, and so does what it buries
        listing(ben, "vase", "Vase", created=old + 2 * HOUR, until=NOW + HOUR),
        listing(ben, "vase", "Vase, cracked", created=old + 5 * HOUR, until=old + 9 * HOUR),
        listing(ben, "bowl", "Bowl", created=NOW - 10 * DAY),
        listing(ben, "bowl", "Bowl, short", created=NOW - 9 * DAY, until=NOW - 3 * HOUR),
        listing(ben, "twin", "Twin one", created=NOW),
        listing(ben, "twin", "Twin two", created=NOW),
        review(key(8), anna.public, created=NOW - DAY, until=NOW + 3 * HOUR),
        review(key(9), anna.public, created=NOW - DAY, text="Fine."),
        review(key(9), anna.public, created=NOW + HOUR, text="Fine after all."),
        review(key(10), anna.public, created=NOW - DAY),
        gone_review(key(10), created=NOW - HOUR),
    ]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("orders") / "etal.sqlite", REGISTRY, bytes(32))
    store._db.change("PRAGMA synchronous = OFF")  # thousands of commits, none to be kept
    yield store
    store.close()


def live_through(store, records, chance: random.Random) -> None:
    """Two days before and after NOW by a wrong clock, then every record once more, as synchronisation brings them."""
    skew = chance.randint(-DAY, DAY)
    order = chance.sample(records, len(records))
    clock = NOW - DAY + skew
    while order:
        size = chance.randint(1, 8)
        batch, order = order[:size], order[size:]
        offer(store, batch, clock)
        clock += chance.randint(0, 8 * HOUR)
        if chance.random() < 0.2:
            store.sweep(clock)
    clock = NOW + 2 * DAY + 12 * HOUR + skew
    offer(store, chance.sample(records, len(records)), clock)
    store.sweep(clock)


def offer(store, records, clock: int) -> None:
    decisions = [admit(record.raw, NETWORK, REGISTRY, store, clock) for record in records]
    store.put([each.record for each in decisions if each.verdict is Verdict.ACCEPT])


def empty(store) -> None:
    with store._db.transaction():
        for table in TABLES:
            store._db.change(f"DELETE FROM {table}")
        store._db.change("INSERT INTO words (words) VALUES ('delete-all')")


def test_any_order_of_records_gives_the_same_state(store):
    records = history()
    expected = None
    for seed in range(ORDERS):
        empty(store)
        live_through(store, records, random.Random(seed))
        state = dump(store)
        expected = expected or state
        assert state == expected, f"order {seed} gave another state"
    # and it is the right one
    late = NOW + 2 * DAY + 12 * HOUR
    model = Shelf(REGISTRY, records)
    model.kept = {
        place: kept
        for place, kept in model.kept.items()
        if kept_until(kept, REGISTRY.kind(kept.kind)) > late
    }
    assert store.ids_after(b"", 1000) == sorted(record.id for record in model.kept.values())
    titles = [hit.listing.body["title"] for hit in store.search(Query(), late).hits]
    twin = max(records[18:20], key=lambda record: record.id)
    assert sorted(titles) == ["Lamp, cheaper", twin.body["title"]]
