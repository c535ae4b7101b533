"""Sales in which one node is killed (SIGKILL) at a named or a random point, and comes back.

    python tests/end_to_end/kill.py --runs 200 --seed 1

Every sale is of an edition of its own, with a picture of its own. After each, the order is complete on both nodes, the escrow
was funded once and paid out once, the review stands on both, every receipted message is there, and every public record that a
node held is still held or has been replaced by a later one. At the end both nodes keep every edition that was reviewed.
"""

import argparse
import contextlib
import io
import os
import random
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2]))

from node.cli.client import NotRunning
from node.contracts import abi
from node.demo.market import NodeProcess, TroubleError
from node.peer.evidence import AGAIN_AFTER
from node.peer.spread import SYNC_EVERY
from node.protocol import record
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, NotFound, Unavailable
from node.protocol.keeping import place_of
from node.protocol.registry import standard
from tests.end_to_end.bench import NETWORK, Bench, bench, raw_evidence, raw_records, wait_for
from tests.end_to_end.crashing_node import PASSAGES, POINTS, SOMETIMES
from tests.samples import DELIVERY, MUG

SALE_LIMIT = 90
CAUGHT_UP = 2 * SYNC_EVERY
"""Seconds until nodes that have found each other again hold the same: gossip is lost with the node that is killed, and it takes up
to 45 until a bootstrap peer that was away several times in a row is dialled again."""

RANDOM_SPAN = 6.0
"""Seconds after the start of a sale within which a random kill falls."""

TURNS = (*POINTS, "random", "random")
ENOUGH_RUNS = 8 * len(TURNS)
"""From so many sales on, each point must have been deadly: a kill falls on a side and a passage that may not come."""

CRASHING = (sys.executable, str(Path(__file__).with_name("crashing_node.py")))
FUNDED, DELIVERED, PAID = ("0x" + topic.hex() for topic in (abi.FUNDED, abi.DELIVERED, abi.PAID))


class Reviver:
    """Starts a node again as soon as its process has ended."""

    def __init__(self, market: Bench) -> None:
        self._market = market
        self.deaths: list[str] = []
        self.lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Reviver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            for name in ("seller", "buyer"):
                with self.lock:
                    if getattr(self._market, name).process.poll() is not None:
                        self.deaths.append(name)
                        self._market.start_again(name)


def with_crash(market: Bench, name: str, point: str, passage: int) -> None:
    """Start the node `name` anew so that it dies at a point."""
    market.stop(name)
    market.command = CRASHING
    os.environ["ETAL_CRASH"] = f"{point}:{passage}"
    try:
        with contextlib.suppress(TroubleError):  # it may die while starting
            market.start_again(name)
    finally:
        del market.command
        del os.environ["ETAL_CRASH"]


def one_sale(market: Bench, listing: str) -> str:
    """Buy, accept, ship, release, review, whatever ends in between. Returns the order's id."""
    seller, buyer = (lambda: market.seller.api), (lambda: market.buyer.api)
    id = place(market, listing)
    step(buyer, id, "fund", {}, lambda o: o["stage"] not in ("placed", "funding"))
    step(seller, id, "accept", {}, lambda o: o["stage"] in ("accepted", "shipped"))
    step(seller, id, "ship", {"carrier": "Post"}, lambda o: o["stage"] == "shipped")
    wait_for(lambda: order(buyer, id)["stage"] == "shipped", "not shipped", SALE_LIMIT)
    step(buyer, id, "release", {}, lambda o: o["stage"] == "released")
    step(buyer, id, "review", {"rating": 5, "text": id}, lambda o: o["review"] is not None)
    wait_for(lambda: order(seller, id)["stage"] == "released", "the seller isn't told", SALE_LIMIT)
    return id


def show_anew(market: Bench, number: int) -> str:
    """Give the mug the picture of this number, whatever ends meanwhile. Returns the edition, once the buyer has seen both."""

    def publish() -> dict:
        shown = market.seller.api.call("POST", "/pictures", picture(number))
        return market.seller.api.call("PUT", "/listings/mug", {**MUG, "pictures": [shown]})

    edition = wait_for(publish, "the mug can't be changed", SALE_LIMIT)
    path = f"/listings/{edition['author']['id']}/mug"
    wait_for(
        lambda: market.buyer.api.call("GET", path)["id"] == edition["id"],
        "the new edition doesn't arrive",
        CAUGHT_UP,
    )
    shown = edition["pictures"][0]["id"]
    wait_for(lambda: fetched(market.buyer, shown), "the picture doesn't arrive", CAUGHT_UP)
    return edition["id"]


def picture(number: int) -> bytes:
    """A file that differs from those of other numbers, also after it was converted."""
    out = io.BytesIO()
    Image.new("RGB", (16 + number, 16), "teal").save(out, "PNG")
    return out.getvalue()


def fetched(node: NodeProcess, picture: str) -> bool:
    """Whether a node gives this picture, its own or fetched from the other."""
    base, _, token = node.url.partition("/unlock#token=")
    asked = urllib.request.Request(
        f"http://127.0.0.1:{base.rpartition(':')[2]}/pictures/{picture}",
        headers={"Authorization": f"Bearer {token}"},
    )
    with contextlib.suppress(OSError), urllib.request.urlopen(asked, timeout=30) as answer:
        return answer.headers["content-type"] == "image/webp"
    return False


def place(market: Bench, listing: str) -> str:
    """Order once, even if the node dies before it answers."""
    before = wait_for(lambda: {"ids": order_ids(market)}, "no list of orders", SALE_LIMIT)["ids"]
    body = {"listing": listing, "lines": [{"quantity": 1}], "delivery": DELIVERY}

    def attempt() -> str | None:
        new = order_ids(market) - before
        return new.pop() if new else market.buyer.api.call("POST", "/orders", body)["id"]

    return wait_for(attempt, "the order can't be placed", SALE_LIMIT)


def order_ids(market: Bench) -> set[str]:
    ids, after = set(), None
    while True:
        answer = market.buyer.api.call("GET", "/orders", side="buyer", after=after, limit=100)
        ids |= {o["id"] for o in answer["orders"]}
        if (after := answer["next"]) is None:
            return ids


def order(api, id: str) -> dict:
    try:
        return api().call("GET", f"/orders/{id}")
    except NotFound:
        raise Unavailable("order.unknown", "It hasn't arrived yet.") from None


def step(api, id: str, verb: str, body: dict, done) -> None:
    """Do `verb` as soon as it can be done, until it shows."""

    def attempt() -> bool:
        seen = order(api, id)
        if done(seen):
            return True
        if verb in seen["actions"]:
            with contextlib.suppress(Conflict):
                api().call("POST", f"/orders/{id}/{verb}", body)
        return False

    wait_for(attempt, f"{verb} doesn't come about", SALE_LIMIT)


def check(market: Bench, id: str, held: dict[str, dict[bytes, bytes]], listing: dict) -> None:
    """Raise AssertionError unless everything is as if nothing had been killed."""
    ours = market.buyer.api.call("GET", f"/orders/{id}")
    theirs = market.seller.api.call("GET", f"/orders/{id}")
    logs = market.rpc(
        "eth_getLogs",
        {
            "fromBlock": "0x0",
            "toBlock": "latest",
            "address": ours["contract"],
            "topics": [None, ours["escrow_id"]],
        },
    )
    kinds = Counter(log["topics"][0] for log in logs)
    # a buyer may release before the delivery mark is in a block: then there is none
    once = {topic: 1 for topic in (FUNDED, PAID)}
    assert kinds in (once, {**once, DELIVERED: 1}), f"funded and paid once each: {kinds}"
    for one, other in ((ours, theirs), (theirs, ours)):
        there = {message["id"] for message in other["messages"]}
        sent = {m["id"] for m in one["messages"] if m["mine"] and m["delivered"]}
        assert sent <= there, "a receipted message is missing"
    path = f"/listings/{listing['author']['id']}/{listing['slug']}"
    for node in (market.buyer, market.seller):
        wait_for(
            lambda node=node: any(
                r["text"] == id and r["verdict"] == "verified"
                for r in node.api.call("GET", path)["reviews"]
            ),
            "the review is missing",
            CAUGHT_UP,
        )
    for name, before in held.items():
        _check_held(before, raw_records(getattr(market, name)))


def check_evidence(node: NodeProcess, sold: list[str]) -> None:
    """Raise AssertionError unless the node keeps all editions that were sold and reviewed; it does so on its own time."""
    cited = {id_from_text(edition) for edition in sold}
    wait_for(
        lambda: cited <= raw_evidence(node).keys(),
        "an edition that a review cites isn't kept",
        3 * AGAIN_AFTER,
    )


def _check_held(before: dict[bytes, bytes], after: dict[bytes, bytes]) -> None:
    registry = standard()

    def places(raws) -> dict[bytes, int]:
        found = {}
        for raw in raws:
            one = record.parse(raw, NETWORK)
            found[place_of(one, registry.kind(one.kind, one.version))] = one.created
        return found

    now = places(after.values())
    for place_, created in places(before.values()).items():
        assert now.get(place_, -1) >= created, "a record that was held is lost"


def run(runs: int, seed: int, say=print) -> Counter:
    """Make `runs` sales, each with one kill; returns how often each point was deadly."""
    chance = random.Random(seed)
    deadly: Counter = Counter()
    with bench() as market:
        listing = market.seller.api.call("POST", "/listings", {"slug": "mug", **MUG})
        wait_for(
            lambda: market.buyer.api.call("GET", "/search")["total"] == 1, "the mug doesn't arrive"
        )
        edition, sold = show_anew(market, 0), []
        with Reviver(market) as reviver:
            for number in range(runs):
                name = chance.choice(("seller", "buyer"))
                point = TURNS[number % len(TURNS)]
                passage = chance.randint(1, PASSAGES.get(point, 1))
                held = {side: raw_records(getattr(market, side)) for side in ("seller", "buyer")}
                deaths = len(reviver.deaths)
                began = time.monotonic()
                timer = None
                if point == "random":
                    timer = threading.Timer(chance.uniform(0, RANDOM_SPAN), _kill, (market, name))
                    timer.start()
                else:
                    with reviver.lock:
                        with_crash(market, name, point, passage)
                try:
                    id = one_sale(market, edition)
                    sold.append(edition)
                    edition = show_anew(market, number + 1)
                except AssertionError:
                    say(f"{name} {point}:{passage}\n{market.report()}")
                    raise
                if timer:
                    timer.join()
                wait_for(lambda: market.seller.api.call("GET", "/status"), "no seller")
                wait_for(lambda: market.buyer.api.call("GET", "/status"), "no buyer")
                check(market, id, held, listing)
                if point == "keep_evidence":
                    check_evidence(getattr(market, name), sold)
                died = len(reviver.deaths) > deaths
                deadly[point] += died
                say(
                    f"{number + 1:4}/{runs}  {name:6} {point}:{passage}  "
                    f"{'killed' if died else 'not reached'}  {time.monotonic() - began:.1f} s"
                )
        for node in (market.buyer, market.seller):
            check_evidence(node, sold)
    return deadly


def _kill(market: Bench, name: str) -> None:
    with contextlib.suppress(ProcessLookupError, NotRunning, Unavailable):
        market.kill(name)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    total = run(given.runs, given.seed)
    print(f"{given.runs} sales, {sum(total.values())} kills: {dict(total)}; nothing lost")
    harmless = set(POINTS) - SOMETIMES - set(+total)
    if given.runs >= ENOUGH_RUNS and harmless:
        sys.exit(f"never killed at {', '.join(sorted(harmless))}")
