"""What every field has in common: the faces that it shows to strangers, to people and to the spec."""

from typing import Any

from node.protocol.errors import InputError, Rejected


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
