"""Sealed boxes: a message to one X25519 key, under a key of its own, so that this one message can be opened to an arbiter.

    box = version (1 byte, 0x01) | ephemeral public key (32) | wrapped message key (48) | commitment (32) | ciphertext

The wrapped key and the ciphertext are ChaCha20-Poly1305 (RFC 8439), nonce zero: each key serves once. The commitment
(HKDF of the message key) makes sure that a box opens in one way only.
"""

import hmac

import nacl.bindings as sodium
from nacl.exceptions import CryptoError

from node.protocol.errors import Rejected, StateError
from node.protocol.keys import KEY_BYTES, encryption_public, hkdf

VERSION = b"\x01"
SMALLEST = 256  # bytes of the smallest size class; each is twice the one before
MAX_PADDED = 65_536
LENGTH_BYTES = 4
MAX_PLAINTEXT = MAX_PADDED - LENGTH_BYTES
TAG_BYTES = 16
HEAD_BYTES = 1 + KEY_BYTES + KEY_BYTES + TAG_BYTES + KEY_BYTES
MAX_SEALED = HEAD_BYTES + MAX_PADDED + TAG_BYTES

RULES = {
    "sealed.version": "A box begins with 0x01.",
    "sealed.size": "A box is as long as one of the size classes makes it.",
    "sealed.key": "The shared secret isn't zero; a key to seal to has 32 bytes.",
    "sealed.recipient": "The message key was wrapped for this recipient.",
    "sealed.commitment": "The commitment is that of the message key.",
    "sealed.content": "The ciphertext is authentic under the content key.",
    "sealed.padding": "The message is padded with zeros to the smallest size class that holds it.",
}
"""What must hold, by rule, in the order of checks; a box that breaks one is rejected."""

_NONCE = bytes(12)


def seal(plaintext: bytes, message_key: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    """Seal to the X25519 public key `recipient`. `message_key` and `ephemeral` are 32 fresh random bytes each, used once.

    Raises StateError for a plaintext over MAX_PLAINTEXT, Rejected "sealed.key" for a key that can't be sealed to.
    """
    if len(plaintext) > MAX_PLAINTEXT:
        raise StateError("sealed.misuse", "too long to seal")
    if len(message_key) != KEY_BYTES or len(ephemeral) != KEY_BYTES:
        raise StateError(
            "sealed.misuse", "a message key and an ephemeral secret have 32 bytes each"
        )
    head = VERSION + encryption_public(ephemeral)
    wrapped = _encrypt(message_key, head, _wrapping_key(ephemeral, recipient, head[1:], recipient))
    head += wrapped + _commitment(message_key)
    return head + _encrypt(_pad(plaintext), head, _content_key(message_key))


def unseal(sealed: bytes, recipient_secret: bytes) -> tuple[bytes, bytes]:
    """(plaintext, message key). Raises Rejected "sealed.*"; "sealed.recipient" where it is sealed to another key."""
    _check_shape(sealed)
    head, wrapped = sealed[:33], sealed[33:81]
    key = _wrapping_key(recipient_secret, head[1:], head[1:], encryption_public(recipient_secret))
    try:
        message_key = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(wrapped, head, _NONCE, key)
    except CryptoError:
        raise Rejected("sealed.recipient", "not sealed to this key") from None
    return open_with(sealed, message_key), message_key


def open_with(sealed: bytes, message_key: bytes) -> bytes:
    """The plaintext, for an arbiter who was given the message's key. Raises Rejected "sealed.*"."""
    _check_shape(sealed)
    head, ciphertext = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:]
    if not hmac.compare_digest(head[81:], _commitment(message_key)):
        raise Rejected("sealed.commitment", "not the key of this message")
    try:
        padded = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
            ciphertext, head, _NONCE, _content_key(message_key)
        )
    except CryptoError:
        raise Rejected("sealed.content", "the message has been changed") from None
    length = int.from_bytes(padded[:LENGTH_BYTES], "big")
    plaintext = padded[LENGTH_BYTES : LENGTH_BYTES + length]
    if len(plaintext) != length or _pad(plaintext) != padded:
        raise Rejected("sealed.padding", "not padded to the smallest size class with zeros")
    return plaintext


def _check_shape(sealed: bytes) -> None:
    padded = len(sealed) - HEAD_BYTES - TAG_BYTES
    if sealed[:1] != VERSION:
        raise Rejected("sealed.version", "sealed in a way that is not known here")
    if not SMALLEST <= padded <= MAX_PADDED or padded & (padded - 1):
        raise Rejected("sealed.size", "not of one of the size classes")


def _pad(plaintext: bytes) -> bytes:
    size = SMALLEST
    while size < LENGTH_BYTES + len(plaintext):
        size *= 2
    return (len(plaintext).to_bytes(LENGTH_BYTES, "big") + plaintext).ljust(size, b"\0")


def _wrapping_key(secret: bytes, public: bytes, ephemeral: bytes, recipient: bytes) -> bytes:
    # libsodium reads 32 bytes whatever it is given.
    if len(public) != KEY_BYTES:
        raise Rejected("sealed.key", "an X25519 key has 32 bytes")
    try:
        shared = sodium.crypto_scalarmult(secret, public)
    except (CryptoError, RuntimeError):
        raise Rejected("sealed.key", "not a key that can be sealed to") from None
    return hkdf(shared, ephemeral + recipient, b"etal/1/sealed/wrap")


def _content_key(message_key: bytes) -> bytes:
    return hkdf(message_key, b"", b"etal/1/sealed/content")


def _commitment(message_key: bytes) -> bytes:
    return hkdf(message_key, b"", b"etal/1/sealed/commitment")


def _encrypt(plaintext: bytes, head: bytes, key: bytes) -> bytes:
    return sodium.crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, head, _NONCE, key)
