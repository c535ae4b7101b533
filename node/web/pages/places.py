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


def languages(locale: Locale, chosen: str = "") -> list[tuple[str, str]]:
    """(BCP 47 tag, name) of what a listing may be written in, and of the one chosen."""
    codes = dict.fromkeys([*WRITTEN, *([chosen] if chosen else [])])
    return _sorted((code, locale.languages.get(code, code)) for code in codes)


def _sorted(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """By name without accents and case, so that Brésil stands before Brunei."""
    return sorted(named, key=lambda pair: _plain(pair[1]))


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
