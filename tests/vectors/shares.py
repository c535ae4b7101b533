"""Rows of the vectors of kinds: listings whose proceeds are shared."""

from node.protocol.escrow import DAY
from tests.protocol import sale
from tests.protocol.sale import BODY, CONTRACT, NOW, changed
from tests.vectors.rows import Invalid, Valid

ARBITERS = {"offer__arbiters": [sale.ARBITER]}


def _payee(bps: int, to: bytes = b"\x0d" * 20) -> dict:
    return {"to": to, "bps": bps, "name": "Designer"}


def _listing(**changes):
    return sale.listing(changed(BODY, **changes))


def _row(name: str, why: str, rule: str, /, **changes) -> Invalid:
    rule = rule if "." in rule else f"listing.{rule}"
    return Invalid(f"listing-{name}", why, rule, _listing(**changes).raw)


def valid() -> list[Valid]:
    return [
        Valid(
            "listing-shared",
            "the proceeds are shared: as many payees as can be, and a referrer",
            _listing(offer__payees=[*[_payee(500)] * 14, _payee(1)], offer__referral_bps=2_000),
        ),
        Valid(
            "listing-all-shared",
            "the payees get everything",
            _listing(offer__payees=[_payee(10_000)]),
        ),
    ]


def invalid() -> list[Invalid]:
    return [
        _row(
            "shared-nothing",
            "payees of what is paid on collection",
            "shared",
            offer={
                **{"until": NOW + DAY, "ship_within": 7 * DAY, "on_collection": True},
                "payees": [_payee(500)],
            },
        ),
        _row("payee-zero", "nobody as a payee", "payees", offer__payees=[_payee(1, bytes(20))]),
        _row(
            "payee-contract",
            "the contract as a payee",
            "payees",
            offer__payees=[_payee(1, CONTRACT)],
        ),
        _row(
            "payee-arbiter",
            "the arbiter shares the proceeds",
            "payees",
            **ARBITERS,
            offer__payees=[_payee(1, sale.ARBITER["address"])],
        ),
        _row(
            "shares",
            "more than everything, with the referrer",
            "shares",
            offer__payees=[_payee(9_900)],
            offer__referral_bps=101,
        ),
        _row(
            "sharers",
            "sixteen payees and a referrer",
            "shares",
            offer__payees=[_payee(1)] * 16,
            offer__referral_bps=1,
        ),
        _row("share-nothing", "a share of nothing", "field.range", offer__payees=[_payee(0)]),
        _row("payees-many", "seventeen payees", "field.count", offer__payees=[_payee(1)] * 17),
        _row(
            "referral", "more than a fifth for a referrer", "field.range", offer__referral_bps=2_001
        ),
    ]
