"""release, timeout, rule and withdraw: exact balances of everybody, and Paid."""

import boa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from world import AMOUNT, shown

from node.protocol.escrow import DAY, NOBODY, How, Paid, State

ROLES = ("buyer", "seller", "payout", "arbiter", "stranger", "payee_a", "payee_b")


class Gains:
    """What each person's balance gained between construction and `==`; roles left out gained nothing."""

    def __init__(self, world, token):
        self.look = lambda: {role: world.balance(token, role) for role in ROLES}
        self.before = self.look()

    def __eq__(self, gains):
        after = self.look()
        return {r: after[r] - self.before[r] for r in ROLES if after[r] != self.before[r]} == gains


@pytest.fixture(params=["coin", "token"])
def asset(request, world):
    return NOBODY if request.param == "coin" else world.token.address


def paid(outcome):
    """The fields of the only Paid, without the id."""
    [event] = [event for event in outcome.logs if isinstance(event, Paid)]
    fields = ("how", "to_buyer", "to_seller", "to_arbiter", "left")
    return tuple(getattr(event, field) for field in fields)


@pytest.mark.parametrize("state", ["funded", "delivered", "disputed", "contested"])
def test_release_pays_the_payout_address_not_the_shops_key(world, asset, state):
    terms = world.brought_to(state, token=asset)
    gains = Gains(world, asset)
    done = world.ok("buyer", "release", terms, [])
    assert gains == {"payout": AMOUNT}
    assert paid(done) == (How.RELEASE, 0, AMOUNT, 0, 0)
    assert world.pot(terms) == (0, 0, 0, 0)
    assert world.balance(asset, world.escrow.address) == 0


def test_release_is_possible_after_the_deadline_too(world):
    terms = world.brought_to("contested")
    world.pass_time(300 * DAY)
    world.ok("buyer", "release", terms, [])


def test_release_shares_among_payees_and_gives_the_rest_to_the_payout(world, asset):
    payees = world.payees()
    terms = world.funded(payees, token=asset)
    gains = Gains(world, asset)
    done = world.ok("buyer", "release", terms, payees)
    a, b = AMOUNT * 1_234 // 10_000, AMOUNT * 77 // 10_000
    assert gains == {"payee_a": a, "payee_b": b, "payout": AMOUNT - a - b}
    assert paid(done) == (How.RELEASE, 0, AMOUNT, 0, 0)


def test_payees_of_the_whole_leave_nothing_to_the_payout(world):
    payees = [(world.payee_a, 10_000)]
    terms = world.funded(payees)
    gains = Gains(world, NOBODY)
    world.ok("buyer", "release", terms, payees)
    assert gains == {"payee_a": AMOUNT}


def test_shares_of_one_unit_round_down_to_the_payout(world):
    payees = world.payees()
    terms = world.funded(payees, amount=1)
    gains = Gains(world, NOBODY)
    world.ok("buyer", "release", terms, payees)
    assert gains == {"payout": 1}


def test_money_for_the_seller_needs_the_list_and_a_refund_does_not(world):
    payees = world.payees()
    terms = world.funded(payees)
    for other in ([], payees[:1], payees[::-1]):
        assert world.do("buyer", "release", terms, other).reason == "payees differ"
    plain = world.funded()
    assert world.do("buyer", "release", plain, payees).reason == "payees differ"
    world.pass_time(7 * DAY)
    gains = Gains(world, NOBODY)
    world.ok("stranger", "timeout", terms, [])
    assert gains == {"buyer": AMOUNT}


TIMEOUTS = [
    ("funded", 7 * DAY, 0),
    ("delivered", 14 * DAY, AMOUNT),
    ("disputed", 21 * DAY, 0),
    ("contested", 21 * DAY, AMOUNT * 4_567 // 10_000),
]


@pytest.mark.parametrize(("state", "wait", "share"), TIMEOUTS)
def test_time_alone_ends_every_state(world, asset, state, wait, share):
    terms = world.brought_to(state, token=asset)
    world.pass_time(wait - 1)
    assert world.do("stranger", "timeout", terms, []).reason == "too early"
    world.pass_time(1)
    gains = Gains(world, asset)
    done = world.ok("stranger", "timeout", terms, [])
    everyone = {"buyer": AMOUNT - share, "payout": share}
    assert gains == {role: gain for role, gain in everyone.items() if gain}
    assert paid(done) == (How.TIMEOUT, AMOUNT - share, share, 0, 0)
    assert world.pot(terms) == (0, 0, 0, 0)


@pytest.mark.parametrize("by", ["buyer", "seller"])
def test_a_dispute_before_delivery_gains_the_seller_nothing(world, by):
    terms = world.funded(lapse_bps=10_000)
    world.ok(by, "dispute", terms)
    world.pass_time(terms.ruling)
    gains = Gains(world, NOBODY)
    world.ok("seller", "timeout", terms, [])
    assert gains == {"buyer": AMOUNT}


def test_a_deposit_comes_back(world):
    terms = world.funded(review=0)
    world.pass_time(7 * DAY)
    gains = Gains(world, NOBODY)
    world.ok("buyer", "timeout", terms, [])
    assert gains == {"buyer": AMOUNT}


@pytest.mark.parametrize("state", ["disputed", "contested"])
@pytest.mark.parametrize("to_seller", [0, 1, AMOUNT // 2, AMOUNT - AMOUNT * 333 // 10_000])
def test_a_ruling_pays_fee_seller_and_buyer(world, asset, state, to_seller):
    terms = world.brought_to(state, token=asset)
    fee = AMOUNT * 333 // 10_000
    gains = Gains(world, asset)
    done = world.ok("arbiter", "rule", terms, to_seller, [])
    rest = AMOUNT - fee - to_seller
    everyone = {"arbiter": fee, "payout": to_seller, "buyer": rest}
    assert gains == {role: gain for role, gain in everyone.items() if gain}
    assert paid(done) == (How.RULING, rest, to_seller, fee, 0)


@pytest.mark.parametrize("to_seller", [AMOUNT, AMOUNT + 1, 2**128 - 1])
def test_a_ruling_above_what_is_held_means_all_of_it(world, to_seller):
    terms = world.brought_to("contested")
    gains = Gains(world, NOBODY)
    world.ok("arbiter", "rule", terms, to_seller, [])
    fee = AMOUNT * 333 // 10_000
    assert gains == {"arbiter": fee, "payout": AMOUNT - fee}


def test_a_trifle_settled_just_before_does_not_block_a_ruling(world):
    terms = world.brought_to("contested")
    world.ok("buyer", "settle", terms, 0, 1, 2**40 - 1, b"", b"", [])
    world.ok("arbiter", "rule", terms, AMOUNT - AMOUNT * 333 // 10_000, [])


def test_a_ruling_ends_with_its_deadline(world):
    terms = world.brought_to("disputed")
    world.pass_time(terms.ruling - 1)
    late = world.brought_to("disputed")
    world.ok("arbiter", "rule", terms, 0, [])
    world.pass_time(late.ruling)
    assert world.do("arbiter", "rule", late, 0, []).reason == "too late"


def test_a_ruling_shares_among_payees(world):
    payees = world.payees()
    terms = world.brought_to("contested", payees)
    assert world.do("arbiter", "rule", terms, 1, []).reason == "payees differ"
    gains = Gains(world, NOBODY)
    world.ok("arbiter", "rule", terms, 500_000, payees)
    fee, a, b = AMOUNT * 333 // 10_000, 61_700, 3_850
    buyer = AMOUNT - fee - 500_000
    assert gains == {
        "arbiter": fee,
        "buyer": buyer,
        "payee_a": a,
        "payee_b": b,
        "payout": 500_000 - a - b,
    }


def test_nothing_to_withdraw(world):
    assert world.do("buyer", "withdraw", NOBODY, world.buyer).reason == "nothing to withdraw"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    amount=st.integers(1, 2**128 - 1),
    fee=st.integers(0, 2_000),
    lapse=st.integers(0, 10_000),
    share=st.integers(0, 2**128 - 1),
    shares=st.lists(st.integers(1, 625), max_size=16),
    ruled=st.booleans(),
)
def test_any_amount_is_paid_out_to_the_last_unit(world, amount, fee, lapse, share, shares, ruled):
    with boa.env.anchor():
        boa.env.set_balance(world.buyer, amount)
        payees = [(world.payee_a if i % 2 else world.payee_b, n) for i, n in enumerate(shares)]
        terms = world.brought_to(
            "contested", payees, amount=amount, arbiter_bps=fee, lapse_bps=lapse
        )
        gains = Gains(world, NOBODY)
        if ruled:
            world.ok("arbiter", "rule", terms, share, payees)
            arbiter = amount * fee // 10_000
            seller = min(share, amount - arbiter)
        else:
            world.pass_time(terms.ruling)
            world.ok("stranger", "timeout", terms, payees)
            arbiter, seller = 0, amount * lapse // 10_000
        a = sum(seller * bps // 10_000 for who, bps in payees if who == world.payee_a)
        b = sum(seller * bps // 10_000 for who, bps in payees if who == world.payee_b)
        everyone = {
            "buyer": amount - arbiter - seller,
            "arbiter": arbiter,
            "payee_a": a,
            "payee_b": b,
            "payout": seller - a - b,
        }
        assert gains == {role: gain for role, gain in everyone.items() if gain}
        assert world.balance(NOBODY, world.escrow.address) == 0


def test_every_bit_of_a_time_is_kept(world):
    """Of the 40 that a time has, the highest is set from the year 19391 on."""
    late = 2**39 + 1_000
    boa.env.timestamp = late
    terms = world.brought_to("funded")
    assert world.pot(terms) == (AMOUNT, late, late + 7 * DAY, State.FUNDED)
    world.ok("seller", "settle", terms, 5, 0, late + 1, b"", b"", [])
    assert world.pot(terms) == (AMOUNT - 5, late, late + 7 * DAY, State.FUNDED)
    assert world.do("stranger", "timeout", terms, []).reason == "too early"
    world.ok("seller", "deliver", terms)
    world.ok("buyer", "dispute", terms)
    assert world.pot(terms) == (AMOUNT - 5, late, late + 21 * DAY, State.CONTESTED)
    world.pass_time(21 * DAY)
    world.ok("stranger", "timeout", terms, [])
    assert world.pot(terms) == (0, 0, 0, 0)


@pytest.mark.parametrize(("coin", "gas"), [(True, 50_000 + 2_300), (False, 200_000)])
def test_a_payment_has_exactly_the_gas_that_the_spec_says(world, coin, gas):
    """The chain itself adds 2,300 to a call that brings coin."""
    terms = world.funded(token=NOBODY if coin else world.token.address)
    asked = terms.payout if coin else terms.token
    done = boa.env.execute_code(
        to_address=shown(world.escrow.address),
        sender=shown(world.buyer),
        data=world.calldata("buyer", "release", terms, []),
    )
    assert [call.msg.gas for call in done.children if call.msg.to == asked] == [gas]
