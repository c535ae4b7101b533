"""Disputes between real nodes, with an arbiter's node of its own: one is decided, one ends by the arbiter's silence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

import node.demo
from node import keystore
from node.demo.market import NodeProcess, free_ports
from node.devchain.accounts import ADDRESSES
from node.protocol.patterns import address_to_text
from tests.end_to_end.bench import Bench, address_of, bench, wait_for
from tests.end_to_end.conftest import Person, person
from tests.end_to_end.test_sale import (
    SETTLE,
    accept_and_ship,
    check_out,
    find,
    pay,
    stage,
)
from tests.samples import MUG

CRACK = Path(node.demo.__file__).parent / "catalogue" / "basket-close.webp"
RICH = address_to_text(ADDRESSES[1])
A_WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def market() -> Iterator[Bench]:
    with bench() as opened:
        yield opened


@pytest.fixture(scope="module")
def judge(market: Bench) -> NodeProcess:
    """The arbiter's node, with coin for the network's fees."""
    web, p2p = free_ports(27_000, 2)
    listen = f"/ip4/127.0.0.1/tcp/{p2p}"
    known = (address_of(market.seller), address_of(market.buyer))
    made = market._start("judge", "Judith", keystore.new_seed(), web, listen, known)
    account = made.api.call("GET", "/status")["identity"]["wallet"]
    sent = {"from": RICH, "to": account, "value": hex(10**18)}
    market.rpc("eth_sendTransaction", sent)
    wait_for(lambda: int(made.api.call("GET", "/status")["balances"][0]["amount"] or 0), "no coin")
    return made


@pytest.fixture
def arbiter(chromium: Browser, judge: NodeProcess) -> Iterator[Person]:
    made = person(chromium, judge)
    yield made
    made.page.context.close()


def offer_to_decide(arbiter: Person) -> None:
    page = arbiter.page
    arbiter.open("/status")
    page.get_by_role("link", name="Settle disputes").click()
    page.get_by_label("Your fee (percent)").fill("5")
    page.get_by_label("Time to decide (days)").fill("7")
    page.get_by_role("button", name="Offer to decide").click()
    expect(page.get_by_text("Published.")).to_be_visible()


def put_up(market: Bench, judge: NodeProcess, slug: str, title: str) -> None:
    """List something whose offer names the arbiter, whom the buyer trusts."""
    persona = judge.api.call("GET", "/status")["identity"]["persona"]
    for side in (market.seller, market.buyer):
        known = lambda side=side: side.api.call("GET", "/arbiters")["arbiters"]  # noqa: E731
        wait_for(known, f"{side.name} doesn't know the arbiter")
    market.buyer.api.call("PUT", f"/arbiters/{persona}/trust")
    offer = {"arbiters": [persona], "lapse_bps": 3_000}
    market.seller.api.call(
        "POST", "/listings", {**MUG, "slug": slug, "title": title, "offer": offer}
    )
    listed = lambda: market.buyer.api.call("GET", "/search", q=title)["total"]  # noqa: E731
    wait_for(listed, "the listing didn't arrive")


def bought(market: Bench, buyer: Person, seller: Person, title: str) -> str:
    find(buyer, title)
    id = check_out(buyer)
    expect(buyer.page.get_by_text("If you two disagree, Judith decides.")).to_be_visible()
    pay(buyer)
    stage(buyer, "funded")
    accept_and_ship(seller, id)
    for side in (market.seller, market.buyer):
        wait_for(
            lambda side=side: "release_by" in side.api.call("GET", f"/orders/{id}")["deadlines"],
            "the mark of sending isn't seen",
        )
    return id


def test_a_dispute_is_shown_to_the_arbiter_and_decided(market, judge, buyer, seller, arbiter):
    offer_to_decide(arbiter)
    put_up(market, judge, "judged-mug", "A mug that breaks")
    id = bought(market, buyer, seller, "A mug that breaks")
    page = buyer.page
    page.get_by_label("Your message").fill("It came broken.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.locator("#dispute summary").click()
    page.locator("[data-wallet-verb=dispute]").click()
    stage(buyer, "disputed")
    stage(seller, "disputed")

    mine = page.locator(".message.mine", has_text="It came broken.")
    mine.get_by_role("button", name="Show to the arbiter").click()
    expect(mine.get_by_text("Shown to the arbiter")).to_be_visible(timeout=SETTLE)
    page.get_by_text("Show a picture…").click()
    page.locator("#evidence").set_input_files(CRACK)
    page.locator("#evidence-alt").fill("The crack")
    page.locator("form[action$=show_picture] button").click()
    expect(page.locator("#showing img")).to_be_visible(timeout=SETTLE)

    case = arbiter.page
    arbiter.open("/cases")
    case.locator("#cases a").first.click(timeout=SETTLE)
    expect(case.get_by_text("It came broken.")).to_be_visible(timeout=SETTLE)
    expect(case.get_by_role("img", name="The crack")).to_be_visible(timeout=SETTLE)
    expect(case.get_by_text("12 rue des Lilas")).to_have_count(0)
    case.locator("#write-form").get_by_text("The buyer", exact=True).click()
    case.locator("#write-form textarea").fill("Thank you, I see the crack.")
    case.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Thank you, I see the crack.")).to_be_visible(timeout=SETTLE)

    case.locator("#share").fill("25")
    held = int(judge.api.call("GET", "/cases")["cases"][0]["held"]["amount"])
    to_seller = held * 95 // 100 // 4
    expect(case.locator("#ruling")).to_contain_text(f"{to_seller / 10**6:g}", timeout=SETTLE)
    case.get_by_text("Decide so…").click()
    case.get_by_role("button", name="Yes, decide so").click()
    for who in (buyer, seller):
        stage(who, "settled")
        expect(who.page.get_by_role("heading", name="The arbiter has decided")).to_be_visible()
    paid = market.buyer.api.call("GET", f"/orders/{id}")["paid_out"]
    fee = held * 5 // 100
    wanted = {"seller": to_seller, "arbiter": fee, "buyer": held - fee - to_seller}
    assert {who: int(amount) for who, amount in paid.items()} == wanted
    case.locator("#case[data-stage=ruled]").wait_for(timeout=SETTLE)
    assert [who.errors for who in (buyer, seller, arbiter)] == [[], [], []]


def test_a_silent_arbiter_strands_nobody(market, judge, buyer, seller):
    if judge.api.call("GET", "/arbiters")["own"] is None:
        given = {"fee_bps": 500, "ruling": A_WEEK, "languages": ["en"]}
        judge.api.call("PUT", "/arbiter", given)
    put_up(market, judge, "silent-mug", "A mug that nobody judges")
    id = bought(market, buyer, seller, "A mug that nobody judges")
    seller.page.locator("#dispute summary").click()
    seller.page.get_by_role("button", name="Ask the arbiter to decide").click()
    stage(buyer, "disputed")
    expect(buyer.page.get_by_text("The seller has asked the arbiter to decide.")).to_be_visible()
    market.rpc("evm_increaseTime", A_WEEK + 3_600)  # its blocks run ahead of our clock
    market.rpc("evm_mine")
    wait_for(
        lambda: "timeout" in market.buyer.api.call("GET", f"/orders/{id}")["actions"],
        "the end of the arbiter's time isn't noticed",
    )
    buyer.page.reload()
    expect(buyer.page.get_by_role("heading", name="The arbiter was silent")).to_be_visible()
    buyer.page.locator("[data-wallet-verb=timeout]").click()
    stage(buyer, "settled")
    stage(seller, "settled")
    order = market.buyer.api.call("GET", f"/orders/{id}")
    held = int(order["quote"]["total"]["amount"])
    share = held * 3 // 10
    wanted = {"seller": share, "buyer": held - share, "arbiter": 0}
    assert {who: int(amount) for who, amount in order["paid_out"].items()} == wanted
    assert buyer.errors == seller.errors == []
