import time

import pytest

from tests.web.pages.deals import change, deal, get


@pytest.mark.parametrize("side", ["buyer", "seller"])
async def test_no_stage_promises_that_an_objection_is_decided(site, peer, side):
    for each in [each for each in peer.deals if each.side == side and each.stage != "disputed"]:
        page = (await get(site, each)).lower()
        assert "object" not in page.replace("objects", ""), each.stage


async def test_after_sending_both_sides_read_who_gets_the_money_when(site, peer):
    buyer, seller = deal(peer, "shipped"), deal(peer, "shipped", "seller")
    assert "they can give the money back. After the time below they can collect it" in (
        await get(site, buyer)
    )
    assert "After the time below you can collect it yourself." in await get(site, seller)


@pytest.mark.parametrize("stage", ["funded", "accepted", "late", "shipped"])
@pytest.mark.parametrize("side", ["buyer", "seller"])
async def test_what_was_not_sent_in_time_says_so(site, peer, stage, side):
    order = deal(peer, stage, side)
    said = "It wasn’t marked as sent in time"
    for ship_by, over in ((time.time() - 5, True), (time.time() + 500, False)):
        change(peer, order, deadlines={"ship_by": int(ship_by)})
        assert (said in await get(site, order)) == over
    change(peer, order, deadlines={})
    assert said not in await get(site, order)


async def test_what_the_contract_does_not_know_yet_has_no_review_time(site, peer):
    for side, said in (("buyer", "your review time hasn’t begun"), ("seller", "You have told the")):
        order = deal(peer, "shipped", side)
        assert said not in await get(site, order)
        change(peer, order, deadlines={"ship_by": 2**33})
        assert said in await get(site, order)


async def test_a_seller_whose_buyer_is_silent_reads_what_to_do(site, peer):
    order = deal(peer, "shipped", "seller")
    change(peer, order, actions=("timeout", "message"))
    page = await get(site, order)
    assert "The review time is over" in page
    assert f'action="/orders/{order.id}/timeout"' in page
