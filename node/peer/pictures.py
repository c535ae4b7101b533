"""Pictures by content id: our own are stored, others' are fetched from contacts and verified chunk by chunk."""

import logging
from collections import OrderedDict

import trio

from node.peer.world import World
from node.protocol import blobs
from node.protocol.blobs import Manifest
from node.protocol.errors import NotFound, RuleError, Unavailable

log = logging.getLogger("etal.pictures")

FETCH_LIMIT = 20.0
"""Seconds that a page waits for a picture of others."""

MAX_FETCHES = 8
"""Pictures fetched at once."""

MISSING_FOR = 60
"""Seconds for which a picture that nobody had, or that came too slowly, isn't asked for again."""

MAX_MISSING = 2_000


class Pictures:
    """The content that this node holds or can get."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._protocol = blobs.protocol(world.settings.network)
        self._fetching: dict[bytes, trio.Event] = {}
        self._missing: OrderedDict[bytes, float] = OrderedDict()
        self._slots = trio.CapacityLimiter(MAX_FETCHES)
        world.network.handle(self._protocol, self._answer, request_limit=blobs.MAX_REQUEST)

    def add(self, data: bytes, media_type: str) -> Manifest:
        """Store content of our own; the manifest goes last, so that a crash leaves no half a picture."""
        manifest = blobs.describe(data, media_type)
        for index, chunk in enumerate(blobs.split(data)):
            self._world.store.put_chunk(manifest.id, index, chunk)
        self._world.store.put_manifest(manifest.id, manifest.raw, keep=True)
        return manifest

    async def get(self, id: bytes) -> tuple[str, bytes]:
        """(media type, bytes). Raises NotFound where no contact has it, Unavailable where it takes too long."""
        while True:
            held = self._held(id)
            if held is not None:
                return held
            if self._missing.get(id, 0) > trio.current_time():
                raise NotFound("picture.missing", "Nobody in reach has this picture now.")
            if id not in self._fetching:
                return await self._fetch_once(id)
            await self._fetching[id].wait()

    def forget_missing(self) -> None:
        """Somebody new is in reach, who may have what nobody had."""
        self._missing.clear()

    async def _fetch_once(self, id: bytes) -> tuple[str, bytes]:
        done = self._fetching[id] = trio.Event()
        try:
            with trio.move_on_after(FETCH_LIMIT):
                async with self._slots:
                    return await self._fetch(id)
            self._note_missing(id)
            raise Unavailable("picture.slow", "The picture takes too long to arrive.")
        except NotFound:
            self._note_missing(id)
            raise
        finally:
            del self._fetching[id]
            done.set()

    def _note_missing(self, id: bytes) -> None:
        self._missing[id] = trio.current_time() + MISSING_FOR
        self._missing.move_to_end(id)
        while len(self._missing) > MAX_MISSING:
            self._missing.popitem(last=False)

    def _held(self, id: bytes) -> tuple[str, bytes] | None:
        raw = self._world.store.manifest(id)
        if raw is None:
            return None
        manifest = Manifest.parse(raw, id)
        chunks = [self._world.store.chunk(id, index) for index in range(len(manifest.chunks))]
        if any(chunk is None for chunk in chunks):
            return None
        return manifest.media_type, b"".join(chunks)

    async def _fetch(self, id: bytes) -> tuple[str, bytes]:
        for contact in self._world.network.contacts():
            try:
                if await self._fetch_from(contact.peer, id) and (held := self._held(id)):
                    return held
            except (RuleError, Unavailable) as fault:
                log.debug("picture from %s: %s", contact.peer, fault)
        raise NotFound("picture.missing", "Nobody in reach has this picture now.")

    async def _fetch_from(self, peer: str, id: bytes) -> bool:
        raw = await self._ask(peer, blobs.request(id))
        if raw is None:
            return False
        manifest = Manifest.parse(raw, id)
        for index in range(len(manifest.chunks)):
            # what an interrupted fetch has left is not fetched again
            if self._world.store.chunk(id, index) is None:
                chunk = await self._ask(peer, blobs.request(id, index))
                if chunk is None:
                    return False
                manifest.check(index, chunk)
                self._world.store.put_chunk(id, index, chunk)
        self._world.store.put_manifest(id, raw)
        return True

    async def _ask(self, peer: str, request: bytes) -> bytes | None:
        response = await self._world.network.request(
            peer, self._protocol, request, limit=blobs.MAX_RESPONSE
        )
        return blobs.read_response(response)

    async def _answer(self, peer: str, request: bytes) -> bytes:
        id, index = blobs.read_request(request)
        store = self._world.store
        return blobs.response(store.manifest(id) if index is None else store.chunk(id, index))
