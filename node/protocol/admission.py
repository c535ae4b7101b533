"""Admission: what to do with the bytes of a stranger. One function, whose every answer names a rule.

REJECT depends on the bytes alone, and on rules frozen with the envelope's and the kind's version. Whatever else stands against
a record (clock, context, policy, a version or kind of the future) is IGNORE, which blames nobody.
"""

from dataclasses import dataclass
from typing import Protocol

from node.protocol.errors import Ignored, Rejected, RuleError
from node.protocol.keeping import kept_until
from node.protocol.record import (
    Record,
    check_signature,
    content_id,
    parse,
    read_payload,
    split,
)
from node.protocol.registry import Keeping, Kind, Registry, Verdict

__all__ = ["MAX_AHEAD", "RULES", "Decision", "Verdict", "View", "admit", "admit_as_made"]

MAX_AHEAD = 600  # seconds that a record may be dated ahead of the clock


class View(Protocol):
    """What admission asks of what is already held."""

    def has(self, id: bytes) -> bool: ...
    def revoked(self, author: bytes, signer: bytes) -> bool: ...


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    rule: str | None = None  # what decided, None for ACCEPT
    record: Record | None = None  # as far as it could be read
    message: str = ""
    field: str | None = None  # dotted path of the field that is wrong
    blames: bool = False  # whether every node could have judged so: the forwarder is to blame


REJECT, IGNORE = Verdict.REJECT, Verdict.IGNORE

RULES: dict[str, tuple[Verdict, str]] = {
    "record.size": (REJECT, "A record has at most 32 KiB."),
    "record.envelope": (
        REJECT,
        "The envelope is the fixed COSE_Sign1 form: tag 18, EdDSA as the only protected header, no unprotected header.",
    ),
    "encoding.size": (REJECT, "An encoding has at most as many bytes as its place allows."),
    "encoding.malformed": (REJECT, "The payload is one well-formed, definite CBOR value."),
    "encoding.type": (
        REJECT,
        "Integers, byte strings, text, true, false, arrays and maps with text keys alone.",
    ),
    "encoding.integer": (REJECT, "Integers lie within -2^63 and 2^63 - 1."),
    "encoding.depth": (REJECT, "Containers nest at most 8 deep."),
    "encoding.items": (REJECT, "One payload holds at most 4,096 keys and values."),
    "encoding.canonical": (REJECT, "The payload is the deterministic encoding of its value."),
    "admission.duplicate": (IGNORE, "A record whose content id is held already is not new."),
    "record.payload": (REJECT, "The keys of the payload are there, with values of their types."),
    "record.keys": (REJECT, "The payload has at most 32 keys."),
    "record.version": (IGNORE, "The version of the envelope is known."),
    "record.kind": (REJECT, "kind is a name of at most 64 characters, kv from 1 to 65535."),
    "record.signer": (
        REJECT,
        "signer and cert come together, only where the signer isn't the author.",
    ),
    "record.certificate": (REJECT, "cert has at most 2 KiB."),
    "record.root": (REJECT, "Certificates and revocations are signed by the persona itself."),
    "record.time": (REJECT, "0 ≤ created < until < 2^40."),
    "record.slug": (REJECT, "slug has 1 to 64 lower-case letters, digits and single hyphens."),
    "record.gone": (REJECT, "gone is true or absent; the body of a tombstone is empty."),
    "record.signature": (REJECT, "The signature is by the signer, by the strict Ed25519 rule."),
    "certificate.envelope": (REJECT, "The certificate is a record by the rules of a record."),
    "certificate.kind": (REJECT, "What certifies the signer is a record of kind certificate."),
    "certificate.fields": (REJECT, "The fields of the certificate are those of its kind."),
    "certificate.author": (REJECT, "The certificate is by the author of the record."),
    "certificate.device": (REJECT, "The certificate is for the signer of the record."),
    "certificate.scope": (REJECT, "The certificate's scope has the kind of the record."),
    "certificate.time": (REJECT, "The record was created while the certificate was valid."),
    "certificate.lifetime": (REJECT, "A certificate is valid for at most 90 days."),
    "certificate.signature": (REJECT, "The certificate's signature is by its author."),
    "admission.kind": (IGNORE, "The kind and its version are known."),
    "admission.private": (REJECT, "A private kind is never spread, only sent sealed."),
    "kind.slug": (REJECT, "An addressable kind has a slug, any other kind has none."),
    "kind.gone": (REJECT, "Only a kind that replaces or is addressed by slug has tombstones."),
    "kind.lifetime": (REJECT, "until lies at most the kind's lifetime after created."),
    "field.required": (REJECT, "A required field is there."),
    "field.type": (REJECT, "A value has the type of its field."),
    "field.length": (REJECT, "Text and bytes are as long as their field allows."),
    "field.character": (REJECT, "Text has no control characters."),
    "field.pattern": (REJECT, "Text has the shape that its field asks for."),
    "field.choice": (REJECT, "A value is one of those that its field names."),
    "field.range": (REJECT, "A number lies in the range of its field."),
    "field.amount": (
        REJECT,
        "An amount is the shortest big-endian byte string, of at most 16 bytes.",
    ),
    "field.count": (REJECT, "A list or map has as many entries as its field allows."),
    "admission.ahead": (IGNORE, "A record is dated at most 10 minutes ahead."),
    "admission.expired": (IGNORE, "A record can still count, or bury one that could."),
    "admission.fault": (IGNORE, "No rule of a kind or an extension fails on the record."),
    "admission.revoked": (IGNORE, "The signer has not been revoked by the author."),
}
"""Every rule that admission itself knows: id -> (verdict, what must hold). Kinds and extensions add theirs."""


def admit(
    raw: bytes,
    network: str,
    registry: Registry,
    view: View,
    now: int,
    *,
    private: bool = False,
) -> Decision:
    """Judge one record. `private` says that it came sealed to us, so that private kinds are in their place.

    Cheap checks come first; what is held already costs one hash. Never raises for what is in `raw`.
    """
    record = None
    kind: Kind | None = None
    judged_by_all = True
    try:
        payload, _ = split(raw)
        id = content_id(payload, network)
        if view.has(id):
            return Decision(IGNORE, "admission.duplicate")
        record = read_payload(raw, payload, id)
        check_signature(record, network)
        kind = registry.kind(record.kind, record.version)
        if kind is None:
            raise Ignored("admission.kind", f"{record.kind} {record.version} is not known here")
        judged_by_all = kind.core
        if kind.keeping is Keeping.PRIVATE and not private:
            raise Rejected("admission.private", f"a {kind.id} is never spread")
        body = check_kind(record, kind)
        if kind.blocks and not record.gone:
            judged_by_all = False  # a forwarder may lack the extension
            _check_blocks(record, kind, body, registry)
        _check_context(record, kind, view, now)
    except Rejected as rejected:
        return Decision(
            REJECT, rejected.rule, record, rejected.message, rejected.field, judged_by_all
        )
    except Ignored as ignored:
        return Decision(IGNORE, ignored.rule, record, ignored.message)
    return Decision(Verdict.ACCEPT, None, record)


class _Nothing:
    """Nothing is held and nobody is revoked."""

    def has(self, id: bytes) -> bool:
        return False

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return False


def admit_as_made(
    raw: bytes, network: str, registry: Registry, *, private: bool = False
) -> Decision:
    """Judge a record by its bytes alone, as on the day when it was made: for evidence of what somebody has said. Never raises."""
    try:
        made = parse(raw, network).created
    except RuleError:
        made = 0  # it is refused for the same reason before anybody asks for the time
    return admit(raw, network, registry, _Nothing(), made, private=private)


def check_kind(record: Record, kind: Kind) -> dict:
    """The body as the kind's fields read it ({} for a tombstone). Raises Rejected (or Ignored, by a kind's own rule)."""
    if (record.slug is not None) != (kind.keeping is Keeping.ADDRESSABLE):
        raise Rejected(
            "kind.slug", f"a {kind.id} " + ("has no" if record.slug else "needs a") + " slug"
        )
    if record.until - record.created > kind.lifetime:
        raise Rejected("kind.lifetime", f"a {kind.id} lives for at most {kind.lifetime} seconds")
    if record.gone:
        if kind.keeping not in (Keeping.REPLACEABLE, Keeping.ADDRESSABLE):
            raise Rejected("kind.gone", f"a {kind.id} has no tombstones")
        return {}
    body = kind.fields.read(record.body)
    _check_rules(kind.rules, record, body)
    return body


def _check_blocks(record: Record, kind: Kind, body: dict, registry: Registry) -> None:
    """The blocks of those extensions that are known here; others are kept as bytes."""
    for id, block in body.get("extensions", {}).items():
        extension = registry.extension(id)
        if extension is not None:
            fields = getattr(extension, kind.blocks)
            try:
                fields.read(block)
            except Rejected as wrong:
                path = ".".join(["extensions", id, *([wrong.field] if wrong.field else [])])
                raise Rejected(wrong.rule, wrong.message, path) from None
            _check_rules(extension.rules, record, body)


def _check_rules(rules, record: Record, body: dict) -> None:
    for rule in rules:
        try:
            holds = rule.holds(record, body)
        except (
            Exception
        ) as fault:  # a rule of an extension from outside must not bring the node down
            raise Ignored("admission.fault", f"{rule.id}: {fault!r}") from fault
        if not holds:
            raise (Rejected if rule.verdict is REJECT else Ignored)(rule.id, rule.text)


def _check_context(record: Record, kind: Kind, view: View, now: int) -> None:
    if record.created > now + MAX_AHEAD:
        raise Ignored("admission.ahead", "dated more than 10 minutes ahead")
    if kept_until(record, kind) <= now:
        raise Ignored("admission.expired", "expired")
    if view.revoked(record.author, record.signer):
        raise Ignored("admission.revoked", "signed by a revoked key")
