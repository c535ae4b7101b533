"""The verbs about listings, one part of the peer."""

from dataclasses import replace
from typing import Any

from node.peer.arbiters import Arbiters
from node.peer.listing_views import ListingViews
from node.peer.own_campaigns import OwnCampaigns
from node.peer.reviews import Reviews
from node.peer.stall import Stall
from node.peer.views import ListingPage, ListingView, ReviewView
from node.peer.world import World
from node.ports import Query
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, NotFound, Rejected
from node.protocol.record import Record


class ListingVerbs:
    """Ids are text, as everywhere in the peer's verbs."""

    _world: World
    _stall: Stall
    _views: ListingViews
    _reviews: Reviews
    _arbiters: Arbiters
    _own_campaigns: OwnCampaigns

    async def save_listing(self, given: dict[str, Any], slug: str | None = None) -> ListingView:
        self._own_campaigns.need_editable(slug or given.get("slug"))
        return self._stall.save(given, slug)

    async def set_availability(self, slug: str, given: dict[str, Any]) -> ListingView:
        if self._stall.latest(slug).body["offer"].get("preorder"):
            raise Conflict("listing.preorder", "Pieces of a pre-order aren't counted.")
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
        return self._alone(found, self._reviews.of(persona, slug))

    def listing_by_id(self, id: str) -> ListingView:
        """A certain edition, whatever has become of it. Raises NotFound."""
        id = id_of(id, "listing.unknown", "There is no such listing.")
        return self._alone(self._views.held(id)[1])

    def _alone(self, listing: Record, reviews: tuple[ReviewView, ...] = ()) -> ListingView:
        """With what isn't told of each in a list."""
        arbiters = self._arbiters.offered(self._views.body(listing))
        return replace(self._views.current(listing), reviews=reviews, arbiters=arbiters)


def id_of(text: str, rule: str, message: str) -> bytes:
    """Raises NotFound, saying so, for what is no id."""
    try:
        return id_from_text(text)
    except Rejected:
        raise NotFound(rule, message) from None
