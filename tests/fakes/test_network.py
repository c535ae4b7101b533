"""What the in-memory network offers tests beyond the port, whose suite is in tests/ports."""

import pytest
import trio

from node.protocol.errors import Unavailable

from .network import Hub, MemoryNetwork


def collect(network: MemoryNetwork) -> list[bytes]:
    batches: list[bytes] = []

    async def receive(peer: str, batch: bytes) -> bool:
        batches.append(batch)
        return batch != b"bad"

    network.on_gossip("goods", receive)
    return batches


async def test_parted_nodes_hear_nothing_until_healed():
    hub = Hub()
    a = MemoryNetwork(hub, "a")
    b = MemoryNetwork(hub, "b", [a.address])
    batches = collect(b)
    async with a.running(), b.running():
        hub.cut(a, b)
        await a.publish("goods", b"1")
        with pytest.raises(Unavailable):
            await a.connect(b.address)
        hub.heal(a, b)
        await a.publish("goods", b"2")
    assert batches == [b"2"]


async def test_loses_what_it_is_told_to():
    hub = Hub()
    a = MemoryNetwork(hub, "a")
    b = MemoryNetwork(hub, "b", [a.address])
    batches = collect(b)
    hub.lose = lambda source, target, batch: batch == b"1"
    async with a.running(), b.running():
        await a.publish("goods", b"1")
        await a.publish("goods", b"2")
    assert batches == [b"2"]


async def test_notes_who_is_blamed():
    hub = Hub()
    a = MemoryNetwork(hub, "a")
    b = MemoryNetwork(hub, "b", [a.address])
    collect(b)
    async with a.running(), b.running():
        await a.publish("goods", b"bad")
    assert hub.blamed == [(b.peer_id, a.peer_id)]


async def test_a_node_that_starts_late_is_joined():
    hub = Hub()
    a = MemoryNetwork(hub, "a")
    b = MemoryNetwork(hub, "b", [a.address])
    async with b.running():
        assert b.contacts() == []
        async with a.running():
            assert [contact.peer for contact in b.contacts()] == [a.peer_id]
        assert b.contacts() == []


async def test_the_same_names_give_the_same_run():
    async def run() -> list[tuple[str, bytes]]:
        hub = Hub()
        order = []

        def join(number: int, *known: MemoryNetwork) -> MemoryNetwork:
            node = MemoryNetwork(hub, f"node {number}", [n.address for n in known])

            async def receive(peer: str, batch: bytes) -> bool:
                await trio.lowlevel.checkpoint()
                order.append((node.name, batch))
                return True

            node.on_gossip("goods", receive)
            return node

        nodes: list[MemoryNetwork] = []
        for number in range(8):
            nodes.append(join(number, *nodes[-3:]))
        async with trio.open_nursery() as nursery:
            for node in nodes:
                await nursery.start(node.run)
            for number, node in enumerate(nodes):
                await node.publish("goods", bytes([number]))
            nursery.cancel_scope.cancel()
        return order

    first = await run()
    assert len(first) == 8 * 7
    assert await run() == first
