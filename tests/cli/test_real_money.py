"""The sentence that opens real networks: asked for once, at a terminal, and never while the escrow isn't proven."""

import pytest

from node import config
from node.cli import nodes, real_money
from node.contracts import open_escrow
from node.protocol import chains
from node.protocol.chains import SENTENCE
from tests.cli.conftest import refusal, typed
from tests.cli.nodes import PASSWORD, found

INIT = ("init", "--rpc", "http://127.0.0.1:1", "--chain-id", "8453")


@pytest.fixture(autouse=True)
def known_password(monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)


@pytest.fixture
def proven(monkeypatch):
    monkeypatch.setattr(chains, "PROVEN", True)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setattr(real_money, "is_terminal", lambda: True)


@pytest.fixture
def run(monkeypatch):
    """`etal run` as far as the gate: the settings that it has passed with."""
    passed = []

    def gate(settings, seed, open_page):
        open_escrow(settings, None, settings.chain_id)
        passed.append(settings)

    monkeypatch.setattr(nodes, "_run", gate)
    return passed


def test_while_it_isnt_proven_nobody_is_asked(tmp_path, terminal, run):
    result = typed(tmp_path / "ann", *INIT, input=f"{SENTENCE}\n")
    assert result.exit_code == 1
    assert "only test networks" in refusal(result)
    assert not (tmp_path / "ann").exists()
    chain = {"rpc": "http://127.0.0.1:1", "chain_id": 8453, "real_money": SENTENCE}
    result = typed(found(tmp_path / "bob", **chain), "run", input=f"{SENTENCE}\n")
    assert result.exit_code == 1
    assert "only test networks" in refusal(result)
    assert run == []


def test_init_asks_at_a_terminal_and_writes_it_down(tmp_path, proven, terminal):
    result = typed(tmp_path / "ann", *INIT, input="yes\n")
    assert result.exit_code == 1
    assert "That isn't the sentence" in result.stderr
    assert not (tmp_path / "ann").exists()
    result = typed(tmp_path / "ann", *INIT, input=f"{SENTENCE}\n")
    assert result.exit_code == 0, result.output
    assert "Base (8453) holds real money" in result.stderr
    assert config.load(tmp_path / "ann", {}).real_money == SENTENCE


def test_without_a_terminal_it_is_said_how_to_confirm(tmp_path, proven):
    result = typed(tmp_path / "ann", *INIT)
    assert result.exit_code == 1
    assert f'real_money = "{SENTENCE}"' in refusal(result)
    assert not (tmp_path / "ann").exists()


def test_run_asks_once(tmp_path, proven, terminal, run):
    folder = found(tmp_path / "ann", rpc="http://127.0.0.1:1", chain_id=1)
    result = typed(folder, "run", input="I know\n")
    assert result.exit_code == 1
    assert (run, config.load(folder, {}).real_money) == ([], "")
    result = typed(folder, "run", input=f"{SENTENCE}\n")
    assert result.exit_code == 0, result.output
    assert [each.real_money for each in run] == [SENTENCE]
    assert config.load(folder, {}).real_money == SENTENCE
    assert config.load(folder, {}).name == "Ann"
    result = typed(folder, "run")
    assert (result.exit_code, len(run)) == (0, 2)
    assert "Type" not in result.stderr


def test_a_headless_node_is_confirmed_by_its_settings(tmp_path, proven, run):
    folder = found(tmp_path / "ann", rpc="http://127.0.0.1:1", chain_id=1)
    result = typed(folder, "run")
    assert result.exit_code == 1
    assert f'real_money = "{SENTENCE}"' in refusal(result)
    folder = found(tmp_path / "bob", rpc="http://127.0.0.1:1", chain_id=1, real_money=SENTENCE)
    assert typed(folder, "run").exit_code == 0
    assert len(run) == 1


def test_what_else_is_wrong_is_not_asked_about(tmp_path, proven, terminal, run):
    folder = found(tmp_path / "ann", rpc="http://127.0.0.1:1", chain_id=56)
    result = typed(folder, "run", input=f"{SENTENCE}\n")
    assert result.exit_code == 1
    assert "Chain 56 is not accepted" in refusal(result)
