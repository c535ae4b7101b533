"""One sale to vary: a seller's listing, a buyer's order, what both say and what the chain does. All fixed, nothing random."""

import hashlib
from copy import deepcopy
from dataclasses import replace
from typing import Any

from node.protocol import escrow, offers, record
from node.protocol.commitment import PARTS, Line, commitment, encode_delivery, encode_lines, leaf
from node.protocol.escrow import DAY, NOBODY, Delivered, Disputed, Funded, How, Paid, Terms, Where
from node.protocol.keys import SigningKey
from node.protocol.orders import OrderState, fold
from node.protocol.record import Draft, Record
from node.protocol.registry import standard
from tests.samples import CHAIN, CHAIN_ID, NETWORK, NOW
from tests.samples import ETH as ETH

CONTRACT = b"\xee" * 20
ACCOUNT = f"{CHAIN}:0x{CONTRACT.hex()}"
TUSD = f"{CHAIN}/erc20:0x{'dd' * 20}"
REGISTRY = standard()
GOODS = REGISTRY.extension("goods")

SELLER, BUYER, REVIEWER, STRANGER = (SigningKey(bytes([n]) * 32) for n in (1, 2, 3, 4))
SHOP_SECRET = b"\x05" * 32
SHOP = escrow.address_of(SHOP_SECRET)
WALLET = b"\x0b" * 20
ARBITER = {
    "persona": SigningKey(b"\x06" * 32).public,
    "address": b"\x0f" * 20,
    "fee_bps": 500,
    "ruling": 7 * DAY,
}
"""One whom a seller may list."""
PAYOUT = b"\x0c" * 20

BODY: dict[str, Any] = {
    "title": "Desk lamp",
    "text": "Brass, **1962**.",
    "language": "en",
    "category": "home",
    "price": {"amount": 4_999, "unit": "USD"},
    "offer": {
        "until": NOW + 30 * DAY,
        "ship_within": 7 * DAY,
        "escrow": ACCOUNT,
        "seller": SHOP,
        "payout": PAYOUT,
        "review": 14 * DAY,
        "accepts": [{"asset": TUSD, "decimals": 6}],
    },
    "extensions": {
        "goods": GOODS.listing.write(
            {
                "condition": "used",
                "variants": [
                    {"id": "brass", "label": "Brass"},
                    {"id": "steel", "label": "Steel", "price": 3_999},
                ],
                "shipping": [
                    {"id": "post", "label": "Post", "zones": ["FR", "DE"], "price": 690},
                    {"id": "world", "label": "World", "zones": ["*"], "price": 2_450},
                ],
                "pickup": True,
            }
        )
    },
}
LINES = [Line("goods", {"variant": "brass", "quantity": 2})]
DELIVERY = {"option": "post", "name": "Ada", "address": ["1 rue X", "67000 Y"], "country": "FR"}


def changed(base: dict, **changes: Any) -> dict:
    """A deep copy with dotted names (`__` for the dot) set; None takes a name away."""
    copy = deepcopy(base)
    for path, value in changes.items():
        *way, last = path.split("__")
        inner = copy
        for name in way:
            inner = inner[name]
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return copy


def sign(kind: str, body: dict, by: SigningKey = SELLER, created: int = NOW, **more) -> Record:
    """`body` as its fields read it."""
    fields = REGISTRY.kind(kind).fields
    until = more.pop("until", created + 60 * DAY)
    draft = Draft(kind, 1, fields.write(body), created, until, **more)
    return record.sign(draft, by, NETWORK)


def broken(record: Record) -> str | None:
    """The first rule of its kind that a record breaks: later ones may rely on earlier ones."""
    kind = REGISTRY.kind(record.kind)
    body = kind.fields.read(record.body)
    return next((rule.id for rule in kind.rules if not rule.holds(record, body)), None)


def listing(body: dict = BODY, **more) -> Record:
    return sign("listing", body, slug="desk-lamp", **more)


LISTING = listing()


def salts() -> dict[str, bytes]:
    return {n: hashlib.sha256(n.encode()).digest() for n in PARTS}


def parts(lines=LINES, delivery=DELIVERY, offer: Record = LISTING) -> dict[str, bytes]:
    return {
        "buyer": BUYER.public,
        "delivery": encode_delivery(delivery, GOODS),
        "lines": encode_lines(lines, REGISTRY),
        "offer": offer.id,
        "review": REVIEWER.public,
    }


def place_block(
    body: dict = BODY, asset: str | None = TUSD, offer: Record = LISTING, **how
) -> dict:
    """What an honest buyer's node makes of a listing."""
    lines, delivery = how.get("lines", LINES), how.get("delivery", DELIVERY)
    quote = offers.total(body, lines, delivery, asset, REGISTRY)
    block = {"parts": parts(lines, delivery, offer), "salts": salts(), "nodes": []}
    if offers.needs_escrow(body, quote):
        id = commitment(block["parts"], block["salts"])
        referrer, arbiter = how.get("referrer"), how.get("arbiter", NOBODY)
        terms = offers.terms_for(body, quote, WALLET, id, NOW, referrer, arbiter)
        block |= {"terms": offers.block_of_terms(terms), "fund_by": offers.fund_by(body, NOW)}
        block |= {"referrer": referrer} if referrer else {}
    return block


PLACE = place_block()
ORDER = commitment(PLACE["parts"], PLACE["salts"])
TERMS: Terms = offers.terms_of(PLACE["terms"], ORDER)
ESCROW_ID = escrow.escrow_id(TERMS, CHAIN_ID, CONTRACT)


def say(
    step: str,
    block: dict | None,
    by: SigningKey,
    prev: Record | bytes | None,
    after: int = 60,
    order: bytes = ORDER,
) -> Record:
    """A message `after` seconds from NOW, behind `prev`."""
    body: dict[str, Any] = {"step": step, "order": order}
    if block is not None:
        body[step] = block
    if prev is not None:
        body["prev"] = prev.id if isinstance(prev, Record) else prev
    return sign("order", body, by, NOW + after)


PLACED = say("place", PLACE, BUYER, None, after=0)
ACCEPTED = say("accept", {}, SELLER, PLACED)
SHIPPED = say("ship", {"carrier": "Post", "tracking": "X1"}, SELLER, ACCEPTED, after=120)


def refund(held: int = TERMS.amount, secret: bytes = SHOP_SECRET, **changes) -> dict:
    """A seller's signed settlement that gives everything back."""
    values = {
        "since": NOW + 100,
        "held": held,
        "to_buyer": held,
        "to_seller": 0,
        "expiry": NOW + 30 * DAY,
    } | changes
    settlement = escrow.Settlement(ESCROW_ID, **values)
    digest = escrow.settlement_digest(settlement, CHAIN_ID, CONTRACT)
    return {**values, "signature": escrow.sign_digest(digest, secret)}


# ---- the same order, paid by a buyer whose key is known, so that both can sign

PAYER_SECRET = b"\x08" * 32
PAYER = escrow.address_of(PAYER_SECRET)
PAYER_TERMS = replace(TERMS, buyer=PAYER)
PAYER_PLACED = say("place", changed(PLACE, terms__buyer=PAYER), BUYER, None, after=0)
PAYER_ID = escrow.escrow_id(PAYER_TERMS, CHAIN_ID, CONTRACT)


def proposal(to_buyer: int, to_seller: int, secret: bytes | None = None, **changes) -> dict:
    """A settlement of that order; signed where there is a secret."""
    values = {
        "since": NOW + 100,
        "held": TERMS.amount,
        "to_buyer": to_buyer,
        "to_seller": to_seller,
        "expiry": NOW + 7 * DAY,
    } | changes
    if secret is None:
        return values
    digest = escrow.settlement_digest(escrow.Settlement(PAYER_ID, **values), CHAIN_ID, CONTRACT)
    return {**values, "signature": escrow.sign_digest(digest, secret)}


DECLINED = say("decline", {"reason": "sold_out", "settlement": refund()}, SELLER, PLACED)

CANCELLED = say("cancel", {"text": "Ordered twice."}, BUYER, PLACED, after=30)


def where(block: int, index: int = 0) -> Where:
    return Where(block, block.to_bytes(32, "big"), index, bytes(32), NOW + block)


def funded(block: int = 100, terms: Terms = TERMS, **changes) -> Funded:
    terms = replace(terms, **changes)
    id = escrow.escrow_id(terms, CHAIN_ID, CONTRACT)
    return Funded(id, terms, NOW + block, where(block))


def delivered(block: int = 200) -> Delivered:
    return Delivered(ESCROW_ID, NOW + block + TERMS.review, where(block))


def disputed(block: int = 300) -> Disputed:
    return Disputed(ESCROW_ID, WALLET, NOW + block + DAY, where(block))


def paid(
    block: int = 400, to_buyer=0, to_seller=0, to_arbiter=0, left=0, how: int = How.RELEASE
) -> Paid:
    return Paid(ESCROW_ID, to_buyer, to_seller, to_arbiter, left, how, where(block))


RELEASED = paid(to_seller=TERMS.amount)
SOON = NOW + 3_600
"""After the events of the money above, before every deadline."""


def state(messages=(), events=(), now: int = SOON, **more) -> OrderState:
    """What follows for the order from these messages and events."""
    return fold(ORDER, SELLER.public, messages, events, now, account=ACCOUNT, **more)


def proof(opened=("offer", "review"), parts=PLACE["parts"], order=ESCROW_ID) -> dict:
    """A review's proof that shows these parts."""
    salts = PLACE["salts"]
    return {
        "escrow": ACCOUNT,
        "order": order,
        "leaves": {n: leaf(n, v, salts[n]) for n, v in parts.items() if n not in opened},
        "opened": {n: {"value": parts[n], "salt": salts[n]} for n in opened},
    }


REVIEW = {
    "seller": SELLER.public,
    "slug": "desk-lamp",
    "offer": LISTING.id,
    "rating": 5,
    "text": "Bright.",
    "language": "en",
    "proof": proof(),
}
