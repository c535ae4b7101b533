"""Every change that we make to the inside of libp2p 0.8.1, each named after the fault that it answers.

Written for exactly this release: `apply` refuses any other, because the faults and the insides move. What can be had by
passing arguments or by subclassing lives in host.py and topics.py instead.
"""

import ipaddress
import logging
import traceback
from contextlib import suppress
from pathlib import Path

import libp2p
import libp2p.network.connection.swarm_connection as swarm_connection
import libp2p.network.swarm as swarm
import libp2p.protocol_muxer.multiselect_communicator as communicator
import libp2p.stream_muxer.muxer_multistream as muxer_multistream
import libp2p.stream_muxer.yamux.yamux as yamux
import trio
from libp2p.io.exceptions import MessageTooLarge
from libp2p.network.connection.exceptions import RawConnError
from libp2p.network.connection.raw_connection import RawConnection
from libp2p.utils.varint import read_varint_prefixed_bytes_limited

from node.network.limits import MAX_BUFFERED, MAX_NEGOTIATION, MAX_WINDOW, Limits
from node.protocol.errors import StateError

VERSION = "0.8.1"
WRITE_STALL = 10.0  # seconds for which a peer may refuse to take one frame of 64 KiB
LINGER = 10.0  # seconds for which a peer may leave a finished stream half open

log = logging.getLogger("etal.network")


def apply() -> None:
    """Patch libp2p once for the whole process. Raises StateError for a release that this wasn't written for."""
    if libp2p.__version__ != VERSION:
        raise StateError(f"libp2p {VERSION} is required, not {libp2p.__version__}")
    silence_logs()
    swarm.Swarm._do_handle_inbound_connection = hold_slot_for_the_connection
    swarm.Swarm._handle_inbound_connection = drop_oldest_handshake
    swarm_connection.SwarmConn._handle_muxed_stream = contain_stream_handler
    swarm_connection.SwarmConn.start = contain_connection
    communicator.read_delim = read_short_delim
    muxer_multistream.Yamux = BoundedYamux  # libp2p ignores the class that it is given
    yamux.MAX_WINDOW_SIZE = MAX_WINDOW
    yamux.YamuxStream._auto_tune_and_send_window_update = update_window_at_half


def silence_logs() -> None:
    """Fault: warnings about what strangers do go raw to stderr, some of them through the root logger, with payload in them."""
    loud = logging.getLogger("libp2p")
    loud.addHandler(logging.NullHandler())
    loud.propagate = False
    loud.setLevel(logging.CRITICAL)
    for name in ("multiaddr", "zeroconf"):
        logging.getLogger(name).setLevel(logging.ERROR)
    swarm_connection.logging = loud


def where(error: BaseException) -> str:
    """The kind of an error and the line that raised it, for a log. Its text stays out: it may quote what a peer sent."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


# ------------------------------------------------------------------------------------- inbound connections


class Doorman:
    """Counts the inbound connections of each IP address for one swarm."""

    def __init__(self, limits: Limits):
        self.limits = limits
        self.pending: dict[str, dict[object, trio.CancelScope]] = {}
        self.established: dict[str, int] = {}


def attach_doorman(network: swarm.Swarm, limits: Limits) -> None:
    network._etal_doorman = Doorman(limits)
    network._inbound_limiter = trio.CapacityLimiter(limits.inbound)


async def drop_oldest_handshake(self, read_write_closer, maddr) -> None:
    """Fault: 200 silent sockets of one stranger hold every slot. A newcomer pushes out the oldest handshake of its own IP."""
    doorman: Doorman = self._etal_doorman
    host = remote_host(read_write_closer)
    if doorman.established.get(host, 0) >= doorman.limits.per_host:
        log.info("refused a connection from %s: it has too many", host)
        await close_quietly(read_write_closer)
        return
    waiting = doorman.pending.get(host, {})
    if len(waiting) >= doorman.limits.pending_per_host:
        waiting.pop(next(iter(waiting))).cancel()
        await trio.lowlevel.checkpoint()
    try:
        self._inbound_limiter.acquire_nowait()
    except trio.WouldBlock:
        await close_quietly(read_write_closer)
        return
    ticket = object()
    try:
        with trio.CancelScope() as scope:
            doorman.pending.setdefault(host, {})[ticket] = scope
            await self._do_handle_inbound_connection(read_write_closer, maddr, (host, ticket))
        if scope.cancelled_caught:
            await close_quietly(read_write_closer)
    finally:
        forget_ticket(doorman, host, ticket)
        self._inbound_limiter.release()


async def hold_slot_for_the_connection(self, read_write_closer, maddr, place) -> None:
    """Fault: a slot is held until the swarm ends, so connection 201 is refused with none alive. Ours ends with its connection."""
    doorman: Doorman = self._etal_doorman
    host, ticket = place
    raw = RawConnection(read_write_closer, False)
    counted = False
    try:
        muxed = await self.upgrade_inbound_raw_conn(raw, maddr)
        forget_ticket(doorman, host, ticket)
        if doorman.established.get(host, 0) >= doorman.limits.per_host:
            await muxed.close()
            return
        doorman.established[host] = doorman.established.get(host, 0) + 1
        counted = True
        await muxed.event_closed.wait()
    except Exception as error:
        log.debug("inbound connection failed: %s", where(error))
    finally:
        if counted:
            doorman.established[host] -= 1
            if not doorman.established[host]:
                del doorman.established[host]
        await close_quietly(raw)


def forget_ticket(doorman: Doorman, host: str, ticket: object) -> None:
    waiting = doorman.pending.get(host)
    if waiting is not None:
        waiting.pop(ticket, None)
        if not waiting:
            doorman.pending.pop(host, None)


def remote_host(stream) -> str:
    """Who is at the other end: an IPv4 address, or an IPv6 network of 64 bits, which is what one household gets.
    (libp2p's own answer is None for IPv6.)"""
    try:
        return household(stream.stream.socket.getpeername()[0])
    except (OSError, AttributeError, ValueError):
        return "unknown"


def household(text: str) -> str:
    address = ipaddress.ip_address(text.partition("%")[0])
    if address.version == 6:
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


async def close_quietly(thing) -> None:
    with trio.CancelScope(shield=True), trio.move_on_after(1.0), suppress(Exception):
        await thing.close()


# ------------------------------------------------------------------------------------------------ streams


async def contain_stream_handler(self, muxed_stream) -> None:
    """Faults: an exception in a stream handler ends the host; streams are unlimited and stay when their peer never closes."""
    limit = self.swarm._etal_doorman.limits.streams_per_connection
    inbound = sum(not stream.is_initiator for stream in tuple(self.muxed_conn.streams.values()))
    try:
        if inbound > limit:
            await muxed_stream.reset()
            return
        stream = await self._add_stream(muxed_stream)
    except Exception as error:
        log.debug("inbound stream failed: %s", where(error))
        return
    try:
        await self.swarm.common_stream_handler(stream)
    except Exception as error:
        log.debug("stream handler failed: %s", where(error))
        await reset_quietly(stream)
    finally:
        self.remove_stream(stream)
    if not muxed_stream.closed:
        await trio.sleep(LINGER)
        if not muxed_stream.closed:
            await reset_quietly(stream)


async def contain_connection(self) -> None:
    """Fault: an exception while a connection is torn down ends the host."""
    try:
        for stream in self.get_streams():
            await stream.set_state(swarm_connection.StreamState.OPEN)
        await self._handle_new_streams()
    except Exception as error:
        log.debug("connection failed: %s", where(error))
        with suppress(Exception):
            await self.close()


async def reset_quietly(stream) -> None:
    with suppress(Exception):
        await stream.reset()


async def read_short_delim(reader) -> bytes:
    """Fault: a negotiation message may be 2^64 bytes long. Ours are short."""
    try:
        data = await read_varint_prefixed_bytes_limited(reader, MAX_NEGOTIATION)
    except MessageTooLarge as error:
        raise communicator.ParseError("negotiation message too long") from error
    if data[-1:] != b"\n":
        raise communicator.ParseError("negotiation message without its end")
    return data[:-1]


# -------------------------------------------------------------------------------------------------- yamux


class WindowOverrun(OSError):
    """A peer sent more than it was granted. An OSError, because yamux ends the connection on those."""


class Buffer(bytearray):
    """One stream's unread bytes; counts for its connection."""

    __slots__ = ("owner",)

    def extend(self, data) -> None:
        if len(self) + len(data) > MAX_WINDOW or self.owner.total() + len(data) > MAX_BUFFERED:
            self.owner.overrun.set()
            raise WindowOverrun("receive window overrun")
        super().extend(data)


class Buffers(dict):
    """The `stream_buffers` of one connection."""

    def __init__(self, overrun: trio.Event):
        super().__init__()
        self.overrun = overrun

    def total(self) -> int:
        return sum(map(len, self.values()))

    def __setitem__(self, key, value) -> None:
        buffer = Buffer(value)
        buffer.owner = self
        super().__setitem__(key, buffer)


class BoundedYamux(yamux.Yamux):
    """Faults: nothing enforces the receive window, so a peer can fill our memory; an exception in the read loop ends the host."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.stream_buffers = Buffers(self.event_shutting_down)

    async def start(self) -> None:
        try:
            await super().start()
        except Exception as error:
            log.debug("connection failed: %s", where(error))
        self.event_shutting_down.set()
        self.event_started.set()
        if not self.event_closed.is_set():
            with suppress(Exception):
                await self._cleanup_on_error()

    async def _write_frame(self, data: bytes) -> None:
        """Fault: a write cancelled half-way leaves the cipher out of step. Ours finishes, or ends the connection."""
        async with self._write_lock:
            with trio.CancelScope(shield=True), trio.move_on_after(WRITE_STALL) as stall:
                await self.secured_conn.write(data)
            if stall.cancelled_caught:
                self.event_shutting_down.set()
                socket = tcp_socket(self)
                if socket is not None:
                    socket.close()
                raise RawConnError("the peer takes no data")
        await trio.lowlevel.checkpoint()


async def update_window_at_half(self, *, bytes_read: int = 0) -> None:
    """Fault: one encrypted window update per read, granting more than the window. Ours waits for half a window, as go-yamux does."""
    buffered = len(self.conn.stream_buffers.get(self.stream_id, b""))
    if self.target_recv_window - (self.recv_window + buffered) < self.target_recv_window // 2:
        return
    async with self.window_lock:
        total = self._grow_to_delta(buffered)
        if total > 0:
            total += self._apply_autotune_epoch(buffered)
    if total > 0:
        await self.send_window_update(total, skip_lock=True)


# ------------------------------------------------------------------------------------------- end of a peer


def tcp_socket(muxed):
    """The trio socket under Yamux, SecureSession and what else libp2p stacks; None when there is none."""
    seen, todo = set(), [muxed]
    while todo:
        layer = todo.pop(0)
        if layer is None or id(layer) in seen:
            continue
        seen.add(id(layer))
        if isinstance(layer, trio.SocketStream):
            return layer.socket
        for name in ("secured_conn", "conn", "read_writer", "read_write_closer", "stream"):
            todo.append(getattr(layer, name, None))
    return None


async def kill_connection(connection, grace: float = 1.0) -> None:
    """Fault: close() waits for ever behind a write that a frozen peer never takes. After `grace` seconds the socket goes."""
    with trio.move_on_after(grace), suppress(Exception):
        await connection.close()
    if not connection.muxed_conn.is_closed:
        socket = tcp_socket(connection.muxed_conn)
        if socket is not None:
            socket.close()
        with trio.move_on_after(grace), suppress(Exception):
            await connection._cleanup()
