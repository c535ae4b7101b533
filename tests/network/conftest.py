import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from node.network import LibP2PNetwork, Limits

QUICK = Limits(
    handshake=2.0,
    ping_every=0.5,
    ping_timeout=1.0,
    redial_first=0.1,
    redial_longest=1.0,
    redial_bootstrap=1.0,
)


async def eventually(condition: Callable, seconds: float = 30.0):
    """Poll until `condition()` (plain or async) is true, and return what it gave; fail after `seconds`."""
    with trio.fail_after(seconds):
        while True:
            result = condition()
            if isinstance(result, Awaitable):
                result = await result
            if result:
                return result
            await trio.sleep(0.02)


class Nodes:
    """Makes nodes on loopback; each echoes on /echo/1 and collects the batches of the topic "goods"."""

    def __init__(self):
        self.count = 0

    @asynccontextmanager
    async def running(self, *bootstrap: str, limits: Limits = QUICK, **options):
        self.count += 1
        network = LibP2PNetwork(
            self.count.to_bytes(32, "big"),
            ["/ip4/127.0.0.1/tcp/0"],
            bootstrap,
            limits=limits,
            **options,
        )
        network.batches = []

        async def echo(peer: str, request: bytes) -> bytes:
            return request

        async def receive(peer: str, batch: bytes) -> bool:
            network.batches.append(batch)
            return not batch.startswith(b"bad")

        network.handle("/echo/1", echo, request_limit=2**20)
        network.on_gossip("goods", receive)
        async with network.running():
            yield network


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


@pytest.fixture
def node_process():
    """Start nodes in processes of their own; returns (process, address)."""
    started: list[subprocess.Popen] = []

    def start(*bootstrap: str) -> tuple[subprocess.Popen, str]:
        script = Path(__file__).with_name("node_process.py")
        process = subprocess.Popen(
            [sys.executable, script, *bootstrap],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
