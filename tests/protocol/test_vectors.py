"""The committed vectors are what the generator makes, and this implementation agrees with each of them."""

import itertools
import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from node.protocol import admission, encoding, keys, sealed
from node.protocol.errors import Rejected
from node.protocol.keeping import Shelf
from node.protocol.record import check_signature, parse
from node.protocol.registry import standard
from tests.samples import NETWORK, NOW, Holding
from tests.vectors import generate
from tests.vectors.rows import FOLDER, each, load

REGISTRY = standard()


@pytest.mark.parametrize("file", generate.FILES)
def test_committed_vectors_are_as_made(file):
    assert (FOLDER / f"{file}.json").read_text("utf-8") == generate.text_of(generate.FILES[file])


@pytest.mark.parametrize(
    "file", ["records", "admission", "keeping", "kinds", "goods", "orders", "network"]
)
def test_names_are_unique(file):
    parts = [rows for rows in load(file).values() if isinstance(rows, list) and "name" in rows[0]]
    assert parts
    for rows in parts:
        assert len({row["name"] for row in rows}) == len(rows)


def _reasonless(value, path: str) -> list[str]:
    """Where a list of rows has one that says neither why nor for what reason it is there."""
    if isinstance(value, dict):
        return [
            found for name, item in value.items() for found in _reasonless(item, f"{path}.{name}")
        ]
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [path for row in rows if not (row.get("why") or "reason" in row)]


@pytest.mark.parametrize("file", sorted(path.stem for path in FOLDER.glob("*.json")))
def test_each_vector_has_a_reason(file):
    assert not _reasonless(load(file), file)


# ---- records


@pytest.mark.parametrize("row", each("records", "valid"))
def test_valid_record(row):
    raw = bytes.fromhex(row["raw"])
    record = parse(raw, NETWORK)
    check_signature(record, NETWORK)
    assert record.raw == raw
    assert record.id.hex() == row["id"]
    assert record.kind == row["kind"]
    assert record.author.hex() == row["author"]
    assert record.signer.hex() == row["signer"]
    decision = admission.admit(raw, NETWORK, REGISTRY, Holding(), NOW)
    assert (decision.verdict, decision.rule) == (admission.Verdict.ACCEPT, None)
    assert not decision.blames


@pytest.mark.parametrize("row", each("records", "invalid"))
def test_invalid_record(row):
    raw = bytes.fromhex(row["raw"])
    with pytest.raises(Rejected) as caught:
        check_signature(parse(raw, NETWORK), NETWORK)
    assert caught.value.rule == row["rule"]
    assert caught.value.message
    decision = admission.admit(raw, NETWORK, REGISTRY, Holding(), NOW)
    assert (decision.verdict, decision.rule) == (admission.Verdict.REJECT, row["rule"])
    assert decision.blames


# ---- admission


@pytest.mark.parametrize("row", each("admission", "cases"))
def test_admission(row):
    revoked = [(bytes.fromhex(author), bytes.fromhex(device)) for author, device in row["revoked"]]
    decision = admission.admit(
        bytes.fromhex(row["raw"]),
        NETWORK,
        REGISTRY,
        Holding(map(bytes.fromhex, row["held"]), revoked),
        row["now"],
        private=row["private"],
    )
    assert (decision.verdict.value, decision.rule) == (row["verdict"], row["rule"])


def test_every_rule_of_admission_has_a_vector_that_breaks_it():
    broken = {row["rule"] for row in load("records")["invalid"]}
    broken |= {row["rule"] for row in load("admission")["cases"]}
    # A record is at most 32 KiB before its payload is decoded at all: encoding.json has the vector for that rule.
    # A fault is a mistake in somebody's code, which no record shows by itself.
    assert set(admission.RULES) - broken == {"encoding.size", "admission.fault"}
    kinds = {rule.id for kind in REGISTRY.kinds for rule in kind.rules}
    assert broken - {None} - set(admission.RULES) <= kinds


def test_verdicts_of_vectors_are_those_of_the_rules_table():
    for row in load("admission")["cases"]:
        if row["rule"] in admission.RULES:
            assert admission.RULES[row["rule"]][0].value == row["verdict"]


# ---- encoding


def _meant(shown):
    if isinstance(shown, dict):
        if set(shown) == {"hex"}:
            return bytes.fromhex(shown["hex"])
        return {name: _meant(value) for name, value in shown.items()}
    return [_meant(value) for value in shown] if isinstance(shown, list) else shown


ENCODING = load("encoding")


@pytest.mark.parametrize("row", each("encoding", "valid"))
def test_valid_encoding(row):
    data = bytes.fromhex(row["hex"])
    assert encoding.encode(_meant(row["value"])) == data
    assert encoding.decode(data, ENCODING["limit"]) == _meant(row["value"])


@pytest.mark.parametrize("row", each("encoding", "invalid"))
def test_invalid_encoding(row):
    with pytest.raises(Rejected) as caught:
        encoding.decode(bytes.fromhex(row["hex"]), ENCODING["limit"])
    assert caught.value.rule == row["rule"]


def test_amounts():
    for row in ENCODING["amounts"]["valid"]:
        data = bytes.fromhex(row["hex"])
        assert encoding.amount_to_bytes(int(row["amount"])) == data
        assert encoding.amount_from_bytes(data) == int(row["amount"])
    for row in ENCODING["amounts"]["invalid"]:
        value = row["value"] if "value" in row else bytes.fromhex(row["hex"])
        with pytest.raises(Rejected) as caught:
            encoding.amount_from_bytes(value)
        assert caught.value.rule == row["rule"]


def test_ids():
    for row in ENCODING["ids"]["valid"]:
        assert encoding.id_to_text(bytes.fromhex(row["hex"])) == row["text"]
        assert encoding.id_from_text(row["text"]).hex() == row["hex"]
    for row in ENCODING["ids"]["invalid"]:
        with pytest.raises(Rejected) as caught:
            encoding.id_from_text(row["text"])
        assert caught.value.rule == row["rule"]


# ---- keys

KEYS = load("keys")


@pytest.mark.parametrize("row", each("keys", "derive"))
def test_derivation(row):
    assert keys.derive(bytes.fromhex(row["seed"]), row["purpose"]).hex() == row["secret"]


@pytest.mark.parametrize("row", each("keys", "signatures"))
def test_signature(row):
    public, message, signature = (
        bytes.fromhex(row[name]) for name in ("public", "message", "signature")
    )
    assert keys.verify(public, message, signature) is row["valid"]
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        lax = True
    except (InvalidSignature, ValueError):
        lax = False
    assert lax is row["openssl"]


def test_signatures_show_where_openssl_is_laxer():
    assert any(row["openssl"] and not row["valid"] for row in KEYS["signatures"])


def test_binding():
    row = KEYS["binding"]
    assert keys.wallet_binding_digest(*_terms(row)).hex() == row["digest"]
    assert keys.check_binding(*_terms(row), bytes.fromhex(row["signature"])).hex() == row["address"]


@pytest.mark.parametrize("row", each("keys", "bad_bindings"))
def test_bad_binding(row):
    changed = KEYS["binding"] | row
    with pytest.raises(Rejected) as caught:
        keys.check_binding(*_terms(changed), bytes.fromhex(changed["signature"]))
    assert caught.value.rule == row["rule"]


def _terms(row: dict) -> tuple:
    return bytes.fromhex(row["persona"]), row["network"], row["until"], row["chain_id"]


# ---- sealed


@pytest.mark.parametrize("row", each("sealed", "valid"))
def test_sealed_box(row):
    fixed = {name: bytes.fromhex(value) for name, value in row.items() if name != "why"}
    box = sealed.seal(
        fixed["plaintext"], fixed["message_key"], fixed["ephemeral"], fixed["recipient_public"]
    )
    assert box == fixed["box"]
    assert sealed.unseal(box, fixed["recipient_secret"]) == (
        fixed["plaintext"],
        fixed["message_key"],
    )
    assert sealed.open_with(box, fixed["message_key"]) == fixed["plaintext"]


@pytest.mark.parametrize("row", each("sealed", "invalid"))
def test_bad_box(row):
    with pytest.raises(Rejected) as caught:
        sealed.unseal(bytes.fromhex(row["box"]), bytes.fromhex(row["recipient_secret"]))
    assert caught.value.rule == row["rule"]


# ---- keeping


@pytest.mark.parametrize("row", each("keeping", "scenarios"))
def test_keeping(row):
    records = [parse(bytes.fromhex(raw), NETWORK) for raw in row["records"]]
    for order in itertools.permutations(records):
        again = random.Random(0).choice(records)
        shelf = Shelf(REGISTRY, [*order, again])
        assert sorted(record.id.hex() for record in shelf.kept.values()) == row["kept"]
        for latest in row["latest"]:
            found = shelf.latest(latest["kind"], bytes.fromhex(latest["author"]), latest["slug"])
            assert found is not None
            assert found.id.hex() == latest["id"]
