"""Every function × state × caller × side of the deadline, as the plan says (tests/contracts/escrow.tree), on contract and model."""

from collections import Counter
from dataclasses import astuple, replace

import boa
import plan
import pytest
from aims import EVERY, Aims
from moves import Recipe, Turn
from plan import PLAN, Case, cases, every_case, leaves
from world import AMOUNT, World

from node.protocol.escrow import (
    NOBODY,
    REASONS,
    Delivered,
    Disputed,
    Funded,
    How,
    Paid,
    State,
    Withdrawn,
    escrow_id,
)

LEAVES = leaves(PLAN.read_text("utf-8"))
MATRIX = [leaf for leaf in LEAVES if cases(leaf)]
OTHERS = [leaf for leaf in LEAVES if not cases(leaf)]
FEE, LAPSE = AMOUNT * 333 // 10_000, AMOUNT * 4_567 // 10_000
PAID = {
    "it should pay the seller's side": (How.RELEASE, 0, AMOUNT, 0),
    "it should pay the seller's side what is given": (How.RELEASE, 0, 5, 0),
    "it should pay the buyer what is given": (How.REFUND, 5, 0, 0),
    "it should pay each what is given": (How.SETTLEMENT, 5, 5, 0),
    "it should refund the buyer": (How.TIMEOUT, AMOUNT, 0, 0),
    "it should pay the seller's side for the buyer's silence": (How.TIMEOUT, 0, AMOUNT, 0),
    "it should split by lapseBps": (How.TIMEOUT, AMOUNT - LAPSE, LAPSE, 0),
    "it should pay as the arbiter says": (How.RULING, AMOUNT - FEE - 500_000, 500_000, FEE),
}
"""What a payment should be: how, to the buyer, to the seller's side, to the arbiter."""


VIEWS = {
    "it should answer with the order's id": lambda market, terms: (
        market.world.id(terms) == escrow_id(terms, market.model.chain_id, market.escrow)
    ),
    "it should answer with the order's word": lambda market, terms: (
        market.world.pot(terms) == astuple(market.pot(terms)) != (0, 0, 0, 0)
    ),
    "it should answer with zeros": lambda market, terms: market.world.pot(terms) == (0, 0, 0, 0),
    "it should answer with what is owed": lambda market, terms: (
        market.world.claim(NOBODY, terms.payout) == AMOUNT - 123_400 - 7_700
    ),
    "it should answer with nothing owed": lambda market, terms: (
        market.world.claim(NOBODY, terms.payout) == 0
    ),
}
"""What the views should answer."""


@pytest.fixture(scope="module")
def built():
    with boa.env.anchor():
        market = Aims(World())
        market.start()
        yield market


@pytest.fixture
def market(built):
    with boa.env.anchor():
        built.start()
        yield built


# ---- the plan against itself, and against the tables


def test_the_plan_names_every_case_once():
    named = Counter(case for leaf in MATRIX for case in cases(leaf))
    assert set(named) == every_case()
    assert {case for case, times in named.items() if times > 1} == set()


def test_the_plan_names_every_reason_of_every_function():
    named = {function: set() for function in REASONS}
    for leaf in LEAVES:
        if leaf.reason and leaf.reason in REASONS[leaf.function]:
            named[leaf.function].add(leaf.reason)
    assert named == {function: set(reasons) for function, reasons in REASONS.items()}


def test_every_other_leaf_is_one_reason_of_one_function():
    found = Counter((leaf.function, leaf.reason) for leaf in OTHERS)
    assert set(found) <= set(EVERY)
    assert max(found.values()) == 1


def test_what_is_no_plan_is_noticed():
    good = "Escrow::fund\n└── given the order is none\n    └── it should open the order\n"
    [leaf] = leaves(good)
    assert len(cases(leaf)) == len(plan.TIMES) * len(plan.PEOPLE)
    for bad in (good.replace("given", "if"), good.replace("└── it", "it"), good + "nonsense"):
        with pytest.raises(ValueError, match="not a line"):
            leaves(bad)


# ---- the plan against contract and model


@pytest.mark.parametrize("leaf", MATRIX, ids=lambda leaf: f"{leaf.function}: {leaf.outcome}")
def test_matrix(market, leaf):
    for case in sorted(cases(leaf)):
        with boa.env.anchor():
            market.start()
            order = brought_to(market, case)
            assert call(market, case, order) == leaf.reason, case
            if leaf.reason is None:
                should(market, leaf.outcome, case, order)


@pytest.mark.parametrize("leaf", OTHERS, ids=lambda leaf: f"{leaf.function}: {leaf.reason}")
def test_other_reasons(market, leaf):
    assert market.aim(leaf.function, leaf.reason) == leaf.reason


def brought_to(market: Aims, case: Case):
    """An order in the state of the case, and the time on its side of the deadline."""
    token = 1 if case.function in ("fundWithPermit", "fundWithAuthorization") else 0
    recipe = {"token": token, "shares": (("payee_a", 1_234), ("payee_b", 77))}
    if case.function in ("withdraw", "claims"):
        recipe["payout"] = "slow"  # whom no push reaches: it has a claim once the order is paid out
    if case.state == "none":
        order = market.make(replace(Recipe(), **recipe))
    else:
        state = "FUNDED" if case.state == "closed" else case.state.upper()
        order = market.prepare(state, **recipe)
    if case.state == "closed":
        market.release([order], Turn())
    until = market.pot(order[0]).until
    if case.function.startswith("fund") or not until:
        until = order[0].ship_by
    boa.env.timestamp = until - (case.time == "before the deadline")
    return order


def call(market: Aims, case: Case, order) -> str | None:
    """Makes the call; an argument that the case doesn't name is the right one."""
    terms, _ = order
    people = market.people
    payout = "slow" if case.function == "withdraw" else "payout"
    names = {"the payout": payout, "a payee": "payee_a"}
    role, _, how = case.caller.partition(" with ")
    role, _, by = role.partition(" in ")
    who = people[names.get(role, role.split()[-1])]
    function = case.function.split()[0]
    if function in ("idOf", "pots", "claims"):
        return None
    if function in ("fund", "fundMany"):
        others = [market.make(Recipe())] if function == "fundMany" else []
        return market.fund(function, [order, *others], who)
    if function == "fundWithPermit":
        return market.fund_with_permit(order, who)
    if function == "fundWithAuthorization":
        return market.fund_with_authorization(order, who, "signer" if how else None)
    if function in ("deliver", "dispute"):
        party = who
        if function == "deliver" or "seller" in how:
            party = terms.seller
        elif by or how:
            party = terms.buyer
        name = next(name for name, each in people.items() if each == who)
        signed = "well" if how else "signer" if by else None
        return market.mark(function, order, party, Turn(caller=name, signed=signed))
    name = next(name for name, each in people.items() if each == who)
    turn = Turn(caller=name)
    if function in ("release", "releaseMany"):
        return market.release([order], turn, function == "releaseMany")
    if function == "timeout":
        return market.timeout(order, turn)
    if function == "rule":
        return market.rule(order, 500_000, turn)
    if function == "withdraw":
        return market.withdraw(0, "slow", "stranger" if name == "slow" else "slow", name)
    given = {"to the buyer": (5, 0), "to the seller": (0, 5), "to both": (5, 5)}
    amounts = given[case.function.removeprefix("settle ")]
    signers = {"both": ("buyer", "seller"), "buyer": ("buyer",), "seller": ("seller",)}
    consents = next((each for word, each in signers.items() if word in how), ())
    return market.settle(order, amounts, set(consents), replace(turn, signed="well"))


def should(market: Aims, outcome: str, case: Case, order) -> None:
    """That the call did what its leaf says. (That all balances are right is compared with every call.)"""
    terms, _ = order
    if outcome in VIEWS:
        assert VIEWS[outcome](market, terms), case
        return
    id, pot = market.model.id_of(terms), market.pot(terms)
    [event] = [each for each in market.model.events if kind_of(each, id)]
    if outcome in PAID:
        found = (event.how, event.to_buyer, event.to_seller, event.to_arbiter)
        assert found == PAID[outcome], case
        assert pot.held == AMOUNT * bool(event.left) - bool(event.left) * sum(found[1:]), case
        return
    states = {
        "it should open the order": (Funded, State.FUNDED, terms.ship_by),
        "it should start the review": (Delivered, State.DELIVERED, market.now + terms.review),
        "it should ask the arbiter before delivery": (
            *(Disputed, State.DISPUTED, market.now + terms.ruling),
        ),
        "it should ask the arbiter after delivery": (
            *(Disputed, State.CONTESTED, market.now + terms.ruling),
        ),
        "it should send what is owed": (Withdrawn, State.NONE, 0),
    }
    kind, state, until = states[outcome]
    assert (type(event), pot.state, pot.until) == (kind, state, until), case


def kind_of(event, id: bytes) -> bool:
    """Whether this is about the order and isn't beside the point."""
    return isinstance(event, Withdrawn) or (
        isinstance(event, Funded | Delivered | Disputed | Paid) and event.id == id
    )
