"""Keeping: which of the records that somebody has seen they keep, and which of those count. A function of the records alone.

A store keeps, for each place, the latest record, and drops what a revoked key has signed. Which record of an author and slug
counts is decided when reading: the latest among the places of all keys that may sign for the author.
"""

import hashlib
from collections.abc import Iterable

from node.protocol.encoding import encode
from node.protocol.record import Record
from node.protocol.registry import Keeping, Kind, Registry

ONE_PER_PLACE = (Keeping.REPLACEABLE, Keeping.ADDRESSABLE)


def place_of(record: Record, kind: Kind) -> bytes:
    """32 bytes: two records with the same place compete, and `wins` says which is kept.

    A place has the signer in it, so that a revoked device's records can't have pushed out those of another device.
    """
    if kind.keeping in ONE_PER_PLACE:
        place = [record.author, record.signer, record.kind, record.slug or ""]
        return hashlib.sha256(encode(place)).digest()
    return record.id


def wins(a: Record, b: Record) -> bool:
    """Whether `a` is later than `b`: by creation time, then by content id bytewise."""
    return (a.created, a.id) > (b.created, b.id)


def kept_until(record: Record, kind: Kind) -> int:
    """When a record may be forgotten, and when strangers no longer take it. Seconds since the epoch.

    A record that replaces others is kept, read or not, for as long as anything that it has replaced could live: forgotten
    earlier, an old edition that some peer still holds would count again. So a tombstone needs no rule of its own.
    """
    if kind.keeping in ONE_PER_PLACE:
        return max(record.until, record.created + kind.lifetime)
    return record.until


def revokes(record: Record) -> tuple[bytes, bytes] | None:
    """(author, device) that an admitted record of kind revocation makes void, or None for any other record."""
    if record.kind == "revocation" and record.version == 1:
        return record.author, record.body["device"]
    return None


class Shelf:
    """The reference model of keeping, in memory. Any order of the same records gives an equal shelf."""

    def __init__(self, registry: Registry, records: Iterable[Record] = ()):
        self._registry = registry
        self.kept: dict[bytes, Record] = {}  # by place
        self.void: set[tuple[bytes, bytes]] = set()  # (author, device)
        for record in records:
            self.put(record)

    def put(self, record: Record) -> bool:
        """Keep an admitted record; whether it was kept."""
        kind = self._registry.kind(record.kind, record.version)
        if kind is None or kind.keeping in (Keeping.EPHEMERAL, Keeping.PRIVATE):
            return False
        if (record.author, record.signer) in self.void:
            return False
        place = place_of(record, kind)
        there = self.kept.get(place)
        if there is not None and not wins(record, there):
            return False
        self.kept[place] = record
        if revoked := revokes(record):
            self.void.add(revoked)
            self.kept = {
                place: kept
                for place, kept in self.kept.items()
                if (kept.author, kept.signer) != revoked
            }
        return True

    def latest(self, kind: str, author: bytes, slug: str | None = None) -> Record | None:
        """The record that counts, a tombstone included; whether it has expired is for the reader to see."""
        latest = None
        for record in self.kept.values():
            same = (record.kind, record.author, record.slug) == (kind, author, slug)
            if same and (latest is None or wins(record, latest)):
                latest = record
        return latest
