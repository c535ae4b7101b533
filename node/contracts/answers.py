"""Admission of what a chain's node answers: every value is checked before anything is done with it.

Encodings are those of EIP-1474. Anything malformed raises Unavailable "chain.answer".
"""

from dataclasses import dataclass

from node.ports import Block
from node.protocol.errors import Unavailable

MAX_TIME = 1 << 40  # seconds; what the contract itself can hold
MAX_NUMBER = 1 << 53


def malformed(what: str) -> Unavailable:
    return Unavailable("chain.answer", f"The chain's node gave a malformed answer: {what}.")


def member(value: object, name: str) -> object:
    if not isinstance(value, dict) or name not in value:
        raise malformed(f"no {name}")
    return value[name]


def quantity(value: object, below: int = 1 << 256) -> int:
    """A hexadecimal number from 0 to `below` - 1."""
    if not isinstance(value, str) or not value.startswith("0x") or not 3 <= len(value) <= 66:
        raise malformed("not a quantity")
    try:
        number = int(value, 16)
    except ValueError:
        raise malformed("not a quantity") from None
    if not 0 <= number < below:
        raise malformed("a quantity out of range")
    return number


def data(value: object, length: int | None = None, most: int | None = None) -> bytes:
    """Bytes as hexadecimal text, exactly `length` or at most `most` of them where given."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise malformed("not data")
    try:
        found = bytes.fromhex(value[2:])
    except ValueError:
        raise malformed("not data") from None
    if length is not None and len(found) != length:
        raise malformed(f"{len(found)} bytes in place of {length}")
    if most is not None and len(found) > most:
        raise malformed(f"{len(found)} bytes, more than {most}")
    return found


@dataclass(frozen=True)
class Header:
    """The members of a block that following needs."""

    number: int
    hash: bytes
    parent: bytes
    time: int

    @property
    def block(self) -> Block:
        return Block(self.number, self.hash, self.time)


def header(value: object) -> Header:
    return Header(
        number=quantity(member(value, "number"), MAX_NUMBER),
        hash=data(member(value, "hash"), 32),
        parent=data(member(value, "parentHash"), 32),
        time=quantity(member(value, "timestamp"), MAX_TIME),
    )
