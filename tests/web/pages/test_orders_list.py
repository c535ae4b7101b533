import html
import re

from node.peer.views import OrderPage
from node.web.pages import orders as pages_orders
from tests.web.pages.deals import deal


async def test_lists_are_apart_by_side(site, peer):
    buying = await site.page("/orders")
    selling = await site.page("/orders?side=seller")
    assert deal(peer, "placed").id in buying
    assert deal(peer, "placed").id not in selling
    assert deal(peer, "placed", "seller").id in selling


async def test_what_waits_is_counted_for_every_page(site, peer):
    async with site.browser() as browser:
        assert (await browser.get("/orders/waiting")).json() == {
            "count": 12,  # eleven orders, five of them paid by pledges, and a case to be decided
            "text": "12 orders wait for you",
        }
        peer.judged = []
        peer.deals = [deal(peer, "funded", "seller"), deal(peer, "shipped", "seller")]
        french = await browser.get("/orders/waiting", headers={"accept-language": "fr"})
    assert french.json() == {"count": 1, "text": "1 commande vous attend"}


async def test_the_way_to_what_is_to_be_decided_is_among_the_orders(site, peer):
    assert 'href="/cases">To decide<span class="small">1</span>' in await site.page("/orders")
    peer.judged = []
    assert "/cases" not in await site.page("/orders")


async def test_a_long_list_has_pages(site, peer, monkeypatch):
    monkeypatch.setattr(pages_orders, "ON_A_PAGE", 5)
    buying = [each.id for each in peer.deals if each.side == "buyer"]
    found, address = [], "/orders?side=buyer"
    while address:
        text = await site.page(address)
        assert ("Newest orders" in text) == bool(found)
        found += re.findall(r'<h2 class="title"><a href="/orders/(\w+)"', text)
        older = re.search(r'href="([^"]+)" rel="next"', text)
        address = html.unescape(older[1]) if older else ""
        assert f">{len(buying)}<" in text  # the tab counts them all
    assert found == buying


async def test_the_list_can_be_narrowed_to_a_stage(site, peer):
    async with site.browser(accept="text/html") as browser:
        text = (await browser.get("/orders?side=seller&stage=funded")).text
        assert re.findall(r'<h2 class="title"><a href="/orders/(\w+)"', text) == [
            deal(peer, "funded", "seller").id
        ]
        assert '<option value="funded" selected>' in text
        peer.deals = [each for each in peer.deals if each.stage != "funded"]
        text = (await browser.get("/orders?side=seller&stage=funded")).text
        assert "No order is at this stage." in text
        assert "Nobody has ordered yet" not in text
        for odd in ("stage=paid", "stage=", "side=both"):
            assert (await browser.get(f"/orders?{odd}")).status_code == 200


async def test_a_page_without_a_find_leads_on(site, peer):
    async def nothing_yet(side, stage, after, limit):
        return OrderPage((), "mark")

    peer.orders = nothing_yet
    text = await site.page("/orders?side=seller&stage=disputed")
    assert "Older ones may be what you look for" in text
    assert "stage=disputed&amp;after=mark" in text
