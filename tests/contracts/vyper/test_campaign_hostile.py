"""Receivers and tokens that refuse, burn gas, call back or lie: nobody else's money is touched or blocked."""

from dataclasses import replace

import boa
import pytest
from campaign_world import COIN, DAY, UNTIL, Phase, compiled, hexed
from eth_utils import to_canonical_address
from world import AMOUNT, HERE, RICH, cold

ACCEPT, REFUSE, BURN, REENTER, WASTE, REENTER_OR_REFUSE = range(6)
HONEST, FALSE_OUT, REENTER_IN, REENTER_OUT, REVERT_OUT, LONG_OUT, TWO_OUT, BURN_OUT, SHORT_OUT = (
    *(0, 1, 4, 5, 6, 7, 8, 9, 12),
)
GAS = 16_777_216  # the most of a transaction (EIP-7825)


def failed(campaigns, *backers):
    """A campaign that missed its goal, and its backers with AMOUNT // 8 each."""
    terms = campaigns.opened(goal=100 * AMOUNT)
    for who in backers:
        assert campaigns.pledge(who, terms, AMOUNT // 8).reason is None
    boa.env.timestamp = UNTIL
    return terms


def refund(campaigns, terms, *roles, **options):
    backers = [campaigns.who(role) for role in roles]
    return campaigns.do("stranger", "refund", terms, backers, **options)


@pytest.mark.parametrize("mode", [REFUSE, BURN])
def test_a_backer_that_refuses_gets_a_claim_and_stops_nobody(campaigns, mode):
    _, bad = campaigns.account(mode)
    campaigns.model.refusing.add((COIN, bad))
    terms = failed(campaigns, "ann", bad, "ben")
    done = refund(campaigns, terms, "ann", bad, "ben", gas=GAS)
    assert [name for name, _ in done.logs] == ["Refunded"] * 3 + ["Claimable"]
    assert campaigns.balance(COIN, "ben") == RICH


@pytest.mark.parametrize("mode", [REFUSE, BURN])
def test_a_payout_that_refuses_gets_a_claim_and_stops_nobody(campaigns, mode):
    wallet, bad = campaigns.account(mode)
    campaigns.model.refusing.add((COIN, bad))
    terms = campaigns.backed(payout=bad)
    boa.env.timestamp = UNTIL + 30 * DAY
    campaigns.ok("ann", "collect", terms, campaigns.tranches(), gas=GAS)
    assert campaigns.cancel(terms).reason is None
    assert refund(campaigns, terms, "ann", "ben", "cyd").reason is None
    wallet.receive_as(ACCEPT, 0, hexed(COIN), b"")
    campaigns.model.refusing.clear()
    campaigns.ok("stranger", "withdraw", COIN, bad, bad)
    assert campaigns.balance(COIN, campaigns.contract) == 0


def test_sixty_four_backers_that_burn_their_gas_fit_in_a_transaction(campaigns):
    """Without the reference, which would look at all of them after each call."""
    terms = campaigns.opened(goal=100 * AMOUNT)
    many = [campaigns.account(BURN)[1] for _ in range(64)]
    for who in many:
        assert campaigns.raw(who, "pledge", terms, 5, bytes(32), value=5).reason is None
    boa.env.timestamp = UNTIL
    done = campaigns.raw("stranger", "refund", terms, many, gas=GAS)
    assert len([name for name, _ in done.logs if name == "Claimable"]) == 64
    assert done.gas < 6_000_000


@pytest.mark.parametrize("waste", [0, 20_000, 45_000])
def test_no_gas_limit_starves_a_receiver(campaigns, waste):
    """Whatever gas the caller gives, receivers within their allowance are paid, or nothing happens."""
    _, slow = campaigns.account(WASTE, waste)
    terms = failed(campaigns, slow, "ann")
    seen = set()
    for gas in range(30_000, 190_000, 2_503):
        with boa.env.anchor(), cold():
            backers = [slow, campaigns.ann]
            seen.add(campaigns.raw("ben", "refund", terms, backers, gas=gas).reason)
            assert campaigns.code.claims(hexed(COIN), hexed(slow)) == 0, gas
    assert None in seen and len(seen) > 1
    assert ("not enough gas" in seen) == (waste > 40_000)  # else whatever it is given is enough


def test_a_refusal_counts_only_where_it_had_the_full_gas(campaigns):
    """50,000, and 20,000 for the call itself."""
    _, bad = campaigns.account(REFUSE)
    terms = failed(campaigns, bad)
    for gas in range(40_000, 90_000, 997):
        with boa.env.anchor(), cold():
            if campaigns.raw("ben", "refund", terms, [bad], gas=gas).reason is None:
                break
    assert 70_000 < gas < 85_000


def test_no_gas_limit_starves_a_token(campaigns):
    terms = campaigns.brought_to("succeeded", token=campaigns.token)
    seen = set()
    for gas in range(3_000, 290_000, 4_003):
        with boa.env.anchor(), cold():
            done = campaigns.raw("ben", "collect", terms, campaigns.tranches(), gas=gas)
            seen.add(done.reason)
            assert campaigns.code.claims(hexed(campaigns.token), hexed(campaigns.payout)) == 0
    assert None in seen and len(seen) > 1


def calls(campaigns, terms, who):
    """Everything that could be tried in the middle of a payment."""
    yield "refund", (terms, [who, campaigns.ann])
    yield "collect", (terms, campaigns.tranches())
    yield "cancel", (terms, 0, b"")
    yield "object", (terms, campaigns.tranches(), who, True, 0, b"")
    yield "pledge", (terms, 1, bytes(32))
    yield "withdraw", (COIN, who, who)
    yield "open", (campaigns.terms(creator=who), campaigns.tranches(), b"")


def test_a_receiver_that_calls_back_is_locked_out(campaigns):
    wallet, who = campaigns.account()
    terms = failed(campaigns, who, "ann")
    for name, args in calls(campaigns, terms, who):
        with boa.env.anchor():
            payload = campaigns.calldata(name, *args)
            wallet.receive_as(REENTER, 0, campaigns.code.address, payload)
            done = campaigns.raw("ben", "refund", terms, [who, campaigns.ann])
            assert done.reason is None
            assert not wallet.entered(), name
            assert campaigns.campaign(terms)[:2] == (0, 0)
            assert campaigns.balance(COIN, who) == campaigns.balance(COIN, "ann") == RICH


def test_a_receiver_may_look_and_sees_the_state_after(campaigns):
    """The views have no lock; what they show is never older than the payment that is under way."""
    wallet, who = campaigns.account()
    terms = failed(campaigns, who, "ann")
    payload = campaigns.calldata("campaigns", campaigns.id(terms))
    wallet.receive_as(REENTER, 0, campaigns.code.address, payload)
    assert refund(campaigns, terms, who, "ann").reason is None
    assert wallet.entered()


class Meter:
    """hostile/Meter.vy, a receiver and a token that notes the gas that it is given."""

    def __init__(self):
        self.contract = compiled(HERE / "hostile" / "Meter.vy").deploy()
        self.who = to_canonical_address(self.contract.address)
        boa.env.set_balance(boa.env.eoa, 1)

    def noted(self):
        return self.contract.given()

    def of(self, limit, function=None, *args):
        """What it notes of a call that is given so much."""
        data = getattr(self.contract, function).prepare_calldata(*args) if function else b""
        with boa.env.anchor():
            self.contract.call(self.contract.address, data, limit, value=0 if function else 1)
            return self.noted()


def test_who_is_paid_gets_its_gas_and_no_more(campaigns):
    meter = Meter()
    terms = campaigns.backed(payout=meter.who)
    boa.env.timestamp = UNTIL
    assert campaigns.raw("ann", "collect", terms, campaigns.tranches()).reason is None
    assert meter.noted() == meter.of(50_000)


def test_a_token_gets_its_gas_and_no_more(campaigns):
    meter = Meter()
    terms = campaigns.opened(token=meter.who)
    given, _ = campaigns.authorization("ann", terms, AMOUNT)
    given = replace(given, signature=bytes(66))
    assert campaigns.raw("ben", "pledgeWithAuthorizations", terms, [given]).reason is None
    backer, contract = hexed(campaigns.ann), hexed(campaigns.contract)
    shown = (backer, contract, AMOUNT, 0, 0, bytes(32), bytes(66))
    assert meter.noted() == meter.of(300_000, "receiveWithAuthorization", *shown)
    boa.env.timestamp = UNTIL + 60 * DAY
    assert campaigns.raw("ben", "collect", terms, campaigns.tranches()).reason is None
    assert meter.noted() == meter.of(200_000, "transfer", hexed(campaigns.payout), AMOUNT)


# ---- tokens


def odd(campaigns, mode=HONEST):
    """A campaign in a token of hostile/ that ann has backed whole, and the token."""
    token = compiled(HERE / "hostile" / "Token.vy").deploy()
    token.mint(hexed(campaigns.ann), RICH)
    terms = campaigns.opened(token=to_canonical_address(token.address))
    assert campaigns.raw("ann", "pledge", terms, AMOUNT, bytes(32)).reason is None
    if mode:
        token.behave(mode, hexed(COIN), b"")
    return terms, token


@pytest.mark.parametrize("mode", [FALSE_OUT, REVERT_OUT, TWO_OUT, BURN_OUT, SHORT_OUT])
def test_a_token_that_does_not_pay_leaves_a_claim(campaigns, mode):
    terms, token = odd(campaigns, mode)
    boa.env.timestamp = UNTIL + 60 * DAY
    payout = hexed(campaigns.payout)
    done = campaigns.raw("ben", "collect", terms, campaigns.tranches(), gas=GAS)
    assert done.reason is None
    assert campaigns.code.claims(token.address, payout) == AMOUNT
    again = campaigns.raw("ben", "withdraw", token.address, payout, payout, gas=500_000)
    assert again.reason == "receiver or token refused"
    token.behave(HONEST, hexed(COIN), b"")
    assert campaigns.raw("ben", "withdraw", token.address, payout, payout).reason is None
    assert token.balanceOf(payout) == AMOUNT


def test_a_token_that_answers_more_than_a_word_pays(campaigns):
    terms, token = odd(campaigns, LONG_OUT)
    boa.env.timestamp = UNTIL + 60 * DAY
    assert campaigns.raw("ben", "collect", terms, campaigns.tranches()).reason is None
    assert token.balanceOf(hexed(campaigns.payout)) == AMOUNT


def test_a_blocked_backer_blocks_nobody_else(campaigns):
    token = compiled(HERE / "hostile" / "Token.vy").deploy()
    terms = campaigns.opened(token=to_canonical_address(token.address), goal=9 * AMOUNT)
    for role in ("ann", "ben"):
        token.mint(hexed(campaigns.people[role]), AMOUNT)
        assert campaigns.raw(role, "pledge", terms, AMOUNT, bytes(32)).reason is None
    token.set_blocked(hexed(campaigns.ann), True)
    boa.env.timestamp = UNTIL
    backers = [campaigns.ann, campaigns.ben]
    assert campaigns.raw("cyd", "refund", terms, backers).reason is None
    assert campaigns.code.claims(token.address, hexed(campaigns.ann)) == AMOUNT
    assert token.balanceOf(hexed(campaigns.ben)) == AMOUNT
    elsewhere = (token.address, hexed(campaigns.ann), hexed(campaigns.cyd))
    assert campaigns.raw("ann", "withdraw", *elsewhere).reason is None
    assert token.balanceOf(hexed(campaigns.cyd)) == AMOUNT


def test_a_token_that_answers_nothing_pays(campaigns):
    """As USDT does."""
    token = compiled(HERE / "hostile" / "QuietToken.vy").deploy()
    terms = campaigns.opened(token=to_canonical_address(token.address), goal=9 * AMOUNT)
    token.mint(hexed(campaigns.ann), AMOUNT)
    assert campaigns.raw("ann", "pledge", terms, AMOUNT, bytes(32)).reason is None
    boa.env.timestamp = UNTIL
    assert campaigns.raw("cyd", "refund", terms, [campaigns.ann]).reason is None
    assert token.balanceOf(hexed(campaigns.ann)) == AMOUNT
    assert campaigns.code.claims(token.address, hexed(campaigns.ann)) == 0


def test_a_token_that_lost_its_code_is_not_taken_for_paid(campaigns):
    terms, token = odd(campaigns)
    boa.env.set_code(token.address, b"")
    boa.env.timestamp = UNTIL + 60 * DAY
    assert campaigns.raw("ben", "collect", terms, campaigns.tranches()).reason is None
    assert campaigns.code.claims(token.address, hexed(campaigns.payout)) == AMOUNT


@pytest.mark.parametrize("mode", [REENTER_IN, REENTER_OUT])
def test_a_token_that_calls_back_is_locked_out(campaigns, mode):
    terms, token = odd(campaigns)
    made = to_canonical_address(token.address)
    for name, args in calls(campaigns, terms, made):
        with boa.env.anchor():
            token.behave(mode, campaigns.code.address, campaigns.calldata(name, *args))
            if mode == REENTER_OUT:
                boa.env.timestamp = UNTIL + 60 * DAY
                done = campaigns.raw("ben", "collect", terms, campaigns.tranches())
            else:
                done = campaigns.raw("ann", "pledge", terms, 5, bytes(32))
            assert done.reason is None
            assert not token.entered(), name


def test_campaigns_in_a_hostile_token_leave_other_money_alone(campaigns):
    coin = campaigns.backed()
    honest = campaigns.backed(token=campaigns.token)
    before = [campaigns.campaign(terms) for terms in (coin, honest)]
    terms, token = odd(campaigns)
    token.mint(campaigns.code.address, 10**30)
    boa.env.timestamp = UNTIL
    for mode in (FALSE_OUT, REVERT_OUT, HONEST):
        token.behave(mode, hexed(COIN), b"")
        boa.env.timestamp += 30 * DAY
        campaigns.raw("ben", "collect", terms, campaigns.tranches())
    assert campaigns.state(terms) == Phase.PAID
    assert [campaigns.campaign(other) for other in (coin, honest)] == before
    campaigns.agree()
