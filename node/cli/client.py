"""Speaks to the running node's API over loopback. Only the standard library, so that a command starts at once."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Unavailable

EXIT_CODES = {
    0: "done",
    1: "refused, with the reason",
    2: "wrong usage",
    3: "no node is running",
    4: "not found",
    5: "the network or the chain doesn't answer now",
}
TIMEOUT = 60.0
MAX_RESPONSE = 32 * 1024 * 1024


class NotRunning(EtalError):
    """No node runs on this data directory."""


def exit_code(fault: EtalError) -> int:
    """The exit code that tells a script what kind of trouble this is."""
    if isinstance(fault, NotRunning):
        return 3
    if isinstance(fault, NotFound):
        return 4
    if isinstance(fault, Unavailable):
        return 5
    return 1


class Client:
    """One connection per call, with the bearer token that the running node left in its data directory."""

    def __init__(self, data_dir: str) -> None:
        self._data_dir = Path(data_dir)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON answer. Raises the error that the node named, or NotRunning."""
        running = self._running()
        query = {key: value for key, value in query.items() if value not in (None, "", ())}
        target = "/api" + quote(path) + ("?" + urlencode(query, doseq=True) if query else "")
        headers = {"Authorization": f"Bearer {running['token']}", "Accept": "application/json"}
        data = None
        if isinstance(body, bytes):
            data, headers["Content-Type"] = body, "application/octet-stream"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection = http.client.HTTPConnection("127.0.0.1", running["port"], timeout=TIMEOUT)
        try:
            connection.request(method, target, data, headers)
            response = connection.getresponse()
            data = response.read(MAX_RESPONSE)
            if response.length:
                raise Unavailable("node.trouble", "The node's answer broke off.")
            return self._answer(response.status, data)
        except (ConnectionRefusedError, FileNotFoundError):
            raise NotRunning(self._advice()) from None
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("node.trouble", f"The node didn't answer: {error}") from None
        finally:
            connection.close()

    def url(self) -> str:
        """The address that opens and unlocks the node's page."""
        running = self._running()
        return f"{running['url']}/unlock#token={running['token']}"

    def _running(self) -> dict:
        try:
            return json.loads((self._data_dir / "running.json").read_bytes())
        except (OSError, ValueError):
            raise NotRunning(self._advice()) from None

    def _advice(self) -> str:
        if (self._data_dir / "keystore.json").exists():
            return f"No node is running in {self._data_dir}: start it with `etal run`."
        return f"There is no node in {self._data_dir}: begin with `etal init`, or try `etal demo`."

    @staticmethod
    def _answer(status: int, data: bytes) -> Any:
        try:
            answer = json.loads(data) if data or status != 204 else None
        except ValueError:
            raise Unavailable("node.trouble", f"The node answered {status} without JSON.") from None
        if status < 400:
            return answer
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        rule, message = error.get("rule", "node.trouble"), error.get("message", f"HTTP {status}")
        if status == 404:
            raise NotFound(rule, message)
        if status == 409:
            raise Conflict(rule, message)
        if status >= 500:
            raise Unavailable(rule, message)
        raise InputError(rule, message, error.get("field"))


def show(value: Any, as_json: bool, text) -> None:
    """Print the answer as JSON, or as `text(answer)` for people."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False) if as_json else text(value))


def plain(text: Any) -> str:
    """Text of strangers made safe for a terminal: no control characters, one line."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def money(value: dict) -> str:
    """1234567 with 6 decimals of USDC -> "1.234567 USDC", exact, no trailing zeros beyond two."""
    digits = str(value["amount"]).rjust(value["decimals"] + 1, "0")
    whole, fraction = (
        digits[: len(digits) - value["decimals"]],
        digits[len(digits) - value["decimals"] :],
    )
    fraction = fraction.rstrip("0")
    if value["decimals"] >= 2:
        fraction = fraction.ljust(2, "0")
    return f"{whole}{'.' + fraction if fraction else ''} {plain(value['symbol'])}"


def table(rows: list[list[str]], heads: list[str]) -> str:
    """Columns as wide as their longest cell."""
    rows = [[plain(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [heads, *rows]
    ]
    return "\n".join(lines)


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the whole answer as JSON."
)
