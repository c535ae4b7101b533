"""The descriptors for wallets (ERC-7730) agree with the compiled contracts and with what the protocol has signed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.contracts.artifacts import artifact
from node.protocol import campaign, eip712, escrow
from node.protocol.escrow import NOBODY

FOLDER = Path(__file__).parents[2] / "contracts" / "clear-signing"
REFERENCE = "$.display.definitions."
SIGNED = {
    "Escrow": (
        escrow,
        {
            "Settlement": escrow.SETTLEMENT_MEMBERS,
            "Delivery": escrow.MARK_MEMBERS,
            "Dispute": escrow.MARK_MEMBERS,
        },
    ),
    "Campaign": (
        campaign,
        {
            "Campaign": campaign.TERMS_MEMBERS,
            "Objection": campaign.OBJECTION_MEMBERS,
            "Cancellation": campaign.CANCELLATION_MEMBERS,
        },
    ),
}
"""What has a domain of its own, and what is signed under it."""


def _read(kind: str, contract: str) -> dict:
    return json.loads((FOLDER / f"{kind}-{contract.lower()}.json").read_text("utf-8"))


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


def _whole(field: dict, definitions: dict) -> dict:
    """A field with what it takes from a definition."""
    if "$ref" not in field:
        return field
    assert field["$ref"].startswith(REFERENCE)
    return definitions[field["$ref"].removeprefix(REFERENCE)] | {"path": field["path"]}


def _writing(contract: str) -> dict[str, dict[str, str]]:
    """Every call that changes something: its fragment -> path -> type of its values."""
    return {
        f"{entry['name']}({_parameters(entry['inputs'])})": dict(_leaves(entry["inputs"]))
        for entry in artifact(contract).abi
        if entry["type"] == "function" and entry["stateMutability"] in ("payable", "nonpayable")
    }


def _messages(contract: str) -> dict[str, dict[str, str]]:
    """The same of what is signed."""
    return {
        eip712.encode_type(name, members).decode(): {path: kind for kind, path in members}
        for name, members in SIGNED[contract][1].items()
    }


FILES = [
    (_read(kind, contract), known(contract))
    for contract in SIGNED
    for kind, known in (("calldata", _writing), ("eip712", _messages))
]
FORMS = [
    pytest.param(form, known.get(name, {}), file["display"].get("definitions", {}), id=form["$id"])
    for file, known in FILES
    for name, form in file["display"]["formats"].items()
]


@pytest.mark.parametrize("file, known", FILES)
def test_every_call_that_changes_something_and_every_message_is_described(file, known):
    assert set(file["display"]["formats"]) == set(known)


@pytest.mark.parametrize("contract", SIGNED)
def test_messages_are_those_of_the_contracts_domain(contract):
    protocol = SIGNED[contract][0]
    domain = {"name": protocol.DOMAIN_NAME, "version": protocol.DOMAIN_VERSION}
    assert _read("eip712", contract)["context"]["eip712"]["domain"] == domain


@pytest.mark.parametrize("form, values, definitions", FORMS)
def test_each_value_is_shown_or_hidden_on_purpose(form, values, definitions):
    fields = [_whole(field, definitions) for field in form["fields"]]
    assert sorted(field["path"] for field in fields) == sorted(values)
    for field in fields:
        kind, needed = FORMATS[field["format"]]
        assert values[field["path"]].startswith(kind), field["path"]
        given = field.get("params", {})
        assert set(given) == needed
        assert "tokenPath" not in given or given["tokenPath"] in values
        assert given.get("nativeCurrencyAddress", f"0x{NOBODY.hex()}") == f"0x{NOBODY.hex()}"
        assert field["label"]


@pytest.mark.parametrize("form, values, definitions", FORMS)
def test_a_sentence_names_only_what_is_always_shown(form, values, definitions):
    fields = [_whole(field, definitions) for field in form["fields"]]
    always = {field["path"] for field in fields if "visible" not in field}
    assert form["intent"]
    assert set(re.findall("{(.*?)}", form.get("interpolatedIntent", ""))) <= always


@pytest.mark.parametrize("contract", SIGNED)
def test_every_definition_is_used(contract):
    display = _read("calldata", contract)["display"]
    used = {field.get("$ref") for form in display["formats"].values() for field in form["fields"]}
    assert used - {None} == {REFERENCE + name for name in display["definitions"]}


@pytest.mark.parametrize("file, known", FILES)
def test_no_deployment_is_claimed(file, known):
    """Who deploys a contract names its place; until then a wallet must not believe a word of this."""
    context = file["context"].get("contract") or file["context"]["eip712"]
    assert context["deployments"] == []
