import pytest
import trio

from node.peer import stall
from node.peer.housekeeping import HOUSEKEEPING
from node.peer.world import ENCRYPTION_EPOCH
from node.ports import Query
from node.protocol.errors import InputError, NotFound, Unavailable
from node.protocol.keys import encryption_public
from tests.peer.market import market, mug, until
from tests.peer.sales import put_up

DAY = 86_400


async def keep_house(m, side, days=0):
    """As it happens by itself, days later."""
    if days:
        m.chain.pass_time(days * DAY)
        m.chain.mine()
        await trio.sleep(1)
    await side.peer._stall.keep_alive()
    await trio.sleep(1)


def mine(side, slug="stoneware-mug"):
    return side.store.latest("listing", side.world.me, slug)


async def test_listings_and_their_stock_are_renewed_for_as_long_as_the_node_runs(autojump_clock):
    async with market() as m:
        await put_up(m)
        first = mine(m.seller)
        for _ in range(30):
            await keep_house(m, m.seller, 9)
            assert m.buyer.peer.search(Query()).hits[0].state == "live"
        assert m.buyer.peer.search(Query()).hits[0].stock == 2
        assert mine(m.seller).body["title"] == first.body["title"]
        assert mine(m.seller).created > first.created


async def test_what_is_fresh_is_not_signed_again(autojump_clock):
    async with market() as m:
        await put_up(m)
        first = mine(m.seller)
        for _ in range(5):
            await keep_house(m, m.seller, 1)
        assert mine(m.seller) == first


async def test_an_end_that_its_owner_has_chosen_is_kept(autojump_clock):
    async with market() as m:
        until_then = m.seller.world.now() + 12 * DAY
        await put_up(m, offer={"until": until_then})
        edited = m.seller.peer.editable("stoneware-mug")
        await m.seller.peer.save_listing({**edited, "title": "A mug"}, "stoneware-mug")
        for _ in range(11):
            await keep_house(m, m.seller, 1)
        assert mine(m.seller).body["offer"]["until"] == until_then
        await keep_house(m, m.seller, 3)
        assert m.seller.peer.listings()[0].state == "expired"


async def test_what_has_a_chosen_end_is_signed_by_its_owner_alone(autojump_clock):
    async with market() as m:
        until_then = m.seller.world.now() + 85 * DAY
        await put_up(m, offer={"until": until_then})
        first = mine(m.seller)
        for _ in range(8):
            await keep_house(m, m.seller, 10)
        assert mine(m.seller) == first
        assert m.buyer.peer.search(Query()).hits[0].state == "live"


async def test_editing_does_not_make_an_end_a_chosen_one(autojump_clock):
    async with market() as m:
        await put_up(m)
        edited = m.seller.peer.editable("stoneware-mug")
        await m.seller.peer.save_listing({**edited, "title": "A mug"}, "stoneware-mug")
        await keep_house(m, m.seller, 25)
        assert m.seller.peer.listings()[0].offer_until > m.seller.world.now() + 20 * DAY


async def test_a_withdrawn_listing_does_not_come_back(autojump_clock):
    async with market() as m:
        await put_up(m)
        await m.seller.peer.withdraw_listing("stoneware-mug")
        await until(lambda: not m.buyer.peer.search(Query()).hits)
        for _ in range(8):
            await keep_house(m, m.seller, 15)
        assert m.seller.peer.listings() == []
        assert not m.buyer.peer.search(Query()).hits
        with pytest.raises(NotFound):
            m.seller.peer._stall.latest("stoneware-mug")


async def test_many_listings_are_renewed_in_slices_and_all_of_them(autojump_clock, monkeypatch):
    monkeypatch.setattr(stall, "RENEWED_AT_ONCE", 3)
    async with market() as m:
        for number in range(10):
            await m.seller.peer.save_listing(mug(title=f"Mug {number}"))
        await keep_house(m, m.seller, 25)
        ends = {view.offer_until for view in m.seller.peer.listings()}
        assert len(m.seller.peer.listings()) == 10
        assert min(ends) > m.seller.world.now() + 20 * DAY


async def test_a_stall_without_a_name_has_none_for_people(autojump_clock):
    async with market(name="") as m:
        listing = await put_up(m)
        assert listing.author.name == "" == m.seller.peer.status().identity.name
        assert m.seller.peer.status().identity.persona[:8] in profile_name(m)
        await m.seller.peer.publish_profile("Ann's")
        await until(lambda: m.buyer.peer.persona(listing.author.id).name == "Ann's")


async def test_what_is_priced_in_a_token_waits_until_the_chain_has_told_of_it(autojump_clock):
    async with market() as m:
        euros = mug(price={"amount": "2500", "unit": "EUR"})
        with pytest.raises(InputError, match="add a token"):
            await m.seller.peer.save_listing(euros)
        m.seller.escrow.tokens_known = False
        with pytest.raises(Unavailable, match="Try again"):
            await m.seller.peer.save_listing(euros)
        await m.seller.peer.save_listing(mug())  # the chain's coin is no token


def profile_name(m) -> str:
    """As it is signed."""
    return m.seller.store.latest("profile", m.seller.world.me).body["name"]


async def test_the_profile_follows_the_encryption_key(autojump_clock):
    async with market() as m:
        await put_up(m)
        for epochs in range(1, 4):
            m.chain.pass_time(ENCRYPTION_EPOCH)
            m.chain.mine()
            await trio.sleep(1)
            await m.seller.peer._stall.keep_alive()
            secret = m.seller.world.keyring.encryption_secret(m.seller.world.epoch())
            assert m.seller.store.latest("profile", m.seller.world.me).body["encryption"][0][
                "key"
            ] == encryption_public(secret), epochs
        persona = m.seller.world.me
        await until(lambda: m.buyer.peer._deals.key_of(persona) == encryption_public(secret))


async def test_what_one_says_of_oneself_is_kept_when_it_is_renewed(autojump_clock):
    async with market() as m:
        await m.seller.peer.publish_profile("Ann's", "Pots and mugs.", "fr")
        await keep_house(m, m.seller, 31)
        assert m.seller.peer.identity().name == "Ann's"
        body = m.seller.store.latest("profile", m.seller.world.me).body
        assert body["about"] == "Pots and mugs." and body["language"] == "fr"


async def test_two_listings_of_one_title_have_their_own_places(autojump_clock):
    async with market() as m:
        slugs = [(await m.seller.peer.save_listing(mug())).slug for _ in range(3)]
        assert slugs == ["stoneware-mug", "stoneware-mug-2", "stoneware-mug-3"]


async def test_a_mistake_in_a_form_is_named_by_its_path(autojump_clock):
    async with market() as m:
        given = mug()
        given["extensions"]["goods"]["shipping"][0]["price"] = "dear"
        with pytest.raises(InputError) as fault:
            await m.seller.peer.save_listing(given)
        assert fault.value.field.startswith("extensions.goods.shipping")
        assert m.seller.peer.listings() == []


async def test_nothing_is_offered_that_the_node_cannot_be_paid_for(autojump_clock):
    async with market() as m:
        with pytest.raises(InputError) as fault:
            await m.seller.peer.save_listing(mug(price={"amount": "5", "unit": "CHF"}))
        assert fault.value.field == "price.unit"


async def test_an_edition_is_dated_after_the_one_before_even_if_the_clock_went_back(autojump_clock):
    async with market() as m:
        await put_up(m)
        before = mine(m.seller)
        m.seller.clock.now = lambda: before.created - 300
        await m.seller.peer.save_listing(mug(title="New"), "stoneware-mug")
        assert mine(m.seller).created == before.created + 1


def set_clock(m, monkeypatch, off):
    """Make the seller's wrong by some seconds; the chain goes on by the right time."""
    right = m.buyer.clock.now
    monkeypatch.setattr(m.seller.clock, "now", lambda: right() + off)
    m.chain.pass_time(right() - m.chain.head.time)
    m.chain.mine()


@pytest.mark.parametrize("days", [20, 100])
async def test_what_a_clock_dated_ahead_is_dated_anew_once_it_is_right(
    autojump_clock, monkeypatch, days
):
    async with market() as m:
        await put_up(m)
        await m.seller.peer.save_listing(mug(title="Withdrawn"))
        set_clock(m, monkeypatch, days * DAY)
        wrong = mug(text="Wrong.", availability={"goods": {"stock": {"": 4}}})
        await m.seller.peer.save_listing(wrong, "stoneware-mug")
        await m.seller.peer.withdraw_listing("withdrawn")
        await m.seller.peer.publish_profile("Rosalie")
        await trio.sleep(HOUSEKEEPING)
        set_clock(m, monkeypatch, 0)
        await trio.sleep(2 * HOUSEKEEPING)
        (hit,) = m.buyer.peer.search(Query()).hits
        assert (hit.text, hit.stock, hit.author.name) == ("Wrong.", 4, "Rosalie")
        now = m.buyer.world.now()
        await m.seller.restart()  # with a clock of its own
        right = mug(text="Right.", availability={"goods": {"stock": {"": 3}}})
        await m.seller.peer.save_listing(right, "stoneware-mug")
        assert now <= mine(m.seller).created <= now + 60
        await until(lambda: [h.stock for h in m.buyer.peer.search(Query()).hits] == [3])


async def test_a_clock_that_is_behind_dates_nothing_anew(autojump_clock, monkeypatch):
    async with market() as m:
        await put_up(m)
        before = mine(m.seller)
        set_clock(m, monkeypatch, -DAY)
        await trio.sleep(2 * HOUSEKEEPING)
        assert mine(m.seller) == before
