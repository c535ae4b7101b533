"""A market in memory for tests of pages: the demo's catalogue as views, and orders at every stage."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import trio

import node.demo
from node.peer.views import (
    BlockView,
    Identity,
    ListingPage,
    ListingView,
    MessageView,
    Money,
    OrderView,
    PersonaView,
    PictureView,
    QuoteView,
    ReviewView,
    Status,
    TransactionView,
)
from node.ports import Query, Token
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import InputError, NotFound, Rejected
from node.protocol.registry import standard

CATALOGUE = Path(node.demo.__file__).parent / "catalogue"
CHAIN = "eip155:1337000001"
ETHER = f"{CHAIN}/slip44:60"
DOLLAR = f"{CHAIN}/erc20:0x{'5d' * 20}"
TOKENS = (
    Token(ETHER, "ETH", 18, permit=False),
    Token(DOLLAR, "tUSD", 6, permit=True, currency="USD"),
)
NOW = 1_795_330_000
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
        blocks=(BlockView("goods", "Goods", True, goods),),
        stock=sum(item["availability"]["goods"]["stock"].values()),
        created=NOW - number * 3600,
        offer_until=NOW + 30 * DAY,
        state="live",
        buyable=not author.mine,
        obstacle="mine" if author.mine else "",
        facts={"condition": goods["condition"], **({"free_shipping": "yes"} if free else {})},
    )


def review(
    rating: int = 5, verdict: str = "verified", text: str = "Just as shown, and well packed."
) -> ReviewView:
    return ReviewView(id_of(rating), rating, text, "en", NOW - 2 * DAY, verdict, "")


ACTIONS = {
    ("buyer", "placed"): ("fund", "message"),
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
]
UNPAID = ("placed", "funding", "expired")


def order(
    listing: ListingView, stage: str = "placed", side: str = "buyer", **changes: Any
) -> OrderView:
    """An order of one listing at a stage, with the messages that lead there."""
    total = listing.pay_with[0]
    number = STAGES.index(stage) + (50 if side == "seller" else 20)
    steps = {"accepted": 1, "shipped": 2, "disputed": 2, "released": 2, "settled": 2}.get(stage, 0)
    said = ["place", "accept", "ship"][: steps + 1] + (["decline"] if stage == "declined" else [])
    messages = [
        MessageView(
            id_of(60 + n),
            (step == "place") == (side == "buyer"),
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


class Market:
    """Answers the verbs that pages use; remembers in `calls` what it was told to do. `refuse` is raised by the next verb."""

    def __init__(self) -> None:
        self.registry = standard()
        self.goods = [listing_of(item, number) for number, item in enumerate(catalogue())]
        self.mine = [
            replace(listing_of(item, 80 + n, ME), slug=item["slug"])
            for n, item in enumerate(catalogue()[:3])
        ]
        self.deals = [order(self.goods[n], stage) for n, stage in enumerate(STAGES)]
        self.deals += [order(self.mine[n % 3], stage, "seller") for n, stage in enumerate(STAGES)]
        self.calls: list[tuple] = []
        self.refuse: Exception | None = None
        self.wallet: str | None = SHOP
        self.problems: tuple[str, ...] = ()

    async def changes(self):
        await trio.sleep_forever()
        yield ("status", "")

    async def picture(self, blob: str) -> tuple[str, bytes]:
        for path in CATALOGUE.glob("*.webp"):
            if blob_of(path.name) == blob:
                return "image/webp", path.read_bytes()
        raise NotFound("picture.unknown", "There is no such picture.")

    def identity(self) -> Identity:
        return Identity(ME.id, ME.name, self.wallet, self.wallet, "etal-demo", CHAIN)

    def status(self) -> Status:
        contacts = (
            {
                "peer": "12D3KooW",
                "address": "/ip4/127.0.0.1/tcp/4243/p2p/12D3KooWAbCdEf",
                "inbound": False,
            },
        )
        chain = {"state": "following", "head": 120, "safe": 118, "final": 110, "contract": CONTRACT}
        address = "/ip4/127.0.0.1/tcp/4245/p2p/12D3KooWQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQpQp"
        counts = {"listing": 25, "availability": 25, "profile": 2, "review": 1}
        return Status(
            "0.1.0",
            self.identity(),
            "12D3KooWQp",
            (address,),
            contacts,
            counts,
            chain,
            0,
            self.problems,
        )

    def tokens(self) -> list[Token]:
        return list(TOKENS)

    def search(self, query: Query) -> ListingPage:
        goods = self.mine if query.author == id_from_text(ME.id) else self.goods
        words = query.text.lower().split()
        facets = dict(query.facets)
        found = [
            each
            for each in goods
            if all(word in f"{each.title} {' '.join(each.tags)}".lower() for word in words)
            and (not query.categories or each.category in query.categories)
            and all(each.facts.get(name) == value for name, value in facets.items())
            and (query.unit is None or each.price.unit == query.unit)
            and (query.low or 0) <= each.price.amount
            and (query.high is None or each.price.amount <= query.high)
        ]
        start = int(query.after or 0)
        end = start + query.limit
        counts: dict[str, dict[str, int]] = {"category": {}, "condition": {}}
        for each in found:
            for name, value in (
                ("category", each.category),
                ("condition", each.facts["condition"]),
            ):
                counts[name][value] = counts[name].get(value, 0) + 1
        return ListingPage(
            tuple(found[start:end]), len(found), str(end) if end < len(found) else None, counts
        )

    def listing(self, author: str, slug: str) -> ListingView | None:
        every = (
            each
            for each in [*self.goods, *self.mine]
            if (each.author.id, each.slug) == (author, slug)
        )
        found = next(every, None)
        reviews = (
            review(),
            review(2, "refunded", "Came broken; money back at once."),
            review(4, "unverified", "Nice."),
        )
        return found and replace(found, reviews=reviews)

    def listing_by_id(self, id: str) -> ListingView:
        for each in [*self.goods, *self.mine]:
            if each.id == id:
                return each
        raise NotFound("listing.unknown", "There is no such listing.")

    def persona(self, id: str) -> PersonaView:
        try:
            id_from_text(id)
        except Rejected:
            raise NotFound("persona.unknown", "There is no such stall.") from None
        return {ME.id: ME, SELLER.id: SELLER}.get(id, PersonaView(id, ""))

    def reviews_of(self, id: str) -> tuple[ReviewView, ...]:
        return (review(),)

    def quote(
        self, listing: str, lines: list[dict], delivery: dict, asset: str | None = None
    ) -> QuoteView:
        found = self.listing_by_id(listing)
        extension = self.registry.extension("goods")
        block = extension.listing.from_json(found.blocks[0].data)
        line = extension.order.from_json(lines[0])
        items = extension.price(block, line, found.price.amount)
        shipping = extension.delivery_price(block, extension.delivery.from_json(delivery))
        paid = found.pay_with[0]
        factor = 1 if paid.unit == found.price.unit else 10**4
        amounts = (items * factor, shipping * factor, (items + shipping) * factor)
        return QuoteView(*(replace(paid, amount=amount) for amount in amounts))

    async def place_order(
        self, listing, lines, delivery, asset=None, account=None, text=""
    ) -> OrderView:
        self._note("place_order", listing, lines, delivery, asset, account)
        self.quote(listing, lines, delivery, asset)
        return self.deals[0]

    def orders(self, side: str | None = None, stage: str | None = None) -> list[OrderView]:
        return [each for each in self.deals if side in (None, each.side)]

    def order(self, id: str) -> OrderView:
        for each in self.deals:
            if each.id == id:
                return each
        raise NotFound("order.unknown", "This node has no such order.")

    def listings(self) -> list[ListingView]:
        return self.mine

    def editable(self, slug: str) -> dict[str, Any]:
        for item in catalogue():
            if item["slug"] == slug and any(each.slug == slug for each in self.mine):
                pictures = [
                    {
                        "blob": blob_of(each["file"]),
                        "type": "image/webp",
                        "size": 9000,
                        "alt": each["alt"],
                    }
                    for each in item["pictures"]
                ]
                return {
                    **item,
                    "pictures": pictures,
                    "offer": {"ship_within": 3 * DAY, "review": 21 * DAY},
                }
        raise NotFound("listing.unknown", f"You have no listing {slug}.")

    async def save_listing(self, given: dict[str, Any], slug: str | None = None) -> ListingView:
        self._note("save_listing", given, slug)
        return self.mine[0]

    async def add_picture(self, data: bytes, alt: str) -> dict[str, Any]:
        self._note("add_picture", len(data), alt)
        return {"blob": id_of(9), "type": "image/webp", "size": len(data), "alt": alt}

    def __getattr__(self, verb: str):
        """Every other verb of the peer: noted, and done at once."""
        if verb.startswith("_") or verb not in VERBS:
            raise AttributeError(verb)

        async def act(*given: Any) -> None:
            self._note(verb, *given)

        return act

    def _note(self, *call: Any) -> None:
        self.calls.append(call)
        if self.refuse is not None:
            error, self.refuse = self.refuse, None
            raise error


VERBS = [
    "accept",
    "decline",
    "ship",
    "refund",
    "fund",
    "release",
    "take_back",
    "timeout",
    "message",
    "write_review",
    "withdraw_listing",
    "publish_profile",
]

__all__ = ["ME", "SELLER", "STAGES", "InputError", "Market", "id_of", "order"]
