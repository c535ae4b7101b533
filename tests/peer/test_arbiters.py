"""Who may decide about an order: what an arbiter publishes, what a seller lists, whom a buyer trusts."""

import pytest

from node.peer.arbiters import MAX_CHOSEN
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import Conflict, InputError, NotFound
from tests.fakes.records import arbiter as record_of
from tests.fakes.records import key
from tests.peer.judged import DAY, TERMS, judged_market, knows, listed, persona
from tests.peer.market import market, mug, until
from tests.peer.sales import FREE, order, place
from tests.peer.test_stall import keep_house


async def test_an_arbiter_is_known_to_others_with_the_account_that_it_has_proven(autojump_clock):
    async with judged_market() as (m, arbiter):
        seen = m.buyer.peer.arbiter(persona(arbiter))
        assert seen.account == f"{arbiter.escrow.chain}:{arbiter.address}"
        assert (seen.fee_bps, seen.ruling, seen.languages) == (500, 7 * DAY, ("en",))
        assert (seen.proven, seen.chosen, seen.here) == (True, False, True)
        assert arbiter.peer.own_arbiter().about == "Cups and plates."
        assert not knows(arbiter, arbiter)


async def test_who_claims_an_account_that_it_has_not_proven_is_not_shown(autojump_clock):
    async with judged_market() as (m, arbiter):
        now = m.buyer.world.now()
        claims = record_of(key(9), f"eip155:31337:0x{'0f' * 20}", created=now)
        await m.buyer.peer._intake.records([claims.raw])
        assert [each.persona.id for each in m.buyer.peer.arbiters()] == [persona(arbiter)]
        assert not m.buyer.peer.arbiter(id_to_text(key(9).public)).proven


async def test_who_decides_no_more_is_gone_and_its_account_is_no_longer_told(autojump_clock):
    async with judged_market() as (m, arbiter):
        await arbiter.peer.decide_no_more()
        await until(lambda: not knows(m.buyer, arbiter))
        assert arbiter.peer.own_arbiter() is None
        profile = arbiter.store.latest("profile", arbiter.world.me)
        assert profile.body["wallets"] == []
        with pytest.raises(NotFound):
            await arbiter.peer.decide_no_more()


async def test_what_an_arbiter_publishes_is_kept_alive(autojump_clock):
    async with judged_market() as (m, arbiter):
        for _ in range(13):
            await keep_house(m, arbiter, 10)
        assert arbiter.peer.own_arbiter().proven


async def test_a_node_without_a_wallet_decides_nothing(autojump_clock):
    async with market() as m:
        m.buyer.escrow.wallet = None
        with pytest.raises(Conflict, match="no chain"):
            await m.buyer.peer.offer_to_decide(TERMS)


async def test_what_is_typed_wrong_is_named(autojump_clock):
    async with market() as m:
        with pytest.raises(InputError) as caught:
            await m.buyer.peer.offer_to_decide(TERMS | {"fee_bps": 2_001})
        assert caught.value.field == "fee_bps"


class TestTheOffer:
    async def test_lists_arbiters_on_their_own_terms(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            (found,) = (await listed(m, arbiter)).arbiters
            assert (found.persona.id, found.address) == (persona(arbiter), arbiter.address)
            assert (found.fee_bps, found.ruling) == (500, 7 * DAY)
            assert (found.chosen, found.trouble) == (False, "")
            again = m.seller.peer.editable("stoneware-mug")
            assert again["offer"]["lapse_bps"] == 5_000
            del again["offer"]["until"]
            await m.seller.peer.save_listing(again, "stoneware-mug")
            assert m.seller.peer.listing(persona(m.seller), "stoneware-mug").arbiters

    async def test_follows_an_arbiter_who_asks_for_something_else(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter)
            await m.buyer.peer.trust_arbiter(persona(arbiter))
            await arbiter.peer.offer_to_decide(TERMS | {"fee_bps": 600})
            await until(lambda: m.buyer.peer.arbiter(persona(arbiter)).fee_bps == 600)
            assert m.buyer.peer.listing_by_id(seen.id).arbiters[0].trouble == "changed"
            id = await place(m, seen)
            assert m.buyer.peer.order(id).terms["arbiter"] == ""

    @pytest.mark.parametrize("who", ["seller", "stranger"])
    async def test_lists_nobody_else(self, autojump_clock, who):
        async with judged_market() as (m, _):
            await m.seller.peer.offer_to_decide(TERMS)
            named = persona(m.seller) if who == "seller" else id_to_text(key(9).public)
            with pytest.raises(InputError) as caught:
                await m.seller.peer.save_listing(mug(offer={"arbiters": [named]}))
            assert caught.value.field == "offer.arbiters"

    async def test_lists_nobody_where_nothing_goes_through_the_escrow(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter, **FREE)
            assert seen.arbiters == () and seen.lapse_bps == 0


class TestTheChoice:
    async def test_is_the_first_whom_both_trust(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            second = await m.join("second")
            await second.peer.offer_to_decide(TERMS)
            for side in (m.seller, m.buyer):
                await until(lambda side=side: knows(side, second))
            both = {"arbiters": [persona(arbiter), persona(second)]}
            seen = await listed(m, arbiter, offer=both)
            await m.buyer.peer.trust_arbiter(persona(second))
            id = await order(m, seen)
            terms = m.seller.peer.order(id).terms
            assert terms["arbiter"] == second.address
            assert (terms["ruling"], terms["arbiter_bps"], terms["lapse_bps"]) == (
                7 * DAY,
                500,
                5_000,
            )
            await m.buyer.peer.distrust_arbiter(persona(second))
            again = await place(m, seen)
            assert m.buyer.peer.order(again).terms["arbiter"] == ""

    async def test_is_nobody_for_a_deposit_unless_its_buyer_says_so(self, autojump_clock):
        """What the seller keeps of a deposit needs the buyer's consent, pages say: no arbiter may be there without being chosen."""
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter, offer={"review": 0, "ship_within": 3 * DAY})
            await m.buyer.peer.trust_arbiter(persona(arbiter))
            assert m.buyer.peer.order(await place(m, seen)).terms["arbiter"] == ""
            chosen = await place(m, seen, arbiter=persona(arbiter))
            assert m.buyer.peer.order(chosen).terms["arbiter"] == arbiter.address

    async def test_is_nobody_where_the_buyer_trusts_none(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            id = await order(m, await listed(m, arbiter))
            terms = m.seller.peer.order(id).terms
            assert (terms["arbiter"], terms["ruling"], terms["arbiter_bps"]) == ("", 0, 0)

    async def test_can_be_made_by_the_buyer(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter)
            chosen = await order(m, seen, arbiter=persona(arbiter))
            assert m.seller.peer.order(chosen).terms["arbiter"] == arbiter.address
            await m.buyer.peer.trust_arbiter(persona(arbiter))
            none = await place(m, seen, arbiter="none")
            assert m.buyer.peer.order(none).terms["arbiter"] == ""

    async def test_is_never_one_that_the_seller_does_not_list(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter)
            with pytest.raises(InputError) as caught:
                await place(m, seen, arbiter=id_to_text(key(9).public))
            assert caught.value.rule == "order.arbiter"

    async def test_is_never_an_address_that_the_arbiter_has_not_proven(self, autojump_clock):
        """A seller could list a wallet of its own under a name that everybody trusts."""
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter)
            arbiter.peer._stall._to_bind = lambda records: []
            arbiter.peer._stall.publish_profile()
            await until(lambda: not m.buyer.peer.arbiter(persona(arbiter)).proven)
            await m.buyer.peer.trust_arbiter(persona(arbiter))
            assert m.buyer.peer.listing_by_id(seen.id).arbiters[0].trouble == "unproven"
            assert m.buyer.peer.order(await place(m, seen)).terms["arbiter"] == ""
            with pytest.raises(InputError, match="proven"):
                await place(m, seen, arbiter=persona(arbiter))

    async def test_is_never_the_buyers_own_wallet(self, autojump_clock):
        async with judged_market() as (m, arbiter):
            seen = await listed(m, arbiter)
            await m.buyer.peer.trust_arbiter(persona(arbiter))
            id = await place(m, seen, account=arbiter.address)
            assert m.buyer.peer.order(id).terms["arbiter"] == ""


async def test_trust_is_kept_and_bounded(autojump_clock):
    async with market() as m:
        for number in range(MAX_CHOSEN):
            await m.buyer.peer.trust_arbiter(id_to_text(number.to_bytes(32, "big")))
        with pytest.raises(Conflict):
            await m.buyer.peer.trust_arbiter(id_to_text(b"\xff" * 32))
        await m.buyer.restart()
        chosen = m.buyer.peer._arbiters.chosen()
        assert len(chosen) == MAX_CHOSEN
        await m.buyer.peer.trust_arbiter(id_to_text(chosen[0]))  # the last now
        assert m.buyer.peer._arbiters.chosen() == [*chosen[1:], chosen[0]]
        with pytest.raises(Conflict):
            await m.buyer.peer.trust_arbiter(persona(m.buyer))
        with pytest.raises(NotFound):
            await m.buyer.peer.trust_arbiter("nobody")
        assert id_from_text(persona(m.buyer)) not in m.buyer.peer._arbiters.chosen()
