"""Pictures that a person uploads or a peer publishes, turned into WebP of ours before anything shows or spreads them.

Each is converted in a process of its own (see picture_worker): a thread would share our keys and memory with decoders
written in C, can't be stopped when it takes too long, and can't be held to an amount of memory.
"""

import subprocess
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio
from starlette.requests import Request
from starlette.responses import Response

from node.protocol.errors import InputError, NotFound
from node.protocol.kinds.case import MAX_PIECES, PIECE
from node.web.picture_worker import REFUSALS

LARGE, SMALL = 1200, 480  # the longer side, pixels
MAX_UPLOAD = 10 * 1024 * 1024  # bytes
WORKER_SECONDS = 15
WORKERS = 2
MAX_EVIDENCE = PIECE * MAX_PIECES  # bytes
CACHE_BYTES = 48 * 1024 * 1024
MESSAGES = {
    "picture.size": "A picture has at most 10 MB.",
    "picture.unreadable": "This is not a JPEG, PNG, WebP or GIF picture that can be read.",
    "picture.pixels": "A picture has at most 25 megapixels.",
}
_WORKER = Path(__file__).with_name("picture_worker.py")
_workers = trio.CapacityLimiter(WORKERS)


async def convert(data: bytes, side: int = LARGE) -> bytes:
    """A picture as WebP, its longer side at most `side` pixels.

    Raises InputError "picture.size", "picture.unreadable" or "picture.pixels"."""
    if len(data) > MAX_UPLOAD:
        raise _refused("picture.size")
    async with _workers:
        with trio.move_on_after(WORKER_SECONDS):
            done = await trio.run_process(
                [sys.executable, "-I", str(_WORKER), str(side)],
                stdin=data,
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                check=False,
                env={},
                cwd="/",
            )
            if done.returncode == 0:
                return done.stdout
            raise _refused(REFUSALS.get(done.returncode, "picture.unreadable"))
    raise _refused("picture.unreadable")


EVIDENCE_SIDES = (1200, 960, 720, 480)
"""Longer sides that are tried one after the other until what is shown to an arbiter is small enough."""


async def evidence(data: bytes) -> bytes:
    """A picture as WebP, as large as an arbiter can be shown. Raises InputError as `convert` does."""
    for side in EVIDENCE_SIDES:
        made = await convert(data, side)
        if len(made) <= MAX_EVIDENCE:
            break
    return made


def _refused(rule: str) -> InputError:
    return InputError(rule, MESSAGES[rule], "picture")


class Gallery:
    """Published pictures by blob id, converted once while they stay in memory. `fetch` is the peer's `picture`."""

    def __init__(self, fetch: Callable[[str], Awaitable[tuple[str, bytes]]]):
        self._fetch = fetch
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._held = 0
        self._under_way: dict[tuple[str, int], trio.Event] = {}

    async def get(self, blob: str, side: int) -> bytes:
        """Raises NotFound, Unavailable as `fetch` does, and InputError for what is no picture."""
        key = blob, side
        while key in self._under_way:
            await self._under_way[key].wait()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        done = self._under_way[key] = trio.Event()
        try:
            _, data = await self._fetch(blob)
            self._keep(key, await convert(data, side))
            return self._kept[key]
        finally:
            del self._under_way[key]
            done.set()

    def _keep(self, key: tuple[str, int], picture: bytes) -> None:
        self._kept[key] = picture
        self._held += len(picture)
        while self._held > CACHE_BYTES and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self._held -= len(dropped)


async def drawn(data: bytes) -> Response:
    """A picture that somebody has shown. Raises NotFound for what is none."""
    try:
        made = await convert(data)
    except InputError as error:
        raise NotFound("picture.unreadable", "This picture can't be shown.") from error
    headers = {"cache-control": "private, max-age=31536000, immutable"}
    return Response(made, media_type="image/webp", headers=headers)


async def show(request: Request) -> Response:
    """GET /pictures/{id}?size=480|1200. What an id names never changes, so the browser may keep it."""
    blob = request.path_params["id"]
    if len(blob) != 52:
        raise NotFound("picture.unknown", "There is no such picture.")
    side = SMALL if request.query_params.get("size") == str(SMALL) else LARGE
    try:
        picture = await request.app.state.gallery.get(blob, side)
    except InputError as error:
        raise NotFound("picture.unreadable", "This picture can't be shown.") from error
    return Response(
        picture,
        media_type="image/webp",
        headers={"cache-control": "private, max-age=31536000, immutable"},
    )
