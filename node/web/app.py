"""The web application of one node: pages, API, static files and live updates behind the guard."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import trio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from node.protocol.errors import EtalError
from node.web import api, api_arbiters, api_campaigns, events, pictures, problems
from node.web.assets import Assets
from node.web.guard import SESSION_SECONDS, Guard, Sessions
from node.web.rendering import HERE, Renderer, preferences, render

MAX_TOKEN = 200
PRACTICE_SCRIPT = "practice-wallet.js"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Practice:
    """The demo's wallet: an account that the node of the demo's own chain keeps unlocked at `rpc`, on loopback."""

    account: str
    rpc: str

    @property
    def origin(self) -> str:
        parts = urlsplit(self.rpc)
        return f"{parts.scheme}://{parts.netloc}"


def create_app(
    peer,
    *,
    host_name: str,
    port: int,
    token: str,
    session_key: bytes,
    stopping: trio.Event | None = None,
    practice_wallet: str = "",
    practice_rpc: str | None = None,
    pages_routes: Iterable[BaseRoute] | None = None,
    static: Path = HERE / "static",
) -> ASGIApp:
    """The guarded application for `node.web.server.serve`.

    Pages are at http://<host_name>.localhost:<port>/, the API also at http://127.0.0.1:<port>/api/ with the bearer `token`.
    `session_key` (32 bytes, kept with the node's data) signs cookies. Live updates end when `stopping` is set: give the
    same event to `serve`. A `practice_wallet` (the demo's) adds its script to every page and its loopback `practice_rpc` to what
    pages may speak to. `pages_routes` are those of node.web.pages unless given. Templates of an
    extension have its id as their folder."""
    if pages_routes is None:
        from node.web.pages import routes as pages_routes  # pages need this package first
    practice = Practice(practice_wallet, practice_rpc or "") if practice_wallet else None
    assets = Assets(static)
    sessions = Sessions(session_key, port)
    app = Starlette(
        routes=[
            Route("/static/{path:path}", assets.serve),
            Route("/session", session, methods=["GET", "POST", "DELETE"]),
            Route("/prefs", preferences, methods=["POST"]),
            Route("/unlock", unlock),
            Route("/events", events.everything),
            Route("/pictures/{id}", pictures.show),
            *api.routes,
            *api_arbiters.routes,
            *api_campaigns.routes,
            *pages_routes,
        ],
        exception_handlers={
            EtalError: problems.answer,
            HTTPException: problems.answer,
            msgspec.DecodeError: problems.answer,
            Exception: problems.answer,
        },
    )
    guard = Guard(
        _contained(app),
        host=f"{host_name}.localhost",
        port=port,
        token=token,
        sessions=sessions,
        connect=(practice.origin,) if practice else (),
        explain=lambda scope, *refusal: problems.show(Request(_inside(app, scope)), *refusal),
    )
    app.state.peer = peer
    app.state.guard = guard
    app.state.renderer = Renderer(
        assets,
        extra={
            each.id: Path(each.templates) for each in peer.registry.extensions if each.templates
        },
        scripts=(PRACTICE_SCRIPT,) if practice else (),
        globals={"practice": practice},
    )
    app.state.stopping = trio.Event() if stopping is None else stopping
    app.state.streams = events.Streams()
    app.state.gallery = pictures.Gallery(peer.picture)
    return guard


def _inside(app: ASGIApp, scope: Scope) -> Scope:
    """Starlette puts itself into the scope; what is refused never comes that far."""
    scope["app"] = app
    return scope


def _contained(app: ASGIApp) -> ASGIApp:
    """Starlette raises again what it has answered; here that is logged once and ends."""

    async def contained(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception:
            log.exception("Failed to answer %s %s", scope["method"], scope["path"])

    return contained


class Token(msgspec.Struct, forbid_unknown_fields=True):
    token: str


async def session(request: Request) -> Response:
    """GET tells whether this browser is let in; POST {"token"} lets it in; DELETE ends that."""
    guard: Guard = request.app.state.guard
    if request.method == "GET":
        return JSONResponse({"open": guard.is_open(request.headers)})
    cookie = {"key": guard.sessions.cookie, "path": "/", "httponly": True, "samesite": "strict"}
    if request.method == "DELETE":
        response = Response(status_code=204)
        response.delete_cookie(**cookie)
        return response
    given = msgspec.json.decode(await request.body(), type=Token)
    if not guard.knows(given.token[:MAX_TOKEN]):
        return JSONResponse(problems.shape("web.token", "This link is not for this node."), 401)
    response = JSONResponse({"open": True})
    response.set_cookie(value=guard.sessions.issue(), max_age=SESSION_SECONDS, **cookie)
    return response


async def unlock(request: Request) -> Response:
    if request.app.state.renderer.has("unlock.html"):
        return render(request, "unlock.html")
    return PlainTextResponse("Open this node with the link that it printed when it started.")
