"""Vectors of orders: messages and events in, the state out. Every order of arrival gives the same state."""

from collections.abc import Sequence
from typing import NamedTuple

from node.protocol.escrow import DAY, EscrowEvent, How
from node.protocol.record import Record
from tests.protocol.sale import (
    ACCEPTED,
    ACCOUNT,
    BUYER,
    CANCELLED,
    DECLINED,
    NOW,
    ORDER,
    PLACE,
    PLACED,
    RELEASED,
    SELLER,
    SHIPPED,
    SOON,
    STRANGER,
    TERMS,
    changed,
    delivered,
    disputed,
    funded,
    paid,
    refund,
    say,
    state,
)
from tests.vectors import proposals
from tests.vectors.shapes import event

AFTER_REVIEW = NOW + 200 + TERMS.review


class Fold(NamedTuple):
    name: str
    why: str
    messages: list[Record]
    events: Sequence[EscrowEvent] = ()
    now: int = SOON
    funding: bool = False
    vouched: tuple[Record, ...] = ()


def rows() -> list[Fold]:
    late = funded(6 * 3_600 + 1)
    forged = say(
        "decline", {"reason": "other", "settlement": refund(secret=b"\x06" * 32)}, SELLER, PLACED
    )
    free = say("place", changed(PLACE, terms=None, fund_by=None), BUYER, None)
    cheap = say("place", changed(PLACE, terms__amount=1), BUYER, None, after=-5)
    put_off = say("place", changed(PLACE, fund_by=PLACE["fund_by"] + DAY), BUYER, None, after=-5)
    again = say("cancel", {}, BUYER, PLACED, after=120)
    dated_back = say("cancel", {}, BUYER, ACCEPTED, after=-600)
    kept = say("accept", {}, SELLER, free)
    sent = say("ship", {}, SELLER, kept, after=120)
    freed = say("cancel", {}, BUYER, free, after=90)
    backdated = say("ship", {}, SELLER, ACCEPTED, after=-600)
    signature = {"valid_before": NOW + 7_200, "signature": b"\1" * 65}
    authorized = say("authorize", signature, BUYER, PLACED)
    pledging = signature | {"pledge": {"campaign": b"\x0c" * 32, "account": b"\x0a" * 20}}
    pledged = say("authorize", pledging, BUYER, free)
    refused = say("refuse", _refusal(pledged), SELLER, pledged, after=90)
    anew = say("authorize", pledging, BUYER, refused, after=120)
    return [
        Fold("placed", "ordered, nothing paid", [PLACED], now=NOW),
        Fold(
            "funding", "the buyer's node has seen the transaction", [PLACED], now=NOW, funding=True
        ),
        Fold("authorized", "a signature of the buyer can be sent", [PLACED, authorized]),
        Fold(
            "authorized-over",
            "too late to be sent",
            [PLACED, authorized],
            now=NOW + 7_200,
        ),
        Fold(
            "authorized-cancelled",
            "taken back before it was sent",
            [PLACED, authorized, say("cancel", {}, BUYER, authorized, after=120)],
        ),
        Fold("authorized-paid", "sent", [PLACED, authorized], [funded()]),
        Fold(
            "authorized-as-a-pledge",
            "what is paid by an escrow is no pledge",
            [PLACED, say("authorize", pledging, BUYER, PLACED)],
        ),
        Fold("pledge-authorized", "a signature that pledges can be sent", [free, pledged]),
        Fold("pledge-authorized-over", "too late to be sent", [free, pledged], now=NOW + 7_200),
        Fold(
            "pledge-authorized-without-campaign",
            "a signature that doesn't say where the pledge goes",
            [free, say("authorize", signature, BUYER, free)],
        ),
        Fold("pledge-refused", "the seller's node won't send it", [free, pledged, refused]),
        Fold(
            "pledge-signed-anew",
            "a refusal is of the signature that it names",
            [free, pledged, refused, anew],
        ),
        Fold(
            "pledge-refused-another",
            "a refusal that names another message",
            [free, pledged, say("refuse", _refusal(free), SELLER, pledged)],
        ),
        Fold("expired", "never paid in time", [PLACED], now=PLACE["fund_by"] + 1),
        Fold("funded", "paid, no answer", [PLACED], [funded()]),
        Fold("unseen", "paid, and the order hasn't arrived", [], [funded()]),
        Fold("late", "paid after the promised time", [PLACED], [late], now=NOW + DAY),
        Fold(
            "late-accepted",
            "paid late, and accepted all the same",
            [PLACED, ACCEPTED],
            [late],
            now=NOW + DAY,
        ),
        Fold("accepted", "the seller will ship", [PLACED, ACCEPTED], [funded()]),
        Fold(
            "not-shipped",
            "the time to ship is over",
            [PLACED, ACCEPTED],
            [funded()],
            now=TERMS.ship_by,
        ),
        Fold("shipped-said", "said, not yet on chain", [PLACED, ACCEPTED, SHIPPED], [funded()]),
        Fold(
            "shipped", "the buyer's time runs", [PLACED, ACCEPTED, SHIPPED], [funded(), delivered()]
        ),
        Fold(
            "review-over",
            "anyone may send the money to the seller",
            [PLACED, SHIPPED],
            [funded(), delivered()],
            now=AFTER_REVIEW,
        ),
        Fold(
            "released",
            "the seller's side got everything",
            [PLACED, SHIPPED],
            [funded(), delivered(), RELEASED],
        ),
        Fold(
            "declined", "sold out, with a refund that works at once", [PLACED, DECLINED], [funded()]
        ),
        Fold(
            "declined-forged",
            "a refund signed by another key isn't offered",
            [PLACED, forged],
            [funded()],
        ),
        Fold("declined-unpaid", "declined before it was paid", [PLACED, DECLINED]),
        Fold(
            "refunded",
            "given back by the seller",
            [PLACED, DECLINED],
            [funded(), paid(to_buyer=TERMS.amount, how=How.REFUND)],
        ),
        Fold(
            "lapsed",
            "given back by time",
            [PLACED],
            [funded(), paid(to_buyer=TERMS.amount, how=How.TIMEOUT)],
        ),
        Fold(
            "settled",
            "each got something",
            [PLACED],
            [funded(), paid(to_buyer=1, to_seller=TERMS.amount - 1, how=How.SETTLEMENT)],
        ),
        Fold(
            "partly-paid",
            "a part was released, the rest is held",
            [PLACED, ACCEPTED],
            [funded(), paid(to_seller=5, left=TERMS.amount - 5)],
        ),
        Fold("disputed", "before delivery", [PLACED, ACCEPTED], [funded(), disputed()]),
        Fold("contested", "after delivery", [PLACED, SHIPPED], [funded(), delivered(), disputed()]),
        Fold(
            "arbiter-silent",
            "disputed before delivery, and no ruling in time",
            [PLACED, ACCEPTED],
            [funded(), disputed()],
            now=NOW + 300 + DAY,
        ),
        Fold(
            "arbiter-silent-contested",
            "disputed after delivery, and no ruling in time",
            [PLACED, SHIPPED],
            [funded(), delivered(), disputed()],
            now=NOW + 300 + DAY,
        ),
        Fold(
            "funded-again",
            "only the first funding is the order",
            [PLACED],
            [funded(), RELEASED, funded(500)],
        ),
        Fold("other-terms", "a pot with other terms is another's", [PLACED], [funded(amount=1)]),
        Fold(
            "stranger",
            "an answer by a stranger",
            [PLACED, say("accept", {}, STRANGER, PLACED)],
            [funded()],
        ),
        Fold(
            "wrong-side",
            "the buyer accepts for the seller",
            [PLACED, say("accept", {}, BUYER, PLACED)],
            [funded()],
        ),
        Fold(
            "fork",
            "accepted and declined at once: the later one counts",
            [PLACED, ACCEPTED, say("decline", {"reason": "other"}, SELLER, PLACED, after=61)],
            [funded()],
        ),
        Fold(
            "too-late-to-decline",
            "declined after it was sent",
            [
                PLACED,
                ACCEPTED,
                SHIPPED,
                say("decline", {"reason": "other"}, SELLER, SHIPPED, after=900),
            ],
            [funded()],
        ),
        Fold(
            "backdated",
            "the chain of messages counts, not their clocks",
            [PLACED, ACCEPTED, backdated],
            [funded()],
        ),
        Fold(
            "unknown-step",
            "a step of the future",
            [PLACED, say("haggle", None, BUYER, PLACED)],
            [funded()],
        ),
        Fold("two-places", "the block whose terms were funded counts", [cheap, PLACED], [funded()]),
        Fold(
            "put-off", "a promise to pay is not put off", [put_off, PLACED], [late], now=NOW + DAY
        ),
        Fold("free", "without money", [free]),
        Fold("free-accepted", "without money, accepted", [free, kept]),
        Fold("cancelled", "taken back before it was paid", [PLACED, CANCELLED], now=NOW + 60),
        Fold(
            "cancelled-funding",
            "taken back while a payment was under way",
            [PLACED, CANCELLED],
            now=NOW + 60,
            funding=True,
        ),
        Fold(
            "cancelled-paid",
            "paid after it was taken back: the money goes back",
            [PLACED, CANCELLED],
            [funded()],
        ),
        Fold(
            "cancelled-refund",
            "paid after it was taken back, and the seller has signed the refund",
            [PLACED, CANCELLED, say("settle", {"settlement": refund()}, SELLER, CANCELLED, 200)],
            [funded()],
        ),
        Fold(
            "cancelled-declined",
            "declined without knowing that it was taken back; the refund counts",
            [PLACED, CANCELLED, DECLINED],
            [funded()],
        ),
        Fold(
            "cancelled-refunded",
            "paid after it was taken back, and given back",
            [PLACED, CANCELLED],
            [funded(), paid(to_buyer=TERMS.amount, how=How.REFUND)],
        ),
        Fold("cancel-too-late", "taken back when it was paid", [PLACED, again], [funded()]),
        Fold(
            "cancel-at-once",
            "taken back in the second of the payment",
            [PLACED, again],
            [funded(120)],
        ),
        Fold(
            "cancel-crosses-accept",
            "accepted when it was paid, without knowing that it had been taken back: accepted",
            [PLACED, CANCELLED, ACCEPTED],
            [funded(40)],
        ),
        Fold(
            "cancel-crosses-ship",
            "sent without knowing that it had been taken back: shipped",
            [PLACED, CANCELLED, say("ship", {}, SELLER, PLACED)],
            [funded(40), delivered()],
        ),
        Fold(
            "cancel-dated-back",
            "taken back with an old date, after it was accepted",
            [PLACED, ACCEPTED, dated_back],
            [funded()],
        ),
        Fold(
            "cancel-accept-unpaid",
            "an unpaid order that was taken back can't be accepted",
            [PLACED, CANCELLED, say("accept", {}, SELLER, CANCELLED)],
            now=NOW + 60,
        ),
        Fold(
            "cancel-by-seller",
            "the seller takes back for the buyer",
            [PLACED, say("cancel", {}, SELLER, PLACED)],
            now=NOW + 60,
        ),
        Fold(
            "free-cancelled", "without money, taken back after it was accepted", [free, kept, freed]
        ),
        Fold(
            "free-cancel-crosses-accept",
            "without money, accepted without knowing that it had been taken back",
            [free, say("cancel", {}, BUYER, free, after=30), kept],
        ),
        Fold(
            "free-cancel-crosses-ship",
            "without money, handed over without knowing that it had been taken back",
            [free, kept, freed, sent],
        ),
        *(Fold(**row) for row in proposals.rows()),
    ]


def _refusal(message: Record) -> dict:
    return {"authorization": message.id, "reason": "funds"}


def _row(fold: Fold) -> dict:
    vouched = [message.id for message in fold.vouched]
    order = state(fold.messages, fold.events, fold.now, funding=fold.funding, vouched=vouched)
    return {
        "name": fold.name,
        "why": fold.why,
        "messages": [message.raw.hex() for message in fold.messages],
        "events": [event(each) for each in fold.events],
        "now": fold.now,
        "funding": fold.funding,
        "stage": order.stage.value,
        "talk": order.talk.value,
        "buyer": list(order.buyer),
        "seller": list(order.seller),
        "deadlines": order.deadlines,
        "signed_until": order.facts.authorized_until or order.facts.pledging_until,
        "refused": (order.facts.refusal or {}).get("reason"),
        "paid": {who: str(amount) for who, amount in order.paid.items()},
        "order": [message.id.hex() for message in order.messages],
        "without_effect": sorted(id.hex() for id in order.without_effect),
        "vouched": [id.hex() for id in vouched],
        "gifts": proposals.shown(order.facts.standing.gifts),
        "asked": proposals.shown(order.facts.standing.asked),
        "doubtful": proposals.shown(order.facts.standing.doubtful),
    }


def build() -> dict:
    return {
        "about": "Folds of one order. `messages` are raw records, `order` their ids as they follow each other, `events` in no "
        "particular order. `signed_until` is when the buyer's authorization ends, if one stands, `refused` why the seller won't send it. `account` is the offer's escrow. `vouched` are messages whose settlement a contract wallet has signed, as the chain says; "
        "`gifts`, `asked` and `doubtful` are what stands, side -> message.",
        "id": ORDER.hex(),
        "seller": SELLER.public.hex(),
        "account": ACCOUNT,
        "folds": [_row(fold) for fold in rows()],
    }
