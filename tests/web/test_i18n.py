from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.i18n import Languages
from node.web.rendering import HERE

NARROW, WIDE = "\u202f", "\u00a0"  # spaces that French puts into numbers
ETHER = "eip155:1/slip44:60"

FRENCH = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=2; plural=n>1;\\n"
msgid "Sell"
msgstr "Vendre"
msgid "%(num)d peer"
msgid_plural "%(num)d peers"
msgstr[0] "%(num)d pair"
msgstr[1] "%(num)d pairs"
"""


@pytest.fixture
def languages(tmp_path) -> Languages:
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(FRENCH)
    return Languages(tmp_path)


def test_catalogues_are_read_into_memory(languages):
    french = languages.all["fr"]
    assert french.name == "Français"
    assert french.translations.gettext("Sell") == "Vendre"
    assert french.translations.ngettext("%(num)d peer", "%(num)d peers", 0) == "%(num)d pair"
    assert languages.all["en"].translations.gettext("Sell") == "Sell"


def test_our_own_languages():
    assert {"en", "fr"} <= set(Languages(HERE / "locale").all)


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        ("fr", "en", "fr"),
        ("xx", "fr", "fr"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        (None, "de, fr;q=0.5, en;q=0.9", "en"),
        (None, "fr;q=0, en", "en"),
        (None, "", "en"),
        (None, "*", "en"),
        (None, "de-DE", "en"),
        (None, ";;;q=x,,fr;q=", "fr"),
        (None, "fr;q=nan", "en"),
        ("../../etc", "x" * 10_000, "en"),
    ],
)
def test_choosing(languages, cookie, accept, chosen):
    assert languages.choose(cookie, accept).code == chosen


NOWHERE = Languages(Path("/nonexistent"))


@given(st.text(max_size=100))
def test_any_header_chooses_something(header):
    assert NOWHERE.choose(None, header).code


@pytest.mark.parametrize(
    ("amount", "unit", "symbol", "decimals", "english", "french"),
    [
        (1200, "EUR", "€", 2, "€12.00", f"12,00{WIDE}€"),
        (123456789, "EUR", "€", 2, "€1,234,567.89", f"1{NARROW}234{NARROW}567,89{WIDE}€"),
        (1200, "JPY", "¥", 0, "¥1,200", f"1{NARROW}200{WIDE}¥"),
        (12345, "TND", "TND", 3, "TND12.345", f"12,345{WIDE}TND"),
        (5 * 10**16, ETHER, "ETH", 18, f"0.05{WIDE}ETH", f"0,05{WIDE}ETH"),
        (10**18, ETHER, "ETH", 18, f"1{WIDE}ETH", f"1{WIDE}ETH"),
        (15 * 10**17, ETHER, "ETH", 18, f"1.50{WIDE}ETH", f"1,50{WIDE}ETH"),
        (1, ETHER, "ETH", 18, f"0.000000000000000001{WIDE}ETH", f"0,000000000000000001{WIDE}ETH"),
        (0, ETHER, "ETH", 18, f"0{WIDE}ETH", f"0{WIDE}ETH"),
        (12_500_000, "eip155:1/erc20:0x", "tUSD", 6, f"12.50{WIDE}tUSD", f"12,50{WIDE}tUSD"),
    ],
)
def test_money(languages, amount, unit, symbol, decimals, english, french):
    assert languages.all["en"].money(amount, unit, symbol, decimals) == english
    assert languages.all["fr"].money(amount, unit, symbol, decimals).replace(
        "JPY", "¥"
    ) == french.replace("JPY", "¥")


@pytest.mark.parametrize(
    ("amount", "least", "english", "french"),
    [
        (96_000_000, 2, "96.00", "96,00"),
        (103_500_000, 2, "103.50", "103,50"),
        (7_123_400, 2, "7.1234", "7,1234"),
        (5_000_000, 0, "5", "5"),
        (1_000_000, 3, "1.000", "1,000"),
    ],
)
def test_a_token_that_stands_for_a_currency_has_its_digits(
    languages, amount, least, english, french
):
    for code, number in (("en", english), ("fr", french)):
        shown = languages.all[code].money(amount, "eip155:1/erc20:0x", "tUSD", 6, least)
        assert shown == f"{number}{WIDE}tUSD"


@given(st.integers(0, 2**128 - 1), st.integers(0, 36))
def test_money_is_never_rounded(amount, decimals):
    shown = NOWHERE.all["en"].money(amount, ETHER, "X", decimals)
    digits = shown.removesuffix(f"{WIDE}X").replace(",", "")
    whole, _, fraction = digits.partition(".")
    assert int(whole + fraction.ljust(max(decimals, len(fraction)), "0")) == amount * 10 ** max(
        0, len(fraction) - decimals
    )


def test_times(languages):
    at = 1_700_000_000
    english, french = languages.all["en"], languages.all["fr"]
    assert english.moment(at, UTC).replace("\u202f", " ") == "Nov 14, 2023, 10:13:20 PM"
    assert english.date(at, UTC) == "Nov 14, 2023"
    assert french.date(at, UTC) == "14 nov. 2023"
    assert (english.span(3 * 86400), english.span(86400)) == ("3 days", "1 day")
    days = [english.lasting(days * 86400) for days in (1, 10, 21, 90)]
    assert days == ["1 day", "10 days", "21 days", "90 days"]
    assert (english.lasting(36 * 3600 + 1800), french.lasting(7 * 86400)) == (
        "36 hours",
        "7\xa0jours",
    )
    assert (english.span(0, True), english.span(-30, True)) == ("just now", "just now")
    assert (english.span(-7200, True), french.span(7200, True)) == ("2 hours ago", "dans 2 heures")


def test_a_time_after_the_last_year_is_shown(languages):
    english = languages.all["en"]
    for show in (english.moment, english.date, english.iso):
        assert "9999" in show(2**40 - 1)


def test_numbers(languages):
    assert languages.all["fr"].number(12345) == f"12{NARROW}345"
