"""The reference of the campaign contract: its stories are the contract's, and it keeps money whole in any history.

Call by call it is compared with the compiled contract in tests/contracts/vyper.
"""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.campaign import COIN, DAY, Authorization, Phase, Terms
from node.protocol.campaign_model import Campaigns
from node.protocol.errors import RuleError
from tests.protocol.sale import CONTRACT
from tests.protocol.test_campaign import TERMS, TRANCHES, UNTIL, octets, terms_of, tranches_of
from tests.samples import CHAIN_ID, NOW
from tests.vectors.rows import each

CREATOR, PAYOUT, ANN, BEN, CYD = (bytes([n]) * 20 for n in range(1, 6))
IN_COIN = Terms(CREATOR, PAYOUT, COIN, 100, UNTIL, 4_000, TERMS.tranches, bytes(32))


def opened(**pledges: int) -> Campaigns:
    """A campaign in coin with these pledges."""
    model = Campaigns(CONTRACT, CHAIN_ID)
    model.open(NOW, CREATOR, IN_COIN, TRANCHES)
    for name, amount in pledges.items():
        model.pledge(NOW, globals()[name], IN_COIN, amount, bytes(32), amount)
    return model


def refused(reason: str):
    return pytest.raises(RuleError, match=f"^campaign.call: {reason}$")


@pytest.mark.parametrize("row", each("campaign", "stories"))
def test_a_story_ends_as_it_does_for_the_contract(row):
    model = Campaigns(octets(row["contract"]), row["chainId"])
    terms, tranches = terms_of(row), tranches_of(row)
    model.open(row["opened"], terms.creator, terms, tranches)
    for step in row["steps"]:
        sender = octets(step["sender"])
        rest = {
            "pledge": lambda step: (step["amount"], octets(step["order"]), step["amount"]),
            "collect": lambda step: (tranches,),
            "refund": lambda step: ([octets(who) for who in step["backers"]],),
            "cancel": lambda step: (),
            "object": lambda step: (tranches, octets(step["sender"]), step["objects"]),
        }[step["call"]](step)
        reason = None
        try:
            getattr(model, step["call"])(step["at"], sender, terms, *rest)
        except RuleError as error:
            reason = error.message
        assert reason == step["refusal"]
    gains = {"0x" + who.hex(): gain for (_, who), gain in model.balances.items() if gain}
    gains.pop("0x" + model.contract.hex(), None)
    assert gains == row["gains"]
    [kept] = model.campaigns.values()
    assert [kept.raised, kept.money, kept.objections, kept.paid, kept.phase] == row["campaign"]


def test_an_error_names_the_rule_and_the_contracts_reason():
    with refused("no such campaign"):
        Campaigns(CONTRACT, CHAIN_ID).collect(NOW, ANN, IN_COIN, TRANCHES)


def test_a_refused_call_changes_nothing():
    model = opened(ANN=60, BEN=50)
    before = repr(model)
    calls = [
        lambda: model.open(NOW, CREATOR, IN_COIN, TRANCHES),
        lambda: model.pledge(NOW, CYD, IN_COIN, 5, bytes(32), 4),
        lambda: model.object(NOW, ANN, IN_COIN, TRANCHES, ANN, True),
        lambda: model.cancel(NOW, ANN, IN_COIN),
        lambda: model.collect(NOW, ANN, IN_COIN, TRANCHES),
        lambda: model.refund(NOW, ANN, IN_COIN, [ANN]),
        lambda: model.withdraw(NOW, ANN, COIN, ANN, ANN),
    ]
    for call in calls:
        with pytest.raises(RuleError):
            call()
    assert repr(model) == before


def test_a_stop_pays_what_is_due_and_gives_back_the_rest():
    model = opened(ANN=60, BEN=50)
    model.object(UNTIL + DAY, ANN, IN_COIN, TRANCHES, ANN, True)
    [kept] = model.campaigns.values()
    assert (kept.phase, kept.money, model.balances[COIN, PAYOUT]) == (Phase.STOPPED, 77, 33)
    model.refund(UNTIL + DAY, CYD, IN_COIN, [BEN, ANN])
    assert (model.balances[COIN, ANN], model.balances[COIN, BEN]) == (42 - 60, 35 - 50)
    assert model.balances[COIN, CONTRACT] == 0


def test_a_push_that_fails_is_kept_for_its_owner():
    model = opened(ANN=60)
    model.refusing = {(COIN, ANN)}
    model.refund(UNTIL, CYD, IN_COIN, [ANN])
    assert model.claims[COIN, ANN] == model.balances[COIN, CONTRACT] == 60
    with refused("receiver or token refused"):
        model.withdraw(UNTIL, CYD, COIN, ANN, ANN)
    with refused("not yours to send elsewhere"):
        model.withdraw(UNTIL, CYD, COIN, ANN, CYD)
    model.withdraw(UNTIL, ANN, COIN, ANN, BEN)
    assert (model.claims[COIN, ANN], model.balances[COIN, BEN]) == (0, 60)


def test_authorizations_work_once_and_a_bad_one_takes_no_other_with_it():
    model = Campaigns(CONTRACT, CHAIN_ID)
    model.open(NOW, CREATOR, TERMS, TRANCHES, signed=True)
    model.balances[TERMS.token, ANN] = model.balances[TERMS.token, BEN] = 10
    good = Authorization(ANN, 6, 0, NOW + 1, bytes(32), b"good")
    bad = [
        Authorization(BEN, 6, NOW, NOW + 1, bytes(32), b"early"),
        Authorization(BEN, 6, 0, NOW, bytes(32), b"late"),
        Authorization(BEN, 11, 0, NOW + 1, bytes(32), b"poor"),
        Authorization(BEN, 6, 0, NOW + 1, bytes(32), b"forged"),
        Authorization(BEN, 0, 0, NOW + 1, bytes(32), b"nothing"),
    ]
    model.forged = {b"forged"}
    with refused("nothing pledged"):
        model.pledge_with_authorizations(NOW, CYD, TERMS, bad)
    model.pledge_with_authorizations(NOW, CYD, TERMS, [*bad, good, good])
    [kept] = model.campaigns.values()
    assert kept.pledges == {ANN: 6}
    with refused("nothing pledged"):
        model.pledge_with_authorizations(NOW, CYD, TERMS, [good])


@given(st.data())
def test_money_is_never_made_or_lost(data):
    """Any history: what the contract holds is what its campaign and the claims come to; time alone ends it all."""
    model = opened(ANN=data.draw(st.integers(1, 90)), BEN=data.draw(st.integers(1, 90)))
    model.refusing = {(COIN, who) for who in data.draw(st.sets(st.sampled_from([PAYOUT, BEN])))}
    [kept] = model.campaigns.values()
    now = NOW
    for _ in range(data.draw(st.integers(0, 8))):
        now += data.draw(st.sampled_from([0, DAY, 30 * DAY]))
        who = data.draw(st.sampled_from([ANN, BEN, CREATOR]))
        calls = {
            "pledge": lambda now, who: model.pledge(now, who, IN_COIN, 7, bytes(32), 7),
            "object": lambda now, who: model.object(now, who, IN_COIN, TRANCHES, who, True),
            "retract": lambda now, who: model.object(now, who, IN_COIN, TRANCHES, who, False),
            "cancel": lambda now, who: model.cancel(now, who, IN_COIN),
            "collect": lambda now, who: model.collect(now, who, IN_COIN, TRANCHES),
            "refund": lambda now, who: model.refund(now, who, IN_COIN, [who]),
        }
        with contextlib.suppress(RuleError):
            calls[data.draw(st.sampled_from(list(calls)))](now, who)
        assert model.balances[COIN, CONTRACT] == kept.money + sum(model.claims.values())
        assert sum(model.balances.values()) == 0
        objecting = sum(pledge for who, pledge in kept.pledges.items() if kept.turns[who] % 2)
        assert kept.phase is not Phase.LIVE or kept.objections in (objecting, 0)
    now = UNTIL + 900 * DAY
    for call, args in (("collect", (TRANCHES,)), ("refund", ([ANN, BEN, CREATOR],))):
        with contextlib.suppress(RuleError):
            getattr(model, call)(now, CYD, IN_COIN, *args)
    assert kept.money == 0
