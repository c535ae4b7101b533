"""One length-prefixed request, one length-prefixed response, then the stream is done.

A message is an unsigned varint (multiformats unsigned-varint, at most 5 bytes here) and that many bytes. The asker closes
its side after the request. A responder that can't or won't answer resets the stream.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import trio
from libp2p.custom_types import TProtocol
from libp2p.io.exceptions import IncompleteReadError
from libp2p.io.utils import read_exactly
from libp2p.network.stream.exceptions import StreamError
from libp2p.peer.id import ID
from libp2p.protocol_muxer.multiselect import MULTISELECT_PROTOCOL_ID
from libp2p.utils.varint import encode_delim, encode_uvarint

from node.network.hardening import read_short_delim, reset_quietly, where
from node.network.limits import Limits
from node.ports import Handler
from node.protocol.errors import EtalError, RuleError, Unavailable

GREETING = encode_delim(MULTISELECT_PROTOCOL_ID.encode())
PREFIX = 5  # bytes of the longest length prefix
PIECE = 64 * 1024  # bytes
PING = TProtocol("/ipfs/ping/1.0.0")
PING_LENGTH = 32
PINGS = 100  # answered on one stream

log = logging.getLogger("etal.network")


class TooLong(EtalError):
    """The other side announced more than it may send."""


class Unspoken(EtalError):
    """The other side doesn't speak this protocol."""


class Buffered:
    """Reads a stream in large pieces: each read of libp2p's costs some 30 µs, however short."""

    def __init__(self, stream):
        self.stream = stream
        self.held = b""

    async def read(self, most: int) -> bytes:
        held = self.held or await self.stream.read(PIECE)
        self.held = held[most:]
        return held[:most]


async def read_message(stream, limit: int) -> bytes:
    """The next message. Raises TooLong before reading any of a message above `limit`, and libp2p's errors."""
    length = 0
    for place in range(PREFIX):
        byte = (await read_exactly(stream, 1))[0]
        length |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    else:
        raise TooLong("length prefix too long")
    if length > limit:
        raise TooLong(f"{length} bytes announced, {limit} allowed")
    message = bytearray()
    while len(message) < length:
        message += await stream.read(length - len(message)) or fail()
    return bytes(message)


def fail() -> bytes:
    raise IncompleteReadError("the stream ended within a message")


async def write_message(stream, message: bytes) -> None:
    await stream.write(encode_uvarint(len(message)) + message)


@dataclass(frozen=True)
class Served:
    handler: Handler
    request_limit: int


class Streams:
    """Both ends of request and response on one host."""

    def __init__(self, host, limits: Limits, blame):
        self.host = host
        self.network = host.get_network()
        self.limits = limits
        self.blame = blame
        self.answering: dict[trio.CancelScope, ID] = {}  # whose each request is, the oldest first
        self.asking: dict[ID, trio.Semaphore] = defaultdict(
            lambda: trio.Semaphore(limits.requests_to_peer)
        )
        host.set_stream_handler(PING, self.answer_pings)

    def serve(self, protocol: str, handler: Handler, request_limit: int) -> None:
        served = Served(handler, request_limit)

        async def answer(stream) -> None:
            await self._answer(stream, protocol, served)

        self.host.set_stream_handler(TProtocol(protocol), answer)

    async def _answer(self, stream, protocol: str, served: Served) -> None:
        peer = stream.muxed_conn.peer_id
        if self._make_room(peer):
            with self._slot(peer) as slot:
                await self._respond(stream, peer, protocol, served)
            if not slot.cancelled_caught:
                return
        await reset_quietly(stream)

    def _make_room(self, peer: ID) -> bool:
        """Whether one more of this peer may be answered. When all slots are taken, it pushes out the oldest of the peer that has
        most, so that those who never finish, be it asking or listening, keep nobody out."""
        shares = Counter(self.answering.values())
        if shares[peer] >= self.limits.requests_per_peer:
            return False
        if len(self.answering) < self.limits.requests:
            return True
        greediest, most = shares.most_common(1)[0]
        if shares[peer] >= most:
            return False
        oldest = next(slot for slot, whose in self.answering.items() if whose == greediest)
        del self.answering[oldest]
        oldest.cancel()
        return True

    @contextmanager
    def _slot(self, peer: ID) -> Iterator[trio.CancelScope]:
        """Counts as one request of this peer for as long as it lasts; cancelled when another needs the slot."""
        with trio.CancelScope() as slot:
            self.answering[slot] = peer
            try:
                yield slot
            finally:
                self.answering.pop(slot, None)

    async def _respond(self, stream, peer: ID, protocol: str, served: Served) -> None:
        try:
            with trio.fail_after(self.limits.receive):
                request = await read_message(Buffered(stream), served.request_limit)
            with trio.fail_after(self.limits.answer):
                response = await served.handler(str(peer), request)
                await write_message(stream, response)
                await stream.close()
        except TooLong as error:
            self.blame(peer, f"{protocol}: {error}")
            await reset_quietly(stream)
        except RuleError as error:
            log.debug("%s: refused a request of %s: %s", protocol, peer, error.rule)
            await reset_quietly(stream)
        except (StreamError, IncompleteReadError, trio.TooSlowError) as error:
            log.debug("%s: %s with %s", protocol, type(error).__name__, peer)
            await reset_quietly(stream)
        except Exception as error:
            log.error("%s: the handler failed: %s", protocol, where(error))
            await reset_quietly(stream)

    async def ask(
        self, peer: ID, protocol: str, request: bytes, limit: int, timeout: float
    ) -> bytes:
        """Raises Unavailable for whatever goes wrong at the other side or on the way."""
        slots = self.asking[peer]
        try:
            with trio.fail_after(timeout):
                async with slots:
                    return await self._exchange(peer, protocol, request, limit)
        except trio.TooSlowError as error:
            raise Unavailable(f"{peer} didn't answer within {timeout:g} s") from error
        except TooLong as error:
            raise Unavailable(f"{peer} answered with too much: {error}") from error
        except Exception as error:
            raise Unavailable(f"{peer} can't be asked: {type(error).__name__}") from error
        finally:
            if slots.value == self.limits.requests_to_peer and not slots.statistics().tasks_waiting:
                self.asking.pop(peer, None)

    async def _exchange(self, peer: ID, protocol: str, request: bytes, limit: int) -> bytes:
        async with self._opened(peer) as stream:
            # The protocol is proposed and the request sent in one breath, which saves a round trip.
            message = encode_uvarint(len(request)) + request
            await stream.write(GREETING + encode_delim(protocol.encode()) + message)
            await stream.close_write()
            reader = Buffered(stream)
            await require_spoken(reader, protocol)
            response = await read_message(reader, limit)
            if await ends(reader):
                await stream.close()
            return response

    @asynccontextmanager
    async def _opened(self, peer: ID):
        """A new stream; reset at the end unless it was closed."""
        stream = await self.network.new_stream(peer)
        try:
            yield stream
        finally:
            if not stream.is_closed:
                with trio.CancelScope(shield=True):
                    await reset_quietly(stream)

    async def answer_pings(self, stream) -> None:
        """libp2p's own keeps a set for every peer that ever pinged."""
        try:
            for _ in range(PINGS):
                with trio.fail_after(self.limits.ping_every * 2):
                    await stream.write(await read_exactly(stream, PING_LENGTH))
        except (StreamError, IncompleteReadError, trio.TooSlowError):
            pass
        await reset_quietly(stream)

    async def ping(self, peer: ID, payload: bytes) -> bool:
        """Whether the peer sends `payload` (32 bytes) back. Raises libp2p's errors."""
        async with self._opened(peer) as stream:
            await stream.write(GREETING + encode_delim(PING.encode()) + payload)
            reader = Buffered(stream)
            await require_spoken(reader, PING)
            return await read_exactly(reader, PING_LENGTH) == payload


async def require_spoken(stream, protocol: str) -> None:
    """Read the answer to our proposal of a protocol (multistream-select 1.0). Raises Unspoken when it isn't yes."""
    greeting = await read_short_delim(stream)
    if greeting != MULTISELECT_PROTOCOL_ID.encode():
        raise Unspoken("no multistream-select")
    if await read_short_delim(stream) != protocol.encode():
        raise Unspoken(protocol)


async def ends(stream) -> bool:
    """Whether the other side closes after its response. Waiting for that lets both sides forget the stream at once."""
    with trio.move_on_after(1.0):
        try:
            return not await stream.read(1)
        except StreamError:
            return True
    return False
