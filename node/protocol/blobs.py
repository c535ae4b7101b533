"""Pictures and other files: chunks of 256 KiB under a manifest that lists their hashes. The id of the blob is the manifest's.

manifest  {"type": media type, "size": bytes, "chunks": [SHA-256, …]}      id = SHA-256 of these bytes
request   {"blob": id} or {"blob": id, "chunk": index}                     response  {"data": bytes} or {} (not held)
"""

import hashlib
import re
from dataclasses import dataclass

from node.protocol.encoding import ID_BYTES, decode, encode
from node.protocol.errors import Rejected, StateError

CHUNK = 256 * 1024
MAX_CHUNKS = 64
MAX_BLOB = CHUNK * MAX_CHUNKS  # 16 MiB
MAX_MANIFEST = 4 * 1024
MAX_REQUEST = 128
MAX_RESPONSE = CHUNK + 64
MEDIA_TYPE = re.compile("[a-z]{1,32}/[a-z0-9][a-z0-9.+-]{0,63}")

RULES = {
    "blob.request": f"A request is a map with `blob`, an id; a `chunk` in it is an index below {MAX_CHUNKS}.",
    "blob.response": "A response is a map; `data` in it are bytes.",
    "blob.id": "A manifest has at most 4 KiB, and its SHA-256 is the blob's id.",
    "blob.manifest": "A manifest is a map with the three fields of the table, one hash for each chunk.",
    "blob.chunk": "A chunk is one that the manifest names, of its size and hash.",
}
"""What must hold, by rule; bytes that break one are rejected."""


def protocol(network: str) -> str:
    """The id of the stream protocol."""
    return f"/etal/1/{network}/blobs"


@dataclass(frozen=True)
class Manifest:
    id: bytes
    raw: bytes
    media_type: str
    size: int
    chunks: tuple[bytes, ...]  # SHA-256 of each

    @staticmethod
    def parse(raw: bytes, id: bytes) -> "Manifest":
        """Raises Rejected: blob.id, blob.manifest, encoding.*"""
        if len(raw) > MAX_MANIFEST or hashlib.sha256(raw).digest() != id:
            raise Rejected("blob.id", "not the manifest of this id")
        value = decode(raw, MAX_MANIFEST)
        if type(value) is not dict:
            raise Rejected("blob.manifest", "a map is expected")
        media_type, size, chunks = (value.get(name) for name in ("type", "size", "chunks"))
        if type(media_type) is not str or not MEDIA_TYPE.fullmatch(media_type):
            raise Rejected("blob.manifest", "type: a media type such as image/webp is expected")
        if type(size) is not int or not 1 <= size <= MAX_BLOB:
            raise Rejected("blob.manifest", f"size: 1 to {MAX_BLOB} is expected")
        if (
            type(chunks) is not list
            or len(chunks) != -(-size // CHUNK)
            or not all(type(chunk) is bytes and len(chunk) == ID_BYTES for chunk in chunks)
        ):
            raise Rejected("blob.manifest", "chunks: one hash for each chunk is expected")
        return Manifest(id, raw, media_type, size, tuple(chunks))

    def check(self, index: int, chunk: bytes) -> None:
        """Raises Rejected "blob.chunk" unless these are the bytes of the chunk `index`."""
        if not 0 <= index < len(self.chunks):
            raise Rejected("blob.chunk", "there is no such chunk")
        expected = min(CHUNK, self.size - index * CHUNK)
        if len(chunk) != expected or hashlib.sha256(chunk).digest() != self.chunks[index]:
            raise Rejected("blob.chunk", "not the bytes of this chunk")


def describe(data: bytes, media_type: str) -> Manifest:
    """The manifest of `data`; its chunks are `split(data)`. Raises StateError for what can't be a blob."""
    if not 1 <= len(data) <= MAX_BLOB or not MEDIA_TYPE.fullmatch(media_type):
        raise StateError("blob.misuse", f"a blob has 1 to {MAX_BLOB} bytes and a media type")
    hashes = [hashlib.sha256(chunk).digest() for chunk in split(data)]
    raw = encode({"type": media_type, "size": len(data), "chunks": hashes})
    return Manifest(hashlib.sha256(raw).digest(), raw, media_type, len(data), tuple(hashes))


def split(data: bytes) -> list[bytes]:
    return [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]


def request(blob: bytes, chunk: int | None = None) -> bytes:
    """Ask for a manifest, or for one chunk."""
    return encode({"blob": blob} if chunk is None else {"blob": blob, "chunk": chunk})


def read_request(data: bytes) -> tuple[bytes, int | None]:
    """(blob id, chunk index or None for the manifest). Raises Rejected: blob.request, encoding.*"""
    asked = decode(data, MAX_REQUEST)
    blob = asked.get("blob") if type(asked) is dict else None
    if type(blob) is not bytes or len(blob) != ID_BYTES:
        raise Rejected("blob.request", "blob: an id is expected")
    chunk = asked.get("chunk")
    if chunk is not None and (type(chunk) is not int or not 0 <= chunk < MAX_CHUNKS):
        raise Rejected("blob.request", "chunk: an index is expected")
    return blob, chunk


def response(data: bytes | None) -> bytes:
    """A manifest's or a chunk's bytes, or that they aren't held here."""
    return encode({} if data is None else {"data": data})


def read_response(data: bytes) -> bytes | None:
    """Raises Rejected: blob.response, encoding.*. What comes out must still be checked against the id or the manifest."""
    given = decode(data, MAX_RESPONSE)
    if type(given) is not dict or type(given.get("data", b"")) is not bytes:
        raise Rejected("blob.response", "data: bytes are expected")
    return given.get("data")
