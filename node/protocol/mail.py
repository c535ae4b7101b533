"""Mail: a sealed record on its way to a persona, and the answer of whoever took it.

    envelope  {"to": persona, "box": sealed box}
    answer    {"receipt": record of kind receipt} once it is stored, or {} when it can't be taken now

The sender sends it again, later, until a receipt by the persona itself names the record inside.
"""

from dataclasses import dataclass

from node.protocol.encoding import decode, encode
from node.protocol.errors import Rejected
from node.protocol.keys import KEY_BYTES, SigningKey
from node.protocol.record import MAX_RECORD, Draft, Record, check_signature, parse, sign
from node.protocol.registry import LIFETIME
from node.protocol.sealed import MAX_SEALED

MAX_ENVELOPE = MAX_SEALED + 128
MAX_ANSWER = MAX_RECORD + 64

RULES = {
    "mail.envelope": "An envelope is a map with `to`, a persona, and `box`, at most as long as a sealed box can be.",
    "mail.answer": "An answer is a map; a `receipt` in it is a record of kind `receipt` by the persona that was written to, of the record in the box.",
}
"""What must hold, by rule; bytes that break one are rejected."""


def protocol(network: str) -> str:
    """The id of the stream protocol."""
    return f"/etal/1/{network}/mail"


@dataclass(frozen=True)
class Envelope:
    to: bytes  # persona
    box: bytes


def envelope(to: bytes, box: bytes) -> bytes:
    return encode({"to": to, "box": box})


def read_envelope(data: bytes) -> Envelope:
    """Raises Rejected: mail.envelope, encoding.*"""
    value = decode(data, MAX_ENVELOPE)
    to, box = (value.get("to"), value.get("box")) if type(value) is dict else (None, None)
    if (
        type(to) is not bytes
        or len(to) != KEY_BYTES
        or type(box) is not bytes
        or len(box) > MAX_SEALED
    ):
        raise Rejected("mail.envelope", "a persona and a sealed box are expected")
    return Envelope(to, box)


def receipt(
    of: bytes,
    key: SigningKey,
    network: str,
    now: int,
    author: bytes | None = None,
    certificate: bytes | None = None,
) -> Record:
    """The receipt for the record with the content id `of`, signed by or for the persona that it was sent to."""
    draft = Draft("receipt", 1, {"of": of}, now, now + LIFETIME)
    return sign(draft, key, network, author, certificate)


def answer(receipt: Record | None) -> bytes:
    return encode({} if receipt is None else {"receipt": receipt.raw})


def read_answer(data: bytes, of: bytes, persona: bytes, network: str) -> Record | None:
    """The receipt by `persona` for the record `of`, or None where it wasn't taken.

    Raises Rejected: mail.answer, and whatever a bad record raises.
    """
    value = decode(data, MAX_ANSWER)
    if type(value) is not dict:
        raise Rejected("mail.answer", "a map is expected")
    if "receipt" not in value:
        return None
    if type(value["receipt"]) is not bytes:
        raise Rejected("mail.answer", "receipt: a record is expected")
    record = parse(value["receipt"], network)
    if (record.kind, record.version, record.author) != ("receipt", 1, persona):
        raise Rejected("mail.answer", "not a receipt by the persona that was written to")
    if record.body.get("of") != of:
        raise Rejected("mail.answer", "a receipt for another record")
    check_signature(record, network)
    return record
