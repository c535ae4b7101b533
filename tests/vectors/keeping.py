"""Vectors of keeping: the same records in any order give the same shelf."""

from node.protocol.encoding import encode
from tests.vectors.make import (
    DAY,
    DEVICE,
    NOW,
    OTHER,
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


def _title(text: str, created: int, slug: str = "desk-lamp", **changes) -> dict:
    return listing({"title": text}, created=NOW + created, slug=slug, **changes)


def scenarios() -> list[tuple]:
    """(name, why, payloads, names of those kept, {slug or None: index of what counts})"""
    phone = sign(certificate(created=NOW - DAY))
    phone_for_other = sign(
        certificate({"device": DEVICE.public}, author=OTHER.public, created=NOW - DAY), OTHER
    )
    tie = [_title("A", 0), _title("B", 0)]
    later = max(range(2), key=lambda index: id_of(encode(tie[index])))
    gone = payload(
        "listing", {}, slug="desk-lamp", gone=True, created=NOW + 20, until=NOW + 30 * DAY
    )
    by_phone = by_device(_title("By phone", 30), phone)
    others = by_device(_title("Of another", 30), phone_for_other, author=OTHER.public)
    return [
        (
            "newer",
            "the newer edition is kept",
            [_title("Old", 0), _title("New", 1)],
            [1],
            {"desk-lamp": 1},
        ),
        (
            "tie",
            "made in the same second: the greater content id",
            tie,
            [later],
            {"desk-lamp": later},
        ),
        (
            "slugs",
            "each slug for itself",
            [_title("A", 0), _title("B", 1, "chair")],
            [0, 1],
            {"desk-lamp": 0, "chair": 1},
        ),
        (
            "tombstone",
            "a tombstone is just the latest",
            [_title("A", 0), gone],
            [1],
            {"desk-lamp": 1},
        ),
        (
            "after-tombstone",
            "and a newer edition follows it",
            [gone, _title("Again", 21)],
            [1],
            {"desk-lamp": 1},
        ),
        (
            "shorter",
            "a newer edition with an earlier end wins all the same",
            [_title("Long", 0), _title("Short", 1, until=NOW + 21 * DAY)],
            [1],
            {"desk-lamp": 1},
        ),
        (
            "two-devices",
            "one place for each signer; the later counts",
            [_title("By root", 0), by_phone],
            [0, 1],
            {"desk-lamp": 1},
        ),
        (
            "revoked",
            "a revocation voids what the device signed, though it was made later",
            [
                _title("By root", 0),
                by_phone,
                revocation(created=NOW - 5, until=NOW - 5 + 180 * DAY),
            ],
            [0, 2],
            {"desk-lamp": 0},
        ),
        (
            "revoked-elsewhere",
            "the same key may go on signing for another persona",
            [others, revocation()],
            [0, 1],
            {},
        ),
        (
            "regular",
            "certificates are each for themselves",
            [certificate(), certificate({"name": "Tablet"})],
            [0, 1],
            {},
        ),
        (
            "profiles",
            "one profile",
            [profile(), profile({"name": "Ada L."}, created=NOW + 9)],
            [1],
            {},
        ),
    ]


def _signer(value: dict):
    by = value.get("signer", value["author"])
    return next(key for key in (ROOT, DEVICE, OTHER) if key.public == by)


def build() -> dict:
    rows = []
    for name, why, values, kept, counts in scenarios():
        ids = [id_of(encode(value)).hex() for value in values]
        rows.append(
            {
                "name": name,
                "why": why,
                "records": [sign(value, _signer(value)).hex() for value in values],
                "kept": sorted(ids[index] for index in kept),
                "latest": [
                    {"kind": "listing", "author": ROOT.public.hex(), "slug": slug, "id": ids[index]}
                    for slug, index in counts.items()
                ],
            }
        )
    return {
        "about": "Put the records in any order: `kept` are the content ids held in the end, `latest` what counts.",
        "scenarios": rows,
    }
