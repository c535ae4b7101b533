"""A cart over several sellers: each line an order of its own, all paid by one transaction, all released by one."""

import pytest

from node.ports import Query
from node.protocol.errors import Conflict, InputError, NotFound
from tests.peer.market import ADDRESS, BUYER_ACCOUNT, market, mug, until
from tests.peer.sales import order, paid, put_up, stage, transaction
from tests.peer.test_wallet_requests import DOLLARS, free_post

HASH = "0x" + "ab" * 32


async def two_sellers(m):
    """A mug of one in coin, and one of another in dollars; as the buyer's node sees them."""
    other = await m.join("other")
    await m.seller.peer.save_listing(mug())
    await other.peer.save_listing(mug(title="Bowl", price=DOLLARS, **free_post()))

    def found():
        hits = m.buyer.peer.search(Query()).hits
        return {hit.title: hit for hit in hits} if len(hits) == 2 else None

    hits = await until(found)
    return other, hits["Stoneware mug"], hits["Bowl"]


def choices(m, **more):
    return [
        {"number": each.number, "seen": each.seen, "delivery": ADDRESS, **more}
        for each in m.buyer.peer.cart()
    ]


async def ordered(m, account=BUYER_ACCOUNT):
    """Two orders of two sellers, placed from the cart; (the other seller, the orders' ids)."""
    other, *listings = await two_sellers(m)
    for each in listings:
        await m.buyer.peer.add_to_cart(each.id, {"quantity": 1})
    several = await m.buyer.peer.order_cart(choices(m), account)
    assert not several.left_out
    ids = [each.id for each in several.orders]
    for id in ids:
        await until(lambda id=id: m.buyer.peer.order(id).delivered_to_seller)
    return other, ids


async def by_browser(m, ids, verb):
    """With the wallet in the browser; returns the names of what it was asked for."""
    request = await m.buyer.peer.together_request(ids, verb, BUYER_ACCOUNT)
    assert not request.obstacle, request.message
    for step in request.steps:
        hash = await m.send(step.request)
        await m.buyer.peer.note_together(list(request.orders), step.verb, hash)
    return [step.verb for step in request.steps], request


# ---- the cart


async def test_lines_of_several_sellers_become_orders_at_once(autojump_clock):
    async with market() as m:
        other, ids = await ordered(m)
        assert m.buyer.peer.cart() == () and m.buyer.peer.cart_size() == 0
        mine, theirs = (m.buyer.peer.order(id) for id in ids)
        assert mine.counterparty.id != theirs.counterparty.id
        assert stage(m.seller, ids[0]) == stage(other, ids[1]) == "placed"
        with pytest.raises(NotFound):
            m.seller.peer.order(ids[1])


async def test_more_of_the_same_is_counted_and_a_line_can_go(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        for _ in range(2):
            await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1})
        (line,) = m.buyer.peer.cart()
        assert (line.line, line.obstacle, line.changed) == ({"quantity": 2}, "", False)
        await m.buyer.peer.remove_from_cart(0)
        await m.buyer.peer.remove_from_cart(0)
        assert m.buyer.peer.cart() == ()
        with pytest.raises(InputError):
            await m.buyer.peer.order_cart([])


async def test_what_is_no_line_or_cant_be_bought_is_not_put_into_it(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        for line in ({"quantity": 0}, {"quantity": "many"}, {"variant": "none", "quantity": 1}, {}):
            with pytest.raises(InputError):
                await m.buyer.peer.add_to_cart(listing.id, line)
        with pytest.raises(Conflict):
            await m.seller.peer.add_to_cart(listing.id, {"quantity": 1})
        with pytest.raises(NotFound):
            await m.buyer.peer.add_to_cart("a" * 52, {"quantity": 1})
        assert m.buyer.peer.cart() == ()


async def test_a_cart_holds_as_many_as_one_transaction_pays(autojump_clock):
    async with market() as m:
        variants = [{"id": f"v{n}", "label": f"V {n}"} for n in range(17)]
        block = {**mug()["extensions"]["goods"], "variants": variants}
        listing = await put_up(m, extensions={"goods": block}, availability=None)
        for n in range(16):
            await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1, "variant": f"v{n}"})
        with pytest.raises(Conflict) as full:
            await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1, "variant": "v16"})
        assert full.value.rule == "cart.full"


async def test_what_cant_be_ordered_stays_and_is_said(autojump_clock):
    async with market() as m:
        other, *listings = await two_sellers(m)
        for each in listings:
            await m.buyer.peer.add_to_cart(each.id, {"quantity": 1})
        await other.peer.set_availability(listings[1].slug, {"goods": {"stock": {"": 0}}})
        await until(lambda: m.buyer.peer.cart()[1].obstacle == "sold_out")
        several = await m.buyer.peer.order_cart(choices(m), BUYER_ACCOUNT)
        assert len(several.orders) == 1
        assert [(each.id, each.rule) for each in several.left_out] == [("1", "listing.sold_out")]
        (line,) = m.buyer.peer.cart()
        assert line.listing.title == "Bowl"
        with pytest.raises(Conflict):
            await m.buyer.peer.order_cart(choices(m), BUYER_ACCOUNT)


async def test_a_line_is_ordered_once(autojump_clock):
    async with market() as m:
        await m.buyer.peer.add_to_cart((await put_up(m)).id, {"quantity": 1})
        with pytest.raises(InputError) as refused:
            await m.buyer.peer.order_cart(choices(m) * 2, BUYER_ACCOUNT)
        assert refused.value.rule == "cart.line"
        assert m.buyer.store.orders(None, 10) == []
        assert m.buyer.peer.cart_size() == 1


async def test_another_price_is_looked_at_first(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1})
        seen = choices(m)
        await m.seller.peer.save_listing(mug(title="Dearer mug"), listing.slug)
        await until(lambda: m.buyer.peer.cart()[0].changed)
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.order_cart(seen, BUYER_ACCOUNT)
        assert refused.value.rule == "cart.changed"
        assert len((await m.buyer.peer.order_cart(choices(m), BUYER_ACCOUNT)).orders) == 1


async def test_nor_is_what_was_changed_in_another_tab_ordered_unseen(autojump_clock):
    async with market() as m:
        _, mine, theirs = await two_sellers(m)
        for each in (mine, theirs):
            await m.buyer.peer.add_to_cart(each.id, {"quantity": 1})
        seen = choices(m)[:1]
        await m.buyer.peer.add_to_cart(mine.id, {"quantity": 1})
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.order_cart(seen, BUYER_ACCOUNT)
        assert refused.value.rule == "cart.changed"
        await m.buyer.peer.remove_from_cart(0)  # and the other takes its number
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.order_cart(seen, BUYER_ACCOUNT)
        assert refused.value.rule == "cart.changed"


async def test_what_was_withdrawn_is_there_to_be_removed(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1})
        await m.seller.peer.withdraw_listing(listing.slug)
        await until(lambda: m.buyer.peer.cart()[0].obstacle == "withdrawn")
        assert m.buyer.peer.cart()[0].listing is None


async def test_a_cart_survives_a_crash(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await m.buyer.peer.add_to_cart(listing.id, {"quantity": 1})
        await m.buyer.restart()
        assert len(m.buyer.peer.cart()) == 1


# ---- paid and released by the browser's wallet


async def test_one_transaction_pays_and_one_releases(autojump_clock):
    async with market() as m:
        other, ids = await ordered(m)
        asked, request = await by_browser(m, ids, "fund")
        assert asked == ["approve", "fund"] and list(request.orders) == ids
        await until(lambda: all(stage(m.buyer, id) == "funded" for id in ids))
        m.chain.mine(3)
        await until(lambda: "accept" in other.peer.order(ids[1]).actions)
        asked, _ = await by_browser(m, ids, "release")
        assert asked == ["release"]
        await until(lambda: stage(m.seller, ids[0]) == stage(other, ids[1]) == "released")


async def test_what_is_sold_or_paid_meanwhile_is_left_out_before_paying(autojump_clock):
    async with market() as m:
        other, ids = await ordered(m)
        stock = {"goods": {"stock": {"": 0}}}
        await other.peer.set_availability(m.buyer.peer.order(ids[1]).listing.slug, stock)
        await until(lambda: m.buyer.peer.order(ids[1]).listing.stock == 0)
        asked, request = await by_browser(m, ids, "fund")
        assert asked == ["fund"]  # nothing is in tokens any more
        assert list(request.orders) == ids[:1]
        assert [(each.id, each.rule) for each in request.left_out] == [(ids[1], "order.sold_out")]
        await until(lambda: stage(m.buyer, ids[0]) == "funded")
        with pytest.raises(Conflict):
            await m.buyer.peer.together_request(ids, "fund", BUYER_ACCOUNT)


async def test_the_sum_must_be_there(autojump_clock):
    async with market() as m:
        _, ids = await ordered(m)
        account = bytes.fromhex(BUYER_ACCOUNT[2:])
        held = m.chain.ledger.balances
        for token, amount, obstacle in (
            (bytes(20), 10**16, "funds.coin"),
            (m.chain.token, 1, "funds.token"),
        ):
            before, held[token, account] = held[token, account], amount
            request = await m.buyer.peer.together_request(ids, "fund", BUYER_ACCOUNT)
            assert (request.obstacle, request.steps) == (obstacle, ())
            held[token, account] = before


async def test_whose_they_are_and_how_many(autojump_clock):
    async with market() as m:
        _, ids = await ordered(m)
        with pytest.raises(Conflict):
            await m.buyer.peer.together_request(ids, "fund", m.buyer.address)
        with pytest.raises(InputError):
            await m.buyer.peer.together_request(ids, "fund", "0x12")
        with pytest.raises(InputError):
            await m.buyer.peer.together_request([], "fund")
        with pytest.raises(NotFound):
            await m.buyer.peer.together_request(ids, "steal")
        with pytest.raises(InputError):
            await m.buyer.peer.note_together(ids, "steal", HASH)
        with pytest.raises(Conflict):
            await m.seller.peer.together_request(ids[:1], "release")


# ---- by the node's own wallet


async def node_pays(m):
    m.chain.give(m.buyer.account, 10**12, m.chain.token)
    return await ordered(m, m.buyer.address)


async def test_the_nodes_wallet_pays_and_releases_at_once(autojump_clock):
    async with market() as m:
        other, ids = await node_pays(m)
        done = await m.buyer.peer.together(ids, "fund")
        assert [each.id for each in done.orders] == ids and not done.left_out
        await until(lambda: all(stage(m.buyer, id) == "funded" for id in ids))
        assert m.buyer.sent == ["approve", "fundMany"]
        m.chain.mine(3)
        await until(lambda: not any(m.buyer.notes(id)["wishes"] for id in ids))
        await m.buyer.peer.together(ids, "release")
        await until(lambda: stage(m.seller, ids[0]) == stage(other, ids[1]) == "released")
        assert m.buyer.sent == ["approve", "fundMany", "releaseMany"]


async def test_a_crash_while_it_is_sent_pays_once(autojump_clock):
    async with market() as m:
        _, ids = await node_pays(m)
        m.chain.automine = False
        await m.buyer.peer.together(ids, "fund")
        await until(lambda: m.chain.pool)
        await m.buyer.restart()
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: all(stage(m.buyer, id) == "funded" for id in ids))
        assert m.buyer.sent.count("fundMany") == 1


async def test_fees_are_raised_for_all_together(autojump_clock):
    async with market() as m:
        _, ids = await node_pays(m)
        await m.buyer.peer.together(ids, "fund")
        await until(lambda: all(stage(m.buyer, id) == "funded" for id in ids))
        await until(lambda: not any(m.buyer.notes(id)["wishes"] for id in ids))
        m.chain.automine = False
        await m.buyer.peer.together(ids, "release")
        await until(lambda: m.chain.pool)
        (first,) = m.chain.pool
        await until(lambda: m.chain.pool and m.chain.pool[0].hash != first.hash, 1_000)
        hashes = {transaction(m.buyer, id, "release").hash for id in ids}
        assert hashes == {"0x" + m.chain.pool[0].hash.hex()} and len(m.chain.pool) == 1
        m.chain.automine = True
        m.chain.mine()
        await until(lambda: all(stage(m.buyer, id) == "released" for id in ids))


async def test_what_the_contract_refuses_together_goes_one_by_one(autojump_clock):
    async with market() as m:
        _, ids = await node_pays(m)
        m.buyer.escrow.refuse = "not enough gas"
        await m.buyer.peer.together(ids, "fund")
        await until(lambda: m.buyer.escrow.refused >= 2)
        m.buyer.escrow.refuse = None
        await until(lambda: all(stage(m.buyer, id) == "funded" for id in ids))
        assert "fundMany" not in m.buyer.sent


async def test_one_that_is_called_off_holds_up_no_other(autojump_clock):
    async with market() as m:
        _, ids = await node_pays(m)
        m.buyer.escrow.poor = True
        await m.buyer.peer.together(ids, "fund")
        await until(lambda: any(transaction(m.buyer, id, "fund").trouble for id in ids))
        await m.buyer.peer.cancel(ids[0])
        m.buyer.escrow.poor = False
        await until(lambda: stage(m.buyer, ids[1]) == "funded")
        assert stage(m.buyer, ids[0]) == "cancelled"
        assert "fundMany" not in m.buyer.sent


async def test_the_node_pays_for_its_own_orders_and_with_what_it_has(autojump_clock):
    async with market() as m:
        _, ids = await node_pays(m)
        theirs = await order(m, m.buyer.peer.order(ids[0]).listing)
        await paid(m, theirs)
        m.chain.ledger.balances[m.chain.token, m.buyer.account] = 1
        with pytest.raises(Conflict) as refused:
            await m.buyer.peer.together(ids, "fund")
        assert refused.value.rule == "chain.funds"
        done = await m.buyer.peer.together([ids[0], theirs], "fund")
        assert [each.id for each in done.left_out] == [theirs]
        await until(lambda: stage(m.buyer, ids[0]) == "funded")
        assert m.buyer.sent == ["fund"]  # alone it is an ordinary payment
