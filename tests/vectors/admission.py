"""Vectors of admission: a record, what is held and what the clock says, and the verdict with its rule."""

from node.protocol.encoding import encode
from tests.vectors.make import (
    DAY,
    DEVICE,
    NOW,
    ROOT,
    by_device,
    certificate,
    id_of,
    listing,
    payload,
    profile,
    revocation,
    sign,
)


def _price(amount: bytes) -> dict:
    return {"price": {"amount": amount, "unit": "eip155:31337/slip44:60"}}


def cases() -> list[tuple]:
    """(name, why, verdict, rule or None, payload, changes of the surroundings)"""
    receipt = payload("receipt", {"of": bytes(32)})
    delegated = by_device(listing())
    buried = listing(created=NOW - 60 * DAY, until=NOW - DAY)
    plain = [
        ("new", "nothing stands against it", "accept", None, profile(), {}),
        ("held", "held already", "ignore", "admission.duplicate", profile(), {"held": [profile()]}),
        ("envelope-2", "an envelope of the future", "ignore", "record.version", profile(v=2), {}),
        (
            "kind-unknown",
            "a kind that nobody knows",
            "ignore",
            "admission.kind",
            payload("com.example.poll", {}),
            {},
        ),
        (
            "kind-version-2",
            "the next version of a kind",
            "ignore",
            "admission.kind",
            profile(kv=2),
            {},
        ),
        (
            "receipt-spread",
            "a private kind among public ones",
            "reject",
            "admission.private",
            receipt,
            {},
        ),
        (
            "receipt-sealed",
            "a private kind that came sealed",
            "accept",
            None,
            receipt,
            {"private": True},
        ),
        (
            "public-sealed",
            "a public kind that came sealed",
            "accept",
            None,
            profile(),
            {"private": True},
        ),
        ("slug-missing", "a listing without slug", "reject", "kind.slug", listing(slug=None), {}),
        ("slug-needless", "a profile with a slug", "reject", "kind.slug", profile(slug="me"), {}),
        (
            "certificate-gone",
            "a tombstone of a kind that has none",
            "reject",
            "kind.gone",
            payload("certificate", {}, gone=True),
            {},
        ),
        (
            "tombstone",
            "a listing is withdrawn",
            "accept",
            None,
            payload("listing", {}, slug="desk-lamp", gone=True),
            {},
        ),
        (
            "profile-gone",
            "a profile is withdrawn",
            "accept",
            None,
            payload("profile", {}, gone=True),
            {},
        ),
        (
            "too-long",
            "90 days and a second",
            "reject",
            "kind.lifetime",
            profile(until=NOW + 90 * DAY + 1),
            {},
        ),
        ("revocation", "180 days", "accept", None, revocation(), {}),
        (
            "revocation-short",
            "a revocation that ends too early",
            "reject",
            "revocation.lifetime",
            revocation(until=NOW + 90 * DAY),
            {},
        ),
        (
            "revocation-root",
            "of the root key",
            "reject",
            "revocation.device",
            revocation() | {"body": {"device": ROOT.public}},
            {},
        ),
        (
            "no-name",
            "a required field is missing",
            "reject",
            "field.required",
            _without(profile(), "name"),
            {},
        ),
        (
            "name-number",
            "a number instead of text",
            "reject",
            "field.type",
            profile({"name": 7}),
            {},
        ),
        (
            "name-long",
            "65 characters of 64",
            "reject",
            "field.length",
            profile({"name": "a" * 65}),
            {},
        ),
        ("name-longest", "64 characters of 64", "accept", None, profile({"name": "é" * 64}), {}),
        (
            "name-newline",
            "a newline in one line of text",
            "reject",
            "field.character",
            profile({"name": "A\nB"}),
            {},
        ),
        (
            "about-newline",
            "a newline where several lines are allowed",
            "accept",
            None,
            profile({"about": "A\nB"}),
            {},
        ),
        (
            "about-nul",
            "a control character",
            "reject",
            "field.character",
            profile({"about": "A\0B"}),
            {},
        ),
        (
            "language",
            "no language tag",
            "reject",
            "field.pattern",
            profile({"language": "English"}),
            {},
        ),
        (
            "scope-empty",
            "a certificate for nothing",
            "reject",
            "field.count",
            certificate({"scope": []}),
            {},
        ),
        (
            "scope-many",
            "33 kinds of 32",
            "reject",
            "field.count",
            certificate({"scope": ["profile"] * 33}),
            {},
        ),
        (
            "category",
            "a category that is not in the table",
            "reject",
            "field.choice",
            listing({"category": "spaceships"}),
            {},
        ),
        (
            "ships-too-late",
            "a number over its range",
            "reject",
            "field.range",
            _shipping(171 * DAY),
            {},
        ),
        (
            "ships-late",
            "a number at the end of its range",
            "accept",
            None,
            _shipping(170 * DAY),
            {},
        ),
        (
            "price-zero-byte",
            "an amount with a leading zero byte",
            "reject",
            "field.amount",
            listing(_price(b"\0\x01")),
            {},
        ),
        (
            "price-integer",
            "an amount as an integer",
            "reject",
            "field.amount",
            listing(_price(1)),
            {},
        ),
        (
            "price-wide",
            "an amount of 17 bytes",
            "reject",
            "field.amount",
            listing(_price(b"\x01" + bytes(16))),
            {},
        ),
        (
            "block",
            "a known extension's block is wrong",
            "reject",
            "field.required",
            listing({"extensions": {"goods": {}}}),
            {},
        ),
        ("ahead", "601 seconds ahead", "ignore", "admission.ahead", profile(created=NOW + 601), {}),
        ("little-ahead", "600 seconds ahead", "accept", None, profile(created=NOW + 600), {}),
        (
            "expired",
            "a certificate that has ended",
            "ignore",
            "admission.expired",
            certificate(created=NOW - DAY, until=NOW),
            {},
        ),
        (
            "last-second",
            "a certificate that ends in a second",
            "accept",
            None,
            certificate(created=NOW - DAY, until=NOW + 1),
            {},
        ),
        (
            "burying",
            "a listing that has ended, but still buries older editions",
            "accept",
            None,
            _offer_until(buried),
            {},
        ),
        (
            "buried",
            "90 days after it was made it can bury nothing that lives",
            "ignore",
            "admission.expired",
            _offer_until(buried),
            {"now": buried["created"] + 90 * DAY},
        ),
        (
            "revoked",
            "signed by a revoked device",
            "ignore",
            "admission.revoked",
            delegated,
            {"revoked": True},
        ),
        (
            "not-revoked",
            "the persona itself, whose device is revoked",
            "accept",
            None,
            listing(),
            {"revoked": True},
        ),
    ]
    return plain


def _offer_until(plain: dict) -> dict:
    offer = plain["body"]["offer"] | {"until": plain["until"]}
    return plain | {"body": plain["body"] | {"offer": offer}}


def _shipping(within: int) -> dict:
    plain = listing()
    offer = plain["body"]["offer"] | {"ship_within": within}
    return plain | {"body": plain["body"] | {"offer": offer}}


def _without(plain: dict, name: str) -> dict:
    return plain | {"body": {key: value for key, value in plain["body"].items() if key != name}}


def build() -> dict:
    rows = []
    for name, why, verdict, rule, value, around in cases():
        by = DEVICE if "signer" in value else ROOT
        rows.append(
            {
                "name": name,
                "why": why,
                "verdict": verdict,
                "rule": rule,
                "now": around.get("now", NOW),
                "private": around.get("private", False),
                "held": [id_of(encode(held)).hex() for held in around.get("held", [])],
                "revoked": [[ROOT.public.hex(), DEVICE.public.hex()]]
                if "revoked" in around
                else [],
                "raw": sign(value, by).hex(),
            }
        )
    return {
        "about": "Records on network etal-test, judged by the kinds of the spec and the extension goods. `held` are content "
        "ids, `revoked` pairs of author and device. See records.json for what the bytes alone decide.",
        "cases": rows,
    }
