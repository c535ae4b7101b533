"""GossipSub frames that no honest peer sends."""

import hashlib

from libp2p.pubsub.pb import rpc_pb2
from libp2p.utils.varint import encode_varint_prefixed

TOPIC = "goods"


def message(**changed) -> bytes:
    """An RPC frame with one message, unsigned, and changed."""
    parts = {
        "data": b"x",
        "topicIDs": [TOPIC],
        "from_id": b"\x12\x20" + hashlib.sha256(b"z").digest(),
        "seqno": bytes(8),
        "signature": b"s" * 64,
    }
    return frame(publish=[rpc_pb2.Message(**parts | changed)])


def frame(**parts) -> bytes:
    return encode_varint_prefixed(rpc_pb2.RPC(**parts).SerializeToString())


def control(**parts) -> bytes:
    return frame(control=rpc_pb2.ControlMessage(**parts))


ATTACKS = {
    "garbage protobuf": encode_varint_prefixed(b"\xff" * 200),
    "random bytes": encode_varint_prefixed(hashlib.shake_128(b"seed").digest(500)),
    "garbage key": message(key=b"\xff\xff\xff\xff"),
    "key of the wrong length": message(key=b"\x08\x01\x12\x03abc"),
    "key of an unknown type": message(key=b"\x08\x09\x12\x03abc"),
    "garbage RSA key": message(key=b"\x08\x00\x12\x03abc"),
    "garbage secp256k1 key": message(key=b"\x08\x02\x12\x03abc"),
    "no author": message(from_id=b""),
    "garbage author": message(from_id=b"\x00\x05abcde"),
    "no topic": message(topicIDs=[]),
    "two topics": message(topicIDs=[TOPIC, TOPIC]),
    "no signature": message(signature=b""),
    "message too big": message(data=bytes(256 * 1024 + 1)),
    "many messages": frame(publish=[rpc_pb2.Message(topicIDs=[TOPIC])] * 10_000),
    "length of 10 MB": b"\x80\xe1\xeb\x17" + b"x" * 100,
    "length without end": b"\xff" * 20,
    "GRAFT for an unknown topic": control(graft=[rpc_pb2.ControlGraft(topicID="nope")] * 1000),
    "PRUNE with garbage peers": control(
        prune=[
            rpc_pb2.ControlPrune(
                topicID=TOPIC,
                backoff=1,
                peers=[rpc_pb2.PeerInfo(peerID=b"\x01", signedPeerRecord=b"zz")],
            )
        ]
    ),
    "PRUNE for ever": control(prune=[rpc_pb2.ControlPrune(topicID=TOPIC, backoff=2**63)]),
    "IHAVE of garbage": control(
        ihave=[rpc_pb2.ControlIHave(topicID=TOPIC, messageIDs=[b"abc", b"\xff"])] * 5000
    ),
    "IWANT of garbage": control(iwant=[rpc_pb2.ControlIWant(messageIDs=[b"\xff"] * 5000)]),
    "garbage sender record": frame(senderRecord=b"zzzz"),
    "many subscriptions": frame(
        subscriptions=[rpc_pb2.RPC.SubOpts(subscribe=True, topicid=str(n)) for n in range(10_000)]
    ),
}
