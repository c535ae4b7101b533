"""A wheel holds everything that the product reads at run time. Built without network from a copy of the tree."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GENERATED = shutil.ignore_patterns("__pycache__", "*.pyc")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("source")
    shutil.copytree(ROOT / "node", folder / "node", ignore=GENERATED)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    made = subprocess.run(
        [sys.executable, "-c", build], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert made.returncode == 0, made.stderr[-2000:]
    (path,) = folder.glob("etal_market-*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_every_file_of_the_product_is_inside(wheel):
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "node").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    inside = set(wheel.namelist())
    assert files - inside == set()
    assert {each for each in inside if not each.startswith("etal_market-")} == files


@pytest.mark.parametrize(
    ("folder", "ending"),
    [
        ("node/web/templates/", ".html"),
        ("node/web/static/", ".js"),
        ("node/web/static/", ".woff2"),
        ("node/web/icons/", ".svg"),
        ("node/web/locale/", ".po"),
        ("node/store/schema/", ".sql"),
        ("node/contracts/artifacts/", ".json"),
        ("node/demo/catalogue/", ".webp"),
        ("node/protocol/extensions/goods/", "SPEC.md"),
    ],
)
def test_each_sort_of_data_is_inside(wheel, folder, ending):
    assert any(name.startswith(folder) and name.endswith(ending) for name in wheel.namelist())


def test_licence_and_command_come_along(wheel):
    names = wheel.namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    (entries,) = [name for name in names if name.endswith("entry_points.txt")]
    assert "etal = node.__main__:main" in wheel.read(entries).decode()
