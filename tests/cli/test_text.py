import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.cli.text import as_json_text, lines, moment, money, plain, table
from tests.fakes.peer import OTHER, listing, order, persona

HOSTILE = "a\x1b]0;owned\x07\x9b31m\x7f\u202eevil\u2028b\r\n\x08\x00é🫖"


@given(st.text())
def test_no_text_commands_a_terminal(text):
    assert plain(text).isprintable() or plain(text) == ""
    assert all(line.isprintable() for line in lines(text).split("\n"))


@given(st.dictionaries(st.text(), st.text()))
def test_json_says_the_same_and_commands_no_terminal(value):
    text = as_json_text(value)
    assert json.loads(text) == value
    assert all(line.isprintable() for line in text.split("\n"))


def test_letters_stay_letters():
    assert plain(HOSTILE).endswith("é🫖")
    assert "é🫖" in as_json_text(HOSTILE)


@pytest.mark.parametrize(
    "words", [("search",), ("listing", "list"), ("order", "list"), ("order", "show", "c" * 52)]
)
@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_strangers_texts_are_harmless_wherever_they_are_shown(type_, peer, words, json_too):
    stranger = persona(OTHER, HOSTILE)
    peer.mine = [listing(title=HOSTILE)]
    hostile = order()
    for name, value in {
        "listing": listing(title=HOSTILE),
        "counterparty": stranger,
        "tracking": {HOSTILE: HOSTILE},
        "decline": {"text": HOSTILE},
    }.items():
        object.__setattr__(hostile, name, value)
    peer.placed = {hostile.id: hostile}
    result = type_(*words, *json_too)
    assert result.exit_code == 0
    assert "evil" in result.stdout
    assert all(line.isprintable() for line in result.stdout.split("\n"))


@pytest.mark.parametrize(
    ("amount", "decimals", "text"),
    [
        ("1234567", 6, "1.234567 X"),
        ("1000000", 6, "1.00 X"),
        ("1", 18, "0.000000000000000001 X"),
        ("0", 2, "0.00 X"),
        ("7", 0, "7 X"),
        (str(2**128 - 1), 18, "340282366920938463463.374607431768211455 X"),
    ],
)
def test_money_is_exact(amount, decimals, text):
    assert money({"amount": amount, "decimals": decimals, "symbol": "X"}) == text


def test_a_table_lines_up():
    assert table([["a", "bcd"], ["efgh", "i"]], ["X", "YY"]) == "X     YY\na     bcd\nefgh  i"


def test_a_moment_is_in_utc():
    assert moment(1_700_000_000) == "2023-11-14 22:13 UTC"
