"""A node in a process of its own, for tests: prints its address, then does as told.

    python node_process.py [bootstrap address]

It answers /echo/1 with the request and /tell/1 with how many gossiped batches it has had, publishes what /publish/1 brings,
and counts batches on the topic "goods". It ends when its standard input closes.
"""

import os
import sys

import trio

from node.network import LibP2PNetwork, Limits


async def main() -> None:
    network = LibP2PNetwork(
        os.urandom(32), ["/ip4/127.0.0.1/tcp/0"], sys.argv[1:], limits=Limits(redial_first=0.1)
    )
    batches: list[bytes] = []

    async def echo(peer: str, request: bytes) -> bytes:
        return request

    async def tell(peer: str, request: bytes) -> bytes:
        return str(len(batches)).encode()

    async def publish(peer: str, request: bytes) -> bytes:
        await network.publish("goods", request)
        return b"done"

    async def receive(peer: str, batch: bytes) -> bool:
        batches.append(batch)
        return not batch.startswith(b"bad")

    network.handle("/echo/1", echo, request_limit=2**22)
    network.handle("/tell/1", tell, request_limit=10)
    network.handle("/publish/1", publish, request_limit=2**18)
    network.on_gossip("goods", receive)
    async with network.running():
        print(network.addresses()[0], flush=True)
        await trio.to_thread.run_sync(sys.stdin.buffer.read, abandon_on_cancel=True)


if __name__ == "__main__":
    trio.run(main)
