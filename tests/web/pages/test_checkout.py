import re
from dataclasses import replace

import pytest

from node.peer.views import QuoteView
from node.protocol.errors import Conflict, InputError
from tests.web.market import BUYER, DOLLAR, SHOP

ADDRESS = {
    "delivery.option": "france",
    "delivery.name": "Camille Martin",
    "delivery.address": "12 rue des Lilas\n67000 Strasbourg",
    "delivery.country": "FR",
    "delivery.contact": "",
}
ORDER = {
    "line.variant": "ash",
    "line.quantity": "2",
    "asset": DOLLAR,
    "payer": "wallet",
    "account": BUYER,
    **ADDRESS,
}


async def post(site, peer, path: str = "", **changes):
    data = {name: value for name, value in {**ORDER, **changes}.items() if value is not None}
    return await site.post(f"/checkout/{peer.goods[0].id}{path}", data)


async def test_shows_the_exact_total_at_once(site, peer):
    page = await site.page(f"/checkout/{peer.goods[0].id}?variant=ash&quantity=2")
    assert "66.90\u00a0tUSD" in page


async def test_places_the_order_and_shows_it(site, peer):
    answer = await post(site, peer)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/orders/{peer.deals[0].id}"
    [(verb, listing, lines, delivery, asset, account)] = peer.calls
    assert (verb, listing) == ("place_order", peer.goods[0].id)
    assert lines == [{"variant": "ash", "quantity": 2}]
    assert delivery["address"] == ["12 rue des Lilas", "67000 Strasbourg"]
    assert delivery["option"] == "france"
    assert "contact" not in delivery
    assert (asset, account) == (DOLLAR, BUYER)


async def test_the_node_can_pay(site, peer):
    await post(site, peer, payer="node", account="")
    assert peer.calls[0][-1] == SHOP


async def test_asks_for_a_wallet(site, peer):
    answer = await post(site, peer, account="")
    assert answer.status_code == 422
    assert "Connect a wallet first" in answer.text
    assert not peer.calls


async def test_what_was_typed_stays_when_something_is_wrong(site, peer):
    answer = await post(site, peer, **{"delivery.country": "Narnia"})
    assert answer.status_code == 422
    assert "Camille Martin" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert not peer.calls


async def test_a_country_that_is_not_served_is_said_beside_it(site, peer):
    answer = await post(site, peer, **{"delivery.country": "JP"})
    assert answer.status_code == 422
    assert 'id="field-delivery-country-error"' in answer.text


async def get(site, peer, query: str) -> str:
    return await site.page(f"/checkout/{peer.goods[0].id}?{query}")


async def test_too_many_are_refused_before_an_address_is_typed(site, peer):
    left = peer.goods[0].blocks[0].left["stock"]["ash"]
    page = await get(site, peer, f"variant=ash&quantity={left + 1}")
    assert f"Only {left} are left." in page
    assert f'max="{left}" value="{left + 1}" required aria-invalid="true"' in page
    answer = await post(site, peer, **{"line.quantity": str(left + 1)})
    assert answer.status_code == 422
    assert "Camille Martin" in answer.text
    assert not peer.calls


async def test_variant_and_quantity_can_be_changed(site, peer):
    page = await get(site, peer, "variant=ash&quantity=2")
    assert re.search(r'name="line.variant" value="ash" checked', page)
    assert re.search(r'name="line.quantity" type="number"[^>]*value="2"', page)
    assert 'value="iron" checked' in await get(site, peer, "variant=nonsense")


async def test_a_refusal_for_stock_stands_beside_the_quantity(site, peer):
    peer.refuse = Conflict("goods.stock", "There are not so many left.")
    answer = await post(site, peer)
    assert 'id="quantity-error"' in answer.text


async def test_ways_that_do_not_go_there_are_marked(site, peer):
    answer = await post(site, peer, **{"delivery.country": "JP"})
    marked = re.findall(r'<label class="option unfit">.*?value="(\w+)"', answer.text)
    assert marked == ["france", "union"] or len(marked) == 2
    assert 'data-zones="*"' in answer.text
    assert "unfit" not in re.findall(r'<label class="[^"]*">', await get(site, peer, ""))


async def test_an_address_is_only_optional_with_pick_up(site, peer):
    page = await get(site, peer, "")
    for name in ("name", "address", "country"):
        label = re.search(rf'<label for="field-delivery-{name}">.*?</label>', page, re.DOTALL)[0]
        assert 'class="optional with-pickup"' in label
        assert re.search(rf'name="delivery.{name}" required', page)
    assert 'id="checkout" novalidate' in page
    option = peer.goods[0].blocks[0]
    only_sent = replace(option, data={**option.data, "pickup": False})
    peer.goods[0] = replace(peer.goods[0], blocks=(only_sent,))
    page = await get(site, peer, "")
    assert "with-pickup" not in page
    assert "novalidate" not in page.replace("formnovalidate", "")


async def test_what_the_wallet_says_and_both_times_stand_beside_the_button(site, peer):
    page = await get(site, peer, "")
    aside = page[page.index("<aside") : page.index("</aside>")]
    for text in (
        'id="wallet-error"',
        "You have 6 hours to pay, and the seller 3 days after that",
        "21 days",
        "even if nothing",
    ):
        assert text in aside
    assert aside.index('id="wallet-error"') < aside.index("Place the order")


async def test_one_page_has_one_money(site, peer):
    page = await get(site, peer, "variant=ash&quantity=2")
    main = page[page.index("<main") : page.index("</main>")]
    assert "4.90\u00a0tUSD" in main
    assert "$" not in main


async def test_a_refusal_of_the_peer_is_said(site, peer):
    peer.refuse = Conflict("goods.stock", "There are not so many left.")
    answer = await post(site, peer)
    assert answer.status_code == 422
    assert "Fewer are left than that." in answer.text
    peer.refuse = InputError("order.account", "Connect the wallet that will pay.", "account")
    assert "Connect a wallet first" in (await post(site, peer)).text


async def test_the_quote_needs_no_address(site, peer):
    answer = await post(
        site, peer, "/quote", **{name: "" for name in ADDRESS if "option" not in name}
    )
    assert "66.90\u00a0tUSD" in answer.text
    assert "<html" not in answer.text


async def test_the_quote_says_where_it_is_not_sent(site, peer):
    answer = await post(site, peer, "/quote", **{"delivery.country": "JP"})
    assert "sent to that country" in answer.text


async def test_what_cannot_be_bought_leads_back(site, peer):
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(f"/checkout/{peer.mine[0].id}")
    assert answer.status_code == 303


PROMISE = (
    "Once the seller has marked it as sent, you have 21 days, transit included.",
    "they can give the money back. When that time is over, the seller can collect the money,",
)


@pytest.mark.parametrize("path", ["/l/{author}/{slug}", "/checkout/{id}", "/orders/{order}"])
async def test_what_happens_without_an_arbiter_is_said_the_same_everywhere(site, peer, path):
    listing = peer.goods[0]
    address = path.format(
        author=listing.author.id, slug=listing.slug, id=listing.id, order=peer.deals[0].id
    )
    page = await site.page(address)
    for sentence in PROMISE:
        assert sentence in page


@pytest.mark.parametrize("path", ["/l/{author}/{slug}", "/checkout/{id}"])
async def test_what_needs_no_escrow_promises_none(site, peer, path):
    listing = peer.goods[0] = replace(peer.goods[0], review=None, pay_with=())
    peer.quote = lambda *given: QuoteView(listing.price, listing.price, listing.price)
    async with site.browser(accept="text/html") as browser:
        page = await browser.get(
            path.format(author=listing.author.id, slug=listing.slug, id=listing.id)
        )
    assert page.status_code == 200
    assert "Nothing goes through the escrow" in page.text
    for promise in ("No arbiter takes part", "waits in a contract", "How do you pay?"):
        assert promise not in page.text
