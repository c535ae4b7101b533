"""HTML forms out of protocol fields, and posted forms back into the JSON shape that the peer and the API take.

Inputs are named by dotted paths: "title", "price.amount", "shipping.0.label" (rows of a list), "stock.0.key" and
"stock.0.value" (rows of a map), "extensions.goods.condition" (an extension's block; a dot in an extension's id is `_` there). What a person typed is kept as typed:
a form that has errors shows it again, each error beside its input. Two buttons work without scripts: one named ADD whose
value is the path of a list gives it one more row, one named REMOVE whose value is the path of a row takes it away.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any

from node.protocol.errors import EtalError, InputError
from node.protocol.fields import (
    Amount,
    Block,
    Choice,
    Field,
    FieldSet,
    Flag,
    ListOf,
    MapOf,
    OpenBlock,
    Text,
    Time,
)
from node.web.typed import ADD, REMOVE, change_rows, is_filled, join, part, rows_of, tree

MAX_INPUTS = 2000  # names and values in one posted form

_NOTHING = object()
_EXACT = Context(prec=60)
_AMOUNT = re.compile(r"([0-9]{1,39})(?:[.,]([0-9]{0,39}))?")
_ROWS = ("key", "value")


@dataclass(frozen=True)
class Input:
    """One input, block or row, ready to be drawn.

    `widget` is a field's own ("text", "textarea", "number", "checkbox", "select", "amount", "datetime", "country", …),
    "list" for several short texts in one input, "block" for a group of `children`, "rows" for a list or map whose `children`
    are blocks, or "many" for several choices.
    `value` is the text as typed, for "checkbox" a bool, for "many" a tuple of texts."""

    path: str
    title: str
    help: str
    widget: str
    required: bool
    value: Any = ""
    rule: str = ""
    error: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    children: tuple["Input", ...] = ()
    low: int | None = None  # characters of a text, value of a number, count of rows
    high: int | None = None
    unless: str = ""  # an option with which it isn't needed after all

    @property
    def id(self) -> str:
        return "field-" + self.path.replace(".", "-")


class Form:
    """A form of `fields`, without those named in `omit` (top-level names).

    Amounts are typed in whole units with `decimals` places. `blocks` gives the fields of each extension that has a part
    in the form. Made empty, from a JSON-shaped `value`, or by `Form.posted`."""

    def __init__(
        self,
        fields: FieldSet,
        value: Mapping[str, Any] | None = None,
        *,
        decimals: int = 0,
        blocks: Mapping[str, FieldSet] | None = None,
        omit: Collection[str] = (),
    ):
        self._fields = FieldSet({name: fields[name] for name in fields if name not in omit})
        self._decimals = decimals
        self._blocks = dict(blocks or {})
        self.errors: dict[str, EtalError] = {}
        self.raw: dict[str, Any] = self._typed_set(self._fields, value or {})
        self.value: dict[str, Any] = {}
        self.edited = False  # whether the post asked for a row more or less: show the form again
        self.focus = ""  # where to go on after that: the path of a list, or of the row that is new

    @classmethod
    def posted(cls, fields: FieldSet, pairs: Iterable[tuple[str, Any]], **options: Any) -> "Form":
        """`pairs` are names and texts as the browser sent them. `value` and `errors` say what came of it.

        Raises InputError "form.size" when there are more than any form of ours has."""
        pairs = [(name, text) for name, text in pairs if isinstance(text, str)]
        if len(pairs) > MAX_INPUTS:
            raise InputError("form.size", "This form has too many inputs.")
        form = cls(fields, **options)
        form.raw = tree(pairs)
        asked = [(name, path) for name, path in pairs if name in (ADD, REMOVE)]
        for name, path in asked:
            form.focus = change_rows(form.raw, name, path)
        form.edited = bool(asked)
        form.value = form._parse_set(form._fields, form.raw, "")
        if asked:
            form.errors.clear()
        return form

    def fail(self, error: EtalError) -> None:
        """Show an error that the peer raised beside the input that it names, else (under "") above the form."""
        known = {each.path for each in _walk(self.inputs())}
        path = error.field or ""
        for name in self._blocks:
            path = path.replace(name, part(name))
        while path and path not in known:
            path = path.rpartition(".")[0]
        self.errors.setdefault(path, error)

    def inputs(self) -> tuple[Input, ...]:
        return self._inputs(self._fields, self.raw, "")

    @property
    def first(self) -> str:
        """The path of the first input of a row that is new, "" where none is."""
        new = (each for each in _walk(self.inputs()) if each.path == self.focus)
        inputs = (child for each in new for child in each.children)
        return next((each.path for each in inputs if not each.path.endswith(".id")), "")

    def input(self, path: str) -> Input:
        """One input by its path. Raises KeyError."""
        for each in _walk(self.inputs()):
            if each.path == path:
                return each
        raise KeyError(path)

    # ---- drawing

    def _inputs(self, fields: FieldSet, raw: Any, path: str) -> tuple[Input, ...]:
        raw = raw if isinstance(raw, dict) else {}
        return tuple(
            self._input(field, raw.get(name), join(path, name)) for name, field in fields.items()
        )

    def _input(self, field: Field, raw: Any, path: str, title: str | None = None) -> Input:
        error = self.errors.get(path)
        common = {
            "path": path,
            "title": field.title if title is None else title,
            "help": field.help,
            "required": field.required,
            "rule": error.rule if error else "",
            "error": _sentence(field, error) if error else "",
        }
        if isinstance(field, Block):
            return Input(widget="block", children=self._inputs(field.fields, raw, path), **common)
        if _is_open(field):
            return Input(widget="block", children=self._open_inputs(raw, path), **common)
        if (row := _row_of(field)) is not None:
            children = tuple(
                self._input(row, each, join(path, str(index)))
                for index, each in enumerate(rows_of(raw))
            )
            limits = {"low": field.low, "high": field.high}
            return Input(widget="rows", children=children, **limits, **common)
        return _leaf(field, raw, common)

    def _open_inputs(self, raw: Any, path: str) -> tuple[Input, ...]:
        raw = raw if isinstance(raw, dict) else {}
        return tuple(
            self._input(Block(fields), raw.get(part(name)), join(path, part(name)), title=name)
            for name, fields in self._blocks.items()
        )

    # ---- from what was posted to JSON

    def _parse_set(self, fields: FieldSet, raw: Any, path: str) -> dict[str, Any]:
        raw = raw if isinstance(raw, dict) else {}
        parsed = {
            name: self._parse(field, raw.get(name), join(path, name))
            for name, field in fields.items()
        }
        return {name: value for name, value in parsed.items() if value is not _NOTHING}

    def _parse(self, field: Field, raw: Any, path: str) -> Any:
        if not is_filled(raw) and not field.required:
            return _NOTHING
        if isinstance(field, Block):
            return self._parse_set(field.fields, raw, path)
        if _is_open(field):
            given = raw if isinstance(raw, dict) else {}
            return {
                name: self._parse_set(fields, given.get(part(name)), join(path, part(name)))
                for name, fields in self._blocks.items()
            }
        if (row := _row_of(field)) is not None:
            return self._parse_rows(field, row, raw, path)
        return self._parse_leaf(field, raw, path)

    def _parse_rows(self, field: Field, row: Block, raw: Any, path: str) -> Any:
        parsed = [
            self._parse_set(row.fields, each, join(path, str(index)))
            for index, each in enumerate(rows_of(raw))
            if is_filled(each)
        ]
        if not field.low <= len(parsed) <= field.high:
            wrong = InputError("field.count", f"{field.low} to {field.high} are allowed.", path)
            self.errors.setdefault(path, wrong)
        if isinstance(field, MapOf):
            return {each.get("key", ""): each.get("value") for each in parsed}
        return parsed

    def _parse_leaf(self, field: Field, raw: Any, path: str) -> Any:
        try:
            if isinstance(field, Flag):
                return field.from_form(raw if isinstance(raw, str) else "")
            if not is_filled(raw):
                return self._parse_empty(field, path)
            if isinstance(field, Amount):
                raw = _smallest(raw, self._decimals)
            return field.to_json(field.from_form(raw))
        except InputError as error:
            self.errors[path] = error
            return _NOTHING

    def _parse_empty(self, field: Field, path: str) -> Any:
        """Nothing was typed where something must be: some fields take that as a value."""
        if isinstance(field, ListOf) and field.low == 0:
            return []
        try:
            return field.to_json(field.from_form(""))
        except InputError:
            raise InputError("field.required", "This is needed.", path) from None

    # ---- from JSON to what would have been typed

    def _typed_set(self, fields: FieldSet, value: Any) -> dict[str, Any]:
        value = value if isinstance(value, Mapping) else {}
        return {
            name: self._typed(field, value[name])
            for name, field in fields.items()
            if value.get(name) is not None
        }

    def _typed(self, field: Field, value: Any) -> Any:
        if isinstance(field, Block):
            return self._typed_set(field.fields, value)
        if _is_open(field):
            return {
                part(name): self._typed_set(fields, value[name])
                for name, fields in self._blocks.items()
                if value.get(name) is not None
            }
        if (row := _row_of(field)) is not None:
            if isinstance(field, MapOf):
                value = [{"key": key, "value": each} for key, each in value.items()]
            return {str(i): self._typed_set(row.fields, each) for i, each in enumerate(value)}
        if isinstance(field, ListOf):
            texts = [str(each) for each in value]
            return texts if isinstance(field.field, Choice) else ", ".join(texts)
        if isinstance(field, Flag):
            return "on" if value else ""
        if isinstance(field, Amount):
            return f"{Decimal(int(value)).scaleb(-self._decimals, _EXACT):f}"
        if isinstance(field, Time):
            return datetime.fromtimestamp(int(value), UTC).strftime("%Y-%m-%dT%H:%M")
        return str(value)


def _leaf(field: Field, raw: Any, common: dict[str, Any]) -> Input:
    if isinstance(field, ListOf) and isinstance(field.field, Choice):
        chosen = tuple([raw] if isinstance(raw, str) else raw or ())
        return Input(widget="many", value=chosen, choices=_choices(field.field), **common)
    if isinstance(raw, list):
        raw = ", ".join(raw)
    text = raw if isinstance(raw, str) else ""
    if isinstance(field, Flag):
        return Input(
            widget=field.widget, value=text not in ("", "off", "false", "0", "no"), **common
        )
    low, high = getattr(field, "low", None), getattr(field, "high", None)
    if isinstance(field, Text):
        low, high = field.min, field.max
    choices = _choices(field) if isinstance(field, Choice) else ()
    return Input(widget=field.widget, value=text, choices=choices, low=low, high=high, **common)


def _choices(field: Choice) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), label) for value, label in field.values.items())


def _is_open(field: Field) -> bool:
    return isinstance(field, MapOf) and isinstance(field.value, OpenBlock)


def _row_of(field: Field) -> Block | None:
    """The block that each row of this list or map is drawn as; None for what is one input."""
    if isinstance(field, ListOf) and isinstance(field.field, Block):
        return field.field
    if isinstance(field, MapOf):
        return Block(FieldSet(dict(zip(_ROWS, (field.key, field.value), strict=True))))
    return None


def _smallest(raw: Any, decimals: int) -> str:
    """ "12,50" with two decimals -> "1250". Raises InputError for what isn't exactly an amount."""
    text = "".join(str(raw).split())  # spaces between thousands, thin and wide ones too
    number = _AMOUNT.fullmatch(text)
    if number is None:
        raise InputError("field.amount", "An amount such as 12.50 is expected.")
    whole, fraction = number[1], (number[2] or "").rstrip("0")
    if len(fraction) > decimals:
        raise InputError("field.decimals", f"At most {decimals} decimals are possible here.")
    return str(int(whole + fraction.ljust(decimals, "0")))


def _sentence(field: Field, error: EtalError) -> str:
    message = error.message or error.rule
    return message.removeprefix(f"{field.title}: ") if field.title else message


def _walk(inputs: Iterable[Input]) -> Iterator[Input]:
    for each in inputs:
        yield each
        yield from _walk(each.children)
