"""This implementation agrees with each vector of what travels, and every rule of it is broken by one."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from node.protocol import blobs, encoding, gossip, keys, mail, sealed, sync
from node.protocol.encoding import encode
from node.protocol.errors import Rejected
from tests.samples import NETWORK
from tests.vectors.rows import each, load


class Asked:
    """A source that holds nothing and notes what it is asked for."""

    def __init__(self):
        self.says: dict[str, Any] = {}

    def ids_after(self, cursor: bytes, limit: int) -> list[bytes]:
        if limit > 1:
            self.says = {"after": cursor.hex()}
        return []

    def get(self, id: bytes) -> bytes | None:
        raise AssertionError("nothing is held")

    def evidence(self, id: bytes) -> None:
        self.says.setdefault("want", []).append(id.hex())


def _sync_request(data: bytes) -> dict:
    source = Asked()
    sync.answer(data, source)
    return source.says


def _sync_response(data: bytes, after: str | None = None, want: list[str] = ()) -> dict:
    if after is None:
        given = sync.given(data, map(bytes.fromhex, want), NETWORK)
        return {"records": [raw.hex() for raw in given.values()]}
    ids: list[str] = []
    client = sync.Client(lambda id: ids.append(id.hex()) or True, NETWORK)
    client.request()
    if after:
        client.receive(encode({"ids": bytes.fromhex(after), "more": True}))
        client.request()
        ids.clear()
    client.receive(data)
    return {"ids": ids, "more": client.request() is not None}


def _mail(data: bytes) -> dict:
    envelope = mail.read_envelope(data)
    return {"to": envelope.to.hex(), "box": envelope.box.hex()}


def _answer(data: bytes, of: str, persona: str) -> dict:
    receipt = mail.read_answer(data, bytes.fromhex(of), bytes.fromhex(persona), NETWORK)
    return {"receipt": receipt.raw.hex() if receipt else None}


def _blob_request(data: bytes) -> dict:
    blob, chunk = blobs.read_request(data)
    return {"blob": blob.hex(), "chunk": chunk}


def _blob_response(data: bytes) -> dict:
    given = blobs.read_response(data)
    return {"data": given if given is None else given.hex()}


def _manifest(data: bytes, id: str) -> dict:
    manifest = blobs.Manifest.parse(data, bytes.fromhex(id))
    chunks = [chunk.hex() for chunk in manifest.chunks]
    return {"type": manifest.media_type, "size": manifest.size, "chunks": chunks}


def _chunk(data: bytes, manifest: str, index: int) -> str:
    raw = bytes.fromhex(manifest)
    blobs.Manifest.parse(raw, sha256(raw).digest()).check(index, data)
    return data.hex()


READ: dict[str, Callable] = {
    "batch": lambda data: [raw.hex() for raw in gossip.unpack(data)],
    "sync-request": _sync_request,
    "sync-response": _sync_response,
    "mail": _mail,
    "mail-answer": _answer,
    "blob-request": _blob_request,
    "blob-response": _blob_response,
    "manifest": _manifest,
    "chunk": _chunk,
}


def read(row: dict) -> Any:
    return READ[row["what"]](bytes.fromhex(row["hex"]), **row["around"])


@pytest.mark.parametrize("row", each("network", "valid"))
def test_what_is_valid_is_read(row):
    assert read(row) == row["says"]


@pytest.mark.parametrize("row", each("network", "invalid"))
def test_what_is_invalid_is_refused(row):
    with pytest.raises(Rejected) as caught:
        read(row)
    assert caught.value.rule == row["rule"]


def test_everything_that_travels_has_both():
    for part in ("valid", "invalid"):
        assert {row["what"] for row in load("network")[part]} == set(READ)


# ---- rules

OVER_A_RUN = {"sync.promises"}
"""A rule about 4,096 records that don't come, for which tests/protocol/test_sync.py has the run."""


def test_every_rule_of_a_part_is_broken_once():
    values = load("encoding")
    broken = [
        *load("network")["invalid"],
        *load("sealed")["invalid"],
        *load("keys")["bad_bindings"],
        *values["amounts"]["invalid"],
        *values["ids"]["invalid"],
    ]
    parts = (gossip, sync, mail, blobs, sealed, keys, encoding)
    rules = {rule for part in parts for rule in part.RULES}
    assert rules - {row["rule"] for row in broken} == OVER_A_RUN
