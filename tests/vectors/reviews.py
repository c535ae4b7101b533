"""Vectors of what a review proves: the review, the listing edition, the events of the escrow id, and the verdict."""

from dataclasses import replace

from node.protocol import escrow, reviews
from node.protocol.commitment import commitment
from node.protocol.escrow import DAY, How, payees_hash
from tests.protocol import sale
from tests.protocol.sale import (
    BODY,
    CHAIN_ID,
    CONTRACT,
    LISTING,
    NOW,
    PLACE,
    REGISTRY,
    RELEASED,
    REVIEW,
    REVIEWER,
    TERMS,
    changed,
    funded,
    paid,
    proof,
)
from tests.vectors import pledged
from tests.vectors.shapes import event

EVENTS = (funded(), RELEASED)


def other_sale(opened=("offer", "review"), parts=PLACE["parts"], **terms) -> tuple:
    """(review body, events) of a pot with other terms that commits to these parts."""
    id = escrow.escrow_id(replace(TERMS, **terms), CHAIN_ID, CONTRACT)
    return changed(REVIEW, proof=proof(opened, parts, id)), (
        funded(**terms),
        replace(RELEASED, id=id),
    )


SHARED_BODY = changed(
    BODY,
    offer__payees=[{"to": b"\x0d" * 20, "bps": 1_500, "name": "Co-operative"}],
    offer__referral_bps=500,
)
SHARED = sale.listing(SHARED_BODY)
FRIEND = {"to": b"\x0e" * 20, "bps": 500}
CO_OP, FRIENDS = (b"\x0d" * 20, 1_500), (b"\x0e" * 20, 500)


def shared(why: str, *payees: tuple[bytes, int], referrer: dict | None = None) -> tuple:
    """A row of a sale of SHARED that pays these."""
    place = sale.place_block(SHARED_BODY, offer=SHARED)
    terms = {"order": commitment(place["parts"], place["salts"]), "payees": payees_hash(payees)}
    body, events = other_sale(parts=place["parts"], **terms)
    body |= {"offer": SHARED.id}
    return why, changed(body, proof__referrer=referrer), SHARED, events


def rows() -> list[tuple]:
    """(why, review body, listing or None, events, and when it was made, where not NOW)"""
    half = TERMS.amount // 2
    lied = {**PLACE["parts"], "buyer": bytes(32)}
    late = funded(BODY["offer"]["until"] - NOW + 1)
    closed = replace(RELEASED, where=sale.where(late.where.block + 1))

    def other(why: str, opened=("offer", "review"), **terms) -> tuple:
        body, events = other_sale(opened, **terms)
        return why, body, LISTING, events

    def settled(why: str, to_buyer: int) -> tuple:
        last = paid(to_buyer=to_buyer, to_seller=TERMS.amount - to_buyer, how=How.SETTLEMENT)
        return why, REVIEW, LISTING, (funded(), last)

    return [
        ("a purchase", REVIEW, LISTING, EVENTS),
        (
            "the lines are shown too",
            changed(REVIEW, proof=proof(("offer", "review", "lines"))),
            LISTING,
            EVENTS,
        ),
        other("hidden lines: the cheapest piece is enough", amount=39_990_000),
        settled("a little came back", 1),
        settled("half came back", half),
        settled("everything came back", TERMS.amount),
        ("of a listing that isn't known", REVIEW, None, EVENTS),
        ("of another slug", changed(REVIEW, slug="other-lamp"), LISTING, EVENTS),
        (
            "through another escrow",
            changed(REVIEW, proof__escrow=f"eip155:1:0x{CONTRACT.hex()}"),
            LISTING,
            EVENTS,
        ),
        ("never funded", REVIEW, LISTING, ()),
        (
            "an event whose terms don't give its id",
            REVIEW,
            LISTING,
            (replace(funded(), terms=replace(TERMS, amount=1)), RELEASED),
        ),
        ("parts of another order", changed(REVIEW, proof=proof(parts=lied)), LISTING, EVENTS),
        other("another payout", payout=b"\x01" * 20),
        other("payees that the offer doesn't name", payees=payees_hash([(b"\x01" * 20, 10_000)])),
        shared("shared with the offer's payees", CO_OP),
        shared("shared with payees and a referrer", CO_OP, FRIENDS, referrer=FRIEND),
        shared("the referrer isn't shown", CO_OP, FRIENDS),
        shared("another share than the offer's", (CO_OP[0], 1_501)),
        shared(
            "a referrer with more than is allowed",
            *(CO_OP, (FRIENDS[0], 501)),
            referrer={**FRIEND, "bps": 501},
        ),
        other("an asset that isn't accepted", token=bytes(20)),
        other("less than the cheapest piece", amount=39_989_999),
        other(
            "less than the lines that are shown", ("offer", "review", "lines"), amount=99_979_999
        ),
        ("paid after the offer was over", REVIEW, LISTING, (late, closed)),
        other("bought from oneself", buyer=TERMS.payout),
        ("not over yet", REVIEW, LISTING, (funded(),)),
        (
            "changed once, and renewed for a year since",
            changed(REVIEW, written=NOW + DAY, changed=NOW + 2 * DAY),
            LISTING,
            EVENTS,
            NOW + 400 * DAY,
        ),
        (
            "it says that it was written before it was paid",
            changed(REVIEW, written=NOW - 400 * DAY, changed=NOW - 300 * DAY),
            LISTING,
            EVENTS,
        ),
    ]


def _row(why, body, listing, events, created=NOW) -> dict:
    review = sale.sign("review", body, REVIEWER, created)
    verdict = reviews.verdict(review, listing, events, REGISTRY)
    return {
        "why": why,
        "review": review.raw.hex(),
        "listing": listing.raw.hex() if listing else None,
        "events": [event(each) for each in events],
        "standing": verdict.standing.value,
        "reason": verdict.reason,
        "dates": reviews.dates(review, events),
    }


def build() -> dict:
    return {
        "about": "Reviews that are admitted already; `listing` is null where the edition isn't known, `backing` where the contract holds no such pledge; `dates` are written and changed.",
        "verdicts": [_row(*row) for row in rows()],
        "pledged": pledged.verdicts(),
    }
