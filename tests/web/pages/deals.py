"""Orders of the market in memory: found, put into another state, looked at and acted upon."""

from dataclasses import replace
from typing import Any

import httpx

from node.peer.views import OrderView
from tests.web.conftest import Site
from tests.web.market import Market


def deal(peer: Market, stage: str, side: str = "buyer") -> OrderView:
    return next(each for each in peer.deals if (each.stage, each.side) == (stage, side))


def change(peer: Market, order: OrderView, **changes: Any) -> OrderView:
    """The market shows the order so from now on."""
    changed = replace(order, **changes)
    peer.deals = [changed if each.id == order.id else each for each in peer.deals]
    return changed


async def get(site: Site, order: OrderView) -> str:
    return await site.page(f"/orders/{order.id}")


async def post(site: Site, order: OrderView, verb: str, **data: str) -> httpx.Response:
    return await site.post(f"/orders/{order.id}/{verb}", data)
