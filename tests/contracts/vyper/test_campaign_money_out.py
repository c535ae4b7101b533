"""collect, refund and withdraw: exact balances of everybody, to the last unit."""

import boa
import pytest
from campaign_world import COIN, DAY, GOAL, UNTIL, Phase, Tranche, hexed, protocol
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import RICH

REFUSE = 1
BACKERS = ("ann", "ben", "cyd")
RAISED = 1_000_017


@pytest.fixture(params=["coin", "token"])
def asset(request, campaigns):
    return COIN if request.param == "coin" else campaigns.token


def collect(campaigns, terms, tranches=None, sender="stranger"):
    tranches = campaigns.tranches() if tranches is None else tranches
    return campaigns.do(sender, "collect", terms, tranches)


def refund(campaigns, terms, *roles, sender="stranger"):
    return campaigns.do(sender, "refund", terms, [campaigns.who(role) for role in roles])


# ---- collect


def test_collect_should_revert_with_no_such_campaign(campaigns):
    assert collect(campaigns, campaigns.terms()).reason == "no such campaign"


@pytest.mark.parametrize("state", ["stopped", "cancelled", "paid"])
def test_collect_should_revert_with_wrong_state(campaigns, state):
    terms = campaigns.brought_to(state)
    boa.env.timestamp = UNTIL + 60 * DAY
    assert collect(campaigns, terms).reason == "wrong state"


def test_collect_should_revert_with_too_early(campaigns):
    terms = campaigns.brought_to("open")
    boa.env.timestamp = UNTIL - 1
    assert collect(campaigns, terms).reason == "too early"


@pytest.mark.parametrize("short", [1, GOAL // 2, GOAL])
def test_collect_should_revert_with_goal_not_reached(campaigns, short):
    terms = campaigns.opened()
    if short < GOAL:
        assert campaigns.pledge("ann", terms, GOAL - short).reason is None
    for now in (UNTIL, UNTIL + 900 * DAY):
        boa.env.timestamp = now
        assert collect(campaigns, terms).reason == "goal not reached"


def test_collect_should_revert_with_tranches_differ(campaigns):
    terms = campaigns.brought_to("succeeded")
    everything = [Tranche(UNTIL, 10_000)]
    for shown in ([], everything, campaigns.tranches()[:1], campaigns.tranches()[::-1]):
        assert collect(campaigns, terms, shown).reason == "tranches differ"


def test_collect_should_revert_with_nothing_due(campaigns):
    later = campaigns.tranches((1, 10_000))
    terms = campaigns.backed(later)
    boa.env.timestamp = UNTIL + DAY - 1
    assert collect(campaigns, terms, later).reason == "nothing due"
    begun = campaigns.tranches()
    boa.env.timestamp -= 31 * DAY
    other = campaigns.brought_to("begun")
    assert collect(campaigns, other, begun).reason == "nothing due"
    boa.env.timestamp = UNTIL + 30 * DAY - 1
    assert collect(campaigns, other, begun).reason == "nothing due"


@pytest.mark.parametrize("sender", ["creator", "payout", "ann", "stranger"])
def test_collect_should_pay_the_payout_whoever_sends_it(campaigns, asset, sender):
    terms = campaigns.brought_to("succeeded", token=asset)
    done = collect(campaigns, terms, sender=sender)
    first = RAISED * 3_000 // 10_000
    [(name, event)] = done.logs
    assert (name, event["amount"], event["paid"]) == ("Collected", first, 1)
    assert event["left"] == RAISED - first
    assert campaigns.balance(asset, "payout") == RICH + first
    assert campaigns.campaign(terms) == (RAISED, RAISED - first, 0, 1, Phase.LIVE)


def test_collect_should_pay_all_that_are_due_at_once(campaigns, asset):
    terms = campaigns.brought_to("succeeded", token=asset)
    boa.env.timestamp = UNTIL + 30 * DAY
    [(_, event)] = collect(campaigns, terms).logs
    parts = RAISED * 3_000 // 10_000 + RAISED * 3_333 // 10_000
    assert (event["amount"], event["paid"]) == (parts, 2)
    boa.env.timestamp = UNTIL + 60 * DAY
    [(_, event)] = collect(campaigns, terms).logs
    assert (event["amount"], event["paid"], event["left"]) == (RAISED - parts, 3, 0)
    assert campaigns.state(terms) == Phase.PAID


def test_collect_should_give_all_the_rest_with_the_last(campaigns, asset):
    terms = campaigns.brought_to("paid", token=asset)
    assert campaigns.balance(asset, "payout") == RICH + RAISED
    assert campaigns.balance(asset, campaigns.contract) == 0
    assert campaigns.campaign(terms) == (RAISED, 0, 0, 3, Phase.PAID)


def test_collect_should_pay_tranches_that_round_to_nothing(campaigns):
    terms = campaigns.backed(pledges={"ann": 3}, goal=1)
    boa.env.timestamp = UNTIL
    [(_, event)] = collect(campaigns, terms).logs
    assert (event["amount"], event["paid"], event["left"]) == (0, 1, 3)
    boa.env.timestamp = UNTIL + 60 * DAY
    [(_, event)] = collect(campaigns, terms).logs
    assert (event["amount"], event["paid"], event["left"]) == (3, 3, 0)


def test_collect_should_call_nobody_for_nothing(campaigns):
    """Not even a payout that would refuse it."""
    _, payout = campaigns.account(REFUSE)
    terms = campaigns.backed(pledges={"ann": 3}, goal=1, payout=payout)
    boa.env.timestamp = UNTIL
    assert [name for name, _ in collect(campaigns, terms).logs] == ["Collected"]


def test_collect_pays_a_single_unit(campaigns):
    terms = campaigns.backed(pledges={"ann": 4}, goal=1)
    boa.env.timestamp = UNTIL
    assert collect(campaigns, terms).reason is None
    assert campaigns.balance(COIN, "payout") == RICH + 1


def test_collect_should_pay_eight_tranches_in_turn(campaigns, asset):
    tranches = campaigns.tranches(*[(n * 100, 1_250) for n in range(8)])
    terms = campaigns.backed(tranches, token=asset)
    for number, tranche in enumerate(tranches, 1):
        boa.env.timestamp = tranche.at
        [(_, event)] = collect(campaigns, terms, tranches).logs
        assert event["paid"] == number
    assert campaigns.balance(asset, "payout") == RICH + RAISED


# ---- refund


def test_refund_should_revert_with_no_such_campaign(campaigns):
    assert refund(campaigns, campaigns.terms(), "ann").reason == "no such campaign"


def test_refund_should_revert_with_too_early(campaigns):
    terms = campaigns.brought_to("open")
    boa.env.timestamp = UNTIL - 1
    assert refund(campaigns, terms, "ann", sender="ann").reason == "too early"


@pytest.mark.parametrize("state", ["succeeded", "begun"])
def test_refund_should_revert_with_goal_reached(campaigns, state):
    terms = campaigns.brought_to(state)
    boa.env.timestamp += 900 * DAY
    assert refund(campaigns, terms, "ann", sender="ann").reason == "goal reached"


def test_refund_should_revert_with_wrong_state(campaigns):
    assert refund(campaigns, campaigns.brought_to("paid"), "ann").reason == "wrong state"


@pytest.mark.parametrize("state", ["failed", "cancelled", "stopped"])
def test_refund_should_revert_with_nothing_to_refund(campaigns, state):
    terms = campaigns.brought_to(state)
    for roles in ((), ("stranger",), ("creator", "payout", COIN)):
        assert refund(campaigns, terms, *roles).reason == "nothing to refund"
    assert refund(campaigns, terms, *BACKERS).reason is None
    assert refund(campaigns, terms, *BACKERS).reason == "nothing to refund"


def test_refund_should_revert_without_a_reason(campaigns):
    terms = campaigns.brought_to("failed")
    done = campaigns.raw("stranger", "refund", terms, [campaigns.ann] * 65)
    assert done.reason == ""


def test_refund_should_give_every_backer_its_pledge(campaigns, asset):
    terms = campaigns.brought_to("failed", token=asset)
    boa.env.timestamp = UNTIL + 900 * DAY
    done = refund(campaigns, terms, "ann")
    fields = {"id": campaigns.id(terms), "backer": campaigns.ann, "amount": GOAL // 2}
    assert done.logs == [("Refunded", fields)]
    assert refund(campaigns, terms, "ben", sender="ben").reason is None
    assert {campaigns.balance(asset, role) for role in BACKERS} == {RICH}
    assert campaigns.campaign(terms) == (0, 0, 0, 0, Phase.LIVE)


def test_refund_should_give_every_backer_its_pledge_then(campaigns, asset):
    terms = campaigns.backed(token=asset)
    assert campaigns.cancel(terms).reason is None
    assert refund(campaigns, terms, *BACKERS).reason is None
    assert {campaigns.balance(asset, role) for role in BACKERS} == {RICH}


def test_refund_should_share_what_is_left_by_pledges(campaigns, asset):
    terms = campaigns.brought_to("stopped", token=asset)
    left = RAISED - RAISED * 3_000 // 10_000
    pledged = RAISED // 3
    refund(campaigns, terms, "ann")
    assert campaigns.balance(asset, "ann") == RICH - pledged + pledged * left // RAISED


def test_refund_should_give_all_the_rest_with_the_last_pledge(campaigns, asset):
    terms = campaigns.brought_to("stopped", token=asset)
    left = RAISED - RAISED * 3_000 // 10_000
    done = refund(campaigns, terms, *BACKERS)
    assert sum(event["amount"] for _, event in done.logs) == left
    assert campaigns.campaign(terms)[:2] == (0, 0)
    assert campaigns.balance(asset, campaigns.contract) == 0


def test_refund_should_leave_it_out(campaigns, asset):
    terms = campaigns.brought_to("cancelled", token=asset)
    assert refund(campaigns, terms, "ben", sender="ben").reason is None
    done = refund(campaigns, terms, "stranger", "ann", "ben", "ann", COIN, "cyd", "cyd")
    assert [event["backer"] for _, event in done.logs] == [campaigns.ann, campaigns.cyd]


def test_refund_gives_back_a_single_unit(campaigns):
    terms = campaigns.backed(pledges={"ann": 1, "ben": 2})
    boa.env.timestamp = UNTIL
    assert refund(campaigns, terms, "ann", "ben").reason is None
    assert {campaigns.balance(COIN, role) for role in BACKERS} == {RICH}


def test_refund_should_call_nobody_for_nothing(campaigns):
    """A pledge of one unit, of which nothing is left after rounding: whoever has it is not called."""
    _, who = campaigns.account(REFUSE)
    terms = campaigns.opened()
    for role, amount in ((who, 1), ("ben", GOAL)):
        assert campaigns.pledge(role, terms, amount).reason is None
    boa.env.timestamp = UNTIL
    collect(campaigns, terms)
    assert campaigns.cancel(terms).reason is None
    done = refund(campaigns, terms, who)
    assert done.logs == [("Refunded", {"id": campaigns.id(terms), "backer": who, "amount": 0})]
    assert refund(campaigns, terms, who).reason == "nothing to refund"


# ---- withdraw


def claimed(campaigns):
    """A contract account that refused a refund of 7 in coin."""
    wallet, who = campaigns.account(REFUSE)
    campaigns.model.refusing.add((COIN, who))
    terms = campaigns.backed(pledges={who: 7})
    boa.env.timestamp = UNTIL
    assert [name for name, _ in refund(campaigns, terms, who).logs] == ["Refunded", "Claimable"]
    return wallet, who


def withdraw(campaigns, sender, who, to, token=COIN):
    return campaigns.do(sender, "withdraw", token, campaigns.who(who), campaigns.who(to))


def test_withdraw_should_revert_with_not_yours_to_send_elsewhere(campaigns):
    _, who = claimed(campaigns)
    for sender, to in (("ann", "ann"), ("creator", "payout"), ("stranger", COIN)):
        assert withdraw(campaigns, sender, who, to).reason == "not yours to send elsewhere"


def test_withdraw_should_revert_with_nothing_to_withdraw(campaigns):
    _, who = claimed(campaigns)
    assert withdraw(campaigns, "ann", "ann", "ben").reason == "nothing to withdraw"
    assert withdraw(campaigns, who, who, "ben", campaigns.token).reason == "nothing to withdraw"


def test_withdraw_should_revert_with_bad_receiver(campaigns):
    _, who = claimed(campaigns)
    for to in (COIN, campaigns.contract):
        assert withdraw(campaigns, who, who, to).reason == "bad receiver"


def test_withdraw_should_revert_with_receiver_or_token_refused(campaigns):
    _, who = claimed(campaigns)
    for sender in (who, "stranger"):
        done = withdraw(campaigns, sender, who, who)
        assert done.reason == "receiver or token refused"
    assert campaigns.code.claims(hexed(COIN), hexed(who)) == 7


def test_withdraw_should_go_where_its_owner_says(campaigns):
    _, who = claimed(campaigns)
    done = withdraw(campaigns, who, who, "cyd")
    fields = {"token": COIN, "who": who, "to": campaigns.cyd, "amount": 7}
    assert done.logs == [("Withdrawn", fields)]
    assert campaigns.balance(COIN, "cyd") == RICH + 7
    assert withdraw(campaigns, who, who, "cyd").reason == "nothing to withdraw"


def test_withdraw_should_go_to_its_owner_by_anyone(campaigns):
    wallet, who = claimed(campaigns)
    wallet.receive_as(0, 0, hexed(COIN), b"")
    campaigns.model.refusing.clear()
    assert withdraw(campaigns, "stranger", who, who).reason is None
    assert campaigns.balance(COIN, campaigns.contract) == 0


# ---- any numbers


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pledges=st.lists(st.integers(1, RICH), min_size=3, max_size=3),
    shares=st.lists(st.integers(1, 4_999), min_size=1, max_size=2),
    order=st.permutations(BACKERS),
    by_creator=st.booleans(),
)
def test_what_is_left_goes_back_fairly_to_the_last_unit(
    campaigns, pledges, shares, order, by_creator
):
    """Nobody gets less than its share rounded down, nor more than its pledge, in whatever order."""
    with boa.env.anchor():
        campaigns.begin()
        rest = protocol.WHOLE - sum(shares)
        tranches = [Tranche(UNTIL + n, bps) for n, bps in enumerate([*shares, rest])]
        by_role = dict(zip(BACKERS, pledges, strict=True))
        terms = campaigns.backed(tranches, by_role, goal=1, stop_bps=1)
        boa.env.timestamp = UNTIL + len(shares) - 1
        assert collect(campaigns, terms, tranches).reason is None
        raised, left, *_ = campaigns.campaign(terms)
        if by_creator:
            assert campaigns.cancel(terms).reason is None
        else:
            biggest = max(by_role, key=by_role.get)
            assert campaigns.object(terms, biggest, tranches=tranches).reason is None
        gains = {}
        for role in order:
            [(_, event)] = refund(campaigns, terms, role).logs
            gains[role] = event["amount"]
        assert sum(gains.values()) == left
        for role, pledge in by_role.items():
            assert pledge * left // raised <= gains[role] <= pledge
        assert campaigns.balance(COIN, campaigns.contract) == 0
