"""Records that can't be judged until another one arrives, within a bound of number and bytes."""

from node.store.room import Room

MAX_PARKED = 2_000
MAX_PARKED_BYTES = 16 * 1024 * 1024


class Parking(Room):
    """The parking part of ports.Store. When it is full the oldest go: a later synchronisation brings them again."""

    def park(self, raw: bytes, id: bytes, waits_for: bytes, until: int) -> None:
        with self._db.transaction():
            self._db.change(
                "INSERT OR IGNORE INTO parked (id, waits_for, until, raw) VALUES (?, ?, ?, ?)",
                (id, waits_for, until, raw),
            )
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._db.change(
            "DELETE FROM parked WHERE row IN (SELECT row FROM ("
            " SELECT row, row_number() OVER newest AS number, sum(length(raw)) OVER newest AS bytes"
            " FROM parked WINDOW newest AS (ORDER BY row DESC)"
            ") WHERE number > ? OR bytes > ?)",
            (MAX_PARKED, MAX_PARKED_BYTES),
        )

    def unpark(self, waits_for: bytes) -> list[bytes]:
        """Oldest first; they are parked no longer."""
        with self._db.transaction():
            waiting = self._db.rows(
                "SELECT raw FROM parked WHERE waits_for = ? ORDER BY row", (waits_for,)
            )
            raws = [raw for (raw,) in waiting]
            if raws:
                self._db.change("DELETE FROM parked WHERE waits_for = ?", (waits_for,))
        return raws
