"""Every page, in both languages: it renders, keeps to the rules of its policy, and says what a person needs."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from node.web.pages import routes
from tests.web.conftest import Site
from tests.web.made import FRIEND
from tests.web.market import BUYER, SELLER, SHARED, STAGES, Market, id_of

RPC = "http://127.0.0.1:9545"


@pytest.fixture(scope="module")
def peer() -> Market:
    """One for all: these tests only look, and templates are compiled once."""
    return Market()


@pytest.fixture(scope="module")
def site(peer) -> Site:
    return Site(peer, pages_routes=routes, practice_wallet=BUYER, practice_rpc=RPC)


def paths(market: Market) -> dict[str, str]:
    goods = market.goods[0]
    every = {
        "search": "/",
        "nothing found": "/?q=zzzz",
        "listing": f"/l/{goods.author.id}/{goods.slug}",
        "own listing": f"/l/{market.mine[0].author.id}/{market.mine[0].slug}",
        "shared listing": _shared(market, "/l/{author}/{slug}?ref={friend}"),
        "shared checkout": _shared(market, "/checkout/{id}?ref={friend}"),
        "checkout": f"/checkout/{goods.id}?variant=ash&quantity=2",
        "cart": "/cart",
        "several to pay": _several(market, "fund", "placed", "shipped", "released"),
        "several to release": _several(market, "release", "shipped", "accepted"),
        "buying": "/orders",
        "selling": "/orders?side=seller",
        "sell": "/sell",
        "new listing": "/sell/new",
        "edit listing": f"/sell/{market.mine[0].slug}",
        "stall": f"/s/{SELLER.id}",
        "unknown stall": f"/s/{id_of(200)}",
        "status": "/status",
        "arbiters": "/arbiters",
        "cases": "/cases",
        "case": f"/cases/{market.judged[0].id}",
        "unlock": "/unlock",
    }
    stages = market.deals[: 2 * len(STAGES)]
    orders = {f"{each.side} {each.stage}": f"/orders/{each.id}" for each in stages}
    signed = {name: f"/orders/{each.id}" for name, each in market.signed.items()}
    settling = {name: f"/orders/{each.id}" for name, each in market.settling.items()}
    return every | orders | signed | settling | _campaigns(market)


def _campaigns(market: Market) -> dict[str, str]:
    every = {"campaigns": "/campaigns", "start a campaign": f"/sell/{market.mine[2].slug}/campaign"}
    for each in sum(market.running, ()):
        every[f"campaign {each.stage}{' of mine' if each.mine else ''}"] = f"/campaign/{each.id}"
    for name, goods in zip(("preorder", "own preorder"), market.preorders, strict=True):
        every[name] = f"/l/{goods.author.id}/{goods.slug}"
    every["preorder checkout"] = f"/checkout/{market.preorders[0].id}"
    orders = {name: f"/orders/{each.id}" for name, each in market.pledges.items()}
    return every | orders


def _shared(market: Market, address: str) -> str:
    """Of what is sold for several, with somebody who sent the buyer."""
    goods = market.goods[SHARED]
    return address.format(author=goods.author.id, slug=goods.slug, id=goods.id, friend=FRIEND)


def _several(market: Market, verb: str, *stages: str) -> str:
    bought = [each for each in market.deals if each.side == "buyer" and not each.pledge]
    ids = [each.id for each in bought if each.stage in stages]
    return f"/together?verb={verb}" + "".join(f"&id={id}" for id in ids)


PAGES = tuple(paths(Market()))


class Reader(HTMLParser):
    """What the rules below look at."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", PAGES)
async def test_page(site, peer, name, language):
    async with site.browser(accept="text/html", **{"accept-language": language}) as browser:
        answer = await browser.get(paths(peer)[name])
    assert answer.status_code == 200, answer.text[:300]
    page = Reader(answer.text)
    assert page.all("html")[0]["lang"] == language
    assert len(page.all("h1")) == 1
    _has_landmarks(page)
    _keeps_the_policy(page)
    _names_every_input(page)
    _has_unique_ids(page)


def _has_landmarks(page: Reader) -> None:
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in page.tags}
    assert page.all("a")[0]["href"] == "#main"


def _keeps_the_policy(page: Reader) -> None:
    for tag, attributes in page.tags:
        assert "style" not in attributes, (tag, attributes)
        assert not [name for name in attributes if name.startswith("on")], (tag, attributes)
        assert tag != "style"
        for name in ("src", "href", "action"):
            target = attributes.get(name) or "/"
            assert target.startswith(("/", "#", "?")), (tag, target)
    assert all(script.get("src") for script in page.all("script"))


def _names_every_input(page: Reader) -> None:
    """By a label that points to it, or one around it."""
    labelled = {label["for"] for label in page.all("label") if "for" in label}
    for tag in ("input", "select", "textarea"):
        for control in page.all(tag):
            if control.get("type") in ("hidden", "checkbox", "radio"):
                continue
            wrapped = control.get("name") in ("min", "max", "sort")
            assert wrapped or control.get("id") in labelled, control


def _has_unique_ids(page: Reader) -> None:
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids)), [each for each in ids if ids.count(each) > 1]


async def test_french_leaves_no_english(site, peer):
    """The words that every page shows."""
    async with site.browser(accept="text/html", **{"accept-language": "fr"}) as browser:
        page = (await browser.get("/")).text
    assert "Parcourir" in page
    assert "Browse" not in page


async def test_texts_of_strangers_are_escaped():
    peer = Market()
    site = Site(peer, pages_routes=routes)
    peer.goods[0] = replace(
        peer.goods[0], title="<script>x</script>", text="<img src=x> [a](javascript:x)"
    )
    goods = peer.goods[0]
    for path in ("/", f"/l/{goods.author.id}/{goods.slug}", f"/checkout/{goods.id}"):
        page = await site.page(path)
        assert "<script>x" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


@pytest.mark.parametrize(
    "path", ["/nothing", f"/l/{SELLER.id}/nothing", "/l/nonsense/mug", "/orders/xyz", "/sell/none"]
)
async def test_unknown_things_have_a_page_that_helps(site, path):
    async with site.browser(accept="text/html") as browser:
        answer = await browser.get(path)
    assert answer.status_code == 404
    assert 'href="/"' in answer.text
    assert len(Reader(answer.text).all("h1")) == 1


async def test_the_practice_wallet_is_only_in_the_demo(peer):
    demo = Site(peer, pages_routes=routes, practice_wallet=BUYER, practice_rpc=RPC)
    real = Site(peer, pages_routes=routes)
    for site, there in ((demo, True), (real, False)):
        async with site.browser(accept="text/html") as browser:
            answer = await browser.get("/")
        assert ("practice-wallet" in answer.text) is there
        assert (RPC in answer.headers["content-security-policy"]) is there


def test_every_stage_is_drawn():
    market = Market()
    drawn = {each.stage for each in market.deals}
    assert drawn == set(STAGES)


async def test_no_page_promises_what_there_is_not(site, peer):
    """Stars of everybody, ticks, conversions: words that the rules don't have."""
    for path in paths(peer).values():
        page = await site.page(path)
        assert not re.search(r"[Vv]erified seller|average rating|≈", page), path
