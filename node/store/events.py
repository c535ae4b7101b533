"""Escrow events as bytes: deterministic CBOR of their fields, amounts as byte strings."""

from dataclasses import fields
from typing import Any

from node.protocol.encoding import amount_from_bytes, amount_to_bytes, decode, encode
from node.protocol.errors import StateError
from node.protocol.escrow import Delivered, Disputed, EscrowEvent, Funded, Paid, Terms, Where

MAX_EVENT = 4 * 1024

TYPES = {"funded": Funded, "delivered": Delivered, "disputed": Disputed, "paid": Paid}
NESTED = {"terms": Terms, "where": Where}
AMOUNTS = frozenset({"amount", "to_buyer", "to_seller", "to_arbiter", "left"})


def event_to_bytes(event: EscrowEvent) -> bytes:
    for name, kind in TYPES.items():
        if type(event) is kind:
            return encode({"type": name, **_to_wire(event)})
    raise StateError("store.event", f"no such event: {type(event).__name__}")


def event_from_bytes(data: bytes) -> EscrowEvent:
    wire = decode(data, MAX_EVENT)
    return _from_wire(TYPES[wire.pop("type")], wire)


def _to_wire(value: Any) -> dict[str, Any]:
    wire = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if field.name in NESTED:
            item = _to_wire(item)
        elif field.name in AMOUNTS:
            item = amount_to_bytes(item)
        elif isinstance(item, int):
            item = int(item)  # an enumeration's number
        wire[field.name] = item
    return wire


def _from_wire(kind: type, wire: dict[str, Any]) -> Any:
    values = {}
    for name, item in wire.items():
        if name in NESTED:
            item = _from_wire(NESTED[name], item)
        elif name in AMOUNTS:
            item = amount_from_bytes(item)
        values[name] = item
    return kind(**values)
