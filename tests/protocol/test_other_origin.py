"""Every valid record of every vector, checked by libraries that nobody here wrote: COSE and deterministic CBOR from npm, under Node."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from node.protocol.record import parse
from tests.installed import NODE_MODULES, need
from tests.samples import NETWORK
from tests.vectors.rows import FOLDER, load

HEAD = "d28443a10127a0"  # every record begins so, and nothing else in the vectors does

need("Node.js", shutil.which("node") is not None)
need("@auth0/cose", (NODE_MODULES / "@auth0" / "cose").exists())


def _records(value: Any) -> Iterator[str]:
    """Those in a vector, however deep, but for what isn't to be accepted."""
    if isinstance(value, str):
        if value.startswith(HEAD):
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from _records(item)
    elif isinstance(value, dict) and value.get("verdict", "accept") == "accept":
        for name, item in value.items():
            if name != "invalid":
                yield from _records(item)


def _valid() -> dict[str, list[str]]:
    """File -> its records in hexadecimal, each once."""
    files = sorted(path.stem for path in FOLDER.glob("*.json"))
    found = {file: list(dict.fromkeys(_records(load(file)))) for file in files}
    return {file: raws for file, raws in found.items() if raws}


def _broken() -> list[str]:
    """Those whose signature or encoding is what is wrong with them."""
    rules = ("record.signature", "encoding.canonical")
    return [row["raw"] for row in load("records")["invalid"] if row["rule"] in rules]


VALID, BROKEN = _valid(), _broken()


@pytest.fixture(scope="module")
def found() -> dict[str, dict]:
    raws = [raw for each in VALID.values() for raw in each] + BROKEN
    done = subprocess.run(
        ["node", "--no-warnings", str(NODE_MODULES.with_name("cose.mjs")), NETWORK],
        input=json.dumps(raws),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return dict(zip(raws, json.loads(done.stdout), strict=True))


def _as_read_here(raw: str) -> dict:
    record = parse(bytes.fromhex(raw), NETWORK)
    return {
        "id": record.id.hex(),
        "kind": record.kind,
        "author": record.author.hex(),
        "signer": record.signer.hex(),
        "canonical": True,
    }


def test_no_file_with_records_is_left_out():
    assert set(VALID) >= {
        *("records", "kinds", "goods", "admission", "keeping", "orders", "reviews", "offers")
    }


@pytest.mark.parametrize("file", VALID)
def test_valid_records_verify_elsewhere(found, file):
    for raw in VALID[file]:
        assert found[raw] == _as_read_here(raw)


def test_what_breaks_the_signature_or_the_encoding_does_not(found):
    assert BROKEN
    for raw in BROKEN:
        assert "error" in found[raw] or not found[raw]["canonical"]
