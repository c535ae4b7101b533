"""Several orders paid, or released, at once: what they come to, what is left out, and one button."""

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.together import VERBS
from node.peer.views import Money, OrderView
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Unavailable
from node.protocol.escrow import MAX_ORDERS
from node.web.pages.common import page, posted, show, text, to
from node.web.pages.prompts import token_address


def _address(verb: str, ids: list[str]) -> str:
    return "/together?" + urlencode([("verb", verb), *(("id", id) for id in ids)])


async def _page(
    request: Request, verb: str, ids: list[str], refused: EtalError | None = None
) -> Response:
    peer, words = request.app.state.peer, show(request)
    every = [peer.order(id) for id in ids]
    problem, asked = refused, None
    try:
        asked = await peer.together_request(ids, verb)
    except (Conflict, Unavailable) as error:
        problem = problem or (error if isinstance(error, Unavailable) else None)
    able = set(asked.orders) if asked else set()
    chosen = [each for each in every if each.id in able]
    told = {each.id: each for each in asked.left_out} if asked else {}
    return page(
        request,
        "together.html",
        200 if refused is None else 409,
        verb=verb,
        chosen=chosen,
        rest=[(each, told.get(each.id)) for each in every if each.id not in able],
        totals=_totals([_moved(each, verb) for each in chosen]),
        moved={each.id: _moved(each, verb) for each in every},
        tokens={token_address(each.quote.total) for each in chosen} - {""},
        problem=problem,
        chain=words.chain(every[0].chain),
        here=_address(verb, ids),
    )


def _moved(order: OrderView, verb: str) -> Money:
    """What is paid of it: of an order that is released, what a part paid or given back has left."""
    return order.held if verb == "release" and order.held else order.quote.total


def _totals(amounts: list[Money]) -> list[Money]:
    sums: dict[str, Money] = {}
    for total in amounts:
        before = sums[total.unit].amount if total.unit in sums else 0
        sums[total.unit] = Money(before + total.amount, total.unit, total.symbol, total.decimals)
    return list(sums.values())


def _asked(verb: str, ids: list[str]) -> tuple[str, list[str]] | None:
    ids = list(dict.fromkeys(ids))
    return (verb, ids) if verb in VERBS and 1 <= len(ids) <= MAX_ORDERS else None


async def together(request: Request) -> Response:
    """GET /together?verb=fund|release&id=…&id=…"""
    given = request.query_params
    asked = _asked(given.get("verb", ""), given.getlist("id"))
    return to("/orders") if asked is None else await _page(request, *asked)


async def act(request: Request) -> Response:
    """POST /together: by the node's own wallet."""
    form = await posted(request)
    ids = [value for value in form.getlist("id") if isinstance(value, str)]
    asked = _asked(text(form, "verb", 10), ids)
    if asked is None:
        raise NotFound("order.verb", "There is no such act.")
    verb, ids = asked
    try:
        await request.app.state.peer.together(ids, verb)
    except (Conflict, InputError, Unavailable) as error:
        return await _page(request, verb, ids, error)
    return to(_address(verb, ids))


routes: list[Any] = [
    Route("/together", together),
    Route("/together", act, methods=["POST"]),
]
