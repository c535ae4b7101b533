"""Pledges that backers send themselves, in coin and in a token."""

import boa
import pytest
from campaign_world import COIN, DAY, START, UNTIL, Phase, compiled, hexed
from eth_utils import to_canonical_address
from world import AMOUNT, CONTRACTS, HERE, RICH

HONEST, FALSE_IN, FEE, LYING_IN, GIFT = 0, 2, 3, 10, 11


@pytest.fixture(params=["coin", "token"])
def asset(request, campaigns):
    return COIN if request.param == "coin" else campaigns.token


def test_pledge_should_revert_with_no_such_campaign(campaigns):
    assert campaigns.pledge("ann", campaigns.terms(), 5).reason == "no such campaign"


def test_pledge_should_revert_with_wrong_state(campaigns):
    terms = campaigns.brought_to("cancelled")
    boa.env.timestamp = START
    assert campaigns.pledge("ann", terms, 5).reason == "wrong state"
    for state in ("stopped", "paid"):
        terms = campaigns.brought_to(state)
        assert campaigns.pledge("ann", terms, 5).reason == "wrong state"
        boa.env.timestamp = START


def test_pledge_should_revert_with_too_late(campaigns, asset):
    terms = campaigns.opened(token=asset)
    for now in (UNTIL, UNTIL + 1, UNTIL + 900 * DAY):
        boa.env.timestamp = now
        assert campaigns.pledge("ann", terms, 5).reason == "too late"


def test_pledge_should_revert_with_amount_is_zero(campaigns, asset):
    assert campaigns.pledge("ann", campaigns.opened(token=asset), 0).reason == "amount is zero"


def test_pledge_should_revert_with_too_much(campaigns):
    whole = 2**112 - 1
    terms = campaigns.opened(token=campaigns.token, goal=whole)
    campaigns.token_code.mint(hexed(campaigns.ann), whole - RICH)
    campaigns.model.balances[campaigns.token, campaigns.ann] = whole
    assert campaigns.pledge("ann", terms, whole - 1).reason is None
    assert campaigns.pledge("ben", terms, 2).reason == "too much"
    assert campaigns.pledge("ben", terms, 1).reason is None
    assert campaigns.pledge("ben", terms, 1).reason == "too much"
    boa.env.timestamp = UNTIL + 60 * DAY
    campaigns.ok("cyd", "collect", terms, campaigns.tranches())
    assert campaigns.balance(campaigns.token, "payout") == RICH + whole


@pytest.mark.parametrize("value", [0, 1, AMOUNT - 1, AMOUNT + 1])
def test_pledge_should_revert_with_value_is_not_the_amount(campaigns, value):
    terms = campaigns.opened()
    done = campaigns.do("ann", "pledge", terms, AMOUNT, campaigns.order(), value=value)
    assert done.reason == "value is not the amount"


def test_pledge_should_hold_the_coin_and_log_the_order(campaigns):
    terms, order = campaigns.opened(), campaigns.order()
    done = campaigns.ok("ann", "pledge", terms, AMOUNT, order, value=AMOUNT)
    fields = {"backer": campaigns.ann, "order": order, "amount": AMOUNT, "raised": AMOUNT}
    assert done.logs == [("Pledged", {"id": campaigns.id(terms), **fields})]
    assert campaigns.campaign(terms) == (AMOUNT, AMOUNT, 0, 0, Phase.LIVE)
    assert campaigns.balance(COIN, campaigns.contract) == AMOUNT
    assert campaigns.balance(COIN, "ann") == RICH - AMOUNT


def test_pledge_should_add_up_pledges_of_a_backer(campaigns, asset):
    terms = campaigns.opened(token=asset)
    for role, amount in (("ann", 5), ("ben", 7), ("ann", 11)):
        assert campaigns.pledge(role, terms, amount).reason is None
    pledges = [campaigns.code.pledges(campaigns.id(terms), hexed(campaigns.ann))]
    assert [tuple(one) for one in pledges] == [(16, 0)]
    assert campaigns.campaign(terms)[:2] == (23, 23)


def test_pledge_should_be_taken_in_the_last_second(campaigns, asset):
    terms = campaigns.opened(token=asset)
    boa.env.timestamp = UNTIL - 1
    assert campaigns.pledge("ann", terms, 5).reason is None


def test_pledge_should_revert_with_value_beside_a_token(campaigns):
    terms = campaigns.opened(token=campaigns.token)
    done = campaigns.do("ann", "pledge", terms, 5, campaigns.order(), value=5)
    assert done.reason == "value beside a token"


def odd(campaigns, mode, name="Token"):
    """A campaign in a token of hostile/, which the reference doesn't know, and the token."""
    token = compiled(HERE / "hostile" / f"{name}.vy").deploy()
    for role in ("ann", "ben"):
        token.mint(hexed(campaigns.people[role]), RICH)
    if mode:
        token.behave(mode, hexed(COIN), b"")
    terms = campaigns.opened(token=to_canonical_address(token.address))
    return terms, token


def pledge(campaigns, terms, amount=AMOUNT):
    return campaigns.raw("ann", "pledge", terms, amount, campaigns.order())


@pytest.mark.parametrize("mode", [FEE, LYING_IN, GIFT])
def test_pledge_should_revert_with_token_took_a_fee(campaigns, mode):
    terms, _ = odd(campaigns, mode)
    assert pledge(campaigns, terms).reason == "token took a fee"
    assert campaigns.campaign(terms) == (0, 0, 0, 0, Phase.LIVE)


def test_pledge_should_revert_with_token_refused(campaigns):
    terms, _ = odd(campaigns, FALSE_IN)
    assert pledge(campaigns, terms).reason == "token refused"


def test_pledge_should_revert_with_no_such_token(campaigns):
    terms, token = odd(campaigns, HONEST)
    boa.env.set_code(token.address, b"")
    assert pledge(campaigns, terms).reason == "no such token"


def test_pledge_should_hold_the_token_and_log_the_order(campaigns):
    terms, order = campaigns.opened(token=campaigns.token), campaigns.order()
    done = campaigns.ok("ann", "pledge", terms, AMOUNT, order)
    [(name, event)] = done.logs
    assert (name, event["order"], event["amount"]) == ("Pledged", order, AMOUNT)
    assert campaigns.balance(campaigns.token, campaigns.contract) == AMOUNT
    assert campaigns.balance(campaigns.token, "ann") == RICH - AMOUNT


def test_a_token_that_returns_nothing_works(campaigns):
    terms, token = odd(campaigns, HONEST, "QuietToken")
    assert pledge(campaigns, terms).reason is None
    boa.env.timestamp = UNTIL + 60 * DAY
    done = campaigns.raw("cyd", "collect", terms, campaigns.tranches())
    assert done.reason is None
    assert token.balanceOf(hexed(campaigns.payout)) == AMOUNT


def test_a_token_without_the_money_says_so_itself(campaigns):
    terms = campaigns.opened(token=campaigns.token)
    assert campaigns.pledge("ann", terms, RICH + 1).reason == "balance too low"


def test_values_too_wide_for_their_type_are_refused(campaigns):
    terms = campaigns.opened()
    data = campaigns.calldata("pledge", terms, AMOUNT, campaigns.order())
    for word in (0, 1, 2, 3, 4, 5, 8):  # every field but the hashes
        wide = bytearray(data)
        wide[4 + 32 * word] = 1
        done = boa.env.execute_code(
            campaigns.code.address, sender=hexed(campaigns.ann), data=bytes(wide), value=AMOUNT
        )
        assert done.is_error, word


def test_coin_sent_without_a_call_is_refused(campaigns):
    for data in (b"", b"\x12\x34\x56\x78"):
        done = boa.env.execute_code(
            campaigns.code.address, sender=hexed(campaigns.ann), data=data, value=1
        )
        assert done.is_error


def test_only_a_pledge_takes_coin(campaigns):
    payable = {e["name"] for e in campaigns.code.abi if e.get("stateMutability") == "payable"}
    assert payable == {"pledge"}
    assert not (CONTRACTS / "Campaign.vy").read_text().count("__default__")
