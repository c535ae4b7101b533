"""The signed envelope: a COSE_Sign1 (RFC 9052) over a deterministic CBOR payload, signed with EdDSA over Ed25519.

The bytes on the wire are always `d2 84 43a10127 a0 <payload as byte string> 5840 <signature>`: nothing in the unprotected
header, so that a record has one form. The content id covers what is signed, never the signature.
"""

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

from node.protocol import patterns
from node.protocol.encoding import decode, encode
from node.protocol.errors import Ignored, Rejected, RuleError, StateError
from node.protocol.fields import MAX_TIME
from node.protocol.keys import KEY_BYTES, SIGNATURE_BYTES, SigningKey, verify
from node.protocol.kinds import certificate as certificates

VERSION = 1
MAX_RECORD = 32 * 1024
MAX_CERTIFICATE = 2 * 1024
MAX_KIND_VERSION = 65_535
MAX_KEYS = 32  # keys of the payload, unknown ones included
ROOT_ONLY = ("certificate", "revocation")

_PROTECTED = bytes.fromhex("a10127")  # {1: -8}, algorithm EdDSA
_HEAD = bytes.fromhex("d28443a10127a0")
_TAIL = bytes.fromhex("5840")


@dataclass(frozen=True)
class Draft:
    """What is to be signed. `body` holds wire values. Times in seconds since the epoch, UTC."""

    kind: str
    version: int
    body: dict[str, Any]
    created: int
    until: int
    slug: str | None = None
    gone: bool = False  # a tombstone: buries the earlier records of its place; its body is empty


@dataclass(frozen=True)
class Record:
    """A parsed record. `raw` is the truth; equality and hash go by id and bytes."""

    raw: bytes
    id: bytes
    kind: str
    version: int
    author: bytes
    signer: bytes
    slug: str | None
    created: int
    until: int
    gone: bool
    body: dict[str, Any]
    certificate: bytes | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.raw == other.raw and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


def sign(
    draft: Draft,
    key: SigningKey,
    network: str,
    author: bytes | None = None,
    certificate: bytes | None = None,
) -> Record:
    """Sign as the persona `author` (default: the key's own), with the certificate that lets this key do so.

    Raises StateError where author and certificate don't go together, Rejected where the draft breaks the envelope's rules.
    """
    author = key.public if author is None else author
    if (author == key.public) != (certificate is None):
        raise StateError(
            "record.sign", "a certificate is needed exactly where the signer isn't the author"
        )
    payload: dict[str, Any] = {
        "v": VERSION,
        "kind": draft.kind,
        "kv": draft.version,
        "author": author,
        "created": draft.created,
        "until": draft.until,
        "body": draft.body,
    }
    if certificate is not None:
        payload |= {"signer": key.public, "cert": certificate}
    if draft.slug is not None:
        payload["slug"] = draft.slug
    if draft.gone:
        payload["gone"] = True
    encoded = encode(payload)
    return parse(
        _HEAD
        + _byte_string_head(len(encoded))
        + encoded
        + _TAIL
        + key.sign(_signed_bytes(encoded, network)),
        network,
    )


def parse(raw: bytes, network: str) -> Record:
    """Structure, canonical form and sizes; neither the signature nor the fields of the body.

    Raises Rejected "record.*" or "encoding.*", and Ignored "record.version" for an envelope of the future.
    """
    payload, _ = split(raw)
    return read_payload(raw, payload, content_id(payload, network))


def split(raw: bytes) -> tuple[bytes, bytes]:
    """(payload, signature) by the fixed template; the payload isn't decoded. Raises Rejected: record.size, record.envelope."""
    if len(raw) > MAX_RECORD:
        raise Rejected("record.size", f"{len(raw)} bytes; at most {MAX_RECORD} are allowed")
    start = len(_HEAD)
    width = {0x58: 1, 0x59: 2}.get(raw[start], -1) if len(raw) > start else -1
    if width > 0 and raw.startswith(_HEAD):
        begin = start + 1 + width
        length = int.from_bytes(raw[start + 1 : begin], "big")
        end = begin + length
        if (
            length >= (24 if width == 1 else 256)
            and len(raw) == end + len(_TAIL) + SIGNATURE_BYTES
            and raw[end : end + len(_TAIL)] == _TAIL
        ):
            return raw[begin:end], raw[-SIGNATURE_BYTES:]
    raise Rejected("record.envelope", "not a COSE_Sign1 with EdDSA and nothing else")


def content_id(payload: bytes, network: str) -> bytes:
    """SHA-256 of the COSE Sig_structure."""
    return hashlib.sha256(_signed_bytes(payload, network)).digest()


def check_signature(record: Record, network: str) -> None:
    """Raises Rejected: record.signature, certificate.*"""
    if not _signature_holds(record, network):
        raise Rejected("record.signature", "the signature is not by the signer")
    if record.certificate is None:
        return
    certificate, body = _certificate(record.certificate, network)
    if certificate.author != record.author:
        raise Rejected("certificate.author", "the certificate is by another persona")
    if body["device"] != record.signer:
        raise Rejected("certificate.device", "the certificate is for another key")
    if record.kind not in body["scope"]:
        raise Rejected("certificate.scope", f"the certificate doesn't cover the kind {record.kind}")
    if not certificate.created <= record.created < certificate.until:
        raise Rejected("certificate.time", "the record was made when the certificate wasn't valid")


@functools.lru_cache(maxsize=1024)
def _certificate(raw: bytes, network: str) -> tuple[Record, dict[str, Any]]:
    """A pure function, remembered because a device sends the same certificate with each of its records."""
    try:
        certificate = parse(raw, network)
    except RuleError as wrong:
        raise Rejected("certificate.envelope", str(wrong)) from None
    if (certificate.kind, certificate.version) != ("certificate", 1):
        raise Rejected("certificate.kind", "what certifies the signer is not a certificate")
    try:
        body = certificates.KIND.fields.read(certificate.body)
    except Rejected as wrong:
        raise Rejected("certificate.fields", wrong.message, wrong.field) from None
    if certificate.until - certificate.created > certificates.KIND.lifetime:
        raise Rejected("certificate.lifetime", "a certificate is valid for at most 90 days")
    if not _signature_holds(certificate, network):
        raise Rejected("certificate.signature", "the certificate is not signed by its author")
    return certificate, body


def _signature_holds(record: Record, network: str) -> bool:
    payload, signature = split(record.raw)
    return verify(record.signer, _signed_bytes(payload, network), signature)


def read_payload(raw: bytes, payload: bytes, id: bytes) -> Record:
    """The record of a split envelope whose content id is known already. Raises as `parse`."""
    value = decode(payload, MAX_RECORD)
    if type(value) is not dict:
        raise Rejected("record.payload", "the payload is not a map")
    if len(value) > MAX_KEYS:
        raise Rejected("record.keys", f"more than {MAX_KEYS} keys")
    version = value.get("v")
    if type(version) is not int or version < 1:
        raise Rejected("record.payload", "v: the version of the envelope is missing")
    if version != VERSION:
        raise Ignored("record.version", f"envelope version {version} is not known here")
    kind = _typed(value, "kind", str)
    if not patterns.NAME.fullmatch(kind):
        raise Rejected("record.kind", "kind: not the name of a kind")
    kind_version = _typed(value, "kv", int)
    if not 1 <= kind_version <= MAX_KIND_VERSION:
        raise Rejected("record.kind", "kv: out of range")
    author = _key(value, "author")
    signer, certificate = author, None
    if "signer" in value or "cert" in value:
        signer = _key(value, "signer")
        certificate = _typed(value, "cert", bytes)
        if signer == author:
            raise Rejected("record.signer", "signer is only given where it isn't the author")
        if len(certificate) > MAX_CERTIFICATE:
            raise Rejected("record.certificate", f"cert: more than {MAX_CERTIFICATE} bytes")
        if kind in ROOT_ONLY:
            raise Rejected("record.root", f"a {kind} is signed by the persona itself")
    created = _typed(value, "created", int)
    until = _typed(value, "until", int)
    if not 0 <= created < until <= MAX_TIME:
        raise Rejected("record.time", "created must lie before until, both from 0 to 2^40 - 1")
    slug = _typed(value, "slug", str) if "slug" in value else None
    if slug is not None and not patterns.SLUG.fullmatch(slug):
        raise Rejected("record.slug", "slug: lower-case letters, digits and single hyphens")
    gone = value.get("gone", False)
    if "gone" in value and gone is not True:
        raise Rejected("record.gone", "gone is either true or absent")
    body = _typed(value, "body", dict)
    if gone and body:
        raise Rejected("record.gone", "the body of a tombstone is empty")
    return Record(
        raw, id, kind, kind_version, author, signer, slug, created, until, gone, body, certificate
    )


def _typed(value: dict[str, Any], name: str, wanted: type) -> Any:
    found = value.get(name)
    if type(found) is not wanted:
        raise Rejected("record.payload", f"{name}: missing or of the wrong type")
    return found


def _key(value: dict[str, Any], name: str) -> bytes:
    found = _typed(value, name, bytes)
    if len(found) != KEY_BYTES:
        raise Rejected("record.payload", f"{name}: a key has 32 bytes")
    return found


def _byte_string_head(length: int) -> bytes:
    if length < 24:
        return bytes([0x40 | length])
    if length < 256:
        return bytes([0x58, length])
    if length < 65_536:
        return b"\x59" + length.to_bytes(2, "big")
    raise Rejected("record.size", f"the payload has {length} bytes")


@functools.lru_cache(maxsize=16)
def _signed_head(network: str) -> bytes:
    if not patterns.NAME.fullmatch(network):
        raise StateError("record.network", "not the name of a network")
    aad = f"etal/{VERSION}/{network}".encode()
    # Sig_structure (RFC 9052 §4.4): ["Signature1", protected, external_aad, payload]
    return (
        bytes.fromhex("846a5369676e617475726531")
        + _byte_string_head(len(_PROTECTED))
        + _PROTECTED
        + _byte_string_head(len(aad))
        + aad
    )


def _signed_bytes(payload: bytes, network: str) -> bytes:
    return _signed_head(network) + _byte_string_head(len(payload)) + payload
