"""Reviews as a person sees them: each with what it proves, computed when looking, from the chain as followed."""

import logging

from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.views import ReviewView
from node.peer.world import World, short
from node.protocol import reviews
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, NotFound
from node.protocol.escrow import EscrowEvent
from node.protocol.kinds.review import KIND
from node.protocol.record import Record

log = logging.getLogger("etal.reviews")

MAX_SHOWN = 100
"""Reviews on one page: those that money stands behind, then the newest."""

MAX_READ = 2 * MAX_SHOWN
"""Reviews that are read for that, since some have expired."""


class Reviews:
    """The reviews that this node holds."""

    def __init__(self, world: World, ledger: Ledger, views: ListingViews) -> None:
        self._world = world
        self._ledger = ledger
        self._views = views

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
        if not self._is_followed(review):
            return False
        events = self._ledger.funding(review.body["proof"]["order"])
        return bool(events) and reviews.is_backed(KIND.fields.read(review.body), events)

    def events(self, review: Record) -> list[EscrowEvent]:
        """What happened to the money that it cites, as far as this node follows that escrow."""
        followed = self._is_followed(review)
        return self._ledger.events(review.body["proof"]["order"]) if followed else []

    def _is_followed(self, review: Record) -> bool:
        return review.body["proof"]["escrow"] == self._views.escrow_account

    def view(self, review: Record) -> ReviewView:
        body = KIND.fields.read(review.body)
        try:
            listing = self._views.held(body["offer"])[1]
        except NotFound:
            listing = None
        events = self.events(review)
        verdict = reviews.verdict(review, listing, events, self._world.registry)
        written, changed = reviews.dates(review, events)
        return ReviewView(
            id=id_to_text(review.id),
            rating=body["rating"],
            text=body["text"],
            language=body["language"],
            created=written,
            changed=changed,
            verdict=verdict.standing.value,
            reason=verdict.text,
        )
