import logging

import pytest

from node.protocol.fields import FieldSet, Text
from node.protocol.registry import Extension, standard
from node.store.entry import MAX_FACETS, entry_of, seller_name
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
)

ANNA = key(1)


def with_block(id: str, block: dict):
    body = read(listing(ANNA))
    body["extensions"][id] = block
    return make("listing", ANNA, body, slug="lamp", until=UNTIL)


def test_what_is_indexed():
    record = listing(
        ANNA, title="Ｌamp", tags=("a", "b"), price=7, zones=("FR", "*"), condition="used"
    )
    entry = entry_of(record, None, "Anna", REGISTRY)
    assert entry.words == ("Lamp", "a b", "home", "Anna", "A lamp.")
    assert (entry.price, entry.price_bytes) == (7, bytes(15) + b"\x07")
    assert entry.destinations == {"FR", "*"}
    assert ("condition", "used") in entry.facets
    assert entry.available


@pytest.mark.parametrize(("stock", "available"), [(None, True), (0, False), (3, True)])
def test_availability(stock, available):
    record = None if stock is None else availability(ANNA, stock=stock)
    assert entry_of(listing(ANNA), record, "", REGISTRY).available is available


class Odd(Extension):
    id = "org.example.odd"
    listing = FieldSet({"size": Text(1, 500)})

    def least_price(self, listing_block, base):
        return base + 1

    def summary(self, listing_block):
        return {f"f{number}": listing_block["size"] for number in range(99)} | {"category": "x"}

    def destinations(self, listing_block):
        return ["JP"]

    def in_stock(self, listing_block, availability_block):
        return True


class Broken(Odd):
    id = "org.example.broken"

    def summary(self, listing_block):
        raise ZeroDivisionError


def test_an_extension_can_only_say_so_much():
    entry = entry_of(with_block(Odd.id, {"size": "s" * 500}), None, "", standard([Odd()]))
    assert len(entry.facets) == MAX_FACETS
    assert all(len(value) <= 64 for _, value in entry.facets)
    assert "category" not in dict(entry.facets)
    assert entry.destinations == {"FR", "DE", "JP"}


@pytest.mark.parametrize("block", [{"size": "big"}, {"size": 5}, {}])
def test_a_fault_in_an_extension_spoils_its_own_part_alone(block, caplog):
    with caplog.at_level(logging.WARNING, "etal.store"):
        entry = entry_of(with_block(Broken.id, block), None, "", standard([Broken()]))
    assert "org.example.broken" in caplog.text
    assert ("condition", "new") in entry.facets
    assert entry.destinations == {"FR", "DE"}


def test_the_name_of_a_seller():
    assert seller_name(None, REGISTRY) == ""
    assert seller_name(profile(ANNA, "Anna"), REGISTRY) == "Anna"
    assert seller_name(make("profile", ANNA, None, created=NOW + 1), REGISTRY) == ""
