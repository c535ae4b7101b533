"""A seller edits a listing while somebody is about to buy it: the checkout leads to what is sold now, with all that was typed."""

import re
from dataclasses import replace

import pytest

from tests.web.market import id_of
from tests.web.pages.test_checkout import ORDER

CHANGED = "The seller has changed this listing: check the price."


@pytest.fixture
def edited(peer):
    """(the edition that was replaced, the one that is sold now and costs a dollar more)"""
    old = peer.goods[0]
    price = replace(old.price, amount=old.price.amount + 100)
    new = peer.goods[0] = replace(old, id=id_of(250), price=price)
    return old, new


def at(listing, part: str = "") -> str:
    return f"/checkout/{listing.id}{part}?author={listing.author.id}&slug={listing.slug}"


async def test_the_page_of_a_listing_says_whose_it_is(site, peer):
    listing = peer.goods[0]
    page = await site.page(f"/l/{listing.author.id}/{listing.slug}")
    (form,) = re.findall(r'<form class="panel stack" id="buy".*?</form>', page, re.S)
    assert f'name="author" value="{listing.author.id}"' in form
    assert f'name="slug" value="{listing.slug}"' in form


async def test_an_address_of_before_leads_to_what_is_sold_now(site, edited):
    old, new = edited
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(at(old) + "&variant=ash&quantity=2")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"/checkout/{new.id}?")
        page = (await browser.get(answer.headers["location"])).text
    assert CHANGED in page
    assert re.search(r'value="ash" checked', page) and 'value="2" required' in page


async def test_the_total_is_that_of_now_and_stays_told(site, edited):
    old, new = edited
    answer = await site.post(at(old, "/quote"), {**ORDER, "line.variant": "iron"})
    assert answer.status_code == 200 and "<html" not in answer.text
    assert CHANGED in answer.text and f'name="edition" value="{new.id}"' in answer.text
    again = {**ORDER, "edition": new.id, "changed": "1"}
    assert CHANGED in (await site.post(at(new, "/quote"), again)).text
    assert CHANGED not in (await site.post(at(new, "/quote"), ORDER)).text


async def test_nothing_is_ordered_at_a_price_that_nobody_has_seen(site, peer, edited):
    old, new = edited
    answer = await site.post(at(old), {**ORDER, "edition": old.id})
    assert answer.status_code == 409
    assert CHANGED in answer.text and "Camille Martin" in answer.text
    assert f'action="/checkout/{new.id}?author=' in answer.text
    assert not peer.calls


async def test_what_was_seen_is_ordered_from_the_same_page(site, peer, edited):
    old, new = edited
    answer = await site.post(at(old), {**ORDER, "edition": new.id})
    assert answer.status_code == 303
    assert peer.calls[0][:2] == ("place_order", new.id)


@pytest.mark.parametrize("part", ["", "/quote"])
async def test_what_was_withdrawn_leads_to_its_page(site, peer, part):
    gone = peer.goods.pop(0)
    answer = await site.post(at(gone, part), ORDER)
    assert answer.headers["location"] == f"/l/{gone.author.id}/{gone.slug}"


async def test_what_was_never_heard_of_is_not_found(site):
    assert (await site.post(f"/checkout/{id_of(251)}", ORDER)).status_code == 404


async def test_no_page_of_an_error_is_swapped_into_a_part_of_another(site):
    assert '"noSwap":[204,304,"4xx","5xx"]' in await site.page("/")
