"""Vectors of key derivation, of the strict Ed25519 rule, and of wallet bindings."""

import hashlib
from collections.abc import Callable

from eth_keys import keys as eth

from node.protocol.keys import derive, wallet_binding_digest
from tests.vectors import edwards as ed
from tests.vectors.make import DAY, NETWORK, NOW, ROOT

SEED = bytes(range(32))
MESSAGE = b"a record"
PURPOSES = ["persona", "node", "wallet", "encryption/0", "encryption/1", "review/" + "ab" * 8]
WALLET = bytes(31) + b"\x07"
CHAIN_ID = 31_337


def _scalar(number: int) -> bytes:
    return (number % 2**256).to_bytes(32, "little")


def _nonce() -> int:
    return int.from_bytes(hashlib.sha512(b"a fixed nonce").digest(), "little") % ed.L


def _search(public: bytes, r: bytes, wanted: Callable[[int], bool]) -> bytes:
    """A message whose challenge has the wanted residue modulo 8."""
    for number in range(1000):
        message = b"a record %d" % number
        if wanted(ed.challenge(r, public, message)):
            return message
    raise AssertionError("no message found")


def signatures() -> list[tuple]:
    """(name, why, valid here, valid by OpenSSL, public, message, signature)"""
    a, nonce = ed.secret_scalar(ROOT_SEED), _nonce()
    point = ed.multiply(a, ed.BASE)
    public, r_point = ed.encode(point), ed.multiply(nonce, ed.BASE)
    r = ed.encode(r_point)
    small = ed.small_order_points()

    def sign(r: bytes, public: bytes, message: bytes) -> bytes:
        return r + _scalar((nonce + ed.challenge(r, public, message) * a) % ed.L)

    honest = ROOT.sign(MESSAGE)
    s = int.from_bytes(honest[32:], "little")
    rows = [
        ("honest", "as RFC 8032 signs", True, True, public, MESSAGE, honest),
        (
            "other-nonce",
            "another nonce than RFC 8032's",
            True,
            True,
            public,
            MESSAGE,
            sign(r, public, MESSAGE),
        ),
        ("empty-message", "an empty message", True, True, public, b"", ROOT.sign(b"")),
        ("changed", "another message", False, False, public, MESSAGE + b"!", honest),
        (
            "flipped-r",
            "one bit of R",
            False,
            False,
            public,
            MESSAGE,
            bytes([honest[0] ^ 1]) + honest[1:],
        ),
        (
            "flipped-s",
            "one bit of S",
            False,
            False,
            public,
            MESSAGE,
            honest[:32] + bytes([honest[32] ^ 1]) + honest[33:],
        ),
        (
            "s-plus-l",
            "S + L is the same number modulo L: S must be below L",
            False,
            False,
            public,
            MESSAGE,
            honest[:32] + _scalar(s + ed.L),
        ),
        ("zero", "all zero", False, False, public, MESSAGE, bytes(64)),
        (
            "not-a-point",
            "a public key that is no point",
            False,
            False,
            (2).to_bytes(32, "little"),
            MESSAGE,
            honest,
        ),
    ]
    mixed_r = ed.encode(ed.add(r_point, small[1]))
    rows.append(
        (
            "mixed-r",
            "holds only when multiplied by the cofactor",
            False,
            False,
            public,
            MESSAGE,
            sign(mixed_r, public, MESSAGE),
        )
    )
    mixed = ed.encode(ed.add(point, small[1]))
    for name, why, valid, wanted in (
        (
            "mixed-key",
            "a key with a part of small order; the equation holds as it stands",
            True,
            lambda h: h % 8 == 0,
        ),
        (
            "mixed-key-cofactor",
            "the same key; holds only when multiplied by the cofactor",
            False,
            lambda h: h % 8 != 0,
        ),
    ):
        message = _search(mixed, r, wanted)
        rows.append((name, why, valid, valid, mixed, message, sign(r, mixed, message)))
    for index, point in enumerate(small):
        tiny = ed.encode(point)
        message = _search(tiny, r, lambda h: h % 8 == 0)
        rows.append(
            (
                f"small-key-{index}",
                "a key of small order, for which anyone can sign",
                False,
                True,
                tiny,
                message,
                r + _scalar(nonce),
            )
        )
        other = ed.non_canonical(point)
        if other is not None:
            message = _search(other, r, lambda h: h % 8 == 0)
            rows.append(
                (
                    f"long-small-key-{index}",
                    "the same in an encoding that isn't canonical",
                    False,
                    True,
                    other,
                    message,
                    r + _scalar(nonce),
                )
            )
            forged = other + _scalar(ed.challenge(other, public, MESSAGE) * a % ed.L)
            rows.append(
                (
                    f"long-small-r-{index}",
                    "R of small order, not canonical",
                    False,
                    False,
                    public,
                    MESSAGE,
                    forged,
                )
            )
    identity = ed.encode(ed.ZERO)
    forged = identity + _scalar(ed.challenge(identity, public, MESSAGE) * a % ed.L)
    rows.append(("identity-r", "R is the identity", False, True, public, MESSAGE, forged))
    return rows


ROOT_SEED = (1).to_bytes(32, "big")


def _wallet_signature(digest: bytes) -> bytes:
    made = eth.PrivateKey(WALLET).sign_msg_hash(digest).to_bytes()
    return made[:64] + bytes([27 + made[64]])


def bindings() -> tuple[dict, list[dict]]:
    until = NOW + 90 * DAY
    digest = wallet_binding_digest(ROOT.public, NETWORK, until, CHAIN_ID)
    good = _wallet_signature(digest)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = (order - int.from_bytes(good[32:64], "big")).to_bytes(32, "big")
    binding = {
        "persona": ROOT.public.hex(),
        "network": NETWORK,
        "until": until,
        "chain_id": CHAIN_ID,
        "digest": digest.hex(),
        "wallet_secret": WALLET.hex(),
        "signature": good.hex(),
        "address": eth.PrivateKey(WALLET).public_key.to_canonical_address().hex(),
    }
    bad = [
        (
            "high s, the other signature of the same digest",
            good[:32] + high + bytes([55 - good[64]]),
        ),
        ("v is 0 or 1", good[:64] + bytes([good[64] - 27])),
        ("the short form of EIP-2098", good[:64]),
        ("r is zero", bytes(32) + good[32:]),
        ("s is zero", good[:32] + bytes(32) + good[64:]),
    ]
    return binding, [
        {"why": why, "rule": "binding.signature", "signature": signature.hex()}
        for why, signature in bad
    ]


def build() -> dict:
    binding, bad = bindings()
    return {
        "about": "`valid` of a signature is what Étal's rule says; `openssl` is what OpenSSL 3 says, to show where it is laxer.",
        "derive": [
            {"seed": SEED.hex(), "purpose": purpose, "secret": derive(SEED, purpose).hex()}
            for purpose in PURPOSES
        ],
        "signatures": [
            {
                "name": name,
                "why": why,
                "valid": valid,
                "openssl": openssl,
                "public": public.hex(),
                "message": message.hex(),
                "signature": signature.hex(),
            }
            for name, why, valid, openssl, public, message, signature in signatures()
        ],
        "binding": binding,
        "bad_bindings": bad,
    }
