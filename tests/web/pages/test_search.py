import pytest
from starlette.datastructures import QueryParams

from node.protocol.errors import InputError
from node.web.pages import search
from node.web.pages.money import Unit
from tests.web.made import SELLER, SHOP, id_of
from tests.web.market import ETHER

UNITS = [Unit("USD", "USD", 2), Unit(ETHER, "ETH", 18)]
HTMX = {"hx-request": "true"}


def test_query():
    given = QueryParams(
        f"q= lamp &category=home&category=art&condition=used&unit={ETHER}&min=0,01&max=2&country=FR&sort=-price&available=1"
    )
    wanted = search.query(given, UNITS)
    assert wanted.text == "lamp"
    assert wanted.categories == ("home", "art")
    assert wanted.facets == (("condition", "used"),)
    assert (wanted.low, wanted.high) == (10**16, 2 * 10**18)
    assert wanted.countries == ("FR",)
    assert wanted.sort == "-price"
    assert wanted.available_only


def test_query_bounds_what_it_takes():
    given = QueryParams([("q", "x" * 9999), ("sort", "; drop"), *[("category", "home")] * 999])
    wanted = search.query(given, UNITS)
    assert len(wanted.text) == search.MAX_TEXT
    assert len(wanted.categories) == search.MAX_CHOICES
    assert wanted.sort == "best"


@pytest.mark.parametrize("query", ["min=12", "unit=USD&min=abc", "unit=USD&max=1.001"])
def test_query_refuses_a_price_that_is_none(query):
    with pytest.raises(InputError):
        search.query(QueryParams(query), UNITS)


async def test_a_wrong_price_is_said_on_the_page(site):
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get("/?unit=USD&min=abc")
    assert answer.status_code == 200
    assert "An amount such as 12.50 is expected." in answer.text


async def test_what_was_asked_for_stands_when_the_price_cannot_be_compared(site):
    plain = await site.page("/?category=kitchen")
    for price, said in (
        ("min=50", "several kinds of money"),
        ("unit=USD&min=abc", "An amount such as 12.50"),
    ):
        page = await site.page(f"/?category=kitchen&{price}")
        assert said in page
        assert page.count('class="card"') == plain.count('class="card"') > 0
        assert 'value="kitchen" checked' in page
    assert 'class="note bad"' not in (await site.page("/?min=50")).partition("<h1>")[2]


async def test_a_slip_of_the_finger_finds_what_was_meant(site):
    page = await site.page("/?q=teapott")
    none = await site.page("/?q=xylophone")
    assert "Nothing is called “teapott”. Did you mean “<a" in page
    assert "Cobalt teapot" in page
    assert 'href="/?q=teapot"' in page
    assert "Nothing matches yet" in none


async def test_facets_count_and_stay_ticked(site):
    page = await site.page("/?category=kitchen")
    assert '<input type="checkbox" name="category" value="kitchen" checked>' in page
    assert "3 listings" in page


async def test_paging_works_without_scripts(site, peer):
    first = await site.page("/?sort=newest")
    assert first.count('class="card"') == search.PAGE
    assert 'href="/?sort=newest&amp;after=24"' in first
    second = await site.page("/?sort=newest&after=24")
    assert second.count('class="card"') == len(peer.goods) - search.PAGE
    assert "<!doctype html>" in second


async def test_htmx_gets_only_the_part_that_it_swaps(site):
    async with site.browser(accept="text/html", **HTMX) as browser:
        results = (await browser.get("/?q=lamp")).text
        more = (await browser.get("/?after=24")).text
    assert "<html" not in results
    assert "<h1>" in results
    assert "<h1>" not in more
    assert more.count('class="card"') == 1


async def test_a_history_restore_gets_the_whole_page(site):
    headers = {**HTMX, "hx-history-restore-request": "true"}
    async with site.browser(accept="text/html", **headers) as browser:
        assert "<html" in (await browser.get("/")).text


async def test_a_stall_names_the_accounts_that_it_has_proven(site):
    page = await site.page(f"/s/{SELLER.id}")
    assert SHOP in page.partition("Has proven that this account on Test chain")[2][:100]
    assert "Has proven" not in await site.page(f"/s/{id_of(9)}")
