"""The index of listings: kept in step with the records within the same transaction, or made anew from them."""

from node.protocol import keeping
from node.protocol.record import Record
from node.store.entry import Entry, entry_of, seller_name
from node.store.room import Room


class Listings(Room):
    """Tables derived from records: revocations, reviews, listings, destinations and words."""

    def latest(self, kind: str, author: bytes, slug: str | None = None) -> Record | None:
        found = self._db.row(
            "SELECT raw, id FROM records WHERE author = ? AND kind = ? AND slug = ?"
            " ORDER BY created DESC, id DESC LIMIT 1",
            (author, kind, slug or ""),
        )
        return None if found is None else self._read(*found)

    def rebuild_index(self) -> None:
        """Make every derived table anew from the records."""
        with self._db.transaction():
            for table in ("revocations", "reviews", "destinations", "listings"):
                self._db.change(f"DELETE FROM {table}")
            self._db.change("INSERT INTO words (words) VALUES ('delete-all')")
            sql = "SELECT raw, id, row FROM records WHERE kind IN ('revocation', 'review')"
            for raw, id, row in list(self._db.rows(sql)):
                self._note(self._read(raw, id), row)
            sql = "SELECT DISTINCT author, slug FROM records WHERE kind = 'listing'"
            self._index(set(self._db.rows(sql)))

    def _note(self, record: Record, row: int) -> None:
        """Bring the derived tables up to one kept record, but for listings: `_follow` does these."""
        if record.kind == "review":
            review = (row, record.body["seller"], record.body["slug"], record.created)
            self._db.change("INSERT INTO reviews VALUES (?, ?, ?, ?)", review)
        revoked = keeping.revokes(record)
        if revoked is not None:
            self._db.change("INSERT INTO revocations VALUES (?, ?, ?)", (*revoked, row))
            self._db.change("DELETE FROM records WHERE author = ? AND signer = ?", revoked)

    def _follow(self, changed: set[tuple[str, bytes, str]]) -> None:
        """Index again what a change at these (kind, author, slug) can have touched."""
        touched = {place[1:] for place in changed if place[0] in ("listing", "availability")}
        for author in {author for kind, author, _ in changed if kind in ("profile", "revocation")}:
            sql = (
                "SELECT slug FROM records WHERE author = :author AND kind = 'listing'"
                " UNION SELECT slug FROM listings WHERE author = :author"
            )
            touched |= {(author, slug) for (slug,) in self._db.rows(sql, {"author": author})}
        self._index(touched)

    def _index(self, touched: set[tuple[bytes, str]]) -> None:
        names: dict[bytes, str] = {}
        for author, slug in sorted(touched):
            if author not in names:
                names[author] = seller_name(self.latest("profile", author), self._registry)
            self._index_one(author, slug, names[author])

    def _index_one(self, author: bytes, slug: str, seller: str) -> None:
        old = self._db.row(
            "SELECT row, id, seller FROM listings WHERE author = ? AND slug = ?", (author, slug)
        )
        listing = self.latest("listing", author, slug)
        availability = self.latest("availability", author, slug)
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
        row = self._write(old, listing, availability, seller, entry)
        # Selling a piece changes the stock, not the words: writing those is the dear part.
        if old is None or (old[1], old[2]) != (listing.id, seller):
            self._db.change(
                "INSERT OR REPLACE INTO words (rowid, title, tags, category, seller, text)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (row, *entry.words),
            )

    def _write(
        self,
        old: tuple | None,
        listing: Record,
        availability: Record | None,
        seller: str,
        entry: Entry,
    ) -> int:
        (row,) = self._db.row(
            "INSERT OR REPLACE INTO listings (row, id, author, slug, created, until, offer_until, category, unit,"
            " price, facets, available, availability, seller)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING row",
            (
                None if old is None else old[0],
                listing.id,
                listing.author,
                listing.slug,
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
            ),
        )
        self._db.change("DELETE FROM destinations WHERE listing = ?", (row,))
        self._db.each(
            "INSERT INTO destinations VALUES (?, ?)",
            [(country, row) for country in sorted(entry.destinations)],
        )
        return row
