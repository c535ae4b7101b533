"""Vectors of single records: what every implementation must accept, and what it must reject, from the bytes alone."""

from node.protocol.encoding import encode
from node.protocol.keys import SigningKey
from tests.vectors.broken_records import invalid
from tests.vectors.make import (
    DAY,
    DEVICE,
    NOW,
    ROOT,
    by_device,
    certificate,
    id_of,
    listing,
    of_size,
    payload,
    profile,
    revocation,
    sign,
)
from tests.vectors.rows import refused

UNKNOWN = {"future": {"list": [1, "two", b"\x03", True]}, "x-note": "kept"}


def valid() -> list[dict]:
    def row(name: str, why: str, value: dict, by: SigningKey = ROOT) -> dict:
        return {
            "name": name,
            "why": why,
            "id": id_of(encode(value)).hex(),
            "kind": value["kind"],
            "author": value["author"].hex(),
            "signer": by.public.hex(),
            "raw": sign(value, by).hex(),
        }

    return [
        row("profile", "the smallest profile", profile()),
        row("listing", "an addressable record with goods", listing()),
        row("certificate", "a device may sign listings and profiles", certificate()),
        row("revocation", "a device may sign no more", revocation()),
        row(
            "tombstone",
            "the latest of its slug, with an empty body, buries what came before",
            payload("listing", {}, slug="desk-lamp", gone=True, until=NOW + 90 * DAY),
        ),
        row("delegated", "signed by a device under a certificate", by_device(listing()), DEVICE),
        row(
            "delegated-first-second",
            "created in the very second that the certificate begins",
            by_device(profile(), certificate(created=NOW)),
            DEVICE,
        ),
        row(
            "delegated-last-second",
            "created in the last second of the certificate",
            by_device(profile(), certificate(created=NOW - DAY, until=NOW + 1)),
            DEVICE,
        ),
        row("unknown-keys", "unknown keys beside the known ones survive", profile() | UNKNOWN),
        row("unknown-fields", "unknown fields of the body survive", profile(UNKNOWN)),
        row(
            "unknown-extension",
            "a block of an extension that nobody here knows is kept as bytes",
            listing(
                {
                    "extensions": {
                        "goods": {"condition": "new", "pickup": True},
                        "com.example.gift": {"wrap": "red", "depth": [[[]]]},
                    }
                }
            ),
        ),
        row(
            "longest-lifetime", "until exactly 90 days after created", profile(until=NOW + 90 * DAY)
        ),
        row(
            "most-keys",
            "32 keys in the payload",
            profile() | {f"k{number:02}": number for number in range(25)},
        ),
        row("largest", "exactly 32 KiB", of_size(32 * 1024)),
        row(
            "text-of-the-world",
            "characters beyond the basic plane count as one",
            profile({"name": "Étal 市場 🏺" + "🏺" * 55}),
        ),
        row(
            "integers",
            "the ends of the range of integers",
            profile() | {"high": 2**63 - 1, "low": -(2**63)},
        ),
    ]


def build() -> dict:
    return {
        "about": "Records on network etal-test. A valid one has the id and fields given; an invalid one breaks the rule.",
        "valid": valid(),
        "invalid": refused(invalid()),
    }
