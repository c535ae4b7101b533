"""The suite of the network port, against libp2p and against the fake."""

from contextlib import asynccontextmanager

import pytest
import trio

from node.network import LibP2PNetwork, Limits
from tests.fakes.network import Hub, MemoryNetwork

from .network_suite import TOPIC, Log, NetworkSuite


class World:
    def __init__(self):
        self.logs: dict[str, Log] = {}
        self.count = 0

    def log(self, network) -> Log:
        return self.logs[network.peer_id]

    @asynccontextmanager
    async def make(self, *bootstrap):
        self.count += 1
        network = self.build(self.count, [address for n in bootstrap for address in n.addresses()])
        self.logs[network.peer_id] = Log()
        self.log(network).setup(network)
        async with network.running():
            yield network

    async def eventually(self, condition) -> None:
        with trio.fail_after(30):
            while not condition():
                await trio.sleep(0.02)


class RealWorld(World):
    def build(self, number: int, bootstrap: list[str]) -> LibP2PNetwork:
        return LibP2PNetwork(
            number.to_bytes(32, "big"),
            ["/ip4/127.0.0.1/tcp/0"],
            bootstrap,
            limits=Limits(strikes=9),
        )

    async def together(self, *networks: LibP2PNetwork) -> None:
        """Wait until gossip flows both ways."""

        def meshed() -> bool:
            return all(
                two.peer_id in self.mesh(one)
                for one in networks
                for two in networks
                if one is not two
            )

        await self.eventually(meshed)

    def mesh(self, network: LibP2PNetwork) -> set[str]:
        return {str(peer) for peer in network._router.mesh.get(TOPIC, ())}


class MemoryWorld(World):
    def __init__(self):
        super().__init__()
        self.hub = Hub()

    def build(self, number: int, bootstrap: list[str]) -> MemoryNetwork:
        return MemoryNetwork(self.hub, f"node {number}", bootstrap)

    async def together(self, *networks: MemoryNetwork) -> None:
        await trio.lowlevel.checkpoint()


class TestLibP2P(NetworkSuite):
    @pytest.fixture
    def world(self) -> World:
        return RealWorld()


class TestMemory(NetworkSuite):
    @pytest.fixture
    def world(self) -> World:
        return MemoryWorld()
