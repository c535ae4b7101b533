"""Another language or theme keeps the address, and what was typed."""

import re

import pytest

from tests.web.market import DOLLAR


@pytest.mark.parametrize(
    "address", ["/", "/?q=mug&category=kitchen", "/orders?side=seller", "/status"]
)
async def test_the_switch_leads_back_to_the_whole_address(site, address):
    page = await site.page(address)
    [first, second] = re.findall(r'name="next" value="([^"]*)"', page)
    assert first == second == address.replace("&", "&amp;")
    answer = await site.post("/prefs", {"lang": "fr", "next": address})
    assert answer.headers["location"] == address


async def test_a_checkout_is_shown_in_french_with_what_was_typed(site, peer):
    address = f"/checkout/{peer.goods[0].id}?variant=ash&quantity=2"
    typed = {
        "line.variant": "ash",
        "line.quantity": "2",
        "delivery.option": "world",
        "delivery.name": "Camille Martin",
        "delivery.address": "12 rue des Lilas",
        "delivery.country": "",
        "asset": DOLLAR,
        "payer": "wallet",
        "account": "",
        "_lang": "fr",
    }
    page = await site.page(address)
    kept = re.search(r'action="([^"]*)" method="post" id="checkout"', page)[1]
    assert kept.endswith("&amp;variant=ash&amp;quantity=2")
    assert 'form="checkout" formnovalidate name="_lang" value="fr"' in page
    answer = await site.post(address, typed)
    assert answer.status_code == 200
    assert not peer.calls
    assert '<html lang="fr"' in answer.text
    assert "Partout" in answer.text and "Everywhere" not in answer.text
    assert "Camille Martin" in answer.text and "12 rue des Lilas" in answer.text
    assert re.search(r'value="world" checked', answer.text)
    assert 'aria-invalid="true"' not in answer.text
    assert "lang=fr" in answer.headers["set-cookie"]


async def test_a_listings_form_is_shown_in_the_dark_with_what_was_typed(site, peer):
    async with site.browser(accept="text/html") as browser:
        assert 'form="listing-form"' in (await browser.get("/sell/new")).text
        answer = await browser.post("/sell/new", data={"title": "A thing", "_theme": "dark"})
        assert (await browser.get("/sell/profile")).headers["location"] == "/sell"
    assert answer.status_code == 200
    assert not peer.calls
    assert 'data-theme="dark"' in answer.text
    assert 'value="A thing"' in answer.text


async def test_what_is_no_language_changes_nothing(site, peer):
    answer = await site.post("/sell/new", {"title": "A thing", "_lang": "xx"})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers
