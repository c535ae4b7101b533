"""The rules of a review that need no chain."""

import pytest

from node.protocol.keeping import Shelf
from tests.protocol import sale
from tests.protocol.sale import REVIEW, REVIEWER, SELLER, changed, proof


def broken(body, by=REVIEWER) -> str | None:
    return sale.broken(sale.sign("review", body, by))


def test_a_good_one():
    assert broken(REVIEW) is None


def test_by_another_key():
    assert broken(REVIEW, SELLER) == "review.author"


def test_of_an_edition_that_was_not_ordered():
    assert broken(changed(REVIEW, offer=bytes(32))) == "review.offer"


@pytest.mark.parametrize(
    "shown",
    [
        proof(("review", "buyer")),
        {**proof(), "leaves": {}},
        {**proof(), "leaves": {**proof()["leaves"], "offer": bytes(32)}},
        {**proof(), "leaves": {**proof()["leaves"], "gift": bytes(32)}},
    ],
    ids=["offer hidden", "leaves missing", "both", "another part"],
)
def test_parts(shown):
    assert broken(changed(REVIEW, proof=shown)) == "review.parts"


@pytest.mark.parametrize(
    "dates",
    [
        {"written": sale.NOW + 1},
        {"written": sale.NOW, "changed": sale.NOW - 1},
        {"written": sale.NOW, "changed": sale.NOW + 1},
        {"changed": sale.NOW - 1},
    ],
    ids=["written ahead", "changed before", "changed ahead", "changed before it was made"],
)
def test_dates(dates):
    assert broken(changed(REVIEW, **dates)) == "review.dates"


def test_one_that_is_renewed_keeps_its_dates():
    assert broken(changed(REVIEW, written=sale.NOW - 2, changed=sale.NOW - 1)) is None


def test_a_later_one_of_the_same_key_takes_its_place():
    first = sale.sign("review", REVIEW, REVIEWER)
    again = sale.sign("review", changed(REVIEW, rating=1), REVIEWER, sale.NOW + 1)
    gone = sale.sign("review", {}, REVIEWER, sale.NOW + 2, gone=True)
    shelf = Shelf(sale.REGISTRY, [again, first])
    assert list(shelf.kept.values()) == [again]
    assert shelf.put(gone) and not shelf.put(first)
    assert list(shelf.kept.values()) == [gone]


def test_nothing_of_the_buyer_is_in_it():
    raw = sale.sign("review", REVIEW, REVIEWER).raw
    hidden = (sale.BUYER.public, sale.WALLET, b"67000", b"Ada", b"brass")
    assert not [secret for secret in hidden if secret in raw]
