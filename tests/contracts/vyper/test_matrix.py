"""Every function × state × caller × side of the deadline: what the table doesn't allow reverts, with this reason."""

import itertools

import boa
import pytest
from reference import ZERO, Reference, Refused
from world import AMOUNT, NEVER, START

STATES = ("none", "funded", "delivered", "disputed", "contested", "closed")
LIVE = STATES[1:5]
CALLERS = ("buyer", "seller", "payout", "arbiter", "stranger")
FUNCTIONS = ("fund", "deliver", "dispute", "release", "give_back", "timeout", "rule", "withdraw")

# (function, state, caller, after the deadline); everything else must revert.
ALLOWED = {
    *itertools.product(["fund"], ["none", "closed"], ["buyer"], [False]),
    ("deliver", "funded", "seller", False),
    *itertools.product(["dispute"], ["funded", "delivered"], ["buyer", "seller"], [False]),
    *itertools.product(["release"], LIVE, ["buyer"], [False, True]),
    *itertools.product(["give_back"], LIVE, ["seller"], [False, True]),
    *itertools.product(["timeout"], LIVE, CALLERS, [True]),
    *itertools.product(["rule"], ["disputed", "contested"], ["arbiter"], [False]),
}


def call(function, terms):
    """(name and arguments for the escrow, the same for the reference)"""
    if function == "give_back":
        name, args = "settle", (terms, AMOUNT, 0, NEVER)
        return (name, *args, b"", b"", []), (name, *args, (), [])
    args = {
        "fund": (terms, []),
        "deliver": (terms,),
        "dispute": (terms,),
        "release": (terms, []),
        "timeout": (terms, []),
        "rule": (terms, AMOUNT // 2, []),
        "withdraw": (ZERO, terms.payout),
    }[function]
    return (function, *args), (function, *args)


def expected(world, state, terms, sender, late, plain):
    """The reference's verdict on the same call: None or a reason."""
    model = Reference(world.escrow.address)
    model.balances[ZERO, terms.buyer] = 2 * AMOUNT
    steps = [(START, "buyer", "fund", [])]
    steps += [(START, "seller", "deliver")] if state in ("delivered", "contested") else []
    steps += [(START, "buyer", "dispute")] if state in ("disputed", "contested") else []
    steps += [(START, "buyer", "release", [])] if state == "closed" else []
    for now, role, name, *rest in [] if state == "none" else steps:
        value = {"value": AMOUNT} if name == "fund" else {}
        getattr(model, name)(now, world.people[role], terms, *rest, **value)
    name, *args = plain
    value = {"value": AMOUNT} if name == "fund" else {}
    try:
        getattr(model, name)(late, world.people[sender], *args, **value)
    except Refused as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_by_state_by_caller_by_time(world, function, state):
    for caller, after in itertools.product(CALLERS, [False, True]):
        with boa.env.anchor():
            terms = world.brought_to(state)
            until = world.pot(terms)[2] or terms.shipBy
            boa.env.timestamp = until if after else until - 1
            raw, plain = call(function, terms)
            value = AMOUNT if function == "fund" else 0
            outcome = world.do(caller, *raw, value=value)
            case = (function, state, caller, after)
            assert (outcome.reason is None) == (case in ALLOWED), case
            now = boa.env.timestamp
            assert outcome.reason == expected(world, state, terms, caller, now, plain), case


def test_the_table_speaks_of_nothing_else():
    every = set(itertools.product(FUNCTIONS, STATES, CALLERS, [False, True]))
    assert every >= ALLOWED
