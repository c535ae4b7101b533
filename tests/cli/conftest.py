"""A node's API on loopback with a peer that keeps everything in memory, and a way to type commands at it."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from node.cli import etal
from tests.cli.nodes import in_a_thread, leave_note
from tests.fakes.peer import FakePeer
from tests.web.conftest import Site

Type = Callable[..., Result]


@pytest.fixture(scope="session")
def served() -> Iterator[Site]:
    with in_a_thread(Site(FakePeer())) as site:
        yield site


@pytest.fixture
def peer(served) -> FakePeer:
    served.peer.__init__()
    return served.peer


@pytest.fixture
def home(served, peer, tmp_path):
    """The data directory of the running node."""
    leave_note(served, tmp_path)
    return tmp_path


@pytest.fixture
def type_(home, monkeypatch) -> Type:
    """Runs `etal <words>` against the served node."""
    monkeypatch.delenv("ETAL_PASSWORD", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
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
