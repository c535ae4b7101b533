"""The index of listings: kept in step with the records within the same transaction, or made anew from them."""

from node.protocol import keeping
from node.protocol.encoding import encode
from node.protocol.record import Record
from node.store.entry import Entry, entry_of, seller_name
from node.store.reviews import Reviews

INDEX_VERSION = 3
"""To be raised when an index made by older code would differ."""

INDEX_MARK = "index made by"

RENAMED_BATCH = 200
"""Listings indexed again in one transaction because their seller's name has changed. The others follow with later
changes and sweeps: until then they are found by the old name. A new name costs a stranger one record, and us all of these."""


class Listings(Reviews):
    """Tables derived from records: revocations, reviews, listings, destinations and words."""

    def latest(self, kind: str, author: bytes, slug: str | None = None) -> Record | None:
        return self._latest(kind, author, slug or "", {})

    def _latest(
        self, kind: str, author: bytes, slug: str, at_hand: dict[bytes, Record]
    ) -> Record | None:
        """`at_hand` are records by id that need not be read again."""
        found = self._db.row(
            "SELECT raw, id FROM records WHERE author = ? AND kind = ? AND slug = ?"
            " ORDER BY created DESC, id DESC LIMIT 1",
            (author, kind, slug),
        )
        if found is None:
            return None
        raw, id = found
        return at_hand.get(id) or self._read(raw, id)

    def rebuild_index(self) -> None:
        """Make every derived table anew from the records."""
        with self._db.transaction():
            for table in ("revocations", "reviews", "destinations", "listings", "renamed"):
                self._db.change(f"DELETE FROM {table}")
            self._db.change("INSERT INTO words (words) VALUES ('delete-all')")
            sql = "SELECT raw, id, row FROM records WHERE kind IN ('revocation', 'review')"
            for raw, id, row in list(self._db.rows(sql)):
                self._note(self._read(raw, id), row)
            sql = "SELECT DISTINCT author, slug FROM records WHERE kind = 'listing'"
            self._index(set(self._db.rows(sql)), {})
            mark = (INDEX_MARK, self._index_mark())
            self._db.change("INSERT OR REPLACE INTO marks VALUES (?, ?)", mark)

    def refresh_index(self) -> None:
        """Rebuild it where it was made by another set of kinds and extensions, such as before one was configured."""
        made_by = self._db.value("SELECT value FROM marks WHERE name = ?", (INDEX_MARK,))
        if made_by != self._index_mark():
            self.rebuild_index()

    def _index_mark(self) -> bytes:
        kinds = sorted([kind.id, kind.version] for kind in self._registry.kinds)
        extensions = sorted([each.id, each.version] for each in self._registry.extensions)
        return encode([INDEX_VERSION, kinds, extensions])

    def _note(self, record: Record, row: int) -> None:
        """Bring the derived tables up to one kept record, but for listings: `_follow` does these."""
        if (record.kind, record.version) == ("review", 1) and not record.gone:
            self._note_review(record, row)
        revoked = keeping.revokes(record)
        if revoked is not None:
            self._db.change("INSERT INTO revocations VALUES (?, ?, ?)", (*revoked, row))

    def _follow(self, changed: set[tuple[str, bytes, str]], at_hand: dict[bytes, Record]) -> None:
        """Drop what was revoked, and index again what a change at these (kind, author, slug) can have touched."""
        changed = set(changed)
        for record in at_hand.values():
            revoked = keeping.revokes(record)
            if revoked is not None:
                sql = "DELETE FROM records WHERE author = ? AND signer = ? RETURNING kind, author, slug"
                changed |= set(self._db.rows(sql, revoked))
        touched = {place[1:] for place in changed if place[0] in ("listing", "availability")}
        self._index(touched, at_hand)
        renamed = {author for kind, author, _ in changed if kind == "profile"}
        self._db.each("INSERT OR IGNORE INTO renamed VALUES (?)", [(author,) for author in renamed])
        self._go_on_renaming()

    def _go_on_renaming(self) -> None:
        """Index again some of the listings whose seller has another name now."""
        left = RENAMED_BATCH
        for (author,) in list(self._db.rows("SELECT author FROM renamed")):
            name = seller_name(self.latest("profile", author), self._registry)
            sql = "SELECT author, slug FROM listings WHERE author = ? AND seller != ? LIMIT ?"
            stale = set(self._db.rows(sql, (author, name, left)))
            self._index(stale, {})
            left -= len(stale)
            if left <= 0:
                return
            self._db.change("DELETE FROM renamed WHERE author = ?", (author,))

    def _index(self, touched: set[tuple[bytes, str]], at_hand: dict[bytes, Record]) -> None:
        names: dict[bytes, str] = {}
        for author, slug in sorted(touched):
            if author not in names:
                profile = self._latest("profile", author, "", at_hand)
                names[author] = seller_name(profile, self._registry)
            self._index_one(author, slug, names[author], at_hand)

    def _index_one(
        self, author: bytes, slug: str, seller: str, at_hand: dict[bytes, Record]
    ) -> None:
        old = self._db.row(
            "SELECT row, id, seller FROM listings WHERE author = ? AND slug = ?", (author, slug)
        )
        listing = self._latest("listing", author, slug, at_hand)
        availability = self._latest("availability", author, slug, at_hand)
        if availability is not None and availability.gone:
            availability = None
        entry = None
        if listing is not None and not listing.gone:
            entry = entry_of(listing, availability, seller, self._registry)
        if entry is None:
            if old is not None:
                self._db.change("DELETE FROM words WHERE rowid = ?", (old[0],))
                self._db.change("DELETE FROM listings WHERE row = ?", (old[0],))
            return
        row = self._write(old and old[0], listing, availability, seller, entry)
        # Selling a piece changes the stock, not the words: writing those is the dear part.
        if old is None or (old[1], old[2]) != (listing.id, seller):
            self._db.change(
                "INSERT OR REPLACE INTO words (rowid, title, tags, category, seller, text)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (row, *entry.words),
            )

    def _write(
        self,
        row: int | None,
        listing: Record,
        availability: Record | None,
        seller: str,
        entry: Entry,
    ) -> int:
        """Make or change the row of a listing; returns its number, which stays the same from edition to edition."""
        values = (
            listing.id,
            listing.created,
            listing.until,
            entry.offer_until,
            entry.category,
            entry.unit,
            entry.price_bytes,
            entry.facets_text,
            entry.available,
            None if availability is None else availability.id,
            seller,
        )
        if row is None:
            columns = "id, created, until, offer_until, category, unit, price, facets, available, availability, seller"
            self._db.change(
                f"INSERT INTO listings ({columns}, author, slug) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, listing.author, listing.slug),
            )
            row = self._db.connection.last_insert_rowid()
        else:
            self._db.change(
                "UPDATE listings SET id = ?, created = ?, until = ?, offer_until = ?, category = ?, unit = ?,"
                " price = ?, facets = ?, available = ?, availability = ?, seller = ? WHERE row = ?",
                (*values, row),
            )
            self._db.change("DELETE FROM destinations WHERE listing = ?", (row,))
        self._db.each(
            "INSERT INTO destinations VALUES (?, ?)",
            [(country, row) for country in sorted(entry.destinations)],
        )
        return row
