"""Views made for tests of pages: the demo's goods, and orders of them at every stage."""

import json
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import node.demo
from node.peer.views import (
    BlockView,
    ListingView,
    MessageView,
    Money,
    OrderView,
    PersonaView,
    PictureView,
    QuoteView,
    ReviewView,
    TransactionView,
)
from node.ports import Token
from node.protocol.encoding import id_to_text

CATALOGUE = Path(node.demo.__file__).parent / "catalogue"
CHAIN = "eip155:1337000001"
ETHER = f"{CHAIN}/slip44:60"
DOLLAR = f"{CHAIN}/erc20:0x{'5d' * 20}"
TOKENS = (
    Token(ETHER, "ETH", 18, permit=False),
    Token(DOLLAR, "tUSD", 6, permit=True, currency="USD"),
)
NOW = int(time.time())  # pages say how long ago something was, and what is over
DAY = 86_400
BUYER = "0x90F79bf6EB2c4f870365E785982E1f101E93b906"
SHOP = "0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65"
CONTRACT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


def id_of(number: int) -> str:
    return id_to_text(bytes([number]) * 32)


ME = PersonaView(id_of(1), "", mine=True)
SELLER = PersonaView(
    id_of(2), "Atelier Rosalie", "Clay, paper, wood, wool, and things that deserve a second life."
)


def money(amount: int, unit: str) -> Money:
    for token in TOKENS:
        if token.asset == unit:
            return Money(amount, unit, token.symbol, token.decimals)
    return Money(amount, unit, unit, 2)


def catalogue() -> list[dict[str, Any]]:
    text = (CATALOGUE / "catalogue.json").read_text("utf-8").replace("{chain}", CHAIN)
    return json.loads(text)


def blob_of(file: str) -> str:
    return id_to_text(sha256(file.encode()).digest())


def listing_of(item: dict[str, Any], number: int, author: PersonaView = SELLER) -> ListingView:
    price = money(int(item["price"]["amount"]), item["price"]["unit"])
    paid = price if price.unit == ETHER else money(price.amount * 10**4, DOLLAR)
    goods = item["extensions"]["goods"]
    free = any(each["price"] == "0" for each in goods["shipping"])
    return ListingView(
        id=id_of(100 + number),
        author=author,
        slug=item["slug"],
        title=item["title"],
        text=item["text"],
        language=item["language"],
        category=item["category"],
        tags=tuple(item["tags"]),
        country=item["country"],
        pictures=tuple(
            PictureView(blob_of(picture["file"]), picture["alt"]) for picture in item["pictures"]
        ),
        price=price,
        pay_with=(paid,),
        blocks=(BlockView("goods", "Goods", True, goods, left=item["availability"]["goods"]),),
        stock=sum(item["availability"]["goods"]["stock"].values()),
        created=NOW - number * 3600,
        offer_until=NOW + 30 * DAY,
        state="live",
        buyable=not author.mine,
        obstacle="mine" if author.mine else "",
        review=21 * DAY,
        ship_within=3 * DAY,
        facts={"condition": goods["condition"], **({"free_shipping": "yes"} if free else {})},
    )


def review(
    rating: int = 5, verdict: str = "verified", text: str = "Just as shown, and well packed."
) -> ReviewView:
    return ReviewView(id_of(rating), rating, text, "en", NOW - 2 * DAY, verdict, "")


ACTIONS = {
    ("buyer", "placed"): ("fund", "cancel", "message"),
    ("buyer", "shipped"): ("release", "message"),
    ("buyer", "accepted"): ("release", "message"),
    ("buyer", "funded"): ("release", "message"),
    ("buyer", "released"): ("review", "message"),
    ("buyer", "declined"): ("take_back", "message"),
    ("seller", "funded"): ("accept", "decline", "ship", "refund", "message"),
    ("seller", "accepted"): ("decline", "ship", "refund", "message"),
    ("seller", "shipped"): ("refund", "message"),
}
DEADLINES = {
    "placed": {"fund_by": NOW + 6 * 3600},
    "funded": {"ship_by": NOW + 3 * DAY, "take_back_after": NOW + 3 * DAY},
    "accepted": {"ship_by": NOW + 3 * DAY, "take_back_after": NOW + 3 * DAY},
    "shipped": {"release_by": NOW + 20 * DAY},
    "declined": {"take_back_after": NOW + 3 * DAY, "refund_until": NOW + 90 * DAY},
}
STAGES = [
    "placed",
    "funding",
    "funded",
    "accepted",
    "shipped",
    "disputed",
    "released",
    "refunded",
    "settled",
    "lapsed",
    "declined",
    "late",
    "expired",
    "cancelled",
]
UNPAID = ("placed", "funding", "expired", "cancelled")


def order(
    listing: ListingView, stage: str = "placed", side: str = "buyer", **changes: Any
) -> OrderView:
    """An order of one listing at a stage, with the messages that lead there."""
    total = listing.pay_with[0]
    number = STAGES.index(stage) + (50 if side == "seller" else 20)
    steps = {"accepted": 1, "shipped": 2, "disputed": 2, "released": 2, "settled": 2}.get(stage, 0)
    ended = {"declined": ["decline"], "cancelled": ["cancel"]}.get(stage, [])
    said = ["place", "accept", "ship"][: steps + 1] + ended
    messages = [
        MessageView(
            id_of(60 + n),
            (step in ("place", "cancel")) == (side == "buyer"),
            step,
            "",
            NOW - DAY + n * 60,
            True,
        )
        for n, step in enumerate(said)
    ]
    messages.append(
        MessageView(
            id_of(70), side == "buyer", "note", "Could you wrap it as a present?", NOW - 600, False
        )
    )
    made = OrderView(
        id=id_of(number),
        side=side,
        stage=stage,
        listing=listing,
        counterparty=SELLER if side == "buyer" else PersonaView(id_of(3), "Camille"),
        lines=({"quantity": 1, **_variant(listing)},),
        delivery={
            "option": "france",
            "name": "Camille Martin",
            "address": ["12 rue des Lilas", "67000 Strasbourg"],
            "country": "FR",
        },
        quote=QuoteView(total, replace(total, amount=0), total),
        created=NOW - DAY,
        chain=CHAIN,
        contract=CONTRACT,
        escrow_id="0x" + "7c" * 32,
        terms={"seller": SHOP, "buyer": BUYER, "amount": total.amount, "review": 21 * DAY},
        buyer_account=BUYER,
        seller_proven=True,
        assurance="none" if stage in UNPAID else "safe",
        confirmations=0 if stage in UNPAID else 2,
        paid_out={"seller": total.amount} if stage == "released" else {"buyer": 0, "seller": 0},
        deadlines=DEADLINES.get(stage, {}),
        actions=ACTIONS.get((side, stage), ("message",)),
        transactions=(TransactionView("fund", "0x" + "ab" * 32, "pending"),)
        if stage == "funding"
        else (),
        messages=tuple(messages),
        tracking={"carrier": "La Poste", "number": "6A12345678901"} if steps == 2 else {},
        decline={"reason": "sold_out", "text": ""} if stage == "declined" else {},
        review=None,
        delivered_to_seller=True,
        wallet_is_node=False,
    )
    return replace(made, **changes)


def _variant(listing: ListingView) -> dict[str, str]:
    variants = listing.blocks[0].data.get("variants", ()) if listing.blocks else ()
    return {"variant": variants[0]["id"]} if variants else {}
