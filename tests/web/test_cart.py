"""The cart and several orders at once: pages and API."""

from dataclasses import replace

import pytest

from node.protocol.errors import Conflict
from node.web.pages import routes
from tests.fakes.peer import ORDER, FakePeer
from tests.web.conftest import Site
from tests.web.market import Market

WHERE = {
    "delivery.name": "Camille Martin",
    "delivery.address": "12 rue des Lilas\n67000 Strasbourg",
    "delivery.country": "FR",
}
HASH = "0x" + "ab" * 32


@pytest.fixture
def peer() -> Market:
    return Market()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer, pages_routes=routes)


async def post(site, path, data):
    async with site.browser(accept="text/html") as browser:
        return await browser.post(path, data=data)


def form(peer, **more):
    seen = {f"seen.{line.number}": line.seen for line in peer.lines}
    options = {f"option.{line.number}": "france" for line in peer.lines}
    return {**seen, **options, **WHERE, "payer": "node", **more}


async def test_a_cart_is_ordered_with_one_address(site, peer):
    answer = await post(site, "/cart", form(peer, **{"option.0": "pickup"}))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/together?verb=fund&id=")
    ((verb, choices, account, _),) = [c for c in peer.calls if c[0] == "order_cart"]
    assert (verb, account) == ("order_cart", peer.wallet)
    fetched, sent = choices
    assert sent["delivery"] == {
        "option": "france",
        "name": "Camille Martin",
        "address": ["12 rue des Lilas", "67000 Strasbourg"],
        "country": "FR",
    }
    assert fetched["delivery"] == {"option": "pickup"}
    assert [each["seen"] for each in choices] == ["mark 0", "mark 1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"delivery.country": ""}, "country"),
        ({"delivery.country": "JP"}, "doesn"),
        ({"seen.0": "another"}, "This has changed"),
        ({"seen.1": ""}, "This has changed"),
        ({"payer": "wallet", "account": ""}, "Connect a wallet first"),
    ],
)
async def test_what_is_missing_or_wrong_is_said_and_nothing_is_ordered(site, peer, changes, said):
    answer = await post(site, "/cart", form(peer, **changes))
    assert answer.status_code == 422
    assert said in answer.text
    assert "Camille Martin" in answer.text
    assert not [call for call in peer.calls if call[0] == "order_cart"]


async def test_what_the_peer_refuses_is_said(site, peer):
    peer.refuse = Conflict("listing.sold_out", "This has just been sold.")
    answer = await post(site, "/cart", form(peer))
    assert answer.status_code == 409
    assert "This has just been sold" in answer.text


async def test_things_are_put_in_and_taken_out(site, peer):
    page = await site.page(f"/l/{peer.goods[0].author.id}/{peer.goods[0].slug}")
    assert 'formaction="/cart/add"' in page
    chosen = {"edition": peer.goods[0].id, "variant": "ash", "quantity": "2"}
    answer = await post(site, "/cart/add", chosen)
    assert (answer.status_code, answer.headers["location"]) == (303, "/cart")
    assert ("add_to_cart", peer.goods[0].id, {"variant": "ash", "quantity": 2}, None) in peer.calls
    answer = await post(site, "/cart/remove", {"number": "0"})
    assert answer.status_code == 303
    assert ("remove_from_cart", 0) in peer.calls
    peer.refuse = Conflict("cart.full", "The cart holds at most 16 lines: order these first.")
    answer = await post(site, "/cart/add", chosen)
    assert answer.status_code == 422 and "at most 16 lines" in answer.text


async def test_an_empty_cart_and_one_that_cant_be_ordered(site, peer):
    peer.lines = tuple(
        replace(line, listing=None, obstacle="withdrawn")
        if n
        else replace(line, obstacle="sold_out")
        for n, line in enumerate(peer.lines)
    )
    page = await site.page("/cart")
    assert "Place" not in page and "off the market" in page
    peer.lines = ()
    assert "Nothing in the cart" in await site.page("/cart")


async def test_the_sum_follows_what_is_chosen(site, peer):
    with_pickup = await post(site, "/cart/quote", form(peer, **{"option.0": "pickup"}))
    sent = await post(site, "/cart/quote", form(peer))
    assert with_pickup.status_code == sent.status_code == 200
    assert with_pickup.text != sent.text


# ---- several orders


def several(peer, verb, *stages):
    found = [each for each in peer.deals if each.side == "buyer" and each.stage in stages]
    return [each.id for each in found], f"/together?verb={verb}" + "".join(
        f"&id={each.id}" for each in found
    )


async def test_what_can_be_paid_is_paid_and_the_rest_is_said(site, peer):
    ids, path = several(peer, "fund", "placed", "released")
    page = await site.page(path)
    assert "Left out" in page
    able = [id for id in ids if "fund" in peer.order(id).actions]
    assert f'data-order="{" ".join(able)}"' in page
    ids, path = several(peer, "release", "released", "refunded")
    assert "Nothing here waits to be released" in await site.page(path)


async def test_the_nodes_wallet_is_asked_once(site, peer):
    peer.deals = [replace(each, wallet_is_node=True) for each in peer.deals]
    ids, path = several(peer, "release", "shipped", "accepted")
    page = await site.page(path)
    assert 'action="/together"' in page
    async with site.browser(accept="text/html") as browser:
        answer = await browser.post("/together", data={"verb": "release", "id": ids})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert ("together", ids, "release") in peer.calls
    peer.refuse = Conflict(
        "chain.funds", "The account that pays doesn't hold enough of this token to pay the price."
    )
    async with site.browser(accept="text/html") as browser:
        answer = await browser.post("/together", data={"verb": "release", "id": ids})
    assert answer.status_code == 409 and "hold enough" in answer.text


@pytest.mark.parametrize(
    "query", ["", "?verb=steal&id=a", "?verb=fund", "?verb=fund" + "&id=a" * 1]
)
async def test_what_isnt_asked_for_leads_elsewhere(site, query):
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(f"/together{query}")
    assert answer.status_code in (303, 404)


async def test_orders_that_arrived_can_be_ticked(site, peer):
    shipped = next(each for each in peer.deals if (each.side, each.stage) == ("buyer", "shipped"))
    others = [each for each in peer.deals if each.stage != "shipped"]
    peer.deals = [shipped, *others]
    assert 'name="verb" value="release"' not in await site.page("/orders?side=buyer")
    peer.deals.insert(0, replace(shipped, id="z" * 52))
    page = await site.page("/orders?side=buyer")
    assert 'name="verb" value="release"' in page
    assert page.count('type="checkbox" name="id"') == 2


# ---- API


@pytest.mark.parametrize(
    ("method", "path", "body", "asked"),
    [
        (
            "POST",
            "/api/cart",
            {"listing": "d" * 52, "line": {"quantity": 1}},
            ("add_to_cart", "d" * 52, {"quantity": 1}, None),
        ),
        ("DELETE", "/api/cart/0", None, ("remove_from_cart", 0)),
        (
            "POST",
            "/api/cart/order",
            {"lines": [{"number": 0, "seen": "d", "delivery": {"option": "pickup"}}]},
            (
                "order_cart",
                [{"number": 0, "seen": "d", "delivery": {"option": "pickup"}, "asset": None}],
                None,
                "",
            ),
        ),
        ("POST", "/api/together/fund", {"orders": [ORDER]}, ("together", [ORDER], "fund")),
        (
            "POST",
            "/api/together/transactions",
            {"orders": [ORDER], "verb": "fund", "hash": HASH},
            ("note_together", [ORDER], "fund", HASH),
        ),
    ],
)
async def test_the_api_does_the_same(method, path, body, asked):
    peer = FakePeer()
    answer = await Site(peer).program().request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    assert peer.asked == [asked]


async def test_the_api_prepares_a_wallets_request_for_several():
    site = Site(FakePeer())
    answer = await site.program().post("/api/together/fund/wallet", json={"orders": [ORDER]})
    assert answer.json()["orders"] == [ORDER]
    for bad in ({"orders": []}, {"orders": [ORDER] * 17}, {}):
        answer = await site.program().post("/api/together/fund/wallet", json=bad)
        assert answer.status_code == 400
    assert (await site.program().get("/api/cart")).json() == {"lines": []}


async def test_what_is_released_is_what_a_part_paid_has_left(site, peer):
    shipped = next(each for each in peer.deals if (each.side, each.stage) == ("buyer", "shipped"))
    total = replace(shipped.quote.total, amount=40_000_000, symbol="tUSD", decimals=6)
    quote, left = replace(shipped.quote, total=total), replace(total, amount=10_000_000)
    both = [replace(shipped, id=each * 52, quote=quote, held=left) for each in "yz"]
    peer.deals.extend(both)
    page = await site.page("/together?verb=release" + "".join(f"&id={each.id}" for each in both))
    assert "20.00" in page and page.count("10.00") >= 2
    assert "40.00" not in page and "80.00" not in page
