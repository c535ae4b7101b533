"""Views made for tests of pages: the demo's goods, and orders of them at every stage."""

import json
import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import node.demo
from node.peer.case_views import CaseView
from node.peer.views import (
    ArbiterView,
    BlockView,
    DisputeView,
    ListingView,
    MessageView,
    Money,
    OfferedArbiter,
    OrderView,
    PayeeView,
    PersonaView,
    PictureView,
    QuoteView,
    ReviewView,
    ShownView,
    TransactionView,
)
from node.ports import Token
from node.protocol.encoding import id_to_text
from node.protocol.patterns import address_to_text

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


CO_OP = PayeeView(address_to_text(b"\xc0" * 20), 1_500, "Co-operative of Alsace")
DESIGNER = PayeeView(address_to_text(b"\xde" * 20), 250, "Designer")
FRIEND = address_to_text(b"\xf0" * 20)


def shared(listing: ListingView) -> ListingView:
    """One whose price is shared, and leaves a share to a referrer."""
    return replace(listing, payees=(CO_OP, DESIGNER), referral_bps=500)


def review(
    rating: int = 5, verdict: str = "verified", text: str = "Just as shown, and well packed."
) -> ReviewView:
    return ReviewView(id_of(rating), rating, text, "en", NOW - 2 * DAY, verdict, "")


JUDITH = PersonaView(id_of(5), "Judith")


def arbiter(**changes: Any) -> ArbiterView:
    """One who publishes what it asks."""
    account = f"{CHAIN}:0x{'0F' * 20}"
    about = "Ceramics, and parcels that broke on the way."
    made = ArbiterView(
        JUDITH, account, 500, 7 * DAY, ("en", "fr"), about, proven=True, chosen=False, here=True
    )
    return replace(made, **changes)


def offered(**changes: Any) -> OfferedArbiter:
    """The same in a seller's list."""
    made = OfferedArbiter(JUDITH, f"0x{'0F' * 20}", 500, 7 * DAY, chosen=True)
    return replace(made, **changes)


def dispute(total: Money, **changes: Any) -> DisputeView:
    """What one means for an order that was sent, of this total, before anybody has opened it."""
    half = replace(total, amount=total.amount // 2)
    made = DisputeView(
        arbiter=offered(),
        ruling=7 * DAY,
        by="",
        until=None,
        silent=False,
        sent=True,
        fee=replace(total, amount=total.amount // 20),
        silence={"buyer": half, "seller": half},
        ruled=False,
    )
    return replace(made, **changes)


def shown(what: str, by: str = "buyer", **changes: Any) -> ShownView:
    made = ShownView(id_of(90), what, by, mine=False, created=NOW - 3_600, delivered=True)
    return replace(made, **changes)


def case(**changes: Any) -> CaseView:
    """A dispute to be decided, about which the buyer has shown things of each kind."""
    held = money(32_900_000, DOLLAR)
    half = replace(held, amount=held.amount // 2)
    note = {"step": "note", "said_by": "seller", "said": NOW - DAY, "message": id_of(91)}
    things = (
        shown("listing"),
        shown("parts", parts=("lines",)),
        shown("message", text="It was whole when I sent it.", follows=False, **note),
        shown("picture", text="The crack", picture=id_of(92)),
        shown("text", text="It came broken, and they don't answer."),
        shown("answer", "arbiter", mine=True, text="How was it packed?", to="seller"),
    )
    made = CaseView(
        id="0x" + "7c" * 32,
        stage="open",
        chain=CHAIN,
        contract=CONTRACT,
        held=held,
        fee=replace(held, amount=held.amount // 20),
        by="buyer",
        until=NOW + 5 * DAY,
        sent=True,
        silence={"buyer": half, "seller": half},
        paid_out={"buyer": 0, "seller": 0, "arbiter": 0},
        accounts={"buyer": BUYER, "seller": SHOP, "payout": SHOP},
        buyer=PersonaView(id_of(3), "Camille"),
        seller=SELLER,
        seller_proven=True,
        title="Stoneware mug, 350 ml",
        listing=id_of(100),
        lines=({"variant": "iron", "quantity": 1},),
        delivery={},
        shown=things,
        transactions=(),
        actions=("rule", "write"),
        reachable=("buyer", "seller"),
        payees_known=True,
    )
    return replace(made, **changes)


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
HELD = ("funded", "accepted", "shipped", "disputed", "declined", "late")
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
        lines=({"quantity": 1, **variant_of(listing)},),
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
        payees=_got(listing, total, stage),
        held=total if stage in HELD else None,
    )
    return replace(made, **changes)


def _got(listing: ListingView, total: Money, stage: str) -> tuple[PayeeView, ...]:
    """The shares of an order that was sent by a friend, where the listing leaves something to one."""
    friend = (PayeeView(FRIEND, listing.referral_bps),) if listing.referral_bps else ()
    paid = total.amount if stage == "released" else 0
    return tuple(
        replace(each, got=replace(total, amount=paid * each.bps // 10_000))
        for each in (*listing.payees, *friend)
    )


def variant_of(listing: ListingView) -> dict[str, str]:
    variants = listing.blocks[0].data.get("variants", ()) if listing.blocks else ()
    return {"variant": variants[0]["id"]} if variants else {}


def signed_orders(bought: ListingView, sold: ListingView) -> dict[str, OrderView]:
    """Orders that can be paid, or are paid, by a signature, by what their page is about."""
    until = NOW + 5 * 3600
    offered = ("fund", "authorize", "cancel", "message")
    relayed = (TransactionView("relay", "0x" + "ab" * 32, "pending"),)
    return {
        "buyer may sign": order(
            bought, id=id_of(110), created=NOW - 9 * DAY, actions=offered, pays_fees=True
        ),
        "buyer has signed": order(
            *(bought, "placed", "buyer"),
            id=id_of(111),
            created=NOW - 9 * DAY,
            actions=("fund", "relay", "cancel", "message"),
            pays_fees=True,
            authorized_until=until,
        ),
        "seller may relay": order(
            *(sold, "placed", "seller"),
            id=id_of(112),
            created=NOW - 9 * DAY,
            actions=("relay", "decline", "message"),
            authorized_until=until,
        ),
        "seller relays": order(
            *(sold, "placed", "seller"),
            id=id_of(113),
            created=NOW - 9 * DAY,
            pays_fees=True,
            authorized_until=until,
            transactions=relayed,
        ),
    }
