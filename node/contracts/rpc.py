"""JSON-RPC 2.0 over HTTP to one chain's node, which may be slow, broken or hostile.

Answers are bounded in size and time and are never trusted in shape: `answers` checks them. The URL may hold an
access key, so it shows up nowhere: messages, `repr` and logs name the host and its port alone.
"""

import itertools
import json
import logging
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

import httpx
import trio

from node.protocol.errors import StateError, Unavailable

MAX_ANSWER = 8 << 20  # bytes
TIMEOUT = 15.0  # seconds for one try, whole answer included
TRIES = 4
FIRST_PAUSE = 0.25  # seconds before the second try; doubles
TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})  # HTTP statuses worth another try
# JSON-RPC errors that mean "you ask too often", of providers that send them with HTTP status 200. -32005 alone doesn't: it
# also stands for too many results.
BUSY_CODES = frozenset({429, -32007, -32016, -32029, -32090})
BUSY_WORDS = (
    *("rate limit", "too many requests", "requests per", "usage limit", "quota"),
    *("compute units", "throttled", "capacity exceeded"),
)
MAX_MESSAGE = 200  # characters of the node's own words that are passed on

# httpx writes whole URLs into its log, keys included.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class RpcError(Unavailable):
    """The chain's node answered and said no (or more than fits). `code` and `data` as in EIP-1474."""

    def __init__(self, code: int, message: str, data: object = None):
        super().__init__("chain.refused", f"The chain's node refused: {message}")
        self.code = code
        self.reason = message
        self.data = data


class Caller(Protocol):
    async def call(self, method: str, *params: object) -> object:
        """The result, unchecked. Raises RpcError when the chain's node refuses, Unavailable when it can't be reached."""


class Access(Caller, Protocol):
    """The way to a chain: one endpoint, or several that are compared.

    `call` and `request` ask any that answers. What money hangs on is asked of `agreed`. `troubles` are sentences about endpoints
    with which something is wrong, though the others do."""

    agreed: Caller
    troubles: Sequence[str]

    async def request(self, method: str, params: list) -> dict: ...
    async def aclose(self) -> None: ...


class Rpc:
    """One endpoint. `call` retries what is transient; what the node itself refuses is raised at once."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise StateError("chain.url", "A chain's address begins with http:// or https://.")
        self.host = parts.netloc.rpartition("@")[2]
        self._url = url
        self._numbers = itertools.count(1)
        self._client = httpx.AsyncClient(
            timeout=TIMEOUT,
            transport=transport,
            trust_env=False,
            # Compressed answers could grow without bound when unpacked.
            headers={"accept-encoding": "identity"},
        )

    def __repr__(self) -> str:
        return f"Rpc({self.host})"

    @property
    def agreed(self) -> Caller:
        """There is nobody to compare with."""
        return self

    @property
    def troubles(self) -> tuple[str, ...]:
        return ()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def call(self, method: str, *params: object) -> object:
        """The result, unchecked. Raises RpcError when the node refuses, Unavailable when it can't be reached."""
        return result_of(await self.request(method, list(params)))

    async def request(self, method: str, params: list) -> dict:
        """The whole JSON-RPC answer as an object. Raises Unavailable, which isn't RpcError where the node only asks to be asked
        less, or RpcError for an answer too large."""
        number = next(self._numbers)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        body = json.dumps(asked).encode()
        pause = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            found = await self._try(body)
            answer = None if found is None else self._admit(found, number)
            if answer is not None and not _is_busy(answer.get("error")):
                return answer
            if left:
                await trio.sleep(pause)
                pause *= 2
        if answer is None:
            raise Unavailable(
                "chain.unreachable", f"The chain's node at {self.host} doesn't answer."
            )
        raise Unavailable(
            "chain.busy", f"The chain's node at {self.host} is asked too often and refuses."
        )

    def _admit(self, body: bytes, number: int) -> dict:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or answer.get("id") not in (number, None):
            raise Unavailable(
                "chain.answer", f"The chain's node at {self.host} doesn't speak JSON-RPC."
            )
        if "result" not in answer and answer.get("error") is None:
            raise Unavailable(
                "chain.answer", f"The chain's node at {self.host} gave an empty answer."
            )
        return answer

    async def _try(self, body: bytes) -> bytes | None:
        """One try; None when another may do better."""
        try:
            with trio.fail_after(TIMEOUT):
                return await self._post(body)
        except (httpx.TransportError, trio.TooSlowError):
            return None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            kind = type(error).__name__
            raise Unavailable("chain.unreachable", f"Asking {self.host} failed: {kind}.") from None

    async def _post(self, body: bytes) -> bytes | None:
        headers = {"content-type": "application/json"}
        async with self._client.stream(
            "POST", self._url, content=body, headers=headers
        ) as response:
            if response.status_code in TRANSIENT:
                return None
            parts, size = [], 0
            async for part in response.aiter_raw():
                size += len(part)
                if size > MAX_ANSWER:
                    raise RpcError(0, f"an answer of more than {MAX_ANSWER >> 20} MiB")
                parts.append(part)
        found = b"".join(parts)
        # Some nodes send JSON-RPC errors with status 400; anything else is not for us.
        if response.status_code != 200 and not found.lstrip().startswith(b"{"):
            raise Unavailable(
                "chain.unreachable",
                f"The chain's node at {self.host} answers with HTTP status {response.status_code}.",
            )
        return found


def result_of(answer: dict) -> object:
    """The result in a JSON-RPC answer. Raises RpcError for an error in it."""
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    if not isinstance(error, dict):
        raise RpcError(0, "no reason given")
    code, message = error.get("code"), error.get("message")
    raise RpcError(
        code if isinstance(code, int) else 0,
        _printable(message) if isinstance(message, str) else "no reason given",
        error.get("data"),
    )


def _is_busy(error: object) -> bool:
    if not isinstance(error, dict):
        return False
    code, message = error.get("code"), error.get("message")
    low = message[:MAX_MESSAGE].lower() if isinstance(message, str) else ""
    limited = isinstance(code, int) and code in BUSY_CODES
    return limited or any(word in low for word in BUSY_WORDS)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in text[:MAX_MESSAGE])
