"""Vectors of the deterministic encoding, of amounts and of ids."""

from typing import Any

from node.protocol.encoding import amount_to_bytes, encode, id_to_text
from tests.vectors.make import ROOT

LIMIT = 64


def _shown(value: Any) -> Any:
    """JSON of a value; bytes as {"hex": "…"}. No map of these vectors has a key "hex" itself."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, list):
        return [_shown(each) for each in value]
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    return value


VALUES: list[tuple[str, Any]] = [
    ("zero", 0),
    ("the largest integer in the first byte", 23),
    ("the smallest in one byte more", 24),
    ("two bytes", 256),
    ("four bytes", 65_536),
    ("eight bytes", 2**32),
    ("the largest integer", 2**63 - 1),
    ("minus one", -1),
    ("the smallest integer", -(2**63)),
    ("false", False),
    ("true", True),
    ("no bytes", b""),
    ("bytes", bytes(range(24))),
    ("no text", ""),
    ("text, not normalised", "e\u0301é"),
    ("text beyond the basic plane", "🏺"),
    ("nothing in a list", []),
    ("nothing in a map", {}),
    ("eight containers deep", [[[[[[[{}]]]]]]]),
    ("keys sort by length, then bytewise", {"b": 1, "a": 2, "aa": 3, "": 4, "é": 5}),
]

INVALID = [
    ("encoding.malformed", "nothing", ""),
    ("encoding.malformed", "a byte string that ends early", "42ff"),
    ("encoding.malformed", "an array that claims more than there is", "9bffffffffffffffff"),
    ("encoding.malformed", "a byte string that claims more than there is", "5b7fffffffffffffff"),
    ("encoding.malformed", "a lonely break", "ff"),
    ("encoding.malformed", "a reserved length", "1c"),
    ("encoding.malformed", "a list of indefinite length", "9f01ff"),
    ("encoding.malformed", "bytes of indefinite length", "5f4101ff"),
    ("encoding.malformed", "not UTF-8", "61ff"),
    ("encoding.malformed", "UTF-8 longer than needed", "62c080"),
    ("encoding.malformed", "a key twice", "a2616101616102"),
    ("encoding.malformed", "an integer as key", "a10000"),
    ("encoding.canonical", "an integer longer than needed", "1817"),
    ("encoding.canonical", "a negative integer longer than needed", "3900ff"),
    ("encoding.canonical", "a length longer than needed", "590001aa"),
    ("encoding.canonical", "keys not sorted", "a2616201616102"),
    ("encoding.canonical", "keys sorted bytewise without their length", "a262616101616202"),
    ("encoding.canonical", "something after the value", "0000"),
    ("encoding.type", "a float", "fb3ff8000000000000"),
    ("encoding.type", "null", "f6"),
    ("encoding.type", "a tag", "c074323032372d30312d31355430303a30303a30305a"),
    ("encoding.type", "the self-describing tag", "d9d9f700"),
    ("encoding.type", "a reference to itself", "d81c81d81d00"),
    ("encoding.type", "bytes as key", "a1414100"),
    ("encoding.integer", "2^63", "1b8000000000000000"),
    ("encoding.integer", "-2^63 - 1", "3b8000000000000000"),
    ("encoding.depth", "nine containers deep", "818181818181818180"),
    ("encoding.size", "a byte over the limit", "583f" + "00" * 63),
]

AMOUNTS = [
    ("nothing is no byte", 0),
    ("the least", 1),
    ("the most in one byte", 255),
    ("the least in two bytes", 256),
    ("one ether", 10**18),
    ("the most that there is", 2**128 - 1),
]
BAD_AMOUNTS = [
    ("amount.canonical", "zero as one byte", "00"),
    ("amount.canonical", "a leading zero byte", "0001"),
    ("amount.range", "17 bytes", "01" + "00" * 16),
]
IDS = [
    ("zeros", bytes(32)),
    ("ones, which leave four bits of the last character", b"\xff" * 32),
    ("a persona", ROOT.public),
]
BAD_IDS = [
    ("capital letters", id_to_text(ROOT.public).upper()),
    ("too short", id_to_text(ROOT.public)[:-1]),
    ("padding", id_to_text(ROOT.public) + "===="),
    ("bits beyond the last byte", "a" * 51 + "b"),
    ("a digit that base32 doesn't have", "a" * 51 + "1"),
]


def build() -> dict:
    return {
        "about": f"Decoded with a limit of {LIMIT} bytes. Bytes are shown as an object with the key hex.",
        "limit": LIMIT,
        "valid": [
            {"why": why, "hex": encode(value).hex(), "value": _shown(value)}
            for why, value in VALUES
        ],
        "invalid": [{"why": why, "rule": rule, "hex": text} for rule, why, text in INVALID],
        "amounts": {
            "valid": [
                {"why": why, "amount": str(amount), "hex": amount_to_bytes(amount).hex()}
                for why, amount in AMOUNTS
            ],
            "invalid": [
                {"why": "a number", "rule": "amount.type", "value": 1},
                *({"why": why, "rule": rule, "hex": text} for rule, why, text in BAD_AMOUNTS),
            ],
        },
        "ids": {
            "valid": [{"why": why, "hex": id.hex(), "text": id_to_text(id)} for why, id in IDS],
            "invalid": [{"why": why, "rule": "id.text", "text": text} for why, text in BAD_IDS],
        },
    }
