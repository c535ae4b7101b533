"""The whole sale in a real browser, between two real nodes, on a real EVM, with a wallet nobody here wrote."""

import pytest
from playwright.sync_api import expect

from tests.end_to_end.wallet import NAME

SETTLE = 60_000  # milliseconds that the chain and the nodes may take for a step


def find(buyer, title: str) -> None:
    """Search for a listing and open it."""
    buyer.open("/")
    buyer.page.get_by_role("searchbox").fill(title)
    buyer.page.keyboard.press("Enter")
    buyer.page.get_by_role("link", name=title).first.click()
    expect(buyer.page.get_by_role("heading", level=1, name=title)).to_be_visible()


def check_out(buyer, *, again: bool = False) -> str:
    """From a listing to a placed order; `again` where the page asks whether the same is meant twice. Returns the order's id."""
    page = buyer.page
    page.get_by_role("button", name="Buy with escrow").click()
    page.locator("input[name='delivery.option']").first.check()
    page.locator("[name='delivery.name']").fill("Camille Martin")
    page.locator("[name^='delivery.address']").first.fill("12 rue des Lilas\n67000 Strasbourg")
    page.locator("[name='delivery.country']").select_option("FR")
    page.locator("input[name=payer][value=wallet]").check()
    page.get_by_role("button", name="Place the order").click()
    connect(page)
    if again:
        expect(page.locator("#twin")).to_be_visible(timeout=SETTLE)
        page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/*", timeout=SETTLE)
    return page.url.rsplit("/", 1)[1].partition("?")[0]


def connect(page) -> None:
    """Choose the wallet if the page asks: it remembers the one chosen before."""
    chooser = page.get_by_role("dialog").get_by_role("button", name=NAME)
    chooser.or_(page.locator("#order, #twin")).first.wait_for(timeout=SETTLE)
    if chooser.is_visible():
        chooser.click()


def pay(buyer) -> None:
    buyer.page.locator("[data-wallet-verb=fund]").click()


def stage(who, name: str, assurance: str | None = None) -> None:
    """Wait until the open page shows this stage, pushed by the node."""
    wanted = f"#order[data-stage='{name}']" + (
        f"[data-assurance='{assurance}']" if assurance else ""
    )
    who.page.locator(wanted).wait_for(timeout=SETTLE)


def accept_and_ship(seller, id: str) -> None:
    seller.open(f"/orders/{id}")
    seller.page.get_by_role("button", name="Accept").click(timeout=SETTLE)
    stage(seller, "accepted")
    seller.page.get_by_label("Carrier").fill("La Poste")
    seller.page.get_by_label("Tracking number").fill("6A123")
    seller.page.get_by_role("button", name="I have sent it").click()
    stage(seller, "shipped")


def release_and_review(buyer, words: str) -> None:
    buyer.page.locator("[data-wallet-verb=release]").click()
    stage(buyer, "released")
    review(buyer, words)


def review(buyer, words: str) -> None:
    buyer.page.locator("input[name=rating][value='5']").check(force=True)
    buyer.page.get_by_label("In your words").fill(words)
    buyer.page.get_by_role("button", name="Publish the review").click()


def shown_as_verified(who, words: str) -> None:
    """On the listing's page that is open."""
    found = who.page.get_by_text(words)
    proven = who.page.get_by_text("Purchase proven", exact=True)
    for _ in range(20):
        if found.count() and proven.count():
            break
        who.page.wait_for_timeout(500)
        who.page.reload()
    expect(found).to_be_visible()
    expect(proven.first).to_be_visible()


@pytest.mark.parametrize(
    ("title", "prompts"),
    [
        ("Olive oil soap", ["eth_sendTransaction"]),
        ("Three stitched notebooks", ["eth_signTypedData_v4", "eth_sendTransaction"]),
    ],
    ids=["ETH", "ERC-20"],
)
def test_a_whole_sale(buyer, seller, wallet, title, prompts):
    find(buyer, title)
    listing = buyer.page.url.removeprefix(buyer.base)
    id = check_out(buyer)
    stage(buyer, "placed")
    wallet.asked.clear()
    pay(buyer)
    stage(buyer, "funded")
    moving = [m for m in wallet.asked if m in ("eth_sendTransaction", "eth_signTypedData_v4")]
    assert moving == prompts
    stage(buyer, "funded", "final")
    accept_and_ship(seller, id)
    stage(buyer, "shipped")
    release_and_review(buyer, f"Lovely {title}")
    for who in (buyer, seller):
        who.open(listing)
        shown_as_verified(who, f"Lovely {title}")
    assert buyer.errors == seller.errors == []
