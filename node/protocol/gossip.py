"""Gossip: batches of records on one topic for each network. A lossy hint of what is new; sync is the truth."""

from collections.abc import Iterable

from node.protocol.admission import Decision
from node.protocol.encoding import decode, encode
from node.protocol.errors import Rejected, StateError
from node.protocol.record import MAX_RECORD

MAX_BATCH = 256 * 1024
MAX_BATCH_RECORDS = 200

RULES = {
    "gossip.batch": f"A batch is an array of 1 to {MAX_BATCH_RECORDS} byte strings.",
}
"""What must hold, by rule; bytes that break one are rejected."""

_OVERHEAD = 3  # the head of the array
_ENTRY_OVERHEAD = 3  # the head of each byte string


def topic(network: str) -> str:
    return f"/etal/1/{network}/records"


def pack(raws: Iterable[bytes]) -> list[bytes]:
    """As few batches as hold these records in their order: CBOR arrays of byte strings."""
    batches: list[list[bytes]] = []
    size = MAX_BATCH
    for raw in raws:
        if not 0 < len(raw) <= MAX_RECORD:
            raise StateError("gossip.misuse", "not the bytes of a record")
        size += _ENTRY_OVERHEAD + len(raw)
        if size > MAX_BATCH or len(batches[-1]) == MAX_BATCH_RECORDS:
            batches.append([])
            size = _OVERHEAD + _ENTRY_OVERHEAD + len(raw)
        batches[-1].append(raw)
    return [encode(batch) for batch in batches]


def unpack(batch: bytes) -> list[bytes]:
    """Raises Rejected "encoding.*" or "gossip.batch"; the records themselves are not looked at."""
    raws = decode(batch, MAX_BATCH)
    if (
        type(raws) is not list
        or not 1 <= len(raws) <= MAX_BATCH_RECORDS
        or not all(type(raw) is bytes for raw in raws)
    ):
        raise Rejected("gossip.batch", f"a batch holds 1 to {MAX_BATCH_RECORDS} byte strings")
    return raws


def judge(decisions: Iterable[Decision]) -> bool:
    """False where the forwarder is to blame: it passed on a record that every node must reject.

    Good records of the same batch are kept all the same, and a bad record of a kind or extension that the forwarder
    may not know blames nobody.
    """
    return not any(decision.blames for decision in decisions)
