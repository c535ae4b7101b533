"""Pictures and other content in chunks, in a file of their own, within a budget of bytes.

Whoever stores has verified each chunk against its manifest, and readers verify again: this part needs no integrity check.
"""

from node.protocol.errors import Unavailable
from node.store.room import Room

DEFAULT_BUDGET = 2 * 1024**3
"""Bytes of chunks and manifests kept on disk unless configured otherwise."""


class Content(Room):
    """The content part of ports.Store. When the budget is spent the oldest blobs go, except those put with `keep`."""

    def put_manifest(self, blob: bytes, raw: bytes, *, keep: bool = False) -> None:
        """`keep`: never removed to make room, as for one's own pictures. Raises Unavailable "store.budget"."""
        with self._content.transaction():
            self._content.change(
                "INSERT INTO manifests (blob, keep, raw) VALUES (?, ?, ?)"
                " ON CONFLICT (blob) DO UPDATE SET keep = max(keep, excluded.keep)",
                (blob, keep, raw),
            )
            self._make_room(blob)

    def manifest(self, blob: bytes) -> bytes | None:
        return self._content.value("SELECT raw FROM manifests WHERE blob = ?", (blob,))

    def put_chunk(self, blob: bytes, index: int, data: bytes) -> None:
        """Raises Unavailable "store.budget" where everything else must be kept."""
        with self._content.transaction():
            self._content.change(
                "INSERT OR IGNORE INTO chunks (blob, position, size, data) VALUES (?, ?, ?, ?)",
                (blob, index, len(data), data),
            )
            self._make_room(blob)

    def chunk(self, blob: bytes, index: int) -> bytes | None:
        return self._content.value(
            "SELECT data FROM chunks WHERE blob = ? AND position = ?", (blob, index)
        )

    def content_bytes(self) -> int:
        """What chunks take of the budget."""
        return self._content.value("SELECT coalesce(sum(size), 0) FROM chunks")

    def _make_room(self, needed: bytes) -> None:
        """Remove the oldest blobs, never `needed`, until the budget holds."""
        excess = self.content_bytes() - self._content_budget
        while excess > 0:
            oldest = self._content.row(
                "SELECT c.blob, (SELECT sum(size) FROM chunks AS s WHERE s.blob = c.blob)"
                " FROM chunks AS c LEFT JOIN manifests AS m ON m.blob = c.blob"
                " WHERE c.blob != ? AND NOT coalesce(m.keep, 0) ORDER BY c.row LIMIT 1",
                (needed,),
            )
            if oldest is None:
                raise Unavailable("store.budget", "the space for pictures is used up")
            blob, size = oldest
            self._content.change("DELETE FROM chunks WHERE blob = ?", (blob,))
            self._content.change("DELETE FROM manifests WHERE blob = ?", (blob,))
            excess -= size
