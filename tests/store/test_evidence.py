"""What only the store on disk can show of evidence; the rest is in tests/ports."""

from node.store import open_store
from node.store.database import Database
from tests.fakes.records import NOW, REGISTRY, key, listing, review

ANNA, BEN = key(1), key(2)
BEFORE = ("0001.sql", "0002.sql")


def test_evidence_is_on_disk(tmp_path):
    path = tmp_path / "etal.sqlite"
    edition = listing(ANNA)
    store = open_store(path, REGISTRY, bytes(32))
    store.put([review(BEN, ANNA.public, offer=edition.id)])
    store.keep_evidence(edition)
    store.close()
    store = open_store(path, REGISTRY, bytes(32))
    assert store.evidence(edition.id) == edition.raw
    assert store.unproven(0, 10)[0] == []
    store.close()


def test_one_sweep_forgets_so_much(store, monkeypatch):
    from node.store import records

    monkeypatch.setattr(records, "SWEEP_BATCH", 2)
    editions = [listing(ANNA, f"lamp-{n}") for n in range(5)]
    for edition in editions:
        store.keep_evidence(edition)
    held = []
    for _ in range(3):
        store.sweep(NOW)
        held.append(sum(store.evidence(edition.id) is not None for edition in editions))
    assert held == [3, 1, 0]


def test_reviews_kept_before_there_was_evidence_are_found(tmp_path, monkeypatch):
    """The step from the format before: the edition that a review cites is read from the review again."""
    from node.store import database, listings

    path, edition = tmp_path / "etal.sqlite", listing(ANNA)
    cited = review(BEN, ANNA.public, offer=edition.id)
    numbered = database._numbered
    with monkeypatch.context() as older:
        older.setattr(
            database,
            "_numbered",
            lambda folder: [each for each in numbered(folder) if each.name in BEFORE],
        )
        older.setattr(listings.Listings, "_note", lambda *given: None)
        older.setattr(listings, "INDEX_VERSION", 1)
        store = open_store(path, REGISTRY, bytes(32))
        with store._db.transaction():
            store._keep(cited)
            store._db.change(
                "INSERT INTO reviews (record, seller, slug, created) SELECT row, ?, 'lamp', created FROM records",
                (ANNA.public,),
            )
        store.close()
    store = open_store(path, REGISTRY, bytes(32))
    assert isinstance(store._db, Database)
    store.keep_evidence(edition)
    assert store.unproven(0, 10)[0] == []
    store.sweep(NOW)
    assert store.evidence(edition.id) == edition.raw
    store.close()
