"""A campaign in a real browser whose backer holds tokens, and not one wei of the chain's coin."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from eth_account import Account
from playwright.sync_api import Browser, expect

from node.contracts import abi
from node.protocol.escrow import address_of
from node.protocol.patterns import address_to_text
from tests.end_to_end.bench import Bench, bench, wait_for
from tests.end_to_end.conftest import Person, person
from tests.end_to_end.test_campaign import DAY, check_out, dollars, pass_time, start
from tests.end_to_end.test_sale import SETTLE
from tests.end_to_end.wallet import Wallet

TOKENS = 1_000_000_000


@pytest.fixture
def market() -> Iterator[Bench]:
    """Its own: the chain's time is moved."""
    with bench() as opened:
        yield opened


@pytest.fixture
def poor(market: Bench) -> Iterator[Wallet]:
    """A wallet whose account nobody has ever sent a coin to."""
    key = bytes(Account.create().key)
    minted = abi.MINT(address_of(key), TOKENS)
    sender = market.contracts["accounts"][0]
    call = {"from": sender, "to": market.contracts["token"], "data": "0x" + minted.hex()}
    market.rpc("eth_sendTransaction", call)
    with closing(Wallet("0x" + key.hex(), (market.chain.chain_id, market.chain.url))) as made:
        made.account = address_to_text(address_of(key))
        yield made


@pytest.fixture
def buyer(chromium: Browser, market: Bench, poor: Wallet) -> Iterator[Person]:
    made = person(chromium, market.buyer, poor)
    made.account = poor.account
    yield made
    made.page.context.close()


@pytest.fixture
def seller(chromium: Browser, market: Bench) -> Iterator[Person]:
    made = person(chromium, market.seller)
    yield made
    made.page.context.close()


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
    assert "eth_sendTransaction" not in poor.asked
    assert market.rpc("eth_getTransactionCount", poor.account, "latest") == "0x0"
    assert market.rpc("eth_getBalance", poor.account, "latest") == "0x0"
    pledged = int(market.buyer.api.call("GET", f"/campaigns/{id}")["raised"]["amount"])
    assert dollars(market, poor.account) == TOKENS - pledged
    payout = market.seller.api.call("GET", f"/campaigns/{id}")["payout"]
    before = dollars(market, payout)
    pass_time(market, DAY + 3_600)
    seller.open(f"/orders/{order}")
    seller.page.get_by_role("button", name="Accept").click(timeout=SETTLE)
    wait_for(lambda: dollars(market, payout) > before, "the first part isn't collected")
    assert buyer.errors == seller.errors == []
