"""A campaign in a real browser whose backer holds tokens, and not one wei of the chain's coin."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.end_to_end.bench import Bench, bench, wait_for
from tests.end_to_end.conftest import TOKENS, has_sent_nothing
from tests.end_to_end.test_campaign import DAY, check_out, dollars, pass_time, start
from tests.end_to_end.test_sale import SETTLE
from tests.end_to_end.wallet import Wallet


@pytest.fixture
def market() -> Iterator[Bench]:
    """Its own: the chain's time is moved."""
    with bench() as opened:
        yield opened


@pytest.fixture
def wallet(poor: Wallet) -> Wallet:
    return poor


def test_a_backer_without_a_coin_pledges_and_the_campaign_succeeds(market, buyer, seller, poor):
    id = start(market, seller, "30")
    order = check_out(buyer)
    page = buyer.page
    page.locator("[data-wallet-verb=pledge]").click()
    expect(page.locator("#wallet-error")).to_contain_text("Sign instead", timeout=SETTLE)
    poor.asked.clear()
    page.get_by_role("button", name="Pledge without fees").click()
    expect(page.get_by_role("heading", level=1, name="You have pledged")).to_be_visible(
        timeout=SETTLE
    )
    assert has_sent_nothing(market, poor)
    pledged = int(market.buyer.api.call("GET", f"/campaigns/{id}")["raised"]["amount"])
    assert dollars(market, poor.account) == TOKENS - pledged
    payout = market.seller.api.call("GET", f"/campaigns/{id}")["payout"]
    before = dollars(market, payout)
    pass_time(market, DAY + 3_600)
    seller.open(f"/orders/{order}")
    seller.page.get_by_role("button", name="Accept").click(timeout=SETTLE)
    wait_for(lambda: dollars(market, payout) > before, "the first part isn't collected")
    assert buyer.errors == seller.errors == []
