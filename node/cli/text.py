"""How answers are shown: for people as text that no stranger can abuse, for programs as JSON."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import click

UNPRINTABLE = re.compile(r"[^\x20-\x7e\n]")

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the whole answer as JSON."
)


def show(value: Any, as_json: bool, text: Callable[[Any], str]) -> None:
    """Print the answer as JSON, or as `text(answer)` for people."""
    click.echo(as_json_text(value) if as_json else lines(text(value)))


def as_json_text(value: Any) -> str:
    """JSON whose texts keep their letters but hold nothing that a terminal would obey."""
    return UNPRINTABLE.sub(
        lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1],
        json.dumps(value, indent=2, ensure_ascii=False),
    )


def plain(text: Any) -> str:
    """Text of strangers made safe for a terminal: no control characters, no reordering, one line."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def lines(text: str) -> str:
    """Our own text of several lines, whatever strangers' parts are in it."""
    return "\n".join(plain(line) for line in text.split("\n"))


def money(value: dict) -> str:
    """1234567 with 6 decimals of USDC -> "1.234567 USDC": exact, no trailing zeros beyond two."""
    decimals = value["decimals"]
    digits = str(value["amount"]).rjust(decimals + 1, "0")
    cut = len(digits) - decimals
    whole, fraction = digits[:cut], digits[cut:].rstrip("0")
    if decimals >= 2:
        fraction = fraction.ljust(2, "0")
    return f"{whole}{'.' + fraction if fraction else ''} {plain(value['symbol'])}"


def moment(seconds: int) -> str:
    """A time as text, UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def table(rows: list[list[str]], heads: list[str]) -> str:
    """Columns as wide as their longest cell."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    )
