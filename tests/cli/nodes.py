"""Whole nodes as processes, for tests of how they start, refuse and end."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node import keystore
from tests.web.conftest import free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
SEED = bytes(range(32))
START_LIMIT = 60.0


def found(folder: Path, **settings: object) -> Path:
    """A node's data directory; ports that nobody has unless they are given."""
    settings = {
        "name": "Ann",
        "web_port": free_port(),
        "listen": [f"/ip4/127.0.0.1/tcp/{free_port()}"],
        **settings,
    }
    folder.mkdir(exist_ok=True)
    keystore.write(folder / "keystore.json", SEED, PASSWORD, scrypt_n=2**8)
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    (folder / "config.toml").write_text("\n".join(lines) + "\n")
    return folder


def start(folder: Path) -> subprocess.Popen:
    """`etal run`"""
    return subprocess.Popen(
        [sys.executable, "-m", "node", "--data-dir", str(folder), "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "ETAL_PASSWORD": PASSWORD},
    )


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen]:
    """A node that is up."""
    child = start(folder)
    try:
        assert select.select([child.stdout], [], [], START_LIMIT)[0], "it said nothing in time"
        line = child.stdout.readline()
        assert "http://" in line, line + child.stderr.read()
        yield child
    finally:
        child.kill()
        child.communicate()


def refused(folder: Path) -> tuple[int, str]:
    """Exit code and the one line that it leaves, of a node that doesn't start."""
    child = start(folder)
    out, err = child.communicate(timeout=START_LIMIT)
    lines = [line for line in err.splitlines() if " INFO " not in line]
    assert out == ""
    assert len(lines) == 1, err
    return child.returncode, lines[0].removeprefix("etal: ")
