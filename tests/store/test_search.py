import pytest

from node.ports import Query
from node.protocol.errors import InputError
from node.store import search
from tests.fakes.records import NOW, key, listing

ANNA = key(1)


def walk(store, **query) -> list[str]:
    """The slugs of every page in order."""
    slugs, after = [], None
    while True:
        page = store.search(Query(after=after, **query), NOW + 99)
        slugs += [hit.listing.slug for hit in page.hits]
        after = page.next
        if after is None:
            return slugs


def test_beyond_what_is_weighed_the_rest_follows_newest_first(store, monkeypatch):
    monkeypatch.setattr(search, "RANKED", 5)
    store.put(
        [
            listing(ANNA, f"s-{n}", "Lamp" if n % 2 else "Thing", text="lamp", created=NOW + n)
            for n in range(12)
        ]
    )
    rows = dict(store._db.rows("SELECT slug, row FROM listings"))
    weighed = sorted(rows, key=rows.get)[-5:]
    found = walk(store, text="lamp", limit=3)
    assert sorted(found) == sorted(rows)
    titled = [slug for slug in weighed if int(slug[2:]) % 2]
    assert set(found[: len(titled)]) == set(titled)
    assert set(found[:5]) == set(weighed)
    rest = [int(slug[2:]) for slug in found[5:]]
    assert rest == sorted(rest, reverse=True)


def test_putting_right_is_bounded(store, monkeypatch):
    store.put([listing(ANNA, f"s-{n}", f"Teapot tea{n:03}") for n in range(20)])
    assert store.nearest("teapott") == "teapot"
    monkeypatch.setattr(search, "COMPARED", 5)
    assert store.nearest("teapott") is None
    assert store.nearest(" ".join(["teapott"] * 99)) is None


def test_counting_is_bounded(store, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 4)
    store.put([listing(ANNA, f"s-{n}") for n in range(9)])
    assert store.search(Query(text="lamp"), NOW).total == 4
    assert len(walk(store, text="lamp", limit=2)) == 9


def test_a_page_has_its_limits(store):
    store.put([listing(ANNA, f"s-{n}") for n in range(search.MAX_LIMIT + 5)])
    for limit, expected in ((10**9, search.MAX_LIMIT), (0, 1), (-5, 1), (7, 7)):
        assert len(store.search(Query(limit=limit), NOW).hits) == expected


@pytest.mark.parametrize("sort", ["best", "newest", "price", "-price"])
def test_a_listing_that_comes_between_two_pages_disturbs_neither(store, sort):
    store.put([listing(ANNA, f"s-{n}", price=100 + n, created=NOW + n) for n in range(10)])
    first = store.search(Query(sort=sort, limit=5), NOW + 99)
    store.put(
        [
            listing(ANNA, "late", price=1, created=NOW + 50),
            listing(ANNA, "dear", price=999, created=NOW + 51),
        ]
    )
    second = store.search(Query(sort=sort, limit=50, after=first.next), NOW + 99)
    slugs = [hit.listing.slug for hit in (*first.hits, *second.hits)]
    assert len(slugs) == len(set(slugs))
    assert {f"s-{n}" for n in range(10)} <= set(slugs)


def test_the_mark_of_another_sort_is_refused(store):
    store.put([listing(ANNA, f"s-{n}") for n in range(4)])
    mark = store.search(Query(sort="price", limit=2), NOW).next
    assert len(store.search(Query(sort="price", after=mark), NOW).hits) == 2
    with pytest.raises(InputError):
        store.search(Query(sort="newest", after=mark), NOW)


def test_pages_seek_and_never_skip(store):
    store.put([listing(ANNA, f"s-{n}", created=NOW + n) for n in range(50)])
    statements = []
    store._db.connection.exec_trace = lambda cursor, sql, bindings: statements.append(sql) or True
    walk(store, limit=10)
    store._db.connection.exec_trace = None
    pages = [sql for sql in statements if ":after0" in sql]
    assert len(pages) == 4
    assert not any("OFFSET" in sql for sql in statements)
    plan = store._db.rows(f"EXPLAIN QUERY PLAN {pages[0]}", dict(now=NOW, after0=NOW, after1=b""))
    assert "INDEX listings_newest ((created,id)<(?,?))" in " ".join(str(row) for row in plan)


def test_a_price_below_zero_is_refused(store):
    with pytest.raises(InputError) as raised:
        store.search(Query(unit="EUR", high=-1), NOW)
    assert raised.value.field == "high"


@pytest.mark.parametrize(
    "query",
    [
        {"unit": "\ud800"},
        {"categories": ("\ud800", "\0")},
        {"countries": ("\ud800",)},
        {"facets": (("\ud800", "\ud800"),)},
        {"author": b""},
        {"unit": "EUR", "low": 10**100, "high": 0},
    ],
)
def test_a_filter_of_nonsense_finds_nothing(store, query):
    store.put([listing(ANNA)])
    assert store.search(Query(**query), NOW).total == 0


def test_too_many_choices_are_refused(store):
    with pytest.raises(InputError) as raised:
        store.search(Query(countries=("FR",) * (search.MAX_CHOICES + 1)), NOW)
    assert raised.value.rule == "query.choices"
