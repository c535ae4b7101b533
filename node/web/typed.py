"""What a browser posts, as a tree of texts: "shipping.0.label" is the text "label" of row "0" of "shipping"."""

from collections.abc import Iterable
from typing import Any

ADD, REMOVE = "_add", "_remove"
MAX_DEPTH = 8
MAX_ROWS = 256


def part(name: str) -> str:
    """The id of an extension as one part of an input's name, where dots divide parts."""
    return name.replace(".", "_")


def rows_of(raw: Any) -> list[Any]:
    if not isinstance(raw, dict):
        return []
    return [raw[key] for key in sorted(filter(is_index, raw), key=int)][:MAX_ROWS]


def is_index(key: str) -> bool:
    return key.isascii() and key.isdecimal() and len(key) <= 4


def is_filled(raw: Any) -> bool:
    """Whether anything was typed or chosen."""
    if isinstance(raw, dict):
        return any(is_filled(each) for each in raw.values())
    if isinstance(raw, list):
        return any(is_filled(each) for each in raw)
    return isinstance(raw, str) and bool(raw.strip())


def tree(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Dotted names into nested dicts; a name that comes again makes a list. Names that contradict others are dropped."""
    root: dict[str, Any] = {}
    for name, text in pairs:
        *above, last = name.split(".")
        if len(above) >= MAX_DEPTH or name in (ADD, REMOVE):
            continue
        place: Any = root
        for step in above:
            place = place.setdefault(step, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict) or isinstance(place.get(last), dict):
            continue
        before = place.get(last)
        if before is None:
            place[last] = text
        else:
            place[last] = [*(before if isinstance(before, list) else [before]), text]
    return root


def change_rows(root: dict[str, Any], name: str, path: str) -> str:
    """What a button asks for: ADD a row to the list at `path`, or REMOVE the row that is there. Returns the path of the new row, or
    of the list that is shorter now."""
    *above, last = path.split(".")
    place: Any = root
    for step in above if name == REMOVE else [*above, last]:
        place = place.setdefault(step, {}) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        return ""
    if name == REMOVE:
        place.pop(last, None)
        return ".".join(above)
    if len(place) >= MAX_ROWS:
        return path
    new = str(1 + max(map(int, filter(is_index, place)), default=-1))
    place[new] = {}
    return join(path, new)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
