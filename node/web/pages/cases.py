"""The arbiter's pages: the cases that this node's account decides, and one of them with the form to decide it."""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.case_views import CaseView
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Unavailable
from node.protocol.kinds.case import MAX_TEXT
from node.web.pages import money
from node.web.pages.common import page, posted, show, text, to, typed
from node.web.pictures import drawn
from node.web.problems import describe

RETRYABLE = (InputError, Conflict, Unavailable)
WAYS = ("share", "amount")


async def cases(request: Request) -> Response:
    """GET /cases"""
    return page(request, "cases.html", found=request.app.state.peer.cases())


@dataclass(frozen=True)
class Refused:
    """A form that wasn't taken, with what was typed."""

    verb: str
    error: EtalError
    typed: dict[str, str]


async def case(request: Request) -> Response:
    """GET /cases/{id}"""
    return _page(request, _found(request))


def _found(request: Request) -> CaseView:
    return request.app.state.peer.case(request.path_params["id"])


def _page(request: Request, found: CaseView, refused: Refused | None = None) -> Response:
    said = refused.typed if refused and refused.verb == "rule" else {}
    given = {"way": "share", "share": "50", "amount": "", **said}
    return page(
        request,
        "case.html",
        200 if refused is None else describe(refused.error)[0],
        case=found,
        refused=refused,
        given=given,
        chain=show(request).chain(found.chain),
        **_preview(request, found, given),
    )


def _preview(request: Request, found: CaseView, given: dict[str, str]) -> dict[str, Any]:
    """What a decision that is typed so would pay, or what is wrong with it."""
    if "rule" not in found.actions:
        return {"ruling": None, "ruling_problem": None}
    try:
        ruling = request.app.state.peer.preview_ruling(found.id, **_decided(found, given))
        return {"ruling": ruling, "ruling_problem": None}
    except RETRYABLE as error:
        return {"ruling": None, "ruling_problem": error}


def _decided(found: CaseView, given: dict[str, str]) -> dict[str, int | None]:
    """As the peer takes it. Raises InputError."""
    if given.get("way") == "amount":
        amount = money.typed(given.get("amount", ""), found.held.decimals, "amount")
        if amount is None:
            raise InputError("field.required", "This is needed.", "amount")
        return {"to_seller": amount}
    share = money.typed(given.get("share", "").removesuffix("%"), 2, "share")
    if share is None:
        raise InputError("field.required", "This is needed.", "share")
    return {"share_bps": share}


async def preview(request: Request) -> Response:
    """POST /cases/{id}/preview: what each gets, alone."""
    form, found = await posted(request), _found(request)
    given = {name: typed(form, name)[:80] for name in ("way", "share", "amount")}
    return page(request, "_ruling.html", case=found, **_preview(request, found, given))


async def act(request: Request) -> Response:
    """POST /cases/{id}/rule and /cases/{id}/write"""
    verb, peer = request.path_params["verb"], request.app.state.peer
    if verb not in ("rule", "write"):
        raise NotFound("case.verb", "There is no such act.")
    form, found = await posted(request), _found(request)
    given = {name: typed(form, name) for name in form}
    try:
        if verb == "rule":
            await peer.rule(found.id, **_decided(found, given))
        else:
            await peer.write_to_party(found.id, _word(form), text(form, "to", 10))
    except RETRYABLE as error:
        return _page(request, _found(request), Refused(verb, error, given))
    return to(f"/cases/{found.id}")


def _word(form: Any) -> str:
    word = text(form, "text", MAX_TEXT)
    if not word:
        raise InputError("order.note", "Write something first.", "text")
    return word


async def back(request: Request) -> Response:
    """GET of what is only posted."""
    return to(f"/cases/{request.path_params['id']}")


async def picture(request: Request) -> Response:
    """GET /cases/{id}/pictures/{blob}: decoded anew before a browser sees it, as all that strangers made."""
    data = request.app.state.peer.case_picture(
        request.path_params["id"], request.path_params["blob"]
    )
    return await drawn(data)


routes = [
    Route("/cases", cases),
    Route("/cases/{id}", case),
    Route("/cases/{id}/preview", preview, methods=["POST"]),
    Route("/cases/{id}/pictures/{blob}", picture),
    Route("/cases/{id}/{verb}", act, methods=["POST"]),
    Route("/cases/{id}/{verb}", back),
]
