"""A market in memory for tests of pages: it answers the verbs that pages use and remembers what it was told."""

from dataclasses import replace
from typing import Any

import trio

from node.peer.case_views import CasePage, CaseView, RulingView
from node.peer.views import (
    ArbiterView,
    CartLine,
    Identity,
    ListingPage,
    ListingView,
    OrderPage,
    OrderView,
    PersonaView,
    QuoteView,
    ReviewView,
    Status,
)
from node.ports import Query, Token
from node.protocol.encoding import id_from_text
from node.protocol.errors import InputError, NotFound, Rejected
from node.protocol.registry import standard
from tests.fakes.campaigning import FakeCampaigns
from tests.fakes.cart import FakeCart
from tests.web.campaigning import campaigns, pledge_orders, preorder
from tests.web.made import (
    BUYER,
    CATALOGUE,
    CHAIN,
    CONTRACT,
    DAY,
    DOLLAR,
    ETHER,
    ME,
    SELLER,
    SHOP,
    STAGES,
    TOKENS,
    arbiter,
    blob_of,
    case,
    catalogue,
    id_of,
    listing_of,
    order,
    review,
    shared,
    signed_orders,
    variant_of,
)
from tests.web.settling import settling_orders

IN_TOKEN = 1
"""Which of the goods is paid in a token."""

SHARED = 6
"""Which of the goods has payees; an order of it is released."""


class Market(FakeCart, FakeCampaigns):
    """Answers the verbs that pages use; remembers in `calls` what it was told to do. `refuse` is raised by the next verb."""

    def __init__(self) -> None:
        self.registry = standard()
        self.goods = [listing_of(item, number) for number, item in enumerate(catalogue())]
        self.goods[SHARED] = shared(self.goods[SHARED])
        self.mine = [
            replace(listing_of(item, 80 + n, ME), slug=item["slug"])
            for n, item in enumerate(catalogue()[:3])
        ]
        self.deals = [order(self.goods[n], stage) for n, stage in enumerate(STAGES)]
        self.deals += [order(self.mine[n % 3], stage, "seller") for n, stage in enumerate(STAGES)]
        self.signed = signed_orders(self.goods[IN_TOKEN], self.mine[0])
        self.deals += self.signed.values()
        self.lines = tuple(
            CartLine(n, each, {"quantity": n + 1, **variant_of(each)}, seen=f"mark {n}")
            for n, each in enumerate((self.goods[0], self.goods[IN_TOKEN]))
        )
        self.settling = settling_orders(self.goods[IN_TOKEN], self.mine[0])
        self.deals += self.settling.values()
        self.running = campaigns(self.goods, self.mine)
        self.preorders = [self.running[2][0].listing, preorder(self.mine[2])]
        self.pledges = pledge_orders(self.goods[8], self.mine[0])
        self.deals += self.pledges.values()
        self.calls: list[tuple] = []
        self.refuse: Exception | None = None
        self.wallet: str | None = SHOP
        self.problems: tuple[str, ...] = ()
        self.deciders: tuple[ArbiterView, ...] = (arbiter(),)
        self.decides: ArbiterView | None = None
        self.judged: list[CaseView] = [case()]

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

    def nearest(self, text: str) -> str | None:
        return {"teapott": "teapot"}.get(text)

    def listing(self, author: str, slug: str) -> ListingView | None:
        every = (
            each
            for each in [*self.preorders, *self.goods, *self.mine]
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
        for each in [*self.preorders, *self.goods, *self.mine]:
            if each.id == id:
                return each
        raise NotFound("listing.unknown", "There is no such listing.")

    def persona(self, id: str) -> PersonaView:
        try:
            id_from_text(id)
        except Rejected:
            raise NotFound("persona.unknown", "There is no such stall.") from None
        proven = replace(SELLER, accounts=(f"{CHAIN}:{SHOP}",))
        return {ME.id: ME, SELLER.id: proven}.get(id, PersonaView(id, ""))

    def reviews_of(self, id: str) -> tuple[ReviewView, ...]:
        return (review(),)

    def arbiters(self) -> tuple[ArbiterView, ...]:
        return self.deciders

    def cases(self) -> CasePage:
        return CasePage(tuple(self.judged), cut=True)

    def cases_waiting(self) -> int:
        return sum("rule" in each.actions for each in self.judged)

    def case(self, id: str) -> CaseView:
        for each in self.judged:
            if each.id == id:
                return each
        raise NotFound("case.unknown", "This node decides no such case.")

    def preview_ruling(self, id, to_seller=None, share_bps=None) -> RulingView:
        held, fee = self.case(id).held, self.case(id).fee.amount
        given = (held.amount - fee) * share_bps // 10_000 if to_seller is None else to_seller
        if given > held.amount - fee:
            raise InputError("case.amount", "That is more than there is to divide.", "to_seller")
        amounts = (held.amount - fee - given, given, fee)
        return RulingView(*(replace(held, amount=amount) for amount in amounts), to_seller=given)

    def case_picture(self, id: str, blob: str) -> bytes:
        return next(iter(sorted(CATALOGUE.glob("*.webp")))).read_bytes()

    shown_picture = case_picture

    def own_arbiter(self) -> ArbiterView | None:
        return self.decides

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
        self,
        listing,
        lines,
        delivery,
        asset=None,
        account=None,
        text="",
        referrer=None,
        arbiter=None,
    ) -> OrderView:
        named = filter(None, (referrer, arbiter))
        self._note("place_order", listing, lines, delivery, asset, account, *named)
        self.quote(listing, lines, delivery, asset)
        return self.deals[0]

    def _some_orders(self, count):
        return (self.deals[0],) * count

    async def orders(self, side=None, stage=None, after=None, limit=50) -> OrderPage:
        """A mark is the number of orders before it."""
        start = int(after or 0)
        every = [
            each for each in self.deals if side in (None, each.side) and stage in (None, each.stage)
        ]
        more = str(start + limit) if len(every) > start + limit else None
        return OrderPage(tuple(every[start : start + limit]), more)

    def order_counts(self) -> dict[str, int]:
        sides = [each.side for each in self.deals]
        return {side: sides.count(side) for side in ("buyer", "seller")}

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
    "pledge",
    "decline",
    "cancel",
    "ship",
    "refund",
    "settle",
    "accept_settlement",
    "drop_draft",
    "fund",
    "authorize",
    "relay",
    "sign_release",
    "release",
    "take_back",
    "timeout",
    "dispute",
    "rule",
    "write_to_party",
    "show_message",
    "show_parts",
    "show_picture",
    "tell_arbiter",
    "offer_to_decide",
    "decide_no_more",
    "trust_arbiter",
    "distrust_arbiter",
    "withdraw",
    "message",
    "write_review",
    "change_review",
    "withdraw_review",
    "withdraw_listing",
    "publish_profile",
]

__all__ = [
    "BUYER",
    "CONTRACT",
    "DOLLAR",
    "ETHER",
    "ME",
    "SELLER",
    "SHARED",
    "SHOP",
    "STAGES",
    "Market",
    "id_of",
    "order",
]
