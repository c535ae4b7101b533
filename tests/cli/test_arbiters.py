import json

import pytest

from node.cli.arbiters import percent
from tests.cli.conftest import refusal
from tests.fakes.peer import OTHER, arbiter

DAY = 86_400


def test_the_list_says_who_decides_and_for_what(type_, peer):
    shown = type_("arbiter", "list").stdout
    assert "Bob" in shown and "2.5 %" in shown and "7 days" in shown and OTHER in shown
    peer.decides = arbiter()
    assert "You decide yourself: 2.5 %, within 7 days." in type_("arbiter", "list").stdout
    assert json.loads(type_("arbiter", "list", "--json").stdout)["own"]["fee_bps"] == 250


@pytest.mark.parametrize(
    ("bps", "text"),
    [(0, "0 %"), (1, "0.01 %"), (250, "2.5 %"), (1_000, "10 %"), (10_000, "100 %")],
)
def test_a_share_has_all_its_digits(bps, text):
    assert percent(bps) == text


def test_one_by_itself(type_, peer):
    shown = type_("arbiter", "show", OTHER).stdout
    assert "Cups and plates." in shown and "2.5 %" in shown
    assert ("arbiter", OTHER) in peer.asked


@pytest.mark.parametrize(
    ("verb", "asked"), [("trust", "trust_arbiter"), ("distrust", "distrust_arbiter")]
)
def test_trust_is_given_and_taken_back(type_, peer, verb, asked):
    assert type_("arbiter", verb, OTHER).exit_code == 0
    assert peer.asked[0] == (asked, OTHER)


def test_offering_is_exact(type_, peer):
    words = ("--fee", "2.5", "--days", "7", "--language", "en", "--language", "fr")
    result = type_("arbiter", "offer", *words, "--about", "Cups.")
    assert result.exit_code == 0, result.stderr
    given = {"fee_bps": 250, "ruling": 7 * DAY, "languages": ["en", "fr"], "about": "Cups."}
    assert peer.asked == [("offer_to_decide", given)]


@pytest.mark.parametrize("fee", ["2.505", "much"])
def test_a_fee_that_is_none_is_wrong_usage(type_, peer, fee):
    assert type_("arbiter", "offer", "--fee", fee, "--language", "en").exit_code == 2
    assert peer.asked == []


def test_withdrawing_asks_first(type_, peer):
    assert type_("arbiter", "withdraw", input="n\n").exit_code == 1
    assert peer.asked == []
    assert type_("arbiter", "withdraw", "--yes").exit_code == 0
    assert peer.asked == [("decide_no_more",)]


def test_what_is_no_persona_is_not_asked_for(type_, peer):
    assert "no such arbiter" in refusal(type_("arbiter", "trust", "../orders"))
    assert peer.asked == []
