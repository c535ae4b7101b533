"""The page of an order in Chromium: it changes under a person's hands and takes nothing out of them; a wallet's words stand beside
what was pressed; no order is placed before the script can ask for an account."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.installed import CHROMIUM, need
from tests.web.market import BUYER, Market
from tests.web.test_accessibility import address, opened  # noqa: F401

need("Chromium", CHROMIUM.exists())

WALLET = """
(() => {
  const provider = {
    on() {},
    async request({ method }) {
      if (method === 'eth_accounts') { await new Promise((done) => setTimeout(done, SLOW)); return ['ACCOUNT']; }
      if (method === 'eth_requestAccounts') return ['ACCOUNT'];
      if (method === 'eth_chainId') return '0x1';
      throw Object.assign(new Error(window.__refusal ?? 'Declined.'), { code: window.__refusal ? -32000 : 4001 });
    },
  };
  const info = Object.freeze({ uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'Test wallet', rdns: 'test.wallet', icon: '' });
  const announce = () => dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }));
  addEventListener('eip6963:requestProvider', announce);
  announce();
})();
""".replace("ACCOUNT", BUYER)
REQUEST = {
    "chain": {"chainId": "0x1", "chainName": "Chain", "rpcUrls": [], "nativeCurrency": {}},
    "account": BUYER,
    "steps": [{"kind": "transaction", "verb": "fund", "request": {"to": BUYER, "data": "0x", "value": "0x0"}}],
    "obstacle": "",
    "message": "",
}  # fmt: skip


def id_of(stage: str, side: str = "buyer") -> str:
    return next(each.id for each in Market().deals if (each.stage, each.side) == (stage, side))


SWAPPED = """
() => new Promise((done) => {
  document.addEventListener('htmx:after:swap', () => setTimeout(done), { once: true });
  document.getElementById('order').dispatchEvent(new Event('refresh'));
})
"""
"""The live part is fetched anew, and shown."""


class Shop:
    """One open page of the served market. `becomes` makes what is fetched later another page."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.origin = page, origin

    def open(self, path: str) -> None:
        self.page.goto(self.origin + path)
        self.page.locator("html.js").wait_for()

    def becomes(self, path: str) -> None:
        """The live part is fetched anew, and shows what this address shows."""

        def answer(route):
            if "hx-request" not in route.request.headers:
                return route.fallback()
            return route.continue_(url=self.origin + path)

        self.page.route("**/orders/*", answer)
        with self.page.expect_request_finished(lambda each: "hx-request" in each.headers):
            self.page.evaluate(
                "document.getElementById('order').dispatchEvent(new Event('refresh'))"
            )


@pytest.fixture
def shop(chromium, address):  # noqa: F811
    page, said = opened(chromium, address, "desk")
    yield Shop(page, address.partition("/unlock")[0])
    page.context.close()
    assert not [line for line in said if "status of" not in line], said


def test_what_a_person_types_stays_when_the_order_moves_on(shop):
    shop.open(f"/orders/{id_of('accepted', 'seller')}")
    page = shop.page
    page.get_by_label("Carrier").fill("La Poste")
    draft = page.get_by_label("Your message")
    draft.press_sequentially("Hello")
    shop.becomes(f"/orders/{id_of('refunded', 'seller')}")
    expect(page.get_by_role("heading", name="The buyer has the money back")).to_be_visible()
    expect(page.get_by_role("button", name="I have sent it")).to_have_count(0)
    expect(draft).to_be_focused()
    draft.press_sequentially(", there")
    expect(draft).to_have_value("Hello, there")


def test_what_was_typed_elsewhere_and_unfolded_stays_too(shop):
    id = id_of("funded", "seller")
    shop.open(f"/orders/{id}")
    page = shop.page
    page.get_by_text("Decline…").click()
    page.get_by_label("What shall the buyer read?").fill("It broke")
    page.get_by_label("Your message").focus()
    shop.becomes(f"/orders/{id}")
    page.wait_for_timeout(100)
    expect(page.get_by_label("What shall the buyer read?")).to_be_visible()
    expect(page.get_by_label("What shall the buyer read?")).to_have_value("It broke")


def test_the_review_stands_there_as_soon_as_it_can_be_written(shop):
    shop.open(f"/orders/{id_of('shipped')}")
    expect(shop.page.get_by_label("In your words")).to_have_count(0)
    shop.becomes(f"/orders/{id_of('released')}")
    expect(shop.page.get_by_label("In your words")).to_be_visible()


def test_readers_go_on_at_the_heading_when_their_button_is_gone(shop):
    shop.open(f"/orders/{id_of('placed')}")
    shop.page.locator("[data-wallet-verb=fund]").focus()
    shop.becomes(f"/orders/{id_of('funding')}")
    expect(shop.page.locator("h1")).to_be_focused()


def test_a_form_that_was_refused_keeps_what_was_typed_when_the_order_moves_on(shop):
    shop.open(f"/orders/{id_of('released')}")
    page = shop.page
    page.locator("#rating-4").check(force=True)
    page.get_by_label("In your words").evaluate("field => field.removeAttribute('maxlength')")
    page.get_by_label("In your words").fill("x" * 4000 + "\nx")
    page.get_by_role("button", name="Publish the review").click()
    refusal = page.locator("#act-review #refusal-review")
    expect(refusal).to_contain_text("4000 characters")
    expect(page.get_by_label("In your words")).to_be_focused()
    page.get_by_label("Your message").focus()
    shop.becomes(f"/orders/{id_of('released')}")
    expect(refusal).to_contain_text("4000 characters")
    assert len(page.get_by_label("In your words").input_value()) == 4002
    expect(page.locator("#rating-4")).to_be_checked()


def test_a_refusal_stays_until_the_person_acts(shop):
    id = id_of("funded", "seller")
    shop.open(f"/orders/{id}")
    page = shop.page
    page.get_by_label("Your message").fill(" ")
    page.get_by_role("button", name="Send", exact=True).click()
    refusal = page.locator("#refusal-message")
    expect(refusal).to_have_text("Write something first.")
    page.evaluate(SWAPPED)
    expect(refusal).to_have_text("Write something first.")
    expect(page.get_by_label("Your message")).to_have_attribute("aria-invalid", "true")
    shop.becomes(f"/orders/{id_of('accepted', 'seller')}")
    expect(page.get_by_role("heading", name="Send the goods")).to_be_visible()
    expect(refusal).to_be_visible()


def pressed(shop, stage: str, verb: str, refusal: str = "") -> str:
    """What the page says beside the button after the wallet has refused."""
    page = shop.page
    page.add_init_script(WALLET.replace("SLOW", "0"))
    page.add_init_script(f"window.__refusal = {json.dumps(refusal or None)}")
    page.route("**/wallet/*", lambda route: route.fulfill(json=REQUEST))
    shop.open(f"/orders/{id_of(stage)}")
    page.locator(f"[data-wallet-verb={verb}]").click()
    page.get_by_role("dialog").get_by_role("button", name="Test wallet").click()
    said = page.locator("#wallet-error")
    expect(said).to_be_in_viewport()
    beside = page.evaluate(
        "verb => document.querySelector(`[data-wallet-verb=${verb}]`).parentElement.parentElement"
        ".contains(document.getElementById('wallet-error'))",
        verb,
    )
    assert beside
    words = said.inner_text()
    page.evaluate(SWAPPED)
    expect(said).to_be_visible()
    assert said.inner_text() == words
    return words


@pytest.mark.parametrize(
    ("stage", "verb", "money"),
    [
        ("placed", "fund", "Nothing was paid."),
        ("shipped", "release", "The money is where it was."),
        ("declined", "take_back", "The money is where it was."),
    ],
)
def test_who_declines_in_the_wallet_reads_where_the_money_is(shop, stage, verb, money):
    assert pressed(shop, stage, verb) == f"You declined in your wallet. You can try again. {money}"


def test_what_is_to_be_compared_is_in_sight_while_the_wallet_asks(shop):
    page = shop.page
    page.add_init_script("localStorage.setItem('etal.wallet', 'test.wallet')")
    never = "if (method === 'eth_sendTransaction') await new Promise(() => {});"
    page.add_init_script(
        WALLET.replace("SLOW", "0").replace("({ method }) {", "({ method }) { " + never)
    )
    page.route("**/wallet/*", lambda route: route.fulfill(json=REQUEST))
    shop.open(f"/orders/{id_of('placed')}")
    page.locator("[data-wallet-verb=fund]").click()
    expect(page.locator("#wallet-message")).to_contain_text("Look at your wallet")
    expect(page.locator("#compare")).to_be_in_viewport(ratio=1)


def test_who_closes_the_chooser_declined_nothing_and_can_choose_after_all(shop):
    page = shop.page
    page.add_init_script(WALLET.replace("SLOW", "0"))
    shop.open(f"/orders/{id_of('placed')}")
    page.locator("[data-wallet-verb=fund]").click()
    page.get_by_role("button", name="Close").click()
    said = page.locator("#wallet-error")
    expect(said).to_have_text("No wallet was chosen. You can try again. Nothing was paid.")
    page.locator("#wallet").click()
    page.get_by_role("button", name="Test wallet").click()
    expect(page.locator("#wallet")).to_contain_text(BUYER[:6])
    expect(said).to_be_hidden()


def test_the_chooser_does_not_lie_over_a_question_of_the_wallet(shop):
    page = shop.page
    asks = "if (method === 'eth_requestAccounts') await new Promise((done) => (window.__answer = done));"
    page.add_init_script(
        WALLET.replace("SLOW", "0").replace("({ method }) {", "({ method }) { " + asks)
    )
    shop.open(f"/orders/{id_of('placed')}")
    page.locator("#wallet").click()
    page.get_by_role("button", name="Test wallet").click()
    page.locator("[data-wallet-verb=fund]").click()
    expect(page.locator("#wallet-error")).to_contain_text("waiting for your answer")
    expect(page.locator("#wallets")).to_be_hidden()
    page.evaluate("__answer()")
    expect(page.locator("#wallet-error")).to_be_hidden()


def test_an_order_paid_in_another_tab_says_so_and_is_looked_at_anew(shop):
    with shop.page.expect_request(lambda request: "hx-request" in request.headers):
        said = pressed(shop, "placed", "fund", "execution reverted: funded already")
    assert said == "This order is paid already. Nothing more is to be paid."


def test_a_receipt_of_the_mail_refreshes_the_order_that_it_belongs_to(shop):
    events = f"event: mail\ndata: {Market().persona(Market().goods[0].author.id).id}\n\n"
    shop.page.route(
        "**/events",
        lambda route: route.fulfill(headers={"content-type": "text/event-stream"}, body=events),
    )
    with shop.page.expect_request(lambda request: "hx-request" in request.headers):
        shop.open(f"/orders/{id_of('placed')}")


def test_no_order_is_placed_before_the_script_can_ask_for_an_account(shop):
    page, held = shop.page, []
    page.route("**/app*.js", lambda route: held.append(route))
    page.goto(f"{shop.origin}/checkout/{Market().goods[0].id}", wait_until="commit")
    button = page.get_by_role("button", name="Place the order")
    expect(button).to_have_css("pointer-events", "none")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(button).to_have_css("pointer-events", "auto")


def test_a_wallet_chosen_before_is_waited_for_instead_of_asked_again(shop):
    page = shop.page
    page.add_init_script("localStorage.setItem('etal.wallet', 'test.wallet')")
    page.add_init_script(WALLET.replace("SLOW", "700"))
    shop.open(f"/checkout/{Market().goods[0].id}")
    for name in ("name", "address"):
        page.locator(f"[name='delivery.{name}']").fill("Camille")
    page.locator("[name='delivery.country']").select_option("FR")
    page.get_by_role("button", name="Place the order").click()
    page.wait_for_url("**/orders/*")


def test_a_new_order_is_told_on_every_page(shop):
    told = {"count": 0, "text": ""}
    shop.page.route("**/orders/waiting", lambda route: route.fulfill(json=told))
    with shop.page.expect_response("**/orders/waiting"):
        shop.open("/status")
    badge = shop.page.locator("#waiting")
    expect(badge).to_be_hidden()
    told |= {"count": 1, "text": "1 order waits for you"}
    shop.page.evaluate("document.getElementById('waiting').dispatchEvent(new Event('refresh'))")
    expect(badge).to_contain_text("1")
    expect(shop.page).to_have_title(re.compile(r"^\(1\) Status"))
    # what is fetched of a page brings its title along
    shop.page.evaluate("document.title = 'Status, anew'")
    expect(shop.page).to_have_title("(1) Status, anew")
    told |= {"count": 0, "text": ""}
    shop.page.evaluate("document.getElementById('waiting').dispatchEvent(new Event('refresh'))")
    expect(shop.page).to_have_title("Status, anew")
    told |= {"count": 1, "text": "1 order waits for you"}
    shop.page.evaluate("document.getElementById('waiting').dispatchEvent(new Event('refresh'))")
    expect(shop.page.get_by_role("link", name="Orders 1 order waits for you")).to_be_visible()


def test_results_are_sorted_as_soon_as_that_is_chosen(shop):
    shop.open("/")
    shop.page.get_by_label("Sort by").select_option("price")
    shop.page.wait_for_url("**sort=price**")
    expect(shop.page.get_by_label("Sort by")).to_have_value("price")
