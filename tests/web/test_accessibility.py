"""The pages in Chromium: no rule of WCAG 2.2 A and AA that axe-core can check is broken, nothing scrolls sideways, no error in
the console; with the keyboard alone one gets in and around."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.installed import CHROMIUM, NODE_MODULES, need
from tests.web.market import Market, order
from tests.web.test_pages import paths

ROOT = Path(__file__).parents[2]
AXE = NODE_MODULES / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIZES = {"phone": (375, 812), "tablet": (900, 1100), "desk": (1440, 900)}
LOOKED_AT_TWICE = (
    "search",
    "listing",
    "checkout",
    "buying",
    "sell",
    "edit listing",
    "status",
    "unlock",
    "buyer placed",
    "buyer declined",
    "buyer released",
    "seller funded",
    "seller accepted",
    "campaigns",
    "campaign open",
    "campaign failed",
    "start a campaign",
    "buyer to pledge first",
)
QUIET = ("status of 404",)  # what the console says of answers that a page is meant to show

need("Chromium", CHROMIUM.exists())
need("axe-core", AXE.exists())


@pytest.fixture(scope="module")
def address():
    """The address that unlocks the pages, served by a process of its own: Playwright and trio don't share one."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.web.serve_market"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def opened(
    browser: Browser, address: str, size: str, colours: str = "light"
) -> tuple[Page, list[str]]:
    """A page that is let in, and what its console says."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=colours,
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "console",
        lambda line: said.append(line.text) if line.type in ("error", "warning") else None,
    )
    page.goto(address)
    page.wait_for_url(address.partition("/unlock")[0] + "/")
    return page, said


@pytest.mark.parametrize(
    ("size", "colours"),
    [("phone", "light"), ("tablet", "dark"), ("desk", "light"), ("desk", "dark")],
)
def test_pages_are_accessible(chromium, address, size, colours):
    page, said = opened(chromium, address, size, colours)
    origin = address.partition("/unlock")[0]
    axe = AXE.read_text("utf-8")
    broken = {}
    every = {**paths(Market()), "not found": "/nothing"}
    for name in every if (size, colours) == ("desk", "light") else LOOKED_AT_TWICE:
        said.clear()
        page.goto(origin + every[name])
        page.evaluate(axe)
        found = page.evaluate(
            "rules => axe.run({runOnly: rules, resultTypes: ['violations']})", RULES
        )
        assert found["passes"], "axe-core looked at nothing"
        for each in found["violations"]:
            places = [node["target"][0] for node in each["nodes"]][:3]
            broken.setdefault(f"{each['id']}: {each['help']}", []).append((name, places))
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} scrolls sideways by {wide}"
        assert not [line for line in said if not any(quiet in line for quiet in QUIET)], (
            name,
            said,
        )
    page.context.close()
    assert not broken


def test_the_keyboard_leads_to_the_content_first(chromium, address):
    page, _ = opened(chromium, address, "desk")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.context.close()


def test_facets_change_the_results_and_say_so(chromium, address):
    page, _ = opened(chromium, address, "desk")
    page.get_by_label("Kitchen").check()
    expect(page.locator("#results h1")).to_have_text("3 listings")
    expect(page.locator("#live")).to_have_text("3 listings")
    assert "category=kitchen" in page.url
    page.go_back()
    expect(page.locator("#results h1")).to_have_text("25 listings")
    page.context.close()


def test_more_results_come_below(chromium, address):
    page, _ = opened(chromium, address, "desk")
    expect(page.locator(".card")).to_have_count(24)
    page.get_by_role("link", name="Show more").click()
    expect(page.locator(".card")).to_have_count(25)
    page.context.close()


def test_the_total_follows_the_choice_of_delivery(chromium, address):
    market = Market()
    page, _ = opened(chromium, address, "phone")
    page.goto(
        address.partition("/unlock")[0] + f"/checkout/{market.goods[0].id}?variant=ash&quantity=2"
    )
    expect(page.locator("#summary .total dd")).to_have_text("66.90\u00a0tUSD")
    page.get_by_label("Post, rest of the world").check()
    expect(page.locator("#summary .total dd")).to_have_text("78.00\u00a0tUSD")
    page.context.close()


def test_without_a_wallet_the_chooser_says_what_to_do(chromium, address):
    page, _ = opened(chromium, address, "desk")
    page.goto(address.partition("/unlock")[0] + f"/orders/{order(Market().goods[0]).id}")
    page.get_by_role("button", name="Pay 28").click()
    dialog = page.get_by_role("dialog", name="Choose a wallet")
    expect(dialog).to_contain_text("No wallet was found in this browser")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("alert").filter(has_text="No wallet was chosen")).to_be_visible()
    page.context.close()


def test_a_node_that_stops_is_said_and_the_page_waits_for_it(chromium):
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.web.serve_market"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        page, _ = opened(chromium, server.stdout.readline().strip(), "phone")
        expect(page.locator("#node-pill")).to_have_class("pill ok")
        expect(page.locator("#stopped")).to_be_hidden()
    finally:
        server.kill()
        server.wait(10)
        server.stdout.close()
    expect(page.locator("#stopped")).to_be_visible(timeout=30_000)
    expect(page.locator("#stopped")).to_contain_text("Nothing is lost")
    page.context.close()
