"""The status of the node: who it is, whom it reaches, what it keeps, and what a person should do about it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.web.pages.common import page


async def status(request: Request) -> Response:
    """GET /status"""
    return page(request, "status.html", node=request.app.state.peer.status())


routes = [Route("/status", status)]
