"""The peer itself: builds its parts around one world, runs them, and offers a user's verbs to pages, API and command line."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import trio

from node.peer.agenda import Agenda
from node.peer.agreement_verbs import AgreementVerbs
from node.peer.agreements import Agreements
from node.peer.arbiter_verbs import ArbiterVerbs
from node.peer.arbiters import Arbiters
from node.peer.backings import Backings
from node.peer.buying import Buying
from node.peer.campaign_book import CampaignBook
from node.peer.campaign_claims import CampaignClaims
from node.peer.campaign_keeper import CampaignKeeper
from node.peer.campaign_ledger import CampaignLedger
from node.peer.campaign_showing import CampaignShowing
from node.peer.campaign_verbs import CampaignVerbs
from node.peer.cart import Cart
from node.peer.cart_verbs import CartVerbs
from node.peer.cases import Cases
from node.peer.chores import Chores
from node.peer.claims import Claims
from node.peer.deals import Deals
from node.peer.disputes import Disputes
from node.peer.docket import Docket
from node.peer.evidence import Evidence
from node.peer.hearing import Hearing
from node.peer.housekeeping import Housekeeping
from node.peer.intake import Intake
from node.peer.ledger import Ledger
from node.peer.listing_verbs import ListingVerbs, id_of
from node.peer.listing_views import ListingViews
from node.peer.order_verbs import OrderVerbs
from node.peer.order_views import OrderViews
from node.peer.own_arbiter import OwnArbiter
from node.peer.own_campaigns import OwnCampaigns
from node.peer.own_reviews import OwnReviews
from node.peer.pictures import Pictures
from node.peer.pledge_signing import PledgeSigning
from node.peer.pledging import Pledging
from node.peer.post import Post
from node.peer.proofreader import Proofreader
from node.peer.purse import Purse
from node.peer.reactions import Reactions
from node.peer.relaying import Relaying
from node.peer.report import Report
from node.peer.reviews import Reviews
from node.peer.selling import Selling
from node.peer.showing import Showing
from node.peer.signed_verbs import SignedVerbs
from node.peer.sponsoring import Sponsoring
from node.peer.spread import Spread
from node.peer.stall import Stall
from node.peer.together import Together
from node.peer.views import (
    Identity,
    PersonaView,
    ReviewView,
    Status,
)
from node.peer.wallet_requests import WalletRequests
from node.peer.wishes import Wishes
from node.peer.world import World
from node.ports import Contact
from node.protocol.encoding import id_to_text
from node.protocol.record import Record

PICTURE_TYPE = "image/webp"


class Peer(
    OrderVerbs, ListingVerbs, ArbiterVerbs, SignedVerbs, CartVerbs, AgreementVerbs, CampaignVerbs
):
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
        self._book = CampaignBook(world)
        self._campaign_ledger = CampaignLedger(world, self._book)
        self._campaign_claims = CampaignClaims(
            world, self._ledger, self._book, self._campaign_ledger
        )
        self._views = ListingViews(world, self._book)
        self._post = Post(world, self._take)
        self._deals = Deals(world, self._agenda, self._ledger, self._post, self._views)
        self._arbiters = Arbiters(world, self._views)
        self._stall = Stall(
            world, self._ledger, self._spread, self._post, self._views, self._arbiters
        )
        self._own_campaigns = OwnCampaigns(
            world, self._stall, self._views, self._book, self._campaign_ledger
        )
        self._own_arbiter = OwnArbiter(world, self._stall, self._arbiters)
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
            self._arbiters,
            self._book,
        )
        self._disputes = Disputes(world, self._deals, self._ledger, self._wishes, self._arbiters)
        self._hearing = Hearing(world, self._deals, self._ledger, self._post)
        self._showing = Showing(world, self._deals, self._ledger, self._post, self._hearing)
        self._docket = Docket(world, self._deals, self._ledger, self._views, self._hearing)
        self._cases = Cases(world, self._ledger, self._post, self._hearing, self._docket)
        self._backings = Backings(world, self._campaign_ledger)
        self._reviews = Reviews(world, self._ledger, self._views, self._book, self._backings)
        self._evidence = Evidence(world, self._intake, self._reviews)
        self._claims = Claims(world, self._deals, self._ledger, self._wishes)
        self._agreements = Agreements(world, self._deals, self._ledger, self._wishes)
        purse = Purse(world)
        self._relaying = Relaying(
            world, self._deals, self._ledger, self._wishes, self._views, purse
        )
        self._wallets = WalletRequests(
            world,
            self._deals,
            self._ledger,
            self._views,
            self._claims,
            self._disputes,
            self._relaying,
            self._agreements,
        )
        self._pledging = Pledging(
            world,
            self._deals,
            self._ledger,
            self._views,
            self._book,
            self._campaign_ledger,
            self._campaign_claims,
            self._wishes,
            self._wallets,
            PledgeSigning(world, self._deals, self._views, self._campaign_ledger),
        )
        self._own_reviews = OwnReviews(world, self._deals, self._pledging, self._spread)
        sponsoring = Sponsoring(
            world,
            self._deals,
            self._views,
            self._book,
            self._campaign_ledger,
            self._pledging,
            purse,
        )
        self._keeper = CampaignKeeper(
            world,
            self._ledger,
            self._book,
            self._campaign_ledger,
            self._campaign_claims,
            self._pledging,
            self._selling,
            self._deals,
            sponsoring,
        )
        self._campaigns = CampaignShowing(
            world,
            self._ledger,
            self._views,
            self._book,
            self._campaign_ledger,
            self._campaign_claims,
        )
        self._order_views = OrderViews(
            world,
            self._deals,
            self._ledger,
            self._views,
            self._reviews,
            self._own_reviews,
            self._disputes,
            self._showing,
            self._pledging,
        )
        self._cart = Cart(world, self._views, self._buying)
        self._together = Together(
            world, self._deals, self._ledger, self._wishes, self._buying, self._wallets
        )
        self._chores = Chores(
            world,
            self._agenda,
            self._deals,
            self._ledger,
            self._wishes,
            self._selling,
            self._buying,
            self._claims,
            self._disputes,
            self._relaying,
            self._together,
            self._agreements,
            self._pledging,
        )
        self._housekeeping = Housekeeping(
            world, self._agenda, self._intake, self._stall, self._own_reviews, self._cases
        )
        self._reactions = Reactions(world, self._agenda, self._deals, self._ledger, self._chores)
        self._report = Report(
            world, self._agenda, self._deals, self._ledger, self._views, self._campaign_claims
        )
        self._nursery: trio.Nursery | None = None
        world.network.on_contact(self._met)

    # ---- running

    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        """For ever: gossip, sync, post, the chain, chores."""
        self._intake.budget.recount()
        await self._chores.begin()
        self._hearing.begin()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._spread.run)
            nursery.start_soon(self._post.run)
            nursery.start_soon(self._ledger.follow, self._react)
            nursery.start_soon(self._ledger.tell_trouble)
            nursery.start_soon(self._backings.run)
            nursery.start_soon(self._proofreader.run, self._react)
            nursery.start_soon(self._chores.run)
            nursery.start_soon(self._cases.run)
            nursery.start_soon(self._keeper.run)
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

    async def _react(self, touched: set[bytes], undone: bool) -> None:
        await self._reactions.react(touched, undone)
        self._cases.react(touched)
        self._keeper.hurry()

    def _take(self, message: Record, body: dict) -> None:
        if message.kind == "case":
            self._hearing.take(message, body)
        else:
            self._deals.take(message, body)
            self._chores.hurry()
            if body["step"] in ("place", "authorize"):
                self._keeper.heard(body["order"])

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

    # ---- others

    def persona(self, id: str) -> PersonaView:
        """Who this is, with the accounts that are proven to be theirs. Raises NotFound for what is no persona's id."""
        persona = id_of(id, "persona.unknown", "There is no such stall.")
        return replace(self._views.persona(persona), accounts=self._views.accounts(persona))

    def reviews_of(self, id: str) -> tuple[ReviewView, ...]:
        """The reviews of all that a persona sells."""
        return self._reviews.of(id_of(id, "persona.unknown", "There is no such stall."))

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
        return await self._pictures.get(id_of(id, "picture.unknown", "There is no such picture."))
