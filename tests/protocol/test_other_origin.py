"""Every record vector, checked by libraries that nobody here wrote: COSE and deterministic CBOR from npm, under Node."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.samples import NETWORK
from tests.vectors.rows import FOLDER, each, load

TOOLS = Path(__file__).parents[1] / "tools"

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (TOOLS / "node_modules" / "@auth0" / "cose").exists(),
    reason="needs node and `npm ci` in tests/tools",
)


@pytest.fixture(scope="module")
def found() -> dict:
    command = [
        "node",
        "--no-warnings",
        str(TOOLS / "cose.mjs"),
        str(FOLDER / "records.json"),
        NETWORK,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("row", each("records", "valid"))
def test_a_valid_record_verifies_elsewhere(found, row):
    expected = {name: row[name] for name in ("id", "kind", "author", "signer")}
    assert found[row["name"]] == expected | {"canonical": True}


@pytest.mark.parametrize("rule", ["record.signature", "encoding.canonical"])
def test_what_breaks_the_signature_or_the_encoding_does_not(found, rule):
    broken = [row["name"] for row in load("records")["invalid"] if row["rule"] == rule]
    assert broken
    for name in broken:
        assert "error" in found[name] or not found[name]["canonical"]
