"""Objections and cancelling: by whom, until when, what they stop and what is owed all the same."""

from itertools import permutations

import boa
import pytest
from campaign_world import COIN, DAY, LATER, START, UNTIL, Phase, hexed, protocol
from world import RICH

REFUSE = 1
OVER = ("stopped", "cancelled", "paid")
THIRD = 333_339  # of 1,000,017 that three have pledged; 40 hundredths of it stop


def objected(done):
    return [event for name, event in done.logs if name == "Objected"]


def names(done):
    return [name for name, _ in done.logs]


def test_object_should_revert_with_no_such_campaign(campaigns):
    assert campaigns.object(campaigns.terms(), "ann").reason == "no such campaign"


def test_object_should_revert_with_not_a_backer(campaigns):
    terms = campaigns.brought_to("succeeded")
    for role in ("creator", "payout", "stranger"):
        assert campaigns.object(terms, role).reason == "not a backer"
    # nobody's signature is that of nobody, and nobody has a pledge
    relayed = campaigns.object(terms, COIN, sender="stranger", signature=bytes(65), expiry=LATER)
    assert relayed.reason == "not a backer"


def relay(campaigns, terms, turn=1, objects=True, expiry=LATER, role="ann", id=None, **domain):
    """Another's sending of an objection of ann's."""
    message = (id or campaigns.id(terms), objects, turn, expiry)
    signature = campaigns.signed(role, "Objection", message, **domain)
    return {"sender": "stranger", "expiry": expiry, "signature": signature}


def test_object_should_revert_with_no_consent_of_the_backer(campaigns):
    terms, other = campaigns.brought_to("succeeded"), campaigns.terms()
    bad = [
        {"sender": "stranger", "expiry": LATER},
        relay(campaigns, terms, role="ben"),
        relay(campaigns, terms, turn=2),
        relay(campaigns, terms, turn=0),
        relay(campaigns, terms, objects=False),
        relay(campaigns, terms, id=campaigns.id(other)),
        relay(campaigns, terms, chainId=7),
        relay(campaigns, terms, name="Etal Escrow"),
        relay(campaigns, terms) | {"expiry": LATER - 1},
        relay(campaigns, terms) | {"sender": "creator", "signature": bytes(65)},
    ]
    for relayed in bad:
        done = campaigns.object(terms, "ann", **relayed)
        assert done.reason == "no consent of the backer"


def test_object_should_revert_with_expired(campaigns):
    terms = campaigns.brought_to("succeeded")
    for expiry in (UNTIL - 1, UNTIL):
        relayed = relay(campaigns, terms, expiry=expiry)
        assert campaigns.object(terms, "ann", signed=True, **relayed).reason == "expired"
    relayed = relay(campaigns, terms, expiry=UNTIL + 1)
    assert campaigns.object(terms, "ann", signed=True, **relayed).reason is None


def test_object_should_count_for_the_backer(campaigns):
    terms = campaigns.brought_to("succeeded")
    relayed = relay(campaigns, terms)
    [event] = objected(campaigns.object(terms, "ann", signed=True, **relayed))
    assert (event["backer"], event["weight"]) == (campaigns.ann, THIRD)
    assert campaigns.object(terms, "ann", False).reason is None


def test_object_should_count_once_for_each_signature(campaigns):
    """The signature names the turn: taken back, an objection can't be sent again by others."""
    terms = campaigns.brought_to("succeeded")
    first = relay(campaigns, terms)
    assert campaigns.object(terms, "ann", signed=True, **first).reason is None
    assert campaigns.object(terms, "ann", **first).reason == "no consent of the backer"
    back = relay(campaigns, terms, turn=2, objects=False)
    assert campaigns.object(terms, "ann", False, signed=True, **back).reason is None
    for relayed, objects in ((first, True), (back, False)):
        done = campaigns.object(terms, "ann", objects, **relayed)
        assert done.reason == "no consent of the backer"
    third = relay(campaigns, terms, turn=3)
    assert campaigns.object(terms, "ann", signed=True, **third).reason is None


def test_object_should_ask_a_backer_that_is_a_contract(campaigns):
    wallet, who = campaigns.account()
    terms = campaigns.opened()
    assert campaigns.pledge(who, terms, protocol.MAX_STOP_BPS * 10**3).reason is None
    boa.env.timestamp = UNTIL
    digest = protocol.objection_digest(
        campaigns.id(terms), True, 1, LATER, boa.env.evm.patch.chain_id, campaigns.contract
    )
    relayed = {"sender": "stranger", "expiry": LATER, "signature": b"any"}
    assert campaigns.object(terms, who, **relayed).reason == "no consent of the backer"
    wallet.sign_as(0, digest)
    assert campaigns.object(terms, who, signed=True, **relayed).reason is None


@pytest.mark.parametrize("state", OVER)
def test_object_should_revert_with_wrong_state(campaigns, state):
    terms = campaigns.brought_to(state)
    assert campaigns.object(terms, "cyd").reason == "wrong state"
    assert campaigns.object(terms, "ann", False).reason == "wrong state"


def test_object_should_revert_with_too_early(campaigns):
    terms = campaigns.brought_to("open")
    boa.env.timestamp = UNTIL - 1
    assert campaigns.object(terms, "ann").reason == "too early"


def test_object_should_revert_with_goal_not_reached(campaigns):
    terms = campaigns.brought_to("failed")
    assert campaigns.object(terms, "ann").reason == "goal not reached"


def test_object_should_revert_with_tranches_differ(campaigns):
    terms = campaigns.brought_to("succeeded")
    for shown in ([], campaigns.tranches()[:2], campaigns.tranches()[::-1]):
        assert campaigns.object(terms, "ann", tranches=shown).reason == "tranches differ"


def test_object_should_revert_with_too_late(campaigns):
    terms = campaigns.brought_to("succeeded")
    for now in (UNTIL + 60 * DAY, UNTIL + 900 * DAY):
        boa.env.timestamp = now
        assert campaigns.object(terms, "ann").reason == "too late"
    boa.env.timestamp = UNTIL + 60 * DAY - 1
    assert campaigns.object(terms, "ann").reason is None


def test_object_should_revert_with_said_already(campaigns):
    terms = campaigns.brought_to("succeeded")
    assert campaigns.object(terms, "ann", False).reason == "said already"
    assert campaigns.object(terms, "ann").reason is None
    assert campaigns.object(terms, "ann").reason == "said already"


def test_object_should_add_the_weight_of_the_pledge(campaigns):
    terms = campaigns.brought_to("succeeded")
    done = campaigns.object(terms, "ann")
    assert names(done) == ["Objected"]
    event = done.logs[0][1]
    assert (event["objects"], event["weight"], event["objections"]) == (True, THIRD, THIRD)
    assert campaigns.campaign(terms)[2] == THIRD
    assert campaigns.state(terms) == Phase.LIVE


def test_object_should_take_the_weight_back(campaigns):
    terms = campaigns.brought_to("succeeded")
    for objects, sum_ in ((True, THIRD), (False, 0), (True, THIRD)):
        [event] = objected(campaigns.object(terms, "ann", objects))
        assert (event["objects"], event["objections"]) == (objects, sum_)
    assert campaigns.object(terms, "ann", False).reason is None
    assert names(campaigns.object(terms, "ben")) == ["Objected"]


@pytest.mark.parametrize(
    ("raised", "weight", "bps", "stops"),
    [
        (1_000_000, 400_000, 4_000, True),
        (1_000_000, 399_999, 4_000, False),
        (1_000_003, 400_001, 4_000, False),
        (1_000_003, 400_002, 4_000, True),
        (1_000_003, 500_002, 5_000, True),
        (1_000_003, 500_001, 5_000, False),
        (10_000, 1, 1, True),
        (10_001, 1, 1, False),
        (1, 1, 5_000, True),
    ],
)
def test_object_should_stop_at_exactly_the_share(campaigns, raised, weight, bps, stops):
    pledges = {"ann": weight, "ben": raised - weight} if raised > weight else {"ann": raised}
    tranches = campaigns.tranches((1, 10_000))
    terms = campaigns.backed(tranches, pledges, goal=raised, stop_bps=bps)
    boa.env.timestamp = UNTIL
    done = campaigns.object(terms, "ann", tranches=tranches)
    assert names(done) == ["Objected", "Stopped"][: 1 + stops]
    assert campaigns.state(terms) == (Phase.STOPPED if stops else Phase.LIVE)
    assert campaigns.campaign(terms)[1] == raised


def test_object_should_call_nobody_when_nothing_is_due(campaigns):
    """Not even a payout that would refuse it."""
    _, payout = campaigns.account(REFUSE)
    tranches = campaigns.tranches((1, 10_000))
    terms = campaigns.backed(tranches, payout=payout)
    boa.env.timestamp = UNTIL
    assert campaigns.object(terms, "ann", tranches=tranches).reason is None
    done = campaigns.object(terms, "ben", tranches=tranches)
    assert names(done) == ["Objected", "Stopped"]


def test_object_should_pay_it_first_and_stop_for_the_rest(campaigns):
    terms = campaigns.brought_to("succeeded")
    assert campaigns.object(terms, "ann").reason is None
    boa.env.timestamp = UNTIL + 30 * DAY
    done = campaigns.object(terms, "ben")
    assert names(done) == ["Objected", "Collected", "Stopped"]
    owed = 1_000_017 * 3_000 // 10_000 + 1_000_017 * 3_333 // 10_000
    assert campaigns.balance(COIN, "payout") == RICH + owed
    assert campaigns.campaign(terms) == (1_000_017, 1_000_017 - owed, 2 * THIRD, 2, Phase.STOPPED)


def test_a_single_unit_that_is_due_is_paid(campaigns):
    tranches = campaigns.tranches((0, 5_000), (1, 5_000))
    terms = campaigns.backed(tranches, {"ann": 2, "ben": 1}, goal=3)
    boa.env.timestamp = UNTIL
    done = campaigns.object(terms, "ann", tranches=tranches)
    assert names(done) == ["Objected", "Collected", "Stopped"]
    assert campaigns.balance(COIN, "payout") == RICH + 1


def test_object_should_come_to_the_same_whoever_is_first_in_a_block(campaigns):
    ends = set()
    for order in permutations(["collect", "ann", "ben"]):
        with boa.env.anchor():
            campaigns.begin()
            terms = campaigns.brought_to("succeeded", about=bytes(32))
            for step in order:
                if step == "collect":
                    campaigns.do("stranger", "collect", terms, campaigns.tranches())
                else:
                    assert campaigns.object(terms, step).reason is None
            ends.add((campaigns.campaign(terms), campaigns.balance(COIN, "payout")))
    assert len(ends) == 1


def test_object_should_stop_all_the_same(campaigns):
    _, payout = campaigns.account(REFUSE)
    campaigns.model.refusing.add((COIN, payout))
    terms = campaigns.backed(payout=payout)
    boa.env.timestamp = UNTIL
    assert campaigns.object(terms, "ann").reason is None
    done = campaigns.object(terms, "ben")
    assert names(done) == ["Objected", "Collected", "Stopped", "Claimable"]


def test_cancel_should_revert_with_no_such_campaign(campaigns):
    assert campaigns.cancel(campaigns.terms()).reason == "no such campaign"


def withdrawn(campaigns, terms, expiry=LATER, role="creator", id=None, **domain):
    """Another's sending of the creator's cancellation."""
    message = (id or campaigns.id(terms), expiry)
    signature = campaigns.signed(role, "Cancellation", message, **domain)
    return {"sender": "stranger", "expiry": expiry, "signature": signature}


def test_cancel_should_revert_with_not_the_creator(campaigns):
    terms, other = campaigns.brought_to("open"), campaigns.terms()
    for role in ("payout", "ann", "stranger"):
        assert campaigns.cancel(terms, role, LATER).reason == "not the creator"
    opening = campaigns.signed("creator", "Campaign", terms.abi())
    for relayed in (
        withdrawn(campaigns, terms, role="ann"),
        withdrawn(campaigns, terms, id=campaigns.id(other)),
        withdrawn(campaigns, terms, chainId=7),
        withdrawn(campaigns, terms) | {"expiry": LATER - 1},
        withdrawn(campaigns, terms) | {"signature": opening},
    ):
        assert campaigns.cancel(terms, **relayed).reason == "not the creator"


def test_cancel_should_revert_with_expired(campaigns):
    terms = campaigns.brought_to("open")
    relayed = withdrawn(campaigns, terms, START)
    assert campaigns.cancel(terms, signed=True, **relayed).reason == "expired"


def test_cancel_should_cancel_for_the_creator(campaigns):
    terms = campaigns.brought_to("open")
    relayed = withdrawn(campaigns, terms, START + 1)
    assert campaigns.cancel(terms, signed=True, **relayed).reason is None
    assert campaigns.state(terms) == Phase.CANCELLED


def test_a_signature_is_for_one_side_of_a_chain_split(campaigns):
    terms = campaigns.brought_to("open")
    old = withdrawn(campaigns, terms)
    boa.env.evm.patch.chain_id = 77
    try:
        assert campaigns.cancel(terms, **old).reason == "not the creator"
        new = withdrawn(campaigns, terms)
        assert campaigns.cancel(terms, signed=True, **new).reason is None
    finally:
        boa.env.evm.patch.chain_id = campaigns.model.chain_id
    assert campaigns.state(terms) == Phase.CANCELLED


@pytest.mark.parametrize("state", OVER)
def test_cancel_should_revert_with_wrong_state(campaigns, state):
    assert campaigns.cancel(campaigns.brought_to(state)).reason == "wrong state"


def test_who_cancels_before_the_end_cannot_do_it_again(campaigns):
    terms = campaigns.opened()
    assert campaigns.cancel(terms).reason is None
    assert campaigns.cancel(terms).reason == "wrong state"


def test_cancel_should_revert_with_goal_not_reached(campaigns):
    assert campaigns.cancel(campaigns.brought_to("failed")).reason == "goal not reached"


def test_cancel_should_give_back_every_pledge_whole(campaigns):
    terms = campaigns.brought_to("open")
    boa.env.timestamp = UNTIL - 1
    done = campaigns.cancel(terms)
    assert done.logs == [("Cancelled", {"id": campaigns.id(terms), "left": 1_000_017})]
    everyone = [campaigns.people[role] for role in ("ann", "ben", "cyd")]
    campaigns.ok("stranger", "refund", terms, everyone)
    assert {campaigns.balance(COIN, role) for role in ("ann", "ben", "cyd")} == {RICH}
    assert campaigns.cancel(campaigns.opened()).reason is None


def test_cancel_should_give_back_what_is_left_by_pledges(campaigns):
    terms = campaigns.brought_to("begun")
    done = campaigns.cancel(terms)
    left = 1_000_017 - 300_005
    assert done.logs[0][1]["left"] == left
    campaigns.ok("stranger", "refund", terms, [campaigns.ann])
    assert campaigns.balance(COIN, "ann") == RICH - THIRD + THIRD * left // 1_000_017


def test_cancel_should_give_back_what_is_due_and_not_collected(campaigns):
    terms = campaigns.brought_to("succeeded")
    boa.env.timestamp = UNTIL + 900 * DAY
    assert campaigns.cancel(terms).logs[0][1]["left"] == 1_000_017
    pledged = campaigns.code.pledges(campaigns.id(terms), hexed(campaigns.ann))
    assert tuple(pledged) == (THIRD, 0)
