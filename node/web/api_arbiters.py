"""The JSON API's part about arbiters and the cases that they decide."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.protocol.kinds.case import MAX_ALT
from node.web import pictures
from node.web.api import answer
from node.web.api_bodies import LONG, Body, Digits, Long, Short
from node.web.pictures import drawn


class Offer(Body):
    """On which terms this node decides: `fee_bps` in 1/10,000, `ruling` in seconds, `languages` are BCP 47."""

    fee_bps: int
    ruling: int
    languages: list[Short]
    about: Long = ""


async def arbiters(request: Request) -> Response:
    peer = request.app.state.peer
    return answer({"arbiters": peer.arbiters(), "own": peer.own_arbiter()})


async def arbiter(request: Request) -> Response:
    return answer(request.app.state.peer.arbiter(request.path_params["id"]))


async def offer(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Offer)
    return answer(await request.app.state.peer.offer_to_decide(msgspec.structs.asdict(given)))


async def withdraw(request: Request) -> Response:
    await request.app.state.peer.decide_no_more()
    return answer({"own": None})


async def trust(request: Request) -> Response:
    """PUT and DELETE /api/arbiters/{id}/trust; answers as the list does."""
    peer, id = request.app.state.peer, request.path_params["id"]
    await (peer.trust_arbiter if request.method == "PUT" else peer.distrust_arbiter)(id)
    return await arbiters(request)


# ---- cases


class Ruling(Body):
    """`to_seller` in the smallest unit, or `share_bps` in 1/10,000 of what the fee leaves."""

    to_seller: Digits | None = None
    share_bps: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None


class Answer(Body):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=LONG)]
    to: Annotated[str, msgspec.Meta(pattern="^(buyer|seller)\\Z")]


async def cases(request: Request) -> Response:
    return answer(request.app.state.peer.cases())


async def case(request: Request) -> Response:
    return answer(request.app.state.peer.case(request.path_params["id"]))


async def _ruling(request: Request) -> dict:
    given = msgspec.json.decode(await request.body() or b"{}", type=Ruling)
    to_seller = None if given.to_seller is None else int(given.to_seller)
    return {"to_seller": to_seller, "share_bps": given.share_bps}


async def preview(request: Request) -> Response:
    """What each would get."""
    found = request.app.state.peer.preview_ruling(
        request.path_params["id"], **await _ruling(request)
    )
    return answer({name: getattr(found, name) for name in ("buyer", "seller", "arbiter")})


async def rule(request: Request) -> Response:
    await request.app.state.peer.rule(request.path_params["id"], **await _ruling(request))
    return await case(request)


async def write(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Answer)
    await request.app.state.peer.write_to_party(request.path_params["id"], given.text, given.to)
    return await case(request)


async def case_picture(request: Request) -> Response:
    data = request.app.state.peer.case_picture(
        request.path_params["id"], request.path_params["blob"]
    )
    return await drawn(data)


async def show_picture(request: Request) -> Response:
    """The picture itself as the body, its description as ?alt=."""
    peer, id = request.app.state.peer, request.path_params["id"]
    alt = request.query_params.get("alt", "")[:MAX_ALT]
    await peer.show_picture(id, await pictures.evidence(await request.body()), alt)
    return answer(peer.order(id))


routes = [
    Route("/api/arbiters", arbiters),
    Route("/api/arbiter", offer, methods=["PUT"]),
    Route("/api/arbiter", withdraw, methods=["DELETE"]),
    Route("/api/arbiters/{id}", arbiter),
    Route("/api/arbiters/{id}/trust", trust, methods=["PUT", "DELETE"]),
    Route("/api/cases", cases),
    Route("/api/cases/{id}", case),
    Route("/api/cases/{id}/preview", preview, methods=["POST"]),
    Route("/api/cases/{id}/rule", rule, methods=["POST"]),
    Route("/api/cases/{id}/write", write, methods=["POST"]),
    Route("/api/cases/{id}/pictures/{blob}", case_picture),
    Route("/api/orders/{id}/show_picture", show_picture, methods=["POST"]),
]
