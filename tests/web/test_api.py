import io
import json
import re
from pathlib import Path

import pytest
import trio
from PIL import Image
from starlette.routing import Route

from node.cli.client import Client
from node.peer.views import Money
from node.protocol.errors import Conflict, InputError, NotFound, Rejected, StateError, Unavailable
from node.web import api, api_arbiters, api_campaigns, guard
from tests.fakes.peer import BIG, ETHER, ME, ORDER, order
from tests.web.conftest import TOKEN, serving
from tests.web.test_pictures import opened, picture

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "api.md"


def error(answer) -> tuple[int, str, str | None]:
    content = answer.json()
    assert set(content) == {"error"}
    assert set(content["error"]) == {"rule", "message", "field"}
    assert content["error"]["message"]
    return answer.status_code, content["error"]["rule"], content["error"]["field"]


def test_every_route_is_in_the_guide_and_the_other_way_round():
    described = set(
        re.findall(r"^#+ `(GET|POST|PUT|DELETE) (/api/[^`?]*)", GUIDE.read_text(), re.M)
    )
    served = {
        (method, route.path)
        for route in (*api.routes, *api_arbiters.routes, *api_campaigns.routes)
        if isinstance(route, Route)
        for method in route.methods - {"HEAD"}
    }
    assert described == served


async def test_status(site):
    content = (await site.program().get("/api/status")).json()
    assert content["identity"]["persona"] == ME
    assert content["records"] == {"listing": 2}


async def test_a_browser_may_use_it_with_its_cookie(site):
    assert (await site.browser().get("/api/status")).status_code == 200


async def test_amounts_are_decimal_text(site):
    content = (await site.program().get(f"/api/orders/{ORDER}")).json()
    assert content["quote"]["total"] == {
        "amount": str(BIG),
        "unit": ETHER,
        "symbol": "ETH",
        "decimals": 18,
    }
    assert content["quote"]["delivery"]["amount"] == "0"
    assert content["paid_out"] == {"seller": str(BIG)}
    assert content["terms"] == {"amount": str(BIG)}
    assert content["deadlines"] == {"fund_by": 1_800_000_000}


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (2**53 - 1, 2**53 - 1),
        (2**53, "9007199254740992"),
        (-(2**53), "-9007199254740992"),
        (2**128 - 1, str(2**128 - 1)),
        (True, True),
        (None, None),
        ({1: (BIG, {"x": [2**64]})}, {"1": [str(BIG), {"x": [str(2**64)]}]}),
        (Money(5, "EUR", "€", 2), {"amount": "5", "unit": "EUR", "symbol": "€", "decimals": 2}),
    ],
)
def test_numbers_that_readers_would_round_are_text(value, json):
    assert api.plain(value) == json


async def test_search_passes_on_what_was_asked(site, peer):
    answer = await site.program().get(
        "/api/search?q=tea&category=home&category=food&country=FR&facet=condition:new&facet=a:b:c"
        f"&unit={ETHER}&min=1&max={BIG}&available=true&sort=-price&after=x&limit=7&seller={'a' * 52}"
    )
    content = answer.json()
    assert [hit["slug"] for hit in content["listings"]] == ["teapot", "cup"]
    assert (content["total"], content["next"]) == (2, None)
    (_, query), *_ = peer.asked
    assert (query.text, query.categories, query.countries) == ("tea", ("home", "food"), ("FR",))
    assert (query.unit, query.low, query.high) == (ETHER, 1, BIG)
    assert query.facets == (("condition", "new"), ("a", "b:c"))
    assert (query.available_only, query.sort, query.after, query.limit) == (True, "-price", "x", 7)
    assert query.author == bytes(32)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "min=-1", "min=1.5", "sort=rank", "q=" + "x" * 201, "what=1",
     "seller=x", *("category=x&" * 51,)],
)  # fmt: skip
async def test_a_search_of_another_shape_is_refused(site, peer, query):
    answer = await site.program().get(f"/api/search?{query}")
    assert answer.status_code in (400, 422)
    assert error(answer)[1] in ("web.json", "web.seller")
    assert peer.asked == []


async def test_listings(site, peer):
    program = site.program()
    content = (await program.get("/api/listings")).json()
    assert [each["slug"] for each in content["listings"]] == ["teapot", "cup"]
    assert content["next"] is None
    assert (await program.get(f"/api/listings/{ME}/cup")).json()["slug"] == "cup"
    assert error(await program.get(f"/api/listings/{ME}/x")) == (404, "listing.unknown", None)

    added = await program.post("/api/listings", json={"title": "New"})
    assert (added.status_code, added.json()["slug"]) == (201, "new")
    assert (await program.put("/api/listings/cup", json={"title": "Cup"})).json()["slug"] == "cup"
    assert (await program.get("/api/listings/cup")).json() == {"title": "A teapot"}
    stock = {"goods": {"stock": {"": 3}}}
    assert (await program.put("/api/listings/cup/availability", json=stock)).status_code == 200
    assert (await program.delete("/api/listings/cup")).json()["state"] == "withdrawn"
    assert peer.asked == [
        ("save_listing", {"title": "New"}, None),
        ("save_listing", {"title": "Cup"}, "cup"),
        ("editable", "cup"),
        ("set_availability", "cup", stock),
        ("withdraw_listing", "cup"),
    ]


async def test_lists_come_in_parts(site):
    program = site.program()
    first = (await program.get("/api/listings?limit=1")).json()
    assert ([each["slug"] for each in first["listings"]], first["next"]) == (["teapot"], "teapot")
    second = (await program.get("/api/listings?limit=1&after=teapot")).json()
    assert ([each["slug"] for each in second["listings"]], second["next"]) == (["cup"], None)


async def test_a_picture_is_converted_before_the_peer_sees_it(site, peer):
    program = site.program()
    answer = await program.post("/api/pictures?alt=A%20pot", content=picture(format="JPEG"))
    assert answer.status_code == 201
    ((_, data, alt),) = peer.asked
    assert opened(data).size == (1200, 600)
    assert answer.json() == {"blob": "p" * 52, "type": "image/webp", "size": len(data), "alt": alt}
    assert error(await program.post("/api/pictures", content=b"x")) == (
        422,
        "picture.unreadable",
        "picture",
    )
    long = await program.post("/api/pictures", params={"alt": "x" * 301}, content=picture(9, 9))
    assert error(long) == (422, "picture.alt", "alt")
    assert len(peer.asked) == 1


async def test_a_picture_may_be_larger_than_other_bodies(site, peer):
    out = io.BytesIO()
    Image.effect_noise((900, 900), 60).save(out, "PNG")
    assert len(out.getvalue()) > guard.BODY_LIMIT
    head = {"content-type": "application/octet-stream"}
    answer = await site.program().post("/api/pictures", content=out.getvalue(), headers=head)
    assert answer.status_code == 201


async def test_orders_come_in_pages(site, peer):
    peer.placed = {id * 52: order(id * 52) for id in "cefgh"}
    program, found, after = site.program(), [], ""
    while after is not None:
        content = (await program.get(f"/api/orders?limit=2{after and '&after=' + after}")).json()
        assert len(content["orders"]) <= 2
        found += [each["id"][0] for each in content["orders"]]
        after = content["next"]
    assert "".join(found) == "cefgh"


async def test_orders(site, peer):
    program = site.program()
    content = (await program.get("/api/orders?side=buyer&stage=placed")).json()
    assert ([each["id"] for each in content["orders"]], content["next"]) == ([ORDER], None)
    assert error(await program.get("/api/orders/x"))[:2] == (404, "order.unknown")
    for wrong in ("side=both", "stage=paid", "limit=101", "limit=0", "limit=x", "page=2"):
        assert error(await program.get(f"/api/orders?{wrong}"))[0] == 400, wrong
    line, delivery = {"quantity": 1}, {"option": "pickup"}
    given = {"listing": "l", "lines": [line], "delivery": delivery}
    assert (await program.post("/api/quotes", json=given)).json()["total"]["amount"] == str(BIG)
    placed = await program.post("/api/orders", json={**given, "account": "0x1", "text": "Hello"})
    assert (placed.status_code, placed.json()["id"]) == (201, ORDER)
    assert peer.asked == [
        ("orders", "buyer", "placed", None, 50),
        ("quote", "l", [line], delivery, None),
        ("place_order", "l", [line], delivery, None, "0x1", "Hello"),
    ]


HASH = "0x" + "ab" * 32


@pytest.mark.parametrize(
    ("verb", "body", "asked"),
    [
        ("accept", None, ("accept", ORDER)),
        ("decline", {"text": "Sold."}, ("decline", ORDER, "Sold.")),
        ("cancel", {"text": "Twice."}, ("cancel", ORDER, "Twice.")),
        ("cancel", {}, ("cancel", ORDER, "")),
        ("ship", {"carrier": "Post", "tracking": "7"}, ("ship", ORDER, "Post", "7")),
        ("ship", {}, ("ship", ORDER, "", "")),
        ("release", {}, ("release", ORDER)),
        ("refund", {}, ("refund", ORDER)),
        ("release", {"amount": "15"}, ("release", ORDER, 15)),
        ("refund", {"amount": "15"}, ("refund", ORDER, 15)),
        ("settle", {"to_buyer": "5"}, ("settle", ORDER, 5, 0, "", 14)),
        (
            "settle",
            {"to_buyer": "5", "to_seller": "7", "text": "Fair?", "days": 3},
            ("settle", ORDER, 5, 7, "Fair?", 3),
        ),
        ("accept_settlement", {}, ("accept_settlement", ORDER, None)),
        ("accept_settlement", {"proposal": "abc"}, ("accept_settlement", ORDER, "abc")),
        ("drop_draft", {}, ("drop_draft", ORDER)),
        ("fund", {}, ("fund", ORDER)),
        ("pledge", {}, ("pledge", ORDER)),
        ("authorize", {}, ("authorize", ORDER)),
        ("relay", {}, ("relay", ORDER)),
        ("sign_release", {}, ("sign_release", ORDER)),
        ("take_back", {}, ("take_back", ORDER)),
        ("timeout", {}, ("timeout", ORDER)),
        ("dispute", {}, ("dispute", ORDER)),
        ("show_message", {"message": "m"}, ("show_message", ORDER, "m")),
        ("show_parts", {"parts": ["lines"]}, ("show_parts", ORDER, ["lines"])),
        ("tell_arbiter", {"text": "Hello"}, ("tell_arbiter", ORDER, "Hello")),
        ("withdraw", {}, ("withdraw", ORDER, None)),
        ("withdraw", {"to": "0x1"}, ("withdraw", ORDER, "0x1")),
        ("message", {"text": "Hello"}, ("message", ORDER, "Hello")),
        ("review", {"rating": 4, "text": "Good"}, ("write_review", ORDER, 4, "Good", "en")),
        ("review", {"rating": 5, "language": "fr"}, ("write_review", ORDER, 5, "", "fr")),
        ("change_review", {"rating": 2, "text": "Hm"}, ("change_review", ORDER, 2, "Hm", None)),
        ("change_review", {"rating": 2, "language": "fr"}, ("change_review", ORDER, 2, "", "fr")),
        ("withdraw_review", {}, ("withdraw_review", ORDER)),
        ("transactions", {"verb": "fund", "hash": HASH}, ("note_transaction", ORDER, "fund", HASH)),
    ],
)
async def test_verbs_of_an_order(site, peer, verb, body, asked):
    answer = await site.program().post(f"/api/orders/{ORDER}/{verb}", json=body or {})
    assert (answer.status_code, answer.json()["id"]) == (200, ORDER)
    assert peer.asked == [asked]


def test_every_verb_has_a_test():
    marks = test_verbs_of_an_order.pytestmark[0].args[1]
    assert {verb for verb, _, _ in marks} == set(api.VERBS)


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("accept", {"x": 1}),
        ("review", {}),
        ("review", {"rating": 0}),
        ("review", {"rating": 6}),
        ("review", {"rating": "5"}),
        ("change_review", {"text": "Better"}),
        ("withdraw_review", {"text": "Gone"}),
        ("message", {"text": ""}),
        ("message", {"text": "x" * 10_001}),
        ("ship", {"tracking": "x" * 201}),
        ("withdraw", {"to": "x" * 201}),
        ("transactions", {"verb": "fund", "hash": "0x12"}),
        ("transactions", {"verb": "fund", "hash": HASH + "\n"}),
        ("wallet/fund", {"account": 1}),
    ],
)
async def test_a_body_of_another_shape_is_refused(site, peer, verb, body):
    answer = await site.program().post(f"/api/orders/{ORDER}/{verb}", json=body)
    assert error(answer)[:2] == (400, "web.json")
    assert peer.asked == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"1", b"\xff", b"[" * 60_000, b'{"a":' * 10_000, b"NaN", b'"\\ud800"']
)
async def test_what_is_not_json_is_refused(site, peer, body):
    for path in ("/api/listings", "/api/orders", f"/api/orders/{ORDER}/ship"):
        assert error(await site.program().post(path, content=body))[:2] == (400, "web.json")
    assert peer.asked == []


async def test_the_wallet(site, peer):
    url = f"/api/orders/{ORDER}/wallet/fund"
    content = (await site.program().post(url, json={"account": "0x1", "permit": False})).json()
    assert content["steps"][0]["request"]["value"] == hex(BIG)
    assert peer.asked == [("wallet_request", ORDER, "fund", "0x1", None, False, None)]


@pytest.mark.parametrize(
    ("fails", "expected"),
    [
        (InputError("goods.zone", "No.", "delivery.country"), (422, "goods.zone", "delivery.country")),
        (NotFound("listing.unknown", "No."), (404, "listing.unknown", None)),
        (Conflict("order.stage", "No."), (409, "order.stage", None)),
        (Unavailable("chain.silent", "No."), (503, "chain.silent", None)),
        (Rejected("record.size", "No."), (422, "record.size", None)),
        (StateError("ours", "secret detail"), (500, "web.internal", None)),
    ],
)  # fmt: skip
async def test_the_peers_errors_have_their_status(site, peer, fails, expected):
    peer.fails = fails
    answer = await site.program().post("/api/listings", json={})
    assert error(answer) == expected
    assert "secret" not in answer.text


async def test_a_fault_of_ours_tells_nothing_and_is_logged(site, peer, caplog):
    peer.fails = ZeroDivisionError("secret detail")
    answer = await site.program().get("/api/status")
    assert error(answer) == (500, "web.internal", None)
    assert "secret" not in answer.text
    assert "secret detail" in caplog.text


async def test_unknown_addresses_and_methods(site):
    program = site.program()
    assert error(await program.get("/api/nothing")) == (404, "web.404", None)
    assert error(await program.get("/api/pictures")) == (405, "web.405", None)
    assert error(await program.post(f"/api/orders/{ORDER}/steal")) == (404, "web.404", None)


async def test_profile_and_stalls(site, peer):
    program = site.program()
    assert (await program.put("/api/profile", json={"name": "Zoé"})).json()["name"] == "Zoé"
    content = (await program.get(f"/api/stalls/{'b' * 52}")).json()
    assert content["persona"]["name"] == "Bob"
    assert content["reviews"][0]["rating"] == 5
    assert peer.asked[0] == ("publish_profile", "Zoé", None, None)


async def test_the_command_line_speaks_it(site, tmp_path):
    running = {"port": site.port, "token": TOKEN, "url": site.origin}
    (tmp_path / "running.json").write_text(json.dumps(running))
    client = Client(str(tmp_path))
    async with serving(site.app, site.port):
        found = await trio.to_thread.run_sync(
            lambda: client.call("GET", "/search", q="tea", category=("home", "food"), limit=5)
        )
        assert found["total"] == 2
        body = {"carrier": "Post", "tracking": "7"}
        shipped = await trio.to_thread.run_sync(client.call, "POST", f"/orders/{ORDER}/ship", body)
        assert shipped["id"] == ORDER
        with pytest.raises(NotFound):
            await trio.to_thread.run_sync(client.call, "GET", "/orders/x")


async def test_a_country_is_a_code(site):
    program = site.program()
    assert (await program.get("/api/search?country=FR&country=DE")).status_code == 200
    for code in ("France", "fr", "F1", "*"):
        answer = await program.get("/api/search", params={"country": ["DE", code]})
        assert error(answer) == (422, "search.country", "country.1")
        assert "ISO 3166-1" in answer.json()["error"]["message"]


async def test_a_facet_of_a_search_has_a_name_and_a_value(site):
    answer = await site.program().get("/api/search?facet=condition:new&facet=used")
    assert error(answer) == (422, "search.facet", "facet.1")
