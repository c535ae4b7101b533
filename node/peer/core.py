"""The peer itself: builds its parts around one world, runs them, and offers a user's verbs to pages, API and command line."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import trio

from node.peer.agenda import Agenda
from node.peer.buying import Buying
from node.peer.chores import Chores
from node.peer.claims import Claims
from node.peer.deal import need
from node.peer.deals import Deals
from node.peer.evidence import Evidence
from node.peer.housekeeping import Housekeeping
from node.peer.intake import Intake
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.order_views import PAGE, OrderViews
from node.peer.own_reviews import OwnReviews
from node.peer.pictures import Pictures
from node.peer.post import Post
from node.peer.proofreader import Proofreader
from node.peer.reactions import Reactions
from node.peer.report import Report
from node.peer.reviews import Reviews
from node.peer.selling import Selling
from node.peer.spread import Spread
from node.peer.stall import Stall
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
)
from node.peer.wallet_requests import WalletRequests
from node.peer.wishes import Wishes
from node.peer.world import World
from node.ports import Contact, Query
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import NotFound, Rejected
from node.protocol.patterns import address_from_text

PICTURE_TYPE = "image/webp"


class Peer:
    """A node's peer. `run` it in a nursery; every verb may be called while it runs.

    Ids are text as in the views. Verbs raise EtalError kin: InputError for what a person gave, NotFound, Conflict, Unavailable."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._intake = Intake(world)
        self._spread = Spread(world, self._intake)
        self._pictures = Pictures(world)
        self._ledger = Ledger(world)
        self._wishes = Wishes(world)
        self._agenda = Agenda()
        self._proofreader = Proofreader(world, self._ledger, self._agenda)
        self._views = ListingViews(world)
        self._post = Post(world, self._take)
        self._deals = Deals(world, self._agenda, self._ledger, self._post, self._views)
        self._stall = Stall(world, self._ledger, self._spread, self._post, self._views)
        self._selling = Selling(
            world, self._deals, self._ledger, self._wishes, self._stall, self._spread
        )
        self._buying = Buying(
            world,
            self._deals,
            self._ledger,
            self._wishes,
            self._post,
            self._views,
            self._agenda,
        )
        self._reviews = Reviews(world, self._ledger, self._views)
        self._evidence = Evidence(world, self._intake, self._reviews)
        self._own_reviews = OwnReviews(world, self._deals, self._spread)
        self._order_views = OrderViews(
            world, self._deals, self._ledger, self._views, self._reviews, self._own_reviews
        )
        self._claims = Claims(world, self._deals, self._ledger, self._wishes)
        self._wallets = WalletRequests(world, self._deals, self._ledger, self._views, self._claims)
        self._chores = Chores(
            world,
            self._agenda,
            self._deals,
            self._ledger,
            self._wishes,
            self._selling,
            self._buying,
            self._claims,
        )
        self._housekeeping = Housekeeping(
            world, self._agenda, self._intake, self._stall, self._own_reviews
        )
        self._reactions = Reactions(world, self._agenda, self._deals, self._ledger, self._chores)
        self._report = Report(world, self._agenda, self._deals, self._ledger, self._views)
        self._nursery: trio.Nursery | None = None
        world.network.on_contact(self._met)

    # ---- running

    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """For ever: gossip, sync, post, the chain, chores."""
        self._intake.budget.recount()
        await self._chores.begin()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._spread.run)
            nursery.start_soon(self._post.run)
            nursery.start_soon(self._ledger.follow, self._reactions.react)
            nursery.start_soon(self._ledger.tell_trouble)
            nursery.start_soon(self._proofreader.run, self._reactions.react)
            nursery.start_soon(self._chores.run)
            nursery.start_soon(self._housekeeping.run)
            nursery.start_soon(self._evidence.run)
            self._nursery = nursery
            try:
                for contact in self._world.network.contacts():
                    nursery.start_soon(self._spread.met, contact, True)
                nursery.start_soon(self._report.watch_balances)
                task_status.started()
                await trio.sleep_forever()
            finally:
                self._nursery = None  # the network tells of contacts that go until it has ended too

    async def _met(self, contact: Contact, here: bool) -> None:
        if self._nursery is not None:
            if here:
                self._pictures.forget_missing()
                self._evidence.forget_missing()
                self._post.met(contact)
            self._nursery.start_soon(self._spread.met, contact, here)

    def _take(self, message, body: dict) -> None:
        self._deals.take(message, body)
        self._chores.hurry()

    # ---- oneself

    def identity(self) -> Identity:
        return self._report.identity()

    async def publish_profile(
        self, name: str | None = None, about: str | None = None, language: str | None = None
    ) -> PersonaView:
        self._stall.publish_profile(name, about, language)
        return self._views.persona(self._world.me)

    def status(self) -> Status:
        return self._report.status()

    async def changes(self) -> AsyncIterator[tuple[str, str]]:
        """(topic, id) pairs from now on: order, listing, chain, status …"""
        async with self._world.changes.listen() as changes:
            async for change in changes:
                yield change

    # ---- listings

    async def save_listing(self, given: dict[str, Any], slug: str | None = None) -> ListingView:
        return self._stall.save(given, slug)

    async def set_availability(self, slug: str, given: dict[str, Any]) -> ListingView:
        return self._stall.set_availability(slug, given)

    async def withdraw_listing(self, slug: str) -> None:
        self._stall.withdraw(slug)

    def listings(self) -> list[ListingView]:
        """One's own, newest first, without those withdrawn."""
        live = [listing for listing in self._stall.mine("listing") if not listing.gone]
        return [self._views.current(listing) for listing in sorted(live, key=lambda r: -r.created)]

    def editable(self, slug: str) -> dict[str, Any]:
        """One's own listing as JSON-shaped values for a form, availability included."""
        return self._stall.editable(slug)

    def search(self, query: Query) -> ListingPage:
        page = self._world.store.search(query, self._world.now())
        return ListingPage(self._views.of_hits(page.hits), page.total, page.next, page.facets)

    def nearest(self, text: str) -> str | None:
        """What was perhaps meant by a text that finds nothing; None where no word is near."""
        return self._world.store.nearest(text)

    def listing(self, author: str, slug: str) -> ListingView | None:
        """The listing at this place, with its reviews; None where there is none."""
        try:
            persona = id_from_text(author)
        except Rejected:
            return None
        found = self._world.store.latest("listing", persona, slug)
        if found is None or found.gone:
            return None
        return self._with_reviews(self._views.current(found), persona, slug)

    def listing_by_id(self, id: str) -> ListingView:
        """A certain edition, whatever has become of it. Raises NotFound."""
        return self._views.edition(_id(id, "listing.unknown", "There is no such listing."))

    def _with_reviews(self, view: ListingView, author: bytes, slug: str) -> ListingView:
        return replace(view, reviews=self._reviews.of(author, slug))

    def persona(self, id: str) -> PersonaView:
        """Who this is, with the accounts that are proven to be theirs. Raises NotFound for what is no persona's id."""
        persona = _id(id, "persona.unknown", "There is no such stall.")
        return replace(self._views.persona(persona), accounts=self._views.accounts(persona))

    def reviews_of(self, id: str) -> tuple[ReviewView, ...]:
        """The reviews of all that a persona sells."""
        return self._reviews.of(_id(id, "persona.unknown", "There is no such stall."))

    @property
    def registry(self):
        """Kinds and extensions: forms are made of their fields."""
        return self._world.registry

    def tokens(self) -> list:
        """The assets that this node knows."""
        return list(self._views.tokens.values())

    async def add_picture(self, data: bytes, alt: str) -> dict[str, Any]:
        """Store a picture (WebP); returns what a listing's `pictures` holds."""
        manifest = self._pictures.add(data, PICTURE_TYPE)
        return {
            "blob": id_to_text(manifest.id),
            "type": PICTURE_TYPE,
            "size": len(data),
            "alt": alt,
        }

    async def picture(self, id: str) -> tuple[str, bytes]:
        return await self._pictures.get(_id(id, "picture.unknown", "There is no such picture."))

    # ---- orders

    def quote(
        self, listing: str, lines: list[dict], delivery: dict, asset: str | None = None
    ) -> QuoteView:
        """What an order would cost."""
        id = _id(listing, "listing.unknown", "There is no such listing.")
        quote = self._buying.quote(id, lines, delivery, asset)
        amounts = (quote.items, quote.delivery, quote.total)
        return QuoteView(*(self._views.money(a, quote.asset, quote.decimals) for a in amounts))

    async def place_order(
        self,
        listing: str,
        lines: list[dict],
        delivery: dict,
        asset: str | None = None,
        account: str | None = None,
        text: str = "",
    ) -> OrderView:
        """Without `account` the node's own wallet is to pay."""
        escrow = self._world.escrow
        if escrow is not None:
            await self._ledger.verified_escrow()
        if account is None and escrow is not None:
            account = escrow.wallet
        who = address_from_text(account) if account else None
        id = _id(listing, "listing.unknown", "There is no such listing.")
        order = self._buying.place(id, lines, delivery, asset, who, text)
        return self.order(id_to_text(order))

    async def orders(
        self,
        side: str | None = None,
        stage: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> OrderPage:
        """Newest first. `after` is the `next` of the page before; InputError "query.after" for what isn't."""
        return await self._order_views.page(side, stage, after, limit)

    def order_counts(self) -> dict[str, int]:
        """side -> number of orders."""
        return self._world.store.order_counts()

    def order(self, id: str) -> OrderView:
        """Its first letters are enough for an id, here and in every verb. Raises NotFound, or InputError "order.several"."""
        return self._order_views.view(self._deals.row(self._order_id(id)))

    async def wallet_request(
        self,
        id: str,
        verb: str,
        account: str | None = None,
        signature: str | None = None,
        permit: bool = True,
        to: str | None = None,
    ) -> WalletRequest:
        return await self._wallets.request(
            self._order_id(id), verb, account, signature, permit=permit, to=to
        )

    async def note_transaction(self, id: str, verb: str, hash: str) -> None:
        self._wallets.note(self._order_id(id), verb, hash)
        self._chores.hurry()

    async def fund(self, id: str) -> None:
        """Raises Conflict "chain.funds" at once where the node's wallet lacks the price or the fee."""
        await self._wallets.need_payable(self._order_id(id))
        self._by_node(id, "fund")

    async def cancel(self, id: str, text: str = "") -> None:
        self._buying.cancel(self._order_id(id), text)
        self._chores.hurry()

    async def release(self, id: str) -> None:
        self._by_node(id, "release")

    async def take_back(self, id: str) -> None:
        self._by_node(id, "take_back")

    async def timeout(self, id: str) -> None:
        """Carry out what the deadline decided, for whomever it is."""
        deal = self._deals.deal(self._deals.row(self._order_id(id)))
        self._by_node(id, "take_back" if "take_back" in deal.verbs else "timeout")

    async def withdraw(self, id: str, to: str | None = None) -> None:
        """Take what the escrow couldn't push to the node's own wallet, and send it there, or to the address `to`."""
        self._claims.withdraw(self._order_id(id), to)
        self._chores.hurry()

    def _by_node(self, id: str, verb: str) -> None:
        self._buying.by_node(self._order_id(id), verb)
        self._chores.hurry()

    async def accept(self, id: str) -> None:
        self._selling.accept(self._order_id(id))

    async def ship(self, id: str, carrier: str = "", tracking: str = "") -> None:
        self._selling.ship(self._order_id(id), carrier, tracking)
        self._chores.hurry()

    async def decline(self, id: str, text: str = "") -> None:
        self._selling.decline(self._order_id(id), text)
        self._chores.hurry()

    async def refund(self, id: str) -> None:
        self._selling.refund(self._order_id(id))
        self._chores.hurry()

    async def message(self, id: str, text: str) -> None:
        deal = self._deals.deal(self._deals.row(self._order_id(id)))
        need(deal, "message")
        self._deals.say(deal, "note", {"text": text.strip()})

    async def write_review(
        self, id: str, rating: int, text: str = "", language: str = "en"
    ) -> None:
        """`language` (BCP 47) is the one of the text."""
        self._own_reviews.write(self._order_id(id), rating, text, language)

    async def change_review(
        self, id: str, rating: int, text: str = "", language: str | None = None
    ) -> None:
        """Say something else in its place, whole; in the same language where that is None."""
        self._own_reviews.change(self._order_id(id), rating, text, language)

    async def withdraw_review(self, id: str) -> None:
        """Take one's review back. Another may be written then."""
        self._own_reviews.take_back(self._order_id(id))

    def _order_id(self, text: str) -> bytes:
        return self._order_views.named(text)


def _id(text: str, rule: str, message: str) -> bytes:
    try:
        return id_from_text(text)
    except Rejected:
        raise NotFound(rule, message) from None
