"""The same ordered twice: asked about before it is placed again."""

from dataclasses import replace

import pytest

from node.web.pages import routes
from tests.web.conftest import Site
from tests.web.market import BUYER, DOLLAR, Market

ORDER = {
    "line.variant": "ash",
    "line.quantity": "1",
    "asset": DOLLAR,
    "payer": "wallet",
    "account": BUYER,
    "delivery.option": "france",
    "delivery.name": "Camille Martin",
    "delivery.address": "12 rue des Lilas\n67000 Strasbourg",
    "delivery.country": "FR",
    "delivery.contact": "",
}
ALREADY = "You have placed this already and not paid yet."


@pytest.fixture
def peer() -> Market:
    """Its first order of a buyer is unpaid, and of the first listing."""
    market = Market()
    unpaid = replace(market.deals[0], lines=({"variant": "ash", "quantity": 1},))
    market.deals[0] = unpaid
    return market


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)


async def post(site, peer, **changes):
    async with site.browser(accept="text/html") as browser:
        return await browser.post(f"/checkout/{peer.goods[0].id}", data={**ORDER, **changes})


async def test_what_is_placed_and_unpaid_is_not_placed_again_without_a_word(site, peer):
    answer = await post(site, peer)
    assert answer.status_code == 409
    assert ALREADY in answer.text
    assert f'href="/orders/{peer.deals[0].id}"' in answer.text
    assert f'<input type="hidden" name="again" value="{peer.deals[0].id}">' in answer.text
    assert "Camille Martin" in answer.text
    assert not peer.calls


async def test_pressed_again_it_is_placed(site, peer):
    answer = await post(site, peer, again=peer.deals[0].id)
    assert answer.status_code == 303
    assert [call[0] for call in peer.calls] == ["place_order"]


@pytest.mark.parametrize(
    "changes",
    [
        {"line.quantity": "2"},
        {"line.variant": "iron"},
        {"delivery.name": "Somebody Else"},
    ],
)
async def test_something_else_is_placed_at_once(site, peer, changes):
    assert (await post(site, peer, **changes)).status_code == 303


@pytest.mark.parametrize("changed", ["paid", "sold", "of another listing"])
async def test_only_an_unpaid_order_of_the_same_buyer_counts(site, peer, changed):
    other = {
        "paid": {"stage": "funded"},
        "sold": {"side": "seller"},
        "of another listing": {"listing": peer.goods[1]},
    }[changed]
    peer.deals[0] = replace(peer.deals[0], **other)
    assert (await post(site, peer)).status_code == 303
