from dataclasses import replace

import pytest

from node.web.pages import routes
from tests.web.conftest import Site
from tests.web.market import CONTRACT, Market


async def shown(peer: Market) -> str:
    async with Site(peer, pages_routes=routes).browser(accept="text/html") as browser:
        return (await browser.get("/status")).text


async def test_all_is_well():
    page = await shown(Market())
    assert "All is well." in page
    for part in ("1 other node connected", CONTRACT, "Following, all is well", "Test chain"):
        assert part in page


async def test_problems_come_first():
    peer = Market()
    peer.problems = ("No other node is connected.",)
    page = await shown(peer)
    assert "No other node is connected." in page
    assert "All is well." not in page


async def test_a_problem_in_the_words_of_others_is_text_and_nothing_else():
    peer = Market()
    peer.problems = ("The chain: 100% <b id=x>broken</b> %(n)s",)
    page = await shown(peer)
    assert "<b id=x>" not in page
    assert "The chain: 100% &lt;b id=x&gt;" in page


@pytest.mark.parametrize(
    ("chain", "said"),
    [({"state": "timed out"}, "Trouble: Timed out"), ({}, "None is configured")],
)
async def test_the_chain_in_words(chain, said):
    peer = Market()
    bare = replace(
        peer.status(), chain={"head": None, "safe": None, "final": None, **chain}, contacts=()
    )
    peer.status = lambda: bare
    assert said in await shown(peer)
