"""What commands that move an order on share: naming it, and waiting for the chain."""

import re
import time

import click

from node.cli.client import Client
from node.cli.order_text import on_its_way, several_text
from node.cli.text import show
from node.protocol.errors import Conflict, NotFound, Unavailable

WAIT_LIMIT = 300.0  # seconds that --wait waits at most
WAIT_STEP = 1.0
WAIT = click.option(
    "--wait", is_flag=True, help="Wait until the chain has taken it, at most five minutes."
)
LETTERS = re.compile(r"[a-z2-7]{1,52}")
SENDS = (
    "\n\nThe node sends what the chain needs, and goes on trying until it is done: this command only begins it, "
    "unless --wait is given. Then exit code 1 says that it was refused for good, 5 that it isn't through yet."
)
SEVERAL = "\n\nSeveral IDs are done by one transaction, all or none; what can't be done is left out before, and said."


def together(client: Client, verb: str, ids: tuple[str, ...], as_json: bool, wait: bool) -> None:
    """Have one transaction do it for several orders, and show them."""
    answer = client.call("POST", f"/together/{verb}", {"orders": [named(id) for id in ids]})
    if wait:
        answer["orders"] = [settled(client, o) for o in answer["orders"]]
    show(answer, as_json, several_text)


def settled(client: Client, o: dict) -> dict:
    """The order once nothing of it is on its way any more. Raises Conflict for what was refused for good, else Unavailable."""
    deadline = time.monotonic() + WAIT_LIMIT
    while on_its_way(o):
        if time.monotonic() > deadline:
            raise Unavailable(
                "order.slow", "The chain hasn't taken it yet. The node goes on trying by itself."
            )
        time.sleep(WAIT_STEP)
        o = client.call("GET", f"/orders/{o['id']}")
    for sent in o["transactions"]:
        if sent["status"] in ("failed", "given_up") and sent["advice"]:
            raise Conflict(sent["rule"] or "order.failed", " ".join(sent["advice"]))
    return o


def named(id: str) -> str:
    """An id or its first letters, which the node knows to complete. Raises NotFound for what is neither."""
    if not LETTERS.fullmatch(id):
        raise NotFound("order.unknown", "This node has no such order.")
    return id
