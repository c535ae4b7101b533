"""The rules of a review that need no chain."""

import pytest

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


def test_nothing_of_the_buyer_is_in_it():
    raw = sale.sign("review", REVIEW, REVIEWER).raw
    hidden = (sale.BUYER.public, sale.WALLET, b"67000", b"Ada", b"brass")
    assert not [secret for secret in hidden if secret in raw]
