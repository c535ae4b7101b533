import pytest

from node.web.app import Practice
from tests.web.conftest import Site


def test_the_demos_chain_has_an_origin():
    assert Practice("0x1", "http://127.0.0.1:8545/path?x").origin == "http://127.0.0.1:8545"


async def test_the_real_pages_are_there_unless_others_are_given(peer):
    browser = Site(peer, pages_routes=None).browser(accept="text/html")
    assert (await browser.get("/status")).status_code == 200
    browser = Site(peer, pages_routes=[]).browser(accept="text/html")
    assert (await browser.get("/status")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/nothing", "/static/nothing", "/pictures/x", "/api", "/session/x"]
)
async def test_what_is_nowhere_is_not_found(site, path):
    assert (await site.browser().get(path)).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/prefs"), ("POST", "/unlock"), ("PUT", "/session")]
)
async def test_other_methods_are_not_allowed(site, method, path):
    assert (await site.browser().request(method, path)).status_code == 405
