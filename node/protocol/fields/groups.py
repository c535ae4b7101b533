"""Fields that hold others: lists, maps, blocks, and the set of named fields itself."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from node.protocol.fields.base import Field, Wrong
from node.protocol.fields.cddl import grouped, spread
from node.protocol.fields.values import Flag

MAX_LIST = 256

_ABSENT = ("", None, [], {})


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
        return f"[{self.low}*{self.high} {grouped(self.field.cddl)}]"

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
            f"{{ {self.low}*{self.high} {grouped(self.key.cddl)} => {grouped(self.value.cddl)} }}"
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
            f"{'' if field.required else '? '}{name}: {grouped(field.cddl)}"
            for name, field in self._fields.items()
        ]
        return "{ " + ", ".join([*entries, "* tstr => value"]) + " }"

    def cddl(self, name: str) -> str:
        """The CDDL rule `name = { … }`, one line a field."""
        return spread(f"{name} = {self.cddl_map()}")

    def rows(self, prefix: str = "") -> list[str]:
        """Markdown table rows: field, type, needed, allowed, meaning. Blocks and lists of blocks follow with dotted names."""
        rows = []
        for name, field in self._fields.items():
            needed = "yes" if field.required else "no"
            meaning = (
                f"{field.title}. {field.help}".strip(". ").strip() if field.title else field.help
            )
            inner, suffix, type_name, bounds = field, "", field.type_name, [field.bounds]
            while isinstance(inner, (ListOf, MapOf)):
                suffix += "[]" if isinstance(inner, ListOf) else "{}"
                inner = inner.field if isinstance(inner, ListOf) else inner.value
                type_name += f" of {inner.type_name}"
                bounds.append(inner.bounds)
            allowed = ", each ".join(filter(None, bounds))
            cells = (f"`{prefix}{name}`", type_name, needed, allowed, meaning)
            rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
            if isinstance(inner, Block):
                rows.extend(inner.fields.rows(f"{prefix}{name}{suffix}."))
        return rows
