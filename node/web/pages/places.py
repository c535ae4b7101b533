"""Countries and languages by name, sorted as people expect."""

import unicodedata
from collections.abc import Iterable

from babel import Locale

WRITTEN = [
    "ar",
    "bg",
    "bn",
    "ca",
    "cs",
    "cy",
    "da",
    "de",
    "el",
    "en",
    "es",
    "et",
    "eu",
    "fa",
    "fi",
    "fr",
    "ga",
    "gl",
    "he",
    "hi",
    "hr",
    "hu",
    "id",
    "is",
    "it",
    "ja",
    "ko",
    "lb",
    "lt",
    "lv",
    "mk",
    "ms",
    "mt",
    "nb",
    "nl",
    "pl",
    "pt",
    "ro",
    "ru",
    "sk",
    "sl",
    "sq",
    "sr",
    "sv",
    "sw",
    "ta",
    "th",
    "tr",
    "uk",
    "ur",
    "vi",
    "zh",
]
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO"}


def countries(locale: Locale) -> list[tuple[str, str]]:
    """(ISO 3166-1 alpha-2, name in the locale's language)"""
    return _sorted(
        (code, name)
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    )


def codes(typed: str, locale: Locale) -> tuple[str, str]:
    """Countries as people type them, by name in their language or in English or by code, as codes with commas between; and the first
    that is none, "" where all are."""
    known = {code.casefold(): code for code, _ in countries(locale)} | {"*": "*"}
    for each in (Locale("en"), locale):
        known |= {_plain(name): code for code, name in countries(each)}
    found = [each.strip() for each in typed.replace("\n", ",").split(",") if each.strip()]
    wrong = next((each for each in found if _key(each) not in known), "")
    return ", ".join(known.get(_key(each), each) for each in found), wrong


def _key(typed: str) -> str:
    return typed.casefold() if len(typed) <= 2 else _plain(typed)


def languages(locale: Locale, chosen: str = "") -> list[tuple[str, str]]:
    """(BCP 47 tag, name) of what a listing may be written in, and of the one chosen."""
    codes = dict.fromkeys([*WRITTEN, *([chosen] if chosen else [])])
    return _sorted((code, locale.languages.get(code, code)) for code in codes)


def _sorted(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """By name without accents and case, so that Brésil stands before Brunei."""
    return sorted(named, key=lambda pair: _plain(pair[1]))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
