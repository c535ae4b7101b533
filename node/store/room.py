"""What every part of the store shares."""

from node.protocol import record
from node.protocol.record import Record
from node.protocol.registry import Registry
from node.store.database import Database
from node.store.vault import Vault


class Room:
    """The open databases and what is needed to read them. Parts of the store add their methods to it."""

    def __init__(
        self, db: Database, content: Database, registry: Registry, vault: Vault, content_budget: int
    ) -> None:
        self._db = db
        self._content = content
        self._registry = registry
        self._vault = vault
        self._content_budget = content_budget

    def _read(self, raw: bytes, id: bytes) -> Record:
        """The record of bytes that were admitted before they were kept under this content id."""
        payload, _ = record.split(raw)
        return record.read_payload(raw, payload, id)
