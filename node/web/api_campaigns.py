"""The JSON API's part about campaigns. docs/guides/api.md describes it."""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.campaign_views import CampaignView
from node.web.api import answer
from node.web.api_bodies import Body, Digits, Short

MAX_PARTS = 8


class Tranche(Body):
    at: int
    bps: int


class Start(Body):
    """`goal` in the smallest unit of `asset`, which need only be said where the listing accepts several; `until` in seconds."""

    listing: Short  # slug of one's own
    goal: Digits
    until: int
    asset: Short | None = None
    stop_bps: int | None = None
    tranches: Annotated[list[Tranche], msgspec.Meta(max_length=MAX_PARTS)] = msgspec.field(
        default_factory=list
    )


class Asked(Body):
    """`to` says where what is withdrawn goes."""

    account: Short | None = None
    to: Short | None = None


class Withdraw(Body):
    to: Short | None = None


class Sent(Body):
    verb: Short
    hash: Short


async def campaigns(request: Request) -> Response:
    return answer(await request.app.state.peer.campaigns())


async def start(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Start)
    terms = {
        name: value
        for name in ("goal", "until", "asset", "stop_bps")
        if (value := getattr(given, name)) is not None
    }
    if given.tranches:
        terms["tranches"] = [{"at": each.at, "bps": each.bps} for each in given.tranches]
    return answer(await request.app.state.peer.start_campaign(given.listing, terms), 201)


async def campaign(request: Request) -> Response:
    return answer(await _found(request))


async def _found(request: Request) -> CampaignView:
    return await request.app.state.peer.campaign(request.path_params["id"])


VERBS = {
    "cancel": lambda peer, id: peer.cancel_campaign(id),
    "collect": lambda peer, id: peer.collect_campaign(id),
    "refund": lambda peer, id: peer.refund_campaign(id),
    "object": lambda peer, id: peer.object_to_campaign(id),
    "unobject": lambda peer, id: peer.object_to_campaign(id, False),
}
"""By the node's own wallet. Each answers with the campaign as it is then."""


def _verb(act):
    async def endpoint(request: Request) -> Response:
        await act(request.app.state.peer, request.path_params["id"])
        return answer(await _found(request))

    return endpoint


async def withdraw(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Withdraw)
    await request.app.state.peer.withdraw_campaign(request.path_params["id"], given.to)
    return answer(await _found(request))


async def wallet(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Asked)
    parts, peer = request.path_params, request.app.state.peer
    wanted = await peer.campaign_request(parts["id"], parts["verb"], given.account, given.to)
    return answer(wanted)


async def sent(request: Request) -> Response:
    given = msgspec.json.decode(await request.body() or b"{}", type=Sent)
    peer, id = request.app.state.peer, request.path_params["id"]
    await peer.note_campaign_transaction(id, given.verb, given.hash)
    return answer(await _found(request))


routes = [
    Route("/api/campaigns", campaigns),
    Route("/api/campaigns", start, methods=["POST"]),
    Route("/api/campaigns/{id}", campaign),
    *(
        Route(f"/api/campaigns/{{id}}/{name}", _verb(act), methods=["POST"])
        for name, act in VERBS.items()
    ),
    Route("/api/campaigns/{id}/withdraw", withdraw, methods=["POST"]),
    Route("/api/campaigns/{id}/transactions", sent, methods=["POST"]),
    Route("/api/campaigns/{id}/wallet/{verb}", wallet, methods=["POST"]),
]
