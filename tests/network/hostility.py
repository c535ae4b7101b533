"""Rounds of hostile inputs against a node in a process of its own: it must go on serving, and a second round like the first must
cost it no memory (< 5%) and no file handle.

    python tests/network/hostility.py [inputs, 2000 by default] [seed]
"""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil
import trio
from libp2p.custom_types import TProtocol
from libp2p.pubsub.gossipsub import PROTOCOL_ID_V11
from libp2p.pubsub.pb import rpc_pb2
from libp2p.utils.varint import encode_varint_prefixed
from multiaddr import Multiaddr

from node.network import LibP2PNetwork, Limits, hardening
from node.network import host as hosts

TOPIC = "goods"
PROTOCOLS = [
    "/echo/1",
    "/tell/1",
    PROTOCOL_ID_V11,
    "/ipfs/ping/1.0.0",
    "/ipfs/id/1.0.0",
    "/nothing/1",
]
SESSION = 20  # inputs by one identity
TRIES = 4  # for each input that is to be sent
PATIENCE = 0.2  # seconds that one input may take


class Round:
    """One round: the same inputs for the same seed, but for keys and ports. `sent` counts by name those that were sent whole."""

    topic = TOPIC
    protocols: Sequence[str] = PROTOCOLS

    def __init__(self, address: str, seed: int):
        self.random = random.Random(seed)
        self.peer, self.address = hosts.split_address(Multiaddr(address))
        self.port = int(self.address.value_for_protocol("tcp"))
        self.sent: Counter[str] = Counter()
        gossip, stream = [self.gossip] * 2, [self.stream] * 2
        self.attacks = [self.raw, *stream, *gossip, self.yamux, self.request]

    async def run(self, inputs: int) -> None:
        """Attack until so many inputs were sent whole. What the node cuts off doesn't count; a node that takes none ends it too."""
        tries = 0
        while self.sent.total() < inputs and tries < TRIES * inputs:
            host = hosts.build(os.urandom(32), [], Limits())
            tries += 1
            async with host.run([]):
                try:
                    with trio.move_on_after(10), suppress(Exception):
                        connection = await host.get_network().dial_addr(self.address, self.peer)
                        for _ in range(SESSION):
                            if connection.is_closed or self.sent.total() >= inputs:
                                break  # shut out, or done
                            await self.one(host, connection)
                            tries += 1
                finally:
                    with trio.CancelScope(shield=True), trio.move_on_after(2):
                        await host.close()

    async def one(self, host, connection) -> None:
        attack = self.random.choice(self.attacks)
        with trio.move_on_after(PATIENCE), suppress(Exception):
            await attack(host, connection)
            self.sent[attack.__name__] += 1

    def garbage(self, most: int = 2000) -> bytes:
        return self.random.randbytes(self.random.randrange(1, most))

    async def raw(self, host, connection) -> None:
        start = self.random.choice([b"", b"\x13/multistream/1.0.0\n", b"GET / HTTP/1.1\r\n"])
        async with await trio.open_tcp_stream("127.0.0.1", self.port) as stream:
            await stream.send_all(start + self.garbage())

    async def stream(self, host, connection) -> None:
        stream = await host.new_stream(self.peer, [TProtocol(self.random.choice(self.protocols))])
        await stream.write(self.garbage(70_000))
        if self.random.random() < 0.5:
            await stream.reset()

    async def gossip(self, host, connection) -> None:
        message = rpc_pb2.Message(
            data=self.garbage(),
            topicIDs=[self.random.choice([self.topic, "nope", ""])],
            from_id=self.random.choice([host.get_id().to_bytes(), self.garbage(60)]),
            seqno=self.garbage(12),
            signature=self.garbage(80),
            key=self.garbage(80),
        )
        control = rpc_pb2.ControlMessage(
            graft=[rpc_pb2.ControlGraft(topicID=self.garbage(9).hex())],
            prune=[rpc_pb2.ControlPrune(topicID=self.topic, backoff=self.random.getrandbits(60))],
            ihave=[rpc_pb2.ControlIHave(topicID=self.topic, messageIDs=[self.garbage(40)] * 90)],
            iwant=[rpc_pb2.ControlIWant(messageIDs=[self.garbage(40)] * 90)],
        )
        subscriptions = [rpc_pb2.RPC.SubOpts(subscribe=True, topicid=self.garbage(9).hex())]
        rpc = rpc_pb2.RPC(publish=[message], control=control, subscriptions=subscriptions)
        frame = bytearray(encode_varint_prefixed(rpc.SerializeToString()))
        for _ in range(self.random.randrange(4)):
            frame[self.random.randrange(len(frame))] = self.random.randrange(256)
        stream = await host.new_stream(self.peer, [PROTOCOL_ID_V11])
        await stream.write(bytes(frame))

    async def yamux(self, host, connection) -> None:
        header = bytes([0, self.random.randrange(5)]) + self.random.randbytes(10)
        await connection.muxed_conn._write_frame(header)

    async def request(self, host, connection) -> None:
        stream = await host.new_stream(self.peer, [TProtocol(self.protocols[0])])
        await stream.write(self.random.choice([b"\xff\xff\xff\xff\x0f", b"\xff" * 9, b"\x90\x4e"]))
        await stream.write(self.garbage())


async def require_service(address: str) -> None:
    network = LibP2PNetwork(os.urandom(32), [], [address])
    async with network.running():
        answer = await network.request(
            address.rsplit("/", 1)[1], "/echo/1", b"hello", limit=10, timeout=20
        )
        assert answer == b"hello"


async def settled(process: psutil.Process) -> tuple[int, int]:
    """Resident bytes and open files once the node has let go of its last guests."""
    fds = process.num_fds()
    with trio.move_on_after(20):
        while True:
            await trio.sleep(2)
            if process.num_fds() == fds:
                break
            fds = process.num_fds()
    return process.memory_info().rss, process.num_fds()


async def siege(inputs: int, seed: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two like rounds; resident bytes and open files after each."""
    hardening.apply()
    script = Path(__file__).with_name("node_process.py")
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            address = child.stdout.readline().strip()
            process = psutil.Process(child.pid)
            found = []
            for _ in range(2):
                attacks = Round(address, seed)
                await attacks.run(inputs)
                assert attacks.sent.total() >= inputs, "the node takes nothing any more"
                await require_service(address)
                found.append(await settled(process))
            return found[0], found[1]
        finally:
            child.kill()


async def main(inputs: int, seed: int) -> int:
    (memory, files), (more_memory, more_files) = await siege(inputs, seed)
    growth = more_memory / memory - 1
    print(
        f"after {inputs} hostile inputs: {memory / 1e6:.1f} MB, {files} files;"
        f" after {inputs} more: {more_memory / 1e6:.1f} MB ({growth:+.1%}), {more_files} files"
    )
    return int(growth >= 0.05 or more_files > files)


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    inputs, seed = [*arguments, *[2000, 1][len(arguments) :]]
    sys.exit(trio.run(main, inputs, seed))
