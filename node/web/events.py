"""Live updates for open pages by Server-Sent Events (WHATWG HTML §9.2).

A stream begins with "event: sync", because anything may have changed since the page was rendered or the last stream broke:
the page fetches what it shows again. Then come the peer's changes, their topic ("order", "listing", "status") as the event and
the id of the thing, if it has one, as its data.
"""

from collections.abc import Callable

import trio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

MAX_STREAMS = 24  # the oldest makes room: it is the tab that was looked at longest ago
KEEP_ALIVE_SECONDS = 15
GATHER_SECONDS = 0.1  # changes often come together: the page fetches once
LIFETIME_SECONDS = 3600  # browsers connect again by themselves
RETRY_MILLISECONDS = 2000
EVICTED_RETRY_MILLISECONDS = 60_000
WAITING = 64  # changes that a slow reader may be behind; beyond, it is told to fetch again

Change = tuple[str, ...]
SYNC: Change = ("sync",)


class Streams:
    """The open streams of one application, oldest first."""

    def __init__(self) -> None:
        self._open: dict[object, trio.Event] = {}

    def enter(self, stream: object) -> trio.Event:
        """Register a stream; the event returned is set when it must make room."""
        while len(self._open) >= MAX_STREAMS:
            oldest = next(iter(self._open))
            self._open.pop(oldest).set()
        leave = trio.Event()
        self._open[stream] = leave
        return leave

    def leave(self, stream: object) -> None:
        self._open.pop(stream, None)

    def __len__(self) -> int:
        return len(self._open)


class EventStream(Response):
    """Send changes that are `wanted` until the reader leaves, the node stops, or a newer stream needs the place."""

    media_type = "text/event-stream"

    def __init__(self, request: Request, wanted: Callable[[Change], bool] = lambda change: True):
        super().__init__(headers={"cache-control": "no-store"})
        del self.headers["content-length"]
        state = request.app.state
        self._peer, self._stopping, self._streams = state.peer, state.stopping, state.streams
        self._wanted = wanted
        self._pending: dict[Change, None] = {SYNC: None}
        self._wake = trio.Event()
        self._sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        evicted = self._streams.enter(self)
        gone = trio.Event()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with trio.open_nursery() as nursery:
                nursery.cancel_scope.deadline = trio.current_time() + LIFETIME_SECONDS
                for end in (self._stopping, evicted, gone):
                    nursery.start_soon(_cancel_when, end, nursery.cancel_scope)
                nursery.start_soon(_watch, receive, gone)
                nursery.start_soon(self._listen)
                await self._write(send)
            if not gone.is_set():
                last = f"retry: {EVICTED_RETRY_MILLISECONDS}\n\n" if evicted.is_set() else ""
                await send({"type": "http.response.body", "body": last.encode()})
        finally:
            self._streams.leave(self)

    async def _listen(self) -> None:
        while True:
            async for change in self._peer.changes():
                if self._wanted(change):
                    self._tell(change)
            self._tell(SYNC)  # the peer ends a listener that has fallen behind

    def _tell(self, change: Change) -> None:
        if len(self._pending) >= WAITING:
            self._pending = {SYNC: None}
        self._pending[change] = None  # the same change twice is one
        self._wake.set()

    async def _write(self, send: Send) -> None:
        first = f"retry: {RETRY_MILLISECONDS}\n"
        self._wake.set()
        while True:
            with trio.move_on_after(KEEP_ALIVE_SECONDS):
                await self._wake.wait()
                if not first:
                    await trio.sleep(GATHER_SECONDS)
            changes, self._pending, self._wake = self._pending, {}, trio.Event()
            text = first + ("".join(map(self._event, changes)) or ": still here\n\n")
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
            first = ""

    def _event(self, change: Change) -> str:
        self._sent += 1
        name, data = change[0], change[1] if len(change) > 1 else ""
        return f"id: {self._sent}\nevent: {name}\ndata: {data}\n\n"


async def everything(request: Request) -> Response:
    """GET /events: every change; with ?order=<id>, those of one order."""
    order = request.query_params.get("order")
    if order is None:
        return EventStream(request)
    return EventStream(request, lambda change: change == ("order", order))


async def _cancel_when(event: trio.Event, scope: trio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


async def _watch(receive: Receive, gone: trio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()
