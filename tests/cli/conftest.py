"""A node's API on loopback with a peer that keeps everything in memory, and a way to type commands at it."""

import json
import os
import threading
from collections.abc import Callable, Iterator

import pytest
import trio
from click.testing import CliRunner, Result

from node.cli import etal
from node.web import serve
from tests.fakes.peer import FakePeer
from tests.web.conftest import TOKEN, Site

Type = Callable[..., Result]


@pytest.fixture(scope="session")
def served() -> Iterator[Site]:
    site = Site(FakePeer())
    ready = threading.Event()

    async def run() -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(serve, site.app, site.port, site.stopping)
            tokens.append(trio.lowlevel.current_trio_token())
            ready.set()

    tokens: list = []
    thread = threading.Thread(target=trio.run, args=(run,), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield site
    trio.from_thread.run_sync(site.stopping.set, trio_token=tokens[0])
    thread.join(10)


@pytest.fixture
def peer(served) -> FakePeer:
    served.peer.__init__()
    return served.peer


@pytest.fixture
def home(served, peer, tmp_path):
    """The data directory of the running node."""
    running = {"port": served.port, "token": TOKEN, "url": served.origin, "pid": os.getpid()}
    (tmp_path / "running.json").write_text(json.dumps(running))
    return tmp_path


@pytest.fixture
def type_(home, monkeypatch) -> Type:
    """Runs `etal <words>` against the served node."""
    monkeypatch.delenv("ETAL_PASSWORD", raising=False)
    return lambda *words, **options: typed(home, *words, **options)


def typed(folder, *words: object, **options) -> Result:
    result = CliRunner().invoke(etal, ["--data-dir", str(folder), *map(str, words)], **options)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def refusal(result: Result) -> str:
    """The one line that a refused command leaves on stderr."""
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("etal: ")
    return lines[0].removeprefix("etal: ")
