"""Steps of a sale that many tests begin with."""

from node.ports import Query
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, mug, until


async def put_up(m, **changes):
    """The seller lists a mug; returns it as the buyer's node sees it."""
    await m.seller.peer.save_listing(mug(**changes))
    return await until(lambda: next(iter(m.buyer.peer.search(Query()).hits), None))


async def place(m, listing, quantity=1, account=BUYER_ACCOUNT, **more):
    """Order it, without waiting until the seller knows; returns the order's id."""
    lines = [{"quantity": quantity}]
    placed = await m.buyer.peer.place_order(listing.id, lines, ADDRESS, account=account, **more)
    return placed.id


async def order(m, listing, quantity=1, **more):
    id = await place(m, listing, quantity, **more)
    await until(lambda: m.buyer.peer.order(id).delivered_to_seller)
    return id


async def paid(m, id):
    """Pay by the browser's wallet, and wait until the seller can answer."""
    await m.pay(id)
    m.chain.mine(3)
    await until(lambda: "accept" in m.seller.peer.order(id).actions)


async def sold(m, **changes):
    """A paid order; returns its id."""
    id = await order(m, await put_up(m, **changes))
    await paid(m, id)
    return id


def stage(side, id):
    return side.peer.order(id).stage


def transaction(side, id, verb):
    """The order's transaction of this verb, as shown."""
    return next((t for t in side.peer.order(id).transactions if t.verb == verb), None)
