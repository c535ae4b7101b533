"""The JSON API's part about arbiters."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.web.api import answer
from node.web.api_bodies import Body, Long, Short


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


routes = [
    Route("/api/arbiters", arbiters),
    Route("/api/arbiter", offer, methods=["PUT"]),
    Route("/api/arbiter", withdraw, methods=["DELETE"]),
    Route("/api/arbiters/{id}", arbiter),
    Route("/api/arbiters/{id}/trust", trust, methods=["PUT", "DELETE"]),
]
