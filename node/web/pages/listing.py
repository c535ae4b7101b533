"""One listing: what it is, what it costs, who sells it, and what buyers said."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import ListingView
from node.web.pages import campaigns, goods, shares
from node.web.pages.common import page, show
from node.web.pages.search import bytes_of

REVIEWS = 50


async def listing(request: Request) -> Response:
    """GET /l/{author}/{slug}: 404 for what was withdrawn or never heard of."""
    author, slug = request.path_params["author"], request.path_params["slug"]
    bytes_of(author)
    found = request.app.state.peer.listing(author, slug)
    if found is None:
        return page(request, "gone.html", 404, author=author)
    words = show(request)
    offer = goods.offer(found, words)
    return page(
        request,
        "listing.html",
        listing=found,
        goods=offer,
        choice=next((v for v in offer.variants if v.id == offer.first), None) if offer else None,
        rows=goods.rows(found, words),
        pay_with=words.one_of([money.symbol for money in found.pay_with]),
        delivery_hint=words.facet("free_shipping", "yes")
        if found.facts.get("free_shipping")
        else "",
        reviews=found.reviews[:REVIEWS],
        referrer=shares.referrer(found, request.query_params),
        own_link=_own_link(request, found),
        campaign=await campaigns.of_listing(request, found),
    )


def _own_link(request: Request, found: ListingView) -> str:
    """The address by which others name this node's owner as who sent them; "" where that brings nothing."""
    me = request.app.state.peer.identity()
    account = me.payout or me.wallet
    if not account or not found.referral_bps or found.author.mine:
        return ""
    return f"/l/{found.author.id}/{found.slug}?ref={account}"


routes = [Route("/l/{author}/{slug}", listing)]
