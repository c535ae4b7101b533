"""A seller's wallet says by itself that the seller's persona speaks for it, and readers check that."""

import pytest
import trio

from node.protocol import record
from node.protocol.record import Draft
from tests.peer.market import market, mug, until
from tests.peer.sales import FREE, order, put_up
from tests.peer.test_stall import DAY, keep_house


def account(side) -> str:
    return f"{side.escrow.chain}:{side.address}"


def shown(m, side=None) -> tuple[str, ...]:
    """What the buyer's node says of this side's accounts."""
    side = side or m.seller
    return m.buyer.peer.persona(side.peer.identity().persona).accounts


def wallets(side) -> list[dict]:
    return side.store.latest("profile", side.world.me).body["wallets"]


async def test_a_stall_proves_the_account_that_its_listings_name(autojump_clock):
    async with market() as m:
        listing = await put_up(m)
        await until(lambda: shown(m) == (account(m.seller),))
        id = await order(m, listing)
        assert m.buyer.peer.order(id).seller_proven
        assert m.seller.peer.order(id).seller_proven
        assert listing.author.accounts == ()  # not for everybody in a list


async def test_a_stall_that_was_introduced_before_it_sold_proves_it_with_its_first_listing(
    autojump_clock,
):
    async with market() as m:
        await m.seller.peer.publish_profile("Ann's")
        assert wallets(m.seller) == []
        await put_up(m)
        assert [each["account"] for each in wallets(m.seller)] == [account(m.seller).lower()]
        first = m.seller.store.latest("profile", m.seller.world.me)
        await m.seller.peer.save_listing(mug(title="Another"))
        assert m.seller.store.latest("profile", m.seller.world.me) == first


async def test_who_only_buys_tells_nobody_their_account(autojump_clock):
    async with market() as m:
        await m.buyer.peer.publish_profile("Camille")
        await m.buyer.peer.save_listing(mug(**FREE))
        await keep_house(m, m.buyer)
        assert wallets(m.buyer) == []
        assert shown(m, m.buyer) == ()


async def test_a_binding_is_renewed_before_it_ends(autojump_clock):
    async with market() as m:
        await put_up(m)
        for _ in range(13):
            await keep_house(m, m.seller, 10)
            assert shown(m) == (account(m.seller),)
            assert wallets(m.seller)[0]["until"] - m.seller.world.now() > 25 * DAY


@pytest.mark.parametrize("how", ["no wallet", "nothing sold"])
async def test_a_wallet_that_the_stall_uses_no_more_is_not_named_any_more(autojump_clock, how):
    async with market() as m:
        listing = await put_up(m)
        id = await order(m, listing)
        if how == "no wallet":
            m.seller.escrow.wallet = None
        else:
            await m.seller.peer.withdraw_listing(listing.slug)
        await keep_house(m, m.seller)
        assert wallets(m.seller) == []
        await until(lambda: shown(m) == ())
        assert not m.buyer.peer.order(id).seller_proven


@pytest.mark.parametrize(
    "forged",
    [
        lambda entry, m: {**entry, "until": entry["until"] + 1},
        lambda entry, m: {**entry, "account": account(m.buyer).lower()},
        lambda entry, m: {
            **entry,
            "signature": m.seller.escrow.sign_binding(
                m.seller.world.me, "etal-other", entry["until"]
            ),
        },
        lambda entry, m: {
            **entry,
            "signature": m.seller.escrow.sign_binding(
                m.buyer.world.me, "etal-test", entry["until"]
            ),
        },
    ],
)
async def test_what_the_wallet_has_not_signed_so_is_not_shown(autojump_clock, forged):
    async with market() as m:
        id = await order(m, await put_up(m))
        profile = m.seller.store.latest("profile", m.seller.world.me)
        await publish(m, {**profile.body, "wallets": [forged(profile.body["wallets"][0], m)]})
        assert shown(m) == ()
        assert not m.buyer.peer.order(id).seller_proven


async def test_a_binding_that_has_ended_is_not_shown(autojump_clock):
    async with market() as m:
        await put_up(m)
        profile = m.seller.store.latest("profile", m.seller.world.me)
        end = m.seller.world.now() + DAY
        signature = m.seller.escrow.sign_binding(m.seller.world.me, "etal-test", end)
        entry = {"account": account(m.seller).lower(), "until": end, "signature": signature}
        await publish(m, {**profile.body, "wallets": [entry]})
        assert shown(m) == (account(m.seller),)
        m.chain.pass_time(DAY)
        m.chain.mine()
        await trio.sleep(1)
        assert shown(m) == ()


async def publish(m, body) -> None:
    """Another profile by the seller, as a program of their own might sign it; the buyer's node takes it."""
    before = m.seller.store.latest("profile", m.seller.world.me)
    draft = Draft("profile", 1, body, before.created + 1, before.until)
    made = record.sign(draft, m.seller.world.keyring.persona, "etal-test")
    await m.buyer.peer._intake.records([made.raw])
    assert m.buyer.store.latest("profile", made.author) == made
