"""Every function × state × caller: what the table doesn't allow reverts, with the reason that the reference gives."""

import itertools
from copy import deepcopy

import boa
import pytest
from campaign_world import COIN, DAY, GOAL, UNTIL

STATES = ("none", "open", "failed", "succeeded", "begun", "stopped", "cancelled", "paid")
CALLERS = ("creator", "payout", "ann", "stranger")
FUNCTIONS = ("open", "pledge", "authorize", "object", "retract", "cancel", "collect", "refund")
REFUNDING = ("failed", "cancelled", "stopped")

# (function, state, caller); everything else must revert. Ann is a backer, and has objected where it is stopped.
ALLOWED = {
    ("open", "none", "creator"),
    *itertools.product(["pledge", "authorize"], ["open"], CALLERS),
    *itertools.product(["object"], ["succeeded", "begun"], ["ann"]),
    *itertools.product(["cancel"], ["open", "succeeded", "begun"], ["creator"]),
    *itertools.product(["collect"], ["succeeded"], CALLERS),
    *itertools.product(["refund"], REFUNDING, CALLERS),
}


def call(campaigns, function, terms, caller):
    if function == "open":
        return campaigns.open(terms, sender=caller)
    if function == "pledge":
        return campaigns.pledge(caller, terms, 5)
    if function == "authorize":
        given, _ = campaigns.authorization("ann", terms, 5)
        return campaigns.do(caller, "pledge_with_authorizations", terms, [given])
    if function in ("object", "retract"):
        return campaigns.object(terms, caller, function == "object")
    if function == "cancel":
        return campaigns.cancel(terms, caller)
    last = {"collect": campaigns.tranches(), "refund": [campaigns.ann]}[function]
    return campaigns.do(caller, function, terms, last)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_function_by_state_by_caller(campaigns, function, state):
    terms = campaigns.brought_to(state, token=campaigns.token)
    for caller in CALLERS:
        with boa.env.anchor():
            kept = campaigns.model, campaigns.known
            campaigns.model, campaigns.known = deepcopy(kept)
            outcome = call(campaigns, function, terms, caller)
            campaigns.model, campaigns.known = kept
            allowed = (function, state, caller) in ALLOWED
            assert (outcome.reason is None) == allowed, (function, state, caller, outcome.reason)


def test_the_table_speaks_of_nothing_else():
    every = set(itertools.product(FUNCTIONS, STATES, CALLERS))
    assert every >= ALLOWED


@pytest.mark.parametrize("raised", [0, 1, GOAL - 1, GOAL, GOAL + 1])
def test_time_alone_ends_every_campaign_and_anyone_can_say_so(campaigns, raised):
    """No party does anything after the pledges: a stranger leaves nothing in the contract."""
    terms = campaigns.opened()
    if raised:
        assert campaigns.pledge("ann", terms, raised).reason is None
    boa.env.timestamp = UNTIL + 60 * DAY
    if raised >= GOAL:
        campaigns.ok("stranger", "collect", terms, campaigns.tranches())
    elif raised:
        campaigns.ok("stranger", "refund", terms, [campaigns.ann])
    assert campaigns.campaign(terms)[1] == campaigns.balance(COIN, campaigns.contract) == 0


@pytest.mark.parametrize("seconds", [-1, 0])
def test_the_end_belongs_to_the_next_state(campaigns, seconds):
    """In the last second pledges are taken and nothing is decided; at the end it is the other way round."""
    terms = campaigns.brought_to("open")
    boa.env.timestamp = UNTIL + seconds
    taken = campaigns.pledge("ann", terms, 5).reason
    paid = campaigns.do("stranger", "collect", terms, campaigns.tranches()).reason
    assert (taken, paid) == ((None, "too early") if seconds else ("too late", None))
