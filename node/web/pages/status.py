"""The status of the node: who it is, whom it reaches, what it keeps, and what a person should do about it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import Money
from node.web.pages import money
from node.web.pages.common import page


async def status(request: Request) -> Response:
    """GET /status"""
    node = request.app.state.peer.status()
    balances = [
        money.rounded(Money(each.amount, each.asset, each.symbol, each.decimals))
        for each in node.balances
        if each.amount is not None
    ]
    return page(request, "status.html", node=node, balances=balances)


routes = [Route("/status", status)]
