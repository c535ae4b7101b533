"""Orders for which no escrow holds money: nothing is said of one."""

import pytest

from tests.web.made import review
from tests.web.pages.deals import change, deal, get


@pytest.mark.parametrize(
    ("stage", "side", "said"),
    [
        ("placed", "buyer", "Ordered. The seller is next"),
        ("placed", "seller", "A new order: accept it"),
        ("accepted", "buyer", "You are told here when it is sent or handed over."),
        ("accepted", "seller", "Send it or hand it over"),
        ("shipped", "buyer", "If something is wrong, write to the seller."),
        ("shipped", "seller", "Nothing else is to be done."),
    ],
)
async def test_what_no_contract_holds_money_for_names_none(site, peer, stage, side, said):
    order = deal(peer, stage, side)
    change(peer, order, terms=None, deadlines={}, dispute=None, chain=None, contract=None)
    page = await get(site, order)
    assert said in page
    for wrong in ("contract", "escrow", "money back", "Pay to complete", "not paid yet"):
        assert wrong not in page.partition("<h1")[2].partition("<ol")[0], wrong


async def test_who_pays_on_collection_is_told_so(site, peer):
    order = deal(peer, "placed")
    change(peer, order, terms=None, deadlines={}, dispute=None)
    assert "You pay when you collect it." in await get(site, order)


async def test_a_pledged_order_is_reviewed_and_shows_its_review(site, peer):
    order = next(each for each in peer.deals if each.pledge and "review" in each.actions)
    page = await get(site, order)
    assert "How was it?" in page and "A review helps whoever comes next." in page
    assert "the contract doesn’t know it yet" not in page
    change(peer, order, review=review(text="Worth the wait"), actions=("change_review",))
    page = await get(site, order)
    assert "Worth the wait</p>" in page
