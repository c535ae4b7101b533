"""A cart over two sellers in a real browser: two orders, funded by one transaction and released by one."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from node import keystore
from node.demo.market import NodeProcess, free_ports
from tests.end_to_end.bench import Bench, address_of, wait_for
from tests.end_to_end.test_sale import SETTLE, find

BOWL = {
    "title": "Bowl of the other stall",
    "text": "Turned.",
    "language": "en",
    "category": "kitchen",
    "price": {"amount": "1900", "unit": "USD"},
    "extensions": {
        "goods": {
            "condition": "new",
            "shipping": [{"id": "post", "label": "Post", "zones": ["FR"], "price": "0"}],
        }
    },
    "availability": {"goods": {"stock": {"": 5}}},
}
SOAP = "Olive oil soap"


@pytest.fixture
def other(market: Bench) -> Iterator[NodeProcess]:
    """The node of a second seller, with something that the buyer's node knows of."""
    web, p2p = free_ports(21_000, 2)
    listen = f"/ip4/127.0.0.1/tcp/{p2p}"
    seed = keystore.new_seed()
    node = market._start("other", "Other stall", seed, web, listen, (address_of(market.seller),))
    wait_for(lambda: node.api.call("POST", "/listings", BOWL), "the listing wasn't taken")
    wait_for(
        lambda: market.buyer.api.call("GET", "/search", q=BOWL["title"])["total"],
        "the buyer's node didn't hear of the other stall",
    )
    yield node
    node.stop()


def add(buyer, title: str) -> None:
    find(buyer, title)
    buyer.page.get_by_role("button", name="Add to cart").click()
    expect(buyer.page.get_by_role("heading", level=1, name="Cart")).to_be_visible()


def test_two_sellers_are_paid_by_one_transaction(buyer, wallet, market, other):
    page = buyer.page
    for title in (SOAP, BOWL["title"]):
        add(buyer, title)
    expect(page.locator(".cart-line")).to_have_count(2)
    page.locator("[name='delivery.name']").fill("Camille Martin")
    page.locator("[name='delivery.address']").fill("12 rue des Lilas\n67000 Strasbourg")
    page.locator("[name='delivery.country']").select_option("FR")
    page.get_by_role("button", name="Place 2 orders").click()
    connect_at(page, "#together")
    expect(page.get_by_role("heading", level=1, name="Pay 2 orders at once")).to_be_visible()
    ids = page.locator("[data-wallet-verb=fund]").get_attribute("data-order").split()
    wallet.asked.clear()
    before = int(market.rpc("eth_getTransactionCount", buyer.account, "latest"), 16)
    page.locator("[data-wallet-verb=fund]").click()
    expect(page.get_by_role("heading", name="Nothing here waits to be paid")).to_be_visible(
        timeout=SETTLE
    )
    for node in (market.seller, other):
        wait_for(
            lambda node=node: [
                o
                for o in node.api.call("GET", "/orders", side="seller")["orders"]
                if o["id"] in ids and o["stage"] == "funded"
            ],
            f"{node.name} wasn't paid",
        )
    # a permission for the dollars, and one payment for both
    assert wallet.asked.count("eth_sendTransaction") == 2
    assert int(market.rpc("eth_getTransactionCount", buyer.account, "latest"), 16) == before + 2
    orders = [market.buyer.api.call("GET", f"/orders/{id}") for id in ids]
    (hash,) = {t["hash"] for o in orders for t in o["transactions"] if t["verb"] == "fund"}
    assert hash.startswith("0x")
    wait_for(
        lambda: all(
            "release" in market.buyer.api.call("GET", f"/orders/{id}")["actions"] for id in ids
        ),
        "the buyer's node didn't see it",
    )
    buyer.open("/together?verb=release" + "".join(f"&id={id}" for id in ids))
    wallet.asked.clear()
    page.locator("[data-wallet-verb=release]").click()
    expect(page.get_by_role("heading", name="Nothing here waits to be released")).to_be_visible(
        timeout=SETTLE
    )
    for id in ids:
        wait_for(
            lambda id=id: market.buyer.api.call("GET", f"/orders/{id}")["stage"] == "released",
            "it wasn't released",
        )
    assert wallet.asked.count("eth_sendTransaction") == 1
    assert buyer.errors == []


def connect_at(page, place: str) -> None:
    """Choose the wallet if the page asks, until it shows this."""
    chooser = page.get_by_role("dialog").get_by_role("button", name="Test wallet")
    chooser.or_(page.locator(place)).first.wait_for(timeout=SETTLE)
    if chooser.is_visible():
        chooser.click()
    page.locator(place).wait_for(timeout=SETTLE)
