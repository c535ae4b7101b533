"""A market of real processes for tests: the demo's, with a fast chain and nodes that can be killed and started again."""

import contextlib
import itertools
import os
import re
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from node import config
from node.cli.client import NotRunning
from node.demo import sale
from node.demo.market import NETWORK, Market, NodeProcess
from node.network import LibP2PNetwork
from node.protocol import sync
from node.protocol.errors import Unavailable

BLOCK_TIME = 0.5
first_ports = itertools.count(int(os.environ.get("ETAL_TEST_PORT", "20000")), 40)


class Bench(Market):
    """A market whose nodes can be killed and come back with the same data."""

    def kill(self, name: str) -> None:
        """SIGKILL, as a power cut for this one process."""
        process = getattr(self, name).process
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        """SIGTERM, and wait."""
        process = getattr(self, name).process
        process.terminate()
        process.wait(20)

    def start_again(self, name: str) -> NodeProcess:
        """The same node anew, once the old process has ended."""
        old = getattr(self, name)
        old.process.wait()
        old.stop()  # nothing is left but its pipes
        node = self.spawn(name, old.data_dir, old.password)
        setattr(self, name, node)
        return node

    def rpc(self, method: str, *params):
        """Ask the chain."""
        return sale.rpc(self, method, list(params))

    def report(self) -> str:
        """What one needs to see when a test has failed: each side's orders and the end of its log."""
        lines = []
        for node in (self.seller, self.buyer):
            with contextlib.suppress(Exception):
                for o in node.api.call("GET", "/orders")["orders"][:3]:
                    shown = ("id", "side", "stage", "assurance", "actions", "transactions")
                    lines.append(f"{node.name} { ({name: o[name] for name in shown}) }")
                    lines += [f"    {m['step']} delivered={m['delivered']}" for m in o["messages"]]
            lines += (node.data_dir / "node.log").read_text("utf-8").splitlines()[-15:]
        return "\n".join(lines)


@contextlib.contextmanager
def bench(*, goods: bool = False, kind: type[Bench] = Bench) -> Iterator[Bench]:
    """Chain, seller and buyer, for as long as the block runs."""
    with (
        tempfile.TemporaryDirectory(prefix="etal-test-") as folder,
        kind(
            Path(folder), next(first_ports), lambda text: None, block_time=BLOCK_TIME, goods=goods
        ) as market,
    ):
        yield market


def wait_for(look: Callable, otherwise: str, seconds: float = 60):
    """Poll until `look()` gives something true, through restarts of the node; bounded."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(NotRunning, Unavailable):
            if found := look():
                return found
        if time.monotonic() > deadline:
            raise AssertionError(otherwise)
        time.sleep(0.1)


def raw_records(node: NodeProcess) -> dict[bytes, bytes]:
    """id -> raw bytes of every kept public record in a node's database, read beside the running node."""
    return _raws(node, "records")


def raw_evidence(node: NodeProcess) -> dict[bytes, bytes]:
    """id -> raw bytes of every edition that a node keeps for its reviews."""
    return _raws(node, "evidence")


def _raws(node: NodeProcess, table: str) -> dict[bytes, bytes]:
    database = sqlite3.connect(f"file:{node.data_dir / 'etal.sqlite'}?mode=ro", uri=True)
    try:
        return dict(database.execute(f"SELECT id, raw FROM {table}"))
    finally:
        database.close()


def address_of(node: NodeProcess) -> str:
    """Where others reach the node: a multiaddr with its peer."""
    settings = (node.data_dir / config.CONFIG_FILE).read_text("utf-8")
    listen = re.search(r'^listen = \["(.*)"\]$', settings, re.MULTILINE)[1]
    return f"{listen}/p2p/{node.api.call('GET', '/status')['peer']}"


async def given_to_a_newcomer(address: str) -> list[bytes]:
    """Everything that the node there gives to somebody who has nothing."""
    network = LibP2PNetwork(os.urandom(32), [], network=NETWORK)
    found: list[bytes] = []
    async with network.running():
        peer = await network.connect(address)
        run = sync.Client(lambda id: False, NETWORK)
        while request := run.request():
            answer = await network.request(
                peer, sync.protocol(NETWORK), request, limit=sync.MAX_RESPONSE
            )
            found += run.receive(answer)
    return found
