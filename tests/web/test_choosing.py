"""Choosing and filling in, in Chromium: what follows a choice, what is asked first, and where the focus is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installed import CHROMIUM, need
from tests.web.made import catalogue
from tests.web.market import SELLER, Market

ROOT = Path(__file__).parents[2]
LISTING = f"/l/{SELLER.id}/{catalogue()[0]['slug']}"
MUG = Market().goods[0]
CHECKOUT = f"/checkout/{MUG.id}?author={MUG.author.id}&slug={MUG.slug}&variant=ash&quantity=2"

need("Chromium", CHROMIUM.exists())


@pytest.fixture(scope="module")
def address():
    """Served by a process of its own: Playwright and trio don't share one."""
    command = [sys.executable, "-m", "tests.web.serve_market"]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


@pytest.fixture
def page(chromium: Browser, address: str):
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(address)
    page.wait_for_url("**/")
    yield page
    context.close()


def at(page: Page, path: str, address: str) -> Page:
    page.goto(address.partition("/unlock")[0] + path)
    return page


def test_price_stock_and_quantity_follow_the_variant(page, address):
    at(page, LISTING, address).locator("[name=variant][value=ash]").check()
    expect(page.locator(".buy [data-shows=price]")).to_have_text("$31.00")
    expect(page.locator("[data-shows=stock]")).to_have_text("4 left")
    expect(page.locator("#quantity")).to_have_attribute("max", "4")


def test_no_wallet_is_asked_where_the_delivery_does_not_go(page, address):
    at(page, CHECKOUT, address).locator("[name='delivery.country']").select_option("JP")
    page.locator("[name='delivery.name']").fill("Camille")
    page.locator("[name='delivery.address']").fill("1 Ginza")
    expect(page.locator("#unfit")).to_contain_text("doesn’t go to Japan")
    expect(page.locator(".option.unfit")).to_have_count(2)
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("[name='delivery.country']")).to_be_focused()
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name=re.compile("instead$")).click()
    expect(page.locator("[name='delivery.option'][value=world]")).to_be_checked()
    expect(page.locator("#unfit")).to_be_hidden()
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("dialog[open]")).to_have_count(1)


def test_great_letters_leave_room_to_read(page, address):
    page.set_viewport_size({"width": 720, "height": 480})
    at(page, LISTING, address)
    page.mouse.wheel(0, 400)
    expect(page.locator("header.top")).not_to_be_in_viewport()
    assert page.locator("nav.nav").bounding_box()["height"] < 48
    expect(page.locator("#buy-bar")).to_be_hidden()


def test_on_a_phone_the_way_to_buy_is_in_sight(page, address):
    page.set_viewport_size({"width": 375, "height": 812})
    at(page, LISTING, address)
    page.locator("#buy-bar a").click()
    expect(page.get_by_role("button", name="Buy with escrow")).to_be_in_viewport()
    expect(page.locator("#buy-bar")).to_be_hidden()


def test_an_address_is_asked_for_unless_it_is_fetched(page, address):
    at(page, CHECKOUT, address)
    name = page.locator("[name='delivery.name']")
    optional = page.locator("label[for='field-delivery-name'] .optional")
    expect(name).to_have_attribute("required", "")
    expect(optional).to_be_hidden()
    page.locator("[name='delivery.option'][value=pickup]").check()
    expect(name).not_to_have_attribute("required", "")
    expect(optional).to_be_visible()


def test_another_language_keeps_what_was_typed_and_asks_no_wallet(page, address):
    at(page, CHECKOUT, address).locator("[name='delivery.name']").fill("Camille")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("[name='delivery.name']")).to_have_value("Camille")
    assert page.url.endswith(CHECKOUT)
    page.reload()
    assert page.url.endswith(CHECKOUT)
    expect(page.locator("[name='line.quantity']")).to_have_value("2")


def test_a_new_row_has_the_focus_and_going_back_to_it_works(page, address):
    at(page, "/sell/new", address).get_by_role("button", name="Add a variant").click()
    label = page.locator("[name='extensions.goods.variants.0.label']")
    expect(label).to_be_focused()
    expect(label).to_be_in_viewport()
    page.get_by_role("link", name="Orders").click()
    page.wait_for_url("**/orders")
    page.go_back()
    expect(page.get_by_role("heading", name="New listing", level=1)).to_be_visible()


def test_a_picture_that_does_not_come_leaves_no_broken_sign(page, address):
    page.route("**/pictures/**", lambda route: route.abort())
    at(page, "/", address)
    expect(page.locator(".card img.missing").first).to_be_attached()


def test_more_results_are_read_on_from_the_first_of_them(page, address):
    at(page, "/", address).get_by_role("link", name="Show more").press("Enter")
    expect(page.locator(".card").nth(24).locator("a")).to_be_focused()


WALLET = """
localStorage.setItem('etal.wallet', 'test.wallet');
addEventListener('eip6963:requestProvider', () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: {
  info: { uuid: 'w', name: 'Wallet', rdns: 'test.wallet' },
  provider: { request: async () => ['0x1234567890123456789012345678901234567890'] },
} })));
"""
FORM = """<form id="taking"><input name="to" value=" 0xabc "><div class="row">
<button type="button" data-wallet-verb="withdraw" data-order="o">Withdraw it</button></div></form>"""


def test_where_a_withdrawal_is_to_go_is_told_to_the_node_that_prepares_it(page, address):
    asked = []

    def prepare(route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json={"obstacle": "seen", "message": "Seen by the node."})

    page.add_init_script(WALLET)
    page.route("**/api/orders/o/wallet/withdraw", prepare)
    at(page, f"/orders/{Market().deals[0].id}", address)
    page.evaluate(
        "(form) => document.querySelector('#order').insertAdjacentHTML('beforebegin', form)", FORM
    )
    for given in (" 0xabc ", " "):
        page.locator("#taking input").fill(given)
        page.locator("#taking [data-wallet-verb]").click()
        expect(page.locator("#wallet-error")).to_have_text("Seen by the node.")
        page.locator("#wallet-error").evaluate("(place) => (place.hidden = true)")
    account = "0x1234567890123456789012345678901234567890"
    said = {"account": account, "permit": True}
    assert asked == [{**said, "to": "0xabc"}, said]
