"""Opening a campaign: whose it is, which terms are taken, what the log says."""

from dataclasses import replace

import boa
import pytest
from campaign_world import COIN, DAY, START, UNTIL, Phase, Tranche, hexed, protocol
from world import CURVE

STATES = ("open", "failed", "succeeded", "begun", "stopped", "cancelled", "paid")


def refused(campaigns, reason, tranches=None, **changed):
    terms = campaigns.terms(tranches, **changed)
    assert campaigns.open(terms, tranches).reason == reason


def test_open_should_revert_with_bad_creator(campaigns):
    refused(campaigns, "bad creator", creator=COIN)


def test_open_should_revert_with_bad_payout(campaigns):
    refused(campaigns, "bad payout", payout=COIN)
    refused(campaigns, "bad payout", payout=campaigns.contract)


def test_open_should_revert_with_no_such_token(campaigns):
    """The reference doesn't know what has code."""
    terms = campaigns.terms(token=campaigns.stranger)
    done = campaigns.raw("creator", "open", terms, campaigns.tranches(), b"")
    assert done.reason == "no such token"
    assert done.reason == protocol.refusal(
        terms, START, campaigns.contract, campaigns.tranches(), has_code=False
    )


def test_open_should_revert_with_goal_is_zero(campaigns):
    refused(campaigns, "goal is zero", goal=0)


@pytest.mark.parametrize("until", [0, START, START + 180 * DAY + 1, 2**40 - 1])
def test_open_should_revert_with_bad_end_date(campaigns, until):
    refused(campaigns, "bad end date", until=until)


@pytest.mark.parametrize("bps", [0, 5_001, 2**16 - 1])
def test_open_should_revert_with_bad_stop_share(campaigns, bps):
    refused(campaigns, "bad stop share", stop_bps=bps)


def test_open_should_revert_with_tranches_differ(campaigns):
    good = campaigns.tranches()
    changed = [good[0], good[1], Tranche(good[2].at, good[2].bps + 1)]
    for shown in ([], good[:2], good[::-1], changed):
        terms = campaigns.terms(good)
        assert campaigns.open(terms, shown).reason == "tranches differ"
    unset = replace(campaigns.terms(), tranches=bytes(32))
    assert campaigns.open(unset).reason == campaigns.open(unset, []).reason == "tranches differ"


@pytest.mark.parametrize(
    "at",
    [
        [UNTIL - 1],
        [0],
        [UNTIL, UNTIL],
        [UNTIL + 1, UNTIL],
        [UNTIL + 730 * DAY + 1],
        [UNTIL, UNTIL + 730 * DAY + 1],
        [UNTIL, 2**40 - 1],
    ],
)
def test_open_should_revert_with_bad_tranche_date(campaigns, at):
    refused(campaigns, "bad tranche date", [Tranche(one, 10_000 // len(at)) for one in at])


def test_open_should_revert_with_bad_share(campaigns):
    refused(campaigns, "bad share", campaigns.tranches((0, 0), (1, 10_000)))
    refused(campaigns, "bad share", campaigns.tranches((0, 10_000), (1, 0)))


@pytest.mark.parametrize("shares", [[], [9_999], [10_001], [5_000, 4_999], [2**16 - 1] * 8])
def test_open_should_revert_with_shares_are_not_the_whole(campaigns, shares):
    tranches = [Tranche(UNTIL + n, bps) for n, bps in enumerate(shares)]
    refused(campaigns, "shares are not the whole", tranches)


def test_open_should_revert_without_a_reason(campaigns):
    tranches = [Tranche(UNTIL + n, bps) for n, bps in enumerate([1_000] * 8 + [2_000])]
    terms = campaigns.terms(tranches)
    assert campaigns.raw("creator", "open", terms, tranches, b"").reason == ""


@pytest.mark.parametrize("state", STATES)
def test_open_should_revert_with_opened_already_in_every_state(campaigns, state):
    """Where the terms themselves are still good: an end that has come is refused before."""
    terms = campaigns.brought_to(state)
    if state == "cancelled":
        boa.env.timestamp = START
    again = campaigns.open(terms).reason
    assert again == ("opened already" if state in ("open", "cancelled") else "bad end date")
    if state == "failed":  # and everybody has what is theirs
        campaigns.ok("stranger", "refund", terms, [campaigns.ann, campaigns.ben])
    boa.env.timestamp = START  # were time to run backwards: the word is never zero again
    assert campaigns.open(terms).reason == "opened already"


def test_open_should_revert_with_no_consent_of_the_creator(campaigns):
    terms, other = campaigns.terms(), campaigns.terms()
    for role, shown, domain in (
        ("stranger", terms, {}),
        ("creator", other, {}),
        ("creator", terms, {"chainId": 7}),
        ("creator", terms, {"name": "Etal Escrow"}),
    ):
        signature = campaigns.signed(role, "Campaign", shown.abi(), **domain)
        done = campaigns.open(terms, sender="stranger", signature=signature)
        assert done.reason == "no consent of the creator"
    right = campaigns.signed("creator", "Campaign", terms.abi())
    high = CURVE - int.from_bytes(right[32:64], "big")
    other_form = right[:32] + high.to_bytes(32, "big") + bytes([55 - right[64]])
    for signature in (b"", bytes(65), b"\x01" * 64, other_form):
        done = campaigns.open(terms, sender="stranger", signature=signature)
        assert done.reason == "no consent of the creator"


def test_open_should_write_the_word_and_log_terms_and_tranches_whole(campaigns):
    terms = campaigns.terms()
    done = campaigns.open(terms)
    assert campaigns.campaign(terms) == (0, 0, 0, 0, Phase.LIVE)
    [(name, event)] = done.logs
    assert (name, event["terms"], list(event["tranches"])) == (
        "Opened",
        terms,
        campaigns.tranches(),
    )
    assert event["id"] == bytes(campaigns.code.idOf(hexed(terms)))


@pytest.mark.parametrize(
    ("changed", "parts"),
    [
        ({"goal": 1}, None),
        ({"goal": 2**112 - 1}, None),
        ({"stop_bps": 1}, None),
        ({"stop_bps": 5_000}, None),
        ({"payout": "creator"}, None),
        ({}, [(0, 10_000)]),
        ({}, [(730, 10_000)]),
        ({}, [(n, 1_250) for n in range(8)]),
        ({}, [(0, 1), (1, 9_999)]),
    ],
)
def test_open_should_take_terms_at_their_bounds(campaigns, changed, parts):
    changed = {n: campaigns.people.get(v, v) for n, v in changed.items()}
    campaigns.opened(parts and campaigns.tranches(*parts), **changed)
    for until in (START + 1, START + 180 * DAY):
        campaigns.opened([Tranche(until, 1), Tranche(until + 1, 9_999)], until=until)


def test_open_should_open_by_a_signature_of_the_terms(campaigns):
    terms = campaigns.terms()
    signature = campaigns.signed("creator", "Campaign", terms.abi())
    assert campaigns.open(terms, sender="stranger", signature=signature, signed=True).reason is None


def test_open_should_ask_a_creator_that_is_a_contract(campaigns):
    wallet, who = campaigns.account()
    terms = campaigns.terms(creator=who)
    assert campaigns.open(terms, sender="stranger").reason == "no consent of the creator"
    wallet.sign_as(0, campaigns.id(terms))
    longer = campaigns.raw("stranger", "open", terms, campaigns.tranches(), bytes(2_049))
    assert longer.reason == ""
    done = campaigns.open(terms, sender="stranger", signature=bytes(2_048), signed=True)
    assert done.reason is None


@pytest.mark.parametrize("signing", [1, 2, 3, 4, 5])
def test_open_should_need_the_very_word_of_a_creator_that_is_a_contract(campaigns, signing):
    wallet, who = campaigns.account()
    terms = campaigns.terms(creator=who)
    wallet.sign_as(signing, campaigns.id(terms))
    done = campaigns.open(terms, sender="stranger", signature=b"any")
    assert done.reason == "no consent of the creator"
