import time

import pytest
import trio
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11
from libp2p.pubsub.pb import rpc_pb2

from node.network.host import build
from node.network.limits import MAX_PRUNE_BACKOFF, MAX_QUEUE, Limits
from node.network.topics import BoundedCache, BoundedQueue, Router, Seen, Topics, digest_of


def message(number: int, size: int) -> rpc_pb2.Message:
    return rpc_pb2.Message(
        data=bytes(size), topicIDs=["t"], from_id=b"me", seqno=number.to_bytes(8, "big")
    )


def test_seen_forgets_the_oldest_first():
    seen = Seen(3)
    for key in (b"1", b"2", b"3", b"4"):
        seen.add(key, good=key != b"3")
    assert [seen.has(key) for key in (b"1", b"2", b"3", b"4")] == [False, True, True, True]
    assert [seen.bad(key) for key in (b"1", b"2", b"3", b"4")] == [False, False, True, False]


async def test_a_queue_is_bounded_in_bytes_and_drains():
    queue = BoundedQueue()
    rpc = rpc_pb2.RPC(publish=[message(1, 100_000)])
    pushed = 0
    while queue.push(rpc):
        pushed += 1
    assert pushed == MAX_QUEUE // rpc.ByteSize()
    assert queue.waiting == pushed * rpc.ByteSize()
    for _ in range(pushed):
        assert await queue.pop() == rpc
    assert queue.waiting == 0
    assert queue.push(rpc)


def test_the_cache_is_bounded_in_bytes_and_forgets_by_heartbeat():
    cache = BoundedCache(capacity=250)
    for number in range(4):
        cache.put(message(number, 100))
        cache.put(message(number, 100))
    assert len(cache.msgs) == 2
    assert len(cache.window("t")) == 2
    for _ in range(5):
        cache.shift()
    assert cache.msgs == {}
    cache.put(message(9, 100))
    assert len(cache.msgs) == 1


def test_sweeping_forgets_back_offs_that_are_over_and_peers_that_are_gone():
    router = Router(Limits())
    now = int(time.time())
    here, gone = ID(b"here"), ID(b"gone")
    router.back_off = {"t": {here: now + 60, gone: now - 1, ID(b"more"): now - 2}}
    router.dont_send_message_ids = {here: set(), gone: set()}
    router.peer_protocol = {here: PROTOCOL_ID_V11}
    router.served[here, b"id"] = 3
    router.sweep()
    assert router.back_off == {"t": {here: now + 60}}
    assert set(router.dont_send_message_ids) == {here}
    assert not router.served


def test_a_digest_covers_the_topic():
    assert digest_of("a", b"bc") != digest_of("ab", b"c")
    assert digest_of("a", b"bc") == digest_of("a", b"bc")


async def test_a_peer_may_keep_us_out_of_its_mesh_for_a_minute_at_most():
    router = Router(Limits())
    router.mesh = {"t": set()}
    router.back_off = {}
    peer = ID(b"grumpy")
    prune = rpc_pb2.ControlPrune(topicID="t", backoff=86_400)
    await router.handle_rpc(rpc_pb2.RPC(control=rpc_pb2.ControlMessage(prune=[prune])), peer)
    assert router.back_off["t"][peer] <= time.time() + MAX_PRUNE_BACKOFF


class Sent(Router):
    """A router that only remembers what it was given to spread."""

    def __init__(self):
        super().__init__(Limits())
        self.batches: list[bytes] = []

    async def publish(self, msg_forwarder, pubsub_msg) -> None:
        self.batches.append(pubsub_msg.data)


def fill(queue: BoundedQueue) -> None:
    """With as much as holds back what is sent next."""
    while queue.waiting <= MAX_QUEUE // 2:
        queue.push(rpc_pb2.RPC(publish=[message(1, 100_000)]))


async def test_what_we_send_waits_for_a_slow_peer_but_not_for_ever(autojump_clock):
    router, pace = Sent(), 5.0
    topics = Topics(build(bytes(32), [], Limits()), router, Limits(pace=pace), lambda *_: None)
    slow = ID(b"slow")
    router.mesh = {"t": {slow}}
    queue = topics.peer_queues[slow] = BoundedQueue()

    fill(queue)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(topics.send, "t", b"one")
        await trio.sleep(pace / 2)
        assert router.batches == []  # held back while too much waits
        while queue.waiting > MAX_QUEUE // 4:
            await queue.pop()
        await trio.sleep(0.1)
        assert router.batches == [b"one"]

    fill(queue)
    began = trio.current_time()
    with trio.fail_after(2 * pace):
        await topics.send("t", b"two")
    assert trio.current_time() - began == pytest.approx(pace, abs=0.1)
    assert router.batches == [b"one", b"two"]
