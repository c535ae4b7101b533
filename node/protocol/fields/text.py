"""Fields of text."""

import re
from typing import Any

from node.protocol import patterns
from node.protocol.fields.base import Field, Wrong

MAX_TEXT = 20_000  # characters


class Text(Field):
    """Text of `min` to `max` characters (Unicode code points), without control characters; newlines only if multiline."""

    type_name = "text"

    def __init__(self, min: int = 1, max: int = 200, multiline: bool = False, **common: Any):
        super().__init__(**common)
        self.min, self.max, self.multiline = min, max, multiline
        self.widget = "textarea" if multiline else "text"
        self._bad = patterns.BAD_IN_MULTILINE if multiline else patterns.BAD_IN_LINE

    def _check(self, value: Any) -> None:
        if type(value) is not str:
            raise Wrong("type", "text is expected")
        if not self.min <= len(value) <= self.max:
            allowed = f"{self.min} to {self.max}" if self.min else f"at most {self.max}"
            raise Wrong("length", f"{allowed} characters are allowed; this has {len(value)}")
        if self._bad.search(value):
            raise Wrong("character", "control characters are not allowed")

    def _from_form(self, raw: Any) -> Any:
        if isinstance(raw, str):
            raw = raw.replace("\r\n", "\n").replace("\r", "\n")
        return super()._from_form(raw)

    @property
    def cddl(self) -> str:
        return f"tstr .size ({self.min}..{4 * self.max})"

    @property
    def bounds(self) -> str:
        return f"{self.min}–{self.max} characters" + (", several lines" if self.multiline else "")


class Pattern(Field):
    """Text of one fixed shape."""

    type_name = "text"
    pattern = patterns.SLUG
    wrong = "not of the right shape"

    def _check(self, value: Any) -> None:
        if type(value) is not str:
            raise Wrong("type", "text is expected")
        if not self.pattern.fullmatch(value):
            raise Wrong("pattern", self.wrong)

    @property
    def cddl(self) -> str:
        return f'tstr .regexp "{patterns.for_cddl(self.pattern)}"'

    @property
    def bounds(self) -> str:
        return re.sub(" (is|are) (expected|allowed)$", "", self.wrong)


class Slug(Pattern):
    type_name = "slug"
    wrong = "1 to 64 lower-case letters, digits and single hyphens between them are allowed"
    cddl = "slug"


class ExtensionId(Pattern):
    type_name = "extension id"
    pattern = patterns.NAME
    wrong = "a name such as goods or com.example.tickets is expected"
    cddl = "name"


class Language(Pattern):
    """BCP 47: language, and script and region if needed, in their usual letter case."""

    type_name = "language (BCP 47)"
    pattern = patterns.LANGUAGE
    wrong = "a language tag such as en, pt-BR or zh-Hant is expected"
    widget = "language"


class Currency(Pattern):
    type_name = "currency (ISO 4217)"
    pattern = patterns.CURRENCY
    wrong = "a currency code of three capital letters such as EUR is expected"
    widget = "currency"


class Asset(Pattern):
    """CAIP-19, token addresses in lower-case hexadecimal."""

    type_name = "asset (CAIP-19)"
    pattern = patterns.ASSET
    wrong = "an asset such as eip155:1/slip44:60 or eip155:1/erc20:0x… is expected"
    widget = "asset"

    def _from_json(self, json: Any) -> Any:
        return self._read(patterns.lower_address(json))


class Unit(Asset):
    """What a price is counted in: an asset (CAIP-19) or a currency (ISO 4217)."""

    type_name = "asset or currency"
    pattern = patterns.UNIT
    wrong = "a currency such as EUR or an asset such as eip155:1/slip44:60 is expected"


class Account(Asset):
    """CAIP-10, the address in lower-case hexadecimal."""

    type_name = "account (CAIP-10)"
    pattern = patterns.ACCOUNT
    wrong = "an account such as eip155:1:0x… is expected"
    widget = "account"


class Country(Pattern):
    type_name = "country (ISO 3166-1)"
    pattern = patterns.COUNTRY
    wrong = "a country code of two capital letters such as FR, or * for everywhere, is expected"
    widget = "country"


class Cell(Pattern):
    """A coarse place: 1 to 4 characters of a geohash (4 is about 20 by 40 km)."""

    type_name = "geohash cell"
    pattern = patterns.CELL
    wrong = "1 to 4 geohash characters are expected"
    widget = "cell"
