"""Random histories, contract and model side by side: the same verdicts, events and balances after every call.

ESCROW_EXAMPLES sets how many histories (default 25, about half a minute); hypothesis prints how to repeat a failure. The long run
is a command of its own, differential.py.
"""

import os

import boa
import pytest
from aims import EVERY, Aims
from histories import Histories
from hypothesis import HealthCheck, settings
from moves import Recipe, Turn
from side_by_side import LYING_OUT
from world import World

from node.protocol.escrow import DAY

Histories.TestCase.settings = settings(
    max_examples=int(os.environ.get("ESCROW_EXAMPLES", "25")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


class TestHistories(Histories.TestCase):
    @classmethod
    def setUpClass(cls):
        Histories.prepare()


@pytest.fixture(scope="module")
def market():
    with boa.env.anchor():
        yield Aims(World())


@pytest.mark.parametrize("function", sorted({function for function, _ in EVERY}))
def test_every_success_and_every_reason_of_the_spec_is_reached(market, function):
    for case in filter(lambda case: case[0] == function, EVERY):
        for number in range(4):
            with boa.env.anchor():
                market.start()
                market.aim(*case, number)
        assert market.counts[case], case


def test_a_token_that_says_it_has_paid_does_so_of_whom_it_blocks_too(market):
    """A long run found contract and model apart here."""
    with boa.env.anchor():
        market.start()
        odd, payout = 3, market.people["payout"]
        order = market.make(
            Recipe(odd, 1, 1, 0, DAY, (0, 0), (), "buyer", "seller", "payout", "arbiter")
        )
        market.fund("fund", [order], order[0].buyer)
        market.behave(LYING_OUT)
        market.block(payout, True)
        market.release([order], Turn(order=0, caller=None, early=None, shown=True, signed=None))
        assert market.counts["release", None] and not market.model.claim(market.tokens[odd], payout)
