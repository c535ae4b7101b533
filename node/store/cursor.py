"""Opaque marks of where a page of results ended: the sort and the sort keys of its last row."""

import base64
import json

from node.protocol.errors import InputError

MAX_MARK = 512

# one answer for whatever is wrong: who made up a mark learns nothing
WRONG = "This page can't be found: please begin again with the first."

Key = str | int | float | bytes


def to_mark(sort: str, keys: tuple[Key, ...]) -> str:
    plain = [{"b": key.hex()} if isinstance(key, bytes) else key for key in keys]
    text = json.dumps([sort, *plain], ensure_ascii=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def from_mark(mark: str, sort: str, types: tuple[type, ...]) -> tuple[Key, ...]:
    """The keys, of these types. Raises InputError "query.after" for anything that `to_mark` didn't make for this sort."""
    try:
        if len(mark) > MAX_MARK:
            raise ValueError("too long")
        padded = mark.encode("ascii") + b"=" * (-len(mark) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        found, *plain = json.loads(text, parse_constant=_refuse)
        keys = tuple(bytes.fromhex(key["b"]) if type(key) is dict else key for key in plain)
        if (
            found != sort
            or tuple(type(key) for key in keys) != types
            or to_mark(sort, keys) != mark
        ):
            raise ValueError("another sort")
        if any(type(key) is int and not -(2**63) <= key < 2**63 for key in keys):
            raise ValueError("beyond the database")
        "".join(
            key for key in keys if type(key) is str
        ).encode()  # half a surrogate pair is no text
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise InputError("query.after", WRONG, "after") from None
    return keys


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no key")
