"""The front page: search with facets, and stalls."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import ListingPage, PersonaView
from node.ports import Query
from node.protocol.encoding import id_from_text
from node.protocol.errors import InputError, NotFound, Rejected
from node.web.pages import money
from node.web.pages.common import page, show, units_of

PAGE = 24  # listings shown at once
MAX_TEXT = 200
MAX_CHOICES = 50  # boxes ticked in one group
SORTS = ("best", "newest", "price", "-price")
FACETS = ("condition", "pickup", "free_shipping")
RESERVED = {*FACETS, "category", "q", "country", "unit", "min", "max", "available", "sort", "after"}
"""Names of the search's own inputs, which no extension's facet may take."""

REVIEWS = 20


async def search(request: Request) -> Response:
    """GET /: the results alone when htmx asks, the next cards alone when it asks for a later page."""
    peer, given = request.app.state.peer, request.query_params
    units = units_of(peer)
    problem = None
    facets = (*FACETS, *facets_of(peer))
    try:
        wanted = query(given, units, facets)
    except InputError as error:  # of the price alone: everything else that is asked for stands
        problem, wanted = error, query(_without_price(given), units, facets)
    try:
        found = peer.search(wanted)
    except InputError as error:
        problem, found = error, ListingPage((), 0, None, {})
    meant = peer.nearest(wanted.text) if wanted.text and not found.total and not problem else None
    if meant:
        found = peer.search(replace(wanted, text=meant, after=None))
    context = {
        "meant": meant if found.total else None,
        "page": found,
        "wanted": wanted,
        "problem": problem,
        "more": next_page(request, found, meant),
        "groups": groups(found, wanted, show(request), facets_of(peer)),
        "units": [(each.unit, each.symbol) for each in units],
        "countries": show(request).countries(),
        "low": given.get("min", "")[:30],
        "high": given.get("max", "")[:30],
        "narrowed": False,
    }
    if (
        request.headers.get("hx-request") != "true"
        or "hx-history-restore-request" in request.headers
    ):
        return page(request, "search.html", **context)
    return page(request, "_hits.html" if wanted.after else "_results.html", **context)


def _without_price(given) -> QueryParams:
    return QueryParams([pair for pair in given.multi_items() if pair[0] not in ("min", "max")])


def facets_of(peer) -> dict[str, str]:
    """name -> title of the facets that extensions bring along."""
    return {
        name: title
        for extension in peer.registry.extensions
        for name, title in extension.facets.items()
        if name not in RESERVED
    }


def query(given, units: list[money.Unit], facets: Iterable[str] = FACETS) -> Query:
    """The search that an address asks for. Raises InputError for a price that is none."""
    unit = money.known(units, given.get("unit", ""))
    low, high = given.get("min", "")[:40], given.get("max", "")[:40]
    if (low.strip() or high.strip()) and unit is None:
        if len(units) != 1:
            raise InputError("search.unit", "Choose the money that the price is in.", "unit")
        unit = units[0]
    sort = given.get("sort", "best")
    return Query(
        text=given.get("q", "").strip()[:MAX_TEXT],
        categories=tuple(given.getlist("category")[:MAX_CHOICES]),
        countries=tuple(code for code in given.getlist("country")[:MAX_CHOICES] if code),
        unit=unit.unit if unit else None,
        low=money.typed(low, unit.decimals, "min") if unit else None,
        high=money.typed(high, unit.decimals, "max") if unit else None,
        facets=tuple(
            (name, value) for name in facets for value in given.getlist(name)[:MAX_CHOICES]
        ),
        available_only=given.get("available") == "1",
        sort=sort if sort in SORTS else "best",
        after=given.get("after") or None,
        limit=PAGE,
    )


def groups(
    found: ListingPage, wanted: Query, words, extra: Mapping[str, str] | None = None
) -> list[tuple]:
    """(input name, legend, options) of every facet with counts; an option is (value, label, count, ticked)."""
    ticked = {"category": set(wanted.categories)}
    for name, value in wanted.facets:
        ticked.setdefault(name, set()).add(value)
    shown = []
    brought = [(name, words.translate(title)) for name, title in (extra or {}).items()]
    for name, legend in [*words.facet_groups(), *brought]:
        counts = {**dict.fromkeys(ticked.get(name, ()), 0), **found.facets.get(name, {})}
        options = [
            (value, words.facet(name, value), count, value in ticked.get(name, ()))
            for value, count in sorted(counts.items(), key=lambda pair: -pair[1])
        ]
        if options:
            shown.append((name, legend, options[:MAX_CHOICES]))
    return shown


def next_page(request: Request, found: ListingPage, meant: str | None = None) -> str:
    """The address of the listings after these, which were found for what was `meant` rather than typed."""
    if not found.next:
        return ""
    changed = {"after": found.next, **({"q": meant} if meant else {})}
    given = request.query_params.multi_items()
    kept = [(name, value) for name, value in given if name not in changed]
    return f"{request.url.path}?{urlencode([*kept, *changed.items()])}"


async def stall(request: Request) -> Response:
    """GET /s/{author}: everything of one seller."""
    peer, author = request.app.state.peer, request.path_params["author"]
    after = request.query_params.get("after") or None
    persona = peer.persona(author)
    found = peer.search(Query(author=bytes_of(author), sort="newest", after=after, limit=PAGE))
    context = {"page": found, "more": next_page(request, found), "persona": persona}
    if request.headers.get("hx-request") == "true" and after:
        return page(request, "_hits.html", **context)
    return page(
        request,
        "stall.html",
        reviews=peer.reviews_of(author)[:REVIEWS],
        accounts=_accounts(request, persona),
        **context,
    )


def _accounts(request: Request, persona: PersonaView) -> list[tuple[str, str]]:
    """(chain by name, address) of the accounts that a stall has proven to be its own."""
    parts = (account.rpartition(":") for account in persona.accounts)
    return [(show(request).chain(chain), address) for chain, _, address in parts]


def bytes_of(author: str) -> bytes:
    """A persona's id from an address. Raises NotFound for what is none."""
    try:
        return id_from_text(author)
    except Rejected:
        raise NotFound("persona.unknown", "This is no stall's address.") from None


routes = [Route("/", search), Route("/s/{author}", stall)]
