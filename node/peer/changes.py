"""Tells pages that something changed, so that they can look again. Carries names, never content."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

BACKLOG = 64
"""Changes that wait for one slow listener. When it overflows the listener's channel ends."""


class Changes:
    """A broadcast of (topic, id) pairs such as ("order", order id as text)."""

    def __init__(self) -> None:
        self._listeners: set[trio.MemorySendChannel] = set()

    def tell(self, topic: str, id: str = "") -> None:
        for listener in list(self._listeners):
            try:
                listener.send_nowait((topic, id))
            except (trio.WouldBlock, trio.BrokenResourceError):
                self._listeners.discard(listener)
                listener.close()

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[trio.MemoryReceiveChannel]:
        """A channel of changes from now on. It ends when the listener falls too far behind: listen again and reload."""
        send, receive = trio.open_memory_channel(BACKLOG)
        self._listeners.add(send)
        try:
            async with receive:
                yield receive
        finally:
            self._listeners.discard(send)
            send.close()

    @property
    def listeners(self) -> int:
        return len(self._listeners)
