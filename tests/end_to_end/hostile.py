"""Rounds of hostile inputs against the running node of a stall: it goes on serving, and a second round like the first costs it
less than 5% of memory and no file handle.

    python tests/end_to_end/hostile.py --count 10000 --seed 1

Two thirds of the inputs go to the libp2p port: garbage on TCP, frames cut short, oversize messages, broken Yamux and GossipSub, real
records mutated or forged and gossiped in batches, broken and greedy requests for records, pictures and mail, letters that don't open,
orders against the rules. One third goes to the page: malformed HTTP, from strangers and with the owner's own cookie. A tenth of a
round goes first, and isn't counted: it fills the caches, which are bounded.

After each round the seller's page and API answer, a change to a listing reaches the buyer's node, and a newcomer gets every record.
Exit code 1 where any of it fails.
"""

import argparse
import json
import sys
import time
import urllib.request
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import psutil
import trio
from libp2p.custom_types import TProtocol
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.validators import PUBSUB_SIGNING_PREFIX
from libp2p.utils.varint import encode_uvarint, encode_varint_prefixed

from node.network import hardening
from node.protocol import blobs, gossip, mail, record, sync
from tests.end_to_end.bench import (
    NETWORK,
    Bench,
    address_of,
    bench,
    given_to_a_newcomer,
    raw_records,
    wait_for,
)
from tests.end_to_end.mutants import Mutants
from tests.network.hostility import Round
from tests.samples import MUG
from tests.web.hostile_http import attacks, carry_out

WORKERS = 3
"""Strangers who attack the libp2p port at once."""

GROWTH = 0.05
SETTLE_LIMIT = 40.0
CALM = 4
"""Looks, a second apart, that must find the same number of open files."""


@dataclass(frozen=True)
class Cost:
    """Resident bytes and open files of a node, its own children included."""

    memory: int
    files: int


@dataclass(frozen=True)
class Target:
    """Where the seller's node is attacked, and what is mutated."""

    address: str
    port: int
    host: str
    cookie: str
    raws: list[bytes]
    profile: record.Record
    began: int


class MarketRound(Round):
    """What `Round` does, with the protocols of the market, and inputs that get further."""

    topic = gossip.topic(NETWORK)
    protocols = (
        sync.protocol(NETWORK),
        mail.protocol(NETWORK),
        blobs.protocol(NETWORK),
        PROTOCOL_ID_V11,
        "/ipfs/ping/1.0.0",
        "/ipfs/id/1.0.0",
        "/nothing/1",
    )

    def __init__(self, target: Target, seed: int) -> None:
        super().__init__(target.address, seed)
        self._mutants = Mutants(self.random, target.raws, target.profile, NETWORK, target.began)
        self.attacks += [self.records] * 5 + [self.ask] * 3 + [self.letter] * 3 + [self.cut]

    async def records(self, host, connection) -> None:
        """A batch, properly signed by its sender: what is in it must be judged."""
        message = rpc_pb2.Message(
            data=self._mutants.batch(),
            topicIDs=[self.topic],
            from_id=host.get_id().to_bytes(),
            seqno=self.random.randbytes(8),
        )
        prefix = PUBSUB_SIGNING_PREFIX.encode()
        message.signature = host.get_private_key().sign(prefix + message.SerializeToString())
        message.key = host.get_public_key().serialize()
        stream = await host.new_stream(self.peer, [PROTOCOL_ID_V11])
        rpc = rpc_pb2.RPC(publish=[message])
        await stream.write(encode_varint_prefixed(rpc.SerializeToString()))

    async def ask(self, host, connection) -> None:
        """A request; the answer is not taken."""
        protocol, request = self._mutants.request()
        stream = await host.new_stream(self.peer, [TProtocol(protocol)])
        await stream.write(encode_varint_prefixed(request))
        if self.random.random() < 0.5:
            await stream.reset()

    async def letter(self, host, connection) -> None:
        letter = self._mutants.letter()
        stream = await host.new_stream(self.peer, [TProtocol(mail.protocol(NETWORK))])
        await stream.write(encode_varint_prefixed(letter))
        with suppress(Exception):  # refused
            await stream.read(1)

    async def cut(self, host, connection) -> None:
        """Less than was announced, or more than is allowed."""
        protocol, request = self._mutants.request()
        announced = self.random.choice([len(request) + 9, 2**20, 2**31, 2**63])
        stream = await host.new_stream(self.peer, [TProtocol(protocol)])
        await stream.write(encode_uvarint(announced) + request)
        await self.random.choice([stream.close, stream.reset])()


def target_of(market: Bench) -> Target:
    node = market.seller
    running = json.loads((node.data_dir / "running.json").read_text("utf-8"))
    raws = sorted(raw_records(node).values())
    parsed = (record.parse(raw, NETWORK) for raw in raws)
    return Target(
        address=address_of(node),
        port=running["port"],
        host=running["url"].removeprefix("http://"),
        cookie=_cookie(running),
        raws=raws,
        profile=next(one for one in parsed if one.kind == "profile"),
        began=int(time.time()),
    )


def _cookie(running: dict) -> str:
    host = running["url"].removeprefix("http://")
    request = urllib.request.Request(
        f"http://127.0.0.1:{running['port']}/session",
        json.dumps({"token": running["token"]}).encode(),
        {"Host": host, "Origin": running["url"], "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers["Set-Cookie"].partition(";")[0]


async def attack(target: Target, count: int, seed: int) -> Counter:
    """One round; how many inputs of each sort were sent."""
    malformed = count // 3
    strangers = [MarketRound(target, seed * WORKERS + number) for number in range(WORKERS)]
    sent: Counter = Counter()

    async def http() -> None:
        for each in attacks(seed, malformed, target.host, target.cookie):
            await carry_out(target.port, each)
            sent["http"] += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(http)
        for number, stranger in enumerate(strangers):
            share = (count - malformed + number) // WORKERS
            nursery.start_soon(stranger.run, share)
    return sum((stranger.sent for stranger in strangers), sent)


def check(market: Bench, target: Target, round: int) -> None:
    """Raise AssertionError unless the node serves as before."""
    seller, buyer = market.seller.api, market.buyer.api
    assert market.seller.process.poll() is None, "the node has ended"
    assert seller.call("GET", "/status")["peer"] in target.address
    listing = {**MUG, "title": f"Mug after round {round}"}
    before = seller.call("GET", "/search")["total"]
    changed = seller.call("PUT", "/listings/mug", listing)
    wait_for(
        lambda: any(
            hit["id"] == changed["id"]
            for hit in buyer.call("GET", "/search", q="mug after round")["listings"]
        ),
        "a change doesn't reach the buyer",
    )
    assert seller.call("GET", "/search")["total"] == before
    held = set(raw_records(market.seller).values())
    given = set(trio.run(given_to_a_newcomer, target.address))
    assert held <= given, f"a newcomer gets {len(held & given)} of {len(held)} records"
    faults = [
        line
        for line in (market.seller.data_dir / "node.log").read_text("utf-8").splitlines()
        if " ERROR " in line or line.startswith("Traceback")
    ]
    assert not faults, f"{len(faults)} faults in the log, such as {faults[0]}"


def settled(market: Bench, hoped: int | None = None) -> Cost:
    """What the node costs once it has let go of its last guests: after a calm while, and with no more than the `hoped` files if
    waiting brings that about, since a connection to the chain comes and goes."""
    process = psutil.Process(market.seller.process.pid)
    seen: list[int] = []
    deadline = time.monotonic() + SETTLE_LIMIT
    while len(seen) < CALM or (_restless(seen, hoped) and time.monotonic() < deadline):
        time.sleep(1)
        seen.append(sum(each.num_fds() for each in _family(process)))
    memory = sum(each.memory_info().rss for each in _family(process))
    return Cost(memory, min(seen[-CALM:]))


def _restless(seen: list[int], hoped: int | None) -> bool:
    last = set(seen[-CALM:])
    return len(last) > 1 or (hoped is not None and min(last) > hoped)


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def siege(count: int, seed: int, say=print) -> tuple[Cost, Cost]:
    """A warming-up, then two like rounds; what the node costs after each of the two."""
    hardening.apply()
    with bench(goods=True) as market:
        market.seller.api.call("POST", "/listings", {"slug": "mug", **MUG})
        target = target_of(market)
        costs = []
        for round, inputs in enumerate((max(count // 10, 30), count, count)):
            began = time.monotonic()
            sent = trio.run(attack, target, inputs, seed if round else seed + 1)
            assert sent.total() >= inputs, "the node takes nothing any more"
            check(market, target, round)
            cost = settled(market, costs[-1].files if costs else None)
            costs.append(cost)
            say(
                f"{'warming up' if not round else f'round {round}'}: {sent.total()} inputs"
                f" {dict(sorted(sent.items()))}, {time.monotonic() - began:.0f} s;"
                f" {cost.memory / 1e6:.1f} MB, {cost.files} files"
            )
    return costs[1], costs[2]


def verdict(first: Cost, second: Cost) -> str:
    """What is wrong with the second cost, or ""."""
    growth = second.memory / first.memory - 1
    if growth >= GROWTH:
        return f"memory grew by {growth:.1%}"
    if second.files > first.files:
        return f"{second.files - first.files} files more stay open"
    return ""


def main(count: int, seed: int) -> int:
    first, second = siege(count, seed)
    wrong = verdict(first, second)
    print(
        wrong
        or f"memory {second.memory / first.memory - 1:+.1%}, files {second.files - first.files:+}"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.count, given.seed))
