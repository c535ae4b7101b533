"""Steps of a campaign that many tests begin with."""

from node.ports import Query
from node.protocol.escrow import address_of
from tests.fakes.campaigns import by
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, BUYER_WALLET, ETH, mug, until

DAY = 86_400
PRICE = ETH // 100 + 1_000  # a mug, posted
GOAL = 2 * PRICE


def preorder(**changes) -> dict:
    return mug(offer={"preorder": True, "ship_within": 30 * DAY}, **changes)


async def started(m, goal=GOAL, days=10, price=None, **given):
    """The seller starts a campaign; returns it as the buyer's node sees it."""
    changes = {"price": price} if price else {}
    made = await m.seller.peer.save_listing(preorder(**changes))
    end = m.seller.world.now() + days * DAY
    terms = {"goal": str(goal), "until": end, **given}
    terms.setdefault("tranches", [{"at": end, "bps": 4_000}, {"at": end + 30 * DAY, "bps": 6_000}])
    campaign = await m.seller.peer.start_campaign(made.slug, terms)
    await until(lambda: m.buyer.store.newest("campaign", 9))
    await until(lambda: m.buyer.peer.search(Query()).hits[0].campaign)
    return await m.buyer.peer.campaign(campaign.id)


async def order(m, campaign, quantity=1, account=BUYER_ACCOUNT):
    placed = await m.buyer.peer.place_order(
        campaign.listing.id, [{"quantity": quantity}], ADDRESS, account=account
    )
    await until(lambda: m.buyer.peer.order(placed.id).delivered_to_seller)
    return placed.id


async def pledge(m, id):
    """With what the browser's wallet is told, until nothing is left."""
    for _ in range(4):
        request = await m.buyer.peer.wallet_request(id, "pledge", BUYER_ACCOUNT)
        assert not request.obstacle, request.message
        step = request.steps[0]
        hash = by(m.chain, address_of(BUYER_WALLET), m.transaction(step.request))
        await m.buyer.peer.note_transaction(id, step.verb, hash)
        if step.verb == "pledge":
            return
    raise AssertionError("it doesn't come to an end")


async def pledged(m, campaign, quantity=1):
    """A pledge that both sides have seen; returns the order's id."""
    id = await order(m, campaign, quantity)
    await pledge(m, id)
    m.chain.mine(5)
    for side in (m.buyer, m.seller):
        await until(lambda side=side: side.peer.order(id).pledge.amount)
    return id


async def over(m, campaign):
    """Let the campaign's time pass, by the chain's clock."""
    m.chain.pass_time(campaign.until - m.chain.head.time)
    m.chain.mine(5)
