"""A peer that keeps everything in memory and answers at once, for tests of what speaks to it."""

from dataclasses import replace

import trio

from node.peer.views import (
    Identity,
    ListingPage,
    ListingView,
    OrderPage,
    OrderView,
    PersonaView,
    QuoteView,
    ReviewView,
    Status,
    WalletRequest,
    WalletStep,
)
from node.ports import Query, Token
from node.protocol import registry
from node.protocol.errors import EtalError, NotFound
from tests.fakes.campaigning import FakeCampaigns
from tests.fakes.cart import FakeCart
from tests.fakes.disputes import (
    BIG,
    ETHER,
    ME,
    ORDER,
    OTHER,
    FakeDisputes,
    arbiter,
    case,
    money,
    persona,
)

__all__ = [
    "BIG",
    "ETHER",
    "ME",
    "ORDER",
    "OTHER",
    "FakePeer",
    "arbiter",
    "case",
    "listing",
    "money",
    "order",
    "persona",
]


def listing(slug: str = "teapot", author: str = ME, **changes) -> ListingView:
    made = ListingView(
        id="d" * 52,
        author=persona(author, "Ann"),
        slug=slug,
        title="A teapot",
        text="Holds *tea*.",
        language="en",
        category="home",
        tags=("tea",),
        country="FR",
        pictures=(),
        price=money(),
        pay_with=(money(),),
        blocks=(),
        stock=3,
        created=1_700_000_000,
        offer_until=1_800_000_000,
        state="live",
        buyable=author != ME,
        obstacle="",
    )
    return replace(made, **changes)


def order(id: str = ORDER, stage: str = "placed", side: str = "buyer") -> OrderView:
    return OrderView(
        id=id,
        side=side,
        stage=stage,
        listing=listing(author=OTHER),
        counterparty=persona(),
        lines=({"quantity": 1},),
        delivery={"option": "pickup"},
        quote=QuoteView(money(), money(0), money()),
        created=1_700_000_000,
        chain="eip155:31337",
        contract="0x" + "11" * 20,
        escrow_id="0x" + "22" * 32,
        terms={"amount": BIG},
        buyer_account="0x" + "33" * 20,
        assurance="none",
        confirmations=0,
        paid_out={"seller": BIG},
        deadlines={"fund_by": 1_800_000_000},
        actions=("fund",),
        transactions=(),
        messages=(),
        tracking={},
        decline={},
        review=None,
        delivered_to_seller=False,
        wallet_is_node=True,
    )


class FakePeer(FakeCart, FakeDisputes, FakeCampaigns):
    """What was asked of it is in `asked`, (verb, arguments) in order. An error in `fails` is raised by every verb."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.fails: EtalError | None = None
        self.pictures: dict[str, bytes] = {}
        self.mine = [listing("teapot"), listing("cup")]
        self.placed = {ORDER: order()}
        self.decides = None
        self.registry = registry.standard()
        self._listeners: set[trio.MemorySendChannel] = set()

    def _note(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.fails is not None:
            raise self.fails

    def _some_orders(self, count):
        return (self.placed[ORDER],) * count

    # ---- changes

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def tell(self, topic: str, id: str = "") -> None:
        for listener in self._listeners:
            listener.send_nowait((topic, id))

    def drop_listeners(self) -> None:
        """As the peer does with those who fall behind."""
        for listener in list(self._listeners):
            listener.close()

    async def changes(self):
        send, receive = trio.open_memory_channel(10_000)
        self._listeners.add(send)
        try:
            async for change in receive:
                yield change
        finally:
            self._listeners.discard(send)

    # ---- oneself and others

    def identity(self) -> Identity:
        return Identity(ME, "Ann", "0x" + "44" * 20, None, "etal-test", "eip155:31337")

    def status(self) -> Status:
        self._note("status")
        return Status("1", self.identity(), "12D3", (), (), {"listing": 2}, {}, 0, ())

    async def publish_profile(self, name=None, about=None, language=None) -> PersonaView:
        self._note("publish_profile", name, about, language)
        return persona(ME, name or "Ann")

    def persona(self, id: str) -> PersonaView:
        self._note("persona", id)
        return persona(id)

    def reviews_of(self, id: str) -> tuple[ReviewView, ...]:
        return (ReviewView("e" * 52, 5, "Fine.", "en", 1_700_000_000, "verified", ""),)

    def tokens(self) -> list[Token]:
        return [Token(ETHER, "ETH", 18, False)]

    # ---- listings

    def search(self, query: Query) -> ListingPage:
        self._note("search", query)
        return ListingPage(tuple(self.mine), len(self.mine), None, {"category": {"home": 2}})

    def nearest(self, text: str) -> str | None:
        return text.replace("teepot", "teapot") if "teepot" in text else None

    def listings(self) -> list[ListingView]:
        return self.mine

    def listing(self, author: str, slug: str) -> ListingView | None:
        return next((each for each in self.mine if (author, slug) == (ME, each.slug)), None)

    def listing_by_id(self, id: str) -> ListingView:
        return listing(author=OTHER, id=id)

    def editable(self, slug: str) -> dict:
        self._note("editable", slug)
        return {"title": "A teapot"}

    async def save_listing(self, given: dict, slug: str | None = None) -> ListingView:
        self._note("save_listing", given, slug)
        return listing(slug or "new")

    async def set_availability(self, slug: str, given: dict) -> ListingView:
        self._note("set_availability", slug, given)
        return listing(slug)

    async def withdraw_listing(self, slug: str) -> None:
        self._note("withdraw_listing", slug)

    async def add_picture(self, data: bytes, alt: str) -> dict:
        self._note("add_picture", data, alt)
        return {"blob": "p" * 52, "type": "image/webp", "size": len(data), "alt": alt}

    async def picture(self, id: str) -> tuple[str, bytes]:
        if id not in self.pictures:
            raise NotFound("picture.unknown", "There is no such picture.")
        return "image/webp", self.pictures[id]

    # ---- orders

    def quote(self, listing, lines, delivery, asset=None) -> QuoteView:
        self._note("quote", listing, lines, delivery, asset)
        return QuoteView(money(), money(0), money())

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
        said = (listing, lines, delivery, asset, account, text)
        self._note("place_order", *said, *filter(None, (referrer, arbiter)))
        return self.placed[ORDER]

    async def orders(self, side=None, stage=None, after=None, limit=50) -> OrderPage:
        """A mark is the number of orders before it."""
        self._note("orders", side, stage, after, limit)
        start = int(after or 0)
        every = list(self.placed.values())
        more = str(start + limit) if len(every) > start + limit else None
        return OrderPage(tuple(every[start : start + limit]), more)

    def order(self, id: str) -> OrderView:
        for whole, found in self.placed.items():
            if id and whole.startswith(id):
                return found
        raise NotFound("order.unknown", "This node has no such order.")

    async def wallet_request(
        self, id: str, verb: str, account=None, signature=None, permit=True, to=None
    ) -> WalletRequest:
        self._note("wallet_request", id, verb, account, signature, permit, to)
        step = WalletStep("transaction", verb, {"to": "0x" + "11" * 20, "value": hex(BIG)})
        return WalletRequest({"chainId": "0x7a69"}, account or "0x" + "33" * 20, (step,))

    async def note_transaction(self, id: str, verb: str, hash: str) -> None:
        self._note("note_transaction", id, verb, hash)

    async def fund(self, id: str) -> None:
        self._note("fund", id)

    async def authorize(self, id: str) -> None:
        self._note("authorize", id)

    async def sign_release(self, id: str) -> None:
        self._note("sign_release", id)

    async def relay(self, id: str) -> None:
        self._note("relay", id)

    async def release(self, id: str, *amount: int) -> None:
        self._note("release", id, *amount)

    async def settle(self, id: str, to_buyer, to_seller, text="", days=14) -> None:
        self._note("settle", id, to_buyer, to_seller, text, days)

    async def accept_settlement(self, id: str, proposal: str | None = None) -> None:
        self._note("accept_settlement", id, proposal)

    async def drop_draft(self, id: str) -> None:
        self._note("drop_draft", id)

    async def take_back(self, id: str) -> None:
        self._note("take_back", id)

    async def timeout(self, id: str) -> None:
        self._note("timeout", id)

    async def withdraw(self, id: str, to: str | None = None) -> None:
        self._note("withdraw", id, to)

    async def accept(self, id: str) -> None:
        self._note("accept", id)

    async def ship(self, id: str, carrier: str = "", tracking: str = "") -> None:
        self._note("ship", id, carrier, tracking)

    async def decline(self, id: str, text: str = "") -> None:
        self._note("decline", id, text)

    async def cancel(self, id: str, text: str = "") -> None:
        self._note("cancel", id, text)

    async def refund(self, id: str, *amount: int) -> None:
        self._note("refund", id, *amount)

    async def message(self, id: str, text: str) -> None:
        self._note("message", id, text)

    async def write_review(
        self, id: str, rating: int, text: str = "", language: str = "en"
    ) -> None:
        self._note("write_review", id, rating, text, language)

    async def change_review(
        self, id: str, rating: int, text: str = "", language: str | None = None
    ) -> None:
        self._note("change_review", id, rating, text, language)

    async def withdraw_review(self, id: str) -> None:
        self._note("withdraw_review", id)
