"""Campaigns as a node shows them."""

import pytest
import trio

from node.ports import Query
from node.protocol.errors import Conflict, NotFound
from node.protocol.kinds.campaign import FIELDS, terms_of
from node.protocol.kinds.review import MAX_CAMPAIGN
from tests.peer.campaigning import preorder, started
from tests.peer.market import ADDRESS, market, until


async def test_a_preorder_without_a_campaign_cannot_be_ordered_and_says_so(autojump_clock):
    async with market() as m:
        await m.seller.peer.save_listing(preorder())
        found = await until(lambda: next(iter(m.buyer.peer.search(Query()).hits), None))
        assert (found.buyable, found.obstacle, found.preorder) == (False, "campaign", True)
        with pytest.raises(Conflict, match="campaign"):
            await m.buyer.peer.place_order(found.id, [{"quantity": 1}], ADDRESS)
        with pytest.raises(NotFound):
            await m.buyer.peer.campaign("0x" + "00" * 32)


async def test_a_campaign_about_somebody_elses_listing_counts_for_nothing(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        made = m.buyer.peer._book.named(campaign.id).body
        contract = m.buyer.campaigns
        body = made | {"creator": m.buyer.account, "payout": m.buyer.account, "goal": 1}
        body["signature"] = contract.sign_opening(terms_of(body))
        edition = m.buyer.peer._book.edition(m.buyer.peer._book.named(campaign.id))[1]
        forged = m.buyer.peer._stall.publish_campaign(edition, FIELDS.write(body))
        await until(lambda: m.seller.store.has(forged.id))
        for side in (m.seller, m.buyer):
            page = await side.peer.campaigns()
            ids = {each.id for each in (*page.mine, *page.joined, *page.others)}
            assert ids == {campaign.id}
        assert m.buyer.peer.search(Query()).hits[0].campaign == campaign.id


async def test_a_chain_that_is_away_leaves_the_campaign_unknown(autojump_clock):
    async with market() as m:
        campaign = await started(m)
        m.chain.set_down(True)
        await trio.sleep(10)
        m.buyer.peer._campaign_ledger.forget(bytes.fromhex(campaign.id[2:]))
        seen = await m.buyer.peer.campaign(campaign.id)
        assert (seen.stage, seen.actions) == ("unknown", ()) and seen.trouble
        page = await m.buyer.peer.campaigns()
        assert [each.id for each in page.others] == [campaign.id]


async def test_a_record_too_long_to_be_shown_in_a_review_counts_for_nothing(autojump_clock):
    """Who pledged to it could never say how it was."""
    async with market() as m:
        campaign = await started(m)
        body = m.seller.peer._book.named(campaign.id).body
        edition = m.seller.peer._book.edition(m.seller.peer._book.named(campaign.id))[1]
        padded = FIELDS.write(body) | {"note": "x" * MAX_CAMPAIGN}
        long = m.seller.peer._stall.publish_campaign(edition, padded)
        await until(lambda: m.buyer.store.has(long.id))
        book = m.buyer.peer._book
        assert long.id not in {each.record.id for each in book.of(edition)}
        with pytest.raises(NotFound):
            book.read(long)
