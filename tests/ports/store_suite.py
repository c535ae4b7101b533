"""What every Store does. Subclasses provide the fixture `store`, an empty one."""

import pytest

from node.ports import Block, ChainUpdate, OrderRow, Outgoing, Query
from node.protocol.errors import Conflict, InputError, NotFound, Rejected
from node.protocol.escrow import Delivered, Disputed, Funded, Paid, Terms, Where
from tests.fakes.records import (
    DAY,
    NOW,
    UNTIL,
    availability,
    key,
    listing,
    make,
    note,
    profile,
    read,
    review,
    revocation,
)

ANNA, BEN, PHONE, TABLET = key(1), key(2), key(3), key(4)
CHAIN = "eip155:31337"


def slugs(page) -> list[str]:
    return [hit.listing.slug for hit in page.hits]


class RecordsSuite:
    def test_a_record_is_kept_once(self, store):
        record = listing(ANNA)
        assert not store.has(record.id)
        assert store.put([record]) == [True]
        assert store.put([record]) == [False]
        assert store.put([]) == []
        assert store.has(record.id)
        assert store.get(record.id) == record.raw
        assert store.get(bytes(32)) is None

    def test_copies_in_one_batch_are_new_once(self, store):
        record = listing(ANNA)
        assert store.put([record, record]) == [True, False]

    def test_the_newer_edition_replaces_the_older(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        assert store.put([new]) == [True]
        assert store.put([old]) == [False]
        assert store.latest("listing", ANNA.public, "lamp") == new
        assert store.get(old.id) is None

    def test_an_edition_replaced_within_its_batch_is_not_kept(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        assert store.put([old, new]) == [False, True]

    def test_of_one_time_the_greater_id_wins(self, store):
        records = [listing(ANNA, title=f"Lamp {number}") for number in range(8)]
        for record in records:
            store.put([record])
        assert store.latest("listing", ANNA.public, "lamp") == max(records, key=lambda r: r.id)

    def test_places_of_persona_and_slug_are_apart(self, store):
        records = [listing(ANNA), listing(BEN), listing(ANNA, "chair"), availability(ANNA)]
        assert store.put(records) == [True] * 4
        assert store.counts()["listing"] == 3

    def test_a_tombstone_is_the_latest(self, store):
        store.put([listing(ANNA)])
        store.put([listing(ANNA, gone=True, created=NOW + 1)])
        assert store.latest("listing", ANNA.public, "lamp").gone
        assert store.search(Query(), NOW).total == 0

    def test_devices_write_side_by_side_and_the_latest_counts(self, store):
        by_root = listing(ANNA, created=NOW)
        by_phone = listing(PHONE, owner=ANNA, created=NOW + 2)
        by_tablet = listing(TABLET, owner=ANNA, created=NOW + 1)
        assert store.put([by_phone, by_tablet, by_root]) == [True] * 3
        assert store.latest("listing", ANNA.public, "lamp") == by_phone
        assert store.by_author("listing", ANNA.public) == [by_phone]

    @pytest.mark.parametrize("first", ["record", "revocation"])
    def test_a_revoked_device_has_written_nothing(self, store, first):
        by_root = listing(ANNA, title="By root")
        by_phone = listing(PHONE, owner=ANNA, title="By phone", created=NOW + 2)
        undo = revocation(ANNA, PHONE, created=NOW + 1)
        order = [by_phone, undo] if first == "record" else [undo, by_phone]
        for record in [by_root, *order]:
            store.put([record])
        assert store.revoked(ANNA.public, PHONE.public)
        assert not store.revoked(BEN.public, PHONE.public)
        assert store.latest("listing", ANNA.public, "lamp") == by_root
        assert not store.has(by_phone.id)
        assert [hit.listing for hit in store.search(Query(), NOW).hits] == [by_root]

    def test_private_records_are_not_kept(self, store):
        message = note(ANNA, bytes(32), "secret")
        assert store.put([message]) == [False]
        assert store.ids_after(b"", 10) == []

    def test_ids_come_in_pages(self, store):
        records = [listing(ANNA, f"lamp-{number}") for number in range(7)]
        store.put(records)
        ids = sorted(record.id for record in records)
        assert store.ids_after(b"", 3) == ids[:3]
        assert store.ids_after(ids[2], 3) == ids[3:6]
        assert store.ids_after(ids[-1], 3) == []

    def test_what_is_pinned_outlives_its_replacement_and_its_end(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        store.put([old])
        store.pin(old.raw, old.id)
        store.pin(old.raw, old.id)
        store.put([new])
        assert store.get(old.id) == old.raw
        assert not store.has(old.id)
        store.sweep(NOW + 1000 * DAY)
        assert store.get(old.id) == old.raw
        assert store.get(new.id) is None

    def test_the_sweep_takes_what_can_count_no_more(self, store):
        short = listing(ANNA, until=NOW + DAY)
        store.put([short, review(BEN, ANNA.public, until=NOW + DAY)])
        assert store.sweep(NOW + DAY - 1) == 0
        assert store.sweep(NOW + DAY) == 1  # the review buries nothing
        assert store.sweep(NOW + 90 * DAY - 1) == 0
        assert store.has(short.id)
        assert store.sweep(NOW + 90 * DAY) == 1
        assert store.counts().get("listing", 0) == 0

    def test_the_listings_of_a_persona_newest_first(self, store):
        records = [listing(ANNA, f"lamp-{n}", created=NOW + n) for n in range(4)]
        store.put([*records, listing(BEN)])
        assert store.by_author("listing", ANNA.public) == records[::-1]
        assert store.by_author("listing", ANNA.public, limit=2) == [records[3], records[2]]

    def test_reviews_by_seller_and_slug(self, store):
        one = review(key(10), ANNA.public, "lamp", created=NOW)
        two = review(key(11), ANNA.public, "chair", created=NOW + 1)
        store.put([one, two, review(key(12), BEN.public, "lamp")])
        assert store.reviews_of(ANNA.public) == [two, one]
        assert store.reviews_of(ANNA.public, "lamp") == [one]
        assert store.reviews_of(ANNA.public, limit=1) == [two]

    def test_parked_records_come_back_once(self, store):
        store.park(b"one", b"1" * 32, b"w" * 32, NOW + 10)
        store.park(b"one", b"1" * 32, b"w" * 32, NOW + 10)
        store.park(b"two", b"2" * 32, b"w" * 32, NOW + 10)
        store.park(b"late", b"3" * 32, b"v" * 32, NOW + 5)
        assert store.counts()["parked"] == 3
        assert store.unpark(b"w" * 32) == [b"one", b"two"]
        assert store.unpark(b"w" * 32) == []
        assert store.sweep(NOW + 5) == 1
        assert store.unpark(b"v" * 32) == []


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


class OrdersSuite:
    ROW = OrderRow(
        id=b"o" * 32,
        side="seller",
        offer=b"f" * 32,
        counterparty=b"c" * 32,
        escrow_id=b"e" * 32,
        created=NOW,
        secret={"salts": {"lines": b"s" * 32}},
        notes={"reserved": True},
    )
    MAIL = Outgoing(b"m" * 32, b"c" * 32, b"sealed", 0, NOW)

    @pytest.fixture
    def first(self):
        return note(BEN, self.ROW.id, "Rue de la Paix 1, Paris")

    @pytest.fixture
    def placed(self, store, first):
        store.add_order(self.ROW, first, self.MAIL)
        return store

    def test_an_order_comes_back_whole(self, placed, first):
        assert placed.order(self.ROW.id) == self.ROW
        assert placed.order_of_escrow(self.ROW.escrow_id) == self.ROW
        assert placed.messages(self.ROW.id) == [first]
        assert placed.outbox(NOW) == [self.MAIL]

    def test_what_is_not_there(self, store):
        assert store.order(b"x" * 32) is None
        assert store.order_of_escrow(b"x" * 32) is None
        assert store.messages(b"x" * 32) == []
        assert store.orders() == []
        with pytest.raises(NotFound):
            store.update_order(b"x" * 32, notes={"a": 1})

    def test_an_order_is_added_once(self, placed, first):
        with pytest.raises(Conflict):
            placed.add_order(self.ROW, first, None)

    def test_an_order_without_money_or_mail(self, store, first):
        row = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW)
        store.add_order(row, first, None)
        assert store.order(row.id) == row
        assert store.outbox(NOW) == []

    def test_an_update_does_everything(self, placed, first):
        second = note(ANNA, self.ROW.id, "Shipped")
        mail = Outgoing(second.id, b"c" * 32, b"sealed too", 0, NOW + 5)
        stock = availability(ANNA)
        result = placed.update_order(
            self.ROW.id,
            notes={"fund": "0x12", "reserved": False},
            messages=[first, second],
            outgoing=[mail],
            records=[stock, stock],
        )
        assert result == [False, True, True, False]
        assert placed.order(self.ROW.id).notes == {"fund": "0x12", "reserved": False}
        assert placed.order(self.ROW.id).secret == self.ROW.secret
        assert placed.messages(self.ROW.id) == [first, second]
        assert placed.outbox(NOW) == [self.MAIL]
        assert placed.outbox(NOW + 5) == [self.MAIL, mail]
        assert placed.latest("availability", ANNA.public, "lamp") == stock

    def test_what_the_notes_can_not_hold_is_refused(self, placed):
        for value in (None, 1.5, {1: 2}, object()):
            with pytest.raises(Rejected):
                placed.update_order(self.ROW.id, notes={"bad": value})
        assert placed.order(self.ROW.id) == self.ROW

    def test_what_was_given_or_got_can_be_changed_without_harm(self, placed):
        given = {"list": [1]}
        placed.update_order(self.ROW.id, notes=given)
        given["list"].append(2)
        placed.order(self.ROW.id).notes["list"].append(3)
        assert placed.order(self.ROW.id).notes["list"] == [1]

    def test_mail_waits_and_ends(self, placed):
        placed.retry(self.MAIL.id, NOW + 60)
        assert placed.outbox(NOW + 59) == []
        (waiting,) = placed.outbox(NOW + 60)
        assert (waiting.tries, waiting.next_try) == (1, NOW + 60)
        assert placed.receipted(self.MAIL.id)
        assert not placed.receipted(self.MAIL.id)
        assert placed.outbox(NOW + 60) == []

    def test_orders_by_side_newest_first(self, placed, first):
        late = OrderRow(b"p" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW + 1)
        placed.add_order(late, first, None)
        assert placed.orders() == [late, self.ROW]
        assert placed.orders("seller") == [self.ROW]
        assert placed.orders(limit=1) == [late]

    def test_counts(self, placed):
        counts = placed.counts()
        assert (counts["orders"], counts["outbox"], counts["pinned"]) == (1, 1, 0)


def terms(**changes) -> Terms:
    values = dict(
        buyer=b"b" * 20, seller=b"s" * 20, payout=b"p" * 20, arbiter=bytes(20), token=bytes(20),
        amount=2**127, ship_by=NOW, review=7 * DAY, ruling=0, arbiter_bps=0, lapse_bps=0,
        payees=bytes(32), order=b"o" * 32,
    )  # fmt: skip
    return Terms(**values | changes)


def where(block: int, index: int = 0) -> Where:
    return Where(block, hash_of(block), index, b"t" * 32, NOW + block)


def hash_of(block: int, fork: int = 0) -> bytes:
    return bytes([block % 256, fork]) * 16


def update(first: int, last: int, *events, keep_to: int | None = None, fork=0, reset=False):
    blocks = tuple(Block(n, hash_of(n, fork), NOW + n) for n in range(first, last + 1))
    kept = first - 1 if keep_to is None else keep_to
    return ChainUpdate(kept, blocks, events, Block(last, hash_of(last, fork), NOW), 0, 0, reset)


class ChainSuite:
    ID = b"e" * 32

    def test_the_window_and_events_of_a_chain(self, store):
        assert store.chain_window(CHAIN) == []
        funded = Funded(self.ID, terms(), NOW, where(2))
        delivered = Delivered(self.ID, NOW + 1, where(3, 1))
        disputed = Disputed(self.ID, b"b" * 20, NOW + 2, where(3, 2))
        paid = Paid(self.ID, 1, 2**100, 0, 5, 3, where(4))
        other = Funded(b"x" * 32, terms(), NOW, where(3, 0))
        store.chain_apply(CHAIN, update(1, 3, delivered, disputed, funded, other))
        store.chain_apply(CHAIN, update(4, 4, paid))
        assert store.chain_window(CHAIN) == [(n, hash_of(n)) for n in range(1, 5)]
        assert store.events(CHAIN, self.ID) == [funded, delivered, disputed, paid]
        assert store.events("eip155:1", self.ID) == []

    def test_undone_blocks_take_their_events_along(self, store):
        funded = Funded(self.ID, terms(), NOW, where(2))
        store.chain_apply(CHAIN, update(1, 3, funded, Delivered(self.ID, NOW, where(3))))
        store.chain_apply(CHAIN, update(3, 4, keep_to=2, fork=1))
        assert store.events(CHAIN, self.ID) == [funded]
        assert store.chain_window(CHAIN)[2:] == [(3, hash_of(3, 1)), (4, hash_of(4, 1))]
        store.chain_apply(CHAIN, update(2, 2, keep_to=1, fork=2))
        assert store.events(CHAIN, self.ID) == []
        assert store.chain_window(CHAIN) == [(1, hash_of(1)), (2, hash_of(2, 2))]

    def test_a_reset_forgets_this_chain_alone(self, store):
        event = Funded(self.ID, terms(), NOW, where(1))
        store.chain_apply(CHAIN, update(1, 3, event))
        store.chain_apply("eip155:1", update(1, 3, event))
        again = Funded(self.ID, terms(), NOW, where(7))
        store.chain_apply(CHAIN, update(7, 8, again, keep_to=6, reset=True))
        assert store.events(CHAIN, self.ID) == [again]
        assert [number for number, _ in store.chain_window(CHAIN)] == [7, 8]
        assert store.events("eip155:1", self.ID) == [event]

    def test_the_same_events_again(self, store):
        event = Funded(self.ID, terms(), NOW, where(1))
        store.chain_apply(CHAIN, update(1, 1, event))
        store.chain_apply(CHAIN, update(1, 1, event, event))
        assert store.events(CHAIN, self.ID) == [event]

    def test_fundings_without_an_order(self, store):
        mine = Funded(self.ID, terms(), NOW, where(1, 0))
        unseen = Funded(b"u" * 32, terms(), NOW, where(1, 1))
        others = Funded(b"x" * 32, terms(seller=b"z" * 20), NOW, where(1, 2))
        store.chain_apply(
            CHAIN, update(1, 2, mine, unseen, others, Paid(b"u" * 32, 0, 1, 0, 0, 1, where(2)))
        )
        row = OrderRow(b"o" * 32, "seller", b"f" * 32, b"c" * 32, self.ID, NOW)
        store.add_order(row, note(BEN, row.id, "Hello"), None)
        assert store.unseen_funded(CHAIN, b"s" * 20) == [unseen]
        assert store.unseen_funded("eip155:1", b"s" * 20) == []


class ContentSuite:
    def test_chunks_and_manifests(self, store):
        blob = b"b" * 32
        assert store.chunk(blob, 0) is None
        assert store.manifest(blob) is None
        store.put_manifest(blob, b"manifest")
        store.put_manifest(blob, b"manifest")
        store.put_chunk(blob, 0, b"zero")
        store.put_chunk(blob, 1, b"one")
        store.put_chunk(blob, 1, b"one")
        assert [store.chunk(blob, index) for index in range(3)] == [b"zero", b"one", None]
        assert store.manifest(blob) == b"manifest"

    def test_facts(self, store):
        assert store.fact("peers") is None
        store.set_fact("peers", b"one")
        store.set_fact("peers", b"two")
        assert store.fact("peers") == b"two"


class StoreSuite(RecordsSuite, SearchSuite, OrdersSuite, ChainSuite, ContentSuite):
    pass
