"""Starting a campaign."""

import pytest

from node.protocol.errors import Conflict, InputError
from tests.peer.campaigning import DAY, GOAL, PRICE, pledged, preorder, started
from tests.peer.market import market, until


async def test_a_listing_stays_as_it_is_while_it_is_pledged_to(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        with pytest.raises(Conflict, match="can be changed once that is over"):
            await m.seller.peer.save_listing(preorder(title="A worse mug"), campaign.listing.slug)
        with pytest.raises(Conflict, match="takes pledges already"):
            await m.seller.peer.start_campaign(
                campaign.listing.slug, {"goal": "1", "until": m.seller.world.now() + DAY}
            )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"goal": "0"}, "goal"),
        ({"goal": str(2**112)}, "goal"),
        ({"until": 0}, "until"),
        ({"until": 400 * DAY}, "until"),
        ({"stop_bps": 5_001}, "stop_bps"),
        ({"tranches": [(0, 9_999)]}, "tranches"),
        ({"tranches": [(-1, 10_000)]}, "tranches"),
        ({"asset": "eip155:1/slip44:60"}, "asset"),
        ({"fee": 1}, "fee"),
    ],
)
async def test_terms_that_no_contract_takes_are_refused_and_publish_nothing(
    autojump_clock, changed, field
):
    async with market() as m:
        made = await m.seller.peer.save_listing(preorder())
        now = m.seller.world.now()
        end = now + changed.pop("until", 10 * DAY)
        given = {"goal": str(GOAL), "until": end, **changed}
        if "tranches" in given:
            given["tranches"] = [{"at": end + at, "bps": bps} for at, bps in given["tranches"]]
        with pytest.raises(InputError) as caught:
            await m.seller.peer.start_campaign(made.slug, given)
        assert (caught.value.field or "").split(".")[0] == field
        assert m.seller.store.newest("campaign", 9) == []
        assert m.seller.peer.listings()[0].id == made.id


async def test_pieces_of_a_preorder_are_not_counted(autojump_clock):
    async with market() as m:
        made = await m.seller.peer.save_listing(preorder())
        assert made.stock is None
        with pytest.raises(Conflict, match="counted"):
            await m.seller.peer.set_availability(made.slug, {"goods": {"stock": {"": 1}}})


async def test_its_record_is_renewed_until_the_last_part_and_stays_the_same_campaign(
    autojump_clock,
):
    async with market() as m:
        end = m.seller.world.now() + 10 * DAY
        parts = [{"at": end, "bps": 5_000}, {"at": end + 100 * DAY, "bps": 5_000}]
        campaign = await started(m, goal=PRICE, tranches=parts)
        await pledged(m, campaign)
        first = m.seller.store.newest("campaign", 9)[0]
        m.chain.pass_time(65 * DAY)
        m.chain.mine(5)
        await until(lambda: m.seller.store.newest("campaign", 9)[0].id != first.id, 1_200)
        await until(lambda: m.buyer.store.newest("campaign", 9)[0].id != first.id, 1_200)
        seen = await m.buyer.peer.campaign(campaign.id)
        assert (seen.id, seen.stage, seen.raised.amount) == (campaign.id, "reached", PRICE)
        page = await m.seller.peer.campaigns()
        assert [each.id for each in page.mine] == [campaign.id]


async def test_one_survives_a_crash_right_after_it_was_published(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        m.seller.store.joined.clear()  # as if nothing had been noted of it
        await m.seller.restart()
        await until(lambda: m.seller.store.campaign(bytes.fromhex(campaign.id[2:])))
        id = await pledged(m, campaign)
        assert m.seller.peer.order(id).pledge.covered
