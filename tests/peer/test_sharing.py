"""Proceeds that are shared: what each payee gets, to the last unit, on every way by which the seller's side is paid."""

import pytest

from node.protocol.errors import InputError
from node.protocol.escrow import NOBODY
from node.protocol.patterns import address_to_text
from tests.peer.market import BUYER_ACCOUNT, ETH, market, mug, until
from tests.peer.sales import order, paid, place, put_up, stage

DAY = 86_400
PRICE = ETH // 100 + 1_003  # of a price that no share divides
CO_OP, DESIGNER, FRIEND = (bytes([number]) * 20 for number in (0xC0, 0xDE, 0xF0))
OFFER = {
    "payees": [
        {"to": address_to_text(CO_OP), "bps": 1_500, "name": "Co-operative"},
        {"to": address_to_text(DESIGNER), "bps": 333, "name": "Designer"},
    ],
    "referral_bps": 500,
}
SHIPPING = [{"id": "post", "label": "Post", "zones": ["FR"], "price": "1003"}]
SHARED = {
    "offer": OFFER,
    "extensions": {"goods": {"condition": "new", "shipping": SHIPPING}},
}


async def balances(m) -> list[int]:
    return [await m.wallet.balance(who, NOBODY) for who in (CO_OP, DESIGNER, FRIEND)]


async def sold(m, account=BUYER_ACCOUNT, referrer: bytes | None = FRIEND) -> str:
    listing = await put_up(m, **SHARED)
    sent_by = address_to_text(referrer) if referrer else None
    id = await order(m, listing, account=account, referrer=sent_by)
    if account == BUYER_ACCOUNT:
        await paid(m, id)
    else:
        await m.buyer.peer.fund(id)
        await until(lambda: m.buyer.sent)
        m.chain.mine(3)
        await until(lambda: "accept" in m.seller.peer.order(id).actions)
    return id


SHARES = [PRICE * 1_500 // 10_000, PRICE * 333 // 10_000, PRICE * 500 // 10_000]


async def test_a_release_pays_each_their_share_and_the_seller_the_rest(autojump_clock):
    async with market() as m:
        id = await sold(m)
        before = await m.wallet.balance(m.seller.account, NOBODY)
        await m.pay(id, "release")
        await until(lambda: stage(m.seller, id) == "released")
        assert await balances(m) == SHARES
        got = await m.wallet.balance(m.seller.account, NOBODY) - before
        assert got == PRICE - sum(SHARES)
        for side in (m.buyer, m.seller):
            shown = side.peer.order(id).payees
            assert [(each.bps, each.name, each.got.amount) for each in shown] == [
                (1_500, "Co-operative", SHARES[0]),
                (333, "Designer", SHARES[1]),
                (500, "", SHARES[2]),
            ]
            assert shown[2].account == address_to_text(FRIEND)


async def test_nobody_need_be_named_as_referrer(autojump_clock):
    async with market() as m:
        id = await sold(m, referrer=None)
        await m.pay(id, "release")
        await until(lambda: stage(m.seller, id) == "released")
        assert await balances(m) == [*SHARES[:2], 0]
        assert len(m.buyer.peer.order(id).payees) == 2


async def test_by_the_nodes_own_wallets_and_by_time_too(autojump_clock):
    async with market() as m:
        id = await sold(m, account=m.buyer.address)
        await m.seller.peer.accept(id)
        await m.seller.peer.ship(id)
        await until(lambda: "release_by" in m.buyer.peer.order(id).deadlines)
        m.chain.pass_time(22 * DAY)
        m.chain.mine(3)
        await until(lambda: "timeout" in m.seller.peer.order(id).actions)
        await m.seller.peer.timeout(id)
        await until(lambda: stage(m.seller, id) == "released")
        assert await balances(m) == SHARES


@pytest.mark.parametrize("way", ["refund", "decline", "time"])
async def test_what_goes_back_is_shared_with_nobody(autojump_clock, way):
    async with market() as m:
        id = await sold(m)
        if way == "refund":
            await m.seller.peer.refund(id)
        elif way == "decline":
            await m.seller.peer.decline(id)
            await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
            await m.pay(id, "take_back")
        else:
            m.chain.pass_time(8 * DAY)
            m.chain.mine(3)
            await until(lambda: "take_back" in m.buyer.peer.order(id).actions)
            await m.pay(id, "take_back")
        await until(lambda: stage(m.buyer, id) in ("refunded", "lapsed"))
        assert await balances(m) == [0, 0, 0]


async def test_a_token_is_shared_likewise(autojump_clock):
    async with market() as m:
        extensions = {"goods": {"condition": "new", "shipping": [{**SHIPPING[0], "price": "0"}]}}
        price = {"amount": "4999", "unit": "USD"}
        listing = await put_up(m, offer=OFFER, price=price, extensions=extensions)
        id = await order(m, listing, referrer=address_to_text(FRIEND))
        for _ in range(2):
            request = await m.buyer.peer.wallet_request(id, "fund", BUYER_ACCOUNT, permit=False)
            await m.send(request.steps[0].request)
        m.chain.mine(3)
        await until(lambda: stage(m.buyer, id) == "funded")
        await m.pay(id, "release")
        token, total = m.chain.token, 49_990_000
        got = [await m.wallet.balance(who, token) for who in (CO_OP, DESIGNER, FRIEND)]
        assert got == [total * bps // 10_000 for bps in (1_500, 333, 500)]


async def test_the_review_of_a_shared_purchase_is_proven(autojump_clock):
    async with market() as m:
        id = await sold(m)
        await m.pay(id, "release")
        m.chain.mine(3)
        await until(lambda: "review" in m.buyer.peer.order(id).actions)
        await m.buyer.peer.write_review(id, 5, "Fine.")
        listing = m.buyer.peer.order(id).listing
        for side in (m.buyer, m.seller):

            def verdicts(side=side):
                found = side.peer.listing(listing.author.id, listing.slug)
                return [each.verdict for each in found.reviews]

            assert await until(verdicts) == ["verified"]


async def test_a_referrer_is_taken_only_where_the_offer_leaves_a_share(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        with pytest.raises(InputError) as caught:
            await place(m, listing, referrer=address_to_text(FRIEND))
        assert (caught.value.rule, caught.value.field) == ("offer.referrer", "referrer")


async def test_a_referrer_is_an_account(autojump_clock):
    async with market() as m:
        listing = await put_up(m, **SHARED)
        for wrong in ("Anna", "0x12"):
            with pytest.raises(InputError) as caught:
                await place(m, listing, referrer=wrong)
            assert caught.value.field == "referrer"


async def test_a_listing_says_who_shares(autojump_clock):
    async with market() as m:
        listing = await put_up(m, **SHARED)
        assert [(each.account, each.bps, each.name) for each in listing.payees] == [
            (each["to"], each["bps"], each["name"]) for each in OFFER["payees"]
        ]
        assert listing.referral_bps == 500
        given = m.seller.peer.editable(listing.slug)["offer"]
        assert given["payees"] == OFFER["payees"]


async def test_what_is_paid_on_collection_is_shared_with_nobody(autojump_clock):
    async with market() as m:
        given = mug(**SHARED, price={"amount": "500", "unit": "EUR"})
        given["offer"] = {**OFFER, "on_collection": True}
        view = await m.seller.peer.save_listing(given)
        assert (view.payees, view.referral_bps) == ((), 0)


@pytest.mark.parametrize("wrong", ["zero", "too much", "too many"])
async def test_a_seller_is_told_what_is_wrong_with_the_shares(autojump_clock, wrong):
    payee = OFFER["payees"][0]
    offers = {
        "zero": {"payees": [{**payee, "to": "0x" + "00" * 20}]},
        "too much": {"payees": [{**payee, "bps": 9_501}], "referral_bps": 500},
        "too many": {"payees": [{**payee, "bps": 1}] * 17},
    }
    async with market() as m:
        with pytest.raises(InputError) as caught:
            await m.seller.peer.save_listing(mug(offer=offers[wrong]))
        assert caught.value.rule in ("listing.payees", "listing.shares", "field.count")
