"""Receivers and tokens that refuse, burn gas, call back or lie: nobody else's money is touched or blocked."""

from dataclasses import replace

import boa
import pytest
from test_money_out import Gains
from world import AMOUNT, NEVER, RICH, cold

from node.protocol.escrow import DAY, NOBODY, REASONS, Claimable, Paid, Withdrawn

ACCEPT, REFUSE, BURN, REENTER, WASTE, REENTER_OR_REFUSE = range(6)
(
    HONEST,
    FALSE_OUT,
    FALSE_IN,
    FEE,
    REENTER_IN,
    REENTER_OUT,
    REVERT_OUT,
    LONG_OUT,
    TWO_OUT,
    BURN_OUT,
    LYING_IN,
    GIFT,
    SHORT_OUT,
) = range(13)
GAS = 3_000_000


# ---- receivers of coin


@pytest.mark.parametrize("mode", [REFUSE, BURN])
def test_a_refused_push_becomes_a_claim_and_stops_nobody(world, mode):
    bad = world.account(mode)
    payees = [(bad.address, 1_000), (world.payee_b, 1_000)]
    terms = world.brought_to("contested", payees, arbiter_bps=1_000)
    gains = Gains(world, NOBODY)
    done = world.ok("arbiter", "rule", terms, 800_003, payees, gas=GAS)
    assert gains == {"arbiter": 100_000, "payee_b": 80_000, "buyer": 100_000, "payout": 640_003}
    assert done.logs[1:] == [Claimable(NOBODY, bad.address, 80_000)]
    assert world.claim(NOBODY, bad.address) == 80_000
    assert world.balance(NOBODY, world.escrow.address) == 80_000


@pytest.mark.parametrize(("share", "rest"), [(10_000, 0), (9_999, 1)])
def test_the_last_unit_is_paid_and_nothing_is_not(world, share, rest):
    """Who refuses shows what was sent: a claim to it, or none."""
    payout, payees = world.account(REFUSE), [(world.payee_a, share)]
    terms = world.funded(payees, payout=payout.address, amount=10_000)
    done = world.ok("buyer", "release", terms, payees, gas=GAS)
    assert done.logs[1:] == [Claimable(NOBODY, payout.address, rest)] * rest


@pytest.mark.parametrize("role", ["buyer", "payout", "arbiter", "payee"])
@pytest.mark.parametrize("mode", [REFUSE, BURN])
def test_any_role_may_refuse(world, role, mode):
    bad = world.account(mode)
    payees = [(bad.address if role == "payee" else world.payee_a, 5_000)]
    changed = {} if role == "payee" else {role: bad.address}
    terms = world.terms(payees, arbiter_bps=1_000, **changed)
    data = world.calldata(terms.buyer, "fund", terms, payees)
    if role == "buyer":
        bad.execute(world.escrow.address, AMOUNT, data)
    else:
        world.ok("buyer", "fund", terms, payees, value=AMOUNT)
    world.ok("seller", "dispute", terms)
    arbiter = terms.arbiter
    world.ok(arbiter, "rule", terms, 500_000, payees, gas=GAS)
    due = {"buyer": 400_003, "arbiter": 100_000, "payee": 250_000, "payout": 250_000}
    assert world.claim(NOBODY, bad.address) == due[role]
    assert world.pot(terms) == (0, 0, 0, 0)


def test_claims_add_up_and_are_withdrawn_once_to_anywhere(world):
    bad = world.account(REFUSE)
    for _ in range(2):
        terms = world.funded(payout=bad.address)
        world.ok("buyer", "release", terms, [])
    assert world.claim(NOBODY, bad.address) == 2 * AMOUNT
    gains = Gains(world, NOBODY)
    take = world.calldata(bad.address, "withdraw", NOBODY, world.stranger)
    bad.execute(world.escrow.address, 0, take)
    withdrawn = Withdrawn(NOBODY, bad.address, world.stranger, 2 * AMOUNT)
    assert world.logs(bad.computation) == [withdrawn]
    assert gains == {"stranger": 2 * AMOUNT}
    assert world.claim(NOBODY, bad.address) == 0
    with boa.reverts():
        bad.execute(world.escrow.address, 0, take)
    assert world.balance(NOBODY, world.escrow.address) == 0


def claimed(world, token=NOBODY):
    """Somebody with a claim of AMOUNT."""
    bad = world.account(REFUSE)
    terms = world.funded(payout=bad.address)
    world.ok("buyer", "release", terms, [])
    return bad


def test_a_withdrawal_that_is_refused_keeps_the_claim(world):
    bad = claimed(world)
    for to in (bad.address, NOBODY, world.escrow.address):
        with boa.reverts():
            bad.execute(
                world.escrow.address, 0, world.calldata(bad.address, "withdraw", NOBODY, to)
            )
        assert world.claim(NOBODY, bad.address) == AMOUNT
    assert world.do(bad.address, "withdraw", NOBODY, bad.address).reason == (
        "receiver or token refused"
    )
    assert world.do(bad.address, "withdraw", NOBODY, NOBODY).reason == "bad receiver"
    assert world.do(bad.address, "withdraw", NOBODY, world.escrow.address).reason == "bad receiver"


def test_a_claim_is_nobody_elses_and_in_no_other_token(world):
    bad = claimed(world)
    for role in world.people:
        assert world.do(role, "withdraw", NOBODY, world.stranger).reason == "nothing to withdraw"
    other = world.do(bad.address, "withdraw", world.token.address, world.stranger)
    assert other.reason == "nothing to withdraw"


def test_a_receiver_that_calls_back_is_paid_once(world):
    world.funded(amount=10 * AMOUNT)  # other people's money, worth stealing
    thief = world.account()
    terms = world.terms(buyer=thief.address, payout=thief.address)
    thief.execute(world.escrow.address, AMOUNT, world.calldata(thief.address, "fund", terms, []))
    other = world.terms(buyer=thief.address, payout=thief.address)
    thief.execute(world.escrow.address, AMOUNT, world.calldata(thief.address, "fund", other, []))
    again = {
        "release": (other, []),
        "settle": (other, 0, 1, NEVER, b"", b"", []),
        "deliver": (other,),
        "dispute": (other,),
    }
    for name, args in again.items():
        with boa.env.anchor():
            data = world.calldata(thief.address, name, *args)
            thief.receive_as(REENTER, 0, world.escrow.address, data)
            before = world.balance(NOBODY, thief.address)
            thief.execute(
                world.escrow.address, 0, world.calldata(thief.address, "release", terms, [])
            )
            assert world.balance(NOBODY, thief.address) == before + AMOUNT
            assert not thief.entered(), name
            assert world.pot(other)[0] == AMOUNT


def test_every_call_that_changes_anything_is_locked_while_coin_is_sent(world):
    """Straight from a withdrawal, which gives its receiver all the gas there is."""
    payees = world.payees()
    thief = world.account(REFUSE)
    world.ok("buyer", "release", world.funded(payout=thief.address), [])
    token = world.odd_token()
    owed = world.funded(payout=thief.address, token=token.address)
    token.behave(FALSE_OUT, NOBODY, b"")
    world.ok("buyer", "release", owed, [])
    token.behave(HONEST, NOBODY, b"")
    late = world.funded(ship_by=boa.env.timestamp + 10)
    ruled = world.funded(arbiter=thief.address)
    world.ok("buyer", "dispute", ruled)
    mine = {"buyer": thief.address, "seller": thief.address}
    live = world.terms(payees, **mine)
    thief.execute(world.escrow.address, AMOUNT, world.calldata(thief.address, "fund", live, payees))
    world.pass_time(10)
    fresh = world.terms(token=world.token.address, **mine)
    calls = {
        "fund": (fresh, []),
        "fundMany": ([(fresh, [])],),
        "fundWithPermit": (fresh, [], 2**255, 27, bytes(32), bytes(32)),
        "fundWithAuthorization": (replace(fresh, token=token.address), [], 0, 2**255, b""),
        "deliver": (live,),
        "dispute": (live,),
        "release": (live, payees),
        "releaseMany": ([(live, payees)],),
        "settle": (live, 1, 0, NEVER, b"", b"", []),
        "timeout": (late, []),
        "rule": (ruled, 0, []),
        "withdraw": (token.address, thief.address),
    }
    assert set(calls) == set(REASONS)
    token.mint(thief.address, AMOUNT)
    take = world.calldata(thief.address, "withdraw", NOBODY, thief.address)
    for name, args in calls.items():
        data = world.calldata(thief.address, name, *args)
        thief.receive_as(ACCEPT, 0, NOBODY, b"")
        with boa.env.anchor():  # by itself the call is a good one
            thief.execute(world.escrow.address, 0, data)
        with boa.env.anchor():
            thief.receive_as(REENTER, 0, world.escrow.address, data)
            thief.execute(world.escrow.address, 0, take)
            assert not thief.entered(), name


@pytest.mark.parametrize("view", ["pots", "idOf", "claims"])
def test_views_answer_in_the_middle_of_a_payment(world, view):
    looker = world.account()
    terms = world.funded(payout=looker.address)
    args = {"pots": (world.id(terms),), "idOf": (terms,), "claims": (NOBODY, NOBODY)}[view]
    looker.receive_as(REENTER, 0, world.escrow.address, world.calldata(looker.address, view, *args))
    world.ok("buyer", "release", terms, [])
    assert looker.entered()


@pytest.mark.parametrize("waste", [0, 20_000, 45_000, 49_000])
def test_no_gas_limit_starves_a_receiver(world, waste):
    """Whatever gas the caller gives, a receiver within its allowance is paid, or nothing happens."""
    payout = world.account(WASTE, waste)
    terms = world.funded(payout=payout.address)
    seen = set()
    for gas in range(20_000, 150_000, 1_499):
        with boa.env.anchor(), cold():
            done = world.do("buyer", "release", terms, [], gas=gas)
            assert world.claim(NOBODY, payout.address) == 0, gas
            seen.add(done.reason)
    assert None in seen and len(seen) > 1


def test_a_receiver_beyond_its_allowance_gets_a_claim(world):
    payout = world.account(WASTE, 60_000)
    terms = world.funded(payout=payout.address)
    world.ok("buyer", "release", terms, [], gas=GAS)
    assert world.claim(NOBODY, payout.address) == AMOUNT
    payout.execute(
        world.escrow.address, 0, world.calldata(payout.address, "withdraw", NOBODY, payout.address)
    )
    assert world.claim(NOBODY, payout.address) == 0


def test_sixteen_receivers_that_burn_their_gas_fit_in_a_block(world):
    many = [world.account(BURN).address for _ in range(16)]
    payees = [(who, 625) for who in many]
    terms = world.brought_to("delivered", payees)
    world.pass_time(14 * DAY)
    done = world.ok("stranger", "timeout", terms, payees, gas=15_000_000)
    assert [type(event) for event in done.logs] == [Paid, *[Claimable] * 16]
    assert done.gas < 2_000_000


def test_nobody_is_called_for_nothing(world):
    """A receiver that would refuse leaves no trace where its part is zero."""
    bad = world.account(REFUSE).address
    unpaid = {
        "payee": ([(bad, 1), (world.payee_a, 1)], {"amount": 1}, 1),
        "payout": ([(world.payee_a, 10_000)], {"payout": bad}, AMOUNT),
        "arbiter": ([], {"arbiter": bad, "arbiter_bps": 0}, AMOUNT),
    }
    for payees, changed, to_seller in unpaid.values():
        terms = world.brought_to("contested", payees, **changed)
        done = world.ok(terms.arbiter, "rule", terms, to_seller, payees)
        assert [type(event) for event in done.logs] == [Paid]
    wallet = world.account()
    terms = world.terms(buyer=wallet.address)
    wallet.execute(world.escrow.address, AMOUNT, world.calldata(wallet.address, "fund", terms, []))
    wallet.receive_as(REFUSE, 0, NOBODY, b"")
    done = world.ok(wallet.address, "release", terms, [])
    assert [type(event) for event in done.logs] == [Paid]


# ---- tokens


IN = [
    (FALSE_IN, "token refused"),
    (FEE, "token took a fee"),
    (LYING_IN, "token took a fee"),
    (GIFT, "token took a fee"),
]


@pytest.mark.parametrize(("mode", "reason"), IN)
def test_a_token_that_does_not_move_exactly_the_amount_is_refused(world, mode, reason):
    token = world.odd_token(mode=mode)
    terms = world.terms(token=token.address)
    assert world.do("buyer", "fund", terms, []).reason == reason
    assert world.pot(terms) == (0, 0, 0, 0)


def test_a_token_that_returns_nothing_works(world):
    token = world.odd_token("QuietToken")
    terms = world.funded(token=token.address)
    world.ok("buyer", "release", terms, [])
    assert token.balanceOf(world.payout) == RICH + AMOUNT
    assert token.balanceOf(world.escrow.address) == 0


@pytest.mark.parametrize("mode", [FALSE_OUT, REVERT_OUT, TWO_OUT, BURN_OUT, SHORT_OUT])
def test_a_token_that_does_not_pay_leaves_a_claim(world, mode):
    token = world.odd_token()
    terms = world.funded(token=token.address)
    token.behave(mode, NOBODY, b"")
    world.ok("buyer", "release", terms, [], gas=GAS)
    assert world.claim(token.address, "payout") == AMOUNT
    assert world.do("payout", "withdraw", token.address, world.payout, gas=GAS).reason == (
        "receiver or token refused"
    )
    token.behave(HONEST, NOBODY, b"")
    world.ok("payout", "withdraw", token.address, world.stranger)
    assert token.balanceOf(world.stranger) == RICH + AMOUNT
    assert token.balanceOf(world.escrow.address) == 0


def test_a_token_that_answers_more_than_a_word_pays(world):
    token = world.odd_token()
    terms = world.funded(token=token.address)
    token.behave(LONG_OUT, NOBODY, b"")
    world.ok("buyer", "release", terms, [])
    assert token.balanceOf(world.payout) == RICH + AMOUNT
    assert world.claim(token.address, "payout") == 0


def test_a_token_that_lost_its_code_is_not_taken_for_paid(world):
    token = world.odd_token("QuietToken")
    terms = world.funded(token=token.address)
    boa.env.set_code(token.address, b"")
    world.ok("buyer", "release", terms, [])
    assert world.claim(token.address, "payout") == AMOUNT


def test_a_blocked_payee_blocks_nobody_else(world):
    token = world.odd_token()
    payees = world.payees()
    terms = world.funded(payees, token=token.address)
    token.set_blocked(world.payee_a, True)
    world.ok("buyer", "release", terms, payees)
    share = AMOUNT * 1_234 // 10_000
    assert world.claim(token.address, "payee_a") == share
    assert token.balanceOf(world.payee_b) == RICH + AMOUNT * 77 // 10_000
    world.ok("payee_a", "withdraw", token.address, world.stranger)
    assert token.balanceOf(world.stranger) == RICH + share


def test_no_gas_limit_starves_a_token(world):
    terms = world.funded(token=world.token.address)
    seen = set()
    for gas in range(3_000, 270_000, 2_003):
        with boa.env.anchor(), cold():
            seen.add(world.do("buyer", "release", terms, [], gas=gas).reason)
            assert world.claim(world.token.address, "payout") == 0, gas
    assert None in seen and len(seen) > 1


@pytest.mark.parametrize("mode", [REENTER_IN, REENTER_OUT])
def test_a_token_that_calls_back_is_locked_out(world, mode):
    token = world.odd_token()
    live = world.funded(token=token.address)
    calls = {
        "timeout": (live, []),
        "fund": (world.terms(token=token.address, buyer=token.address), []),
        "deliver": (replace(live, seller=token.address),),
    }
    for name, args in calls.items():
        with boa.env.anchor():
            terms = world.terms(token=token.address)
            if mode == REENTER_OUT:
                world.ok("buyer", "fund", terms, [])
            world.pass_time(7 * DAY - 1)
            if name == "timeout":
                world.pass_time(1)
            terms = replace(terms, ship_by=boa.env.timestamp + 9) if mode == REENTER_IN else terms
            token.behave(mode, world.escrow.address, world.calldata(token.address, name, *args))
            if mode == REENTER_IN:
                world.ok("buyer", "fund", terms, [])
            else:
                world.ok("buyer", "release", terms, [])
            assert not token.entered(), name


def test_orders_in_a_hostile_token_leave_other_money_alone(world):
    coin = world.funded()
    honest = world.funded(token=world.token.address)
    token = world.odd_token()
    terms = world.funded(token=token.address, payout=world.stranger)
    token.behave(FALSE_OUT, NOBODY, b"")
    world.ok("buyer", "release", terms, [])
    for order in (coin, honest):
        assert world.pot(order)[0] == AMOUNT
        assert world.balance(order.token, world.escrow.address) == AMOUNT
