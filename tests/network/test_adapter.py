"""Nodes over real sockets: processes apart, start and end, patience, discretion."""

import logging
import signal
import socket

import psutil
import pytest
import trio
from libp2p.host.exceptions import StreamFailure
from libp2p.pubsub.pb import rpc_pb2

from node.network import LibP2PNetwork, Limits, hardening
from node.protocol.errors import InputError, StateError, Unavailable

from .conftest import QUICK, eventually


async def test_two_processes_exchange_requests_and_gossip(nodes, node_process):
    first, address = node_process()
    second, _ = node_process(address)
    async with nodes.running(address) as network:
        peer = address.rsplit("/", 1)[1]
        payload = bytes(range(256)) * 4096
        assert await network.request(peer, "/echo/1", payload, limit=2**20) == payload
        await eventually(lambda: network._router.mesh.get("goods"))
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


async def test_a_frozen_peer_is_dropped_and_returns(nodes, node_process):
    async with nodes.running() as network:
        process, _ = node_process(*network.addresses())
        await eventually(network.contacts)
        process.send_signal(signal.SIGSTOP)
        try:
            await eventually(lambda: not network.contacts())
        finally:
            process.send_signal(signal.SIGCONT)
        await eventually(network.contacts)


async def test_goes_on_trying_to_open_gossip(nodes):
    async with nodes.running() as one, nodes.running() as two:
        handle, failures = two._topics._handle_new_peer, []

        async def fail_twice(peer) -> None:
            if len(failures) < 2:
                failures.append(peer)
                raise StreamFailure("too slow")
            await handle(peer)

        two._topics._handle_new_peer = fail_twice
        await two.connect(one.addresses()[0])
        await eventually(lambda: two._router.mesh.get("goods"))
        assert len(failures) == 2
        await two.publish("goods", b"a chair")
        await eventually(lambda: one.batches == [b"a chair"])


def sockets() -> set[tuple]:
    """TCP sockets of this process; other tests of the same run may have left some."""
    return {(each.fd, each.laddr, each.raddr) for each in psutil.Process().net_connections("tcp")}


async def test_leaves_nothing_open(nodes):
    process, there = psutil.Process(), sockets()
    async with nodes.running() as one, nodes.running(*one.addresses()):
        await eventually(one.contacts)
    before = process.num_fds()
    for _ in range(3):
        async with nodes.running() as one, nodes.running(*one.addresses()):
            await eventually(one.contacts)
    assert sockets() <= there
    assert process.num_fds() <= before


async def test_leaves_nothing_open_when_cancelled(nodes):
    there = sockets()
    async with trio.open_nursery() as nursery:
        network = LibP2PNetwork(bytes(32), ["/ip4/127.0.0.1/tcp/0"], limits=QUICK)
        await nursery.start(network.run)
        assert network.addresses()
        nursery.cancel_scope.cancel()
    assert sockets() <= there


async def test_leaves_although_a_peer_is_frozen(node_process, monkeypatch):
    there = sockets()
    monkeypatch.setattr(hardening, "WRITE_STALL", 60.0)
    network = LibP2PNetwork(bytes(32), ["/ip4/127.0.0.1/tcp/0"])
    network.on_gossip("goods", lambda peer, batch: trio.lowlevel.checkpoint())
    async with trio.open_nursery() as nursery:
        await nursery.start(network.run)
        process, _ = node_process(*network.addresses())
        await eventually(lambda: network._router.mesh.get("goods"))
        process.send_signal(signal.SIGSTOP)
        for _ in range(40):
            await network._router.publish(network._topics.my_id, batch_of(network))
        await eventually(
            lambda: network._swarm.get_connections()[0].muxed_conn._write_lock.locked()
        )
        nursery.cancel_scope.cancel()
        leaving = trio.current_time()
    # Whoever waits for the frozen peer to take what is being written waits for a minute.
    assert trio.current_time() - leaving < 45
    process.send_signal(signal.SIGCONT)
    assert sockets() <= there


def batch_of(network: LibP2PNetwork) -> rpc_pb2.Message:
    """A batch so big that a few fill the kernel's buffers."""
    return rpc_pb2.Message(
        data=bytes(250_000),
        topicIDs=["goods"],
        from_id=network._topics.my_id.to_bytes(),
        seqno=network._topics._next_seqno(),
    )


async def test_a_dead_bootstrap_peer_does_not_delay_the_start_and_is_found_later(nodes):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    late = LibP2PNetwork(b"late" * 8, [f"/ip4/127.0.0.1/tcp/{port}"], limits=QUICK)
    address = f"/ip4/127.0.0.1/tcp/{port}/p2p/{late.peer_id}"
    with trio.fail_after(30):
        async with nodes.running(address) as network:
            assert network.contacts() == []
            async with late.running():
                await eventually(network.contacts)


async def test_tries_one_address_after_the_other(nodes):
    async with nodes.running() as network:
        peer = network.peer_id
        dead = f"/ip4/127.0.0.1/tcp/1/p2p/{peer}"
        async with nodes.running(known=[*network.addresses(), dead]) as other:
            assert other.known() == [*network.addresses(), dead]
            await eventually(other.contacts)


async def test_a_request_connects_first_when_it_knows_where(nodes):
    async with nodes.running() as network:
        limits = Limits(redial_first=1000.0, redial_bootstrap=1000.0)
        async with nodes.running(*network.addresses(), limits=limits) as other:
            await eventually(other.contacts)
            await other._swarm.close_peer(other._swarm.get_connections()[0].muxed_conn.peer_id)
            await eventually(lambda: not other.contacts())
            assert await other.request(network.peer_id, "/echo/1", b"hi", limit=9) == b"hi"


async def test_a_taken_port_is_refused(nodes):
    async with nodes.running() as network:
        address = network.addresses()[0].split("/p2p/")[0]
        second = LibP2PNetwork(bytes(32), [address], limits=QUICK)
        with pytest.raises(Unavailable, match="can't listen"):
            async with second.running():
                pass


@pytest.mark.parametrize("text", ["", "nonsense", "/ip4/127.0.0.1/udp/1"])
def test_refuses_what_is_not_an_address(text):
    with pytest.raises(InputError):
        LibP2PNetwork(bytes(32), [text])
    with pytest.raises(InputError):
        LibP2PNetwork(bytes(32), [], [text])


async def test_registering_while_running_is_our_mistake(nodes):
    async with nodes.running() as network:
        with pytest.raises(StateError):
            network.on_gossip("late", None)


async def test_a_cancelled_request_leaves_the_connection_intact(nodes):
    async with nodes.running() as network, nodes.running(*network.addresses()) as other:
        await eventually(other.contacts)
        connection = other._swarm.get_connections()[0]
        for microseconds in range(0, 20_000, 400):
            with trio.move_on_after(microseconds / 1e6):
                await other.request(network.peer_id, "/echo/1", bytes(70_000), limit=70_000)
        assert await other.request(network.peer_id, "/echo/1", b"hi", limit=9) == b"hi"
        assert other._swarm.get_connections() == [connection]


async def test_many_requests_at_once_all_get_their_own_answer(nodes):
    async with nodes.running() as network, nodes.running(*network.addresses()) as other:
        await eventually(other.contacts)
        answers = {}

        async def ask(number: int) -> None:
            payload = bytes([number]) * 20_000
            answers[number] = await other.request(
                network.peer_id, "/echo/1", payload, limit=20_000, timeout=30
            )

        async with trio.open_nursery() as nursery:
            for number in range(60):
                nursery.start_soon(ask, number)
        assert answers == {number: bytes([number]) * 20_000 for number in range(60)}
        assert other._streams.asking == {}
        await eventually(lambda: not network._streams.answering)


async def test_streams_are_forgotten_once_done(nodes):
    async with nodes.running() as network, nodes.running(*network.addresses()) as other:
        await eventually(lambda: other._router.mesh.get("goods"))
        for _ in range(100):
            await other.request(network.peer_id, "/echo/1", b"hi", limit=9)

        def few() -> bool:
            return all(
                len(node._swarm.get_connections()[0].muxed_conn.streams) < 5
                for node in (network, other)
            )

        await eventually(few)


async def test_log_lines_carry_no_payload(nodes, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    secret = b"TOPSECRET"
    async with nodes.running() as network, nodes.running(*network.addresses()) as other:
        await eventually(lambda: other._router.mesh.get("goods"))

        async def fail(peer: str, request: bytes) -> bytes:
            raise ValueError(request)

        network._streams.serve("/fail/1", fail, 100)
        with pytest.raises(Unavailable):
            await other.request(network.peer_id, "/fail/1", secret, limit=9)
        await other.publish("goods", b"bad" + secret)
        await eventually(lambda: network.batches)
    assert "the handler failed: ValueError" in caplog.text
    assert secret.decode() not in caplog.text
    assert secret.hex() not in caplog.text
    assert capfd.readouterr().err == ""
