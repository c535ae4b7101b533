"""Fields: the check, title, help, CDDL, documentation row, JSON form and form input of a value in one declaration.

A value has four forms. *Wire* is what the encoding holds (an amount is a byte string). *Python* is what rules and the rest
of the node use (an amount is an int). *JSON* is what the API speaks (an amount is a decimal string, an id base32 text, bytes
hex after 0x). *Form* is what a browser posts: text, a list of texts, or a dict of them.

    read(wire) -> python         raises Rejected "field.*": bytes of a stranger
    write(python) -> wire
    from_json(json) -> python    raises InputError "field.*": a person's input, naming the dotted path of the field
    to_json(python) -> json
    from_form(raw) -> python     raises InputError
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from node.protocol import patterns
from node.protocol.encoding import (
    MAX_AMOUNT,
    MAX_INTEGER,
    MIN_INTEGER,
    amount_from_bytes,
    amount_to_bytes,
    id_from_text,
    id_to_text,
)
from node.protocol.errors import InputError, Rejected

MAX_TIME = 2**40 - 1  # fits the uint40 of the escrow; the year 36812
MAX_LIST = 256
MAX_TEXT = 20_000  # characters

_ABSENT = ("", None, [], {})


class Wrong(Exception):
    """What is wrong with a value, before it is known whether a stranger or a person is to hear it."""

    def __init__(self, rule: str, message: str):
        super().__init__(rule, message)
        self.rule = rule
        self.message = message
        self.title = ""
        self.path: list[str] = []

    def at(self, name: str, title: str) -> "Wrong":
        self.path.insert(0, name)
        self.title = self.title or title or name
        return self

    @property
    def sentence(self) -> str:
        return f"{self.title}: {self.message}" if self.title else self.message

    def rejected(self) -> Rejected:
        return Rejected("field." + self.rule, self.sentence, ".".join(self.path) or None)

    def input_error(self) -> InputError:
        return InputError("field." + self.rule, self.sentence, ".".join(self.path) or None)


class Field:
    """One value. Subclasses override the underscored methods, which raise Wrong."""

    widget = "text"
    type_name = ""

    def __init__(self, *, title: str = "", help: str = "", required: bool = True):
        self.title = title
        self.help = help
        self.required = required

    # ---- the public faces

    def read(self, wire: Any) -> Any:
        try:
            return self._read(wire)
        except Wrong as wrong:
            raise self._named(wrong).rejected() from None

    def write(self, value: Any) -> Any:
        return self._write(value)

    def from_json(self, json: Any) -> Any:
        try:
            return self._from_json(json)
        except Wrong as wrong:
            raise self._named(wrong).input_error() from None

    def to_json(self, value: Any) -> Any:
        return self._to_json(value)

    def from_form(self, raw: Any) -> Any:
        try:
            return self._from_form(raw)
        except Wrong as wrong:
            raise self._named(wrong).input_error() from None

    def _named(self, wrong: Wrong) -> Wrong:
        wrong.title = wrong.title or self.title
        return wrong

    @property
    def cddl(self) -> str:
        """The CDDL type (RFC 8610) of the wire form."""
        raise NotImplementedError

    @property
    def bounds(self) -> str:
        """What is allowed, in words, for the spec."""
        return ""

    # ---- what subclasses say

    def _check(self, value: Any) -> None:
        """Raise Wrong unless this is a python value of the field."""
        raise NotImplementedError

    def _read(self, wire: Any) -> Any:
        self._check(wire)
        return wire

    def _write(self, value: Any) -> Any:
        return value

    def _from_json(self, json: Any) -> Any:
        return self._read(json)

    def _to_json(self, value: Any) -> Any:
        return value

    def _from_form(self, raw: Any) -> Any:
        if not isinstance(raw, str):
            raise Wrong("type", "one text is expected")
        return self._from_json(raw.strip())


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
    allowed = ""

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
        return self.allowed or self.wrong


class Slug(Pattern):
    type_name = "slug"
    wrong = "1 to 64 lower-case letters, digits and single hyphens between them are allowed"


class ExtensionId(Pattern):
    type_name = "extension id"
    pattern = patterns.NAME
    wrong = "a name such as goods or com.example.tickets is expected"


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


class Choice(Field):
    """One of the given values (text or integer); `values` maps each to its label."""

    type_name = "choice"
    widget = "select"

    def __init__(self, values: Mapping[Any, str], **common: Any):
        super().__init__(**common)
        self.values = dict(values)

    def _check(self, value: Any) -> None:
        if type(value) not in (str, int) or value not in self.values:
            raise Wrong("choice", "one of " + ", ".join(map(str, self.values)) + " is expected")

    def _from_form(self, raw: Any) -> Any:
        texts = {str(value): value for value in self.values}
        return self._from_json(texts.get(raw, raw) if isinstance(raw, str) else raw)

    @property
    def cddl(self) -> str:
        return " / ".join(f'"{v}"' if type(v) is str else str(v) for v in self.values)

    @property
    def bounds(self) -> str:
        return ", ".join(f"`{value}`" for value in self.values)


class Integer(Field):
    type_name = "integer"
    widget = "number"

    def __init__(self, low: int = MIN_INTEGER, high: int = MAX_INTEGER, **common: Any):
        super().__init__(**common)
        self.low, self.high = low, high

    def _check(self, value: Any) -> None:
        if type(value) is not int:
            raise Wrong("type", "a whole number is expected")
        if not self.low <= value <= self.high:
            raise Wrong("range", f"a number from {self.low} to {self.high} is expected")

    def _from_form(self, raw: Any) -> Any:
        if not isinstance(raw, str) or not patterns.INTEGER.fullmatch(raw.strip()):
            raise Wrong("type", "a whole number is expected")
        return self._from_json(int(raw))

    @property
    def cddl(self) -> str:
        return f"{self.low}..{self.high}"

    @property
    def bounds(self) -> str:
        return f"{self.low} to {self.high}"


class Time(Integer):
    """Seconds since the Unix epoch, UTC. JSON also takes ISO 8601 text (UTC where no zone is given)."""

    type_name = "time"
    widget = "datetime"

    def __init__(self, **common: Any):
        super().__init__(0, MAX_TIME, **common)

    def _from_json(self, json: Any) -> Any:
        if isinstance(json, str):
            if patterns.INTEGER.fullmatch(json):
                return self._read(int(json))
            try:
                moment = datetime.fromisoformat(json)
                zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                json = int(zoned.timestamp())
            except (ValueError, OverflowError):
                raise Wrong(
                    "type", "a date and time such as 2027-01-31T18:00 is expected"
                ) from None
        return self._read(json)

    def _from_form(self, raw: Any) -> Any:
        return Field._from_form(self, raw)

    @property
    def cddl(self) -> str:
        return "seconds"

    @property
    def bounds(self) -> str:
        return "seconds since 1970, UTC"


class Flag(Field):
    type_name = "yes or no"
    widget = "checkbox"

    def _check(self, value: Any) -> None:
        if type(value) is not bool:
            raise Wrong("type", "true or false is expected")

    def _from_form(self, raw: Any) -> Any:
        if raw in ("on", "true", "1", "yes"):
            return True
        if raw in ("", "off", "false", "0", "no", None):
            return False
        raise Wrong("type", "yes or no is expected")

    @property
    def cddl(self) -> str:
        return "bool"


class Amount(Field):
    """An amount in the smallest unit of its asset: int in python, byte string on the wire, decimal text in JSON."""

    type_name = "amount"
    widget = "amount"

    def _check(self, value: Any) -> None:
        if type(value) is not int or not 0 <= value <= MAX_AMOUNT:
            raise Wrong("amount", "a whole number of the smallest unit, at least 0, is expected")

    def _read(self, wire: Any) -> Any:
        try:
            return amount_from_bytes(wire)
        except Rejected as rejected:
            raise Wrong("amount", rejected.message) from None

    def _write(self, value: Any) -> Any:
        return amount_to_bytes(value)

    def _from_json(self, json: Any) -> Any:
        if isinstance(json, str) and patterns.DIGITS.fullmatch(json):
            json = int(json)
        self._check(json)
        return json

    def _to_json(self, value: Any) -> Any:
        return str(value)

    @property
    def cddl(self) -> str:
        return "amount"

    @property
    def bounds(self) -> str:
        return "0 to 2^128 − 1 of the smallest unit, big-endian, no leading zero"


class Bytes(Field):
    """Exactly `n` bytes, or `low` to `n` bytes."""

    type_name = "bytes"

    def __init__(self, n: int, low: int | None = None, **common: Any):
        super().__init__(**common)
        self.high, self.low = n, n if low is None else low

    def _check(self, value: Any) -> None:
        if type(value) is not bytes:
            raise Wrong("type", "bytes are expected")
        if not self.low <= len(value) <= self.high:
            raise Wrong("length", f"{self.bounds} are expected; this has {len(value)}")

    def _from_json(self, json: Any) -> Any:
        if not isinstance(json, str) or not patterns.HEX.fullmatch(json):
            raise Wrong("type", "bytes as hexadecimal after 0x are expected")
        return self._read(bytes.fromhex(json[2:]))

    def _to_json(self, value: Any) -> Any:
        return "0x" + value.hex()

    @property
    def cddl(self) -> str:
        size = self.high if self.low == self.high else f"({self.low}..{self.high})"
        return f"bstr .size {size}"

    @property
    def bounds(self) -> str:
        return f"{self.high} bytes" if self.low == self.high else f"{self.low}–{self.high} bytes"


class Ref(Bytes):
    """A content id or a persona: 32 bytes, base32 text in JSON."""

    type_name = "id"

    def __init__(self, **common: Any):
        super().__init__(32, **common)

    def _from_json(self, json: Any) -> Any:
        try:
            return id_from_text(json if isinstance(json, str) else "")
        except Rejected as rejected:
            raise Wrong("id", rejected.message) from None

    def _to_json(self, value: Any) -> Any:
        return id_to_text(value)

    @property
    def cddl(self) -> str:
        return "id"


class Address(Bytes):
    """An EVM address: 20 bytes, EIP-55 text in JSON."""

    type_name = "address"
    widget = "address"

    def __init__(self, **common: Any):
        super().__init__(20, **common)

    def _from_json(self, json: Any) -> Any:
        address = patterns.address_from_text(json) if isinstance(json, str) else None
        if address is None:
            raise Wrong("address", "an address such as 0x… with a correct checksum is expected")
        return address

    def _to_json(self, value: Any) -> Any:
        return patterns.address_to_text(value)

    @property
    def cddl(self) -> str:
        return "address"


class ListOf(Field):
    """`low` to `high` values of one field."""

    type_name = "list"
    widget = "list"

    def __init__(self, field: Field, low: int = 0, high: int = MAX_LIST, **common: Any):
        super().__init__(**common)
        self.field, self.low, self.high = field, low, high

    def _each(self, values: Any, one: Callable[[Any], Any]) -> list:
        if not isinstance(values, (list, tuple)):
            raise Wrong("type", "a list is expected")
        if not self.low <= len(values) <= self.high:
            raise Wrong("count", f"{self.bounds} are allowed; there are {len(values)}")
        read = []
        for index, value in enumerate(values):
            try:
                read.append(one(value))
            except Wrong as wrong:
                raise wrong.at(str(index), self.field.title or self.title) from None
        return read

    def _read(self, wire: Any) -> Any:
        return self._each(wire, self.field._read)

    def _write(self, value: Any) -> Any:
        return [self.field._write(each) for each in value]

    def _from_json(self, json: Any) -> Any:
        return self._each(json, self.field._from_json)

    def _to_json(self, value: Any) -> Any:
        return [self.field._to_json(each) for each in value]

    def _from_form(self, raw: Any) -> Any:
        if isinstance(raw, str):  # one text of several values, as typed into one input
            raw = [part.strip() for part in raw.replace("\n", ",").split(",")]
        if isinstance(raw, list):
            raw = [part for part in raw if part not in _ABSENT]
        return self._each(raw, self.field._from_form)

    @property
    def cddl(self) -> str:
        return f"[{self.low}*{self.high} {_grouped(self.field.cddl)}]"

    @property
    def bounds(self) -> str:
        return f"{self.low} to {self.high} values"


class MapOf(Field):
    """`low` to `high` entries; keys are text by one field, values by another."""

    type_name = "map"
    widget = "map"

    def __init__(self, key: Field, value: Field, low: int = 0, high: int = MAX_LIST, **common: Any):
        super().__init__(**common)
        self.key, self.value, self.low, self.high = key, value, low, high

    def _each(self, values: Any, key: Callable[[Any], Any], one: Callable[[Any], Any]) -> dict:
        if not isinstance(values, dict):
            raise Wrong("type", "names with values are expected")
        if not self.low <= len(values) <= self.high:
            raise Wrong("count", f"{self.bounds} are allowed; there are {len(values)}")
        read = {}
        for name, value in values.items():
            try:
                read[key(name)] = one(value)
            except Wrong as wrong:
                raise wrong.at(str(name), self.value.title or self.title) from None
        return read

    def _read(self, wire: Any) -> Any:
        return self._each(wire, self.key._read, self.value._read)

    def _write(self, value: Any) -> Any:
        return {self.key._write(name): self.value._write(each) for name, each in value.items()}

    def _from_json(self, json: Any) -> Any:
        return self._each(json, self.key._from_json, self.value._from_json)

    def _to_json(self, value: Any) -> Any:
        return {self.key._to_json(name): self.value._to_json(v) for name, v in value.items()}

    def _from_form(self, raw: Any) -> Any:
        return self._each(raw, self.key._from_form, self.value._from_form)

    @property
    def cddl(self) -> str:
        return (
            f"{{ {self.low}*{self.high} {_grouped(self.key.cddl)} => {_grouped(self.value.cddl)} }}"
        )

    @property
    def bounds(self) -> str:
        return f"{self.low} to {self.high} entries"


class Block(Field):
    """A map with fields of its own."""

    type_name = "block"
    widget = "block"

    def __init__(self, fields: "FieldSet", **common: Any):
        super().__init__(**common)
        self.fields = fields

    def _read(self, wire: Any) -> Any:
        return self.fields._read(wire)

    def _write(self, value: Any) -> Any:
        return self.fields.write(value)

    def _from_json(self, json: Any) -> Any:
        return self.fields._from_json(json)

    def _to_json(self, value: Any) -> Any:
        return self.fields.to_json(value)

    def _from_form(self, raw: Any) -> Any:
        return self.fields._from_form(raw)

    @property
    def cddl(self) -> str:
        return self.fields.cddl_map()


class OpenBlock(Field):
    """A map whose meaning another declaration knows, such as an extension's block: kept as it is."""

    type_name = "any map"
    widget = "open"

    def _check(self, value: Any) -> None:
        if type(value) is not dict or not all(type(name) is str for name in value):
            raise Wrong("type", "a block of named values is expected")

    def _from_form(self, raw: Any) -> Any:
        self._check(raw)
        return raw

    @property
    def cddl(self) -> str:
        return "{ * tstr => value }"


class FieldSet(Mapping[str, Field]):
    """Named fields in declared order, and the map that they describe.

    Unknown keys of a wire map survive reading and writing untouched. JSON and forms may not have any: there, an unknown key
    is a person's typing error.
    """

    def __init__(self, fields: Mapping[str, Field]):
        self._fields = dict(fields)

    def __getitem__(self, name: str) -> Field:
        return self._fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)

    def read(self, wire: Any) -> dict[str, Any]:
        """Raises Rejected "field.*" with the dotted path of what is wrong. Absent optional fields stay absent."""
        try:
            return self._read(wire)
        except Wrong as wrong:
            raise wrong.rejected() from None

    def from_json(self, json: Any) -> dict[str, Any]:
        try:
            return self._from_json(json)
        except Wrong as wrong:
            raise wrong.input_error() from None

    def from_form(self, raw: Any) -> dict[str, Any]:
        """`raw` maps names to text, lists and dicts. An empty optional input is absent."""
        try:
            return self._from_form(raw)
        except Wrong as wrong:
            raise wrong.input_error() from None

    def write(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._fields[name]._write(item) if name in self._fields else item
            for name, item in value.items()
        }

    def to_json(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Known fields only: what we don't know has no JSON form."""
        return {
            name: field._to_json(value[name])
            for name, field in self._fields.items()
            if name in value
        }

    def _read(self, wire: Any) -> dict[str, Any]:
        if type(wire) is not dict:
            raise Wrong("type", "a map is expected")
        read = dict(wire)
        for name, field in self._fields.items():
            if name in wire:
                try:
                    read[name] = field._read(wire[name])
                except Wrong as wrong:
                    raise wrong.at(name, field.title) from None
            elif field.required:
                raise Wrong("required", "this is missing").at(name, field.title)
        return read

    def _from_json(self, json: Any) -> dict[str, Any]:
        return self._from_person(json, lambda field, value: field._from_json(value), (None,))

    def _from_form(self, raw: Any) -> dict[str, Any]:
        return self._from_person(raw, lambda field, value: field._from_form(value), _ABSENT)

    def _from_person(self, given: Any, convert: Callable, absent: tuple) -> dict[str, Any]:
        if not isinstance(given, dict):
            raise Wrong("type", "named values are expected")
        for name in given:
            if name not in self._fields:
                raise Wrong("unknown", "there is no such field").at(str(name), str(name))
        values = {}
        for name, field in self._fields.items():
            value = given.get(name)
            # A browser doesn't post a box that isn't ticked.
            unticked = isinstance(field, Flag) and field.required and absent is _ABSENT
            if value in absent and not unticked:
                if field.required and value not in ([], {}):
                    raise Wrong("required", "this is needed").at(name, field.title)
                if not field.required:
                    continue
            try:
                values[name] = convert(field, value)
            except Wrong as wrong:
                raise wrong.at(name, field.title) from None
        return values

    def cddl_map(self) -> str:
        entries = [
            f"{'' if field.required else '? '}{name}: {_grouped(field.cddl)}"
            for name, field in self._fields.items()
        ]
        return "{ " + ", ".join([*entries, "* tstr => value"]) + " }"

    def cddl(self, name: str) -> str:
        """The CDDL rule `name = { … }`, one line a field."""
        inner = self.cddl_map()[2:-2]
        entries = [
            f"  {'' if field.required else '? '}{key}: {_grouped(field.cddl)},"
            for key, field in self._fields.items()
        ]
        return "\n".join([f"{name} = {{", *entries, "  * tstr => value", "}"]) if inner else ""

    def rows(self, prefix: str = "") -> list[str]:
        """Markdown table rows: field, type, needed, allowed, meaning. Blocks and lists of blocks follow with dotted names."""
        rows = []
        for name, field in self._fields.items():
            needed = "yes" if field.required else "no"
            meaning = (
                f"{field.title}. {field.help}".strip(". ").strip() if field.title else field.help
            )
            inner, suffix = field, ""
            type_name = field.type_name
            while isinstance(inner, (ListOf, MapOf)):
                inner = inner.field if isinstance(inner, ListOf) else inner.value
                suffix += "[]" if isinstance(field, ListOf) else "{}"
                type_name += f" of {inner.type_name}"
            rows.append(
                f"| `{prefix}{name}` | {type_name} | {needed} | {field.bounds} | {meaning} |"
            )
            if isinstance(inner, Block):
                rows.extend(inner.fields.rows(f"{prefix}{name}{suffix}."))
        return rows


def _grouped(cddl: str) -> str:
    return f"({cddl})" if " / " in cddl and not cddl.startswith(("{", "[")) else cddl
