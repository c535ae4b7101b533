"""Parts that the vectors are made of. Everything is fixed, so that the files come out the same each time."""

import hashlib

from node.protocol.encoding import encode
from node.protocol.keys import SigningKey
from tests.samples import CHAIN, DAY, ETH, NETWORK, NOW

PROTECTED = bytes.fromhex("a10127")


def key(number: int) -> SigningKey:
    return SigningKey(number.to_bytes(32, "big"))


ROOT, DEVICE, OTHER = key(1), key(2), key(3)


def signed(payload: bytes, network: str = NETWORK, version: int = 1) -> bytes:
    """The Sig_structure, built by the general encoder and not by the product's template."""
    aad = f"etal/{version}/{network}".encode()
    return encode(["Signature1", PROTECTED, aad, payload])


def id_of(payload: bytes, network: str = NETWORK) -> bytes:
    return hashlib.sha256(signed(payload, network)).digest()


def envelope(payload: bytes, signature: bytes) -> bytes:
    return bytes.fromhex("d28443a10127a0") + encode(payload) + encode(signature)


def sign(payload: dict | bytes, by: SigningKey = ROOT, network: str = NETWORK) -> bytes:
    """Sign whatever payload, well formed or not."""
    encoded = payload if isinstance(payload, bytes) else encode(payload)
    return envelope(encoded, by.sign(signed(encoded, network)))


def payload(kind: str, body: dict, **changes) -> dict:
    """A payload by the root; a change to None takes the key away."""
    plain = {
        "v": 1,
        "kind": kind,
        "kv": 1,
        "author": ROOT.public,
        "created": NOW,
        "until": NOW + 30 * DAY,
        "body": body,
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def profile(body: dict | None = None, **changes) -> dict:
    plain = {"name": "Ada", "language": "en", "encryption": [], "wallets": [], "nodes": []}
    return payload("profile", plain | (body or {}), **changes)


def certificate(body: dict | None = None, **changes) -> dict:
    plain = {"device": DEVICE.public, "name": "Phone", "scope": ["listing", "profile"]}
    return payload("certificate", plain | (body or {}), **changes)


def revocation(**changes) -> dict:
    changes = {"until": NOW + 180 * DAY} | changes
    return payload("revocation", {"device": DEVICE.public}, **changes)


def listing(body: dict | None = None, **changes) -> dict:
    plain = {
        "title": "Desk lamp",
        "text": "Brass, **1962**.\nWorks.",
        "language": "en",
        "category": "home",
        "price": {"amount": (10**16).to_bytes(7, "big"), "unit": ETH},
        "offer": {
            "until": NOW + 20 * DAY,
            "ship_within": 7 * DAY,
            "escrow": f"{CHAIN}:0x{'ee' * 20}",
            "seller": b"\x01" * 20,
            "payout": b"\x02" * 20,
            "review": 7 * DAY,
            "accepts": [{"asset": ETH, "decimals": 18}],
        },
        "extensions": {"goods": {"condition": "used", "pickup": True}},
    }
    return payload("listing", plain | (body or {}), **({"slug": "desk-lamp"} | changes))


def by_device(plain: dict, cert: dict | bytes | None = None, **changes) -> dict:
    """The same payload, to be signed by the device under a certificate."""
    raw = cert if isinstance(cert, bytes) else sign(cert or certificate())
    return plain | {"signer": DEVICE.public, "cert": raw} | changes


def of_size(size: int) -> dict:
    """A profile that is so many bytes large once the root has signed it."""
    grown = profile() | {"fill": bytes(size - 400)}
    missing = size - len(sign(grown))
    return profile() | {"fill": bytes(size - 400 + missing)}
