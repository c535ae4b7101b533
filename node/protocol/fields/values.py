"""Fields of numbers, choices and bytes."""

from collections.abc import Mapping
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
from node.protocol.errors import Rejected
from node.protocol.fields.base import Field, Wrong

MAX_TIME = 2**40 - 1  # fits the uint40 of the escrow; the year 36812


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
