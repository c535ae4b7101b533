"""Vectors of orders: messages and events in, the state out. Every order of arrival gives the same state."""

from node.protocol.escrow import DAY, How
from node.protocol.orders import fold
from tests.protocol.sale import (
    ACCEPTED,
    ACCOUNT,
    BUYER,
    DECLINED,
    NOW,
    ORDER,
    PLACE,
    PLACED,
    RELEASED,
    SELLER,
    SHIPPED,
    STRANGER,
    TERMS,
    changed,
    delivered,
    disputed,
    funded,
    paid,
    refund,
    say,
)
from tests.vectors.shapes import event

SOON = NOW + 3_600
AFTER_REVIEW = NOW + 200 + TERMS.review


def rows() -> list[tuple]:
    """(name, why, messages, events, now, funding)"""
    late = funded(6 * 3_600 + 1)
    forged = say(
        "decline", {"reason": "other", "settlement": refund(secret=b"\x06" * 32)}, SELLER, PLACED
    )
    free = say("place", changed(PLACE, terms=None, fund_by=None), BUYER, None)
    cheap = say("place", changed(PLACE, terms__amount=1), BUYER, None, after=-5)
    put_off = say("place", changed(PLACE, fund_by=PLACE["fund_by"] + DAY), BUYER, None, after=-5)
    backdated = say("ship", {}, SELLER, ACCEPTED, after=-600)
    return [
        ("placed", "ordered, nothing paid", [PLACED], [], NOW, False),
        ("funding", "the buyer's node has seen the transaction", [PLACED], [], NOW, True),
        ("expired", "never paid in time", [PLACED], [], PLACE["fund_by"] + 1, False),
        ("funded", "paid, no answer", [PLACED], [funded()], SOON, False),
        ("unseen", "paid, and the order hasn't arrived", [], [funded()], SOON, False),
        ("late", "paid after the promised time", [PLACED], [late], NOW + DAY, False),
        (
            "late-accepted",
            "paid late, and accepted all the same",
            [PLACED, ACCEPTED],
            [late],
            NOW + DAY,
            False,
        ),
        ("accepted", "the seller will ship", [PLACED, ACCEPTED], [funded()], SOON, False),
        (
            "not-shipped",
            "the time to ship is over",
            [PLACED, ACCEPTED],
            [funded()],
            TERMS.ship_by,
            False,
        ),
        (
            "shipped-said",
            "said, not yet on chain",
            [PLACED, ACCEPTED, SHIPPED],
            [funded()],
            SOON,
            False,
        ),
        (
            "shipped",
            "the buyer's time runs",
            [PLACED, ACCEPTED, SHIPPED],
            [funded(), delivered()],
            SOON,
            False,
        ),
        (
            "review-over",
            "anyone may send the money to the seller",
            [PLACED, SHIPPED],
            [funded(), delivered()],
            AFTER_REVIEW,
            False,
        ),
        (
            "released",
            "the seller's side got everything",
            [PLACED, SHIPPED],
            [funded(), delivered(), RELEASED],
            SOON,
            False,
        ),
        (
            "declined",
            "sold out, with a refund that works at once",
            [PLACED, DECLINED],
            [funded()],
            SOON,
            False,
        ),
        (
            "declined-forged",
            "a refund signed by another key isn't offered",
            [PLACED, forged],
            [funded()],
            SOON,
            False,
        ),
        ("declined-unpaid", "declined before it was paid", [PLACED, DECLINED], [], SOON, False),
        (
            "refunded",
            "given back by the seller",
            [PLACED, DECLINED],
            [funded(), paid(to_buyer=TERMS.amount, how=How.REFUND)],
            SOON,
            False,
        ),
        (
            "lapsed",
            "given back by time",
            [PLACED],
            [funded(), paid(to_buyer=TERMS.amount, how=How.TIMEOUT)],
            SOON,
            False,
        ),
        (
            "settled",
            "each got something",
            [PLACED],
            [funded(), paid(to_buyer=1, to_seller=TERMS.amount - 1, how=How.SETTLEMENT)],
            SOON,
            False,
        ),
        (
            "partly-paid",
            "a part was released, the rest is held",
            [PLACED, ACCEPTED],
            [funded(), paid(to_seller=5, left=TERMS.amount - 5)],
            SOON,
            False,
        ),
        ("disputed", "before delivery", [PLACED, ACCEPTED], [funded(), disputed()], SOON, False),
        (
            "contested",
            "after delivery",
            [PLACED, SHIPPED],
            [funded(), delivered(), disputed()],
            SOON,
            False,
        ),
        (
            "arbiter-silent",
            "disputed before delivery, and no ruling in time",
            [PLACED, ACCEPTED],
            [funded(), disputed()],
            NOW + 300 + DAY,
            False,
        ),
        (
            "arbiter-silent-contested",
            "disputed after delivery, and no ruling in time",
            [PLACED, SHIPPED],
            [funded(), delivered(), disputed()],
            NOW + 300 + DAY,
            False,
        ),
        (
            "funded-again",
            "only the first funding is the order",
            [PLACED],
            [funded(), RELEASED, funded(500)],
            SOON,
            False,
        ),
        (
            "other-terms",
            "a pot with other terms is another's",
            [PLACED],
            [funded(amount=1)],
            SOON,
            False,
        ),
        (
            "stranger",
            "an answer by a stranger",
            [PLACED, say("accept", {}, STRANGER, PLACED)],
            [funded()],
            SOON,
            False,
        ),
        (
            "wrong-side",
            "the buyer accepts for the seller",
            [PLACED, say("accept", {}, BUYER, PLACED)],
            [funded()],
            SOON,
            False,
        ),
        (
            "fork",
            "accepted and declined at once: the later one counts",
            [PLACED, ACCEPTED, say("decline", {"reason": "other"}, SELLER, PLACED, after=61)],
            [funded()],
            SOON,
            False,
        ),
        (
            "too-late-to-decline",
            "declined after it was sent",
            [
                PLACED,
                ACCEPTED,
                SHIPPED,
                say("decline", {"reason": "other"}, SELLER, SHIPPED, after=900),
            ],
            [funded()],
            SOON,
            False,
        ),
        (
            "backdated",
            "the chain of messages counts, not their clocks",
            [PLACED, ACCEPTED, backdated],
            [funded()],
            SOON,
            False,
        ),
        (
            "unknown-step",
            "a step of the future",
            [PLACED, say("haggle", None, BUYER, PLACED)],
            [funded()],
            SOON,
            False,
        ),
        (
            "two-places",
            "the block whose terms were funded counts",
            [cheap, PLACED],
            [funded()],
            SOON,
            False,
        ),
        ("put-off", "a promise to pay is not put off", [put_off, PLACED], [late], NOW + DAY, False),
        ("free", "without money", [free], [], SOON, False),
        (
            "free-accepted",
            "without money, accepted",
            [free, say("accept", {}, SELLER, free)],
            [],
            SOON,
            False,
        ),
    ]


def _row(name, why, messages, events, now, funding) -> dict:
    state = fold(ORDER, SELLER.public, messages, events, now, account=ACCOUNT, funding=funding)
    return {
        "name": name,
        "why": why,
        "messages": [message.raw.hex() for message in messages],
        "events": [event(each) for each in events],
        "now": now,
        "funding": funding,
        "stage": state.stage.value,
        "talk": state.talk.value,
        "buyer": list(state.buyer),
        "seller": list(state.seller),
        "deadlines": state.deadlines,
        "paid": {who: str(amount) for who, amount in state.paid.items()},
        "order": [message.id.hex() for message in state.messages],
        "without_effect": sorted(id.hex() for id in state.without_effect),
    }


def build() -> dict:
    return {
        "about": "Folds of one order. `messages` are raw records, `order` their ids as they follow each other, `events` in no "
        "particular order. `account` is the offer's escrow.",
        "id": ORDER.hex(),
        "seller": SELLER.public.hex(),
        "account": ACCOUNT,
        "folds": [_row(*row) for row in rows()],
    }
