"""The order's id: a root over salted leaves of its parts, so that a review can open some and hide the rest.

Lines and deliveries are dicts as the extension's fields read them. Rules and reasons: docs/spec/order.md.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from node.protocol.encoding import decode, encode
from node.protocol.errors import InputError, Rejected
from node.protocol.registry import Extension, Registry

PARTS = ("buyer", "delivery", "lines", "offer", "review")
SALT_BYTES = 32
MAX_LINES = 100
MAX_LINES_BYTES = 16_384
MAX_DELIVERY_BYTES = 8_192


@dataclass(frozen=True)
class Line:
    """One thing ordered: the block follows the `order` fields of the extension."""

    extension: str
    block: dict = field(default_factory=dict)


def encode_lines(lines: Sequence[Line], registry: Registry) -> bytes:
    """The "lines" part: an array of {extension, block}. Raises InputError: offer.lines, encoding.size."""
    blocks = []
    for line in lines:
        extension = registry.extension(line.extension)
        if extension is None:
            raise InputError("offer.lines", f"This node doesn't know {line.extension}.", "lines")
        blocks.append({"extension": line.extension, "block": extension.order.write(line.block)})
    return _bounded(encode(blocks), MAX_LINES_BYTES, "lines")


def decode_lines(data: bytes, registry: Registry) -> list[Line]:
    """Raises Rejected: encoding.*, field.*, order.lines."""
    blocks = decode(data, MAX_LINES_BYTES)
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= MAX_LINES:
        raise Rejected("order.lines", "not an array of 1 to 100 lines")
    lines = []
    for entry in blocks:
        if not isinstance(entry, dict) or set(entry) != {"extension", "block"}:
            raise Rejected("order.lines", "a line is a map of extension and block")
        id, block = entry["extension"], entry["block"]
        extension = registry.extension(id) if isinstance(id, str) else None
        if extension is None or not isinstance(block, dict):
            raise Rejected("order.lines", "a line of an unknown extension")
        lines.append(Line(id, extension.order.read(block)))
    return lines


def encode_delivery(delivery: dict, extension: Extension) -> bytes:
    """The "delivery" part: the block by the extension's `delivery` fields. Raises InputError "encoding.size"."""
    return _bounded(encode(extension.delivery.write(delivery)), MAX_DELIVERY_BYTES, "delivery")


def _bounded(encoded: bytes, limit: int, field: str) -> bytes:
    if len(encoded) > limit:
        raise InputError("encoding.size", f"This is longer than {limit} bytes.", field)
    return encoded


def decode_delivery(data: bytes, extension: Extension) -> dict:
    """Raises Rejected: encoding.*, field.*, order.delivery."""
    block = decode(data, MAX_DELIVERY_BYTES)
    if not isinstance(block, dict):
        raise Rejected("order.delivery", "not a map")
    return extension.delivery.read(block)


def leaf(name: str, value: bytes, salt: bytes) -> bytes:
    """SHA-256(salt ‖ encoded [name, value]), 32 bytes. The salt keeps a guessable part from being guessed."""
    return hashlib.sha256(salt + encode([name, value])).digest()


def root(leaves: Mapping[str, bytes]) -> bytes:
    """SHA-256 of the deterministic encoding of {name: leaf}."""
    return hashlib.sha256(encode(dict(leaves))).digest()


def commitment(parts: Mapping[str, bytes], salts: Mapping[str, bytes]) -> bytes:
    """The order's id, 32 bytes: what the terms carry to the chain. Raises Rejected "commitment.parts"."""
    if set(parts) != set(PARTS) or set(salts) != set(PARTS):
        raise Rejected("commitment.parts", f"an order has exactly the parts {', '.join(PARTS)}")
    if any(len(salt) != SALT_BYTES for salt in salts.values()):
        raise Rejected("commitment.parts", "a salt has 32 bytes")
    return root({name: leaf(name, parts[name], salts[name]) for name in PARTS})


def check_opened(
    committed: bytes, leaves: Mapping[str, bytes], opened: Mapping[str, tuple[bytes, bytes]]
) -> None:
    """Whether `opened`, name -> (value, salt), beside the bare `leaves` of the other parts is what was committed to.

    Raises Rejected: commitment.parts, commitment.opened.
    """
    if opened_root(leaves, opened) != committed:
        raise Rejected("commitment.opened", "not what the order committed to")


def opened_root(leaves: Mapping[str, bytes], opened: Mapping[str, tuple[bytes, bytes]]) -> bytes:
    """The commitment, 32 bytes, that has these parts. Raises Rejected "commitment.parts"."""
    if set(leaves) & set(opened) or set(leaves) | set(opened) != set(PARTS):
        raise Rejected("commitment.parts", "each part is either opened or shown as a leaf")
    if any(len(salt) != SALT_BYTES for _, salt in opened.values()):
        raise Rejected("commitment.parts", "a salt has 32 bytes")
    shown = {name: leaf(name, value, salt) for name, (value, salt) in opened.items()}
    return root({**leaves, **shown})
