"""Languages of the pages: catalogues of messages, and numbers, money and times as a language writes them.

Catalogues are `locale/<language>/**/*.po`, one a language, read into memory when the node starts; the messages themselves are English.
"""

import gettext
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from decimal import Context, Decimal, localcontext
from pathlib import Path

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision, is_currency

SOURCE = "en"
NO_BREAK_SPACE = "\u00a0"
DAY = 86_400
MOMENT = 45
UNITS = {"day": DAY, "hour": 3600}  # in seconds
LAST_MOMENT = 253_370_764_800  # 1 January 9999: the protocol's times go further than Python's
_EXACT = Context(prec=80)  # no amount is ever rounded: 16 bytes are 39 digits


@dataclass(frozen=True)
class Language:
    code: str
    name: str  # in the language itself
    locale: Locale
    translations: gettext.NullTranslations

    def number(self, value: int | Decimal) -> str:
        return format_decimal(value, locale=self.locale)

    def money(self, amount: int, unit: str, symbol: str, decimals: int, least: int = 0) -> str:
        """An amount in smallest units, exact: "US$12.00" for ISO 4217, "0.05 ETH" for an asset on a chain. `least` is how many
        decimals are shown at least, such as two of a token that stands for dollars."""
        with localcontext(_EXACT):
            return self._money(amount, unit, symbol, decimals, least)

    def _money(self, amount: int, unit: str, symbol: str, decimals: int, least: int) -> str:
        value = Decimal(amount).scaleb(-decimals)
        if is_currency(unit):
            places = max(get_currency_precision(unit), 0)
            exact = value == round(value, places)
            return format_currency(
                value, unit, locale=self.locale, currency_digits=exact, decimal_quantization=exact
            )
        places = max(-int(value.normalize().as_tuple().exponent), 0)
        places = max(places, least, 2 if places else 0)
        shape = "#,##0" + ("." + "0" * places if places else "")
        number = format_decimal(value, shape, locale=self.locale, decimal_quantization=False)
        return f"{number}{NO_BREAK_SPACE}{symbol}"

    def date(self, timestamp: int, zone: tzinfo | None = None) -> str:
        return format_date(_moment(timestamp, zone), "medium", self.locale)

    def moment(self, timestamp: int, zone: tzinfo | None = None) -> str:
        """Date and time in the node's own time zone unless `zone` is given."""
        return format_datetime(_moment(timestamp, zone), "medium", locale=self.locale)

    def iso(self, timestamp: int) -> str:
        """For the datetime attribute of an element: ISO 8601, UTC."""
        return _moment(timestamp, UTC).isoformat()

    def span(self, seconds: int, direction: bool = False) -> str:
        """A length of time in its greatest unit: "3 days"; with `direction`, "in 3 days", "3 days ago" or "just now"."""
        if direction and abs(seconds) < MOMENT:
            return self.translations.gettext("just now")
        return format_timedelta(seconds, locale=self.locale, add_direction=direction)

    def lasting(self, seconds: int) -> str:
        """A length of time that somebody can rely on, never rounded up: "21 days", "36 hours"."""
        unit = "day" if seconds % DAY == 0 else "hour"
        whole = seconds // UNITS[unit] * UNITS[unit]
        return format_timedelta(whole, unit, threshold=math.inf, locale=self.locale)


def _moment(timestamp: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(min(timestamp, LAST_MOMENT), UTC).astimezone(zone)


class Languages:
    """Every language there is a catalogue for, and English."""

    def __init__(self, folder: Path):
        catalogues = {
            code: _translations(path, code)
            for path in sorted(folder.glob("*/**/*.po"))
            for code in path.relative_to(folder).parts[:1]
        }
        self.all: Mapping[str, Language] = {
            code: _language(code, translations)
            for code, translations in {SOURCE: gettext.NullTranslations(), **catalogues}.items()
        }

    def choose(self, cookie: str | None, accept: str) -> Language:
        """By the owner's own choice, else by the browser's Accept-Language (RFC 9110 §12.5.4), else English."""
        if cookie in self.all:
            return self.all[cookie]
        wanted = _accepted(accept[:200])
        found = negotiate_locale(wanted, list(self.all), sep="-")
        return self.all[found or SOURCE]


def _accepted(header: str) -> list[str]:
    ranked = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            ranked.append((-weight, tag))
    return [tag for _, tag in sorted(ranked, key=lambda pair: pair[0])]


def _translations(path: Path, code: str) -> gettext.NullTranslations:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=code)  # without it babel forgets the plural forms
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _language(code: str, translations: gettext.NullTranslations) -> Language:
    locale = Locale.parse(code, sep="-")
    return Language(code, (locale.get_language_name() or code).capitalize(), locale, translations)
