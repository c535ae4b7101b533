"""Vectors of keeping: the same records in any order give the same shelf."""

from typing import NamedTuple

from node.protocol.encoding import encode
from node.protocol.keys import SigningKey
from tests.protocol.sale import REVIEW, changed
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


def _review(text: str, created: int) -> dict:
    """By the root, whose key is what the order's part would be."""
    body = changed(REVIEW, text=text, written=NOW, proof__opened__review__value=ROOT.public)
    return payload("review", body, created=NOW + created, until=NOW + created + 30 * DAY)


class Scenario(NamedTuple):
    name: str
    why: str
    payloads: list[dict]
    kept: list[int]
    """Which of the payloads are held in the end."""
    latest: dict[str, int]
    """Which of them counts, for each slug of the root's listings."""


def scenarios() -> list[Scenario]:
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
        Scenario(
            "newer",
            "the newer edition is kept",
            [_title("Old", 0), _title("New", 1)],
            [1],
            {"desk-lamp": 1},
        ),
        Scenario(
            "tie",
            "made in the same second: the greater content id",
            tie,
            [later],
            {"desk-lamp": later},
        ),
        Scenario(
            "slugs",
            "each slug for itself",
            [_title("A", 0), _title("B", 1, "chair")],
            [0, 1],
            {"desk-lamp": 0, "chair": 1},
        ),
        Scenario(
            "tombstone",
            "a tombstone is just the latest",
            [_title("A", 0), gone],
            [1],
            {"desk-lamp": 1},
        ),
        Scenario(
            "after-tombstone",
            "and a newer edition follows it",
            [gone, _title("Again", 21)],
            [1],
            {"desk-lamp": 1},
        ),
        Scenario(
            "shorter",
            "a newer edition with an earlier end wins all the same",
            [_title("Long", 0), _title("Short", 1, until=NOW + 21 * DAY)],
            [1],
            {"desk-lamp": 1},
        ),
        Scenario(
            "two-devices",
            "one place for each signer; the later counts",
            [_title("By root", 0), by_phone],
            [0, 1],
            {"desk-lamp": 1},
        ),
        Scenario(
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
        Scenario(
            "revoked-elsewhere",
            "the same key may go on signing for another persona",
            [others, revocation()],
            [0, 1],
            {},
        ),
        Scenario(
            "regular",
            "certificates are each for themselves",
            [certificate(), certificate({"name": "Tablet"})],
            [0, 1],
            {},
        ),
        Scenario(
            "profiles",
            "one profile",
            [profile(), profile({"name": "Ada L."}, created=NOW + 9)],
            [1],
            {},
        ),
        Scenario(
            "reviews",
            "one review of one key, renewed",
            [_review("Good.", 0), _review("Good.", 60 * DAY)],
            [1],
            {},
        ),
        Scenario(
            "review-gone",
            "a review that its author has taken back",
            [_review("Good.", 0), payload("review", {}, gone=True, created=NOW + 1)],
            [1],
            {},
        ),
    ]


def _signer(value: dict) -> SigningKey:
    by = value.get("signer", value["author"])
    return next(key for key in (ROOT, DEVICE, OTHER) if key.public == by)


def _row(scenario: Scenario) -> dict:
    ids = [id_of(encode(value)).hex() for value in scenario.payloads]
    author = ROOT.public.hex()
    return {
        "name": scenario.name,
        "why": scenario.why,
        "records": [sign(value, _signer(value)).hex() for value in scenario.payloads],
        "kept": sorted(ids[index] for index in scenario.kept),
        "latest": [
            {"kind": "listing", "author": author, "slug": slug, "id": ids[index]}
            for slug, index in scenario.latest.items()
        ],
    }


def build() -> dict:
    return {
        "about": "Put the records in any order: `kept` are the content ids held in the end, `latest` what counts.",
        "scenarios": [_row(scenario) for scenario in scenarios()],
    }
