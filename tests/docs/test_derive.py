"""The spec's derived parts are as the code says."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.protocol.registry import standard

ROOT = Path(__file__).parent.parent.parent
SPEC = ROOT / "docs" / "spec"


def _load():
    spec = importlib.util.spec_from_file_location("derive", SPEC / "derive.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


derive = _load()


def pages() -> str:
    """The spec as one text."""
    files = [*SPEC.glob("*.md"), *ROOT.glob("node/protocol/extensions/*/SPEC.md")]
    return "".join(file.read_text("utf-8") for file in files)


def test_nothing_is_stale():
    for path, text in derive.outputs().items():
        assert path.read_text("utf-8") == text, f"run docs/spec/derive.py: {path.name} is stale"


def test_every_kind_and_rule_is_in_the_spec():
    spec = pages()
    for owner in (*standard().kinds, *standard().extensions):
        assert f"`{owner.id}`" in spec
        for rule in owner.rules:
            assert f"`{rule.id}`" in spec, rule.id


def test_a_marker_that_names_nothing_is_a_mistake():
    for marker in ("fields nothing", "rules nothing", "fields goods.nothing", "nothing"):
        with pytest.raises((KeyError, AttributeError)):
            derive.table(marker, standard())


# ---- rules

ID = re.compile("[a-z]+[.][a-z][a-z_-]*")
REFUSALS = ("Rejected", "Ignored", "RuleError", "InputError", "Conflict", "NotFound", "Unavailable")
OF_PEOPLE = {"field.unknown", "field.id", "field.address", "chain.network", "chain.real_money"}
"""What only forms, JSON and settings can break: no bytes of a stranger."""


def _raised(path: Path) -> Iterator[str]:
    """The ids of rules that this file refuses by, but for those that it makes from parts."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            first = call.args[0] if call.args else None
            name = first.value if isinstance(first, ast.Constant) else None
            if call.func.id in REFUSALS and name:
                yield name
            elif call.func.id == "Wrong" and name:
                yield f"field.{name}"
            elif (
                call.func.id != "StateError"
            ):  # one that is handed on, as in _map(value, "sync.request")
                yield from _handed(call)


def _handed(call: ast.Call) -> Iterator[str]:
    for given in call.args:
        value = given.value if isinstance(given, ast.Constant) else None
        if isinstance(value, str) and ID.fullmatch(value):
            yield value


def test_every_rule_that_is_raised_stands_in_the_spec():
    files = sorted((ROOT / "node" / "protocol").rglob("*.py"))
    rules = {id for path in files for id in _raised(path) if ID.fullmatch(id)}
    assert rules > {
        "gossip.batch",
        "sync.request",
        "sealed.size",
        "escrow.signature",
        "goods.stock",
    }
    spec = pages()
    assert {id for id in rules if f"`{id}`" not in spec} == OF_PEOPLE
