"""A peer that keeps everything in memory and answers at once, for tests of what speaks to it."""

from contextlib import asynccontextmanager
from dataclasses import replace

import trio

from node.peer.views import (
    Identity,
    ListingPage,
    ListingView,
    Money,
    OrderView,
    PersonaView,
    QuoteView,
    ReviewView,
    Status,
    TransactionView,
    WalletRequest,
    WalletStep,
)
from node.protocol.errors import Conflict, InputError, NotFound

ME, OTHER = "a" * 52, "b" * 52
ETHER = "eip155:31337/slip44:60"
ORDER = "c" * 52
BIG = 25 * 10**18  # more than 64 bits hold


def money(amount: int = BIG) -> Money:
    return Money(amount, ETHER, "ETH", 18)


def persona(id: str = OTHER, name: str = "Bob") -> PersonaView:
    return PersonaView(id, name, mine=id == ME)


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


class Changes:
    """As node.peer.changes, without bounds."""

    def __init__(self) -> None:
        self.listeners: list[trio.MemorySendChannel] = []

    def tell(self, topic: str, id: str = "") -> None:
        for listener in self.listeners:
            listener.send_nowait((topic, id))

    def drop_listeners(self) -> None:
        for listener in self.listeners:
            listener.close()

    @asynccontextmanager
    async def listen(self):
        send, receive = trio.open_memory_channel(64)
        self.listeners.append(send)
        try:
            yield receive
        finally:
            self.listeners.remove(send)


class FakePeer:
    def __init__(self) -> None:
        self.changes = Changes()
        self.pictures: dict[str, bytes] = {}

    async def picture(self, blob: str) -> tuple[str, bytes]:
        if blob not in self.pictures:
            raise NotFound("picture.unknown", "There is no such picture.")
        return "image/webp", self.pictures[blob]
