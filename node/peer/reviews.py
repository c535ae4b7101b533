"""Reviews as a person sees them: each with what it proves, computed when looking, from the chain as followed."""

from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.views import ReviewView
from node.peer.world import World
from node.protocol import record, reviews
from node.protocol.encoding import id_to_text
from node.protocol.kinds.review import KIND
from node.protocol.record import Record

MAX_SHOWN = 100


class Reviews:
    """The reviews that this node holds."""

    def __init__(self, world: World, ledger: Ledger, views: ListingViews) -> None:
        self._world = world
        self._ledger = ledger
        self._views = views

    def of(self, seller: bytes, slug: str | None = None) -> tuple[ReviewView, ...]:
        """Verified ones first, then the newest; one purchase counts once."""
        best: dict[bytes, ReviewView] = {}
        found = self._world.store.reviews_of(seller, slug, MAX_SHOWN)
        for review in sorted(found, key=lambda each: (each.created, each.id)):
            best[review.body["proof"]["order"] + review.author] = self._view(review)
        return tuple(
            sorted(best.values(), key=lambda view: (view.verdict != "verified", -view.created))
        )

    def one(self, id: bytes) -> ReviewView | None:
        raw = self._world.store.get(id)
        return self._view(record.parse(raw, self._world.settings.network)) if raw else None

    def _view(self, review: Record) -> ReviewView:
        body = KIND.fields.read(review.body)
        raw = self._world.store.get(body["offer"])
        listing = self._views.parse(raw)[0] if raw else None
        events = []
        if body["proof"]["escrow"] == self._views.escrow_account:
            events = self._ledger.events(body["proof"]["order"])
        verdict = reviews.verdict(review, listing, events, self._world.registry)
        return ReviewView(
            id=id_to_text(review.id),
            rating=body["rating"],
            text=body["text"],
            language=body["language"],
            created=review.created,
            verdict=verdict.standing.value,
            reason=verdict.text,
        )
