"""Two real nodes: requests, gossip, comings and goings, start and end."""

import pytest
import trio

from node.network import MAX_GOSSIP, LibP2PNetwork
from node.protocol.errors import InputError, StateError, Unavailable

from .conftest import QUICK, eventually


async def test_two_processes_exchange_requests_and_gossip(nodes, node_process):
    first, address = node_process()
    second, _ = node_process(address)
    async with nodes.running(address) as network:
        peer = address.rsplit("/", 1)[1]
        payload = bytes(range(256)) * 4096
        assert await network.request(peer, "/echo/1", payload, limit=2**20) == payload
        await eventually(lambda: network._router.mesh.get("goods/etal-test"))
        await network.publish("goods", b"a chair")

        async def told():
            return await network.request(peer, "/tell/1", b"", limit=10) == b"1"

        await eventually(told)
        await network.request(peer, "/publish/1", b"a table", limit=10)
        await eventually(lambda: network.batches == [b"a table"])
    first.stdin.close()
    second.stdin.close()
    assert first.wait(10) == 0
    assert second.wait(10) == 0
