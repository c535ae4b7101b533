"""Derives from the code what the spec shall not say a second time: etal.cddl, and tables between markers in Markdown files.

    python docs/spec/derive.py            writes
    python docs/spec/derive.py --check    exits 1 where something is stale

Markers in docs/spec/*.md and in an extension's SPEC.md; what stands between one and `<!-- end -->` is replaced:

    <!-- fields listing -->          fields of a kind
    <!-- fields goods.listing -->    fields of an extension: listing, order, delivery, availability
    <!-- rules listing -->           rules of a kind, of an extension, or of a part of the protocol (RULES)
    <!-- limits -->                  the named constants
    <!-- kinds -->                   every kind with its keeping and lifetime
    <!-- escrow transitions -->      which call takes an order's pot from where to where
    <!-- escrow reasons -->          why the escrow refuses each call
"""

import re
import sys
from pathlib import Path
from string import Template

from node.protocol import (
    admission,
    blobs,
    encoding,
    gossip,
    keys,
    mail,
    patterns,
    record,
    sealed,
    sync,
)
from node.protocol.escrow import reasons_table, transitions_table
from node.protocol.fields import MAX_TIME, FieldSet
from node.protocol.registry import DAY, Keeping, Kind, Registry, Rule, Verdict, standard

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
PARTS = ("listing", "order", "delivery", "availability")


def _rejected(rules: dict[str, str]) -> dict[str, tuple[Verdict, str]]:
    return {id: (Verdict.REJECT, text) for id, text in rules.items()}


LIMITS = [
    (record, "MAX_RECORD", "bytes of a record"),
    (record, "MAX_CERTIFICATE", "bytes of an embedded certificate"),
    (record, "MAX_KEYS", "keys of a payload"),
    (patterns, "MAX_NAME", "characters of a slug, and of the name of a kind, extension or network"),
    (encoding, "MAX_DEPTH", "containers within containers"),
    (encoding, "MAX_ITEMS", "keys and values of one encoding"),
    (encoding, "MAX_INTEGER", "the largest integer"),
    (encoding, "MAX_AMOUNT", "the largest amount"),
    (admission, "MAX_AHEAD", "seconds that a record may be dated ahead"),
    (gossip, "MAX_BATCH", "bytes of a gossiped batch"),
    (gossip, "MAX_BATCH_RECORDS", "records of a gossiped batch"),
    (sync, "MAX_REQUEST", "bytes of a sync request"),
    (sync, "MAX_RESPONSE", "bytes of a sync response"),
    (sync, "PAGE", "ids in one sync response"),
    (sync, "MAX_WANTED", "records asked for in one sync request"),
    (sync, "MAX_PAGES", "pages of ids in one run"),
    (sync, "MAX_BROKEN_PROMISES", "records announced in one run and not delivered"),
    (sealed, "MAX_PLAINTEXT", "bytes of a message before sealing"),
    (sealed, "MAX_SEALED", "bytes of a sealed box"),
    (mail, "MAX_ENVELOPE", "bytes of a mail envelope"),
    (mail, "MAX_ANSWER", "bytes of the answer to mail"),
    (blobs, "CHUNK", "bytes of a chunk"),
    (blobs, "MAX_CHUNKS", "chunks of a blob"),
    (blobs, "MAX_MANIFEST", "bytes of a manifest"),
]

RULES = {
    "admission": admission.RULES,
    "values": _rejected(encoding.RULES),
    "binding": _rejected(keys.RULES),
    "gossip": _rejected(gossip.RULES),
    "sync": _rejected(sync.RULES),
    "sealed": _rejected(sealed.RULES),
    "mail": _rejected(mail.RULES),
    "blobs": _rejected(blobs.RULES),
}

KEEPING = {
    Keeping.REGULAR: "regular: each for itself",
    Keeping.REPLACEABLE: "replaceable: the latest of its author",
    Keeping.ADDRESSABLE: "addressable: the latest of its author and slug",
    Keeping.EPHEMERAL: "ephemeral: spread, never kept",
    Keeping.PRIVATE: "private: never spread, only sent sealed",
}

HEAD = """\
; The structure of everything in Étal, in CDDL (RFC 8610, RFC 9165). Derived from the code by derive.py: don't edit.
;
; CDDL says what is where and of which type. What it can't say (deterministic encoding, no nesting deeper than 8, lengths of text
; in characters, signatures, clocks) is in the rules of the spec. Every map may have more keys than are named here.

; ---- record.md

record = signed<payload>

signed<what> = #6.18([protected: bstr .cbor { 1 => -8 }, unprotected: {}, payload: bstr .cbor what, signature: bstr .size 64])

"""

MIDDLE = """
; what a payload of any other kind or version looks like: ignored, and kept by nobody who doesn't know it
other-payload = { envelope, by-anyone, kind: other-kind, kv: 1..$MAX_KIND_VERSION, other, * tstr => value }
  / { envelope, by-anyone, kind: known-kind, kv: 2..$MAX_KIND_VERSION, other, * tstr => value }

other = (? slug: slug, (? gone: absent, body: { * tstr => value } // buried))

envelope = (v: 1, author: key, created: seconds, until: seconds)

by-persona = (? signer: absent, ? cert: absent)
by-anyone = (by-persona // signer: key, cert: (bstr .size (0..$MAX_CERTIFICATE)) .and (bstr .cbor signed<certificate-payload>))

buried = (gone: true, body: {})

absent = tstr .and bstr ; no value is both: a key that must not be there

key = bstr .size 32
id = bstr .size 32
address = bstr .size 20
amount = bstr .size (0..$AMOUNT_BYTES)
seconds = 0..$MAX_TIME
slug = $SLUG
name = $NAME
value = integer / bstr / tstr / bool / [* value] / { * tstr => value }
integer = $MIN_INTEGER..$MAX_INTEGER

; ---- network.md

batch = [1*$MAX_BATCH_RECORDS bstr] ; each a record, judged by itself

sync-request = { after: (bstr .size 0) / id, * tstr => value } / { want: ids, * tstr => value }
sync-response = { ids: ids, more: bool, * tstr => value } / { records: [* bstr], * tstr => value }
ids = bstr ; 32 bytes each, ascending

blob-request = { blob: id, ? chunk: 0..$LAST_CHUNK, * tstr => value }
blob-response = { ? data: bstr, * tstr => value }
manifest = {
  type: tstr .regexp "$MEDIA_TYPE",
  size: 1..$MAX_BLOB,
  chunks: [1*$MAX_CHUNKS bstr .size 32],
  * tstr => value
}

mail = { to: key, box: bstr .size (0..$MAX_SEALED), * tstr => value }
mail-answer = { ? receipt: bstr .cbor signed<receipt-payload>, * tstr => value }
"""


def cddl(registry: Registry) -> str:
    kinds = sorted(registry.kinds, key=lambda kind: kind.id)
    payloads = " / ".join(f"{kind.id}-payload" for kind in kinds)
    other = "name"
    for kind in kinds:
        other = f'({other} .ne "{kind.id}")'
    text = HEAD + f"payload = {payloads} / other-payload\n\n"
    text += "".join(map(_payload, kinds))
    text += "\nknown-kind = " + " / ".join(f'"{kind.id}"' for kind in kinds)
    text += f"\nother-kind = {other[1:-1]}\n"
    text += Template(MIDDLE).substitute(_bounds())
    text += "\n; ---- kinds\n\n"
    for kind in kinds:
        text += kind.fields.cddl(kind.id) + "\n\n"
    text += "; ---- blocks of extensions\n\n"
    for kind in filter(lambda kind: kind.blocks, kinds):
        text += _blocks(kind, registry)
    for extension in registry.extensions:
        for part in PARTS:
            fields = getattr(extension, part)
            if fields:
                text += "\n" + fields.cddl(f"{extension.id}-{part}") + "\n"
    return text


def _bounds() -> dict[str, object]:
    """What the grammar's text names with a `$`."""
    named = {name: getattr(module, name) for module, name, _ in LIMITS}
    return named | {
        "SLUG": _short(patterns.SLUG),
        "NAME": _short(patterns.NAME),
        "MEDIA_TYPE": patterns.for_cddl(blobs.MEDIA_TYPE),
        "MIN_INTEGER": encoding.MIN_INTEGER,
        "MAX_TIME": MAX_TIME,
        "AMOUNT_BYTES": encoding.AMOUNT_BYTES,
        "MAX_KIND_VERSION": record.MAX_KIND_VERSION,
        "MAX_BLOB": blobs.MAX_BLOB,
        "LAST_CHUNK": blobs.MAX_CHUNKS - 1,
    }


def _short(pattern: re.Pattern) -> str:
    return (
        f'(tstr .size (1..{patterns.MAX_NAME})) .and (tstr .regexp "{patterns.for_cddl(pattern)}")'
    )


def _blocks(kind: Kind, registry: Registry) -> str:
    """What the extensions that are specified here ask of their blocks in a body of this kind."""
    known = ", ".join(
        f"? {extension.id}: {extension.id}-{kind.blocks}"
        for extension in registry.extensions
        if getattr(extension, kind.blocks)
    )
    return f"{kind.id}-blocks = {{ extensions: {{ {known}, * tstr => value }}, * tstr => value }}\n"


def _payload(kind: Kind) -> str:
    """The envelope as the kind's keeping makes it: who may sign, whether there is a slug, whether it can be buried."""
    by = "by-persona" if kind.id in record.ROOT_ONLY else "by-anyone"
    slug = "slug: slug" if kind.keeping is Keeping.ADDRESSABLE else "? slug: absent"
    blocks = f" .and {kind.id}-blocks" if kind.blocks else ""
    body = f"? gone: absent, body: {kind.id}{blocks}"
    if kind.keeping in (Keeping.REPLACEABLE, Keeping.ADDRESSABLE):
        body = f"({body} // buried)"
    return (
        f'{kind.id}-payload = {{ envelope, {by}, kind: "{kind.id}", kv: {kind.version}, '
        f"{slug}, {body}, * tstr => value }}\n"
    )


def fields_table(fields: FieldSet) -> list[str]:
    return [
        "| field | type | needed | allowed | meaning |",
        "|---|---|---|---|---|",
        *fields.rows(),
    ]


def rules_table(rules: list[tuple[str, str, str]]) -> list[str]:
    head = ["| rule | otherwise | what must hold |", "|---|---|---|"]
    return head + [f"| `{id}` | {verdict.upper()} | {text} |" for id, verdict, text in rules]


def limits_table() -> list[str]:
    rows = [
        f"| `{name}` | {_number(getattr(module, name))} | {meaning} |"
        for module, name, meaning in LIMITS
    ]
    return ["| constant | value | of what |", "|---|---|---|", *rows]


def kinds_table(registry: Registry) -> list[str]:
    rows = [
        f"| `{kind.id}` | {kind.version} | {KEEPING[kind.keeping]} | {kind.lifetime // DAY} days |"
        for kind in sorted(registry.kinds, key=lambda kind: kind.id)
    ]
    return ["| kind | version | keeping | longest lifetime |", "|---|---|---|---|", *rows]


def _number(value: int) -> str:
    for power in (63, 128):
        if value == 2**power - 1:
            return f"2^{power} − 1"
    return f"{value:,}"


def _rows(rules: tuple[Rule, ...]) -> list[tuple[str, str, str]]:
    return [(rule.id, rule.verdict.value, rule.text) for rule in rules]


def table(marker: str, registry: Registry) -> list[str]:
    """Raises KeyError for a marker that names nothing."""
    what, _, name = marker.partition(" ")
    kinds = {kind.id: kind for kind in registry.kinds}
    extensions = {extension.id: extension for extension in registry.extensions}
    if what == "escrow":
        return {"transitions": transitions_table, "reasons": reasons_table}[name]()
    if what == "limits":
        return limits_table()
    if what == "kinds":
        return kinds_table(registry)
    if what == "rules" and name in RULES:
        return rules_table([(id, v.value, text) for id, (v, text) in RULES[name].items()])
    if what == "rules":
        return rules_table(_rows((kinds | extensions)[name].rules))
    if what == "fields" and name in kinds:
        return fields_table(kinds[name].fields)
    if what == "fields":
        owner, _, part = name.rpartition(".")
        return fields_table(getattr(extensions[owner], part))
    raise KeyError(marker)


MARKED = re.compile(
    r"<!-- ((?:fields|rules|escrow) [a-z.-]+|limits|kinds) -->\n.*?<!-- end -->", re.DOTALL
)


def filled(text: str, registry: Registry) -> str:
    def fill(found: re.Match) -> str:
        rows = "\n".join(table(found[1], registry))
        return f"<!-- {found[1]} -->\n\n{rows}\n\n<!-- end -->"

    return MARKED.sub(fill, text)


def outputs() -> dict[Path, str]:
    """Each derived file with what it should hold."""
    registry = standard()
    made = {HERE / "etal.cddl": cddl(registry)}
    pages = [*HERE.glob("*.md"), *(REPOSITORY / "node/protocol/extensions").glob("*/SPEC.md")]
    for page in sorted(pages):
        text = page.read_text("utf-8")
        if MARKED.search(text):
            made[page] = filled(text, registry)
    return made


def main(arguments: list[str]) -> int:
    stale = []
    for path, text in outputs().items():
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
            if "--check" not in arguments:
                path.write_text(text, "utf-8")
    print("stale: " + ", ".join(stale) if stale else "the spec is as derived")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
