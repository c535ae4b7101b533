"""Values as (title, text) rows: how a block is shown where nobody drew a page for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from node.protocol.fields.base import Field
from node.protocol.fields.groups import Block, FieldSet, ListOf
from node.protocol.fields.values import Time

LAST_DATE = 253_402_300_799  # the last second of the year 9999: no calendar goes on


def rows_of(fields: FieldSet, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(title, text) of each value, as read, that fits into a row. Times are in UTC."""
    rows = []
    for name, field in fields.items():
        if name in values and not isinstance(field, Block):
            text = text_of(field, values[name])
            if text:
                rows.append((field.title or name, text))
    return rows


def text_of(field: Field, value: Any) -> str:
    """One value in words; "" where there is nothing to say."""
    if isinstance(field, ListOf):
        return ", ".join(filter(None, (text_of(field.field, each) for each in value)))
    if isinstance(field, Block):
        return str(value.get("label", ""))
    if isinstance(field, Time):
        return f"{datetime.fromtimestamp(min(value, LAST_DATE), UTC):%Y-%m-%d %H:%M} UTC"
    labels = getattr(field, "values", None)
    if isinstance(labels, dict):
        return labels.get(value, str(value))
    if value is True:
        return "✓"
    return "" if value is False else str(field.to_json(value))
