"""Sales in a real browser for a buyer whose account holds tokens, and not one wei of the chain's coin."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.conftest import has_sent_nothing
from tests.end_to_end.test_sale import SETTLE, accept_and_ship, check_out, find, stage
from tests.end_to_end.wallet import Wallet

TITLE = "Three stitched notebooks"


@pytest.fixture
def wallet(poor: Wallet) -> Wallet:
    return poor


def test_a_whole_sale_without_a_coin(buyer, seller, poor, market):
    find(buyer, TITLE)
    id = check_out(buyer)
    stage(buyer, "placed")
    buyer.page.locator("[data-wallet-verb=fund]").click()
    expect(buyer.page.locator("#wallet-error")).to_contain_text("Sign instead", timeout=SETTLE)
    poor.asked.clear()
    buyer.page.get_by_role("button", name="Sign to pay").click()
    stage(buyer, "funded", "final")
    accept_and_ship(seller, id)
    stage(buyer, "shipped")
    buyer.page.get_by_text("No coin for the network’s fee?").click()
    buyer.page.get_by_role("button", name="sign the release").click()
    stage(buyer, "released")
    assert has_sent_nothing(market, poor)
    assert buyer.errors == seller.errors == []
