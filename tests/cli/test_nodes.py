"""`status`, `page`, `run` and `demo`; that a whole node runs and ends is in tests/test_main.py."""

import json
from dataclasses import replace

import pytest

from node import keystore
from node.peer.views import Balance
from tests.cli.conftest import refusal, typed
from tests.web.conftest import TOKEN

PASSWORD = "correct horse"


def test_status_tells_what_a_person_wants_to_know(type_, peer, monkeypatch):
    told = replace(
        peer.status(),
        outbox=2,
        addresses=("/ip4/1.2.3.4/tcp/1",),
        chain={"state": "following", "head": 77},
        problems=("No other node is connected.",),
        balances=(
            Balance("eip155:31337/slip44:60", "ETH", 18, 10**17),
            Balance("eip155:31337/erc20:0x" + "11" * 20, "tUSD", 6, None),
        ),
    )
    monkeypatch.setattr(peer, "status", lambda: told)
    shown = type_("status").stdout
    for text in (
        "Ann",
        "a" * 52,
        "/ip4/1.2.3.4/tcp/1",
        "block 77",
        "2 messages",
        "! No other node",
        "holds      0.10 ETH",
        "tUSD: not known",
    ):
        assert text in shown
    answer = json.loads(type_("status", "--json").stdout)
    assert answer["outbox"] == 2
    assert [each["amount"] for each in answer["balances"]] == [str(10**17), None]


def test_page_prints_the_address_that_unlocks(type_, served):
    assert type_("page").stdout == f"{served.origin}/unlock#token={TOKEN}\n"


def test_page_can_open_a_browser(type_, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert type_("page", "--open").stdout.strip() == opened[0]


def test_run_without_a_node_says_how_to_begin(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    result = typed(tmp_path, "run")
    assert result.exit_code == 1
    assert "etal init" in refusal(result)


def test_run_with_a_wrong_password_or_setting(tmp_path, monkeypatch):
    keystore.write(tmp_path / "keystore.json", b"s" * 32, PASSWORD, scrypt_n=2**8)
    monkeypatch.setenv("ETAL_PASSWORD", "wrong horse")
    result = typed(tmp_path, "run")
    assert (result.exit_code, refusal(result)) == (1, "password: The password is wrong.")
    (tmp_path / "config.toml").write_text("web_port = 0")
    result = typed(tmp_path, "run")
    assert result.exit_code == 1
    assert refusal(result).startswith("web_port: ")


@pytest.mark.parametrize("port", ["0", "65536", "x"])
def test_a_port_is_a_port(tmp_path, port):
    assert typed(tmp_path, "run", "--web-port", port).exit_code == 2


def test_demo_hands_its_options_on_and_ends_with_its_code(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("node.demo.run", lambda **given: asked.append(given) or 7)
    result = typed(tmp_path, "demo", "--check", "--web-port", "5000")
    assert result.exit_code == 7
    assert asked == [{"check": True, "first_port": 5000, "open_page": False}]
