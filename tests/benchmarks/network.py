"""How fast the network is, beside a bare TCP echo on the same machine in the same minute. Ratios carry over, times don't.

python tests/benchmarks/network.py [rounds]
"""

import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import trio

from node.network import LibP2PNetwork, Limits

PEER = Path(__file__).parent.parent / "network" / "node_process.py"
SMALL = 1024
BIG = 4 * 1024 * 1024
BATCH = b"r" * 1024 * 20  # twenty records of 1 KiB


async def serve_echo() -> None:
    """The bare thing: the echo of whatever comes, on a port that it prints."""

    async def echo(stream) -> None:
        async for data in stream:
            await stream.send_all(data)

    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print(listener.socket.getsockname()[1], flush=True)
    await trio.serve_listeners(echo, [listener])


@contextmanager
def process(*arguments):
    with subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            yield child.stdout.readline().strip()
        finally:
            child.kill()


async def round_trip(stream, payload: bytes) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, payload)
        missing = len(payload)
        while missing:
            missing -= len(await stream.receive_some(65536))


async def median(action, times: int) -> float:
    """Seconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        await action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


async def gossip(network: LibP2PNetwork, peer: str, batches: int) -> tuple[float, int]:
    """Seconds to publish until the other has all (or goes quiet), and how many it has."""
    with trio.fail_after(10):
        while not network._router.mesh.get("goods"):
            await trio.sleep(0.05)
    start = end = time.perf_counter()
    for number in range(batches):
        await network.publish("goods", number.to_bytes(4, "big") + BATCH[4:])
    got = -1
    while got < batches and time.perf_counter() - end < 3:
        count = int(await network.request(peer, "/tell/1", b"", limit=10))
        if count != got:
            got, end = count, time.perf_counter()
        await trio.sleep(0.01)
    return end - start, got


async def main(rounds: int) -> None:
    with process(PEER) as address, process(__file__, "echo") as port:
        network = LibP2PNetwork(bytes(32), ["/ip4/127.0.0.1/tcp/0"], [address], limits=Limits())
        network.on_gossip("goods", lambda peer, batch: trio.lowlevel.checkpoint())
        peer = address.rsplit("/", 1)[1]
        stream = await trio.open_tcp_stream("127.0.0.1", int(port))
        async with network.running(), stream:
            await network.connect(address)

            async def ask(size: int) -> None:
                await network.request(peer, "/echo/1", bytes(size), limit=size)

            await ask(SMALL)
            ours = await median(lambda: ask(SMALL), rounds)
            bare = await median(lambda: round_trip(stream, bytes(SMALL)), rounds)
            print(
                f"request of 1 KiB: {ours * 1e3:.2f} ms, TCP {bare * 1e3:.2f} ms: {ours / bare:.0f}×"
            )
            ours = await median(lambda: ask(BIG), max(3, rounds // 50))
            bare = await median(lambda: round_trip(stream, bytes(BIG)), max(3, rounds // 50))
            speed = BIG / ours / 1e6
            print(
                f"4 MiB there and back: {speed:.0f} MB/s each way, TCP {BIG / bare / 1e6:.0f}: {ours / bare:.1f}×"
            )
            batches = rounds * 2
            seconds, got = await gossip(network, peer, batches)
            print(
                f"gossip: {got * 20 / seconds:,.0f} records/s in batches of 20, {batches - got} batches lost"
            )


if __name__ == "__main__":
    if sys.argv[1:] == ["echo"]:
        trio.run(serve_echo)
    else:
        trio.run(main, int(sys.argv[1]) if sys.argv[1:] else 500)
