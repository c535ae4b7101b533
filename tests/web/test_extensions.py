"""Pages of what an extension from outside sells: made of its fields alone."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from node.peer.views import BlockView
from node.protocol.errors import InputError
from node.protocol.registry import standard
from node.web.pages import routes
from node.web.pages.listing_form import ListingForm
from node.web.pages.search import facets_of
from tests.extensions.tickets import ID, Tickets
from tests.web.conftest import Site
from tests.web.market import BUYER, Market

BLOCK, SEATS = "extensions.org_example_tickets", "availability.org_example_tickets.seats"
VENUE = "Salle Molière, Lyon"
EVENING = {"starts": 1_811_358_000, "venue": VENUE, "seats": 80, "most": 6}


class Theatre(Market):
    """The market in memory, with a concert on its first place."""

    def __init__(self) -> None:
        super().__init__()
        tickets = Tickets()
        self.registry = standard([tickets])
        self.block = tickets.listing.from_json(EVENING)
        block = BlockView(ID, "Tickets", True, EVENING, tuple(tickets.rows(self.block)))
        self.concert = replace(
            self.goods[0],
            title="String quartet",
            blocks=(block,),
            facts={"condition": "", "venue": VENUE},
            stock=80,
        )
        self.goods[0] = self.concert
        self.asked: list[tuple] = []

    def search(self, query):
        found = super().search(query)
        return replace(found, facets={**found.facets, "venue": {VENUE: 1}})

    def quote(self, listing_id, lines, delivery, asset):
        self.asked.append((lines, delivery))
        for fields, given in ((Tickets.order, lines[0]), (Tickets.delivery, delivery)):
            fields.from_json(given)
        return self.deals[0].quote


@pytest.fixture
def peer() -> Theatre:
    return Theatre()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)


async def get(site, path: str) -> str:
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(path)
        assert answer.status_code == 200
        return answer.text


async def test_the_page_of_a_listing_says_what_it_says(site, peer):
    page = await get(site, f"/l/{peer.concert.author.id}/{peer.concert.slug}")
    for title, text in (("Starts", "2027-05-26 19:00 UTC"), ("Venue", "Salle Molière, Lyon")):
        assert f'<th scope="row">{title}</th><td>{text}</td>' in page
    assert "Buy with escrow" in page


async def test_the_checkout_asks_what_the_extension_asks(site, peer):
    page = await get(site, f"/checkout/{peer.concert.id}")
    seats = re.search(r'<input[^>]*name="line.seats"[^>]*>', page)[0]
    assert 'max="6"' in seats and 'value="1"' in seats
    assert 'name="delivery.name"' in page
    assert "delivery.option" not in page


async def test_what_is_counted_begins_with_one_and_has_a_total_at_once(site, peer):
    page = await get(site, f"/checkout/{peer.concert.id}")
    assert "<dt>Total</dt>" in page
    assert peer.asked == [([{"seats": 1}], {"name": "-"})]


async def test_the_order_has_what_was_typed(site, peer):
    typed = {"line.seats": "2", "delivery.name": "Ann", "payer": "wallet", "account": BUYER}
    answer = await site.post(f"/checkout/{peer.concert.id}", typed)
    assert answer.status_code == 303
    placed = next(call for call in peer.calls if call[0] == "place_order")
    assert [{"seats": 2}] in placed and {"name": "Ann"} in placed


async def test_more_than_this_listing_allows_is_said_beside_the_number(site, peer):
    typed = {"line.seats": "7", "delivery.name": "Ann", "payer": "wallet", "account": BUYER}
    answer = await site.post(f"/checkout/{peer.concert.id}", typed)
    assert answer.status_code == 422
    assert "from 1 to 6" in answer.text


async def test_the_page_of_an_order_says_what_was_ordered(site, peer):
    deal = replace(
        peer.deals[0], listing=peer.concert, lines=({"seats": 2},), delivery={"name": "Ann"}
    )
    peer.deals[0] = deal
    page = await get(site, f"/orders/{deal.id}")
    assert "2 × Salle Molière, Lyon" in page
    assert '<dt>Name on the list</dt><dd class="plain-text">Ann</dd>' in page


async def test_the_stall_and_the_form_offer_it(site, peer):
    assert f'href="/sell/new?kind={ID}"' in await get(site, "/sell")
    form = await get(site, f"/sell/new?kind={ID}")
    for name in (f"{BLOCK}.starts", f"{BLOCK}.venue", SEATS):
        assert f'name="{name}"' in form


TYPED = {
    "kind": ID,
    "title": "String quartet",
    "text": "Ravel.",
    "category": "music",
    "language": "fr",
    "price_amount": "25",
    "ship_days": "3",
    "review_days": "21",
    f"{BLOCK}.starts": "2027-05-26T19:00",
    f"{BLOCK}.venue": "Salle Molière, Lyon",
    f"{BLOCK}.seats": "80",
    SEATS: "60",
}


async def test_the_form_publishes_it(site, peer):
    answer = await site.post("/sell/new", TYPED)
    assert answer.status_code == 303, answer.text
    given = next(call[1] for call in peer.calls if call[0] == "save_listing")
    assert given["extensions"] == {
        ID: {"starts": 1_811_358_000, "venue": "Salle Molière, Lyon", "seats": 80}
    }
    assert given["availability"] == {ID: {"seats": 60}}


async def test_what_is_wrong_stands_beside_its_input(site, peer):
    path = f"extensions.{ID}.venue"
    peer.refuse = InputError("field.length", "Venue: too long.", path)
    answer = await site.post("/sell/new", TYPED)
    assert answer.status_code == 422
    shown = re.search(rf'<input[^>]*name="{BLOCK}.venue"[^>]*>', answer.text)[0]
    assert 'aria-invalid="true"' in shown


def test_the_form_of_what_is_published_shows_it(peer):
    given = {"extensions": {ID: EVENING}, "availability": {ID: {"seats": 60}}}
    form = ListingForm(peer, [ID], given)
    assert form.form.input(f"{BLOCK}.venue").value == EVENING["venue"]
    assert form.rest.input(SEATS).value == "60"


async def test_its_facets_are_chosen_from_beside_a_search(site, peer):
    page = await get(site, f"/?venue={quote(VENUE)}")
    assert "Venue" in page
    box = re.search(rf'<input[^>]*name="venue"[^>]*value="{VENUE}"[^>]*>', page)[0]
    assert "checked" in box
    assert "String quartet" in page
    assert peer.goods[1].title not in page


def test_a_facet_takes_no_name_of_the_searchs_own(peer, monkeypatch):
    monkeypatch.setattr(Tickets, "facets", {"q": "Question", "venue": "Venue"})
    assert facets_of(peer) == {"venue": "Venue"}
