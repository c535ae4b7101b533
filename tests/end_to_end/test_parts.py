"""Money that goes in parts, in a real browser between real nodes: a part given back, and proceeds that are shared among three."""

from node.devchain.accounts import ADDRESSES
from node.protocol.errors import NotFound
from node.protocol.patterns import address_to_text
from tests.end_to_end.bench import wait_for
from tests.end_to_end.conftest import ACCOUNT
from tests.end_to_end.test_sale import (
    SETTLE,
    accept_and_ship,
    check_out,
    find,
    pay,
    stage,
)
from tests.samples import MUG

SHARES = {"Co-operative": 1_500, "Designer": 333, "": 500}  # the last is a referrer's
PART = 10**15
PAYEES = {name: bytes([0xA0 + n]) * 20 for n, name in enumerate(SHARES)}


def balance(market, account: bytes) -> int:
    return int(market.rpc("eth_getBalance", "0x" + account.hex(), "latest"), 16)


def list_shared(market, title: str) -> dict:
    """A listing of the seller's whose price three share, as the seller's node shows it."""
    payees = [
        {"to": address_to_text(PAYEES[name]), "bps": bps, "name": name}
        for name, bps in SHARES.items()
        if name
    ]
    coin = market.seller.api.call("GET", "/status")["balances"][0]
    price = 10**16 + 1_003  # which no share divides
    given = {
        **MUG,
        "title": title,
        "price": {"amount": str(price), "unit": coin["asset"]},
        "offer": {"payees": payees, "referral_bps": SHARES[""]},
    }
    return market.seller.api.call("POST", "/listings", given)


def open_shared(market, buyer, title: str) -> None:
    """By an address that names who sent the buyer."""
    listing = list_shared(market, title)
    here = f"/listings/{listing['author']['id']}/{listing['slug']}"

    def known() -> bool:
        try:
            return market.buyer.api.call("GET", here)["title"] == title
        except NotFound:
            return False

    wait_for(known, "the buyer's node never heard of the listing")
    friend = address_to_text(PAYEES[""])
    buyer.open(f"/l/{listing['author']['id']}/{listing['slug']}?ref={friend}")


def test_proceeds_are_shared_among_three_to_the_last_unit(market, buyer, seller, wallet):
    open_shared(market, buyer, "A mug made by many")
    assert "15% to Co-operative, 3.33% to Designer" in buyer.page.locator("#buy").inner_text()
    id = check_out(buyer)
    stage(buyer, "placed")
    compare = buyer.page.locator("#compare").inner_text()
    for account in PAYEES.values():
        assert address_to_text(account) in compare
    before = {name: balance(market, account) for name, account in PAYEES.items()}
    pay(buyer)
    stage(buyer, "funded", "final")
    accept_and_ship(seller, id)
    stage(buyer, "shipped")
    buyer.page.locator("[data-wallet-verb=release]").click()
    stage(buyer, "released")
    total = int(market.buyer.api.call("GET", f"/orders/{id}")["quote"]["total"]["amount"])
    for name, bps in SHARES.items():
        assert balance(market, PAYEES[name]) - before[name] == total * bps // 10_000, name
    shown = market.seller.api.call("GET", f"/orders/{id}")["payees"]
    assert [int(each["got"]["amount"]) for each in shown] == [
        total * bps // 10_000 for bps in SHARES.values()
    ]
    assert buyer.errors == seller.errors == []


def test_a_part_is_given_back_and_the_rest_released(market, buyer, seller, wallet):
    find(buyer, "Olive oil soap")
    id = check_out(buyer)
    stage(buyer, "placed")
    pay(buyer)
    stage(buyer, "funded", "final")
    accept_and_ship(seller, id)
    stage(buyer, "shipped")
    total = int(market.buyer.api.call("GET", f"/orders/{id}")["quote"]["total"]["amount"])
    assert total > PART
    seller.page.get_by_text("Propose how to share it").click()
    seller.page.locator("#settle-buyer").fill("0.001")
    seller.page.locator("#settle-text").fill("The paper is torn.")
    seller.page.get_by_role("button", name="Propose it").click()
    seller.page.get_by_text("You have proposed").wait_for(timeout=SETTLE)
    before = balance(market, ADDRESSES[ACCOUNT])
    wallet.asked.clear()
    buyer.page.locator("[data-wallet-verb=accept_settlement]").click(timeout=SETTLE)
    buyer.page.get_by_text("Still in the contract").wait_for(timeout=SETTLE)
    stage(buyer, "shipped")  # the order goes on
    spent = before + PART - balance(market, ADDRESSES[ACCOUNT])
    assert 0 < spent < 10**15  # the network's fee alone
    assert [m for m in wallet.asked if m == "eth_sendTransaction"] == ["eth_sendTransaction"]
    buyer.page.locator("[data-wallet-verb=release]").click()
    stage(buyer, "settled")
    paid = market.seller.api.call("GET", f"/orders/{id}")["paid_out"]
    assert (int(paid["buyer"]), int(paid["seller"])) == (PART, total - PART)
    assert buyer.errors == seller.errors == []
