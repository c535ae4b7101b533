"""One market and one Chromium for all browser tests of this folder; a fresh context and a fresh account for each."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from eth_account import Account
from playwright.sync_api import Browser, Page

from node.contracts import abi
from node.demo.market import NodeProcess
from node.devchain.accounts import KEYS
from node.protocol.escrow import address_of
from tests.end_to_end.bench import Bench, bench
from tests.end_to_end.wallet import Wallet

WIDE = {"width": 1280, "height": 900}
ACCOUNT = 6
"""Which of the chain's test accounts is the browser wallet's."""

TOKENS = 1_000_000_000
"""What who has no coin holds, in the smallest unit."""


@pytest.fixture(scope="session")
def market() -> Iterator[Bench]:
    with bench(goods=True) as opened:
        yield opened


def wallet_of(market: Bench) -> Wallet:
    """A wallet with money on the market's chain; to be closed."""
    return Wallet("0x" + KEYS[ACCOUNT].hex(), (market.chain.chain_id, market.chain.url))


@pytest.fixture
def wallet(market: Bench) -> Iterator[Wallet]:
    with closing(wallet_of(market)) as made:
        yield made


@pytest.fixture
def poor(market: Bench) -> Iterator[Wallet]:
    """A wallet whose account has tokens, and was never sent a coin: a module's `wallet`, where its buyer is to have this one."""
    key = bytes(Account.create().key)
    minted = abi.MINT(address_of(key), TOKENS)
    sender = market.contracts["accounts"][0]
    call = {"from": sender, "to": market.contracts["token"], "data": "0x" + minted.hex()}
    market.rpc("eth_sendTransaction", call)
    with closing(Wallet("0x" + key.hex(), (market.chain.chain_id, market.chain.url))) as made:
        yield made


def has_sent_nothing(market: Bench, wallet: Wallet) -> bool:
    """Not one transaction, nor anything to pay for one."""
    asked = ("eth_getTransactionCount", "eth_getBalance")
    numbers = {market.rpc(each, wallet.account, "latest") for each in asked}
    return numbers == {"0x0"} and "eth_sendTransaction" not in wallet.asked


@dataclass
class Person:
    """Somebody at a browser: `page` is unlocked, `errors` is what the console complained about."""

    page: Page
    base: str
    errors: list[str]
    account: str

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)


def person(browser: Browser, node: NodeProcess, wallet: Wallet | None = None) -> Person:
    """Open and unlock the page of a node."""
    context = browser.new_context(locale="en", viewport=WIDE)
    context.set_default_timeout(20_000)
    if wallet is not None:
        wallet.attach(context)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    base = node.url.split("/unlock")[0]
    page.goto(node.url)
    page.wait_for_url(base + "/")
    return Person(page, base, errors, wallet.account if wallet else "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A browser test that failed says what the person saw."""
    report = yield
    if report.failed and call.when == "call":
        for name in ("buyer", "seller"):
            who = item.funcargs.get(name)
            if isinstance(who, Person):
                text = who.page.locator("main").inner_text(timeout=2000)
                report.sections.append((f"{name} at {who.page.url}", f"{text}\n{who.errors}"))
    return report


@pytest.fixture
def buyer(chromium: Browser, market: Bench, wallet: Wallet) -> Iterator[Person]:
    made = person(chromium, market.buyer, wallet)
    yield made
    made.page.context.close()


@pytest.fixture
def seller(chromium: Browser, market: Bench) -> Iterator[Person]:
    made = person(chromium, market.seller)
    yield made
    made.page.context.close()
