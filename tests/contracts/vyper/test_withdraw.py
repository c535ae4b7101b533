"""withdraw: by whom it is owed, to anywhere; by anyone, to whom it is owed."""

import pytest
from world import AMOUNT, RICH

from node.protocol.escrow import NOBODY, Withdrawn

REFUSE, WASTE = 1, 4
HONEST, FALSE_OUT = 0, 1


@pytest.fixture
def slow(world):
    """Who needs more gas than a push has, and is owed AMOUNT in coin."""
    made = world.account(WASTE, 60_000)
    world.ok("buyer", "release", world.funded(payout=made.address), [], gas=3_000_000)
    assert world.claim(NOBODY, made.address) == AMOUNT
    return made.address


@pytest.mark.parametrize("sender", ["stranger", "buyer", "payout", "arbiter"])
def test_anyone_may_send_it_to_its_owner(world, slow, sender):
    done = world.ok(sender, "withdraw", NOBODY, slow, slow)
    assert done.logs == [Withdrawn(NOBODY, slow, slow, AMOUNT)]
    assert world.balance(NOBODY, slow) == RICH + AMOUNT
    assert world.claim(NOBODY, slow) == 0
    assert world.do(sender, "withdraw", NOBODY, slow, slow).reason == "nothing to withdraw"


def test_nobody_else_may_send_it_elsewhere(world, slow):
    for role in world.people:
        for to in (world.people[role], world.buyer, NOBODY, world.escrow.address):
            done = world.do(role, "withdraw", NOBODY, slow, to)
            assert done.reason == "not yours to send elsewhere"
    assert world.claim(NOBODY, slow) == AMOUNT


def test_its_owner_may_send_it_anywhere(world, slow):
    done = world.ok(slow, "withdraw", NOBODY, slow, world.stranger)
    assert done.logs == [Withdrawn(NOBODY, slow, world.stranger, AMOUNT)]
    assert world.balance(NOBODY, "stranger") == RICH + AMOUNT


def test_what_the_owner_refuses_stays_owed(world):
    bad = world.account(REFUSE)
    world.ok("buyer", "release", world.funded(payout=bad.address), [])
    done = world.do("stranger", "withdraw", NOBODY, bad.address, bad.address)
    assert done.reason == "receiver or token refused"
    assert world.claim(NOBODY, bad.address) == AMOUNT
    bad.receive_as(0, 0, NOBODY, b"")
    world.ok("stranger", "withdraw", NOBODY, bad.address, bad.address)
    assert world.balance(NOBODY, bad.address) == RICH + AMOUNT


def test_a_token_that_failed_once_is_tried_again_by_anyone(world):
    token = world.odd_token()
    terms = world.funded(token=token.address)
    token.behave(FALSE_OUT, NOBODY, b"")
    world.ok("buyer", "release", terms, [])
    again = ("withdraw", token.address, world.payout, world.payout)
    assert world.do("stranger", *again).reason == "receiver or token refused"
    token.behave(HONEST, NOBODY, b"")
    world.ok("stranger", *again)
    assert token.balanceOf(world.payout) == RICH + AMOUNT


def test_somebody_elses_claim_is_untouched(world, slow):
    other = world.account(REFUSE).address
    world.ok("buyer", "release", world.funded(payout=other), [])
    world.ok("stranger", "withdraw", NOBODY, slow, slow)
    assert world.claim(NOBODY, other) == AMOUNT
    assert world.balance(NOBODY, world.escrow.address) == AMOUNT
