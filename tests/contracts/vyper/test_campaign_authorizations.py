"""Pledges that backers sign and anyone submits, many at once: one that doesn't work takes no other with it."""

from dataclasses import replace

import boa
import pytest
from authorizations import sign, split
from campaign_world import COIN, START, UNTIL, Phase, compiled, hexed, protocol
from eth_utils import to_canonical_address
from world import AMOUNT, HERE, RICH

HONEST, NOTHING, FEE, GIFT, BURN, REFUSE, REENTER, LOUD = range(8)
BURN_SIGNING = 6
GAS = 16_777_216  # the most of a transaction (EIP-7825)


@pytest.fixture
def terms(campaigns):
    return campaigns.opened(token=campaigns.token)


def submit(campaigns, terms, *given, sender="stranger", **options):
    return campaigns.do(sender, "pledge_with_authorizations", terms, list(given), **options)


def left_out(campaigns, terms, bad):
    """The bad one is left out of a batch between two good ones, and is nothing alone."""
    good = [campaigns.authorization(role, terms, n)[0] for role, n in (("ben", 7), ("cyd", 9))]
    done = submit(campaigns, terms, good[0], bad, good[1])
    assert done.reason is None
    backers = [event["backer"] for name, event in done.logs if name == "Pledged"]
    assert backers == [campaigns.ben, campaigns.cyd]
    assert submit(campaigns, terms, bad).reason == "nothing pledged"


def test_pledge_with_authorizations_should_revert_with_no_such_campaign(campaigns):
    terms = campaigns.terms(token=campaigns.token)
    given, _ = campaigns.authorization("ann", terms, 5)
    assert submit(campaigns, terms, given).reason == "no such campaign"


def test_pledge_with_authorizations_should_revert_with_wrong_state(campaigns):
    terms = campaigns.brought_to("cancelled", token=campaigns.token)
    boa.env.timestamp = START
    given, _ = campaigns.authorization("ann", terms, 5)
    assert submit(campaigns, terms, given).reason == "wrong state"


def test_pledge_with_authorizations_should_revert_with_too_late(campaigns, terms):
    given, _ = campaigns.authorization("ann", terms, 5)
    boa.env.timestamp = UNTIL
    assert submit(campaigns, terms, given).reason == "too late"


def test_pledge_with_authorizations_should_revert_with_no_such_token(campaigns):
    terms = campaigns.opened()
    given, _ = campaigns.authorization("ann", terms, 5)
    assert submit(campaigns, terms, given).reason == "no such token"


def test_pledge_with_authorizations_should_revert_without_a_reason(campaigns, terms):
    given, _ = campaigns.authorization("ann", terms, 5)
    long = replace(given, signature=bytes(1_025))
    for many in ([given] * 33, [long]):
        done = campaigns.raw("stranger", "pledgeWithAuthorizations", terms, many)
        assert done.reason == ""


def test_pledge_with_authorizations_should_revert_with_nothing_pledged(campaigns, terms):
    assert submit(campaigns, terms).reason == "nothing pledged"
    given, _ = campaigns.authorization("ann", terms, RICH + 1)
    assert submit(campaigns, terms, given, given).reason == "nothing pledged"


def odd(campaigns, mode, victim=COIN, target=COIN, payload=b""):
    """A campaign in a hostile token, which the reference doesn't know, and the token."""
    token = compiled(HERE / "hostile" / "AuthorizedToken.vy").deploy()
    for role in ("ann", "ben"):
        token.mint(hexed(campaigns.people[role]), RICH)
    token.behave(mode, hexed(victim), hexed(target), payload)
    return campaigns.opened(token=to_canonical_address(token.address)), token


def pair(campaigns, terms):
    return [campaigns.authorization(role, terms, AMOUNT)[0] for role in ("ann", "ben")]


def raw(campaigns, terms, given, gas=GAS):
    return campaigns.raw("stranger", "pledgeWithAuthorizations", terms, given, gas=gas)


@pytest.mark.parametrize("mode", [FEE, GIFT])
def test_pledge_with_authorizations_should_revert_with_token_took_a_fee(campaigns, mode):
    terms, _ = odd(campaigns, mode, campaigns.ben)
    assert raw(campaigns, terms, pair(campaigns, terms)).reason == "token took a fee"
    assert campaigns.campaign(terms) == (0, 0, 0, 0, Phase.LIVE)


def test_pledge_with_authorizations_should_credit_each_backer_whoever_submits(campaigns, terms):
    given = [campaigns.authorization(role, terms, 5 + n) for n, role in enumerate(("ann", "ben"))]
    done = submit(campaigns, terms, *(one for one, _ in given), sender="cyd")
    assert [(e["backer"], e["order"], e["amount"], e["raised"]) for _, e in done.logs] == [
        (campaigns.ann, given[0][0].order, 5, 5),
        (campaigns.ben, given[1][0].order, 6, 11),
    ]
    assert campaigns.balance(campaigns.token, "ann") == RICH - 5
    assert campaigns.balance(campaigns.token, "cyd") == RICH
    mixed = campaigns.authorization("cyd", terms, 9)[0]
    assert campaigns.pledge("cyd", terms, 1).reason is None
    assert submit(campaigns, terms, mixed).reason is None
    assert campaigns.campaign(terms)[:2] == (21, 21)


def test_pledge_with_authorizations_should_credit_one_backer_twice_for_two_orders(campaigns, terms):
    given = [campaigns.authorization("ann", terms, amount)[0] for amount in (5, 7)]
    assert len(submit(campaigns, terms, *given).logs) == 2
    pledged = campaigns.code.pledges(campaigns.id(terms), hexed(campaigns.ann))
    assert tuple(pledged) == (12, 0)


@pytest.mark.parametrize("length", [0, 3, 64, 66, 130, 1_024])
def test_pledge_with_authorizations_should_take_the_bytes_form_for_contract_wallets(
    campaigns, terms, length
):
    wallet, who = campaigns.account()
    given, digest = campaigns.authorization("ann", terms, 5, giver=who)
    wallet.sign_as(0, digest)
    done = submit(campaigns, terms, replace(given, signature=bytes(length)))
    assert [event["backer"] for _, event in done.logs] == [who]


def test_a_contract_wallet_whose_signature_has_65_bytes_is_taken_too(campaigns, terms):
    """The token packs v, r, s and asks the wallet all the same."""
    wallet, who = campaigns.account()
    given, digest = campaigns.authorization("ann", terms, 5, giver=who)
    wallet.sign_as(0, digest)
    assert submit(campaigns, terms, given).reason is None


def test_pledge_with_authorizations_should_leave_out_one_of_nobody(campaigns):
    terms, token = odd(campaigns, HONEST)
    token.mint(hexed(COIN), RICH)
    given = pair(campaigns, terms)
    done = raw(campaigns, terms, [replace(given[0], backer=COIN), given[1]])
    assert [event["backer"] for _, event in done.logs] == [campaigns.ben]
    assert token.balanceOf(hexed(COIN)) == RICH


def test_pledge_with_authorizations_should_leave_out_one_of_amount_zero(campaigns, terms):
    bad, _ = campaigns.authorization("ann", terms, 0)
    left_out(campaigns, terms, bad)
    nonce = protocol.authorization_nonce(campaigns.id(terms), bad.order)
    assert not campaigns.token_code.authorizationState(hexed(campaigns.ann), nonce)


def test_pledge_with_authorizations_should_leave_out_one_that_was_used(campaigns, terms):
    bad, _ = campaigns.authorization("ann", terms, 5)
    assert submit(campaigns, terms, bad, sender="cyd").reason is None
    left_out(campaigns, terms, bad)
    twice, _ = campaigns.authorization("ann", terms, 5)
    assert len(submit(campaigns, terms, twice, twice).logs) == 1


def test_pledge_with_authorizations_should_leave_out_one_that_was_cancelled(campaigns, terms):
    bad, _ = campaigns.authorization("ann", terms, 5)
    nonce = protocol.authorization_nonce(campaigns.id(terms), bad.order)
    message = {"authorizer": hexed(campaigns.ann), "nonce": nonce}
    signature, _ = sign(campaigns.token_code, campaigns.keys["ann"], "CancelAuthorization", message)
    campaigns.token_code.cancelAuthorization(hexed(campaigns.ann), nonce, *split(signature))
    campaigns.model.used.add((campaigns.token, campaigns.ann, nonce))
    left_out(campaigns, terms, bad)


def test_pledge_with_authorizations_should_leave_out_one_that_is_too_early_or_expired(
    campaigns, terms
):
    now = boa.env.timestamp
    left_out(campaigns, terms, campaigns.authorization("ann", terms, 5, after=now)[0])
    left_out(campaigns, terms, campaigns.authorization("ann", terms, 5, before=now)[0])
    in_time, _ = campaigns.authorization("ann", terms, 5, after=now - 1, before=now + 1)
    assert submit(campaigns, terms, in_time).reason is None


def test_pledge_with_authorizations_should_leave_out_one_that_another_signed(campaigns, terms):
    given, _ = campaigns.authorization("ben", terms, 5, giver=campaigns.ann)
    forged = [given, replace(given, signature=bytes(65)), replace(given, signature=b"\x01")]
    campaigns.model.forged |= {one.signature for one in forged}
    for bad in forged:
        left_out(campaigns, terms, bad)


def test_pledge_with_authorizations_should_leave_out_one_for_another_campaign_or_order(
    campaigns, terms
):
    other = campaigns.opened(token=campaigns.token)
    given, _ = campaigns.authorization("ann", other, 5)
    moved = campaigns.authorization("ann", terms, 6)[0]
    changed = [given, replace(moved, order=campaigns.order()), replace(moved, amount=7)]
    campaigns.model.forged |= {given.signature, moved.signature}
    for bad in changed:
        left_out(campaigns, terms, bad)
    campaigns.model.forged.clear()
    assert submit(campaigns, other, given).reason is None
    assert submit(campaigns, terms, moved).reason is None


def test_pledge_with_authorizations_should_leave_out_one_of_a_backer_without_the_money(
    campaigns, terms
):
    bad, _ = campaigns.authorization("ann", terms, RICH + 1)
    left_out(campaigns, terms, bad)


def test_pledge_with_authorizations_should_leave_out_one_that_would_pass_the_largest_sum(
    campaigns, terms
):
    whole = 2**112 - 1
    campaigns.token_code.mint(hexed(campaigns.stranger), whole - RICH)
    campaigns.model.balances[campaigns.token, campaigns.stranger] = whole
    assert campaigns.pledge("stranger", terms, whole - 16).reason is None
    bad, _ = campaigns.authorization("ann", terms, 17)
    left_out(campaigns, terms, bad)


def test_pledge_with_authorizations_should_leave_out_one_whose_wallet_burns_all_gas(
    campaigns, terms
):
    wallet, who = campaigns.account()
    bad = replace(campaigns.authorization("ann", terms, 5, giver=who)[0], signature=b"burn")
    wallet.sign_as(BURN_SIGNING, bytes(32))
    campaigns.model.forged.add(b"burn")
    left_out(campaigns, terms, bad)
    good = campaigns.authorization("ben", terms, 5)[0]
    done = submit(campaigns, terms, *[bad] * 31, good, gas=GAS)
    assert [event["backer"] for _, event in done.logs] == [campaigns.ben]


@pytest.mark.parametrize("mode", [NOTHING, BURN, REFUSE])
def test_pledge_with_authorizations_should_leave_out_one_of_which_the_token_moves_nothing(
    campaigns, mode
):
    terms, _ = odd(campaigns, mode, campaigns.ann)
    done = raw(campaigns, terms, pair(campaigns, terms))
    assert [event["backer"] for _, event in done.logs] == [campaigns.ben]
    everyone, _ = odd(campaigns, mode)
    assert raw(campaigns, everyone, pair(campaigns, everyone)).reason == "nothing pledged"


def test_pledge_with_authorizations_should_keep_what_little_gas_left_out_for_others_to_submit(
    campaigns, terms
):
    """Whatever gas the submitter gives: each backer has its money or its pledge, and can still be pledged."""
    given = [campaigns.authorization(role, terms, 5)[0] for role in ("ann", "ben", "cyd")]
    counts = set()
    for gas in range(30_000, 420_000, 9_973):
        with boa.env.anchor():
            done = raw(campaigns, terms, given, gas)
            pledged = {event["backer"] for _, event in done.logs}
            counts.add(len(pledged))
            held = campaigns.campaign(terms)[1]
            assert held == campaigns.balance(campaigns.token, campaigns.contract)
            assert held == 5 * len(pledged)
            late = raw(campaigns, terms, given)
            assert late.reason == ("nothing pledged" if len(pledged) == 3 else None)
            assert campaigns.campaign(terms)[:2] == (15, 15)
    assert {0, 3} <= counts


def test_a_token_that_answers_too_much_costs_no_more(campaigns):
    terms, _ = odd(campaigns, LOUD, payload=bytes(4_096))
    done = raw(campaigns, terms, pair(campaigns, terms))
    assert len(done.logs) == 2


def test_a_token_that_calls_back_is_locked_out(campaigns):
    terms, token = odd(campaigns, HONEST)
    given = pair(campaigns, terms)
    calls = [
        campaigns.calldata("pledgeWithAuthorizations", terms, given[1:]),
        campaigns.calldata("pledge", terms, 5, campaigns.order()),
        campaigns.calldata("cancel", terms, 0, b""),
        campaigns.calldata("refund", terms, [campaigns.ann]),
    ]
    for payload in calls:
        with boa.env.anchor():
            token.behave(REENTER, hexed(COIN), campaigns.code.address, payload)
            assert raw(campaigns, terms, given[:1]).reason is None
            assert not token.entered()
            assert campaigns.campaign(terms)[:2] == (AMOUNT, AMOUNT)


def test_thirty_two_fit_in_a_transaction(campaigns, terms):
    given = [campaigns.authorization("ann", terms, 5)[0] for _ in range(32)]
    done = submit(campaigns, terms, *given, gas=GAS)
    assert len(done.logs) == 32
    assert done.gas < 3_500_000
