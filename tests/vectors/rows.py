"""Rows of the vectors, as the generators write them and the tests read them."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from node.protocol.record import Record

FOLDER = Path(__file__).parent


class Valid(NamedTuple):
    name: str
    why: str
    record: Record


class Invalid(NamedTuple):
    name: str
    why: str
    rule: str
    raw: bytes


def accepted(rows: Iterable[Valid]) -> list[dict]:
    """Records that every implementation accepts, as JSON."""
    return [
        {
            "name": row.name,
            "why": row.why,
            "kind": row.record.kind,
            "id": row.record.id.hex(),
            "raw": row.record.raw.hex(),
        }
        for row in rows
    ]


def refused(rows: Iterable[Invalid]) -> list[dict]:
    """Bytes that break a rule, as JSON."""
    return [row._asdict() | {"raw": row.raw.hex()} for row in rows]


def load(file: str) -> dict:
    return json.loads((FOLDER / f"{file}.json").read_text("utf-8"))


def each(file: str, part: str) -> list:
    """The rows of a part of a file, which has some, to parametrise a test with."""
    rows = load(file)[part]
    assert rows, f"{file}.json has no {part}"
    return [pytest.param(row, id=_name(row)) for row in rows]


def _name(row: dict) -> str:
    return next(row[key] for key in ("name", "why", "reason", "purpose") if key in row)


def breaking(kind: str, made: Callable[..., Record]) -> Callable[..., Invalid]:
    """Makes rows of one kind, after which they are named; so are their rules, but for those of fields."""

    def row(name: str, why: str, rule: str, /, *arguments, **changes) -> Invalid:
        rule = rule if "." in rule else f"{kind}.{rule}"
        return Invalid(f"{kind}-{name}", why, rule, made(*arguments, **changes).raw)

    return row
