"""Vectors of what travels: batches, sync, mail and blobs. `what` names the rule of the CDDL that the bytes are of."""

import hashlib
from typing import Any

from node.protocol import blobs, gossip, mail, sealed, sync
from node.protocol.encoding import encode
from node.protocol.record import content_id, split
from tests.samples import NETWORK
from tests.vectors.make import OTHER, ROOT, listing, payload, profile, sign

PROFILE, LISTING = sign(profile()), sign(listing())
IDS = sorted(bytes([number]) * 32 for number in range(1, 4))
HELD = content_id(split(PROFILE)[0], NETWORK)
OF = hashlib.sha256(b"the record in the box").digest()
BOX = bytes(sealed.HEAD_BYTES + sealed.SMALLEST + sealed.TAG_BYTES)
PICTURE = b"a very small picture"
MANIFEST = blobs.describe(PICTURE, "image/webp")
LARGE = blobs.describe(bytes(blobs.CHUNK + 1), "image/png")
MORE = {"more-of-the-future": 1}


def _receipt(by=ROOT, kind: str = "receipt", of: bytes = OF) -> bytes:
    return sign(payload(kind, {"of": of}, author=by.public), by)


def _manifest(**changes: Any) -> bytes:
    return encode({"type": "image/webp", "size": 1, "chunks": [bytes(32)]} | changes)


def _id(manifest: bytes) -> bytes:
    return hashlib.sha256(manifest).digest()


def _joined(ids: list[bytes]) -> bytes:
    return b"".join(ids)


def _hexed(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _hexed(item) for name, item in value.items()}
    return [_hexed(item) for item in value] if isinstance(value, list) else value


def valid() -> list[tuple]:
    """(name, what, why, bytes, what they say, what else a reader must know)"""
    page = encode({"ids": _joined(IDS), "more": True})
    manifest = {"type": "image/webp", "size": len(PICTURE), "chunks": list(MANIFEST.chunks)}
    large = {"type": "image/png", "size": LARGE.size, "chunks": list(LARGE.chunks)}
    wide = _manifest(**MORE)
    chunk = {"manifest": MANIFEST.raw, "index": 0}
    return [
        ("batch", "batch", "two records", gossip.pack([PROFILE, LISTING])[0], [PROFILE, LISTING]),
        ("batch-odd", "batch", "each is judged by itself: one that is no record spoils nothing", encode([PROFILE, b"x"]), [PROFILE, b"x"]),
        ("batch-most", "batch", "200 byte strings", encode([b"x"] * 200), [b"x"] * 200),
        ("first-page", "sync-request", "from the beginning", encode({"after": b""}), {"after": b""}),
        ("next-page", "sync-request", "after an id", encode({"after": IDS[0]}), {"after": IDS[0]}),
        ("want", "sync-request", "two records", sync.want(IDS[:2]), {"want": IDS[:2]}),
        ("want-more-keys", "sync-request", "keys of the future are ignored", encode({"want": IDS[0], **MORE}), {"want": IDS[:1]}),
        ("page", "sync-response", "three ids, and there are more", page, {"ids": IDS, "more": True}, {"after": b""}),
        ("page-last", "sync-response", "the last page", encode({"ids": IDS[2], "more": False}), {"ids": IDS[2:], "more": False}, {"after": IDS[1]}),
        ("page-empty", "sync-response", "nothing is held", encode({"ids": b"", "more": False}), {"ids": [], "more": False}, {"after": b""}),
        ("records", "sync-response", "one of two that were wanted", encode({"records": [PROFILE]}), {"records": [PROFILE]}, {"want": sorted([HELD, OF])}),
        ("records-none", "sync-response", "none is held any more", encode({"records": []}), {"records": []}, {"want": [HELD]}),
        ("mail", "mail", "a box of the smallest class", mail.envelope(ROOT.public, BOX), {"to": ROOT.public, "box": BOX}),
        ("mail-more-keys", "mail", "keys of the future are ignored", encode({"to": ROOT.public, "box": BOX, **MORE}), {"to": ROOT.public, "box": BOX}),
        ("answer", "mail-answer", "it arrived", encode({"receipt": _receipt()}), {"receipt": _receipt()}, {"of": OF, "persona": ROOT.public}),
        ("answer-not-now", "mail-answer", "it can't be taken now", mail.answer(None), {"receipt": None}, {"of": OF, "persona": ROOT.public}),
        ("ask-manifest", "blob-request", "the manifest of a blob", blobs.request(OF), {"blob": OF, "chunk": None}),
        ("ask-chunk", "blob-request", "the last chunk that there can be", blobs.request(OF, 63), {"blob": OF, "chunk": 63}),
        ("data", "blob-response", "bytes, still to be checked", blobs.response(b"x"), {"data": b"x"}),
        ("data-none", "blob-response", "it isn't held", blobs.response(None), {"data": None}),
        ("manifest", "manifest", "one chunk", MANIFEST.raw, manifest, {"id": MANIFEST.id}),
        ("manifest-two", "manifest", "a byte more than one chunk holds", LARGE.raw, large, {"id": LARGE.id}),
        ("manifest-more-keys", "manifest", "keys of the future are ignored", wide, {"type": "image/webp", "size": 1, "chunks": [bytes(32)]}, {"id": _id(wide)}),
        ("chunk", "chunk", "the only one", PICTURE, PICTURE, chunk),
    ]  # fmt: skip


def invalid() -> list[tuple]:
    """(name, what, rule, why, bytes, what else a reader must know)"""
    answered = {"of": OF, "persona": ROOT.public}
    wanted, begun, further = {"want": [HELD]}, {"after": b""}, {"after": IDS[1]}
    chunk = {"manifest": MANIFEST.raw, "index": 0}

    def manifest(name: str, why: str, **changes: Any) -> tuple:
        raw = _manifest(**changes)
        return name, "manifest", "blob.manifest", why, raw, {"id": _id(raw)}

    forged = _receipt()[:-1] + bytes([_receipt()[-1] ^ 1])
    return [
        ("batch-nothing", "batch", "gossip.batch", "no record", encode([])),
        ("batch-many", "batch", "gossip.batch", "201 byte strings", encode([b"x"] * 201)),
        ("batch-map", "batch", "gossip.batch", "a map", encode({"records": [PROFILE]})),
        ("batch-text", "batch", "gossip.batch", "text among the records", encode([PROFILE, "x"])),
        ("batch-garbage", "batch", "encoding.malformed", "no CBOR", b"\xff"),
        ("request-list", "sync-request", "sync.request", "no map", encode([b""])),
        ("request-nothing", "sync-request", "sync.request", "asks for nothing", encode({})),
        ("after-short", "sync-request", "sync.request", "31 bytes are no id", encode({"after": bytes(31)})),
        ("after-text", "sync-request", "sync.request", "text is no id", encode({"after": ""})),
        ("want-list", "sync-request", "sync.request", "ids stand in one byte string", encode({"want": IDS})),
        ("want-part", "sync-request", "sync.request", "an id and a half", encode({"want": bytes(48)})),
        ("want-unsorted", "sync-request", "sync.request", "ids that don't ascend", encode({"want": IDS[1] + IDS[0]})),
        ("want-twice", "sync-request", "sync.request", "an id twice", encode({"want": IDS[0] * 2})),
        ("page-no-more", "sync-response", "sync.response", "doesn't say whether there are more", encode({"ids": IDS[0]}), begun),
        ("page-number", "sync-response", "sync.response", "more is true or false", encode({"ids": IDS[0], "more": 1}), begun),
        ("page-nothing-and-more", "sync-response", "sync.response", "more after no ids", encode({"ids": b"", "more": True}), begun),
        ("page-unsorted", "sync-response", "sync.response", "ids that don't ascend", encode({"ids": IDS[1] + IDS[0], "more": False}), begun),
        ("page-before", "sync-response", "sync.response", "the cursor again", encode({"ids": IDS[1], "more": False}), further),
        ("page-of-records", "sync-response", "sync.response", "records where ids were asked for", encode({"records": [PROFILE]}), begun),
        ("records-missing", "sync-response", "sync.response", "ids where records were asked for", encode({"ids": b"", "more": False}), wanted),
        ("records-text", "sync-response", "sync.response", "text instead of records", encode({"records": ["x"]}), wanted),
        ("records-other", "sync-response", "sync.response", "a record that wasn't asked for", encode({"records": [LISTING]}), wanted),
        ("records-twice", "sync-response", "sync.response", "a record twice", encode({"records": [PROFILE, PROFILE]}), wanted),
        ("records-garbage", "sync-response", "record.envelope", "no record", encode({"records": [b"x"]}), wanted),
        ("mail-list", "mail", "mail.envelope", "no map", encode([ROOT.public, BOX])),
        ("mail-to-nobody", "mail", "mail.envelope", "to is missing", encode({"box": BOX})),
        ("mail-to-short", "mail", "mail.envelope", "31 bytes are no persona", encode({"to": bytes(31), "box": BOX})),
        ("mail-text", "mail", "mail.envelope", "a box is bytes", encode({"to": ROOT.public, "box": "x"})),
        ("answer-list", "mail-answer", "mail.answer", "no map", encode([]), answered),
        ("answer-true", "mail-answer", "mail.answer", "a receipt is a record", encode({"receipt": True}), answered),
        ("answer-other-kind", "mail-answer", "mail.answer", "a record of another kind", encode({"receipt": PROFILE}), answered),
        ("answer-other-persona", "mail-answer", "mail.answer", "by somebody else", encode({"receipt": _receipt(OTHER)}), answered),
        ("answer-other-record", "mail-answer", "mail.answer", "of another record", encode({"receipt": _receipt(of=HELD)}), answered),
        ("answer-forged", "mail-answer", "record.signature", "the signature was changed", encode({"receipt": forged}), answered),
        ("answer-garbage", "mail-answer", "record.envelope", "no record", encode({"receipt": b"x"}), answered),
        ("ask-list", "blob-request", "blob.request", "no map", encode([OF])),
        ("ask-nothing", "blob-request", "blob.request", "no id", encode({"chunk": 0})),
        ("ask-short", "blob-request", "blob.request", "31 bytes are no id", encode({"blob": bytes(31)})),
        ("ask-beyond", "blob-request", "blob.request", "the 65th chunk", encode({"blob": OF, "chunk": 64})),
        ("ask-before", "blob-request", "blob.request", "a chunk before the first", encode({"blob": OF, "chunk": -1})),
        ("ask-true", "blob-request", "blob.request", "an index is a number", encode({"blob": OF, "chunk": True})),
        ("data-list", "blob-response", "blob.response", "no map", encode([b"x"])),
        ("data-text", "blob-response", "blob.response", "data are bytes", encode({"data": "x"})),
        ("manifest-other", "manifest", "blob.id", "of another blob", MANIFEST.raw, {"id": LARGE.id}),
        ("manifest-list", "manifest", "blob.manifest", "no map", encode([1]), {"id": _id(encode([1]))}),
        manifest("manifest-type", "no media type", type="picture"),
        manifest("manifest-empty", "no byte", size=0, chunks=[]),
        manifest("manifest-large", "a byte over 16 MiB", size=blobs.MAX_BLOB + 1, chunks=[bytes(32)] * 65),
        manifest("manifest-few", "a hash is missing", size=blobs.CHUNK + 1),
        manifest("manifest-many", "a hash too many", chunks=[bytes(32)] * 2),
        manifest("manifest-short-hash", "31 bytes are no hash", chunks=[bytes(31)]),
        ("chunk-other", "chunk", "blob.chunk", "other bytes", PICTURE[::-1], chunk),
        ("chunk-short", "chunk", "blob.chunk", "a byte is missing", PICTURE[:-1], chunk),
        ("chunk-beyond", "chunk", "blob.chunk", "there is no second one", PICTURE, chunk | {"index": 1}),
    ]  # fmt: skip


def _good(
    name: str, what: str, why: str, data: bytes, says: Any, around: dict | None = None
) -> dict:
    row = {"name": name, "what": what, "why": why, "hex": data.hex(), "says": _hexed(says)}
    return row | {"around": _hexed(around or {})}


def _bad(
    name: str, what: str, rule: str, why: str, data: bytes, around: dict | None = None
) -> dict:
    row = {"name": name, "what": what, "why": why, "rule": rule, "hex": data.hex()}
    return row | {"around": _hexed(around or {})}


def build() -> dict:
    return {
        "about": "What travels on network etal-test. `what` is the rule of the CDDL, or chunk; `says` is what comes out, ids in byte strings one by "
        "one, what is absent null. `around`: the cursor (`after`) or the ids (`want`) that a response answers; the record (`of`) and persona "
        "that an answer to mail is about; the id that a manifest was asked for by; manifest and index of a chunk.",
        "valid": [_good(*row) for row in valid()],
        "invalid": [_bad(*row) for row in invalid()],
    }
