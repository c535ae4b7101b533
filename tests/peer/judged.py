"""Steps of a sale that an arbiter may decide about."""

from contextlib import asynccontextmanager

from tests.peer.market import Side, market, until
from tests.peer.sales import put_up

DAY = 86_400
TERMS = {"fee_bps": 500, "ruling": 7 * DAY, "languages": ["en"], "about": "Cups and plates."}


@asynccontextmanager
async def judged_market(**of_seller):
    """(market, arbiter): a third node that offers to decide, which the other two know."""
    async with market(**of_seller) as m:
        arbiter = await m.join("arbiter")
        await arbiter.peer.offer_to_decide(TERMS)
        for side in (m.seller, m.buyer):
            await until(lambda side=side: knows(side, arbiter))
        yield m, arbiter


def persona(side: Side) -> str:
    return side.peer.identity().persona


def knows(side: Side, arbiter: Side) -> bool:
    return any(each.persona.id == persona(arbiter) for each in side.peer.arbiters())


async def listed(m, arbiter, **changes):
    """What the seller lists with this arbiter, as the buyer's node sees it by itself."""
    offer = {"arbiters": [persona(arbiter)], **changes.pop("offer", {})}
    found = await put_up(m, offer=offer, **changes)
    return m.buyer.peer.listing_by_id(found.id)
