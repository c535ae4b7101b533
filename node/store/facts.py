"""The node's own small facts by name."""

from node.store.room import Room


class Facts(Room):
    """The facts part of ports.Store."""

    def fact(self, name: str) -> bytes | None:
        return self._db.value("SELECT value FROM facts WHERE name = ?", (name,))

    def set_fact(self, name: str, value: bytes) -> None:
        with self._db.transaction():
            self._db.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))
