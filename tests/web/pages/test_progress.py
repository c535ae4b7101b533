from dataclasses import replace

import pytest

from node.peer.views import TransactionView
from node.web.pages.progress import DONE, FAIL, NOW, TODO, count, steps, under_way, waits
from tests.web.made import review
from tests.web.market import STAGES, Market, order

GOODS = Market().goods[0]
SALE = ["placed", "funded", "accepted", "shipped", "released"]


def states(stage: str, side: str = "buyer", **changes) -> dict[str, str]:
    return {step.name: step.state for step in steps(order(GOODS, stage, side, **changes))}


@pytest.mark.parametrize(
    ("stage", "now"),
    [
        ("placed", "funded"),
        ("funding", "funded"),
        ("funded", "accepted"),
        ("late", "accepted"),
        ("accepted", "shipped"),
        ("shipped", "released"),
    ],
)
@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_the_happy_path(stage, now, side):
    drawn = states(stage, side)
    assert list(drawn)[:5] == SALE
    before = SALE[: SALE.index(now)]
    assert [drawn[name] for name in before] == [DONE] * len(before)
    assert drawn[now] == NOW
    assert all(drawn[name] == TODO for name in SALE[SALE.index(now) + 1 :])


@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_a_dispute_waits_for_a_decision_and_claims_nothing_that_was_not_said(side):
    sent = {"placed": DONE, "funded": DONE, "accepted": DONE, "shipped": DONE}
    assert states("disputed", side) == {**sent, "disputed": DONE, "decided": NOW}
    early = {"placed": DONE, "funded": DONE, "disputed": DONE, "decided": NOW}
    assert states("disputed", side, messages=()) == early
    due = order(GOODS, "disputed", side, actions=("timeout",))
    assert waits(due) and not waits(replace(due, actions=("message",)))


def test_a_review_of_what_was_returned_is_shown_where_there_is_one():
    assert "reviewed" not in states("refunded")
    assert states("refunded", review=review(2))["reviewed"] == DONE


def test_only_a_buyer_reviews():
    assert states("released")["reviewed"] == NOW
    assert "reviewed" not in states("released", "seller")
    assert set(states("released", "seller").values()) == {DONE}


def test_unpaid_in_time():
    assert states("expired") == {"placed": DONE, "funded": FAIL}


def test_declined_with_money_in_the_contract():
    assert states("declined") == {"placed": DONE, "funded": DONE, "accepted": FAIL, "returned": NOW}


def test_declined_before_paying():
    assert states("declined", deadlines={}) == {"placed": DONE, "accepted": FAIL}


def test_cancelled_before_paying():
    assert states("cancelled") == {"placed": DONE, "funded": FAIL}


def test_cancelled_and_paid_afterwards():
    held = {"take_back_after": 9}
    assert states("cancelled", deadlines=held) == {"placed": DONE, "funded": DONE, "returned": NOW}


def test_cancelled_without_money():
    assert states("cancelled", terms=None) == {"placed": DONE, "accepted": FAIL}
    accepted = replace(order(GOODS, "cancelled").messages[0], step="accept")
    drawn = states("cancelled", terms=None, messages=(accepted,))
    assert drawn == {"placed": DONE, "accepted": DONE, "shipped": FAIL}


def test_money_that_came_back_because_nothing_was_sent():
    assert states("lapsed")["shipped"] == FAIL
    assert states("lapsed")["returned"] == DONE


def test_settled_after_shipping():
    drawn = states("settled")
    assert drawn["shipped"] == drawn["settled"] == DONE


def test_an_order_without_money_has_no_money_steps():
    assert states("placed", terms=None) == {"placed": DONE, "accepted": NOW, "shipped": TODO}
    assert set(states("shipped", terms=None).values()) == {DONE}


@pytest.mark.parametrize(
    ("side", "stages"),
    [("buyer", {"placed", "declined"}), ("seller", {"funded", "accepted"})],
)
def test_what_waits_for_a_person(side, stages):
    assert {stage for stage in STAGES if waits(order(GOODS, stage, side))} == stages


def test_what_is_answered_already_waits_no_more():
    paying = (TransactionView("fund", "0x1", "pending"),)
    assert not waits(order(GOODS, "placed", transactions=paying))


def test_what_the_network_works_on_is_busy():
    paying = order(GOODS, "funding")
    assert next(step for step in steps(paying) if step.name == "funded").busy
    releasing = replace(
        order(GOODS, "shipped"), transactions=(TransactionView("release", "0x1", "pending"),)
    )
    assert under_way(releasing, "released")
    assert next(step for step in steps(releasing) if step.name == "released").busy
    failed = replace(releasing, transactions=(TransactionView("release", "0x1", "failed"),))
    assert not under_way(failed, "released")


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("side", ["buyer", "seller"])
def test_at_most_one_step_shows_how_settled_the_money_is(stage, side):
    drawn = steps(order(GOODS, stage, side))
    assert sum(step.meter for step in drawn) <= 1
    done, of = count(order(GOODS, stage, side))
    assert 1 <= done <= of
