"""An extension from outside the package (tests/extensions/tickets) is loaded by configuration, sold and rendered, nothing else touched.

Real browser, nodes, chain and wallet. A node without the extension keeps and relays what it can't read, and says so."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
from playwright.sync_api import expect

from node import config
from node.protocol.encoding import id_from_text
from tests.end_to_end.bench import (
    Bench,
    address_of,
    bench,
    given_to_a_newcomer,
    raw_records,
    wait_for,
)
from tests.end_to_end.conftest import person
from tests.end_to_end.test_sale import (
    SETTLE,
    accept_and_ship,
    connect,
    find,
    pay,
    release_and_review,
    stage,
)
from tests.extensions.tickets import ID

ROOT = Path(__file__).parents[2]
SETTING = 'extensions = ["tests.extensions.tickets:Tickets"]\n'
HOUSE = 80
CONCERT = {
    "title": "String quartet",
    "text": "Ravel, then Debussy.",
    "language": "en",
    "category": "music",
    "extensions": {
        ID: {"starts": 1_811_358_000, "venue": "Salle Molière, Lyon", "seats": HOUSE, "most": 6}
    },
    "availability": {ID: {"seats": HOUSE}},
    "must_understand": [ID],
}
ROWS = {"Starts": "2027-05-26 19:00 UTC", "Venue": "Salle Molière, Lyon", "Seats": "80"}


class Theatre(Bench):
    """Both nodes have the extension by their config.toml alone."""

    def _settings(self, *arguments) -> str:
        return SETTING + super()._settings(*arguments)


@pytest.fixture(scope="module")
def market() -> Iterator[Bench]:
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), before)))
    try:
        with bench(kind=Theatre) as opened:
            yield opened
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def publish(market: Bench, slug: str) -> dict:
    """Announce a concert through the seller's API, and wait until the buyer's node has it."""
    price = {"amount": str(10**16), "unit": f"eip155:{market.chain.chain_id}/slip44:60"}
    made = market.seller.api.call("POST", "/listings", {**CONCERT, "slug": slug, "price": price})
    wait_for(
        lambda: any(
            hit["id"] == made["id"]
            for hit in market.buyer.api.call("GET", "/search", q="quartet")["listings"]
        ),
        "the concert doesn't arrive",
    )
    return made


def test_tickets_are_found_shown_ordered_paid_and_reviewed(market, buyer, seller):
    concert = publish(market, "quartet")
    find(buyer, "String quartet")
    listing = buyer.page.url.removeprefix(buyer.base)
    for title, text in ROWS.items():
        heading = buyer.page.get_by_role("rowheader", name=title, exact=True)
        expect(heading.locator("xpath=..").get_by_role("cell").last).to_have_text(text)
    expect(buyer.page.get_by_text("80 left")).to_be_visible()

    page = buyer.page
    page.get_by_role("button", name="Buy with escrow").click()
    expect(page.locator("#summary")).to_contain_text("0.01")
    page.get_by_label("Seats").fill("2")
    page.get_by_label("Name on the list").fill("Camille Martin")
    expect(page.locator("#summary")).to_contain_text("0.02", timeout=SETTLE)
    page.locator("input[name=payer][value=wallet]").check()
    page.get_by_role("button", name="Place the order").click()
    connect(page)
    page.wait_for_url("**/orders/*", timeout=SETTLE)
    id = page.url.rsplit("/", 1)[1].partition("?")[0]
    expect(page.get_by_text("2 × Salle Molière, Lyon")).to_be_visible()
    pay(buyer)
    stage(buyer, "funded", "final")
    accept_and_ship(seller, id)
    expect(seller.page.get_by_text("Camille Martin")).to_be_visible()
    stage(buyer, "shipped")
    release_and_review(buyer, "Lovely evening")

    path = f"/listings/{concert['author']['id']}/quartet"
    for node in (market.buyer, market.seller):
        wait_for(
            lambda node=node: node.api.call("GET", f"/orders/{id}")["stage"] == "released",
            "not released",
        )
        wait_for(
            lambda node=node: node.api.call("GET", path)["stock"] == HOUSE - 2,
            "the seats that were sold are still counted",
        )
    wait_for(
        lambda: [r["verdict"] for r in market.seller.api.call("GET", path)["reviews"]],
        "the review doesn't arrive",
    )
    buyer.open(listing)
    expect(buyer.page.get_by_text("78 left")).to_be_visible()
    assert buyer.errors == seller.errors == []


def test_a_node_without_it_keeps_relays_and_shows_but_does_not_order(market, chromium):
    market.stop("buyer")
    settings = market.buyer.data_dir / config.CONFIG_FILE
    settings.write_text(settings.read_text("utf-8").removeprefix(SETTING), "utf-8")
    market.start_again("buyer")
    concert = publish(market, "second-evening")

    raw = raw_records(market.seller)[id_from_text(concert["id"])]
    assert raw_records(market.buyer)[id_from_text(concert["id"])] == raw
    assert raw in trio.run(given_to_a_newcomer, address_of(market.buyer)), (
        "it isn't given on to others"
    )

    path = f"/listings/{concert['author']['id']}/second-evening"
    shown = market.buyer.api.call("GET", path)
    assert (shown["buyable"], shown["obstacle"]) == (False, "extension")
    assert [block["known"] for block in shown["blocks"]] == [False]

    someone = person(chromium, market.buyer)
    someone.open(f"/l/{concert['author']['id']}/second-evening")
    expect(someone.page.get_by_role("heading", level=1, name="String quartet")).to_be_visible()
    expect(someone.page.get_by_text("The listing needs an extension")).to_be_visible()
    expect(someone.page.get_by_text(re.compile("Buy with escrow"))).to_have_count(0)
    someone.page.context.close()
