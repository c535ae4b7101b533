"""Nodes to type commands at: the API over a peer in memory, and whole nodes as processes."""

import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trio

from node import keystore
from node.web import serve
from tests.web.conftest import TOKEN, Site, free_port

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"
SEED = bytes(range(32))
START_LIMIT = 60.0


@contextmanager
def in_a_thread(site: Site) -> Iterator[Site]:
    """Serve these pages on loopback, so that commands can be typed at them from the main thread."""
    ready, tokens = threading.Event(), []

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, site.app, site.port, site.stopping)
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()

    thread = threading.Thread(target=trio.run, args=(run,), daemon=True)
    thread.start()
    assert ready.wait(START_LIMIT)
    try:
        yield site
    finally:
        trio.from_thread.run_sync(site.stopping.set, trio_token=tokens[0])
        thread.join(10)


def leave_note(site: Site, folder: Path) -> None:
    """What a running node leaves in its data directory for the command line."""
    running = {"port": site.port, "token": TOKEN, "url": site.origin, "pid": os.getpid()}
    (folder / "running.json").write_text(json.dumps(running))


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
