"""Deterministic CBOR (RFC 8949 §4.2.1) of a small profile, and the text and byte forms of ids and amounts.

The profile: integers within ±2^63, byte strings, text strings, true, false, arrays, and maps with text keys. No floats, no
tags, no null, nothing indefinite. With text keys alone, sorting keys by length first (RFC 7049) and bytewise by their
encoding (RFC 8949) is the same order.
"""

import base64
from typing import Any, NoReturn

import cbor2

from node.protocol.errors import Rejected, StateError

MAX_DEPTH = 8  # containers within containers; the outermost counts as one
MAX_ITEMS = 4096  # values and keys of one encoding, all levels together
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)
MAX_AMOUNT = 2**128 - 1
AMOUNT_BYTES = 16
ID_BYTES = 32
ID_CHARACTERS = 52

RULES = {
    "amount.type": "An amount is a byte string.",
    "amount.range": "An amount has at most 16 bytes.",
    "amount.canonical": "An amount has no leading zero byte.",
    "id.text": "The text of an id is 52 characters of lower-case base32, the only ones that stand for its 32 bytes.",
}
"""What must hold of amounts and of ids in text, by rule; what breaks one is rejected."""

# cbor2 interprets these tags by itself (big numbers, dates, regular expressions, shared references …); some cost
# unbounded time, so that every one is refused before its content is read.
_INTERPRETED_TAGS = (
    *(0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 43, 52, 54, 100, 256, 258, 260, 261, 1004),
    *(43000, 55799),
)


def encode(value: Any) -> bytes:
    """The one encoding of `value`. Raises Rejected "encoding.*" if the profile can't hold it."""
    _check(value)
    return cbor2.dumps(value, canonical=True)


def decode(data: bytes, limit: int) -> Any:
    """The value of these bytes, which must be at most `limit` bytes and the only encoding of that value.

    Raises Rejected: encoding.size, .malformed, .type, .integer, .depth, .items, .canonical.
    """
    if len(data) > limit:
        raise Rejected("encoding.size", f"{len(data)} bytes; at most {limit} are allowed")
    try:
        value = cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=_TAG_REFUSALS,
            max_depth=MAX_DEPTH + 1,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            strict_hashable_types=True,
        )
    except Rejected:
        raise
    except (cbor2.CBORDecodeError, ValueError, OverflowError, MemoryError) as error:
        cause = error.__cause__
        if isinstance(cause, Rejected):
            raise cause from None
        raise Rejected("encoding.malformed", "not well-formed CBOR of this profile") from error
    _check(value)
    if cbor2.dumps(value, canonical=True) != data:
        raise Rejected("encoding.canonical", "not the shortest, sorted encoding of its value")
    return value


def _refuse_tag(*_: Any) -> NoReturn:
    raise Rejected("encoding.type", "tags are not allowed")


_TAG_REFUSALS = {tag: _refuse_tag for tag in _INTERPRETED_TAGS}


def _check(value: Any) -> None:
    """Types, ranges, depth and count, level by level (no recursion: the depth of hostile values is unknown)."""
    level = [value]
    seen = 1
    depth = 0
    while level:
        below: list[Any] = []
        for item in level:
            kind = type(item)
            if kind is str or kind is bytes or kind is bool:
                continue
            if kind is int:
                if not MIN_INTEGER <= item <= MAX_INTEGER:
                    raise Rejected("encoding.integer", "an integer beyond 63 bits")
            elif kind is dict:
                for key in item:
                    if type(key) is not str:
                        raise Rejected("encoding.type", "a map key that is not text")
                seen += 2 * len(item)
                below.extend(item.values())
            elif kind is list or kind is tuple:
                seen += len(item)
                below.extend(item)
            else:
                raise Rejected("encoding.type", f"a value of type {kind.__name__}")
            if seen > MAX_ITEMS:
                raise Rejected("encoding.items", f"more than {MAX_ITEMS} values")
        depth += 1
        if depth > MAX_DEPTH and any(type(item) in (dict, list, tuple) for item in level):
            raise Rejected("encoding.depth", f"nested deeper than {MAX_DEPTH}")
        level = below


def amount_to_bytes(amount: int) -> bytes:
    """Big-endian, no leading zero, zero is empty; at most 16 bytes. Raises Rejected "amount.range"."""
    if not 0 <= amount <= MAX_AMOUNT:
        raise Rejected("amount.range", "an amount must be from 0 to 2^128 - 1")
    return amount.to_bytes((amount.bit_length() + 7) // 8, "big")


def amount_from_bytes(data: bytes) -> int:
    """Raises Rejected: amount.type, amount.range, amount.canonical."""
    if type(data) is not bytes:
        raise Rejected("amount.type", "an amount must be a byte string")
    if len(data) > AMOUNT_BYTES:
        raise Rejected("amount.range", "an amount has at most 16 bytes")
    if data[:1] == b"\0":
        raise Rejected("amount.canonical", "an amount has no leading zero byte")
    return int.from_bytes(data, "big")


def id_to_text(id: bytes) -> str:
    """32 bytes as 52 characters of lower-case base32 (RFC 4648) without padding. Raises StateError for anything but 32 bytes."""
    if len(id) != ID_BYTES:
        raise StateError("encoding.misuse", "an id has 32 bytes")
    return base64.b32encode(id).decode("ascii").rstrip("=").lower()


def id_from_text(text: str) -> bytes:
    """The only text of an id is accepted. Raises Rejected "id.text"."""
    if len(text) == ID_CHARACTERS and text.isascii() and text == text.lower():
        try:
            id = base64.b32decode(text.upper() + "====")
        except ValueError:
            id = b""
        if len(id) == ID_BYTES and id_to_text(id) == text:
            return id
    raise Rejected("id.text", "an id is 52 characters of lower-case base32")
