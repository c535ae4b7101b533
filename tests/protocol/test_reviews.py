"""What a review proves: each rule broken once."""

from dataclasses import replace

import pytest

from node.protocol import escrow, reviews
from node.protocol.commitment import Line, commitment, encode_lines
from node.protocol.escrow import How
from node.protocol.reviews import Standing
from tests.protocol import sale
from tests.protocol.sale import (
    BODY,
    CHAIN_ID,
    CONTRACT,
    LISTING,
    NOW,
    PLACE,
    REGISTRY,
    RELEASED,
    REVIEW,
    REVIEWER,
    TERMS,
    changed,
    funded,
    paid,
    proof,
)
from tests.vectors.reviews import EVENTS, other_sale


def judge(body=REVIEW, listing=LISTING, events=EVENTS):
    review = sale.sign("review", body, REVIEWER)
    return reviews.verdict(review, listing, events, REGISTRY)


def reason(*arguments, **more) -> str:
    verdict = judge(*arguments, **more)
    assert verdict.standing is Standing.UNVERIFIED
    return verdict.reason


def other(opened=("offer", "review"), **terms) -> dict:
    """A review, and the events, of a pot with other terms that commits to the same parts."""
    body, events = other_sale(opened, **terms)
    return {"body": body, "events": events}


class TestVerified:
    def test_a_purchase(self):
        assert judge() == reviews.Verdict(Standing.VERIFIED)

    def test_with_the_buyer_named_and_the_lines_shown(self):
        body = changed(REVIEW, proof=proof(("offer", "review", "buyer", "lines")))
        assert judge(body).standing is Standing.VERIFIED

    def test_paid_by_time(self):
        events = (funded(), paid(to_seller=TERMS.amount, how=How.TIMEOUT))
        assert judge(events=events).standing is Standing.VERIFIED

    def test_a_small_part_back(self):
        events = (funded(), paid(to_buyer=10, to_seller=TERMS.amount - 10, how=How.SETTLEMENT))
        assert judge(events=events).standing is Standing.VERIFIED

    def test_the_cheapest_piece_without_delivery_is_enough_when_lines_are_hidden(self):
        assert judge(**other(amount=39_990_000)).standing is Standing.VERIFIED


class TestRefunded:
    @pytest.mark.parametrize("to_seller", [0, TERMS.amount // 2])
    def test_half_or_more_back(self, to_seller):
        back = TERMS.amount - to_seller
        events = (funded(), paid(to_buyer=back, to_seller=to_seller, how=How.SETTLEMENT))
        assert judge(events=events).standing is Standing.REFUNDED


def worth_keeping(body=REVIEW, listing=LISTING, events=EVENTS) -> bool:
    return reviews.is_evidence(judge(body, listing, events))


class TestEvidence:
    def test_is_what_a_verdict_stands_on(self):
        back = paid(to_buyer=TERMS.amount, to_seller=0, how=How.SETTLEMENT)
        assert worth_keeping()
        assert worth_keeping(events=(funded(), back))

    def test_may_be_needed_once_the_order_is_over(self):
        assert worth_keeping(events=(funded(),))

    def test_is_nothing_that_proves_nothing(self):
        assert not worth_keeping(events=())
        assert not worth_keeping(listing=sale.PLACED)
        assert not worth_keeping(changed(REVIEW, offer=bytes(32)))
        assert not worth_keeping(**other(amount=1))


class TestUnverified:
    def test_of_an_unknown_listing(self):
        assert reason(listing=None) == "verdict.unknown"
        assert reason(listing=sale.PLACED) == "verdict.unknown"
        gone = sale.sign("listing", {}, slug="desk-lamp", gone=True)
        assert reason(listing=gone) == "verdict.unknown"

    @pytest.mark.parametrize(
        "change", [{"seller": bytes(32)}, {"slug": "other-lamp"}, {"offer": bytes(32)}]
    )
    def test_of_another_listing(self, change):
        assert reason(changed(REVIEW, **change)) == "verdict.listing"

    def test_by_another_escrow(self):
        other = f"eip155:1:0x{CONTRACT.hex()}"
        assert reason(changed(REVIEW, proof__escrow=other)) == "verdict.escrow"

    def test_never_funded(self):
        assert reason(events=()) == "verdict.funded"
        assert reason(changed(REVIEW, proof__order=bytes(32))) == "verdict.funded"

    def test_an_event_whose_terms_are_not_its_ids(self):
        forged = replace(funded(), terms=replace(TERMS, amount=1))
        assert reason(events=(forged, RELEASED)) == "verdict.id"

    def test_parts_of_another_order(self):
        parts = {**PLACE["parts"], "buyer": bytes(32)}
        assert reason(changed(REVIEW, proof=proof(parts=parts))) == "verdict.commitment"

    @pytest.mark.parametrize(
        "terms",
        [
            {"seller": b"\x01" * 20},
            {"payout": b"\x01" * 20},
            {"review": 3_600},
        ],
    )
    def test_other_terms(self, terms):
        assert reason(**other(**terms)) == "verdict.terms"

    def test_another_asset(self):
        assert reason(**other(token=bytes(20))) == "verdict.asset"

    def test_too_little(self):
        assert reason(**other(amount=39_989_999)) == "verdict.amount"

    def test_too_little_for_the_lines_that_are_shown(self):
        case = other(("offer", "review", "lines"), amount=99_979_999)
        assert reason(**case) == "verdict.amount"

    def test_lines_that_are_no_lines(self):
        parts = {
            **PLACE["parts"],
            "lines": encode_lines([Line("goods", {"quantity": 1})], REGISTRY),
        }
        order = commitment(parts, PLACE["salts"])
        id = escrow.escrow_id(replace(TERMS, order=order), CHAIN_ID, CONTRACT)
        body = changed(REVIEW, proof=proof(("offer", "review", "lines"), parts, id))
        events = (funded(order=order), replace(RELEASED, id=id))
        assert reason(body, events=events) == "verdict.amount"

    def test_after_the_offer(self):
        late = funded(BODY["offer"]["until"] - NOW + 1)
        closed = replace(RELEASED, where=sale.where(late.where.block + 1))
        assert reason(events=(late, closed)) == "verdict.time"

    @pytest.mark.parametrize("buyer", [TERMS.seller, TERMS.payout])
    def test_from_oneself(self, buyer):
        assert reason(**other(buyer=buyer)) == "verdict.own"

    def test_not_over_yet(self):
        assert reason(events=(funded(),)) == "verdict.closed"
        assert reason(events=(funded(), paid(to_seller=1, left=9))) == "verdict.closed"
