"""Rows of the vectors of orders: what each side proposes about the money, and what of it stands."""

from collections.abc import Iterable

from node.protocol.escrow import How, Paid
from node.protocol.record import Record
from node.protocol.settlements import Proposal
from tests.protocol.sale import (
    BUYER,
    PAYER,
    PAYER_ID,
    PAYER_PLACED,
    PAYER_SECRET,
    SELLER,
    SHOP_SECRET,
    SOON,
    STRANGER,
    TERMS,
    funded,
    proposal,
    say,
    where,
)

PART = 12_000_000
ALL = TERMS.amount
FUNDED = funded(buyer=PAYER)
ACCEPTED = say("accept", {}, SELLER, PAYER_PLACED)
UNSIGNED = {"step": "decline", "decline": {"reason": "other", "settlement": proposal(ALL, 0)}}
OF_CONTRACT = b"\x01" * 96  # what a contract wallet might take for a signature


def offers(by, prev: Record = PAYER_PLACED, after: int = 200, **settlement) -> Record:
    """A `settle` of this side; signed with its wallet's key unless `secret` says otherwise."""
    secrets = {SELLER: SHOP_SECRET, BUYER: PAYER_SECRET}
    given = {"to_buyer": 0, "to_seller": 0, "secret": secrets.get(by), **settlement}
    return say("settle", {"settlement": proposal(**given)}, by, prev, after)


def part_paid(to_buyer: int = 0, to_seller: int = 0, block: int = 300) -> Paid:
    left = ALL - to_buyer - to_seller
    return Paid(PAYER_ID, to_buyer, to_seller, 0, left, How.SETTLEMENT, where(block))


def rows() -> list[dict]:
    refund = offers(SELLER, to_buyer=PART)
    whole = offers(SELLER, to_buyer=ALL)
    paid = offers(BUYER, to_seller=PART)
    request = offers(BUYER, to_buyer=PART, secret=None)
    shared = offers(SELLER, to_buyer=PART, to_seller=ALL - PART)
    counter = offers(BUYER, shared, 260, to_buyer=2 * PART, to_seller=ALL - 2 * PART)
    forged = offers(SELLER, to_buyer=PART, secret=b"\x06" * 32)
    wallet = say(
        "settle",
        {"settlement": proposal(PART, 0) | {"signature": OF_CONTRACT}},
        SELLER,
        PAYER_PLACED,
        200,
    )
    return [
        _row("part-back", "the seller gives a part back: the buyer takes it", [refund]),
        _row("all-back", "the seller gives everything back, by a settlement", [whole]),
        _row("part-forward", "the buyer pays a part, by a signature: the seller takes it", [paid]),
        _row("asked-back", "the buyer asks for a part: no signature is needed", [request]),
        _row(
            "asked-forward",
            "the seller asks for a part: no signature is needed",
            [offers(SELLER, to_seller=PART, secret=None)],
        ),
        _row("shared", "the seller proposes to share all of it", [shared]),
        _row("countered", "the buyer proposes otherwise: both stand", [shared, counter]),
        _row(
            "asked-anew",
            "of proposals of one side the latest stands",
            [shared, offers(SELLER, shared, 260, to_buyer=1, to_seller=1)],
        ),
        _row(
            "less-back",
            "a smaller gift takes no greater one back",
            [whole, offers(SELLER, whole, 260, to_buyer=1)],
        ),
        _row(
            "more-back",
            "a greater gift stands in place of a smaller one",
            [refund, offers(SELLER, refund, 260, to_buyer=2 * PART)],
        ),
        _row("gift-and-question", "a gift and a question stand side by side", [refund, shared]),
        _row("unsigned-gift", "who gives signs", [offers(SELLER, to_buyer=PART, secret=None)]),
        _row(
            "unsigned-share",
            "who gives a part signs",
            [offers(SELLER, to_buyer=PART, to_seller=1, secret=None)],
        ),
        _row("forged", "signed by another key: perhaps by a contract wallet", [forged]),
        _row("of-wallet", "what only the chain can tell", [wallet]),
        _row("of-wallet-told", "the chain has told: it stands", [wallet], vouched=(wallet,)),
        _row("other-funding", "of another funding", [offers(SELLER, to_buyer=PART, since=SOON)]),
        _row(
            "spent",
            "a payment ends every proposal",
            [refund, paid, counter],
            part_paid(to_buyer=PART),
        ),
        _row("late-proposal", "it is over", [offers(SELLER, to_buyer=PART, expiry=SOON)]),
        _row("not-late", "it isn't over yet", [offers(SELLER, to_buyer=PART, expiry=SOON + 1)]),
        _row(
            "of-stranger", "by somebody else", [offers(STRANGER, to_buyer=PART, secret=SHOP_SECRET)]
        ),
        _row(
            "milestones",
            "two parts were paid, and the rest",
            [ACCEPTED],
            part_paid(to_seller=PART),
            Paid(PAYER_ID, 0, ALL - PART, 0, 0, How.RELEASE, where(301)),
        ),
        _row(
            "part-back-then-released",
            "a part went back and the rest was released before it was sent: the goods are still owed",
            [ACCEPTED],
            part_paid(to_buyer=PART),
            Paid(PAYER_ID, 0, ALL - PART, 0, 0, How.RELEASE, where(301)),
        ),
        _row(
            "part-paid-then-lapsed",
            "a part was paid, the rest went back by time",
            [],
            part_paid(to_seller=PART),
            Paid(PAYER_ID, ALL - PART, 0, 0, 0, How.TIMEOUT, where(301)),
        ),
    ]


def _row(name: str, why: str, said: list[Record], *paid: Paid, vouched=()) -> dict:
    return {
        "name": name,
        "why": why,
        "messages": [PAYER_PLACED, *said],
        "events": [FUNDED, *paid],
        "vouched": vouched,
    }


def shown(proposals: Iterable[Proposal]) -> dict:
    return {each.by: each.message.hex() for each in proposals}
