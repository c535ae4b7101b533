"""Disputes: what their parties and arbiter have sent each other, and what this node wants of the chain. All of it is encrypted."""

from collections.abc import Collection, Sequence

from node.ports import CaseRow, Outgoing
from node.protocol.record import Record
from node.store.chain import CLOSED
from node.store.orders import Orders

DISPUTED = "disputed"


class Cases(Orders):
    """The part of ports.Store about disputes. A case is known by its escrow id."""

    def disputed(
        self, chain: str, arbiter: bytes, limit: int, tokens: Collection[bytes] = ()
    ) -> list[bytes]:
        """Escrow ids that name this arbiter and were disputed: those that hold money first, those in `tokens` before others, of each
        token the largest first, funded last first among equals."""
        known = ", ".join("?" * len(tokens))
        rows = self._db.rows(
            "WITH named AS (SELECT f.escrow_id AS id, f.token, f.amount, max(f.block) AS block, f.position,"
            " (SELECT e.type FROM events AS e INDEXED BY events_of WHERE e.chain = f.chain AND e.escrow_id = f.escrow_id"
            " ORDER BY e.block DESC, e.position DESC LIMIT 1) = ? AS closed"
            " FROM events AS f INDEXED BY fundings_judged WHERE f.chain = ? AND f.arbiter = ? AND EXISTS"
            " (SELECT 1 FROM events AS d INDEXED BY events_of"
            " WHERE d.chain = f.chain AND d.escrow_id = f.escrow_id AND d.type = ?) GROUP BY f.escrow_id),"
            " ranked AS (SELECT *, row_number() OVER (PARTITION BY closed, token"
            " ORDER BY amount DESC, block DESC, position DESC) AS rank FROM named)"
            f" SELECT id FROM ranked ORDER BY closed, token IN ({known}) DESC, rank, block DESC, position DESC LIMIT ?",
            (CLOSED, chain, arbiter, DISPUTED, *tokens, limit),
        )
        return [id for (id,) in rows]

    def case(self, escrow_id: bytes) -> CaseRow | None:
        found = self._db.row("SELECT sealed_notes FROM cases WHERE escrow_id = ?", (escrow_id,))
        return None if found is None else CaseRow(escrow_id, self._unseal(found[0]))

    def cases(self, limit: int = 10_000) -> list[CaseRow]:
        rows = self._db.rows(
            "SELECT escrow_id, sealed_notes FROM cases ORDER BY row DESC LIMIT ?", (limit,)
        )
        return [CaseRow(id, self._unseal(notes)) for id, notes in rows]

    def update_case(
        self,
        escrow_id: bytes,
        *,
        notes: dict | None = None,
        records: Sequence[Record] = (),
        outgoing: Sequence[Outgoing] = (),
    ) -> list[bool]:
        """True for each record that was new. Notes are merged at the top level. The case need not be known before."""
        with self._db.transaction():
            found = self._db.row(
                "SELECT row, sealed_notes FROM cases WHERE escrow_id = ?", (escrow_id,)
            )
            if found is None:
                row = self._db.value(
                    "INSERT INTO cases (escrow_id, sealed_notes) VALUES (?, ?) RETURNING row",
                    (escrow_id, self._seal(notes or {})),
                )
            else:
                row, sealed = found
                if notes:
                    merged = self._unseal(sealed) | notes
                    self._db.change(
                        "UPDATE cases SET sealed_notes = ? WHERE row = ?", (self._seal(merged), row)
                    )
            appended = [
                bool(
                    self._db.change(
                        "INSERT OR IGNORE INTO case_records (case_row, id, size, sealed_raw) VALUES (?, ?, ?, ?)",
                        (row, record.id, len(record.raw), self._vault.seal(record.raw)),
                    )
                )
                for record in records
            ]
            for item in outgoing:
                self._queue(item)
            return appended

    def case_records(self, escrow_id: bytes) -> list[Record]:
        """In the order in which they were appended."""
        rows = self._db.rows(
            "SELECT r.sealed_raw, r.id FROM case_records AS r JOIN cases AS c ON c.row = r.case_row"
            " WHERE c.escrow_id = ? ORDER BY r.row",
            (escrow_id,),
        )
        return [self._read(self._vault.open(sealed), id) for sealed, id in rows]

    def case_bytes(self) -> int:
        """Of all that was sent about disputes."""
        return self._db.value("SELECT coalesce(sum(size), 0) FROM case_records")

    def case_undelivered(self, escrow_id: bytes) -> set[bytes]:
        """Ids of the records of one case that have no receipt, those given up included."""
        rows = self._db.rows(
            "SELECT outbox.id FROM cases AS c JOIN case_records AS r ON r.case_row = c.row"
            " JOIN outbox ON outbox.id = r.id WHERE c.escrow_id = ?",
            (escrow_id,),
        )
        return {id for (id,) in rows}

    def forget_case(self, escrow_id: bytes) -> None:
        """Nothing of what was sent about it is left; one that isn't known is none already."""
        with self._db.transaction():
            row = self._db.value("SELECT row FROM cases WHERE escrow_id = ?", (escrow_id,))
            said = "SELECT id FROM case_records WHERE case_row = ?"
            self._db.change(f"DELETE FROM outbox WHERE id IN ({said})", (row,))
            self._db.change("DELETE FROM case_records WHERE case_row = ?", (row,))
            self._db.change("DELETE FROM cases WHERE row = ?", (row,))
