"""The CDDL, read by a tool of other origin, agrees with the vectors: what is valid fits, what is invalid in structure doesn't."""

import functools
from pathlib import Path

import cbor2
import pytest
from cddl_verifier import Validator

from node.protocol.registry import standard
from tests.vectors.rows import load

REGISTRY = standard()
RECORDS = ("records", "kinds", "goods")

# A payload is of one of its alternatives, told apart by kind and version. To go straight to it saves trying all of them.
KINDS = {(kind.id, kind.version): f"record-of-{kind.id}" for kind in REGISTRY.kinds}
ROOTS = "".join(f"{root} = signed<{id}-payload>\n" for (id, _), root in KINDS.items())
SCHEMA = Validator(
    (Path(__file__).parents[2] / "docs/spec/etal.cddl").read_text("utf-8") + "\n" + ROOTS
)


def fits(root: str, data: bytes) -> bool:
    return SCHEMA.validate(data, root_type=root).valid


def _root(raw: bytes) -> str:
    try:
        payload = cbor2.loads(cbor2.loads(raw).value[2])
        return KINDS.get((payload["kind"], payload["kv"]), "record")
    except (cbor2.CBORDecodeError, AttributeError, LookupError, TypeError):
        return "record"


@functools.cache
def record_fits(raw: str) -> bool:
    return fits(_root(bytes.fromhex(raw)), bytes.fromhex(raw))


def _judged(verdict: str) -> list[dict]:
    return [row for row in load("admission")["cases"] if row["verdict"] == verdict]


def _shown(rows: list[dict]) -> list:
    return [pytest.param(row, id=row["name"]) for row in rows]


VALID = [row for file in RECORDS for row in load(file)["valid"]] + _judged("accept")
INVALID = [row for file in RECORDS for row in load(file)["invalid"]] + _judged("reject")

RULES_OF_KINDS = {
    rule.id for owner in (*REGISTRY.kinds, *REGISTRY.extensions) for rule in owner.rules
}
BEYOND_STRUCTURE = {
    **dict.fromkeys(RULES_OF_KINDS, "holds several values against each other"),
    **dict.fromkeys(("record.time", "record.signer"), "holds two values against each other"),
    **dict.fromkeys(("kind.lifetime", "certificate.lifetime"), "counts from one time to another"),
    **dict.fromkeys(
        tuple(f"certificate.{what}" for what in ("author", "device", "scope", "time")),
        "holds the certificate against the record around it",
    ),
    **dict.fromkeys(("record.signature", "certificate.signature"), "needs the key"),
    **dict.fromkeys(("record.size", "record.keys"), "counts what isn't known too"),
    **dict.fromkeys(("encoding.depth", "encoding.items"), "counts over all levels"),
    **dict.fromkeys(
        ("encoding.canonical", "encoding.malformed"), "is about bytes; CDDL is about values"
    ),
    "field.character": "is about single characters of any text",
    "admission.private": "depends on the way that it came",
}
"""Rules that CDDL can't state: what they ask is seen only in more than the type and place of single values."""

BEYOND_CDDL = {
    **dict.fromkeys(("long-length", "two-byte-length"), "not the shortest form of a length"),
    **dict.fromkeys(("name-long", "profile-name"), "CDDL counts bytes, the rule characters"),
    "price-zero-byte": "not the shortest form of an amount",
}
"""Single vectors of other rules."""


def _is_structural(row: dict) -> bool:
    return row["rule"] not in BEYOND_STRUCTURE and row["name"] not in BEYOND_CDDL


STRUCTURAL = list(filter(_is_structural, INVALID))


# ---- what travels

TRAVELS = {
    part: [row for row in load("network")[part] if row["what"] != "chunk"]
    for part in ("valid", "invalid")
}
BEYOND_TRAVEL = {
    **dict.fromkeys(
        ("want-part", "want-unsorted", "want-twice", "page-unsorted"), "looks into joined ids"
    ),
    "page-before": "holds ids against the cursor",
    "page-nothing-and-more": "holds two values against each other",
    **dict.fromkeys(("page-of-records", "records-missing"), "an answer to another request"),
    **dict.fromkeys(("records-other", "records-twice"), "holds records against what was wanted"),
    "records-garbage": "records are judged by themselves",
    **dict.fromkeys(
        ("answer-other-persona", "answer-other-record"), "holds the receipt against what was sent"
    ),
    "answer-forged": "needs the key",
    "manifest-other": "needs the hash",
    **dict.fromkeys(("manifest-few", "manifest-many"), "holds the hashes against the size"),
}


def travels(row: dict) -> bool:
    return fits(row["what"], bytes.fromhex(row["hex"]))


@pytest.mark.parametrize("row", _shown(TRAVELS["valid"]))
def test_what_travels_fits(row):
    assert travels(row)


@pytest.mark.parametrize("row", _shown(TRAVELS["invalid"]))
def test_what_must_not_travel_fits_only_where_cddl_cannot_tell(row):
    assert travels(row) is (row["name"] in BEYOND_TRAVEL)


# ---- records


@pytest.mark.parametrize("row", _shown(VALID))
def test_what_is_valid_fits(row):
    assert record_fits(row["raw"])


def test_each_kind_is_a_record():
    """Without going straight to the alternative, as a reader of the grammar would."""
    ones = {_root(raw): raw for raw in (bytes.fromhex(row["raw"]) for row in VALID)}
    assert set(ones) == set(KINDS.values())
    for raw in ones.values():
        assert fits("record", raw)


@pytest.mark.parametrize("kind, version, good", [
    ("com.example.poll", 1, True),
    ("com.example.poll", 65_536, False),
    ("listing", 2, True),
    ("listing", 1, False),
])  # fmt: skip
def test_other_kinds_are_those_that_are_not_specified(kind, version, good):
    key, head = bytes(32), bytes.fromhex("a10127")
    payload = {"v": 1, "kind": kind, "kv": version, "author": key, "created": 1, "until": 2}
    signed = [head, {}, cbor2.dumps(payload | {"body": {}}), bytes(64)]
    assert fits("record", cbor2.dumps(cbor2.CBORTag(18, signed))) is good


@pytest.mark.parametrize("row", _shown(STRUCTURAL))
def test_what_is_invalid_in_structure_does_not_fit(row):
    assert not record_fits(row["raw"])


@pytest.mark.parametrize("rule", sorted(BEYOND_STRUCTURE))
def test_a_rule_that_is_left_out_is_beyond_structure(rule):
    """Each exception must be needed: a rule whose every vector is refused belongs among the structural ones."""
    assert any(record_fits(row["raw"]) for row in INVALID if row["rule"] == rule)


@pytest.mark.parametrize("name", sorted(BEYOND_CDDL))
def test_a_vector_that_is_left_out_is_beyond_cddl(name):
    assert [record_fits(row["raw"]) for row in INVALID if row["name"] == name] == [True]
