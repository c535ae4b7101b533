"""Sync: what a peer holds and we don't. A state machine of requests and responses: bytes in, bytes out.

    request   {"after": id or h''}            response  {"ids": ids, "more": bool}
    request   {"want": ids}                   response  {"records": [record, …]}

Ids are 32 bytes each, one after the other in one byte string, ascending. Records that don't fit into a response, or that the
responder no longer holds, are left out; the client asks for the rest again as long as each response brings something.
What is given, but not announced, are the editions of listings that a responder keeps as evidence for reviews.
"""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Protocol

from node.protocol.encoding import ID_BYTES, decode, encode
from node.protocol.errors import Rejected, StateError
from node.protocol.record import content_id, split

MAX_REQUEST = 16 * 1024
MAX_RESPONSE = 1024 * 1024
PAGE = 4_096  # ids in one response
MAX_WANTED = 256  # ids in one request
MAX_PAGES = 1_024  # of one run: four million ids
MAX_BROKEN_PROMISES = 4_096  # ids announced in one run and then not delivered

RULES = {
    "sync.request": f"A request is a map: `after` is an id or empty, or `want` has at most {MAX_WANTED} ids, ascending.",
    "sync.response": f"A response is a map that answers its request: at most {PAGE:,} ids, ascending, from after the cursor, and whether there "
    "are more, which there aren't after none; or records that were wanted, each once.",
    "sync.promises": f"Of what is announced in one run, at most {MAX_BROKEN_PROMISES:,} records aren't delivered.",
}
"""What must hold, by rule; bytes that break one are rejected."""

_LAST = b"\xff" * ID_BYTES


def protocol(network: str) -> str:
    """The id of the stream protocol."""
    return f"/etal/1/{network}/sync"


class Source(Protocol):
    """What is given to others: the ids of what may be spread, the records, and listing editions that kept reviews cite."""

    def ids_after(self, cursor: bytes, limit: int) -> list[bytes]: ...
    def get(self, id: bytes) -> bytes | None: ...
    def evidence(self, id: bytes) -> bytes | None: ...


def answer(request: bytes, source: Source) -> bytes:
    """The response to a request. Raises Rejected "encoding.*" or "sync.request"."""
    asked = _map(decode(request, MAX_REQUEST), "sync.request")
    if "after" in asked:
        cursor = asked["after"]
        if type(cursor) is not bytes or len(cursor) not in (0, ID_BYTES):
            raise Rejected("sync.request", "after: an id or nothing is expected")
        ids = source.ids_after(cursor, PAGE + 1)
        return encode({"ids": b"".join(ids[:PAGE]), "more": len(ids) > PAGE})
    records: list[bytes] = []
    size = 16
    for id in _ids(asked.get("want"), MAX_WANTED, "sync.request"):
        raw = source.get(id) if _is_spread(source, id) else source.evidence(id)
        if raw is not None:
            size += 3 + len(raw)
            if size > MAX_RESPONSE:
                break
            records.append(raw)
    return encode({"records": records})


def _is_spread(source: Source, id: bytes) -> bool:
    """A source also holds what is private, such as what its owner has bought: of that it gives nothing away."""
    number = int.from_bytes(id, "big")
    before = (number - 1).to_bytes(ID_BYTES, "big") if number else b""
    return source.ids_after(before, 1) == [id]


def want(ids: Iterable[bytes]) -> bytes:
    """The request for at most MAX_WANTED records by content id, for one who knows them already."""
    return encode({"want": b"".join(sorted(ids))})


def given(response: bytes, wanted: Iterable[bytes], network: str) -> dict[bytes, bytes]:
    """Content id -> record, of those that were wanted. Raises Rejected "sync.response", "record.*" or "encoding.*"."""
    raws = _map(decode(response, MAX_RESPONSE), "sync.response").get("records")
    if type(raws) is not list or not all(type(raw) is bytes for raw in raws):
        raise Rejected("sync.response", "records: byte strings are expected")
    missing = set(wanted)
    found: dict[bytes, bytes] = {}
    for raw in raws:
        id = content_id(split(raw)[0], network)
        if id not in missing:
            raise Rejected("sync.response", "a record that wasn't asked for")
        missing.discard(id)
        found[id] = raw
    return found


class Client:
    """One run against one peer.

        while request := client.request():
            raws = client.receive(await ask(request))     # then admit them

    `has` says which ids are held, asked once more before each request: other runs go on at the same time. `shuffle` brings a list
    into an order that is different for each run, so that they don't all ask for the same records. `portion` is how many
    records are asked for at once. A run is finished when `request` gives None. Raises Rejected "sync.*" for a response that
    no honest peer gives; the run is over then.
    """

    def __init__(
        self,
        has: Callable[[bytes], bool],
        network: str,
        *,
        shuffle: Callable[[list[bytes]], None] = lambda ids: None,
        portion: int = MAX_WANTED,
    ):
        self._has = has
        self._network = network
        self._shuffle = shuffle
        self.portion = portion
        self._cursor = b""
        self._more = True
        self._pages = 0
        self._wanted: deque[bytes] = deque()
        self._asked: list[bytes] | None = None  # None: a page of ids was asked for
        self._waiting = False
        self._broken = 0

    def request(self) -> bytes | None:
        if self._waiting:
            raise StateError("sync.misuse", "the last request has no response yet")
        asked: list[bytes] = []
        while self._wanted and len(asked) < self.portion:
            id = self._wanted.popleft()
            if not self._has(id):
                asked.append(id)
        if asked:
            self._asked = asked
            self._waiting = True
            return want(asked)
        if self._more and self._pages < MAX_PAGES:
            self._asked = None
            self._waiting = True
            return encode({"after": self._cursor})
        return None

    def receive(self, response: bytes) -> list[bytes]:
        """Records to admit: none that wasn't asked for."""
        if not self._waiting:
            raise StateError("sync.misuse", "no request waits for a response")
        self._waiting = False
        if self._asked is None:
            self._page(_map(decode(response, MAX_RESPONSE), "sync.response"))
            return []
        return self._records(given(response, self._asked, self._network), self._asked)

    def _page(self, page: dict) -> None:
        ids = _ids(page.get("ids"), PAGE, "sync.response")
        more = page.get("more")
        if type(more) is not bool or (more and not ids):
            raise Rejected("sync.response", "more: true or false is expected, false after no ids")
        if ids and ids[0] <= self._cursor:
            raise Rejected("sync.response", "ids from before the cursor")
        self._pages += 1
        self._cursor = ids[-1] if ids else _LAST
        self._more = more
        missing = [id for id in ids if not self._has(id)]
        self._shuffle(missing)
        self._wanted.extend(missing)

    def _records(self, found: dict[bytes, bytes], asked: list[bytes]) -> list[bytes]:
        missing = [id for id in asked if id not in found]
        if found:
            self._wanted.extendleft(reversed(missing))
        else:
            self._broken += len(missing)
            if self._broken > MAX_BROKEN_PROMISES:
                raise Rejected("sync.promises", "announces records that it doesn't have")
        return list(found.values())


def _map(value: object, rule: str) -> dict:
    if type(value) is not dict:
        raise Rejected(rule, "a map is expected")
    return value


def _ids(joined: object, limit: int, rule: str) -> list[bytes]:
    if type(joined) is not bytes or len(joined) % ID_BYTES or len(joined) > limit * ID_BYTES:
        raise Rejected(rule, f"at most {limit} ids of 32 bytes are expected")
    ids = [joined[start : start + ID_BYTES] for start in range(0, len(joined), ID_BYTES)]
    if any(a >= b for a, b in pairwise(ids)):
        raise Rejected(rule, "ids must ascend")
    return ids
