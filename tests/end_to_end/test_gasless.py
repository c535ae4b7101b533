"""Sales in a real browser for a buyer whose account holds tokens, and not one wei of the chain's coin."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from eth_account import Account
from playwright.sync_api import Browser, expect

from node.contracts import abi
from node.protocol.escrow import address_of
from node.protocol.patterns import address_to_text
from tests.end_to_end.bench import Bench
from tests.end_to_end.conftest import Person, person
from tests.end_to_end.test_sale import SETTLE, accept_and_ship, check_out, find, stage
from tests.end_to_end.wallet import Wallet

TITLE = "Three stitched notebooks"
TOKENS = 1_000_000_000


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
    assert "eth_sendTransaction" not in poor.asked
    assert market.rpc("eth_getTransactionCount", poor.account, "latest") == "0x0"
    assert market.rpc("eth_getBalance", poor.account, "latest") == "0x0"
    assert buyer.errors == seller.errors == []
