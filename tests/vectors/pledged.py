"""Vectors of what a review proves of an order that was paid by a pledge: the review, the listing edition, what the campaign contract says, and the verdict."""

from dataclasses import asdict, replace

from node.protocol import pledged_reviews
from node.protocol.campaign import Phase
from node.protocol.escrow import DAY
from node.protocol.kinds.campaign import id_of
from node.protocol.pledged_reviews import Backing, shown_campaign
from tests.protocol import sale
from tests.protocol.sale import (
    BODY,
    LISTING,
    NETWORK,
    NOW,
    PAYOUT,
    REGISTRY,
    REVIEW,
    REVIEWER,
    SHOP,
    STRANGER,
    WALLET,
    changed,
    parts,
    proof,
    sign,
)
from tests.vectors.campaigns import CAMPAIGN, MADE, PREORDER, UNTIL, signed

PRICE = 39_990_000  # of the cheapest piece
PAID = Backing(WALLET, PRICE, Phase.PAID, 10 * PRICE + CAMPAIGN["goal"], 2, UNTIL + 61 * DAY)


def review(opened=("offer", "review"), *, by=sale.SELLER, offer=MADE, **campaign) -> dict:
    """A review of a pledge to a campaign for this edition, by its seller."""
    body = signed(changed(CAMPAIGN, listing=offer.id, **campaign))
    made = sign("campaign", body, by, slug="desk-lamp")
    shown = proof(opened, parts(offer=offer), id_of(body))
    shown |= {"escrow": body["account"], "campaign": made.raw}
    return changed(REVIEW, offer=offer.id, proof=shown)


def rows() -> list[tuple]:
    """(why, review body, listing or None, what the contract says, or None)"""
    good = review()
    stopped = replace(PAID, phase=Phase.STOPPED)
    live = replace(PAID, phase=Phase.LIVE, paid=1)
    missed = replace(live, raised=CAMPAIGN["goal"] - 1, paid=0, time=UNTIL)
    escrowed = sale.listing(changed(BODY, offer__until=UNTIL))
    other = sale.listing(changed(BODY, offer={**PREORDER, "ship_within": 61 * DAY}))
    dear = 2 * 49_990_000
    return [
        ("all tranches are paid", good, MADE, PAID),
        (
            "the lines are shown too",
            review(("offer", "review", "lines")),
            MADE,
            replace(PAID, amount=dear),
        ),
        ("stopped after more than half", review(tranches=_split(5_001)), MADE, _one(stopped)),
        ("stopped after half", review(tranches=_split(5_000)), MADE, _one(stopped)),
        ("called off before anything was paid", good, MADE, replace(_one(stopped), paid=0)),
        ("the goal was missed", good, MADE, missed),
        ("of a listing that isn't known", good, None, PAID),
        ("of another slug", changed(good, slug="other-lamp"), MADE, PAID),
        ("of another edition than the campaign's", {**good, "offer": other.id}, other, PAID),
        ("what is shown is no record", changed(good, proof__campaign=b"\x00"), MADE, PAID),
        ("what is shown is no campaign", changed(good, proof__campaign=LISTING.raw), MADE, PAID),
        ("the campaign is somebody else's", review(by=STRANGER), MADE, PAID),
        ("the campaign has another id", changed(good, proof__order=bytes(32)), MADE, PAID),
        (
            "the campaign is in another contract",
            changed(good, proof__escrow=REVIEW["proof"]["escrow"]),
            MADE,
            PAID,
        ),
        ("the edition is no pre-order", review(offer=escrowed), escrowed, PAID),
        ("nothing was pledged", good, MADE, None),
        ("in an asset that isn't accepted", review(asset=_OTHER), MADE, PAID),
        ("less than the cheapest piece", good, MADE, replace(PAID, amount=PRICE - 1)),
        (
            "less than the lines that are shown",
            review(("offer", "review", "lines")),
            MADE,
            replace(PAID, amount=dear - 1),
        ),
        ("the shop key pledged to itself", good, MADE, replace(PAID, backer=SHOP)),
        ("the payout pledged to itself", good, MADE, replace(PAID, backer=PAYOUT)),
        ("tranches are still to come", good, MADE, live),
        ("pledges are still taken", good, MADE, replace(missed, time=UNTIL - 1)),
        ("it says that it was written before the end", {**good, "written": NOW - DAY}, MADE, PAID),
        (
            "written after the end that a cancellation brought forward",
            {**good, "written": NOW},
            MADE,
            replace(_one(stopped), phase=Phase.CANCELLED, paid=0),
        ),
    ]


_OTHER = f"{CAMPAIGN['asset'][:-2]}ff"


def _split(first: int) -> list[dict]:
    return [{"at": UNTIL, "bps": first}, {"at": UNTIL + DAY, "bps": 10_000 - first}]


def _one(backing: Backing) -> Backing:
    return replace(backing, paid=1)


def _row(why, body, listing, backing) -> dict:
    made = sale.sign("review", body, REVIEWER)
    shown = shown_campaign(made, NETWORK, REGISTRY)
    verdict = pledged_reviews.verdict(made, listing, shown, backing, REGISTRY)
    told = None
    if backing is not None:
        told = {**asdict(backing), "backer": backing.backer.hex(), "phase": backing.phase.name}
    return {
        "why": why,
        "review": made.raw.hex(),
        "listing": listing.raw.hex() if listing else None,
        "backing": told,
        "standing": verdict.standing.value,
        "reason": verdict.reason,
        "dates": pledged_reviews.dates(made, shown, backing),
    }


def verdicts() -> list[dict]:
    return [_row(*row) for row in rows()]
