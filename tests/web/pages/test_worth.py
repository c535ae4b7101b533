"""Wherever something is paid, the page says whether that is real money."""

from dataclasses import replace

import pytest

CHAINS = [("eip155:31337", "test"), ("eip155:11155111", "test"), ("eip155:8453", "real")]
SAID = {"test": "Test network: no real money", "real": "Real money"}


def on(peer, chain: str) -> None:
    """This node is on that chain."""
    identity = replace(peer.identity(), chain=chain)
    status = replace(peer.status(), identity=identity)
    peer.identity = lambda: identity
    peer.status = lambda: status


def worth(page: str) -> set[str]:
    found = {kind for kind in SAID if f'data-worth="{kind}"' in page}
    assert all(SAID[kind] in page for kind in found)
    return found


@pytest.mark.parametrize("chain, kind", CHAINS)
async def test_the_status_the_checkout_and_the_order_say_so(site, peer, chain, kind):
    on(peer, chain)
    status = await site.page("/status")
    assert worth(status) == {kind}
    assert ("where money is real" in status) is (kind == "real")
    checkout = await site.page(f"/checkout/{peer.goods[0].id}?variant=ash&quantity=1")
    assert worth(checkout) == {kind}
    for stage in ("placed", "funded"):
        order = next(o for o in peer.deals if (o.stage, o.side) == (stage, "buyer"))
        peer.deals = [replace(order, chain=chain), *peer.deals]
        assert worth(await site.page(f"/orders/{order.id}")) == {kind}, stage


async def test_of_a_chain_that_isnt_known_nothing_is_claimed(site, peer):
    on(peer, "eip155:987654321")
    page = await site.page("/status")
    assert worth(page) == set()
    assert "Chain 987654321" in page
