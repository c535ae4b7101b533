"""A seller whose chain's node invents a payment: with one alone the goods would leave, with an honest one beside it they don't.

Real nodes, a real chain; the lie is a made-up log in a true block, with the storage to match.
"""

from contextlib import ExitStack

import pytest

from tests.end_to_end.bench import Bench, bench, wait_for
from tests.end_to_end.liar import MadeUpPayment, Passing, honest, passing
from tests.peer.market import mug

DELIVERY = {"option": "post", "name": "C", "address": ["X"], "country": "FR"}


def market_of(count: int) -> type[Bench]:
    """Where the seller accepts by itself and asks `count` of the chain's nodes, of which tests may twist each."""

    class Watched(Bench):
        asked: list[Passing]

        def _settings(self, name, *given) -> str:
            text = super()._settings(name, *given)
            if name != "seller":
                return text
            self.asked = [self._stack.enter_context(passing(self.chain.url)) for _ in range(count)]
            urls = ", ".join(f'"{each.url}"' for each in self.asked)
            plain = f'rpc = "{self.chain.url}"'
            assert plain in text
            return text.replace(plain, f"rpc = [{urls}]\nauto_accept = true")

    return Watched


def placed(market: Bench) -> dict:
    """An order that nobody has paid, as the seller knows it."""
    unit = f"eip155:{market.chain.chain_id}/slip44:60"
    market.seller.api.call("POST", "/listings", mug(price={"amount": str(10**15), "unit": unit}))
    found = wait_for(lambda: market.buyer.api.call("GET", "/search")["listings"], "no listing")
    asked = {"listing": found[0]["id"], "lines": [{"quantity": 1}], "delivery": DELIVERY}
    order = market.buyer.api.call("POST", "/orders", asked)
    wait_for(lambda: market.seller.api.call("GET", "/orders")["orders"], "no order at the seller's")
    return order


def stage(market: Bench, order: dict) -> str:
    return market.seller.api.call("GET", f"/orders/{order['id']}")["stage"]


def status(market: Bench) -> dict:
    return market.seller.api.call("GET", "/status")


def lie(market: Bench, order: dict, often: bool = False) -> MadeUpPayment:
    liar = market.asked[0]
    known = market.seller.api.call("GET", f"/orders/{order['id']}")
    liar.twist = MadeUpPayment(liar, market.contracts["escrow"], known, often)
    wait_for(lambda: liar.twist.is_told, "the lie was never told")
    return liar.twist


def pay(market: Bench, order: dict) -> None:
    market.buyer.api.call("POST", f"/orders/{order['id']}/fund")
    wait_for(
        lambda: stage(market, order) == "accepted",
        "a true payment isn't believed\n" + market.report(),
    )


@pytest.fixture
def opened():
    with ExitStack() as stack:
        yield lambda count: stack.enter_context(bench(kind=market_of(count)))


def test_alone_it_is_believed(opened):
    """That is what the others are for."""
    market = opened(1)
    order = placed(market)
    lie(market, order)
    wait_for(lambda: stage(market, order) == "accepted", "the lie isn't good enough")


def test_with_an_honest_one_beside_it_nothing_is_told_as_paid(opened):
    market = opened(2)
    order = placed(market)
    lie(market, order)
    first, second = (each.host for each in market.asked)
    problem = wait_for(
        lambda: next((p for p in status(market)["problems"] if "contradict each other" in p), ""),
        "nobody is told of the contradiction",
    )
    assert f"{first}: 1 event; {second}: 0 events" in problem
    head = int(market.rpc("eth_blockNumber"), 16)
    wait_for(lambda: int(market.rpc("eth_blockNumber"), 16) > head + 10, "the chain stands still")
    assert stage(market, order) == "placed"
    assert status(market)["chain"]["state"] != "following"

    market.asked[0].twist = honest  # nothing is lost, and nobody has to do anything
    pay(market, order)
    wait_for(lambda: status(market)["chain"]["state"] == "following", "it doesn't recover")


def test_two_honest_ones_go_on_without_it_and_without_one_that_is_down(opened):
    market = opened(3)
    order = placed(market)
    lie(market, order, often=True)
    liar = market.asked[0]
    told = f"The chain's node at {liar.host} contradicts the others about a contract's events."
    wait_for(lambda: told in status(market)["problems"], "nobody is told who lies")
    assert stage(market, order) == "placed"
    pay(market, order)
    assert status(market)["chain"]["state"] == "following"

    liar.twist, liar.down = honest, True
    told = f"The chain's node at {liar.host} doesn't answer."
    wait_for(lambda: told in status(market)["problems"], "nobody is told who is silent")
    head = status(market)["chain"]["head"]
    wait_for(lambda: status(market)["chain"]["head"] > head + 2, "it stands still without one")
    liar.down = False
    wait_for(lambda: told not in status(market)["problems"], "it isn't asked again")


def test_one_of_two_that_is_down_or_ahead(opened):
    """Down: no new money counts, and what the node is to send goes by the other. Ahead: nothing is believed of it."""
    market = opened(2)
    order = placed(market)
    first = market.asked[0]

    def ahead(method, params, result):
        if method == "eth_getBlockByNumber" and not params[0].startswith("0x"):
            far = int(result["number"], 16) + 1_000
            later = int(result["timestamp"], 16) + 500
            return {**result, "number": hex(far), "timestamp": hex(later), "hash": "0x" + "fe" * 32}
        return result

    first.twist = ahead
    wait_for(
        lambda: any(market.asked[1].host in p for p in status(market)["problems"]),
        "nobody is told that they are apart",
    )
    market.buyer.api.call("POST", f"/orders/{order['id']}/fund")
    wait_for(lambda: stage(market, order) == "accepted", "a payment in the true blocks counts")
    assert status(market)["chain"]["final"] <= int(market.rpc("eth_blockNumber"), 16)

    first.twist, first.down = honest, True
    wait_for(
        lambda: any("2 must say the same" in p for p in status(market)["problems"]),
        "nobody is told that one is missing",
        90,
    )
    market.seller.api.call("POST", f"/orders/{order['id']}/ship", {})
    wait_for(
        lambda: market.buyer.api.call("GET", f"/orders/{order['id']}")["deadlines"].get(
            "release_by"
        ),
        "the mark wasn't sent by the other one",
        90,
    )
    first.down = False
    wait_for(lambda: status(market)["chain"]["state"] == "following", "it doesn't recover", 120)
