"""The index of reviews: those that money stands behind before all others, of which anyone can make any number for nothing."""

from collections.abc import Iterable

from node.protocol import reviews
from node.protocol.escrow import EscrowEvent, Funded
from node.protocol.record import Record
from node.store.events import event_from_bytes
from node.store.room import Room


class Reviews(Room):
    """The reviews part of ports.Store. The flag in the index follows records and the chain, each within the transaction of the change."""

    def reviews_of(self, seller: bytes, slug: str | None = None, limit: int = 200) -> list[Record]:
        of_listing = "" if slug is None else "AND reviews.slug = :slug"
        rows = self._db.rows(
            "SELECT r.raw, r.id FROM reviews JOIN records AS r ON r.row = reviews.record"
            f" WHERE reviews.seller = :seller {of_listing}"
            # what another signer of the same author has made since counts instead
            " AND NOT EXISTS (SELECT 1 FROM records AS later WHERE later.author = r.author"
            " AND later.kind = 'review' AND later.slug = '' AND (later.created, later.id) > (r.created, r.id))"
            # as the index has them, so that no more is read than is wanted
            " ORDER BY reviews.backed DESC, reviews.created DESC, reviews.record DESC LIMIT :limit",
            {"seller": seller, "slug": slug, "limit": limit},
        )
        return [self._read(raw, id) for raw, id in rows]

    def back_reviews(self, contract: str, campaign: bytes, order: bytes) -> None:
        with self._db.transaction():
            self._db.change(
                "INSERT OR IGNORE INTO backings (contract, campaign, pledged_for) VALUES (?, ?, ?)",
                (contract, campaign, order),
            )
            self._db.change(
                "UPDATE reviews SET backed = 1 WHERE escrow = ? AND purchase = ? AND committed = ?",
                (contract, campaign, order),
            )

    def _note_review(self, record: Record, row: int) -> None:
        body, proof = record.body, record.body["proof"]
        claim = (proof["escrow"], proof["order"], reviews.committed_to(body))
        self._db.change(
            "INSERT INTO reviews (record, seller, slug, created, offer, escrow, purchase, committed, backed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row,
                body["seller"],
                body["slug"],
                record.created,
                body["offer"],
                *claim,
                self._is_funded(*claim) or self._is_pledged(*claim),
            ),
        )

    def _is_funded(self, chain: str, escrow_id: bytes, committed: bytes) -> bool:
        # the first event of an id is its funding
        event = self._db.value(
            "SELECT event FROM events INDEXED BY events_of WHERE chain = ? AND escrow_id = ? ORDER BY block, position LIMIT 1",
            (chain, escrow_id),
        )
        found = None if event is None else event_from_bytes(event)
        return isinstance(found, Funded) and found.terms.order == committed

    def _is_pledged(self, contract: str, campaign: bytes, order: bytes) -> bool:
        return bool(
            self._db.value(
                "SELECT EXISTS (SELECT 1 FROM backings WHERE contract = ? AND campaign = ? AND pledged_for = ?)",
                (contract, campaign, order),
            )
        )

    def _back(self, chain: str, events: Iterable[EscrowEvent]) -> None:
        """These have been followed."""
        self._db.each(
            "UPDATE reviews SET backed = 1 WHERE escrow = ? AND purchase = ? AND committed = ?",
            [(chain, event.id, event.terms.order) for event in events if isinstance(event, Funded)],
        )

    def _back_no_more(self, chain: str, escrow_ids: Iterable[bytes]) -> None:
        """The fundings of these ids have been undone."""
        self._db.each(
            "UPDATE reviews SET backed = 0 WHERE escrow = ? AND purchase = ?",
            [(chain, id) for id in escrow_ids],
        )
