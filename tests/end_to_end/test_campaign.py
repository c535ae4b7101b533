"""Campaigns between real nodes, on a real EVM, in a real browser, with a wallet nobody here wrote: one that misses its goal and gives
everything back, and one that reaches it, is paid in parts and shipped."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from node.devchain.accounts import ADDRESSES
from node.protocol.patterns import address_to_text
from tests.end_to_end.bench import Bench, bench, wait_for
from tests.end_to_end.conftest import ACCOUNT, Person
from tests.end_to_end.test_sale import SETTLE, connect, find, review, shown_as_verified
from tests.samples import MUG

DAY = 86_400
TITLE = "A mug for whoever pledges"


@pytest.fixture
def market() -> Iterator[Bench]:
    """One for each test: both move the chain's time."""
    with bench() as opened:
        yield opened


def start(market: Bench, seller: Person, goal: str, **changes) -> str:
    """A pre-order and its campaign of one day, in two parts; returns the campaign's id."""
    offer = {"preorder": True, "ship_within": 7 * DAY}
    given = {**MUG, "slug": "mug", "title": TITLE, "offer": offer, **changes}
    market.seller.api.call("POST", "/listings", given)
    page = seller.page
    seller.open(f"/l/{market.seller.api.call('GET', '/status')['identity']['persona']}/mug")
    page.get_by_role("link", name="Start a campaign").click()
    page.locator("#goal").fill(goal)
    page.get_by_label("Takes pledges for (days)").fill("1")
    page.get_by_role("button", name="Start the campaign").click()
    expect(page.get_by_text("Started. Other nodes hear of it")).to_be_visible()
    id = page.url.rsplit("/", 1)[1].partition("?")[0]
    wait_for(lambda: market.buyer.api.call("GET", "/campaigns")["others"], "it isn't heard of")
    return id


def check_out(buyer: Person) -> str:
    """From the listing's page to a placed order; returns its id."""
    page = buyer.page
    find(buyer, TITLE)
    page.get_by_role("button", name="Pledge").click()
    expect(page.get_by_text("there is no way out before")).to_be_visible()
    page.locator("input[name='delivery.option']").first.check()
    page.locator("[name='delivery.name']").fill("Camille Martin")
    page.locator("[name^='delivery.address']").first.fill("12 rue des Lilas\n67000 Strasbourg")
    page.locator("[name='delivery.country']").select_option("FR")
    page.locator("input[name=payer][value=wallet]").check()
    page.get_by_role("button", name="Place the order").click()
    connect(page)
    page.wait_for_url("**/orders/*", timeout=SETTLE)
    return page.url.rsplit("/", 1)[1].partition("?")[0]


def pledge(buyer: Person) -> None:
    buyer.page.locator("[data-wallet-verb=pledge]").click()
    expect(buyer.page.get_by_role("heading", level=1, name="You have pledged")).to_be_visible(
        timeout=SETTLE
    )


def balance(market: Bench, account: str) -> int:
    return int(market.rpc("eth_getBalance", account, "latest"), 16)


def dollars(market: Bench, account: str) -> int:
    """Of the test token, in its smallest unit."""
    data = "0x70a08231" + account[2:].lower().rjust(64, "0")  # balanceOf(address)
    return int(
        market.rpc("eth_call", {"to": market.contracts["token"], "data": data}, "latest"), 16
    )


def pass_time(market: Bench, seconds: int) -> None:
    """Its blocks run ahead of our clock."""
    market.rpc("evm_increaseTime", seconds)
    for _ in range(4):
        market.rpc("evm_mine")


def on_page(who: Person, id: str, words: str) -> None:
    who.open(f"/campaign/{id}")
    for _ in range(40):
        if who.page.get_by_text(words).count():
            return
        who.page.wait_for_timeout(500)
        who.page.reload()
    expect(who.page.get_by_text(words).first).to_be_visible()


def test_one_that_misses_its_goal_gives_every_pledge_back(market, buyer, seller, wallet):
    coin = {"amount": str(10**16), "unit": f"eip155:{market.chain.chain_id}/slip44:60"}
    id = start(market, seller, "5", price=coin)
    account = address_to_text(ADDRESSES[ACCOUNT])
    order = check_out(buyer)
    wallet.asked.clear()
    pledge(buyer)
    asked = [method for method in wallet.asked if method == "eth_sendTransaction"]
    assert len(asked) == 2  # to open it, and to pledge
    price = int(market.buyer.api.call("GET", f"/orders/{order}")["pledge"]["price"]["amount"])
    node = market.buyer.api.call("GET", "/status")["identity"]["wallet"]
    held = balance(market, node)
    given = {"quantity": 1}
    delivery = market.buyer.api.call("GET", f"/orders/{order}")["delivery"]
    listing = market.buyer.api.call("GET", f"/campaigns/{id}")["listing"]["id"]
    own = market.buyer.api.call(
        "POST", "/orders", {"listing": listing, "lines": [given], "delivery": delivery}
    )
    market.buyer.api.call("POST", f"/orders/{own['id']}/pledge", {})
    wait_for(
        lambda: market.buyer.api.call("GET", f"/orders/{own['id']}")["pledge"]["amount"],
        "the node's wallet doesn't pledge",
    )
    found = market.buyer.api.call("GET", f"/campaigns/{id}")
    assert found["stage"] == "open" and found["backers"] == 2
    assert int(found["raised"]["amount"]) == 2 * price
    pass_time(market, DAY + 3_600)
    assert balance(market, node) <= held - price
    wait_for(lambda: balance(market, node) > held - price, "its pledge doesn't come back")
    before = balance(market, account)
    on_page(buyer, id, "The goal was missed")
    buyer.page.get_by_role("button", name="Send everybody’s money back").click()
    wait_for(lambda: balance(market, account) == before + price, "the pledge doesn't come back")
    on_page(buyer, id, "Everybody has their money back.")
    actions = market.seller.api.call("GET", f"/orders/{order}")["actions"]
    assert not {"accept", "ship"} & set(actions)
    assert buyer.errors == seller.errors == []


def test_one_that_reaches_its_goal_is_paid_in_parts_and_shipped(market, buyer, seller, wallet):
    id = start(market, seller, "30")
    order = check_out(buyer)
    wallet.asked.clear()
    pledge(buyer)
    asked = [method for method in wallet.asked if method == "eth_sendTransaction"]
    assert len(asked) == 3  # to open it, to permit the contract the sum, and to pledge
    seller.open(f"/orders/{order}")
    expect(seller.page.get_by_text("Wait until the campaign ends on")).to_be_visible(timeout=SETTLE)
    expect(seller.page.get_by_role("button", name="Accept")).to_have_count(0)
    payout = market.seller.api.call("GET", f"/campaigns/{id}")["payout"]
    before = dollars(market, payout)
    pass_time(market, DAY + 3_600)
    seller.page.get_by_role("button", name="Accept").click(timeout=SETTLE)
    wait_for(lambda: dollars(market, payout) > before, "the first part isn't collected")
    seller.page.get_by_label("Carrier").fill("La Poste")
    seller.page.get_by_role("button", name="I have sent it").click(timeout=SETTLE)
    buyer.open(f"/orders/{order}")
    expect(buyer.page.get_by_role("heading", level=1, name="Sent or handed over")).to_be_visible(
        timeout=SETTLE
    )
    half = dollars(market, payout)
    pass_time(market, 7 * DAY + 3_600)
    wait_for(lambda: dollars(market, payout) > half, "the last part isn't collected")
    on_page(buyer, id, "Everything is paid out")
    buyer.open(f"/orders/{order}")
    review(buyer, "Worth the wait")
    persona = market.seller.api.call("GET", "/status")["identity"]["persona"]
    for who in (buyer, seller):
        who.open(f"/l/{persona}/mug")
        shown_as_verified(who, "Worth the wait")
    assert buyer.errors == seller.errors == []


def test_a_backer_stops_the_rest_and_fetches_its_share_by_the_wallet_in_the_browser(
    market, buyer, seller
):
    id = start(market, seller, "30")
    check_out(buyer)
    pledge(buyer)
    account, page = address_to_text(ADDRESSES[ACCOUNT]), buyer.page
    price = int(market.buyer.api.call("GET", f"/campaigns/{id}")["raised"]["amount"])
    pass_time(market, DAY + 3_600)
    on_page(buyer, id, "The goal was reached")
    before = dollars(market, account)
    page.get_by_role("button", name="Object to the rest").click()
    expect(page.get_by_text("Its backers have stopped it")).to_be_visible(timeout=SETTLE)
    page.get_by_text("By the wallet in this browser").click()
    page.get_by_role("button", name="Send one batch").click()
    # waited for at the page, so that its wallet can answer
    expect(page.get_by_text("Everybody has their money back.")).to_be_visible(timeout=SETTLE)
    assert dollars(market, account) == before + price - price * 4 // 10
    assert buyer.errors == seller.errors == []
