"""How values that aren't records look in the vectors: bytes as hexadecimal, amounts as decimal text."""

from dataclasses import fields
from typing import Any

from node.protocol.escrow import Delivered, Disputed, EscrowEvent, Funded, Paid, Terms, Where

EVENTS = {"funded": Funded, "delivered": Delivered, "disputed": Disputed, "paid": Paid}
NESTED = {"terms": Terms, "where": Where}
AMOUNTS = {"amount", "to_buyer", "to_seller", "to_arbiter", "left"}


def shown(value: Any) -> dict:
    """A dataclass of escrow.py as JSON."""
    row = {}
    for field in fields(value):
        item = getattr(value, field.name)
        if field.name in NESTED:
            row[field.name] = shown(item)
        elif isinstance(item, bytes):
            row[field.name] = item.hex()
        else:
            row[field.name] = str(item) if field.name in AMOUNTS else int(item)
    return row


def event(value: EscrowEvent) -> dict:
    return {"type": type(value).__name__.lower(), **shown(value)}


def event_of(row: dict) -> EscrowEvent:
    """The reverse of `event`, as a reader of the vectors would write it."""
    return _read(EVENTS[row["type"]], row)


def _read(kind: type, row: dict) -> Any:
    values = {}
    for field in fields(kind):
        item = row[field.name]
        if field.name in NESTED:
            values[field.name] = _read(NESTED[field.name], item)
        elif field.name in AMOUNTS:
            values[field.name] = int(item)
        else:
            values[field.name] = bytes.fromhex(item) if isinstance(item, str) else item
    return kind(**values)


def hexed(values: dict) -> dict:
    return {name: value.hex() for name, value in values.items()}
