"""What every Store does with records."""

import pytest

from node.ports import Query
from node.protocol.escrow import Funded
from node.protocol.reviews import committed_to
from tests.fakes.records import (
    DAY,
    NOW,
    arbiter,
    availability,
    certificate,
    gone_review,
    key,
    listing,
    make,
    note,
    profile,
    review,
    revocation,
)

from .store_orders import terms, update, where


def funding(paid, block, index):
    """The event of a payment for what this review shows."""
    bought = terms(order=committed_to(paid.body))
    return Funded(paid.body["proof"]["order"], bought, NOW, where(block, index))


ANNA, BEN, PHONE, TABLET = key(1), key(2), key(3), key(4)


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

    def test_the_newest_of_a_kind_are_the_latest_of_each_author(self, store):
        first, later = arbiter(ANNA), arbiter(ANNA, created=NOW + 2)
        phone = arbiter(PHONE, owner=BEN, created=NOW + 1)
        older = arbiter(BEN, created=NOW - 1)
        store.put([first, later, phone, older, profile(BEN, "Ben")])
        assert store.newest("arbiter", 10) == [later, phone]
        assert store.newest("arbiter", 1) == [later]
        gone = make("arbiter", ANNA, None, created=NOW + 3)
        store.put([gone, revocation(BEN, PHONE)])
        assert store.newest("arbiter", 10) == [gone, older]

    def test_the_newest_of_a_kind_with_slugs_are_the_latest_of_each_place(self, store):
        lamp, chair = listing(ANNA, created=NOW), listing(ANNA, "chair", created=NOW + 1)
        later = listing(ANNA, created=NOW + 2)
        store.put([lamp, chair, later])
        assert store.newest("listing", 10) == [later, chair]

    def test_the_newer_edition_replaces_the_older(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        assert store.put([new]) == [True]
        assert store.put([old]) == [False]
        assert store.latest("listing", ANNA.public, "lamp") == new
        assert store.get(old.id) is None

    def test_an_edition_replaced_within_its_batch_is_not_kept(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        assert store.put([old, new]) == [False, True]

    def test_what_was_dated_ahead_is_replaced_by_what_is_dated_right(self, store):
        ahead, right = listing(ANNA, created=NOW + DAY), listing(ANNA, title="Chair")
        other = listing(BEN)
        store.put([ahead, other])
        store.replace(ahead.id, right)
        assert store.latest("listing", ANNA.public, "lamp") == right
        assert (store.has(ahead.id), store.has(other.id)) == (False, True)
        found = {hit.listing.id for hit in store.search(Query(), NOW).hits}
        assert found == {right.id, other.id}

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

    def test_what_is_pinned_for_a_time_goes_at_its_end_unless_it_is_pinned_for_longer(self, store):
        ends = {
            b"a": (NOW + DAY,),
            b"b": (NOW + DAY, None),
            b"c": (None, NOW + DAY),
            b"d": (NOW + 9 * DAY, NOW + DAY),
            b"e": (NOW + DAY, NOW + 9 * DAY),
        }
        for name, given in ends.items():
            for until in given:
                store.pin(name, name * 32, until)

        def left(now):
            store.sweep(now)
            return b"".join(store.get(name * 32) or b"" for name in ends)

        assert left(NOW + DAY - 1) == b"abcde"
        assert left(NOW + DAY) == b"bcde"
        assert left(NOW + 9 * DAY) == b"bc"

    def test_the_sweep_takes_what_can_count_no_more(self, store):
        short = listing(ANNA, until=NOW + DAY)
        store.put([short, certificate(BEN, PHONE, until=NOW + DAY)])
        assert store.sweep(NOW + DAY - 1) == 0
        assert store.sweep(NOW + DAY) == 1  # the certificate buries nothing
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

    def test_reviews_that_money_stands_behind_come_first(self, store):
        genuine = [review(key(10 + n), ANNA.public, created=NOW + n) for n in range(3)]
        account = genuine[0].body["proof"]["escrow"]
        fakes = [review(key(20 + n), ANNA.public, created=NOW + DAY + n) for n in range(20)]
        elsewhere = review(key(50), ANNA.public, "chair", created=NOW + 9)

        def pay(block, *paid, name=account, keep_to=None):
            """All reviews cite the same id; what tells them apart is what they commit to."""
            fundings = [funding(one, block, index) for index, one in enumerate(paid)]
            store.chain_apply(name, update(block, block, *fundings, keep_to=keep_to))

        pay(1, genuine[0])
        store.put([*genuine, *fakes, elsewhere])
        pay(1, genuine[1], name="eip155:1:0x" + "ee" * 20)  # another escrow
        newest = [elsewhere, *genuine[::-1]]
        assert store.reviews_of(ANNA.public, limit=2) == [genuine[0], fakes[-1]]
        pay(2, genuine[2], elsewhere)
        assert store.reviews_of(ANNA.public, limit=3) == [elsewhere, genuine[2], genuine[0]]
        assert store.reviews_of(ANNA.public, "lamp", limit=2) == [genuine[2], genuine[0]]
        pay(2, genuine[0], genuine[1], genuine[2], elsewhere, keep_to=0)
        assert store.reviews_of(ANNA.public, limit=4) == newest
        pay(1, keep_to=0)
        assert store.reviews_of(ANNA.public) == [*fakes[::-1], *newest]

    def test_reviews_of_what_was_pledged_for_come_first_also_once_they_are_renewed(self, store):
        genuine = review(key(10), ANNA.public, created=NOW)
        fakes = [review(key(20 + n), ANNA.public, created=NOW + DAY + n) for n in range(3)]
        store.put([genuine, *fakes])
        proof = genuine.body["proof"]
        store.back_reviews(proof["escrow"], proof["order"], committed_to(genuine.body))
        store.back_reviews(proof["escrow"], proof["order"], committed_to(genuine.body))
        store.back_reviews("eip155:1:0x" + "ee" * 20, proof["order"], committed_to(fakes[0].body))
        assert store.reviews_of(ANNA.public, limit=2) == [genuine, fakes[-1]]
        renewed = review(key(10), ANNA.public, created=NOW + 1)
        store.put([renewed])
        assert store.reviews_of(ANNA.public, limit=2) == [renewed, fakes[-1]]

    def test_evidence_outlives_its_replacement_and_is_no_record(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        store.put([old])
        store.keep_evidence(old)
        store.keep_evidence(old)
        store.put([new])
        assert store.get(old.id) == store.evidence(old.id) == old.raw
        assert not store.has(old.id)
        assert store.ids_after(b"", 10) == [new.id]
        assert store.evidence(new.id) is None
        assert [hit.listing for hit in store.search(Query(), NOW).hits] == [new]
        assert store.put([old]) == [False]

    def test_evidence_goes_with_the_last_review_that_cites_it(self, store):
        edition = listing(ANNA)
        first = review(BEN, ANNA.public, offer=edition.id)
        last = review(PHONE, ANNA.public, offer=edition.id, created=NOW + DAY)
        store.put([first, last])
        store.keep_evidence(edition)
        store.sweep(NOW + 90 * DAY)
        assert store.evidence(edition.id) == edition.raw
        store.sweep(NOW + 91 * DAY)
        assert store.evidence(edition.id) is None

    def test_evidence_stays_while_a_review_is_renewed_and_goes_when_it_is_taken_back(self, store):
        edition = listing(ANNA)
        store.keep_evidence(edition)
        for days in (0, 60, 120, 180):
            renewed = review(BEN, ANNA.public, offer=edition.id, created=NOW + days * DAY)
            assert store.put([renewed]) == [True]
            store.sweep(NOW + (days + 59) * DAY)
            assert store.reviews_of(ANNA.public) == [renewed]
            assert store.evidence(edition.id) == edition.raw
        assert store.put([gone_review(BEN, created=NOW + 181 * DAY)]) == [True]
        store.sweep(NOW + 181 * DAY)
        assert store.reviews_of(ANNA.public) == [] and store.unproven(0, 10)[0] == []
        assert store.evidence(edition.id) is None

    def test_of_reviews_by_several_signers_of_an_author_the_latest_counts(self, store):
        by_phone = review(PHONE, ANNA.public, owner=BEN, created=NOW + 1)
        store.put([review(BEN, ANNA.public), by_phone])
        assert store.reviews_of(ANNA.public) == [by_phone]
        store.put([gone_review(BEN, created=NOW + 2)])
        assert store.reviews_of(ANNA.public) == []
        assert store.latest("review", BEN.public).gone

    def test_reviews_without_evidence_in_parts(self, store):
        editions = [listing(ANNA, f"lamp-{n}") for n in range(5)]
        made = [review(key(20 + n), ANNA.public, offer=e.id) for n, e in enumerate(editions)]
        store.put(made)
        store.keep_evidence(editions[2])
        mark, seen = 0, []
        for _ in range(3):
            found, mark = store.unproven(mark, 2)
            assert len(found) <= 2
            seen += found
        assert set(seen) == {one for one in made if one is not made[2]}
        assert store.unproven(mark, 2) == ([], mark)
        assert len(store.unproven(0, 10)[0]) == 4

    def test_evidence_counts_as_held_of_its_author(self, store):
        old, new = listing(ANNA), listing(ANNA, created=NOW + 1)
        store.put([new])
        store.keep_evidence(old)
        assert store.holdings() == {ANNA.public: (2, len(old.raw) + len(new.raw))}

    def test_what_is_held_of_whom(self, store):
        assert store.holdings() == {}
        lamp, chair, other = listing(ANNA), listing(ANNA, "chair"), listing(BEN)
        store.put([lamp, chair, other])
        store.pin(b"pinned", b"1" * 32)
        assert store.holdings() == {
            ANNA.public: (2, len(lamp.raw) + len(chair.raw)),
            BEN.public: (1, len(other.raw)),
        }
        newer = listing(BEN, title="A much better desk lamp", created=NOW + 1)
        store.put([newer])
        assert store.holdings()[BEN.public] == (1, len(newer.raw))
