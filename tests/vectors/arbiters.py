"""Vectors of the kind arbiter: one good record each way, and each rule broken once."""

from node.protocol.escrow import DAY
from tests.protocol.sale import CHAIN, changed, sign
from tests.vectors.rows import Invalid, Valid, breaking

ARBITER = {
    "account": f"{CHAIN}:0x{'0f' * 20}",
    "fee_bps": 500,
    "ruling": 7 * DAY,
    "languages": ["en", "fr"],
    "about": "Ceramics, and parcels that broke on the way.",
}


def _arbiter(**changes):
    return sign("arbiter", changed(ARBITER, **changes))


def valid() -> list[Valid]:
    return [
        Valid("arbiter", "everything that an arbiter can say", _arbiter()),
        Valid(
            "arbiter-bare",
            "without a fee, with the shortest time",
            _arbiter(about=None, fee_bps=0, ruling=DAY, languages=["en"]),
        ),
        Valid("arbiter-gone", "who decides no more", sign("arbiter", {}, gone=True)),
    ]


def invalid() -> list[Invalid]:
    arbiter = breaking("arbiter", _arbiter)
    return [
        arbiter("zero", "nobody as an arbiter", "account", account=f"{CHAIN}:0x{'00' * 20}"),
        arbiter("languages", "one language twice", "languages", languages=["fr", "fr"]),
        arbiter("silent", "no language", "field.count", languages=[]),
        arbiter("fee", "a fee of 20.01 %", "field.range", fee_bps=2_001),
        arbiter("slow", "a ruling time of 91 days", "field.range", ruling=91 * DAY),
    ]
