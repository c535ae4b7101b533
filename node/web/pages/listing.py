"""One listing: what it is, what it costs, who sells it, and what buyers said."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.web.pages import goods
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
    )


routes = [Route("/l/{author}/{slug}", listing)]
