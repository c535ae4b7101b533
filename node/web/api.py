"""The JSON API: the peer's verbs over HTTP, for the command line and for programs of the owner. docs/guides/api.md describes it.

Ids are text, amounts decimal strings in the smallest unit, times Unix seconds. Errors are {"error": {rule, message, field}}.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import Balance, Money, OrderView
from node.ports import Query
from node.protocol.encoding import id_from_text
from node.protocol.errors import InputError, NotFound, Rejected
from node.protocol.kinds.listing import MAX_ALT
from node.web import api_cart, pictures
from node.web.api_bodies import (
    Accept,
    Body,
    Note,
    Nothing,
    Orders,
    Part,
    Parts,
    Place,
    Profile,
    Quote,
    Review,
    Search,
    Sent,
    Settle,
    Ship,
    Shown,
    Slice,
    Wallet,
    Withdraw,
    Word,
)

SAFE_INTEGER = 2**53 - 1  # what JSON readers hold exactly (RFC 8259 §6)
T = TypeVar("T")


# ---- reading and writing JSON


def answer(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(plain(value)), status, media_type="application/json")


def plain(value: Any) -> Any:
    """Views as JSON: amounts, and every number that JSON readers might round, as decimal text."""
    if isinstance(value, Money):
        return {**_members(value), "amount": str(value.amount)}
    if isinstance(value, Balance):
        amount = None if value.amount is None else str(value.amount)
        return {**_members(value), "amount": amount}
    if is_dataclass(value):
        return _members(value)
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if type(value) is int and abs(value) > SAFE_INTEGER:
        return str(value)
    return value


def _members(view: Any) -> dict[str, Any]:
    members = {each.name: plain(getattr(view, each.name)) for each in fields(view)}
    if "paid_out" in members:
        members["paid_out"] = {who: str(amount) for who, amount in members["paid_out"].items()}
    return members


async def _body(request: Request, shape: type[T]) -> T:
    return msgspec.json.decode(await request.body() or b"{}", type=shape)


def _query(request: Request, shape: type[T]) -> T:
    several = {each.name for each in msgspec.structs.fields(shape) if each.default_factory is list}
    given = {
        name: request.query_params.getlist(name) if name in several else request.query_params[name]
        for name in request.query_params
    }
    return msgspec.convert(given, shape, strict=False)


def _slice(items: Sequence[Any], part: Slice, key: Callable[[Any], str]) -> tuple[list, str | None]:
    keys = [key(each) for each in items]
    start = keys.index(part.after) + 1 if part.after in keys else 0
    chosen = list(items[start : start + part.limit])
    return chosen, keys[start + part.limit - 1] if start + part.limit < len(keys) else None


# ---- the verbs


async def status(request: Request) -> Response:
    return answer(request.app.state.peer.status())


async def set_profile(request: Request) -> Response:
    given = await _body(request, Profile)
    peer = request.app.state.peer
    return answer(await peer.publish_profile(given.name, given.about, given.language))


async def stall(request: Request) -> Response:
    """Who a persona is, and what was said of what they sold."""
    id = request.path_params["id"]
    peer = request.app.state.peer
    return answer({"persona": peer.persona(id), "reviews": peer.reviews_of(id)})


async def search(request: Request) -> Response:
    wanted = _query(request, Search)
    for number, code in enumerate(wanted.country):
        if not re.fullmatch("[A-Z]{2}", code):
            raise InputError(
                "search.country",
                f"{code} is no code of a country: those of ISO 3166-1 alpha-2 have two capital letters, such as FR.",
                f"country.{number}",
            )
    query = Query(
        text=wanted.q,
        author=_persona(wanted.seller) if wanted.seller else None,
        categories=tuple(wanted.category),
        countries=tuple(wanted.country),
        unit=wanted.unit,
        low=None if wanted.min is None else int(wanted.min),
        high=None if wanted.max is None else int(wanted.max),
        facets=tuple(_facet(each, number) for number, each in enumerate(wanted.facet)),
        available_only=wanted.available,
        sort=wanted.sort,
        after=wanted.after,
        limit=wanted.limit,
    )
    peer = request.app.state.peer
    found = peer.search(query)
    return answer(
        {
            "listings": found.hits,
            "meant": peer.nearest(wanted.q) if wanted.q and not found.total else None,
            "total": found.total,
            "next": found.next,
            "facets": found.facets,
        }
    )


def _facet(text: str, number: int) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise InputError(
            "search.facet", f"{text} isn't name:value, such as condition:used.", f"facet.{number}"
        )
    return name, value


def _persona(text: str) -> bytes:
    try:
        return id_from_text(text)
    except Rejected:
        raise InputError("web.seller", "A persona's id has 52 characters.", "seller") from None


async def listings(request: Request) -> Response:
    part = _query(request, Slice)
    chosen, after = _slice(request.app.state.peer.listings(), part, lambda view: view.slug)
    return answer({"listings": chosen, "next": after})


async def add_listing(request: Request) -> Response:
    given = await _body(request, dict[str, Any])
    return answer(await request.app.state.peer.save_listing(given), 201)


async def edit_listing(request: Request) -> Response:
    given = await _body(request, dict[str, Any])
    slug = request.path_params["slug"]
    return answer(await request.app.state.peer.save_listing(given, slug))


async def withdraw_listing(request: Request) -> Response:
    slug = request.path_params["slug"]
    await request.app.state.peer.withdraw_listing(slug)
    return answer({"slug": slug, "state": "withdrawn"})


async def own_listing(request: Request) -> Response:
    """As it would be sent to change it."""
    return answer(request.app.state.peer.editable(request.path_params["slug"]))


async def set_availability(request: Request) -> Response:
    given = await _body(request, dict[str, Any])
    peer = request.app.state.peer
    return answer(await peer.set_availability(request.path_params["slug"], given))


async def listing(request: Request) -> Response:
    author, slug = request.path_params["author"], request.path_params["slug"]
    found = request.app.state.peer.listing(author, slug)
    if found is None:
        raise NotFound("listing.unknown", "This node knows no such listing.")
    return answer(found)


async def add_picture(request: Request) -> Response:
    """The picture itself as the body, its description as ?alt=."""
    alt = request.query_params.get("alt", "")
    if len(alt) > MAX_ALT:
        raise InputError("picture.alt", f"A description has at most {MAX_ALT} characters.", "alt")
    converted = await pictures.convert(await request.body())
    return answer(await request.app.state.peer.add_picture(converted, alt), 201)


async def orders(request: Request) -> Response:
    part = _query(request, Orders)
    return answer(
        await request.app.state.peer.orders(part.side, part.stage, part.after, part.limit)
    )


async def place_order(request: Request) -> Response:
    given = await _body(request, Place)
    placed = await request.app.state.peer.place_order(
        given.listing,
        given.lines,
        given.delivery,
        given.asset,
        given.account,
        given.text,
        given.referrer,
        given.arbiter,
    )
    return answer(placed, 201)


async def quote(request: Request) -> Response:
    given = await _body(request, Quote)
    peer = request.app.state.peer
    return answer(peer.quote(given.listing, given.lines, given.delivery, given.asset))


async def order(request: Request) -> Response:
    return answer(_order(request))


def _order(request: Request) -> OrderView:
    """Raises NotFound."""
    return request.app.state.peer.order(request.path_params["id"])


def _verb(shape: type[Body], act: Callable[[Any, str, Any], Awaitable[Any]]):
    """An endpoint that moves an order on and answers with it as it is then."""

    async def endpoint(request: Request) -> Response:
        given = await _body(request, shape)
        await act(request.app.state.peer, _order(request).id, given)
        return answer(_order(request))

    return endpoint


def _amount(given: Part) -> tuple[int, ...]:
    return () if given.amount is None else (int(given.amount),)


VERBS = {
    "accept": _verb(Nothing, lambda peer, id, given: peer.accept(id)),
    "decline": _verb(Word, lambda peer, id, given: peer.decline(id, given.text)),
    "cancel": _verb(Word, lambda peer, id, given: peer.cancel(id, given.text)),
    "ship": _verb(Ship, lambda peer, id, given: peer.ship(id, given.carrier, given.tracking)),
    "release": _verb(Part, lambda peer, id, given: peer.release(id, *_amount(given))),
    "refund": _verb(Part, lambda peer, id, given: peer.refund(id, *_amount(given))),
    "settle": _verb(
        Settle,
        lambda peer, id, given: peer.settle(
            id, int(given.to_buyer), int(given.to_seller), given.text, given.days
        ),
    ),
    "accept_settlement": _verb(
        Accept, lambda peer, id, given: peer.accept_settlement(id, given.proposal)
    ),
    "drop_draft": _verb(Nothing, lambda peer, id, given: peer.drop_draft(id)),
    "pledge": _verb(Nothing, lambda peer, id, given: peer.pledge(id)),
    "fund": _verb(Nothing, lambda peer, id, given: peer.fund(id)),
    "authorize": _verb(Nothing, lambda peer, id, given: peer.authorize(id)),
    "sign_release": _verb(Nothing, lambda peer, id, given: peer.sign_release(id)),
    "relay": _verb(Nothing, lambda peer, id, given: peer.relay(id)),
    "take_back": _verb(Nothing, lambda peer, id, given: peer.take_back(id)),
    "timeout": _verb(Nothing, lambda peer, id, given: peer.timeout(id)),
    "dispute": _verb(Nothing, lambda peer, id, given: peer.dispute(id)),
    "show_message": _verb(Shown, lambda peer, id, given: peer.show_message(id, given.message)),
    "show_parts": _verb(Parts, lambda peer, id, given: peer.show_parts(id, given.parts)),
    "tell_arbiter": _verb(Note, lambda peer, id, given: peer.tell_arbiter(id, given.text)),
    "withdraw": _verb(Withdraw, lambda peer, id, given: peer.withdraw(id, given.to)),
    "message": _verb(Note, lambda peer, id, given: peer.message(id, given.text)),
    "review": _verb(
        Review,
        lambda peer, id, given: peer.write_review(
            id, given.rating, given.text, given.language or "en"
        ),
    ),
    "change_review": _verb(
        Review,
        lambda peer, id, given: peer.change_review(id, given.rating, given.text, given.language),
    ),
    "withdraw_review": _verb(Nothing, lambda peer, id, given: peer.withdraw_review(id)),
    "transactions": _verb(
        Sent, lambda peer, id, given: peer.note_transaction(id, given.verb, given.hash)
    ),
}


async def wallet(request: Request) -> Response:
    given = await _body(request, Wallet)
    return answer(
        await request.app.state.peer.wallet_request(
            request.path_params["id"],
            request.path_params["verb"],
            given.account,
            given.signature,
            given.permit,
            given.to,
            *([given.proposal] if given.proposal else []),
        )
    )


routes = [
    Route("/api/status", status),
    Route("/api/profile", set_profile, methods=["PUT"]),
    Route("/api/stalls/{id}", stall),
    Route("/api/search", search),
    Route("/api/listings", listings),
    Route("/api/listings", add_listing, methods=["POST"]),
    Route("/api/listings/{slug}", own_listing),
    Route("/api/listings/{slug}", edit_listing, methods=["PUT"]),
    Route("/api/listings/{slug}/availability", set_availability, methods=["PUT"]),
    Route("/api/listings/{slug}", withdraw_listing, methods=["DELETE"]),
    Route("/api/listings/{author}/{slug}", listing),
    Route("/api/pictures", add_picture, methods=["POST"]),
    Route("/api/quotes", quote, methods=["POST"]),
    Route("/api/orders", orders),
    Route("/api/orders", place_order, methods=["POST"]),
    Route("/api/orders/{id}", order),
    *(Route(f"/api/orders/{{id}}/{name}", verb, methods=["POST"]) for name, verb in VERBS.items()),
    Route("/api/orders/{id}/wallet/{verb}", wallet, methods=["POST"]),
    *api_cart.routes_with(_body, answer),
]
