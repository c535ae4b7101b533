"""Serve an ASGI application on loopback with hypercorn under trio, so that no connection can harm another or the node.

Hypercorn runs all connections in one nursery, where an exception in one ends them all
(https://github.com/pgjones/hypercorn/issues/225). So we accept connections ourselves, run each behind a guard, and
speak HTTP/1.1 alone: no WebSocket, no HTTP/2. It also sends without a deadline; we don't.
"""

import errno
import logging
import socket
from functools import partial
from importlib.metadata import version

import trio
from h11 import Request
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import Closed, Event, RawData
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr
from starlette.types import ASGIApp

HYPERCORN = "0.18.0"  # the guard below leans on internals: another version must be read first

MAX_CONNECTIONS = 256
MAX_HEAD = 16 * 1024  # request line and headers, bytes
IDLE_SECONDS = 30  # between requests, and for a request's head to arrive whole
SEND_SECONDS = 20  # for a client to take SEND_CHUNK
SEND_CHUNK = 64 * 1024
GRACE_SECONDS = 3  # for requests under way when the node stops
REQUESTS_PER_CONNECTION = 1000

_LOST = (
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.BusyResourceError,  # being closed by another task
    trio.TooSlowError,
)

log = logging.getLogger(__name__)


class Refused(Exception):
    """The client asked for a protocol that isn't spoken here."""


async def serve(
    app: ASGIApp,
    port: int,
    stopping: trio.Event,
    task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve `app` at 127.0.0.1 (and ::1 where there is IPv6) until `stopping` is set; reports the port when listening.

    Both addresses are taken, because a browser may try either for a name under .localhost, and whoever held the other
    one would be sent our cookie. Port 0 lets the system choose. Raises OSError when the port is taken, RuntimeError
    when another hypercorn than the one we know is installed."""
    if version("hypercorn") != HYPERCORN:
        raise RuntimeError(f"hypercorn {HYPERCORN} is needed, {version('hypercorn')} is installed")
    config = _config()
    context = WorkerContext(None)
    wrapped = ASGIWrapper(app)
    listeners = _listen(port)
    places = trio.CapacityLimiter(MAX_CONNECTIONS)

    async def handle(stream: trio.SocketStream) -> None:
        try:
            places.acquire_on_behalf_of_nowait(stream)
        except trio.WouldBlock:
            return  # trio closes the stream
        try:
            await Connection(wrapped, config, context, ConnectionState({}), stream).run()
        except* Refused:
            pass
        except* Exception as group:
            log.warning("A connection was dropped: %r", group.exceptions[0])
        finally:
            places.release_on_behalf_of(stream)

    async with trio.open_nursery() as connections, trio.open_nursery() as accepting:
        accepting.start_soon(
            partial(trio.serve_listeners, handle, listeners, handler_nursery=connections)
        )
        task_status.started(listeners[0].socket.getsockname()[1])
        await stopping.wait()
        await context.terminated.set()
        connections.cancel_scope.deadline = trio.current_time() + GRACE_SECONDS
        accepting.cancel_scope.cancel()


def _config() -> Config:
    config = Config()
    config.accesslog = None
    config.errorlog = log
    config.include_server_header = False
    config.h11_max_incomplete_size = MAX_HEAD
    config.keep_alive_timeout = IDLE_SECONDS
    config.keep_alive_max_requests = REQUESTS_PER_CONNECTION
    return config


def _listen(port: int) -> list[trio.SocketListener]:
    first = _socket(socket.AF_INET, ("127.0.0.1", port))
    sockets = [first]
    try:
        sockets.append(_socket(socket.AF_INET6, ("::1", first.getsockname()[1])))
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            first.close()
            raise
    return [trio.SocketListener(trio.socket.from_stdlib_socket(each)) for each in sockets]


def _socket(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


class Protocol(H11Protocol):
    """HTTP/1.1 without upgrades, its head bounded."""

    async def _check_protocol(self, event: Request) -> None:
        """An offer of HTTP/2 is ignored, as RFC 9110 §7.8 allows; a WebSocket is refused before hypercorn makes one."""
        if event.http_version not in (b"1.0", b"1.1"):
            await self._refuse(505)
        head = len(event.target) + sum(len(name) + len(value) for name, value in event.headers)
        if head > MAX_HEAD:  # h11 bounds a head that comes in pieces, not one that comes whole
            await self._refuse(431)
        if any(
            name == b"upgrade" and b"websocket" in value.lower() for name, value in event.headers
        ):
            await self._refuse(400)

    async def _refuse(self, status: int) -> None:
        await self._send_error_response(status)
        await self.send(Closed())
        raise Refused


class Connection(TCPServer):
    """One client's connection."""

    async def run(self) -> None:
        # Cancelled when the client is lost: a reader that was paused by a second request would never hear of it
        self._reading = trio.CancelScope()
        try:
            here = self.stream.socket
            client = parse_socket_addr(here.family, here.getpeername())
            server = parse_socket_addr(here.family, here.getsockname())
            async with TaskGroup() as self._task_group:
                self.protocol = Protocol(
                    self.app,
                    self.config,
                    self.context,
                    self._task_group,
                    ConnectionState(self.state),
                    False,
                    client,
                    server,
                    self.protocol_send,
                )
                await self.idle_task.restart(self._task_group, self._idle_timeout)
                with self._reading:
                    await self._read_data()
                await self.protocol.handle(Closed())
                await self.idle_task.stop()  # or what has ended waits for its timeout
        except OSError:
            pass
        finally:
            with trio.CancelScope(shield=True, deadline=trio.current_time() + SEND_SECONDS):
                await self._close()

    async def protocol_send(self, event: Event) -> None:
        if isinstance(event, RawData):
            await self._send(event.data)
        else:
            await super().protocol_send(event)

    async def _send(self, data: bytes) -> None:
        async with self.send_lock:
            try:
                view = memoryview(data)
                for start in range(0, len(view), SEND_CHUNK):
                    with trio.fail_after(SEND_SECONDS):
                        await self.stream.send_all(view[start : start + SEND_CHUNK])
            except _LOST:
                await trio.aclose_forcefully(self.stream)
                await self.protocol.handle(Closed())
                self._reading.cancel()
