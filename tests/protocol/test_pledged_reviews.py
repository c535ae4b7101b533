"""What a review of a pledged order proves: each rule broken once."""

import pytest

from node.ports import Pledged
from node.protocol import pledged_reviews
from node.protocol.campaign import Phase
from node.protocol.pledged_reviews import RULES, Backing, Shown, shown_campaign
from node.protocol.record import parse
from tests.protocol.sale import NETWORK, REGISTRY, REVIEW, REVIEWER, sign
from tests.vectors.rows import each, load


@pytest.mark.parametrize("row", each("reviews", "pledged"))
def test_verdict(row):
    review, told = parse(bytes.fromhex(row["review"]), NETWORK), row["backing"]
    listing = parse(bytes.fromhex(row["listing"]), NETWORK) if row["listing"] else None
    if told is not None:
        told = Backing(
            **told | {"backer": bytes.fromhex(told["backer"]), "phase": Phase[told["phase"]]}
        )
    shown = shown_campaign(review, NETWORK, REGISTRY)
    verdict = pledged_reviews.verdict(review, listing, shown, told, REGISTRY)
    assert (verdict.standing, verdict.reason) == (row["standing"], row["reason"])
    assert list(pledged_reviews.dates(review, shown, told)) == row["dates"]


def test_each_rule_decides_once_at_least():
    reasons = {row["reason"] for row in load("reviews")["pledged"]}
    assert reasons == {"", "verdict.unknown", "verdict.refunded", *(rule.id for rule in RULES)}


def test_a_review_of_what_the_escrow_was_paid_for_shows_no_campaign():
    assert shown_campaign(sign("review", REVIEW, REVIEWER), NETWORK, REGISTRY) is None


@pytest.mark.parametrize(
    ("pledges", "found"),
    [
        ([("buyer", 5)], ("buyer", 5)),
        ([("buyer", 5), ("seller", 6)], ("buyer", 5)),
        ([("payout", 9), ("buyer", 1)], ("buyer", 1)),
        ([("seller", 5)], ("seller", 5)),
        ([("buyer", 3), ("other", 5), ("buyer", 3)], ("buyer", 6)),
        ([("buyer", 5), ("other", 5)], ("buyer", 5)),
    ],
)
def test_who_counts_for_an_order(pledges, found):
    """It is the buyer's: a seller that pledges more for it doesn't become its own backer."""
    body = {"creator": b"seller", "payout": b"payout"}
    shown = Shown(None, body, b"id")
    made = [Pledged(who.encode(), b"order", amount, 0, "", 0) for who, amount in pledges]
    other = Pledged(b"buyer", b"another", 99, 0, "", 0)
    who, amount = found
    assert shown.pledged_by([other, *made])[b"order"] == (who.encode(), amount)
