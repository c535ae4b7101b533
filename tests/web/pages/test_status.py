from dataclasses import replace

import pytest

from node.peer.views import Balance
from tests.web.market import CONTRACT, DOLLAR, ETHER


async def test_all_is_well(site):
    page = await site.page("/status")
    assert "All is well." in page
    for part in ("1 other node connected", CONTRACT, "Following, all is well", "Test chain"):
        assert part in page


async def test_it_speaks_to_people_and_tells_what_the_wallet_holds(site, peer):
    records = {"listing": 25, "availability": 25, "pinned": 7, "outbox": 1, "orders": 2}
    held = (Balance(ETHER, "ETH", 18, 10**17), Balance(DOLLAR, "tUSD", 6, 32_900_000))
    known = replace(peer.status(), records=records, balances=held, outbox=1)
    peer.status = lambda: known
    page = await site.page("/status")
    assert "0.10\u00a0ETH · 32.90\u00a0tUSD" in page
    for odd in ("Pinned", "Outbox", "Stock records", "Persona", "They called", "Shop key"):
        assert odd not in page
    unknown = replace(known, balances=tuple(replace(each, amount=None) for each in held))
    peer.status = lambda: unknown
    assert "not known yet" in await site.page("/status")


async def test_problems_come_first(site, peer):
    peer.problems = ("No other node is connected.",)
    page = await site.page("/status")
    assert "No other node is connected." in page
    assert "All is well." not in page


async def test_a_problem_in_the_words_of_others_is_text_and_nothing_else(site, peer):
    peer.problems = ("The chain: 100% <b id=x>broken</b> %(n)s",)
    page = await site.page("/status")
    assert "<b id=x>" not in page
    assert "The chain: 100% &lt;b id=x&gt;" in page


@pytest.mark.parametrize(
    ("chain", "said"),
    [({"state": "timed out"}, "Trouble: Timed out"), ({}, "None is configured")],
)
async def test_the_chain_in_words(site, peer, chain, said):
    bare = replace(
        peer.status(), chain={"head": None, "safe": None, "final": None, **chain}, contacts=()
    )
    peer.status = lambda: bare
    assert said in await site.page("/status")
