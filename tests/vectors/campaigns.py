"""Vectors of the kind campaign, and of listings that are paid by pledges: good records, and each rule broken once."""

from typing import Any

from node.protocol.campaign import DAY, MAX_AMOUNT, MAX_CAMPAIGN_TIME, MAX_TRANCHE_TIME
from node.protocol.escrow import sign_digest
from node.protocol.kinds.campaign import id_of
from tests.protocol import sale
from tests.protocol.sale import BODY, NOW, PAYOUT, SHOP, SHOP_SECRET, TUSD, changed, sign
from tests.samples import CHAIN
from tests.samples import ETH as ETH
from tests.vectors.rows import Invalid, Valid, breaking

CONTRACT = b"\xca" * 20
UNTIL = NOW + 30 * DAY
PREORDER = {
    "until": UNTIL,
    "ship_within": 60 * DAY,
    "preorder": True,
    "accepts": [{"asset": TUSD, "decimals": 6}],
}
MADE = sale.listing(changed(BODY, offer=PREORDER))
CAMPAIGN: dict[str, Any] = {
    "listing": MADE.id,
    "account": f"{CHAIN}:0x{CONTRACT.hex()}",
    "creator": SHOP,
    "payout": PAYOUT,
    "asset": TUSD,
    "goal": 500_000_000,
    "until": UNTIL,
    "stop_bps": 3_000,
    "tranches": [{"at": UNTIL, "bps": 4_000}, {"at": UNTIL + 60 * DAY, "bps": 6_000}],
}


def signed(body: dict[str, Any], secret: bytes = SHOP_SECRET) -> dict[str, Any]:
    """With the creator's signature of what the body says."""
    return body | {"signature": sign_digest(id_of(body), secret)}


def _campaign(**changes):
    return sign("campaign", signed(changed(CAMPAIGN, **changes)), slug="desk-lamp")


def _listing(**changes):
    return sale.listing(changed(BODY, **changes))


def _tranches(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"at": UNTIL + days * DAY, "bps": bps} for days, bps in pairs]


def valid() -> list[Valid]:
    last = MAX_TRANCHE_TIME // DAY
    return [
        Valid("listing-preorder", "paid by pledges to a campaign", MADE),
        Valid("campaign", "a down payment, and the rest later", _campaign()),
        Valid(
            "campaign-widest",
            "in coin, the highest goal, as late and in as many parts as can be",
            _campaign(
                asset=ETH,
                goal=MAX_AMOUNT,
                until=NOW + MAX_CAMPAIGN_TIME,
                stop_bps=5_000,
                tranches=[
                    {"at": NOW + MAX_CAMPAIGN_TIME + days * DAY, "bps": 1_250}
                    for days in (*range(7), last)
                ],
            ),
        ),
        Valid(
            "campaign-over",
            "renewed after its end, as long as tranches are to come",
            _campaign(
                until=NOW - 10 * DAY,
                tranches=[
                    {"at": NOW - 10 * DAY, "bps": 4_000},
                    {"at": NOW + 50 * DAY, "bps": 6_000},
                ],
            ),
        ),
        Valid("campaign-gone", "taken down", sign("campaign", {}, slug="desk-lamp", gone=True)),
    ]


def invalid() -> list[Invalid]:
    campaign, listing = breaking("campaign", _campaign), breaking("listing", _listing)
    good = signed(CAMPAIGN)
    return [
        listing("preorder-escrow", "pledges and an escrow", "preorder", offer__preorder=True),
        listing(
            "preorder-collection",
            "pledges and paid on collection",
            "preorder",
            offer=PREORDER | {"on_collection": True},
        ),
        listing(
            "preorder-nothing",
            "pledges of nothing that it accepts",
            "preorder",
            offer=PREORDER | {"accepts": []},
            price__amount=1,
        ),
        listing(
            "preorder-free",
            "a pre-order of what is free",
            "preorder",
            offer=PREORDER,
            price__amount=0,
        ),
        campaign("chain", "an asset of another chain", "chain", asset="eip155:1/slip44:60"),
        campaign("creator-zero", "nobody as the creator", "roles", creator=bytes(20)),
        campaign("payout-zero", "nobody gets the tranches", "roles", payout=bytes(20)),
        campaign("payout-contract", "the contract gets the tranches", "roles", payout=CONTRACT),
        campaign("goal-zero", "a goal of nothing", "goal", goal=0),
        Invalid(
            "campaign-goal-high",
            "a goal of 2^112, which no terms can hold",
            "campaign.goal",
            sign("campaign", good | {"goal": MAX_AMOUNT + 1}, slug="desk-lamp").raw,
        ),
        campaign(
            "long",
            "181 days",
            "until",
            until=NOW + MAX_CAMPAIGN_TIME + 1,
            tranches=[{"at": NOW + MAX_CAMPAIGN_TIME + 1, "bps": 10_000}],
        ),
        campaign("early", "a tranche before the end", "dates", tranches=_tranches((-1, 10_000))),
        campaign(
            "twice", "two tranches at one time", "dates", tranches=_tranches((1, 5_000), (1, 5_000))
        ),
        campaign(
            "backwards",
            "the later tranche first",
            "dates",
            tranches=_tranches((2, 5_000), (1, 5_000)),
        ),
        campaign("late", "a tranche 731 days later", "dates", tranches=_tranches((731, 10_000))),
        campaign("less", "99.99 %", "shares", tranches=_tranches((0, 9_999))),
        campaign("more", "100.01 %", "shares", tranches=_tranches((0, 5_000), (1, 5_001))),
        Invalid(
            "campaign-forged",
            "signed by another key",
            "campaign.signature",
            sign("campaign", signed(CAMPAIGN, b"\x07" * 32), slug="desk-lamp").raw,
        ),
        Invalid(
            "campaign-changed",
            "the goal was lowered after it was signed",
            "campaign.signature",
            sign("campaign", good | {"goal": 1}, slug="desk-lamp").raw,
        ),
        Invalid(
            "campaign-unsigned",
            "no signature at all",
            "campaign.signature",
            sign("campaign", good | {"signature": bytes(65)}, slug="desk-lamp").raw,
        ),
        campaign("stop", "50.01 % are needed to stop it", "field.range", stop_bps=5_001),
        campaign(
            "nine",
            "nine tranches",
            "field.count",
            tranches=_tranches(*((day, 1_000) for day in range(9))),
        ),
        campaign("none", "no tranche", "field.count", tranches=[]),
        Invalid(
            "campaign-short",
            "a signature of 64 bytes",
            "field.length",
            sign("campaign", good | {"signature": bytes(64)}, slug="desk-lamp").raw,
        ),
    ]
