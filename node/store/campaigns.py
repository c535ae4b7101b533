"""Campaigns that this node has a part in: their record, kept whatever replaces it, and what this node wants of the chain."""

from node.ports import CampaignRow
from node.protocol.errors import NotFound
from node.store.orders import Orders


class Campaigns(Orders):
    """The part of ports.Store about campaigns. One is known by its id in the contract."""

    def campaign(self, id: bytes) -> CampaignRow | None:
        found = self._db.row("SELECT raw, sealed_notes FROM campaigns WHERE id = ?", (id,))
        return None if found is None else CampaignRow(id, found[0], self._unseal(found[1]))

    def campaigns(self, limit: int = 10_000) -> list[CampaignRow]:
        rows = self._db.rows(
            "SELECT id, raw, sealed_notes FROM campaigns ORDER BY row DESC LIMIT ?", (limit,)
        )
        return [CampaignRow(id, raw, self._unseal(notes)) for id, raw, notes in rows]

    def join_campaign(self, id: bytes, raw: bytes) -> None:
        with self._db.transaction():
            self._db.change(
                "INSERT INTO campaigns (id, raw, sealed_notes) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET raw = excluded.raw",
                (id, raw, self._seal({})),
            )

    def note_campaign(self, id: bytes, notes: dict) -> None:
        """Raises NotFound "store.campaign"."""
        with self._db.transaction():
            old = self._db.value("SELECT sealed_notes FROM campaigns WHERE id = ?", (id,))
            if old is None:
                raise NotFound("store.campaign", "this campaign is not known here")
            merged = self._seal(self._unseal(old) | notes)
            self._db.change("UPDATE campaigns SET sealed_notes = ? WHERE id = ?", (merged, id))
