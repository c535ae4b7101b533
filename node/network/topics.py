"""Gossip: GossipSub 1.1 with every path that a stranger's bytes can take bounded and contained.

Everything is a subclass of libp2p's own; what a message may do is decided here, not there. A batch goes straight from
the wire to the receiver that `LibP2PNetwork.on_gossip` registered, so no queue in between can drop it.
"""

import hashlib
import logging
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

import libp2p.pubsub.pubsub as pubsub_module
import trio
from libp2p.exceptions import ParseError
from libp2p.io.exceptions import IOException, MessageTooLarge
from libp2p.peer.id import ID
from libp2p.pubsub.gossipsub import PROTOCOL_ID, PROTOCOL_ID_V11, GossipSub
from libp2p.pubsub.mcache import MessageCache
from libp2p.pubsub.pb import rpc_pb2
from libp2p.pubsub.pubsub import Pubsub
from libp2p.pubsub.rpc_queue import RpcQueue
from libp2p.pubsub.utils import safe_bytes_from_hex
from libp2p.pubsub.validators import PUBSUB_SIGNING_PREFIX, signature_validator
from libp2p.utils.varint import read_varint_prefixed_bytes_limited

from node.network.hardening import reset_quietly, where
from node.network.limits import (
    MAX_GOSSIP,
    MAX_GOSSIP_FRAME,
    MAX_GOSSIP_IDS,
    MAX_GOSSIP_MESSAGES,
    MAX_PRUNE_BACKOFF,
    MAX_QUEUE,
    Limits,
)

SEEN = 16384  # message ids, and digests of batches, that are remembered
RETRANSMISSIONS = 3  # times that one peer may ask for the same message
HEARTBEAT = 1  # second
OPEN_WAITS = (0.5, 1, 2, 5, 10, 30, 60)  # seconds between attempts to open a gossip stream
PRUNE_BACKOFF = 5  # seconds; libp2p also silences IHAVE for as long

Receive = Callable[[str, bytes], Awaitable[bool]]

log = logging.getLogger("etal.network")


class Seen:
    """The last keys, oldest forgotten first. Has the methods that libp2p wants of its `seen_messages`."""

    def __init__(self, size: int = SEEN):
        self.size = size
        self.keys: OrderedDict[bytes, bool] = OrderedDict()

    def has(self, key: bytes) -> bool:
        return key in self.keys

    def add(self, key: bytes, good: bool = True) -> None:
        self.keys[key] = good
        if len(self.keys) > self.size:
            self.keys.popitem(last=False)

    def bad(self, key: bytes) -> bool:
        return self.keys.get(key) is False


class BoundedQueue(RpcQueue):
    """What waits to be sent to one peer, bounded in bytes: libp2p counts messages, whatever their size."""

    def __init__(self):
        super().__init__(max_size=4096, max_message_size=MAX_GOSSIP_FRAME)
        self.waiting = 0

    def push(self, rpc, priority: bool = False) -> bool:
        size = rpc.ByteSize()
        if self.waiting + size > MAX_QUEUE or not super().push(rpc, priority):
            return False
        self.waiting += size
        return True

    async def pop(self):
        rpc = await super().pop()
        if rpc is not None:
            self.waiting -= rpc.ByteSize()
        return rpc


class BoundedCache(MessageCache):
    """The messages of the last heartbeats, bounded in bytes."""

    def __init__(self, capacity: int):
        super().__init__(window_size=3, history_size=5)
        self.capacity = capacity
        self.held = 0

    def put(self, message) -> None:
        if self.held + len(message.data) > self.capacity:
            return
        if message.from_id + message.seqno not in self.msgs:
            self.held += len(message.data)
        super().put(message)

    def shift(self) -> None:
        super().shift()
        self.held = sum(len(message.data) for message in self.msgs.values())


class Router(GossipSub):
    """GossipSub 1.1: no peer exchange, no adaptive or spam features (they hit honest peers), no queue that grows."""

    def __init__(self, limits: Limits):
        super().__init__(
            [PROTOCOL_ID_V11, PROTOCOL_ID],
            degree=6,
            degree_low=4,
            degree_high=12,
            heartbeat_interval=HEARTBEAT,
            prune_back_off=PRUNE_BACKOFF,
            unsubscribe_back_off=PRUNE_BACKOFF,
            adaptive_gossip_enabled=False,
            spam_protection_enabled=False,
            eclipse_protection_enabled=False,
            do_px=False,
        )
        self.mcache = BoundedCache(limits.cache_bytes)
        self.served: Counter[tuple[ID, bytes]] = Counter()

    async def publish(self, msg_forwarder: ID, pubsub_msg) -> None:
        """Hand a judged message to the mesh. (libp2p's own also queues it for every peer that never asked.)"""
        self.mcache.put(pubsub_msg)
        rpc = rpc_pb2.RPC(publish=[pubsub_msg])
        origin = ID(pubsub_msg.from_id)
        for peer in list(self._get_peers_to_send(pubsub_msg.topicIDs, msg_forwarder, origin)):
            if peer in self.pubsub.peers:
                self.send_rpc(peer, rpc)

    async def flush_pending_messages(self, peer_id: ID) -> None:
        """Nothing is ever pending; libp2p's own writes past the peer's queue and so into the middle of another frame."""

    async def send_recent_messages(self, peer_id: ID, topic: str) -> None:
        """What a newcomer missed, it fetches by sync; libp2p's own writes past the peer's queue."""

    async def handle_rpc(self, rpc, sender_peer_id: ID) -> None:
        """Control messages, cut down to what an honest peer sends, about our topics alone."""
        control = rpc_pb2.ControlMessage()
        for graft in rpc.control.graft[:MAX_GOSSIP_IDS]:
            if graft.topicID in self.mesh:
                control.graft.append(graft)
        for prune in rpc.control.prune[:MAX_GOSSIP_IDS]:
            if prune.topicID in self.mesh:
                backoff = min(prune.backoff, MAX_PRUNE_BACKOFF)
                control.prune.append(rpc_pb2.ControlPrune(topicID=prune.topicID, backoff=backoff))
        for ihave in rpc.control.ihave[:MAX_GOSSIP_IDS]:
            if ihave.topicID in self.mesh:
                ids = ihave.messageIDs[:MAX_GOSSIP_IDS]
                control.ihave.append(rpc_pb2.ControlIHave(topicID=ihave.topicID, messageIDs=ids))
        wanted = [id for iwant in rpc.control.iwant[:MAX_GOSSIP_IDS] for id in iwant.messageIDs]
        granted = [
            id for id in dict.fromkeys(wanted[:MAX_GOSSIP_IDS]) if self._grant(sender_peer_id, id)
        ]
        if granted:
            control.iwant.append(rpc_pb2.ControlIWant(messageIDs=granted))
        await super().handle_rpc(rpc_pb2.RPC(control=control), sender_peer_id)

    def _grant(self, peer: ID, wanted: bytes | str) -> bool:
        id = safe_bytes_from_hex(wanted)
        if id not in self.mcache.msgs:
            return False
        self.served[peer, id] += 1
        return self.served[peer, id] <= RETRANSMISSIONS

    async def heartbeat(self) -> None:
        """As libp2p's, but a fault in one beat doesn't end the router, and what departed peers left behind is swept."""
        await trio.sleep(self.heartbeat_initial_delay)
        beats = 0
        while True:
            try:
                graft, prune = self.mesh_heartbeat()
                self.fanout_heartbeat()
                await self._emit_control_msgs(graft, prune, self.gossip_heartbeat())
                self.mcache.shift()
                self.scorer.on_heartbeat()
                self._periodic_security_cleanup()
                self._prune_idontwant_entries()
                beats += 1
                if beats % 60 == 0:
                    self.sweep()
            except Exception as error:
                log.error("a heartbeat of gossip failed: %s", where(error))
            await trio.sleep(self.heartbeat_interval)

    def sweep(self) -> None:
        self.served.clear()
        for topic, waits in self.back_off.items():
            for peer in list(waits):
                self._check_back_off(peer, topic)  # forgets it when it is over
        for peer in list(self.dont_send_message_ids):
            if peer not in self.peer_protocol:
                del self.dont_send_message_ids[peer]


class Topics(Pubsub):
    """Reads and judges gossip. `blame(peer, why)` is told of each offence."""

    def __init__(self, host, router: Router, limits: Limits, blame: Callable[[ID, str], None]):
        pubsub_module.RpcQueue = BoundedQueue
        super().__init__(host, router, max_inbound_rpc_size=MAX_GOSSIP_FRAME)
        self.seen_messages.stop()  # a thread that we don't need
        self.seen_messages = Seen()
        self.digests = Seen()
        self.limits = limits
        self.blame = blame
        self.receivers: dict[str, Receive] = {}
        self._judging: set[bytes] = set()

    def get_hello_packet(self):
        subscriptions = [rpc_pb2.RPC.SubOpts(subscribe=True, topicid=t) for t in self.topic_ids]
        return rpc_pb2.RPC(subscriptions=subscriptions)

    def _build_announce_rpc(self, topic_id: str, subscribe: bool):
        option = rpc_pb2.RPC.SubOpts(subscribe=subscribe, topicid=topic_id)
        return rpc_pb2.RPC(subscriptions=[option]), option

    async def stream_handler(self, stream) -> None:
        """One peer's inbound gossip. Whatever it sends, the worst that follows is the end of its stream."""
        peer = stream.muxed_conn.peer_id
        slots = trio.Semaphore(self.limits.gossip_in_flight)
        async with trio.open_nursery() as nursery:
            try:
                while True:
                    frame = await read_varint_prefixed_bytes_limited(stream, MAX_GOSSIP_FRAME)
                    rpc = rpc_pb2.RPC()
                    rpc.ParseFromString(frame)
                    await self._take(rpc, peer, slots, nursery)
            except MessageTooLarge as error:
                self.blame(peer, f"gossip: {type(error).__name__}")
            except IOException:
                pass  # the connection ended
            except Exception as error:
                self.blame(peer, f"gossip: {type(error).__name__}")
            await reset_quietly(stream)

    async def _handle_new_peer_with_retry(self, peer_id: ID, timeout: float | None = None) -> None:
        """Open our gossip stream to a peer, for as long as it is connected. libp2p gives up after one slow negotiation."""
        for wait in chain(OPEN_WAITS, repeat(OPEN_WAITS[-1])):
            try:
                await self._handle_new_peer(peer_id)
                return
            except Exception as error:
                log.debug("no gossip with %s yet: %s", peer_id, where(error))
            if not self._peer_is_connected(peer_id):
                return
            await trio.sleep(wait)

    def _handle_dead_peer(self, peer_id: ID) -> None:
        """Our stream to a peer broke. While it is connected its subscriptions still hold; libp2p forgets them for ever."""
        stream = self.peers.get(peer_id)
        topics = []
        if self._peer_is_connected(peer_id):
            topics = [topic for topic, peers in self.peer_topics.items() if peer_id in peers]
        super()._handle_dead_peer(peer_id)
        for topic in topics:
            self.peer_topics.setdefault(topic, set()).add(peer_id)
        if stream is not None and self.manager.is_running:
            self.manager.run_task(reset_quietly, stream)

    async def _take(self, rpc, peer: ID, slots: trio.Semaphore, nursery: trio.Nursery) -> None:
        if len(rpc.publish) > MAX_GOSSIP_MESSAGES:
            raise ParseError("too many messages in one frame")
        for message in rpc.publish:
            if len(message.data) > MAX_GOSSIP or len(message.topicIDs) != 1:
                raise ParseError("a message out of bounds")
            if message.topicIDs[0] not in self.receivers:
                continue
            await slots.acquire()
            nursery.start_soon(self._judge, peer, message, slots)
        if len(rpc.subscriptions) <= MAX_GOSSIP_IDS:
            for option in rpc.subscriptions:
                if option.topicid in self.receivers:
                    self.handle_subscription(peer, option)
        if rpc.HasField("control"):
            await self.router.handle_rpc(rpc, peer)

    async def _judge(self, peer: ID, message, slots: trio.Semaphore) -> None:
        try:
            await self._admit(peer, message)
        except Exception as error:
            log.error("judging a batch failed: %s", where(error))
        finally:
            slots.release()

    async def _admit(self, peer: ID, message) -> None:
        id = message.from_id + message.seqno
        if self.seen_messages.has(id) or message.from_id == self.my_id.to_bytes():
            return
        digest = digest_of(message.topicIDs[0], message.data)
        if self.digests.bad(digest):
            self.blame(peer, "gossip: rejected before")
            return
        if digest in self._judging:
            return
        self._judging.add(digest)
        try:
            if not signed_by_its_author(message):
                self.blame(peer, "gossip: signature")
                return
            if self.digests.has(digest):
                self.seen_messages.add(id)
                return
            verdict: bool | None = None
            with trio.move_on_after(self.limits.judge):
                verdict = await self.receivers[message.topicIDs[0]](str(peer), message.data)
            if verdict is None:
                log.warning("judging a batch took too long; it was dropped")
                return
            self.seen_messages.add(id)
            self.digests.add(digest, verdict)
            if not verdict:
                self.blame(peer, "gossip: rejected")
                return
        finally:
            self._judging.discard(digest)
        await self.router.publish(peer, message)

    async def send(self, topic: str, batch: bytes) -> None:
        """Publish our own batch, holding back for at most `pace` seconds while the mesh has much waiting."""
        with trio.move_on_after(self.limits.pace) as slow:
            while any(
                (queue := self.peer_queues.get(peer)) is not None
                and queue.waiting + len(batch) > MAX_QUEUE // 2
                for peer in self.router.mesh.get(topic, ())
            ):
                await trio.sleep(0.005)
        if slow.cancelled_caught:
            log.info("a peer is too slow for our gossip and will have to sync")
        message = rpc_pb2.Message(
            data=batch,
            topicIDs=[topic],
            from_id=self.my_id.to_bytes(),
            seqno=self._next_seqno(),
        )
        prefix = PUBSUB_SIGNING_PREFIX.encode()
        message.signature = self.sign_key.sign(prefix + message.SerializeToString())
        message.key = self.host.get_public_key().serialize()
        self.seen_messages.add(message.from_id + message.seqno)
        self.digests.add(digest_of(topic, batch))
        await self.router.publish(self.my_id, message)
        await trio.lowlevel.checkpoint()


def digest_of(topic: str, batch: bytes) -> bytes:
    return hashlib.sha256(len(topic).to_bytes(4, "big") + topic.encode() + batch).digest()


def signed_by_its_author(message) -> bool:
    """libp2p's check raises for a key that it can't read."""
    try:
        return (
            len(message.from_id) <= 64 and len(message.seqno) <= 16 and signature_validator(message)
        )
    except Exception:
        return False
