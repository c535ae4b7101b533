"""Editions of listings that kept reviews cite, whatever has replaced them: without them nobody could tell what was bought."""

from node.protocol.record import Record
from node.store.room import Room


class Evidence(Room):
    """The evidence part of ports.Store. Apart from the records: it isn't announced, searched, or part of any state that nodes share."""

    def keep_evidence(self, edition: Record) -> None:
        with self._db.transaction():
            self._db.change(
                "INSERT OR IGNORE INTO evidence (id, seller, raw) VALUES (?, ?, ?)",
                (edition.id, edition.author, edition.raw),
            )

    def evidence(self, id: bytes) -> bytes | None:
        return self._db.value("SELECT raw FROM evidence WHERE id = ?", (id,))

    def unproven(self, after: int, limit: int) -> tuple[list[Record], int]:
        """The mark is the row of a review's record. One that takes the row of a record just deleted is met in the next round."""
        rows = list(
            self._db.rows(
                "SELECT v.record, v.offer IN (SELECT id FROM evidence), r.raw, r.id"
                " FROM reviews AS v JOIN records AS r ON r.row = v.record"
                " WHERE v.record > ? ORDER BY v.record LIMIT ?",
                (after, limit),
            )
        )
        found = [self._read(raw, id) for _, proven, raw, id in rows if not proven]
        return found, rows[-1][0] if rows else after

    def _drop_evidence(self, limit: int) -> None:
        """Within a transaction: forget what no kept review cites any more."""
        self._db.change(
            "DELETE FROM evidence WHERE id IN (SELECT e.id FROM evidence AS e"
            " WHERE NOT EXISTS (SELECT 1 FROM reviews WHERE offer = e.id) LIMIT ?)",
            (limit,),
        )
