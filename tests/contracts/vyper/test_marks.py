"""deliver and dispute: who, in which state, how long."""

from dataclasses import replace

import pytest
from world import AMOUNT, START

from node.protocol.escrow import DAY, NOBODY, NOWHERE, Delivered, Disputed, State

SHIP = START + 7 * DAY


def test_delivery_starts_the_review(world):
    terms = world.funded()
    world.pass_time(DAY)
    done = world.ok("seller", "deliver", terms)
    until = START + DAY + terms.review
    assert world.pot(terms) == (AMOUNT, START, until, State.DELIVERED)
    assert done.logs == [Delivered(world.id(terms), until, NOWHERE)]


def test_delivery_is_possible_until_just_before_the_ship_date(world):
    terms = world.funded()
    world.pass_time(7 * DAY - 1)
    world.ok("seller", "deliver", terms)


@pytest.mark.parametrize("late", [0, 1, DAY])
def test_delivery_is_impossible_from_the_ship_date_on(world, late):
    terms = world.funded()
    world.pass_time(7 * DAY + late)
    assert world.do("seller", "deliver", terms).reason == "too late"


def test_a_deposit_is_never_delivered(world):
    terms = world.funded(review=0)
    assert world.do("seller", "deliver", terms).reason == "a deposit"


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_dispute_before_delivery(world, role):
    terms = world.funded()
    world.pass_time(5)
    done = world.ok(role, "dispute", terms)
    until = START + 5 + terms.ruling
    assert world.pot(terms) == (AMOUNT, START, until, State.DISPUTED)
    assert done.logs == [Disputed(world.id(terms), world.people[role], until, NOWHERE)]


@pytest.mark.parametrize("role", ["buyer", "seller"])
def test_a_dispute_after_delivery(world, role):
    terms = world.brought_to("delivered")
    world.pass_time(terms.review - 1)
    world.ok(role, "dispute", terms)
    until = START + terms.review - 1 + terms.ruling
    assert world.pot(terms) == (AMOUNT, START, until, State.CONTESTED)


@pytest.mark.parametrize(("state", "wait"), [("funded", 7 * DAY), ("delivered", 14 * DAY)])
def test_a_dispute_ends_with_the_deadline(world, state, wait):
    terms = world.brought_to(state)
    world.pass_time(wait)
    for role in ("buyer", "seller"):
        assert world.do(role, "dispute", terms).reason == "too late"


def test_no_dispute_without_an_arbiter(world):
    terms = world.funded(arbiter=NOBODY, ruling=0)
    assert world.do("buyer", "dispute", terms).reason == "no arbiter"


def test_a_disputed_order_is_not_delivered_any_more(world):
    terms = world.brought_to("disputed")
    assert world.do("seller", "deliver", terms).reason == "wrong state"


def test_marks_keep_what_is_held_after_a_part_was_paid(world):
    terms = world.funded()
    world.ok("buyer", "settle", terms, 0, 400_000, 2**40 - 1, b"", b"", [])
    world.ok("seller", "deliver", terms)
    world.ok("buyer", "dispute", terms)
    held, since, _, state = world.pot(terms)
    assert (held, since, state) == (AMOUNT - 400_000, START, State.CONTESTED)


def test_terms_that_differ_in_anything_name_another_order(world):
    terms = world.funded()
    other = {
        "buyer": world.stranger,
        "seller": world.stranger,
        "payout": world.stranger,
        "arbiter": world.stranger,
        "token": world.token.address,
        "payees": b"\x01" * 32,
        "order": bytes(32),
    }
    for field, value in vars(terms).items():
        changed = other[field] if field in other else value + 1
        fake = replace(terms, **{field: changed})
        assert world.id(fake) != world.id(terms), field
        for role in ("buyer", "seller", "stranger"):
            assert world.do(role, "deliver", fake).reason == "no such order", field
            assert world.do(role, "release", fake, []).reason == "no such order", field
    assert world.pot(terms) == (AMOUNT, START, SHIP, State.FUNDED)
