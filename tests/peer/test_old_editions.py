"""Orders of an edition that its seller has replaced before they arrived: they go by what the buyer has seen."""

import pytest
import trio

from node.peer.housekeeping import HOUSEKEEPING
from node.peer.world import RECORD_LIFETIME
from node.protocol.encoding import id_from_text
from tests.peer.market import market, mug, until
from tests.peer.sales import heal, order, part, place, put_up, stage

DAY = 86_400


async def edit(m, listing):
    dearer = mug(price={"amount": "9" * 20, "unit": listing.price.unit})
    await m.seller.peer.save_listing(dearer, listing.slug)


async def withdraw(m, listing):
    await m.seller.peer.withdraw_listing(listing.slug)


async def renew(m, listing):
    m.chain.pass_time(25 * DAY)
    m.chain.mine()
    await trio.sleep(HOUSEKEEPING + 1)


async def arrives(m, id):
    await until(lambda: m.buyer.peer.order(id).delivered_to_seller)
    m.chain.mine(3)
    await until(lambda: "accept" in m.seller.peer.order(id).actions)


@pytest.mark.parametrize("replace", [edit, withdraw, renew])
async def test_an_order_of_what_was_replaced_meanwhile_arrives(autojump_clock, replace):
    async with market() as m:
        listing = await put_up(m)
        part(m)
        await replace(m, listing)
        assert not m.seller.store.has(id_from_text(listing.id))
        id = await place(m, listing)
        await m.pay(id)
        heal(m)
        await arrives(m, id)
        assert m.seller.peer.order(id).listing.price == listing.price
        await m.seller.peer.accept(id)
        await until(lambda: stage(m.buyer, id) == "accepted")


@pytest.mark.parametrize(
    ("replace", "outcome"), [(edit, "funded"), (withdraw, "funded"), (renew, "accepted")]
)
async def test_what_is_not_offered_like_this_any_more_is_not_accepted_by_itself(
    autojump_clock, replace, outcome
):
    async with market(auto_accept=True) as m:
        listing = await put_up(m)
        part(m)
        await replace(m, listing)
        id = await place(m, listing)
        await m.pay(id)
        heal(m)
        await until(lambda: m.buyer.peer.order(id).delivered_to_seller)
        m.chain.mine(3)
        await trio.sleep(60)
        assert stage(m.seller, id) == outcome
        await m.seller.peer.decline(id)
        await until(lambda: "take_back" in m.buyer.peer.order(id).actions)


async def test_an_edition_is_forgotten_when_no_order_of_it_can_come_any_more(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await edit(m, listing)
        id = id_from_text(listing.id)
        ends = listing.offer_until + RECORD_LIFETIME
        m.seller.store.sweep(ends - 1)
        assert m.seller.store.get(id)
        m.seller.store.sweep(ends)
        assert m.seller.store.get(id) is None


async def test_what_was_ordered_is_kept_for_ever(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await order(m, listing)
        await edit(m, listing)
        m.seller.store.sweep(listing.offer_until + 2 * RECORD_LIFETIME)
        assert m.seller.store.get(id_from_text(listing.id))
