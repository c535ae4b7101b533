"""Vectors of sealed boxes."""

import hashlib

import nacl.bindings as sodium

from node.protocol import sealed
from node.protocol.keys import encryption_public

RECIPIENT = bytes([3]) * 32
STRANGER = bytes([4]) * 32


def _fixed(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _box(plaintext: bytes, name: str = "a") -> bytes:
    return sealed.seal(
        plaintext,
        _fixed(name + " message"),
        _fixed(name + " ephemeral"),
        encryption_public(RECIPIENT),
    )


def _repadded(padded: bytes) -> bytes:
    """An honest box around a padding that no honest sender makes."""
    head = _box(b"")[: sealed.HEAD_BYTES]
    key = sealed.hkdf(_fixed("a message"), b"", b"etal/1/sealed/content")
    return head + sodium.crypto_aead_chacha20poly1305_ietf_encrypt(padded, head, bytes(12), key)


def build() -> dict:
    plaintexts = [
        ("nothing", b""),
        ("a line", b"Where is my lamp?"),
        ("as long as the smallest class allows", b"\x01" * 252),
        ("one byte more", b"\x01" * 253),
    ]
    box = _box(b"hello")
    other = _box(b"hello", "b")
    cases = [
        ("sealed.version", "another version", b"\x02" + box[1:]),
        ("sealed.size", "no bytes", b""),
        ("sealed.size", "a byte is missing", box[:-1]),
        ("sealed.size", "not a size class", box + bytes(128)),
        ("sealed.recipient", "the ephemeral key was changed", box[:1] + other[1:33] + box[33:]),
        ("sealed.recipient", "the wrapped key was changed", box[:33] + bytes(48) + box[81:]),
        ("sealed.key", "an ephemeral key of small order", box[:1] + bytes(32) + box[33:]),
        ("sealed.commitment", "the commitment was changed", box[:81] + bytes(32) + box[113:]),
        ("sealed.content", "the text was changed", box[:-1] + bytes([box[-1] ^ 1])),
        ("sealed.padding", "padding that isn't zero", _repadded(bytes(255) + b"\x01")),
        ("sealed.padding", "a length beyond the box", _repadded(b"\0\0\1\0" + bytes(252))),
        ("sealed.padding", "a larger class than needed", _repadded(bytes(512))),
    ]
    cases = [
        (("sealed.version" if not data else rule), why, data, RECIPIENT)
        for rule, why, data in cases
    ]
    cases.append(("sealed.recipient", "another recipient", box, STRANGER))
    return {
        "about": "Boxes to the X25519 key of recipient_secret.",
        "valid": [
            {
                "why": why,
                "plaintext": plaintext.hex(),
                "message_key": _fixed("a message").hex(),
                "ephemeral": _fixed("a ephemeral").hex(),
                "recipient_secret": RECIPIENT.hex(),
                "recipient_public": encryption_public(RECIPIENT).hex(),
                "box": _box(plaintext).hex(),
            }
            for why, plaintext in plaintexts
        ],
        "invalid": [
            {"why": why, "rule": rule, "recipient_secret": secret.hex(), "box": data.hex()}
            for rule, why, data, secret in cases
        ],
    }
