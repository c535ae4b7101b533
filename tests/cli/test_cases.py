import json

import pytest

from tests.cli.conftest import refusal
from tests.fakes.peer import ORDER, case

CASE = case().id


def test_the_list_and_one(type_):
    listed = type_("case", "list").stdout
    assert "A teapot" in listed and "There may be more." in listed
    shown = type_("case", "show", CASE[:8]).stdout
    for part in ("by the buyer", "not shown yet", "It broke.", "wasn't shown", "rule, write"):
        assert part in shown
    assert json.loads(type_("case", "show", CASE, "--json").stdout)["id"] == CASE


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (("--share", "2.5"), (None, 250)),
        (("--to-seller", "0.5 ETH"), (5 * 10**17, None)),
    ],
)
def test_a_decision_is_shown_and_meant(type_, peer, words, asked):
    assert "to the seller" in type_("order", "rule", CASE, *words, "--preview").stdout
    assert [name for name, *_ in peer.asked] == ["preview_ruling"]
    assert type_("order", "rule", CASE, *words, input="n\n").exit_code == 1
    assert "rule" not in [name for name, *_ in peer.asked]
    assert type_("order", "rule", CASE, *words, "--yes").exit_code == 0
    assert peer.asked[-1] == ("rule", CASE, *asked)


def test_a_decision_needs_one_measure(type_, peer):
    assert type_("order", "rule", CASE).exit_code == 2
    assert type_("order", "rule", CASE, "--share", "5", "--to-seller", "1 ETH").exit_code == 2
    refusal(type_("order", "rule", CASE, "--to-seller", "1 EUR", "--yes"))
    assert "no such case" in refusal(type_("case", "show", "../orders"))
    assert peer.asked == []


def test_a_word_to_a_party(type_, peer):
    type_("case", "write", CASE, "--to", "buyer", "--text", "Hm?")
    assert peer.asked == [("write_to_party", CASE, "Hm?", "buyer")]


def test_showing_an_arbiter_several_things(type_, peer, tmp_path):
    from tests.web.test_api_arbiters import a_picture

    picture = tmp_path / "crack.jpg"
    picture.write_bytes(a_picture(20))
    words = ("--part", "lines", "--picture", picture, "--alt", "Crack", "--text", "Hello")
    result = type_("order", "show-arbiter", ORDER, *words)
    assert result.exit_code == 0, result.stderr
    assert peer.asked[0] == ("show_parts", ORDER, ["lines"])
    assert peer.asked[1][0] == "show_picture" and peer.asked[1][3] == "Crack"
    assert peer.asked[2] == ("tell_arbiter", ORDER, "Hello")


def test_showing_nothing_is_wrong_usage(type_, peer):
    assert type_("order", "show-arbiter", ORDER).exit_code == 2
    assert "no such message" in refusal(type_("order", "show-arbiter", ORDER, "--message", "x"))
    assert peer.asked == []
