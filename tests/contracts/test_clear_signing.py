"""The descriptors for wallets (ERC-7730) agree with the compiled contract and with what the protocol has signed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.contracts.artifacts import artifact
from node.protocol import eip712
from node.protocol.escrow import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    MARK_MEMBERS,
    NOBODY,
    SETTLEMENT_MEMBERS,
)

FOLDER = Path(__file__).parents[2] / "contracts" / "clear-signing"
CALLS = json.loads((FOLDER / "calldata-escrow.json").read_text("utf-8"))
CONSENTS = json.loads((FOLDER / "eip712-escrow.json").read_text("utf-8"))
DEFINITIONS = CALLS["display"]["definitions"]
REFERENCE = "$.display.definitions."

# What a format makes of which types, and the parameters that it needs (ERC-7730, version 2).
FORMATS = {
    "raw": ("", set()),
    "addressName": ("address", set()),
    "tokenTicker": ("address", set()),
    "tokenAmount": ("uint", {"tokenPath", "nativeCurrencyAddress"}),
    "date": ("uint", {"encoding"}),
    "duration": ("uint", set()),
    "unit": ("uint", {"base", "decimals"}),
}


def _type(input: dict) -> str:
    """The type of a parameter as a fragment of a human-readable ABI has it."""
    if not input["type"].startswith("tuple"):
        return input["type"]
    return f"({_parameters(input['components'])}){input['type'].removeprefix('tuple')}"


def _parameters(inputs: list[dict]) -> str:
    return ",".join(f"{_type(input)} {input['name']}" for input in inputs)


def _leaves(inputs: list[dict], before: str = "") -> Iterator[tuple[str, str]]:
    """(path, type) of every value among these parameters."""
    for input in inputs:
        path = before + input["name"] + (".[]" if input["type"].endswith("[]") else "")
        if "components" in input:
            yield from _leaves(input["components"], path + ".")
        else:
            yield path, input["type"]


def _whole(field: dict) -> dict:
    """A field with what it takes from a definition."""
    if "$ref" not in field:
        return field
    assert field["$ref"].startswith(REFERENCE)
    return DEFINITIONS[field["$ref"].removeprefix(REFERENCE)] | {"path": field["path"]}


WRITING = {
    f"{entry['name']}({_parameters(entry['inputs'])})": entry["inputs"]
    for entry in artifact("Escrow").abi
    if entry["type"] == "function" and entry["stateMutability"] in ("payable", "nonpayable")
}
CALL_FORMATS = CALLS["display"]["formats"]
MESSAGE_FORMATS = CONSENTS["display"]["formats"]
MESSAGES = {
    eip712.encode_type(name, members).decode(): {path: kind for kind, path in members}
    for name, members in (
        ("Settlement", SETTLEMENT_MEMBERS),
        ("Delivery", MARK_MEMBERS),
        ("Dispute", MARK_MEMBERS),
    )
}


def test_every_call_that_changes_something_is_described():
    assert set(CALL_FORMATS) == set(WRITING)


def test_every_message_that_a_party_signs_is_described():
    assert set(MESSAGE_FORMATS) == set(MESSAGES)
    context = CONSENTS["context"]["eip712"]
    assert context["domain"] == {"name": DOMAIN_NAME, "version": DOMAIN_VERSION}


SHOWN = {
    **{name: (form, dict(_leaves(WRITING.get(name, [])))) for name, form in CALL_FORMATS.items()},
    **{name: (form, MESSAGES[name]) for name, form in MESSAGE_FORMATS.items()},
}


@pytest.mark.parametrize("form, values", SHOWN.values(), ids=[f["$id"] for f, _ in SHOWN.values()])
def test_each_value_is_shown_or_hidden_on_purpose(form, values):
    fields = list(map(_whole, form["fields"]))
    assert sorted(field["path"] for field in fields) == sorted(values)
    for field in fields:
        kind, needed = FORMATS[field["format"]]
        assert values[field["path"]].startswith(kind), field["path"]
        given = field.get("params", {})
        assert set(given) == needed
        assert "tokenPath" not in given or given["tokenPath"] in values
        assert given.get("nativeCurrencyAddress", f"0x{NOBODY.hex()}") == f"0x{NOBODY.hex()}"
        assert field["label"]


@pytest.mark.parametrize("form", [form for form, _ in SHOWN.values()], ids=lambda form: form["$id"])
def test_a_sentence_names_only_what_is_always_shown(form):
    always = {field["path"] for field in map(_whole, form["fields"]) if "visible" not in field}
    assert form["intent"]
    assert set(re.findall("{(.*?)}", form.get("interpolatedIntent", ""))) <= always


def test_every_definition_is_used():
    used = {field.get("$ref") for form in CALL_FORMATS.values() for field in form["fields"]}
    assert used - {None} == {REFERENCE + name for name in DEFINITIONS}


@pytest.mark.parametrize("file", [CALLS["context"]["contract"], CONSENTS["context"]["eip712"]])
def test_no_deployment_is_claimed(file):
    """Who deploys the escrow names its place; until then a wallet must not believe a word of this."""
    assert file["deployments"] == []
