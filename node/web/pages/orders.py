"""Orders: both sides' lists, and the page of one order with everything that can be done about it."""

import math
import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from node.peer.views import Money, OrderView
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Unavailable
from node.protocol.kinds.case import MAX_ALT
from node.protocol.kinds.order import MAX_CARRIER, MAX_NOTE, MAX_TRACKING
from node.protocol.kinds.review import MAX_TEXT
from node.protocol.order_state import CALLED_OFF, Stage
from node.web import pictures
from node.web.pages import money, progress, prompts
from node.web.pages.common import delivery_rows, lines_text, page, posted, show, text, to, typed
from node.web.problems import describe

SIDES = ("buyer", "seller")
ON_A_PAGE = 25
LOOKED_AT = 50  # the newest orders, to count those that wait
MAX_WHY = 500  # characters of why something is called off: a line or two, where a note may be long
RETRYABLE = (InputError, Conflict, Unavailable)


async def orders(request: Request) -> Response:
    """GET /orders?side=buyer|seller&stage=&after="""
    peer = request.app.state.peer
    counts = peer.order_counts()
    given = request.query_params
    side, stage, after = given.get("side"), given.get("stage"), given.get("after") or None
    if side not in SIDES:
        side = "buyer" if counts["buyer"] or not counts["seller"] else "seller"
    if stage not in list(Stage):
        stage = None
    found = await peer.orders(side, stage, after, ON_A_PAGE)
    return page(
        request,
        "orders.html",
        orders=found.orders,
        releasable=sum(map(_is_to_release, found.orders)),
        counts=counts,
        cases_waiting=peer.cases_waiting(),
        side=side,
        stage=stage,
        stages=list(Stage),
        here=_address(side, stage, after),
        newest=_address(side, stage) if after else None,
        older=_address(side, stage, found.next) if found.next else None,
    )


def _is_to_release(each: OrderView) -> bool:
    return each.side == "buyer" and each.stage == "shipped" and "release" in each.actions


async def waiting(request: Request) -> Response:
    """GET /orders/waiting: how many of the newest orders, and of the cases, wait for this person, for every page to say it."""
    peer = request.app.state.peer
    found = await peer.orders(None, None, None, LOOKED_AT)
    count = sum(map(progress.waits, found.orders)) + peer.cases_waiting()
    return JSONResponse({"count": count, "text": show(request).waiting(count)})


def _address(side: str, stage: str | None, after: str | None = None) -> str:
    given = {"side": side, "stage": stage, "after": after}
    return "/orders?" + urlencode({name: each for name, each in given.items() if each})


def _found(request: Request) -> OrderView:
    """Raises NotFound."""
    return request.app.state.peer.order(request.path_params["id"])


async def order(request: Request) -> Response:
    """GET /orders/{id}"""
    return _page(request, _found(request))


@dataclass(frozen=True)
class Refused:
    """A form that wasn't taken: its page is shown again with what was typed, and why beside it."""

    verb: str
    error: EtalError
    typed: dict[str, str]


def _page(request: Request, found: OrderView, refused: Refused | None = None) -> Response:
    words = show(request)
    peer = request.app.state.peer
    return page(
        request,
        "order.html",
        200 if refused is None else describe(refused.error)[0],
        order=found,
        refused=refused,
        steps=progress.steps(found),
        unsent=_unsent(found),
        sent=any(each.step == "ship" for each in found.messages),
        described=lines_text(peer, words, found.lines, found.listing),
        prompts=prompts.of(found, peer.tokens()),
        held=_held(peer, found),
        token=prompts.token_address(found.quote.total),
        seller_address=(found.terms or {}).get("seller"),
        chain=words.chain(found.chain),
        review_time=_review_time(request, found),
        paid_out=_paid_out(found, words),
        delivery_rows=delivery_rows(request.app.state.peer, words, found),
    )


def _unsent(found: OrderView) -> bool:
    """Whether the time to mark it as sent is over, while the contract still holds the money of an order that goes on."""
    ship_by = found.deadlines.get("ship_by", math.inf)
    return found.stage not in CALLED_OFF and ship_by < time.time()


def _held(peer, found: OrderView) -> Money | None:
    """What the node's own wallet holds of what it is to pay with; None where it doesn't pay, or the chain hasn't told."""
    if not found.wallet_is_node or "fund" not in found.actions:
        return None
    total = found.quote.total
    held = {each.asset: each.amount for each in peer.status().balances}.get(total.unit)
    return None if held is None else replace(total, amount=held)


def _review_time(request: Request, found: OrderView) -> str:
    seconds = (found.terms or {}).get("review")
    if not isinstance(seconds, int):
        return ""
    return request.app.state.renderer.language(request).lasting(seconds)


def _paid_out(found: OrderView, words) -> list[tuple[str, Money]]:
    total = found.quote.total
    return [
        (words.paid_to(who, found.side), Money(amount, total.unit, total.symbol, total.decimals))
        for who, amount in found.paid_out.items()
        if amount
    ]


# ---- what can be done

VERBS = {
    "accept": lambda peer, id, form: peer.accept(id),
    "decline": lambda peer, id, form: peer.decline(id, text(form, "text", MAX_WHY)),
    "cancel": lambda peer, id, form: peer.cancel(id, text(form, "text", MAX_WHY)),
    "ship": lambda peer, id, form: peer.ship(
        id, text(form, "carrier", MAX_CARRIER), text(form, "number", MAX_TRACKING)
    ),
    "refund": lambda peer, id, form: peer.refund(id),
    "refund_part": lambda peer, id, form: peer.refund(id, _part(peer, id, form, "amount")),
    "release_part": lambda peer, id, form: peer.release(id, _part(peer, id, form, "amount")),
    "settle": lambda peer, id, form: peer.settle(
        id,
        _part(peer, id, form, "to_buyer"),
        _part(peer, id, form, "to_seller"),
        text(form, "text", MAX_WHY),
    ),
    "accept_settlement": lambda peer, id, form: peer.accept_settlement(
        id, text(form, "proposal", 64) or None
    ),
    "drop_draft": lambda peer, id, form: peer.drop_draft(id),
    "pledge": lambda peer, id, form: peer.pledge(id),
    "fund": lambda peer, id, form: peer.fund(id),
    "authorize": lambda peer, id, form: peer.authorize(id),
    "sign_release": lambda peer, id, form: peer.sign_release(id),
    "relay": lambda peer, id, form: peer.relay(id),
    "release": lambda peer, id, form: peer.release(id),
    "take_back": lambda peer, id, form: peer.take_back(id),
    "timeout": lambda peer, id, form: peer.timeout(id),
    "dispute": lambda peer, id, form: peer.dispute(id),
    "show_message": lambda peer, id, form: peer.show_message(id, text(form, "message", 64)),
    "show_parts": lambda peer, id, form: peer.show_parts(id, list(map(str, form.getlist("parts")))),
    "show_picture": lambda peer, id, form: _show_picture(peer, id, form),
    "tell_arbiter": lambda peer, id, form: peer.tell_arbiter(id, _note(form)),
    "withdraw": lambda peer, id, form: peer.withdraw(id, text(form, "to", 100).strip() or None),
    "message": lambda peer, id, form: peer.message(id, _note(form)),
    "review": lambda peer, id, form: peer.write_review(id, *_said(form)),
    "change_review": lambda peer, id, form: peer.change_review(id, *_said(form)),
    "withdraw_review": lambda peer, id, form: peer.withdraw_review(id),
}


async def _show_picture(peer, id: str, form: Any) -> None:
    upload = form.get("picture")
    if not isinstance(upload, UploadFile) or not upload.filename:
        raise InputError("picture.none", "Choose a picture first.", "picture")
    made = await pictures.evidence(await upload.read())
    await peer.show_picture(id, made, text(form, "alt", MAX_ALT))


def _part(peer, id: str, form: Any, name: str) -> int:
    """An amount in the money of the order; nothing is none of it. Raises InputError naming the field."""
    decimals = peer.order(id).quote.total.decimals
    return money.typed(text(form, name, 60), decimals, name) or 0


def _note(form: Any) -> str:
    note = text(form, "text", MAX_NOTE)
    if not note:
        raise InputError("order.note", "Write something first.", "text")
    return note


def _said(form: Any) -> tuple[int, str, str]:
    """(rating, text, language) of a review."""
    rating = text(form, "rating", 1)
    if rating not in ("1", "2", "3", "4", "5"):
        raise InputError("review.rating", "Choose one to five stars.", "rating")
    return int(rating), text(form, "text", MAX_TEXT), text(form, "language")


async def act(request: Request) -> Response:
    """POST /orders/{id}/{verb}: do it and go back to the page; what is refused is said there."""
    verb = VERBS.get(request.path_params["verb"])
    if verb is None:
        raise NotFound("order.verb", "There is no such act.")
    form = await posted(request, files=1)
    found = _found(request)
    try:
        await verb(request.app.state.peer, found.id, form)
    except RETRYABLE as error:
        refused = Refused(
            request.path_params["verb"], error, {name: typed(form, name) for name in form}
        )
        return _page(request, _found(request), refused)
    return to(f"/orders/{found.id}")


async def back(request: Request) -> Response:
    """GET /orders/{id}/{verb}: the address of a form that was refused, reloaded or come back to."""
    if request.path_params["verb"] not in VERBS:
        raise NotFound("order.verb", "There is no such act.")
    return to(f"/orders/{request.path_params['id']}")


async def shown(request: Request) -> Response:
    """GET /orders/{id}/shown/{blob}: a picture that was shown to the arbiter."""
    given = request.path_params
    return await pictures.drawn(request.app.state.peer.shown_picture(given["id"], given["blob"]))


routes = [
    Route("/orders", orders),
    Route("/orders/waiting", waiting),
    Route("/orders/{id}", order),
    Route("/orders/{id}/shown/{blob}", shown),
    Route("/orders/{id}/{verb}", act, methods=["POST"]),
    Route("/orders/{id}/{verb}", back),
]
