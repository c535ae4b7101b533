"""Orders, their messages and the mail that waits for a receipt. What only the two parties may read is encrypted."""

from collections.abc import Mapping, Sequence

from node.ports import OrderRow, OrderRows, Outgoing
from node.protocol.encoding import decode, encode
from node.protocol.errors import Conflict, NotFound, StateError
from node.protocol.record import Record
from node.store.cursor import from_mark, to_mark
from node.store.records import Records

SIDES = ("buyer", "seller")

MAX_LOCAL = 1024 * 1024
"""Bytes of the secret, and of the notes, of one order."""

COLUMNS = "id, side, offer, counterparty, escrow_id, created, sealed_secret, sealed_notes"
ID, CREATED = 0, 5  # among COLUMNS
MAIL = "id, recipient, sealed, tries, next_try, until"

NEWEST = "orders"
"""What marks of the list of orders are called."""


class Orders(Records):
    """The orders part of ports.Store."""

    def add_order(self, row: OrderRow, first: Record, outgoing: Outgoing | None) -> None:
        """Raises Conflict "store.order" where an order of this id is known."""
        with self._db.transaction():
            self._add(row, first, outgoing)

    def add_orders(
        self,
        placed: Sequence[tuple[OrderRow, Record, Outgoing | None]],
        facts: Mapping[str, bytes],
    ) -> None:
        with self._db.transaction():
            for row, first, outgoing in placed:
                self._add(row, first, outgoing)
            for name, value in facts.items():
                self._db.change("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def _add(self, row: OrderRow, first: Record, outgoing: Outgoing | None) -> None:
        if row.side not in SIDES:
            raise StateError("store.side", f"an order has no side {row.side!r}")
        if self._order_row(row.id) is not None:
            raise Conflict("store.order", "this order is known already")
        self._db.change(
            f"INSERT INTO orders ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.id,
                row.side,
                row.offer,
                row.counterparty,
                row.escrow_id,
                row.created,
                self._seal(row.secret),
                self._seal(row.notes),
            ),
        )
        self._append(self._order_row(row.id), first)
        if outgoing is not None:
            self._queue(outgoing)

    def update_order(
        self,
        id: bytes,
        *,
        notes: dict | None = None,
        messages: Sequence[Record] = (),
        outgoing: Sequence[Outgoing] = (),
        records: Sequence[Record] = (),
    ) -> list[bool]:
        """True for each message that was new, in order, then for each record as `put` says. Raises NotFound "store.order".

        Notes are merged at the top level: a name given replaces the old value."""
        with self._db.transaction():
            row = self._order_row(id)
            if row is None:
                raise NotFound("store.order", "this order is not known")
            if notes:
                self._merge(row, notes)
            appended = [self._append(row, message) for message in messages]
            for item in outgoing:
                self._queue(item)
            return appended + self._put(records)

    def note_orders(self, notes: Mapping[bytes, dict]) -> None:
        """Merge notes into several orders as `update_order` does. Raises NotFound "store.order"."""
        with self._db.transaction():
            for id, changed in notes.items():
                row = self._order_row(id)
                if row is None:
                    raise NotFound("store.order", "this order is not known")
                self._merge(row, changed)

    def _merge(self, row: int, notes: dict) -> None:
        old = self._db.value("SELECT sealed_notes FROM orders WHERE row = ?", (row,))
        merged = self._seal(self._unseal(old) | notes)
        self._db.change("UPDATE orders SET sealed_notes = ? WHERE row = ?", (merged, row))

    def order(self, id: bytes) -> OrderRow | None:
        found = self._db.row(f"SELECT {COLUMNS} FROM orders WHERE id = ?", (id,))
        return None if found is None else self._order(found)

    def forget_order(self, id: bytes) -> None:
        """Nothing of it is left; one that isn't known is none already."""
        with self._db.transaction():
            row = self._order_row(id)
            said = "SELECT id FROM messages WHERE order_row = ?"
            self._db.change(f"DELETE FROM outbox WHERE id IN ({said})", (row,))
            self._db.change("DELETE FROM messages WHERE order_row = ?", (row,))
            self._db.change("DELETE FROM orders WHERE row = ?", (row,))

    def order_of_escrow(self, escrow_id: bytes) -> OrderRow | None:
        found = self._db.row(
            f"SELECT {COLUMNS} FROM orders WHERE escrow_id = ? ORDER BY row LIMIT 1", (escrow_id,)
        )
        return None if found is None else self._order(found)

    def orders(self, side: str | None = None, limit: int = 1000) -> list[OrderRow]:
        """Newest first."""
        return [self._order(row) for row in self._newest(side, None, limit)]

    def order_rows(
        self, side: str | None = None, after: str | None = None, limit: int = 50
    ) -> OrderRows:
        """At most `limit` orders behind the mark `after`, newest first. Raises InputError "query.after" for a mark that isn't one."""
        keys = None if after is None else from_mark(after, NEWEST, (int, bytes))
        rows = self._newest(side, keys, limit + 1)
        last = rows[limit - 1] if len(rows) > limit else None
        more = None if last is None else to_mark(NEWEST, (last[CREATED], last[ID]))
        return OrderRows(tuple(self._order(row) for row in rows[:limit]), more)

    def _newest(self, side: str | None, after: tuple | None, limit: int) -> list[tuple]:
        """Rows as they are stored. Conditions that don't hold for all are left out, so that an index serves the rest."""
        conditions, bindings = ["1"], {"side": side, "limit": limit}
        if side is not None:
            conditions.append("side = :side")
        if after is not None:
            conditions.append("(created, id) < (:created, :id)")
            bindings |= dict(zip(("created", "id"), after, strict=True))
        return list(
            self._db.rows(
                f"SELECT {COLUMNS} FROM orders WHERE {' AND '.join(conditions)}"
                " ORDER BY created DESC, id DESC LIMIT :limit",
                bindings,
            )
        )

    def order_counts(self) -> dict[str, int]:
        """side -> number of orders, for both sides."""
        found = self._db.rows("SELECT side, count(*) FROM orders GROUP BY side")
        return dict.fromkeys(SIDES, 0) | dict(found)

    def order_ids(self, low: bytes, high: bytes, limit: int) -> list[bytes]:
        """Ids of orders from `low` to `high`, ascending."""
        rows = self._db.rows(
            "SELECT id FROM orders WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?", (low, high, limit)
        )
        return [id for (id,) in rows]

    def undelivered(self, id: bytes) -> set[bytes]:
        """Ids of the messages of one order that have no receipt, those given up included."""
        rows = self._db.rows(
            "SELECT outbox.id FROM orders JOIN messages ON messages.order_row = orders.row"
            " JOIN outbox ON outbox.id = messages.id WHERE orders.id = ?",
            (id,),
        )
        return {message for (message,) in rows}

    def messages(self, id: bytes) -> list[Record]:
        """In the order in which they were appended."""
        rows = self._db.rows(
            "SELECT m.sealed_raw, m.id FROM messages AS m JOIN orders AS o ON o.row = m.order_row"
            " WHERE o.id = ? ORDER BY m.row",
            (id,),
        )
        return [self._read(self._vault.open(sealed), message) for sealed, message in rows]

    def outbox(self, now: int, limit: int = 100) -> list[Outgoing]:
        """What is due, longest waiting first; of the same moment, as it was put in."""
        rows = self._db.rows(
            f"SELECT {MAIL} FROM outbox WHERE given_up = 0 AND next_try <= ?"
            " ORDER BY next_try, rowid LIMIT ?",
            (now, limit),
        )
        return [Outgoing(*row) for row in rows]

    def retry(self, id: bytes, next_try: int) -> None:
        """Count one more try and wait until `next_try`."""
        with self._db.transaction():
            self._db.change(
                "UPDATE outbox SET tries = tries + 1, next_try = ? WHERE id = ?", (next_try, id)
            )

    def receipted(self, id: bytes) -> bool:
        """Send it no more. False when nothing of this id was waiting."""
        with self._db.transaction():
            return self._db.change("DELETE FROM outbox WHERE id = ?", (id,)) > 0

    def give_up(self, id: bytes) -> None:
        """Send it no more. It stays undelivered for as long as its order is known."""
        with self._db.transaction():
            self._db.change("UPDATE outbox SET given_up = 1, sealed = x'' WHERE id = ?", (id,))

    def _order_row(self, id: bytes) -> int | None:
        return self._db.value("SELECT row FROM orders WHERE id = ?", (id,))

    def _append(self, row: int, message: Record) -> bool:
        return bool(
            self._db.change(
                "INSERT OR IGNORE INTO messages (order_row, id, sealed_raw) VALUES (?, ?, ?)",
                (row, message.id, self._vault.seal(message.raw)),
            )
        )

    def _queue(self, item: Outgoing) -> None:
        self._db.change(
            f"INSERT OR IGNORE INTO outbox ({MAIL}) VALUES (?, ?, ?, ?, ?, ?)",
            (item.id, item.to, item.sealed, item.tries, item.next_try, item.until),
        )

    def _order(self, found: tuple) -> OrderRow:
        *plain, secret, notes = found
        return OrderRow(*plain, secret=self._unseal(secret), notes=self._unseal(notes))

    def _seal(self, values: dict) -> bytes:
        plain = encode(values)
        if len(plain) > MAX_LOCAL:
            raise StateError("store.size", "more than an order may hold")
        return self._vault.seal(plain)

    def _unseal(self, sealed: bytes) -> dict:
        return decode(self._vault.open(sealed), MAX_LOCAL)
