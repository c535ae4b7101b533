"""What is wrong with the shape of a request, in words: msgspec's messages name its own types and paths."""

import re

KINDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "array": "a list",
    "object": "an object",
}
PLACE = re.compile(r"(.*?) - at `\$?(.*)`", re.S)
LENGTH = re.compile(r"Expected `(\w+)` of length ([<>]=) (\d+)")
BOUND = re.compile(r"Expected `(?:int|float)` ([<>]=) (-?\d+)")
TYPES = re.compile(r"Expected `([\w |]+)`, got `(\w+)`")
MISSING = re.compile(r"Object missing required field `(\w+)`")
UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.S)
CHOICE = re.compile(r"Expected `str` matching regex '\^\(([\w|-]+)\)", re.S)


def in_words(message: str) -> tuple[str, str | None]:
    """(a sentence, the dotted path of the field or None) for the message of a msgspec.ValidationError."""
    found = PLACE.fullmatch(message)
    what, place = (found[1], found[2]) if found else (message, "")
    path = re.findall(r"\w+", place.replace("[...]", ""))
    sentence, name = _sentence(what)
    field = ".".join([*path, *([name] if name else [])])
    return sentence, field or None


def _sentence(what: str) -> tuple[str, str]:
    if found := MISSING.fullmatch(what):
        return "This is needed.", found[1]
    if found := UNKNOWN.fullmatch(what):
        return f"There is nothing called {found[1]} here.", found[1]
    if found := LENGTH.fullmatch(what):
        kind, sign, count = found.groups()
        if (sign, count) == (">=", "1"):
            return "It must not be empty.", ""
        unit = "characters" if kind == "str" else "entries"
        return f"It has at {'least' if sign == '>=' else 'most'} {count} {unit}.", ""
    if found := BOUND.fullmatch(what):
        return f"It is at {'least' if found[1] == '>=' else 'most'} {found[2]}.", ""
    if found := TYPES.fullmatch(what):
        wanted = " or ".join(KINDS.get(each, each) for each in found[1].split(" | "))
        return f"It must be {wanted}, not {KINDS.get(found[2], found[2])}.", ""
    if found := CHOICE.match(what):
        return f"It is one of {', '.join(found[1].split('|'))}.", ""
    if "matching regex" in what:
        return "It isn't written as it must be.", ""
    return what, ""
