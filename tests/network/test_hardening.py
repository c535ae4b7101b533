"""Every attack that ends or wedges libp2p 0.8.1 as it is shipped, against a real node. After each, honest peers are served."""

import hashlib
import os
from contextlib import asynccontextmanager, suppress

import libp2p
import pytest
import trio
from libp2p import new_host
from libp2p.crypto.ed25519 import Ed25519PrivateKey, create_new_key_pair
from libp2p.crypto.keys import KeyPair
from libp2p.custom_types import TProtocol
from libp2p.exceptions import BaseLibp2pError
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11
from libp2p.pubsub.pb import rpc_pb2
from libp2p.security.insecure.transport import PLAINTEXT_PROTOCOL_ID, InsecureTransport
from libp2p.stream_muxer.yamux import yamux
from multiaddr import Multiaddr

from node.network import Limits, hardening
from node.network import host as hosts
from node.network.limits import MAX_GOSSIP_FRAME, MAX_WINDOW
from node.protocol.errors import StateError, Unavailable

from .conftest import QUICK, eventually
from .gossip_attacks import ATTACKS, TOPIC, control

ECHO = TProtocol("/echo/1")
PATIENT = Limits(strikes=10**6, **{k: getattr(QUICK, k) for k in ("handshake", "redial_first")})


@asynccontextmanager
async def attacker(victim, host=None):
    """A libp2p host of the enemy, connected to the victim; gives (host, connection)."""
    host = host or hosts.build(os.urandom(32), [], Limits())
    async with host.run([]):
        peer, address = hosts.split_address(Multiaddr(victim.addresses()[0]))
        try:
            yield host, await host.get_network().dial_addr(address, peer)
        finally:
            with trio.CancelScope(shield=True), trio.move_on_after(2):
                await host.close()


async def require_service(nodes, victim) -> None:
    """An honest newcomer is answered, and gossip flows to and from it."""
    async with nodes.running(*victim.addresses()) as honest:
        answer = await honest.request(victim.peer_id, "/echo/1", b"hello", limit=10, timeout=10)
        assert answer == b"hello"
        there, back = os.urandom(8), os.urandom(8)
        for sender, receiver, batch in ((honest, victim, there), (victim, honest, back)):
            await eventually(lambda s=sender: s._router.mesh.get(TOPIC))
            await sender.publish("goods", batch)
            await eventually(lambda r=receiver, b=batch: b in r.batches)


def port_of(victim) -> int:
    return int(Multiaddr(victim.addresses()[0]).value_for_protocol("tcp"))


# ------------------------------------------------------------------------------------------- who is who


class Pretended(Ed25519PrivateKey):
    """The private key of somebody of whom the public one alone is known."""

    def __init__(self, public):
        self.public = public

    def get_public_key(self):
        return self.public

    def sign(self, data: bytes) -> bytes:
        return bytes(64)

    def to_bytes(self) -> bytes:
        return bytes(32)


async def test_plaintext_impersonation_is_refused(nodes):
    celebrity = create_new_key_pair(os.urandom(32)).public_key
    keys = KeyPair(Pretended(celebrity), celebrity)
    impostor = new_host(
        key_pair=keys,
        sec_opt={PLAINTEXT_PROTOCOL_ID: InsecureTransport(keys)},
        listen_addrs=[Multiaddr("/ip4/127.0.0.1/tcp/0")],
    )
    hardening.attach_doorman(impostor.get_network(), Limits())
    async with nodes.running() as victim:
        with pytest.raises(Exception) as refused:  # libp2p has a dozen, in groups or not
            async with attacker(victim, impostor):
                pass
        assert "failed to negotiate the secure protocol" in repr(refused.value)
        assert victim.contacts() == []
        await require_service(nodes, victim)


async def test_a_peer_at_another_address_is_not_taken_for_who_was_dialled(nodes):
    async with nodes.running() as one, nodes.running() as two, nodes.running() as three:
        address = one.addresses()[0].replace(one.peer_id, two.peer_id)
        with pytest.raises(Unavailable):
            await three.connect(address)
        assert three.contacts() == []


# ---------------------------------------------------------------------------------------------- gossip


async def test_no_gossip_frame_ends_the_node(nodes):
    async with nodes.running(limits=PATIENT) as victim:
        async with attacker(victim) as (host, _):
            for bytes_ in ATTACKS.values():
                stream = await host.new_stream(ID.from_string(victim.peer_id), [PROTOCOL_ID_V11])
                with suppress(Exception):
                    await stream.write(bytes_)
                with trio.move_on_after(0.05), suppress(Exception):
                    await stream.read(1)
            await require_service(nodes, victim)
        assert victim.batches and all(len(batch) == 8 for batch in victim.batches)
        assert set(victim._topics.peer_topics) <= {TOPIC}
        assert set(victim._router.back_off) <= {TOPIC}
        assert not victim._router.graft_flood_tracking.get("nope")


@pytest.mark.parametrize("name", ["garbage protobuf", "garbage key", "message too big"])
async def test_who_goes_on_sending_garbage_is_shut_out(nodes, name):
    async with nodes.running() as victim, attacker(victim) as (host, connection):
        peer = ID.from_string(victim.peer_id)
        with trio.move_on_after(10):
            while not connection.is_closed:
                with suppress(Exception):
                    stream = await host.new_stream(peer, [PROTOCOL_ID_V11])
                    await stream.write(ATTACKS[name])
                await trio.sleep(0.02)
        assert connection.is_closed
        again = Multiaddr(victim.addresses()[0].split("/p2p/")[0])
        with suppress(Exception):
            await host.get_network().dial_addr(again, peer)
        await eventually(lambda: not victim.contacts())
        await require_service(nodes, victim)


async def test_a_raising_receiver_does_not_end_the_node(nodes):
    async with nodes.running() as victim:

        async def fail(peer: str, batch: bytes) -> bool:
            if batch == b"fail":
                raise RuntimeError("a mistake of ours")
            victim.batches.append(batch)
            return True

        victim._topics.receivers[TOPIC] = fail
        async with nodes.running(*victim.addresses()) as honest:
            await eventually(lambda: honest._router.mesh.get(TOPIC))
            await honest.publish("goods", b"fail")
            await require_service(nodes, victim)
            assert victim.contacts()


async def test_one_message_is_resent_to_one_peer_a_few_times_only(nodes):
    async with nodes.running() as victim, attacker(victim) as (host, _):
        await victim.publish("goods", bytes(200_000))
        id = next(iter(victim._router.mcache.msgs))
        ask = control(iwant=[rpc_pb2.ControlIWant(messageIDs=[id] * 1000)])
        stream = await host.new_stream(ID.from_string(victim.peer_id), [PROTOCOL_ID_V11])
        for _ in range(20):
            await stream.write(ask)
        (peer,) = await eventually(lambda: {peer for peer, _ in victim._router.served})
        await eventually(lambda: victim._router.served[peer, id] >= 10)
        queue = victim._topics.peer_queues.get(peer)
        assert queue is None or queue.waiting <= 3 * MAX_GOSSIP_FRAME


# --------------------------------------------------------------------------------------------- streams


async def test_an_oversize_request_is_refused_before_it_is_read(nodes):
    async with nodes.running() as victim, attacker(victim) as (host, _):
        stream = await host.new_stream(ID.from_string(victim.peer_id), [ECHO])
        await stream.write(b"\xff\xff\xff\xff\x0f")  # 4 GiB follow, it says
        with trio.fail_after(5), pytest.raises(BaseLibp2pError):
            while True:
                assert await stream.read(1)
        await require_service(nodes, victim)


async def test_one_peer_can_not_keep_all_handlers_busy(nodes):
    busy = 0

    async def sleep(peer: str, request: bytes) -> bytes:
        nonlocal busy
        busy += 1
        await trio.sleep_forever()

    async with nodes.running(limits=Limits(requests_per_peer=4)) as victim:
        victim._streams.serve("/sleep/1", sleep, 10)
        async with attacker(victim) as (host, connection):
            for _ in range(20):
                stream = await connection.new_stream()
                await stream.write(b"\x13/multistream/1.0.0\n\x09/sleep/1\n\x01x")
            await eventually(lambda: busy == 4)
            await require_service(nodes, victim)
            assert busy == 4
            assert list(victim._streams.answering.values()) == [host.get_id()] * 4


@pytest.mark.parametrize("sent", [b"", b"\x01x"], ids=["never asked", "never heard out"])
async def test_several_peers_together_can_not_keep_all_handlers_busy(nodes, sent):
    async def sleep(peer: str, request: bytes) -> bytes:
        await trio.sleep_forever()

    async with nodes.running(limits=Limits(requests=4, requests_per_peer=2)) as victim:
        victim._streams.serve("/sleep/1", sleep, 10)
        async with attacker(victim) as (_, one), attacker(victim) as (_, two):
            for connection in (one, two, one, two):
                stream = await connection.new_stream()
                await stream.write(b"\x13/multistream/1.0.0\n\x09/sleep/1\n" + sent)
            await eventually(lambda: len(victim._streams.answering) == 4)
            await require_service(nodes, victim)
            await eventually(lambda: len(victim._streams.answering) == 3)  # one gave way


async def test_an_oversize_negotiation_is_refused(nodes):
    async with nodes.running() as victim, attacker(victim) as (_, connection):
        stream = await connection.muxed_conn.open_stream()
        await stream.write(b"\xff\xff\xff\xff\x0f" + bytes(1000))
        with trio.fail_after(5), pytest.raises(BaseLibp2pError):
            while True:
                await stream.read(1000)
        await require_service(nodes, victim)


async def test_streams_that_never_say_what_they_want_are_bounded(nodes):
    async with nodes.running() as victim, attacker(victim) as (host, connection):
        opened = 0
        with trio.move_on_after(20), suppress(Exception):
            for _ in range(400):
                stream = await connection.muxed_conn.open_stream()
                stream._owns_backlog_slot = False
                connection.muxed_conn.stream_backlog_semaphore.release()
                opened += 1
        assert opened > victim.limits.streams_per_connection + 5
        peer = host.get_id()

        def bounded() -> bool:
            theirs = victim._swarm.get_connections(peer)[0].muxed_conn.streams
            return len(theirs) <= victim.limits.streams_per_connection + 5

        await eventually(bounded)
        await require_service(nodes, victim)


async def test_more_than_the_window_ends_the_connection(nodes):
    async def sleep(peer: str, request: bytes) -> bytes:
        await trio.sleep_forever()

    async with nodes.running() as victim, attacker(victim) as (host, connection):
        victim._streams.serve("/sleep/1", sleep, 10)
        peer = ID.from_string(victim.peer_id)
        stream = await host.new_stream(peer, [TProtocol("/sleep/1")])
        await stream.write(b"\x01x")
        stream.muxed_stream.send_window = 100 * MAX_WINDOW
        with trio.fail_after(20), suppress(Exception):
            while not connection.is_closed:
                await stream.write(bytes(60_000))
        await eventually(lambda: not victim._swarm.get_connections(host.get_id()))
        await require_service(nodes, victim)


@pytest.mark.parametrize("seed", range(3))
async def test_garbage_inside_yamux_costs_the_connection_at_most(nodes, seed):
    async with nodes.running() as victim, attacker(victim) as (_, connection):
        garbage = hashlib.shake_128(bytes([seed])).digest(5000)
        for place in range(0, 5000, 12):
            kind = garbage[place] % 5
            header = bytes([0, kind]) + garbage[place + 2 : place + 12]
            with suppress(Exception):
                await connection.muxed_conn._write_frame(header.ljust(yamux.HEADER_SIZE, b"\0"))
        await require_service(nodes, victim)


# ------------------------------------------------------------------------------------------------- TCP


async def test_slots_are_given_back(nodes):
    async with nodes.running(limits=Limits(inbound=5)) as victim:
        for _ in range(25):
            async with attacker(victim) as (host, _):
                stream = await host.new_stream(ID.from_string(victim.peer_id), [ECHO])
                await stream.write(b"\x05hello")
                await stream.close_write()
                assert await stream.read(6) == b"\x05hello"
            await eventually(lambda: not victim.contacts())
        await eventually(lambda: victim._swarm._inbound_limiter.borrowed_tokens == 0)
        assert victim._swarm._etal_doorman.established == {}


async def test_garbage_on_the_port_is_shrugged_off(nodes):
    greeting = b"\x13/multistream/1.0.0\n"
    starts = [b"", b"GET / HTTP/1.1\r\n\r\n", greeting, greeting + b"\x07/noise\n", b"\xff" * 9]
    async with nodes.running() as victim:
        for start in starts:
            for size in (1, 500, 70_000):
                with suppress(OSError, trio.BrokenResourceError):
                    stream = await trio.open_tcp_stream("127.0.0.1", port_of(victim))
                    async with stream:
                        await stream.send_all(start + os.urandom(size))
        await require_service(nodes, victim)
        await eventually(lambda: victim._swarm._inbound_limiter.borrowed_tokens == 0)
        assert victim._swarm._etal_doorman.pending == {}


async def test_silent_sockets_keep_nobody_out(nodes):
    async with nodes.running(limits=Limits(inbound=50)) as victim:
        silent = []
        for _ in range(300):
            with suppress(OSError):
                silent.append(await trio.open_tcp_stream("127.0.0.1", port_of(victim)))
        waiting = victim._swarm._etal_doorman.pending
        await eventually(lambda: sum(map(len, waiting.values())) <= 16)
        await require_service(nodes, victim)
        for stream in silent:
            await stream.aclose()


async def test_one_host_has_a_bounded_number_of_connections(nodes):
    async with nodes.running(limits=Limits(per_host=3)) as victim:
        async with attacker(victim), attacker(victim), attacker(victim):
            await eventually(lambda: len(victim.contacts()) == 3)
            with suppress(Exception):
                async with attacker(victim) as (_, connection):
                    await eventually(lambda: connection.is_closed)
            await eventually(lambda: len(victim.contacts()) == 3)
        await eventually(lambda: not victim.contacts())
        await require_service(nodes, victim)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_counts_connections_by_household(address, host):
    assert hardening.household(address) == host


# -------------------------------------------------------------------------------------------- ourselves


def test_refuses_another_release_of_libp2p(monkeypatch):
    monkeypatch.setattr(libp2p, "__version__", "0.9.0")
    with pytest.raises(StateError, match=r"0\.8\.1"):
        hardening.apply()
