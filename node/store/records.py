"""Signed records on disk: which are kept, which one counts, and when one may be forgotten (see protocol/keeping)."""

from collections.abc import Sequence

from node.protocol import keeping
from node.protocol.errors import StateError
from node.protocol.record import Record
from node.protocol.registry import Keeping
from node.store.evidence import Evidence
from node.store.listings import Listings

SWEEP_BATCH = 5_000
"""Records that one sweep deletes at most, so that it stays short; the next one goes on."""

NEVER_KEPT = (Keeping.EPHEMERAL, Keeping.PRIVATE)


class Records(Listings, Evidence):
    """The records part of ports.Store."""

    def put(self, records: Sequence[Record]) -> list[bool]:
        with self._db.transaction():
            return self._put(records)

    def replace(self, old: bytes, record: Record) -> None:
        with self._db.transaction():
            self._db.change("DELETE FROM records WHERE id = ?", (old,))
            self._put([record])

    def _put(self, records: Sequence[Record]) -> list[bool]:
        """Within a transaction. The index follows once for the whole batch."""
        kept = [record for record in records if self._keep(record)]
        self._follow(
            {(record.kind, record.author, record.slug or "") for record in kept},
            {record.id: record for record in kept},
        )
        new = {record.id for record in kept if self.has(record.id)}
        outcomes = []
        for record in records:
            outcomes.append(record.id in new)
            new.discard(record.id)
        return outcomes

    def _keep(self, record: Record) -> bool:
        kind = self._registry.kind(record.kind, record.version)
        if kind is None:
            raise StateError("store.kind", f"{record.kind} {record.version} was never admitted")
        if kind.keeping in NEVER_KEPT or self.revoked(record.author, record.signer):
            return False
        place = keeping.place_of(record, kind)
        there = self._db.row("SELECT row, created, id FROM records WHERE place = ?", (place,))
        if there is not None:
            row, created, id = there
            if (record.created, record.id) <= (created, id):
                return False
            self._db.change("DELETE FROM records WHERE row = ?", (row,))
        row = self._db.value(
            "INSERT INTO records (id, place, kind, author, signer, slug, created, kept_until, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row",
            (
                record.id,
                place,
                record.kind,
                record.author,
                record.signer,
                record.slug or "",
                record.created,
                keeping.kept_until(record, kind),
                record.raw,
            ),
        )
        self._note(record, row)
        return True

    def has(self, id: bytes) -> bool:
        """Whether it is kept; what is only pinned may still be kept anew."""
        return self._db.row("SELECT 1 FROM records WHERE id = ?", (id,)) is not None

    def get(self, id: bytes) -> bytes | None:
        return self._db.value(
            "SELECT raw FROM records WHERE id = :id UNION ALL SELECT raw FROM pinned WHERE id = :id"
            " UNION ALL SELECT raw FROM evidence WHERE id = :id",
            {"id": id},
        )

    def pin(self, raw: bytes, id: bytes, until: int | None = None) -> None:
        with self._db.transaction():
            self._db.change(
                "INSERT INTO pinned (id, raw, until) VALUES (?, ?, ?)"
                # NULL, which is for ever, is greater than any time: max() of NULL is NULL
                " ON CONFLICT (id) DO UPDATE SET until = max(until, excluded.until)",
                (id, raw, until),
            )

    def revoked(self, author: bytes, signer: bytes) -> bool:
        sql = "SELECT 1 FROM revocations WHERE author = ? AND device = ?"
        return self._db.row(sql, (author, signer)) is not None

    def by_author(self, kind: str, author: bytes, limit: int = 1000) -> list[Record]:
        """Newest first; one for each slug where a newer one replaces an older, tombstones included."""
        found: list[Record] = []
        places: set[str] = set()
        rows = self._db.rows(
            "SELECT raw, id FROM records WHERE author = ? AND kind = ? ORDER BY created DESC, id DESC",
            (author, kind),
        )
        for raw, id in rows:
            if len(found) >= limit:
                break
            record = self._read(raw, id)
            known = self._registry.kind(record.kind, record.version)
            if known is not None and known.keeping in keeping.ONE_PER_PLACE:
                if (record.slug or "") in places:
                    continue
                places.add(record.slug or "")
            found.append(record)
        return found

    def newest(self, kind: str, limit: int) -> list[Record]:
        """The latest record of each author, newest first, tombstones included."""
        rows = self._db.rows(
            "SELECT r.raw, r.id FROM records AS r WHERE r.kind = :kind"
            # what another signer of the same author has made since counts instead
            " AND NOT EXISTS (SELECT 1 FROM records AS later WHERE later.author = r.author AND later.kind = :kind"
            " AND later.slug = r.slug AND (later.created, later.id) > (r.created, r.id))"
            " ORDER BY r.created DESC, r.id DESC LIMIT :limit",
            {"kind": kind, "limit": limit},
        )
        return [self._read(raw, id) for raw, id in rows]

    def ids_after(self, cursor: bytes, limit: int) -> list[bytes]:
        sql = "SELECT id FROM records WHERE id > ? ORDER BY id LIMIT ?"
        return [id for (id,) in self._db.rows(sql, (cursor, limit))]

    def holdings(self) -> dict[bytes, tuple[int, int]]:
        """author -> (number, bytes) of the records that are kept of them, evidence included."""
        rows = self._db.rows(
            "SELECT author, count(*), sum(size) FROM (SELECT author, length(raw) AS size FROM records"
            " UNION ALL SELECT seller, length(raw) FROM evidence) GROUP BY author"
        )
        return {author: (number, size) for author, number, size in rows}

    def counts(self) -> dict[str, int]:
        """Kept records by kind, the rows of "pinned" and "orders", and the mail of "outbox" that is still sent."""
        rows = self._db.rows(
            "SELECT kind, count(*) FROM records GROUP BY kind"
            " UNION ALL SELECT 'pinned', count(*) FROM pinned"
            " UNION ALL SELECT 'orders', count(*) FROM orders"
            " UNION ALL SELECT 'outbox', count(*) FROM outbox WHERE given_up = 0"
        )
        return dict(rows)

    def sweep(self, now: int) -> int:
        """At most SWEEP_BATCH records a call."""
        with self._db.transaction():
            old = list(
                self._db.rows(
                    "SELECT row, kind, author, slug FROM records WHERE kept_until <= ?"
                    " ORDER BY kept_until LIMIT ?",
                    (now, SWEEP_BATCH),
                )
            )
            self._db.each("DELETE FROM records WHERE row = ?", [(row,) for row, *_ in old])
            self._follow({(kind, author, slug) for _, kind, author, slug in old}, {})
            self._drop_evidence(SWEEP_BATCH)
            self._db.change(
                "DELETE FROM pinned WHERE id IN (SELECT id FROM pinned WHERE until <= ? LIMIT ?)",
                (now, SWEEP_BATCH),
            )
            return len(old)
