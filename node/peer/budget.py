"""How much of other people's records this node keeps, so that no peer can fill its disk."""

from collections import defaultdict
from dataclasses import dataclass

from node.peer.world import World
from node.protocol.keeping import ONE_PER_PLACE
from node.protocol.record import Record

MAX_RECORDS_OF_ONE = 25_000
MAX_BYTES_OF_ONE = 64 * 1024 * 1024
"""What is kept of one persona. A catalogue of 10,000 listings with their stock takes 20,000 records."""

LAST_WORDS = 1_000
"""Records that a persona has left for withdrawing and revoking when its share is used up."""

MAX_RECORDS = 500_000
MAX_BYTES = 2 * 1024**3
"""What is kept of everybody."""

FOR_NEWCOMERS = 0.9
"""Up to this part of it new personas are taken in; the rest is for those who are known already."""


@dataclass
class Share:
    records: int = 0
    bytes: int = 0


class Budget:
    """Counts what is held of whom: from the store when asked to, by what came in since."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shares: dict[bytes, Share] = defaultdict(Share)
        self._total = Share()

    def recount(self) -> None:
        """Count what the store holds now; what has been replaced or forgotten takes no room any more."""
        self._shares.clear()
        self._total = Share()
        for author, (records, size) in self._world.store.holdings().items():
            self._add(author, records, size)

    def took(self, record: Record, *, added: bool = False) -> Share:
        """This record is about to be kept: returns what it takes, so that it can be given back."""
        old = None if added else self._replaced(record)
        taken = (
            Share(1, len(record.raw)) if old is None else Share(0, len(record.raw) - len(old.raw))
        )
        self._add(record.author, taken.records, taken.bytes)
        return taken

    def give_back(self, author: bytes, taken: Share) -> None:
        """It was not kept after all."""
        self._add(author, -taken.records, -taken.bytes)
        if not self._shares[author].records:
            del self._shares[author]  # not known, after all

    def refusal(self, record: Record, *, added: bool = False) -> str | None:
        """The rule by which there is no room for an admitted record, or None. `added`: it takes the place of no other."""
        author, size = record.author, len(record.raw)
        if author == self._world.me:
            return None
        share = self._shares.get(author)
        if share is None:
            full = self._exceeds(
                self._total, size, MAX_RECORDS * FOR_NEWCOMERS, MAX_BYTES * FOR_NEWCOMERS
            )
            return "budget.newcomer" if full else None
        old = None if added else self._replaced(record)
        if old is not None and len(record.raw) <= len(old.raw):
            return None
        spare = LAST_WORDS if record.gone or record.kind == "revocation" else 0
        if self._exceeds(share, size, MAX_RECORDS_OF_ONE + spare, MAX_BYTES_OF_ONE + spare * 1024):
            return "budget.author"
        if self._exceeds(self._total, size, MAX_RECORDS + spare, MAX_BYTES + spare * 1024):
            return "budget.total"
        return None

    def _replaced(self, record: Record) -> Record | None:
        """The record whose place it takes."""
        kind = self._world.registry.kind(record.kind, record.version)
        if kind is None or kind.keeping not in ONE_PER_PLACE:
            return None
        old = self._world.store.latest(record.kind, record.author, record.slug)
        return old if old is not None and old.signer == record.signer else None

    @staticmethod
    def _exceeds(share: Share, size: int, records: float, bytes: float) -> bool:
        return share.records + 1 > records or share.bytes + size > bytes

    def _add(self, author: bytes, records: int, size: int) -> None:
        for share in (self._shares[author], self._total):
            share.records += records
            share.bytes += size
