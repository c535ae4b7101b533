import os
import stat
import subprocess
import sys

import pytest

from node import config, keystore
from tests.cli.conftest import refusal, typed

PASSWORD = "correct horse"
PEER = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"
SEED = bytes(range(32))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Keys that guard nothing open at once."""
    write = keystore.write
    monkeypatch.setattr(
        keystore, "write", lambda path, seed, password: write(path, seed, password, scrypt_n=2**8)
    )
    monkeypatch.delenv("ETAL_PASSWORD", raising=False)
    monkeypatch.delenv("ETAL_PASSWORD_FILE", raising=False)


def test_init_asks_for_a_password_twice_and_shows_the_words_once(tmp_path):
    folder = tmp_path / "new"
    result = typed(folder, "init", "--name", "Zoé's", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    seed = keystore.read(folder / "keystore.json", PASSWORD)
    words = keystore.to_words(seed).split()
    shown = result.stdout.split()
    assert all(f"{number}." in shown for number in range(1, 25))
    assert [word for word in shown if word in set(words)] == words
    assert config.load(folder, {}).name == "Zoé's"
    assert result.stdout.count(words[0] + " ") <= words.count(words[0]) + 1


def test_files_are_the_owners_alone(tmp_path):
    folder = tmp_path / "new"
    typed(folder, "init", input=f"{PASSWORD}\n{PASSWORD}\n")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert sorted(path.name for path in folder.iterdir()) == ["config.toml", "keystore.json"]
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in folder.iterdir())


def test_passwords_that_differ_are_asked_for_again(tmp_path):
    result = typed(tmp_path, "init", input=f"one two three\nx\n{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert keystore.read(tmp_path / "keystore.json", PASSWORD)


def test_nobody_need_be_there_when_the_password_is_in_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    assert typed(tmp_path, "init").exit_code == 0
    assert keystore.read(tmp_path / "keystore.json", PASSWORD)
    assert (
        typed(tmp_path, "words").stdout.split()
        == keystore.to_words(keystore.read(tmp_path / "keystore.json", PASSWORD)).split()
    )


def test_every_option_is_written_down(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    escrow = "0x" + "ab" * 20
    words = ("--rpc", "http://127.0.0.1:8545", "--chain-id", "31337", "--escrow", escrow)
    nodes = (f"/ip4/127.0.0.1/tcp/1/p2p/{PEER}", f"/dns4/x/tcp/2/p2p/{PEER}")
    more = ("--escrow-since", "7", "--bootstrap", nodes[0], "--bootstrap", nodes[1])
    assert typed(tmp_path, "init", *words, *more).exit_code == 0
    found = config.load(tmp_path, {})
    assert (found.rpc, found.chain_id) == (("http://127.0.0.1:8545",), 31337)
    assert (found.escrow, found.escrow_since) == (escrow, 7)
    assert found.bootstrap == nodes


def test_it_says_how_to_start_a_node_that_lies_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    assert f"`etal --data-dir {tmp_path} run`" in typed(tmp_path, "init").stdout
    own = tmp_path / "own"
    monkeypatch.setenv("ETAL_DATA_DIR", str(own))
    assert "`etal run`" in typed(own, "init").stdout


def test_words_bring_a_stall_back(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    result = typed(tmp_path, "init", "--restore", input=keystore.to_words(SEED) + "\n")
    assert result.exit_code == 0
    assert keystore.read(tmp_path / "keystore.json", PASSWORD) == SEED
    assert "1. " not in result.stdout  # whoever has typed them has them


@pytest.mark.parametrize(
    ("words", "password", "typing", "said"),
    [
        (("--restore",), PASSWORD, "one two three\n", "words: "),
        ((), "short", None, "password: "),
        (("--escrow", "0x12"), PASSWORD, None, "escrow: "),
        (("--rpc", "ftp://x"), PASSWORD, None, "rpc: "),
        (("--rpc", "http://x/a", "--rpc", "http://x/b"), PASSWORD, None, "rpc: "),
        (("--bootstrap", "foo"), PASSWORD, None, "bootstrap: 'foo' is no libp2p address"),
        (("--chain-id", "1"), PASSWORD, None, "chain.network: Ethereum (1) holds real money"),
        (("--chain-id", "56"), PASSWORD, None, "chain.network: Chain 56 is not accepted"),
    ],
)
def test_what_is_wrong_leaves_nothing_behind(tmp_path, monkeypatch, words, password, typing, said):
    monkeypatch.setenv("ETAL_PASSWORD", password)
    result = typed(tmp_path / "new", "init", *words, input=typing)
    assert result.exit_code == 1
    assert f"etal: {said}" in result.stderr
    assert not (tmp_path / "new").exists()


def test_a_node_is_never_overwritten(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    typed(tmp_path, "init")
    before = (tmp_path / "keystore.json").read_bytes()
    for words in ((), ("--restore",)):
        result = typed(tmp_path, "init", *words)
        assert result.exit_code == 1
        assert "already" in refusal(result)
    assert (tmp_path / "keystore.json").read_bytes() == before


def test_settings_that_are_there_are_kept_and_never_silently_ignored(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    (tmp_path / "config.toml").write_text("web_port = 5000  # mine\n")
    assert typed(tmp_path, "init", "--name", "X").exit_code == 1
    assert typed(tmp_path, "init").exit_code == 0
    assert (tmp_path / "config.toml").read_text() == "web_port = 5000  # mine\n"


def test_words_are_shown_for_the_password_alone(tmp_path, monkeypatch):
    keystore.write(tmp_path / "keystore.json", SEED, PASSWORD)
    result = typed(tmp_path, "words", input=f"{PASSWORD}\n")
    assert result.stdout == keystore.to_words(SEED) + "\n"
    monkeypatch.setenv("ETAL_PASSWORD", "wrong horse")
    result = typed(tmp_path, "words")
    assert (result.exit_code, refusal(result)) == (1, "password: The password is wrong.")


def test_a_password_file_that_isnt_there_is_named(tmp_path, monkeypatch):
    keystore.write(tmp_path / "keystore.json", SEED, PASSWORD)
    monkeypatch.setenv("ETAL_PASSWORD_FILE", str(tmp_path / "absent"))
    result = typed(tmp_path, "words")
    assert result.exit_code == 1
    assert "absent" in refusal(result)


TOKEN = "0x" + "11" * 20


def test_init_takes_all_that_joining_a_market_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("ETAL_PASSWORD", PASSWORD)
    result = typed(
        *(tmp_path, "init", "--network", "etal-demo", "--rpc", "http://127.0.0.1:8545"),
        *("--token", f"{TOKEN}:tUSD:6:USD", "--token", f"{TOKEN}:WETH:18"),
    )
    assert result.exit_code == 0, result.stderr
    made = config.load(tmp_path, {})
    assert made.network == "etal-demo"
    assert made.tokens == (
        config.TokenConfig(TOKEN, "tUSD", 6, "USD"),
        config.TokenConfig(TOKEN, "WETH", 18),
    )


@pytest.mark.parametrize(
    "token", ["", "USDC", f"{TOKEN}:USDC", f"{TOKEN}:USDC:x", f"{TOKEN}:USDC:6:usd", "0x1:USDC:6"]
)
def test_what_is_no_token_is_refused_before_anything_is_written(tmp_path, token):
    result = typed(tmp_path / "new", "init", "--token", token)
    assert (result.exit_code, (tmp_path / "new").exists()) == (1, False)
    assert refusal(result).startswith("tokens: ")


@pytest.mark.parametrize("command", ["init", "words", "run"])
def test_without_a_terminal_the_environment_is_named(tmp_path, command):
    if command != "init":
        keystore.write(tmp_path / "keystore.json", SEED, PASSWORD)
    child = subprocess.run(
        [sys.executable, "-m", "node", "--data-dir", str(tmp_path), command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # without a controlling terminal
        env={k: v for k, v in os.environ.items() if not k.startswith("ETAL_PASSWORD")},
        timeout=60,
    )
    assert child.returncode == 1
    (line,) = child.stderr.splitlines()
    assert "ETAL_PASSWORD" in line
