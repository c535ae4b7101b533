"""Opaque marks of where a page of results ended: the sort and the sort keys of its last row."""

import base64
import binascii
import json

from node.protocol.errors import InputError

MAX_MARK = 512

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
        found, *plain = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        keys = tuple(bytes.fromhex(key["b"]) if type(key) is dict else key for key in plain)
        if (
            found != sort
            or tuple(type(key) for key in keys) != types
            or to_mark(sort, keys) != mark
        ):
            raise ValueError("another sort")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, binascii.Error):
        raise InputError(
            "query.after", "This page can't be found: please start the search again.", "after"
        ) from None
    if any(type(key) is int and not -(2**63) <= key < 2**63 for key in keys):
        raise InputError(
            "query.after", "This page can't be found: please start the search again.", "after"
        )
    return keys
