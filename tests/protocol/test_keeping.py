"""Keeping is a function of the records: whatever their order, and whoever's clock was wrong, the shelf is the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.admission import MAX_AHEAD, Verdict, admit
from node.protocol.keeping import Shelf, kept_until, place_of, wins
from node.protocol.record import Draft, Record, parse, sign
from node.protocol.registry import standard
from tests.vectors import make
from tests.vectors.make import DAY, DEVICE, NETWORK, NOW, OTHER, ROOT

REGISTRY = standard()
ORDERS = 1_000


def edition(slug: str, created: int, by=ROOT, author=ROOT, gone=False, until=None) -> Record:
    body = (
        {} if gone else make.listing({"title": f"{slug} {created} {by.public.hex()[:4]}"})["body"]
    )
    if not gone:
        body["offer"]["until"] = created + DAY
    draft = Draft("listing", 1, body, created, until or created + 30 * DAY, slug, gone)
    if by is author:
        return sign(draft, by, NETWORK)
    return sign(draft, by, NETWORK, author.public, certificate(author, by).raw)


def certificate(author, device) -> Record:
    body = {"device": device.public, "name": "Phone", "scope": ["listing", "profile"]}
    return sign(Draft("certificate", 1, body, NOW - 30 * DAY, NOW + 30 * DAY), author, NETWORK)


def revocation(author, device, created: int) -> Record:
    draft = Draft("revocation", 1, {"device": device.public}, created, created + 180 * DAY)
    return sign(draft, author, NETWORK)


def profile(by, created: int) -> Record:
    body = make.profile({"name": f"Name {created}"})["body"]
    return sign(Draft("profile", 1, body, created, created + DAY), by, NETWORK)


RECORDS = [
    *[edition(slug, NOW + second) for slug in ("lamp", "chair") for second in (-5, 0, 0, 7)],
    *[edition("lamp", NOW + second, by=DEVICE) for second in (-DAY, 3, 50, DAY)],
    *[edition("lamp", NOW + second, by=OTHER) for second in (1, 40)],
    edition("chair", NOW + 6, gone=True),
    edition("lamp", NOW + 60, by=OTHER, gone=True),
    edition("lamp", NOW - 9, by=DEVICE, author=OTHER),
    revocation(ROOT, DEVICE, NOW + 2),
    revocation(ROOT, DEVICE, NOW - 3 * DAY),
    certificate(ROOT, DEVICE),
    certificate(ROOT, OTHER),
    *[profile(ROOT, NOW + second) for second in (0, 9, -9)],
    profile(OTHER, NOW + DAY),  # by a clock that is a day ahead
]


def by_definition(records: list[Record]) -> tuple[dict, set]:
    """What is kept, said without any order: the greatest of each place among what no revocation voids."""
    void = {(r.author, r.body["device"]) for r in records if r.kind == "revocation"}
    places: dict[bytes, list[Record]] = {}
    for record in records:
        if (record.author, record.signer) not in void:
            places.setdefault(place_of(record, REGISTRY.kind(record.kind)), []).append(record)
    kept = {place: max(rivals, key=lambda r: (r.created, r.id)) for place, rivals in places.items()}
    return kept, void


def test_a_thousand_orders_give_the_same_shelf():
    expected = by_definition(RECORDS)
    chance = random.Random(7)
    for _ in range(ORDERS):
        order = [*RECORDS, *chance.choices(RECORDS, k=5)]
        chance.shuffle(order)
        shelf = Shelf(REGISTRY, order)
        assert (shelf.kept, shelf.void) == expected


class Node:
    """A shelf behind admission, with a clock that may be wrong."""

    def __init__(self, clock: int):
        self.clock = clock
        self.shelf = Shelf(REGISTRY)

    def has(self, id: bytes) -> bool:
        return any(record.id == id for record in self.shelf.kept.values())

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return (author, signer) in self.shelf.void

    def offer(self, record: Record) -> Verdict:
        decision = admit(record.raw, NETWORK, REGISTRY, self, self.clock)
        if decision.verdict is Verdict.ACCEPT:
            self.shelf.put(decision.record)
        return decision.verdict


def test_clocks_a_day_apart_hold_the_same_once_all_has_come_again():
    """A record from the future is not kept but comes again, by sync, when its time has come."""
    expected = by_definition(RECORDS)
    chance = random.Random(8)
    for skew in (-DAY, 0, DAY) * 10:
        node = Node(NOW + skew)
        for now in (NOW, NOW + DAY, NOW + 2 * DAY):
            node.clock = now + skew
            order = RECORDS[:]
            chance.shuffle(order)
            verdicts = [node.offer(record) for record in order]
            assert Verdict.REJECT not in verdicts
        assert (node.shelf.kept, node.shelf.void) == expected


def test_nothing_from_the_future_is_kept():
    node = Node(NOW)
    for record in RECORDS:
        node.offer(record)
    assert node.shelf.kept
    assert all(record.created <= NOW + MAX_AHEAD for record in node.shelf.kept.values())


@given(st.lists(st.sampled_from(RECORDS), unique=True), st.randoms())
def test_any_part_of_them_in_any_order(records, chance):
    expected = by_definition(records)
    chance.shuffle(records)
    shelf = Shelf(REGISTRY, records)
    assert (shelf.kept, shelf.void) == expected


@given(st.sampled_from(RECORDS), st.sampled_from(RECORDS), st.sampled_from(RECORDS))
def test_later_is_a_strict_order(a, b, c):
    assert not wins(a, a)
    assert wins(a, b) + wins(b, a) == (a != b)
    if wins(a, b) and wins(b, c):
        assert wins(a, c)


def test_what_counts_is_the_latest_of_all_signers_that_are_not_revoked():
    root, device = edition("lamp", NOW), edition("lamp", NOW + 1, by=DEVICE)
    shelf = Shelf(REGISTRY, [root, device])
    assert shelf.latest("listing", ROOT.public, "lamp") == device
    assert shelf.put(revocation(ROOT, DEVICE, NOW + 9))
    assert shelf.latest("listing", ROOT.public, "lamp") == root
    assert not shelf.put(device)
    assert shelf.latest("listing", ROOT.public, "sofa") is None


def test_who_signs_again_is_kept():
    again = edition("lamp", NOW + 5, by=OTHER)
    shelf = Shelf(REGISTRY, [revocation(ROOT, DEVICE, NOW), again])
    assert shelf.latest("listing", ROOT.public, "lamp") == again


@pytest.mark.parametrize(
    "raw",
    [
        make.sign(make.payload("receipt", {"of": bytes(32)})),
        make.sign(make.payload("com.example.poll", {})),
    ],
)
def test_private_and_unknown_records_are_not_on_the_shelf(raw):
    assert not Shelf(REGISTRY).put(parse(raw, NETWORK))


def test_a_record_that_replaces_others_is_kept_as_long_as_they_could_live():
    listing, revoked = REGISTRY.kind("listing"), REGISTRY.kind("revocation")
    short = edition("lamp", NOW, until=NOW + DAY + 1)
    assert kept_until(short, listing) == NOW + 90 * DAY
    assert kept_until(revocation(ROOT, DEVICE, NOW), revoked) == NOW + 180 * DAY
    for older in RECORDS:
        if older.kind == "listing" and wins(short, older):
            assert older.until <= kept_until(short, listing)


def test_forgetting_what_has_ended_never_brings_an_older_edition_back():
    long, short = edition("lamp", NOW), edition("lamp", NOW + 1, until=NOW + 2 * DAY)
    kind = REGISTRY.kind("listing")
    for later in range(0, 100 * DAY, DAY // 2):
        node = Node(NOW + later)
        node.offer(short)
        node.offer(long)
        latest = node.shelf.latest("listing", ROOT.public, "lamp")
        assert latest == (short if kept_until(short, kind) > node.clock else None)


def test_places():
    listing, certificates = REGISTRY.kind("listing"), REGISTRY.kind("certificate")
    lamp = edition("lamp", NOW)
    assert place_of(lamp, listing) == place_of(edition("lamp", NOW + 9), listing)
    others = [
        edition("chair", NOW),
        edition("lamp", NOW, by=DEVICE),
        edition("lamp", NOW, by=OTHER, author=OTHER),
    ]
    assert len({place_of(record, listing) for record in [lamp, *others]}) == 4
    cert = certificate(ROOT, DEVICE)
    assert place_of(cert, certificates) == cert.id
