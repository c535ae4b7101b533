"""What the product imports is what it declares, and all of it may be shipped beside an MIT project."""

import ast
import re
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DECISION = ROOT / "docs" / "decisions" / "dependencies.md"

NOT_IMPORTED = {
    "coincurve": "eth-keys finds it by itself: signatures in C",
    "python-multipart": "starlette finds it by itself: forms",
}
OPTIONAL = {"py_ecc"}  # imported before others that may or may not be there
DEMO_ONLY = ("node/demo/", "node/devchain/")

PERMISSIVE = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|CC0|Public Domain|any-OSI|free and unencumbered"
    r"|MPL[- ]2\.0|Mozilla Public License 2\.0)\b",
    re.I,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|GNU|EUPL|SSPL|BUSL)\b", re.I)
USED_AS_A_WHOLE = {"zeroconf": "LGPL-2.1-or-later"}
"""Weak copyleft: unchanged, installed by itself, replaceable by whoever runs it."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: list[str]) -> set[str]:
    return {normal(Requirement(each).name) for each in requirements}


RUNTIME = declared(PROJECT["dependencies"])
DEMO = declared(PROJECT["optional-dependencies"]["demo"])


def imported() -> dict[str, set[str]]:
    """Top-level module -> the product's files that import it."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "node").rglob("*.py")):
        for step in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(step, ast.Import):
                names = [alias.name for alias in step.names]
            elif isinstance(step, ast.ImportFrom):
                names = [step.module or ""]
            else:
                continue
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top != "node":
                    found.setdefault(top, set()).add(path.relative_to(ROOT).as_posix())
    return found


def providers(module: str) -> set[str]:
    return {normal(each) for each in packages_distributions().get(module, ())}


def test_every_import_is_declared():
    for module, files in imported().items():
        if module in OPTIONAL:
            continue
        ours = providers(module)
        assert ours, f"{module} is imported by {files} and not installed"
        in_demo = all(each.startswith(DEMO_ONLY) for each in files)
        assert ours & (RUNTIME | DEMO if in_demo else RUNTIME), f"{module} isn't declared: {files}"


def test_nothing_is_declared_that_isnt_used():
    used = set().union(*(providers(module) for module in imported()))
    assert (RUNTIME | DEMO) - used == set(NOT_IMPORTED)


def closure() -> dict[str, str]:
    """Every distribution that the product brings along -> what it says about its licence."""
    found: dict[str, str] = {}
    waiting = [Requirement(each) for each in PROJECT["dependencies"]]
    waiting += [Requirement(each) for each in PROJECT["optional-dependencies"]["demo"]]
    while waiting:
        wanted = waiting.pop()
        if normal(wanted.name) in found:
            continue
        about = distribution(wanted.name)
        told = [about.metadata.get("License-Expression") or about.metadata.get("License") or ""]
        told += [each for each in about.metadata.get_all("Classifier", []) if "License" in each]
        found[normal(wanted.name)] = " ".join(told)
        for each in map(Requirement, about.requires or ()):
            extras = wanted.extras or {""}
            if each.marker is None or any(each.marker.evaluate({"extra": one}) for one in extras):
                waiting.append(each)
    return found


def test_all_licences_allow_shipping_by_an_mit_project():
    for name, licence in closure().items():
        if name in USED_AS_A_WHOLE:
            assert USED_AS_A_WHOLE[name] in licence
            assert name in DECISION.read_text("utf-8")
        else:
            assert PERMISSIVE.search(licence), f"{name}: {licence[:80]!r}"
            assert not COPYLEFT.search(licence), f"{name}: {licence[:80]!r}"


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "Proprietary", "", "LGPL-3.0 OR MIT"])
def test_the_test_sees_a_licence_that_doesnt(licence):
    assert not PERMISSIVE.search(licence) or COPYLEFT.search(licence)
