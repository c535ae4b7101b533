"""Vectors of disputes: what a party shows, and by which rule an arbiter doesn't hear it; and rows of the kind `case`."""

from dataclasses import asdict

from node.protocol import cases, offers
from node.protocol.commitment import PARTS, leaf
from node.protocol.errors import EtalError
from node.protocol.kinds.case import KIND, PIECE
from tests.protocol import sale
from tests.protocol.sale import (
    ACCEPTED,
    ACCOUNT,
    BODY,
    BUYER,
    ESCROW_ID,
    LISTING,
    NETWORK,
    PLACE,
    PLACED,
    REGISTRY,
    SELLER,
    STRANGER,
    TERMS,
    changed,
    sign,
)
from tests.vectors.rows import Invalid, Valid, breaking


def proof(*more: str, parts=PLACE["parts"]) -> dict:
    """What a party shows of the order, beside buyer and offer."""
    salts, opened = PLACE["salts"], ("buyer", "offer", *more)
    return {
        "leaves": {n: leaf(n, v, salts[n]) for n, v in parts.items() if n not in opened},
        "opened": {n: {"value": parts[n], "salt": salts[n]} for n in opened},
        "reply_key": b"\x09" * 32,
        "nodes": ["/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWExample"],
    }


SHOWN = {"escrow": ACCOUNT, "order": ESCROW_ID, "proof": proof()}
WORD = {**SHOWN, "text": "It came broken."}
ANSWER = {"escrow": ACCOUNT, "order": ESCROW_ID, "text": "Have you a picture?", "to": "buyer"}
PICTURE = {"blob": b"\x08" * 32, "size": PIECE + 5, "piece": 1, "data": bytes(5), "alt": "Crack"}


def _case(by=BUYER, base=WORD, **changes):
    return sign("case", changed(base, **changes), by)


def valid() -> list[Valid]:
    return [
        Valid("case-word", "a party's word", _case()),
        Valid("case-parts", "parts of the order alone", _case(text=None, proof=proof("lines"))),
        Valid("case-message", "a message of the order", _case(text=None, message=ACCEPTED.raw)),
        Valid(
            "case-listing", "the edition that was ordered", _case(text=None, listing=LISTING.raw)
        ),
        Valid("case-picture", "the last piece of a picture", _case(text=None, picture=PICTURE)),
        Valid("case-answer", "the arbiter's answer", _case(STRANGER, ANSWER)),
    ]


def invalid() -> list[Invalid]:
    row = breaking("case", _case)
    buyer = leaf("buyer", PLACE["parts"]["buyer"], PLACE["salts"]["buyer"])
    hidden = changed(proof("lines"), opened__buyer=None, leaves__buyer=buyer)
    everything = {n: {"value": PLACE["parts"][n], "salt": PLACE["salts"][n]} for n in PARTS}
    return [
        row("two", "a word and a message", "one", message=ACCEPTED.raw),
        row("nothing", "nothing, and no proof", "one", base=ANSWER, text=None),
        row("hidden", "the buyer isn't opened", "parts", proof=hidden),
        row("twice", "opened and shown as a leaf", "parts", proof__opened=everything),
        row("unproven", "a word that is to nobody, by nobody", "word", proof=None),
        row("both", "a party that writes as an arbiter", "word", to="seller"),
        row(
            "bare",
            "an arbiter's message of the order",
            "word",
            base=ANSWER,
            text=None,
            message=b"x",
        ),
        row(
            "piece",
            "a piece that is too short",
            "picture",
            text=None,
            picture={**PICTURE, "piece": 0},
        ),
        row(
            "beyond",
            "a piece behind the end",
            "picture",
            text=None,
            picture={**PICTURE, "piece": 2},
        ),
        row(
            "large", "nine pieces", "field.range", text=None, picture={**PICTURE, "size": 9 * PIECE}
        ),
    ]


def rows() -> list[tuple]:
    """(why, record, editions that are held, terms on chain)"""
    other = sale.listing(changed(BODY, title="Lamp"))
    liar = {**PLACE["parts"], "buyer": STRANGER.public}
    return [
        ("a buyer's word, with nothing else known", _case(), [], TERMS),
        ("a seller's word, the edition being held", _case(SELLER), [LISTING], TERMS),
        ("a seller shows the edition", _case(SELLER, text=None, listing=LISTING.raw), [], TERMS),
        ("a message of the buyer", _case(SELLER, text=None, message=PLACED.raw), [LISTING], TERMS),
        ("a message of the seller", _case(text=None, message=ACCEPTED.raw), [LISTING], TERMS),
        ("a stranger with a genuine proof", _case(STRANGER), [LISTING], TERMS),
        ("a seller whose edition isn't known", _case(SELLER), [], TERMS),
        ("another buyer", _case(STRANGER, proof=proof(parts=liar)), [LISTING], TERMS),
        ("another edition", _case(text=None, listing=other.raw), [], TERMS),
        ("what is no record", _case(text=None, listing=b"x"), [], TERMS),
        ("an edition with another payout", _case(), [LISTING], _terms(payout=b"\x01" * 20)),
        ("payees that the edition doesn't name", _case(), [LISTING], _terms(payees=b"\x01" * 32)),
        (
            "a message of somebody else",
            _case(text=None, message=_note(STRANGER).raw),
            [LISTING],
            TERMS,
        ),
        (
            "a message of another order",
            _case(text=None, message=_note(BUYER, bytes(32)).raw),
            [LISTING],
            TERMS,
        ),
        ("a message that is a listing", _case(text=None, message=LISTING.raw), [LISTING], TERMS),
    ]


def _terms(**changes):
    return offers.terms_of(offers.block_of_terms(TERMS) | changes, TERMS.order)


def _note(by, order: bytes = sale.ORDER):
    body = {"step": "note", "order": order, "prev": PLACED.id, "note": {"text": "Hm."}}
    return sign("order", body, by)


def _row(why, record, editions, terms) -> dict:
    body = KIND.fields.read(record.body)
    try:
        order = cases.order_of(body, terms, editions, NETWORK, REGISTRY)
        side = cases.check_party(order, record.author)
        if "message" in body:
            cases.check_message(body["message"], order, NETWORK, REGISTRY)
        outcome = {"side": side, "rule": None}
    except EtalError as error:
        outcome = {"side": None, "rule": error.rule}
    named = {n: v.hex() if isinstance(v, bytes) else v for n, v in asdict(terms).items()}
    return {
        "why": why,
        "record": record.raw.hex(),
        "editions": [each.raw.hex() for each in editions],
        "terms": named | {"amount": str(terms.amount)},
        **outcome,
    }


def build() -> dict:
    return {
        "about": "Records of kind case that are admitted already, the terms on chain, and the editions that the arbiter's node holds. A row with a "
        "`rule` isn't heard by it; else `side` is whose word it is.",
        "cases": [_row(*row) for row in rows()],
    }
