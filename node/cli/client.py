"""Speaks to the running node's API over loopback. Only the standard library, so that a command starts at once."""

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

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
MAX_RUNNING_FILE = 4096


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
        import http.client

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
        except ConnectionRefusedError:
            raise self._not_running() from None
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable("node.trouble", f"The node didn't answer: {error}") from None
        finally:
            connection.close()

    def url(self) -> str:
        """The address that opens and unlocks the node's page."""
        running = self._running()
        return f"{running['url']}/unlock#token={running['token']}"

    def _running(self) -> dict:
        """What the node left behind, if it still runs: our secret goes to no stranger that has its port now."""
        try:
            with (self._data_dir / "running.json").open("rb") as file:
                running = json.loads(file.read(MAX_RUNNING_FILE))
            if "pid" in running and not _alive(running["pid"]):
                raise self._not_running()
            return {**running, "port": int(running["port"]), "token": str(running["token"])}
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            raise self._not_running() from None

    def _not_running(self) -> NotRunning:
        if (self._data_dir / "keystore.json").exists():
            advice = f"No node is running in {self._data_dir}: start it with `etal run`."
        else:
            advice = f"No node is running: there is none in {self._data_dir}. Begin with `etal init`, or try `etal demo`."
        return NotRunning("node.stopped", advice)

    @staticmethod
    def _answer(status: int, data: bytes) -> Any:
        try:
            answer = json.loads(data) if data or status != 204 else None
        except (ValueError, RecursionError):
            raise Unavailable("node.trouble", f"The node answered {status} without JSON.") from None
        if status < 400:
            return answer
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        rule, message = error.get("rule", "node.trouble"), error.get("message", f"HTTP {status}")
        field = error.get("field")
        if status == 404:
            raise NotFound(rule, message, field)
        if status == 409:
            raise Conflict(rule, message, field)
        if status >= 500:
            raise Unavailable(rule, message, field)
        raise InputError(rule, message, field)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
