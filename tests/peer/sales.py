"""Steps of a sale that many tests begin with."""

from node.ports import Query
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, mug, until

FREE = {
    "price": {"amount": "0", "unit": "EUR"},
    "extensions": {"goods": {"condition": "used", "pickup": True}},
}
"""Changes to a listing that let it cost nothing, whatever is chosen."""


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


def part(m) -> None:
    """No message gets through until the two are healed."""
    m.hub.cut(m.seller.network, m.buyer.network)


def heal(m) -> None:
    m.hub.heal(m.seller.network, m.buyer.network)


def stage(side, id):
    return side.peer.order(id).stage


def transaction(side, id, verb):
    """The order's transaction of this verb, as shown."""
    return next((t for t in side.peer.order(id).transactions if t.verb == verb), None)


async def waiting(m, verb):
    """A sold order whose seller's transaction for this verb waits in the pool; returns (id, the transaction)."""
    id = await sold(m)
    m.chain.automine = False
    await getattr(m.seller.peer, verb)(id)
    await until(lambda: m.chain.pool)
    (first,) = m.chain.pool
    return id, first


async def wished_in_vain(m):
    """An order that the buyer's node is to pay and lacks the money for; returns its id."""
    id = await order(m, await put_up(m), account=m.buyer.address)
    m.buyer.escrow.poor = True
    await m.buyer.peer.fund(id)
    await until(lambda: transaction(m.buyer, id, "fund").trouble)
    return id


async def paid_too_late(m):
    """The same, with money once the time to pay is over; returns its id."""
    id = await wished_in_vain(m)
    m.chain.pass_time(m.buyer.peer.order(id).deadlines["fund_by"] - m.chain.head.time + 10)
    m.chain.mine()
    m.buyer.escrow.poor = False
    await until(lambda: transaction(m.buyer, id, "fund").status == "given_up")
    return id
