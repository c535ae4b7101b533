"""Availability lives beside its listing: same author, same slug, records of their own."""

import pytest

from node.protocol.errors import Rejected
from node.protocol.keeping import place_of
from node.protocol.kinds.availability import KIND, MAX_EXTENSIONS
from tests.protocol import sale

BODY = {"extensions": {"goods": {"stock": {"": 3}}}}


def test_does_not_compete_with_its_listing():
    availability = sale.sign("availability", BODY, slug="desk-lamp")
    listing = sale.REGISTRY.kind("listing")
    assert place_of(availability, KIND) != place_of(sale.LISTING, listing)


def test_blocks_of_unknown_extensions_are_kept():
    body = {"extensions": {"com.example.seats": {"left": 4}}}
    assert KIND.fields.read(KIND.fields.write(body)) == body


@pytest.mark.parametrize("count", [0, MAX_EXTENSIONS + 1])
def test_bounds(count):
    with pytest.raises(Rejected, match=r"field\.count"):
        KIND.fields.read({"extensions": {f"x{number}": {} for number in range(count)}})
