"""Reviews as a person sees them: each with what it proves, computed when looking, from the chain as followed."""

import logging
from collections import OrderedDict

from node.peer.backings import Backings
from node.peer.campaign_book import CampaignBook
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.views import ReviewView
from node.peer.world import World, short
from node.protocol import pledged_reviews, reviews
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, NotFound
from node.protocol.kinds.review import KIND
from node.protocol.pledged_reviews import Shown, shown_campaign
from node.protocol.record import Record
from node.protocol.reviews import Standing, Verdict

log = logging.getLogger("etal.reviews")

MAX_SHOWN = 100
"""Reviews on one page: those that money stands behind, then the newest."""

MAX_READ = 2 * MAX_SHOWN
"""Reviews that are read for that, since some have expired."""


MAX_CAMPAIGNS = 2_000
"""Campaigns of reviews that were read already."""

UNASKED = Verdict(
    Standing.UNVERIFIED, "verdict.unasked", "The chain hasn't been asked about it yet."
)


class Reviews:
    """The reviews that this node holds."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        views: ListingViews,
        book: CampaignBook,
        backings: Backings,
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._views = views
        self._book = book
        self._backings = backings
        self._campaigns: OrderedDict[bytes, Shown | None] = OrderedDict()  # by the record's bytes

    def of(self, seller: bytes, slug: str | None = None) -> tuple[ReviewView, ...]:
        """Verified ones first, then the newest. The store holds one of each review key, and so of each purchase."""
        views: list[ReviewView] = []
        now = self._world.now()
        found = [
            review
            for review in self._world.store.reviews_of(seller, slug, MAX_READ)
            if review.until > now
        ]
        for review in found[:MAX_SHOWN]:
            try:
                views.append(self.view(review))
            except EtalError as fault:
                log.info("review %s can't be shown: %s", short(review.id), fault)
            except Exception:
                log.exception("review %s can't be shown", short(review.id))
        return tuple(sorted(views, key=lambda view: (view.verdict != "verified", -view.created)))

    def is_backed(self, review: Record) -> bool:
        """Whether money on the chain has committed to what the review shows."""
        if _is_pledged(review):
            shown = self._campaign(review)
            return shown is not None and self._backings.of(review, shown).backing is not None
        if not self._is_followed(review):
            return False
        events = self._ledger.funding(review.body["proof"]["order"])
        return bool(events) and reviews.is_backed(KIND.fields.read(review.body), events)

    def rests_on(self, review: Record, edition: Record) -> bool:
        """Whether the review is worth something with this edition, or will be once the order is over."""
        return reviews.is_evidence(self._judged(review, edition)[0])

    def _judged(
        self, review: Record, listing: Record | None, seen: bool = False
    ) -> tuple[Verdict, tuple[int, int | None]]:
        """(what it is worth, the days to show), as far as this node follows the contract that was paid; `seen` by a person."""
        registry = self._world.registry
        if _is_pledged(review):
            shown = self._campaign(review)
            heard = self._backings.of(review, shown, seen) if shown else None
            backing = heard.backing if heard else None
            verdict = pledged_reviews.verdict(review, listing, shown, backing, registry)
            if heard and not heard.answered and verdict.reason == pledged_reviews.NO_PLEDGE:
                verdict = UNASKED
            return verdict, pledged_reviews.dates(review, shown, backing)
        followed = self._is_followed(review)
        events = self._ledger.events(review.body["proof"]["order"]) if followed else []
        verdict = reviews.verdict(review, listing, events, registry)
        return verdict, reviews.dates(review, events)

    def _is_followed(self, review: Record) -> bool:
        return review.body["proof"]["escrow"] == self._views.escrow_account

    def _campaign(self, review: Record) -> Shown | None:
        """The seller's own; None also where this node uses another contract."""
        proof = review.body["proof"]
        if proof["escrow"] != self._book.account:
            return None
        raw = proof["campaign"]
        if raw not in self._campaigns:
            world = self._world
            self._campaigns[raw] = shown_campaign(review, world.settings.network, world.registry)
            if len(self._campaigns) > MAX_CAMPAIGNS:
                self._campaigns.popitem(last=False)
        shown = self._campaigns[raw]
        if shown is None or shown.record.author != review.body["seller"]:
            return (
                None  # anybody can make up campaigns, and each that is asked about takes its time
            )
        return shown if shown.id == proof["order"] else None

    def view(self, review: Record) -> ReviewView:
        body = KIND.fields.read(review.body)
        try:
            listing = self._views.held(body["offer"])[1]
        except NotFound:
            listing = None
        verdict, (written, changed) = self._judged(review, listing, seen=True)
        return ReviewView(
            id=id_to_text(review.id),
            rating=body["rating"],
            text=body["text"],
            language=body["language"],
            created=written,
            changed=changed,
            verdict=verdict.standing.value,
            reason=verdict.text,
            checked=verdict is not UNASKED,
        )


def _is_pledged(review: Record) -> bool:
    """Whether it is of an order that was paid by a pledge."""
    return "campaign" in review.body["proof"]
