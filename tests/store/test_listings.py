"""The index of listings is a function of the records."""

import random

import pytest

from node.ports import Query
from node.protocol.fields import FieldSet, Text
from node.protocol.registry import Extension, standard
from node.store import SqliteStore, listings, open_store
from tests.fakes.records import (
    NOW,
    REGISTRY,
    UNTIL,
    availability,
    key,
    listing,
    make,
    profile,
    read,
    review,
    revocation,
)

from .conftest import SECRET
from .state import dump

ANNA, BEN, PHONE = key(1), key(2), key(3)


def fill(store) -> None:
    chance = random.Random(5)
    words = ["lamp", "oak", "brass", "café", "rouge", "chair", "old"]
    records = [profile(ANNA, "Anna's Attic"), profile(BEN, "Ben")]
    for number in range(60):
        owner = chance.choice([ANNA, BEN])
        title = " ".join(chance.sample(words, 3))
        records.append(
            listing(owner, f"s-{number % 20}", title, created=NOW + number, price=number)
        )
        if number % 3 == 0:
            records.append(availability(owner, f"s-{number % 20}", stock=number % 2))
    records.append(listing(PHONE, "phone", owner=ANNA))
    records.append(revocation(ANNA, PHONE))
    records.append(listing(ANNA, "s-1", gone=True, created=NOW + 99))
    records.append(review(key(7), ANNA.public, "s-3"))
    store.put(records)


class Colour(Extension):
    id = "org.example.colour"
    listing = FieldSet({"colour": Text()})

    def summary(self, listing_block):
        return listing_block

    def destinations(self, listing_block):
        return []

    def in_stock(self, listing_block, availability_block):
        return True


QUERIES = [
    Query(limit=100),
    Query(text="lamp"),
    Query(text="oak br", sort="price"),
    Query(text="attic", countries=("FR",)),
    Query(available_only=True, sort="-price"),
]


def test_made_anew_it_is_the_same(store):
    fill(store)
    before = dump(store)
    pages = [store.search(query, NOW) for query in QUERIES]
    assert all(page.total for page in pages)
    with store._db.transaction():
        for table in ("revocations", "reviews", "destinations", "listings"):
            store._db.change(f"DELETE FROM {table}")
        store._db.change("INSERT INTO words (words) VALUES ('delete-all')")
    assert store.search(Query(), NOW).total == 0
    assert not store.revoked(ANNA.public, PHONE.public)
    for _ in range(2):
        store.rebuild_index()
        assert dump(store) == before
        assert [store.search(query, NOW) for query in QUERIES] == pages
    assert store.revoked(ANNA.public, PHONE.public)
    assert len(store.reviews_of(ANNA.public)) == 1


def test_made_anew_it_heals_what_was_wrong(store):
    fill(store)
    before = dump(store)
    store._db.change("UPDATE listings SET category = 'other', price = zeroblob(16)")
    store._db.change("DELETE FROM words WHERE rowid = (SELECT min(row) FROM listings)")
    assert dump(store) != before
    store.rebuild_index()
    assert dump(store) == before


def test_a_sale_writes_no_words(store):
    store.put([listing(ANNA)])
    store.put([availability(ANNA, stock=5)])
    written = []
    store._db.connection.exec_trace = lambda cursor, sql, bindings: written.append(sql) or True
    store.put([availability(ANNA, stock=4, created=NOW + 1)])
    store._db.connection.exec_trace = None
    assert [sql for sql in written if "UPDATE listings" in sql]
    assert not [sql for sql in written if "words" in sql]


def test_a_listing_of_a_kind_that_is_no_longer_known_leaves_the_index(store):
    store.put([listing(ANNA)])
    store._registry = type(REGISTRY)(
        tuple(kind for kind in REGISTRY.kinds if kind.id != "listing"), REGISTRY.extensions
    )
    store.rebuild_index()
    assert store.search(Query(), NOW).total == 0
    assert store.latest("listing", ANNA.public, "lamp") is not None
    store._registry = REGISTRY
    store.rebuild_index()
    assert store.search(Query(), NOW).total == 1


def test_an_extension_configured_later_is_indexed_when_the_store_opens(path, store):
    body = read(listing(ANNA))
    body["extensions"]["org.example.colour"] = {"colour": "red"}
    store.put([make("listing", ANNA, body, slug="lamp", until=UNTIL)])
    assert "colour" not in store.search(Query(), NOW).facets
    store.close()
    for _ in range(2):
        store = open_store(path, standard([Colour()]), SECRET)
        assert store.search(Query(), NOW).facets["colour"] == {"red": 1}
        store.close()


def test_the_index_is_not_made_anew_without_need(reopen, monkeypatch):
    reopen().put([listing(ANNA)])
    monkeypatch.setattr(SqliteStore, "rebuild_index", lambda self: pytest.fail("rebuilt"))
    assert reopen().search(Query(), NOW).total == 1


def test_a_new_name_of_a_great_seller_arrives_bit_by_bit(store, monkeypatch):
    monkeypatch.setattr(listings, "RENAMED_BATCH", 10)
    store.put([profile(ANNA, "Attic"), *(listing(ANNA, f"s-{n}") for n in range(25))])
    store.put([profile(ANNA, "Basement", created=NOW + 1), profile(BEN, "Ben")])
    found = []
    for _ in range(4):
        totals = [store.search(Query(text=name), NOW).total for name in ("Attic", "Basement")]
        found.append(totals)
        store.sweep(NOW)
    assert found == [[15, 10], [5, 20], [0, 25], [0, 25]]
    assert store._db.value("SELECT count(*) FROM renamed") == 0


def test_a_revocation_touches_only_what_the_device_has_signed(store):
    device = [listing(PHONE, f"p-{n}", owner=ANNA) for n in range(3)]
    store.put([listing(ANNA, f"s-{n}") for n in range(9)] + device)
    store.put([profile(PHONE, "Phone", owner=ANNA)])
    written = []
    store._db.connection.exec_trace = lambda cursor, sql, bindings: written.append(sql) or True
    store.put([revocation(ANNA, PHONE)])
    store._db.connection.exec_trace = None
    assert len([sql for sql in written if sql.startswith("DELETE FROM listings")]) == 3
    assert store.search(Query(), NOW).total == 9
    assert store.search(Query(text="phone"), NOW).total == 0
