"""What was seen of a chain: a window of its last blocks, to notice when history changes, and the escrow's events."""

from node.ports import ChainUpdate
from node.protocol.escrow import EscrowEvent, Funded, Paid
from node.store.events import event_from_bytes, event_to_bytes
from node.store.reviews import Reviews

WINDOW = 512
"""Blocks remembered of each chain, beside the first of all, by which a node that syncs from the start is known from a chain begun anew."""

MAX_UNSEEN = 1_000

CLOSED = "closed"
"""The type of a row for a payment that leaves nothing; of others, the event's name in lower case."""


class Chain(Reviews):
    """The chain part of ports.Store. Chains are named by CAIP-2.

    Queries of events name their index: left to itself SQLite goes through all events of the chain, which are in the order asked for."""

    def chain_window(self, chain: str) -> list[tuple[int, bytes]]:
        sql = "SELECT number, hash FROM blocks WHERE chain = ? ORDER BY number"
        return list(self._db.rows(sql, (chain,)))

    def chain_apply(self, chain: str, update: ChainUpdate) -> None:
        keep_to = -1 if update.reset else update.keep_to
        with self._db.transaction():
            undone = self._db.rows(
                "DELETE FROM events WHERE chain = ? AND block > ? RETURNING escrow_id, seller",
                (chain, keep_to),
            )
            self._back_no_more(chain, [id for id, seller in undone if seller is not None])
            self._db.change("DELETE FROM blocks WHERE chain = ? AND number > ?", (chain, keep_to))
            self._db.each(
                "INSERT OR REPLACE INTO blocks VALUES (?, ?, ?)",
                [(chain, block.number, block.hash) for block in update.blocks],
            )
            self._db.each(
                "INSERT OR REPLACE INTO events (chain, block, position, escrow_id, event, type, seller, arbiter, token, amount)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(chain, event) for event in update.events],
            )
            self._back(chain, update.events)
            self._db.change(
                "DELETE FROM blocks WHERE chain = :chain AND number <= (SELECT number FROM blocks"
                " WHERE chain = :chain ORDER BY number DESC LIMIT 1 OFFSET :window)"
                " AND number > (SELECT min(number) FROM blocks WHERE chain = :chain)",
                {"chain": chain, "window": WINDOW},
            )

    def events(self, chain: str, escrow_id: bytes, limit: int = 2**40) -> list[EscrowEvent]:
        """The first `limit` of this id, in the order of the chain."""
        rows = self._db.rows(
            "SELECT event FROM events INDEXED BY events_of WHERE chain = ? AND escrow_id = ?"
            " ORDER BY block, position LIMIT ?",
            (chain, escrow_id, limit),
        )
        return [event_from_bytes(event) for (event,) in rows]

    def unseen_funded(self, chain: str, seller: bytes) -> list[EscrowEvent]:
        """In the order of the chain, MAX_UNSEEN at most."""
        rows = self._db.rows(
            "SELECT event FROM events AS e INDEXED BY fundings_of WHERE chain = ? AND seller = ? AND NOT EXISTS"
            " (SELECT 1 FROM orders AS o WHERE o.escrow_id = e.escrow_id)"
            " ORDER BY block, position LIMIT ?",
            (chain, seller, MAX_UNSEEN),
        )
        return [event_from_bytes(event) for (event,) in rows]


def _row(chain: str, event: EscrowEvent) -> tuple:
    where, kind = event.where, type(event).__name__.lower()
    if isinstance(event, Paid) and not event.left:
        kind = CLOSED
    terms = event.terms if isinstance(event, Funded) else None
    funding = (None,) * 4
    if terms:
        funding = (terms.seller, terms.arbiter, terms.token, terms.amount.to_bytes(16))
    return chain, where.block, where.index, event.id, event_to_bytes(event), kind, *funding
