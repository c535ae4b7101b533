"""Pictures that a person uploads or a peer publishes, turned into WebP of ours before anything shows or spreads them.

Each is converted in a process of its own (see picture_worker): a thread would share our keys and memory with decoders
written in C, can't be stopped when it takes too long, and can't be held to an amount of memory.
"""

import struct
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import trio
from starlette.requests import Request
from starlette.responses import Response

from node.protocol.errors import InputError, NotFound
from node.web.picture_worker import REFUSALS, SIZES

MAX_UPLOAD = 10 * 1024 * 1024  # bytes
WORKER_SECONDS = 15
WORKERS = 2
CACHE_BYTES = 48 * 1024 * 1024
MESSAGES = {
    "picture.size": "A picture has at most 10 MB.",
    "picture.unreadable": "This is not a JPEG, PNG, WebP or GIF picture that can be read.",
    "picture.pixels": "A picture has at most 25 megapixels.",
}
_WORKER = Path(__file__).with_name("picture_worker.py")
_workers = trio.CapacityLimiter(WORKERS)


@dataclass(frozen=True)
class Converted:
    """A picture as WebP, its longer side at most 1200 and 480 pixels."""

    large: bytes
    small: bytes

    def size(self) -> int:
        return len(self.large) + len(self.small)


async def convert(data: bytes) -> Converted:
    """Raises InputError "picture.size", "picture.unreadable" or "picture.pixels"."""
    if len(data) > MAX_UPLOAD:
        raise _refused("picture.size")
    async with _workers:
        with trio.move_on_after(WORKER_SECONDS):
            done = await trio.run_process(
                [sys.executable, "-I", str(_WORKER)],
                stdin=data,
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                check=False,
                env={},
                cwd="/",
            )
            if done.returncode == 0:
                return Converted(*_split(done.stdout))
            raise _refused(REFUSALS.get(done.returncode, "picture.unreadable"))
    raise _refused("picture.unreadable")


def _split(output: bytes) -> list[bytes]:
    parts, start = [], 0
    for _ in SIZES:
        (length,) = struct.unpack_from(">I", output, start)
        parts.append(output[start + 4 : start + 4 + length])
        start += 4 + length
    return parts


def _refused(rule: str) -> InputError:
    return InputError(rule, MESSAGES[rule], "picture")


class Gallery:
    """Published pictures by blob id, converted once while they stay in memory. `fetch` is the peer's `picture`."""

    def __init__(self, fetch: Callable[[str], Awaitable[tuple[str, bytes]]]):
        self._fetch = fetch
        self._kept: OrderedDict[str, Converted] = OrderedDict()
        self._held = 0
        self._under_way: dict[str, trio.Event] = {}

    async def get(self, blob: str) -> Converted:
        """Raises NotFound, Unavailable as `fetch` does, and InputError for what is no picture."""
        while blob in self._under_way:
            await self._under_way[blob].wait()
        if blob in self._kept:
            self._kept.move_to_end(blob)
            return self._kept[blob]
        done = self._under_way[blob] = trio.Event()
        try:
            _, data = await self._fetch(blob)
            converted = await convert(data)
            self._keep(blob, converted)
        finally:
            del self._under_way[blob]
            done.set()
        return converted

    def _keep(self, blob: str, converted: Converted) -> None:
        self._kept[blob] = converted
        self._held += converted.size()
        while self._held > CACHE_BYTES:
            _, dropped = self._kept.popitem(last=False)
            self._held -= dropped.size()


async def show(request: Request) -> Response:
    """GET /pictures/{id}?size=480|1200. What an id names never changes, so the browser may keep it."""
    blob = request.path_params["id"]
    if len(blob) != 52:
        raise NotFound("picture.unknown", "There is no such picture.")
    try:
        converted = await request.app.state.gallery.get(blob)
    except InputError as error:
        raise NotFound("picture.unreadable", "This picture can't be shown.") from error
    small = request.query_params.get("size") == str(SIZES[1])
    return Response(
        converted.small if small else converted.large,
        media_type="image/webp",
        headers={"cache-control": "private, max-age=31536000, immutable"},
    )
