import json

import pytest

from tests.cli.conftest import refusal
from tests.fakes.peer import ME, ORDER, OTHER, listing
from tests.web.campaigning import campaign, pledged

MINE = campaign(listing(author=ME), "open", 0xB1)
JOINED = pledged(campaign(listing(author=OTHER), "reached", 0xC1), objects=True)
DAY = 86_400


@pytest.fixture(autouse=True)
def running(peer):
    peer.running = ((MINE,), (JOINED,), ())


def test_the_list_says_how_each_stands(type_):
    shown = type_("campaign", "list").stdout
    assert "open" in shown and "goal reached" in shown and "(70 %)" in shown and MINE.id in shown
    answer = json.loads(type_("campaign", "list", "--json").stdout)
    assert [each["id"] for each in answer["joined"]] == [JOINED.id]


def test_an_empty_list_says_so(type_, peer):
    peer.running = ((), (), ())
    assert "No campaign has reached this node yet." in type_("campaign", "list").stdout


def test_one_shows_parts_pledges_and_what_can_be_done(type_):
    shown = type_("campaign", "show", JOINED.id).stdout
    assert "40 %" in shown and "due" in shown and "you object" in shown
    assert "you can   collect, object" in shown


def test_starting_is_exact(type_, peer):
    peer.status = lambda: _status(peer)
    words = ("--goal", "0.5 ETH", "--until", "2027-01-31T18:00", "--stop", "25")
    result = type_("campaign", "start", "teapot", *words, "--part", "60@60", "--part", "40@0")
    assert result.exit_code == 0, result.stderr
    verb, slug, terms = peer.asked[-1]
    until = 1_801_418_400
    assert (verb, slug, terms["goal"], terms["until"]) == (
        "start_campaign",
        "teapot",
        str(5 * 10**17),
        until,
    )
    assert terms["stop_bps"] == 2_500
    assert terms["tranches"] == [
        {"at": until, "bps": 4_000},
        {"at": until + 60 * DAY, "bps": 6_000},
    ]


def _status(peer):
    from dataclasses import replace

    from node.peer.views import Balance
    from tests.fakes.peer import ETHER, FakePeer

    return replace(FakePeer.status(peer), balances=(Balance(ETHER, "ETH", 18, 0),))


@pytest.mark.parametrize(
    "words",
    [("--part", "40"), ("--part", "40@x"), ("--stop", "many"), ("--days", "0"), ()],
)
def test_wrong_usage_asks_nothing(type_, peer, words):
    assert type_("campaign", "start", "teapot", "--goal", "1 ETH", *words).exit_code == 2
    assert not [each for each in peer.asked if each[0] == "start_campaign"]


@pytest.mark.parametrize(
    ("verb", "asked"),
    [
        ("object", ("object_to_campaign", True)),
        ("unobject", ("object_to_campaign", False)),
        ("collect", ("collect_campaign",)),
        ("refund", ("refund_campaign",)),
    ],
)
def test_verbs(type_, peer, verb, asked):
    assert type_("campaign", verb, JOINED.id).exit_code == 0
    assert peer.asked == [(asked[0], JOINED.id, *asked[1:])]


def test_calling_off_asks_first(type_, peer):
    assert type_("campaign", "cancel", MINE.id, input="n\n").exit_code == 1
    assert peer.asked == []
    assert type_("campaign", "cancel", MINE.id, "--yes").exit_code == 0
    assert peer.asked == [("cancel_campaign", MINE.id)]


def test_pledging_orders_and_pledges(type_, peer):
    words = ("--line", "quantity=2", "--delivery", "option=pickup")
    result = type_("campaign", "pledge", JOINED.id, *words)
    assert result.exit_code == 0, result.stderr
    placed = next(each for each in peer.asked if each[0] == "place_order")
    assert placed[1:4] == (JOINED.listing.id, [{"quantity": 2}], {"option": "pickup"})
    assert ("pledge", ORDER) in peer.asked
    assert type_("campaign", "pledge", JOINED.id, *words, "--without-fees").exit_code == 0
    assert ("authorize", ORDER) in peer.asked


def test_what_is_no_campaign_is_not_asked_for(type_, peer):
    assert "no such campaign" in refusal(type_("campaign", "show", "../orders"))
    assert type_("campaign", "show", "0x99").exit_code == 4


def test_what_waits_in_the_contract_is_told_and_withdrawn(type_, peer):
    from dataclasses import replace

    from node.peer.views import ClaimView

    waits = (ClaimView(MINE.goal, MINE.payout, True), ClaimView(MINE.goal, "0x" + "44" * 20, False))
    peer.running = ((), (replace(JOINED, claims=waits),), ())
    shown = type_("campaign", "show", JOINED.id).stdout
    assert "only this node's wallet can withdraw it" in shown and "only 0x4444" in shown
    assert type_("campaign", "withdraw", JOINED.id).exit_code == 0
    assert peer.asked[-1] == ("withdraw_campaign", JOINED.id, None)
    to = "0x" + "55" * 20
    assert type_("campaign", "withdraw", JOINED.id, "--to", to).exit_code == 0
    assert peer.asked[-1] == ("withdraw_campaign", JOINED.id, to)
