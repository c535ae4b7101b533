"""One whole sale without a browser: through both nodes' public APIs and the chain, as the pages would do it."""

import itertools
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from node.demo.market import Market, TroubleError, wait_until

STEP_LIMIT = 60.0
"""Seconds that any one step may take, confirmations included."""

_request_ids = itertools.count(1)


def make_sale(market: Market, symbol: str, say: Callable[[str], None]) -> dict:
    """Find a listing payable in `symbol`, buy it, ship it, release the payment, review it. Returns the buyer's order.

    Raises TroubleError at the first step that doesn't come about."""
    buyer, seller = market.buyer.api, market.seller.api
    listing = _find(buyer, symbol, preorder=False)
    say(f"Buying “{listing['title']}” for {symbol} …")
    id = _order(market, listing, symbol)
    _by_wallet(market, id, "fund")
    say("Paid into the escrow; waiting for the chain …")
    _until(
        seller, id, lambda o: "accept" in o["actions"], "the seller's node didn't see the payment"
    )
    seller.call("POST", f"/orders/{id}/accept", {})
    _until(
        buyer,
        id,
        lambda o: o["stage"] == "accepted",
        "the buyer's node didn't hear of the acceptance",
    )
    say("Accepted; shipping …")
    seller.call("POST", f"/orders/{id}/ship", {"carrier": "La Poste", "tracking": "6A12345678901"})
    _until(buyer, id, lambda o: o["stage"] == "shipped", "the chain didn't show the delivery mark")
    say("Received; releasing the payment …")
    _by_wallet(market, id, "release")
    _until(buyer, id, lambda o: "review" in o["actions"], "the release didn't show")
    _until(
        seller, id, lambda o: o["stage"] == "released", "the seller's node didn't see the release"
    )
    say("Paid out; writing a review …")
    buyer.call(
        "POST", f"/orders/{id}/review", {"rating": 5, "text": "Exactly as shown, carefully packed."}
    )
    for api, whose in ((buyer, "buyer's"), (seller, "seller's")):
        _until_reviewed(api, listing, f"the review isn't verified on the {whose} node")
    return buyer.call("GET", f"/orders/{id}")


def make_pledge(market: Market, say: Callable[[str], None]) -> dict:
    """Find a pre-order, order it and pledge for it. Returns the buyer's order. Raises TroubleError likewise."""
    buyer, symbol = market.buyer.api, "tUSD"
    listing = _find(buyer, symbol, preorder=True)
    say(f"Pledging for “{listing['title']}” …")
    id = _order(market, listing, symbol)
    _by_wallet(market, id, "pledge")
    for api, whose in ((buyer, "buyer's"), (market.seller.api, "seller's")):
        _until(api, id, lambda o: o["pledge"]["amount"], f"the {whose} node didn't see the pledge")
    return buyer.call("GET", f"/orders/{id}")


def _order(market: Market, listing: dict, symbol: str) -> str:
    """Place it, to be paid by the practice wallet; its id."""
    asset = next(money["unit"] for money in listing["pay_with"] if money["symbol"] == symbol)
    order = market.buyer.api.call(
        "POST",
        "/orders",
        {
            "listing": listing["id"],
            "lines": [_line(listing)],
            "delivery": _delivery(listing),
            "asset": asset,
            "account": market.buyer_account,
        },
    )
    return order["id"]


def _find(api, symbol: str, preorder: bool) -> dict:
    answer = api.call("GET", "/search", limit=100)
    for hit in answer["listings"]:
        payable = any(money["symbol"] == symbol for money in hit["pay_with"])
        if hit["buyable"] and payable and hit["preorder"] == preorder:
            return hit
    raise TroubleError(f"nothing to buy with {symbol}")


def _goods(listing: dict) -> dict:
    return next(block["data"] for block in listing["blocks"] if block["extension"] == "goods")


def _line(listing: dict) -> dict:
    variants = _goods(listing).get("variants", [])
    return {"quantity": 1, **({"variant": variants[0]["id"]} if variants else {})}


def _delivery(listing: dict) -> dict:
    option = next(o for o in _goods(listing)["shipping"] if set(o["zones"]) & {"*", "FR"})
    return {
        "option": option["id"],
        "name": "Camille Martin",
        "address": ["12 rue des Lilas", "67000 Strasbourg"],
        "country": "FR",
    }


def _by_wallet(market: Market, id: str, verb: str) -> None:
    """What the page does with a wallet: ask the node what to send, let the wallet sign and send, report it."""
    api, account = market.buyer.api, market.buyer_account
    body: dict[str, Any] = {"account": account}
    for _ in range(4):
        answer = api.call("POST", f"/orders/{id}/wallet/{verb}", body)
        if answer["obstacle"]:
            raise TroubleError(answer["message"])
        for step in answer["steps"]:
            if step["kind"] == "typed":
                typed = json.dumps(step["request"])
                signature = rpc(market, "eth_signTypedData_v4", [account, typed])
                body = {"account": account, "signature": signature}
                break
            transaction = {**step["request"], "from": account}
            hash = rpc(market, "eth_sendTransaction", [transaction])
            api.call("POST", f"/orders/{id}/transactions", {"verb": step["verb"], "hash": hash})
        else:
            return
    raise TroubleError(f"{verb} asks for one signature after the other")


def rpc(market: Market, method: str, params: list) -> Any:
    """Ask the market's chain. Raises TroubleError where it refuses."""
    body = {"jsonrpc": "2.0", "id": next(_request_ids), "method": method, "params": params}
    request = urllib.request.Request(
        market.chain.url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        answer = json.load(response)
    if "error" in answer:
        raise TroubleError(f"{method}: {answer['error'].get('message')}")
    return answer["result"]


def _until(api, id: str, holds: Callable[[dict], bool], otherwise: str) -> None:
    deadline = time.monotonic() + STEP_LIMIT
    while True:
        order = api.call("GET", f"/orders/{id}")
        if holds(order):
            return
        if time.monotonic() > deadline:
            raise TroubleError(f"{otherwise} (it is {order['stage']}, {order['assurance']})")
        time.sleep(0.25)


def _until_reviewed(api, listing: dict, otherwise: str) -> None:
    path = f"/listings/{listing['author']['id']}/{listing['slug']}"

    def reviewed() -> bool:
        reviews = api.call("GET", path)["reviews"]
        return any(review["verdict"] == "verified" for review in reviews)

    wait_until(reviewed, otherwise, STEP_LIMIT)
