"""Vectors of key derivation, of the strict Ed25519 rule, and of wallet bindings."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from eth_keys import keys as eth

from node.protocol.keys import derive, wallet_binding_digest
from tests.samples import CHAIN_ID, DAY, NETWORK, NOW
from tests.vectors import edwards as ed
from tests.vectors.make import ROOT

SEED = bytes(range(32))
ROOT_SEED = (1).to_bytes(32, "big")
MESSAGE = b"a record"
PURPOSES = {
    "persona": "the root key, which signs",
    "node": "the transport's key, apart from the persona's",
    "wallet": "the node's own wallet",
    "encryption/0": "the first encryption key",
    "encryption/1": "the next one: a number makes another secret",
    "review/" + "ab" * 8: "the key of one review",
}
WALLET = bytes(31) + b"\x07"


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


class Signed(NamedTuple):
    name: str
    why: str
    public: bytes
    message: bytes
    signature: bytes
    valid: bool
    openssl: bool
    """Whether OpenSSL 3 takes it."""


def signatures() -> list[Signed]:
    a, nonce = ed.secret_scalar(ROOT_SEED), _nonce()
    point = ed.multiply(a, ed.BASE)
    root, r_point = ed.encode(point), ed.multiply(nonce, ed.BASE)
    r = ed.encode(r_point)
    small = ed.small_order_points()
    honest = ROOT.sign(MESSAGE)
    s = int.from_bytes(honest[32:], "little")

    def sign(r: bytes, public: bytes, message: bytes) -> bytes:
        return r + _scalar((nonce + ed.challenge(r, public, message) * a) % ed.L)

    def good(name: str, why: str, signature: bytes, message: bytes = MESSAGE) -> Signed:
        return Signed(name, why, root, message, signature, valid=True, openssl=True)

    def bad(name: str, why: str, signature: bytes, message: bytes = MESSAGE, by=root) -> Signed:
        return Signed(name, why, by, message, signature, valid=False, openssl=False)

    def lax(name: str, why: str, signature: bytes, message: bytes = MESSAGE, by=root) -> Signed:
        return Signed(name, why, by, message, signature, valid=False, openssl=True)

    mixed = ed.encode(ed.add(point, small[1]))
    holds = _search(mixed, r, lambda h: h % 8 == 0)
    cofactor = _search(mixed, r, lambda h: h % 8 != 0)
    rows = [
        good("honest", "as RFC 8032 signs", honest),
        good("other-nonce", "another nonce than RFC 8032's", sign(r, root, MESSAGE)),
        good("empty-message", "an empty message", ROOT.sign(b""), b""),
        bad("changed", "another message", honest, MESSAGE + b"!"),
        bad("flipped-r", "one bit of R", bytes([honest[0] ^ 1]) + honest[1:]),
        bad("flipped-s", "one bit of S", honest[:32] + bytes([honest[32] ^ 1]) + honest[33:]),
        bad(
            "s-plus-l",
            "S + L is the same number modulo L: S must be below L",
            honest[:32] + _scalar(s + ed.L),
        ),
        bad("zero", "all zero", bytes(64)),
        bad(
            "not-a-point",
            "a public key that is no point",
            honest,
            by=(2).to_bytes(32, "little"),
        ),
        bad(
            "mixed-r",
            "holds only when multiplied by the cofactor",
            sign(ed.encode(ed.add(r_point, small[1])), root, MESSAGE),
        ),
        Signed(
            "mixed-key",
            "a key with a part of small order; the equation holds as it stands",
            mixed,
            holds,
            sign(r, mixed, holds),
            valid=True,
            openssl=True,
        ),
        bad(
            "mixed-key-cofactor",
            "the same key; holds only when multiplied by the cofactor",
            sign(r, mixed, cofactor),
            cofactor,
            mixed,
        ),
    ]
    for index, point in enumerate(small):
        anyone = "a key of small order, for which anyone can sign"
        tiny = ed.encode(point)
        message = _search(tiny, r, lambda h: h % 8 == 0)
        rows.append(lax(f"small-key-{index}", anyone, r + _scalar(nonce), message, tiny))
        long = ed.non_canonical(point)
        if long is None:
            continue
        again = "the same in an encoding that isn't canonical"
        message = _search(long, r, lambda h: h % 8 == 0)
        rows.append(lax(f"long-small-key-{index}", again, r + _scalar(nonce), message, long))
        forged = long + _scalar(ed.challenge(long, root, MESSAGE) * a % ed.L)
        rows.append(bad(f"long-small-r-{index}", "R of small order, not canonical", forged))
    identity = ed.encode(ed.ZERO)
    forged = identity + _scalar(ed.challenge(identity, root, MESSAGE) * a % ed.L)
    rows.append(lax("identity-r", "R is the identity", forged))
    return rows


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
    values = [
        ("a chain without an id", {"chain_id": 0}),
        ("an end beyond 40 bits", {"until": 2**40}),
        ("a persona of 31 bytes", {"persona": ROOT.public[:-1].hex()}),
    ]
    return binding, [
        *(
            {"why": why, "rule": "binding.signature", "signature": signature.hex()}
            for why, signature in bad
        ),
        *({"why": why, "rule": "binding.values", **changed} for why, changed in values),
    ]


def build() -> dict:
    binding, bad = bindings()
    return {
        "about": "`valid` of a signature is what Étal's rule says; `openssl` is what OpenSSL 3 says, to show where it is laxer. A bad binding is "
        "the good one with what it names changed.",
        "derive": [
            {
                "why": why,
                "seed": SEED.hex(),
                "purpose": purpose,
                "secret": derive(SEED, purpose).hex(),
            }
            for purpose, why in PURPOSES.items()
        ],
        "signatures": [
            {
                "name": row.name,
                "why": row.why,
                "valid": row.valid,
                "openssl": row.openssl,
                "public": row.public.hex(),
                "message": row.message.hex(),
                "signature": row.signature.hex(),
            }
            for row in signatures()
        ],
        "binding": binding,
        "bad_bindings": bad,
    }
