"""The spec's derived parts are as the code says."""

import importlib.util
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


def test_nothing_is_stale():
    for path, text in derive.outputs().items():
        assert path.read_text("utf-8") == text, f"run docs/spec/derive.py: {path.name} is stale"


def test_every_kind_and_rule_is_in_the_spec():
    pages = "".join(page.read_text("utf-8") for page in SPEC.glob("*.md"))
    pages += "".join(
        page.read_text("utf-8") for page in ROOT.glob("node/protocol/extensions/*/SPEC.md")
    )
    for owner in (*standard().kinds, *standard().extensions):
        assert f"`{owner.id}`" in pages
        for rule in owner.rules:
            assert f"`{rule.id}`" in pages, rule.id


def test_a_marker_that_names_nothing_is_a_mistake():
    for marker in ("fields nothing", "rules nothing", "fields goods.nothing", "nothing"):
        with pytest.raises((KeyError, AttributeError)):
            derive.table(marker, standard())
