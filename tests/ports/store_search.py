"""How every Store searches. `store` is a fixture of the class that inherits."""

import pytest

from node.ports import Query
from node.protocol.errors import InputError
from tests.fakes.records import DAY, NOW, UNTIL, availability, key, listing, make, profile, read

ANNA, BEN = key(1), key(2)
CHAIN = "eip155:31337"


def slugs(page) -> list[str]:
    return [hit.listing.slug for hit in page.hits]


class SearchSuite:
    @pytest.fixture
    def shelf(self, store):
        store.put(
            [
                profile(ANNA, "Anna's Attic"),
                listing(ANNA, "lamp", "Brass desk lamp", text="Bright.", created=NOW + 1, price=300),
                listing(ANNA, "chair", "Oak chair", text="Fits a lamp.", created=NOW + 2, price=200,
                        category="furniture", condition="used", tags=("café",)),
                listing(BEN, "book", "Ein schönes Buch", text="Über Möbel.", created=NOW + 3, price=100,
                        category="books", zones=("*",), unit="EUR"),
                listing(BEN, "bike", "Vélo", text="Rouge", created=NOW + 4, price=2**100,
                        category="sports", condition="used", zones=()),
                availability(BEN, "bike", stock=0),
                availability(ANNA, "lamp", stock=2),
            ]
        )  # fmt: skip
        return store

    def found(self, store, text="", now=NOW + 9, **query):
        return slugs(store.search(Query(text=text, **query), now))

    def test_everything_newest_first(self, shelf):
        page = shelf.search(Query(), NOW + 9)
        assert slugs(page) == ["bike", "book", "chair", "lamp"]
        assert page.total == 4
        assert page.next is None
        assert page.facets["category"] == {"books": 1, "furniture": 1, "home": 1, "sports": 1}
        assert page.facets["condition"] == {"new": 2, "used": 2}

    def test_a_hit_has_its_availability(self, shelf):
        hits = {hit.listing.slug: hit for hit in shelf.search(Query(), NOW + 9).hits}
        assert hits["lamp"].availability == shelf.latest("availability", ANNA.public, "lamp")
        assert hits["chair"].availability is None

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("lmap", "lamp"),
            ("oka chiar", "oka chair"),  # a short word may mean too much
            ("brass chairr", "brass chair"),
            ("Möbell", "mobel"),
            ("lamp", None),
            ("lam", None),  # the beginning of a word
            ("xylophone", None),
            ('"lmap" -- *', None),
            ("", None),
        ],
    )
    def test_a_slip_of_the_finger_is_put_right(self, shelf, text, meant):
        assert shelf.nearest(text) == meant

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("lamp", ["lamp", "chair"]),  # in the title before in the text
            ("LAMP  ", ["lamp", "chair"]),
            ("la", ["lamp", "chair"]),
            ("la ", []),  # finished with a space: no beginning of a word
            ("lamp oak", ["chair"]),
            ("velo", ["bike"]),
            ("vélo", ["bike"]),
            ("ve\u0301lo", ["bike"]),
            ("schones buch", ["book"]),
            ("mobel", ["book"]),
            ("cafe", ["chair"]),
            ("furniture", ["chair"]),
            ("attic lamp", ["lamp", "chair"]),
            ('"desk lamp"', ["lamp"]),
            ('"lamp desk"', []),
            ("desk-lamp", ["lamp"]),
            ("lamp -oak", ["lamp"]),
            ("-lamp", ["bike", "book"]),
            ('-"desk lamp"', ["bike", "book", "chair"]),
            ("zzz", []),
            ("&!?", []),
            ("lamp &", ["lamp", "chair"]),
        ],
    )
    def test_text(self, shelf, text, expected):
        assert self.found(shelf, text) == expected

    @pytest.mark.parametrize(
        "text",
        ['"', '""', "AND", "NOT lamp", "lamp AND", "(lamp", "lamp*", "*", "title:lamp", "^lamp", "{a b}:c",
         "lamp NEAR/2 oak", "\0", "lam\0p", "\ud800", "'; DROP TABLE records; --", "a" * 100_000, '" ' * 5000,
         "-", "--", '-"', "_", "\u0301", "\u200b", "%", "٣", "中文", "😀", "NEAR(a b)", "+a", "a\\b"],
    )  # fmt: skip
    def test_no_text_fails(self, shelf, text):
        for sort in ("best", "price"):
            shelf.search(Query(text=text, sort=sort), NOW + 9)
        assert shelf.search(Query(), NOW + 9).total == 4

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"categories": ("books", "sports")}, ["bike", "book"]),
            ({"countries": ("FR",)}, ["book", "chair", "lamp"]),
            ({"countries": ("fr", "US")}, ["book", "chair", "lamp"]),
            ({"countries": ("US",)}, ["book"]),
            ({"author": ANNA.public}, ["chair", "lamp"]),
            ({"facets": (("condition", "used"),)}, ["bike", "chair"]),
            ({"facets": (("condition", "used"), ("condition", "new"))}, ["bike", "book", "chair", "lamp"]),
            ({"facets": (("condition", "used"), ("pickup", "no"))}, []),
            ({"facets": (("nothing", "such"),)}, []),
            ({"available_only": True}, ["book", "chair", "lamp"]),
            ({"unit": "EUR"}, ["book"]),
            ({"unit": f"{CHAIN}/slip44:60", "low": 200, "high": 300}, ["chair", "lamp"]),
            ({"unit": f"{CHAIN}/slip44:60", "low": 201}, ["bike", "lamp"]),
            ({"unit": f"{CHAIN}/slip44:60", "high": 299}, ["chair"]),
            ({"unit": f"{CHAIN}/slip44:60", "low": 2**100, "high": 2**200}, ["bike"]),
            ({"unit": f"{CHAIN}/slip44:60", "low": 2**200}, []),
        ],
    )  # fmt: skip
    def test_filters(self, shelf, query, expected):
        assert self.found(shelf, **query) == expected
        assert shelf.search(Query(**query), NOW + 9).total == len(expected)

    def test_prices_within_a_unit(self, shelf):
        eth = f"{CHAIN}/slip44:60"
        assert self.found(shelf, sort="price", unit=eth) == ["chair", "lamp", "bike"]
        assert self.found(shelf, sort="-price", unit=eth) == ["bike", "lamp", "chair"]
        assert self.found(shelf, "lamp", sort="price") == ["chair", "lamp"]
        assert self.found(shelf, "lamp", sort="newest") == ["chair", "lamp"]
        assert self.found(shelf, sort="price") == ["book", "chair", "lamp", "bike"]

    def test_facets_show_what_another_choice_would_find(self, shelf):
        query = Query(categories=("home",), facets=(("condition", "new"),))
        page = shelf.search(query, NOW + 9)
        assert slugs(page) == ["lamp"]
        assert page.facets["category"] == {"home": 1, "books": 1}
        assert page.facets["condition"] == {"new": 1}
        assert page.facets["pickup"] == {"yes": 1}

    @pytest.mark.parametrize("sort", ["best", "newest", "price", "-price"])
    @pytest.mark.parametrize("text", ["", "lamp"])
    def test_pages_show_each_listing_once(self, store, sort, text):
        store.put(
            [
                listing(ANNA, f"lamp-{n}", price=n % 3, created=NOW + n % 4, text="lamp " * (n % 5))
                for n in range(23)
            ]
        )
        whole = self.found(store, text, sort=sort, limit=50)
        assert len(whole) == 23
        seen, after = [], None
        while True:
            page = store.search(Query(text=text, sort=sort, limit=5, after=after), NOW + 9)
            assert page.total == 23
            seen += slugs(page)
            after = page.next
            if after is None:
                break
        assert seen == whole

    @pytest.mark.parametrize(
        "after", ["", "x", "AAAA", "é", "W10", "e30", "[]", "\0", "=" * 9, "a" * 10_000]
    )
    def test_a_mark_that_is_none(self, shelf, after):
        with pytest.raises(InputError) as raised:
            shelf.search(Query(after=after), NOW)
        assert raised.value.rule == "query.after"

    def test_a_query_that_makes_no_sense(self, shelf):
        for rule, query in (("query.sort", Query(sort="x")), ("query.unit", Query(low=1))):
            with pytest.raises(InputError) as raised:
                shelf.search(query, NOW)
            assert raised.value.rule == rule

    def test_time_takes_a_listing_out(self, store):
        store.put([listing(ANNA, until=NOW + DAY, offer_until=NOW + 60)])
        assert self.found(store, now=NOW + DAY - 1) == ["lamp"]
        assert self.found(store, now=NOW + DAY) == []
        assert self.found(store, now=NOW + 59, available_only=True) == ["lamp"]
        assert self.found(store, now=NOW + 60, available_only=True) == []

    def test_the_index_follows_edition_stock_name_and_end(self, store):
        store.put([listing(ANNA, title="Copper kettle"), profile(ANNA, "Kupferkram")])
        assert self.found(store, "kettle") == self.found(store, "kupferkram") == ["lamp"]
        store.put([listing(ANNA, title="Tin kettle", created=NOW + 1)])
        assert self.found(store, "copper") == []
        assert self.found(store, "tin") == ["lamp"]
        store.put([profile(ANNA, "Blechbude", created=NOW + 1)])
        assert self.found(store, "kupferkram") == []
        assert self.found(store, "blechbude tin") == ["lamp"]
        store.put([availability(ANNA, stock=0)])
        assert self.found(store, available_only=True) == []
        store.put([availability(ANNA, stock=1, created=NOW + 1)])
        assert self.found(store, available_only=True) == ["lamp"]
        store.put([listing(ANNA, gone=True, created=NOW + 2)])
        assert self.found(store) == []
        store.put([listing(ANNA, title="Kettle again", created=NOW + 3)])
        assert self.found(store, "again", available_only=True) == ["lamp"]
        store.sweep(NOW + 200 * DAY)
        assert self.found(store, now=NOW) == []

    def test_an_unknown_extension_is_no_obstacle(self, store):
        record = listing(ANNA)
        body = read(record)
        body["extensions"] = {"org.example.seats": {"rows": 5}}
        store.put([make("listing", ANNA, body, slug="seats", until=UNTIL)])
        assert self.found(store, available_only=True) == ["seats"]
