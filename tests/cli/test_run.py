"""`etal run` with whole nodes: what it says when it can't, and how it ends."""

import json
import signal
import socket

import pytest

from tests.cli.conftest import typed
from tests.cli.nodes import found, refused, running
from tests.web.conftest import free_port

STOP_LIMIT = 10.0  # seconds, for a busy machine; an idle one takes one
ESCROW = "0x" + "ab" * 20


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_node_runs_until_it_is_told_to_end(tmp_path, how):
    folder = found(tmp_path / "ann")
    with running(folder) as child:
        assert "Ann" in typed(folder, "status").stdout
        child.send_signal(how)
        out, err = child.communicate(timeout=STOP_LIMIT)
        assert (child.returncode, out.splitlines()[-1]) == (0, "Stopped.")
        assert "Traceback" not in err
    assert not (folder / "running.json").exists()
    assert typed(folder, "status").exit_code == 3


def test_a_second_node_in_the_same_place_and_one_that_was_killed(tmp_path):
    folder = found(tmp_path / "ann")
    with running(folder) as child:
        code, line = refused(folder)
        assert (code, line) == (1, f"another node is running here (process {child.pid})")
        assert typed(folder, "status").exit_code == 0  # the first one's note is left alone
        child.kill()
        child.wait()
    assert (folder / "running.json").exists()
    result = typed(folder, "status")
    assert (result.exit_code, "No node is running" in result.stderr) == (3, True)
    with running(folder):
        assert typed(folder, "status").exit_code == 0


@pytest.mark.parametrize("which", ["web_port", "listen"])
def test_a_port_that_is_taken(tmp_path, which):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        value = port if which == "web_port" else [f"/ip4/127.0.0.1/tcp/{port}"]
        folder = found(tmp_path / "ann", **{which: value})
        code, line = refused(folder)
    assert code == 1
    assert line.startswith(f"{which}: ")
    assert str(port) in line
    assert not (folder / "running.json").exists()


def test_a_chain_that_doesnt_answer_stops_only_a_node_that_must_ask_it(tmp_path):
    dead = f"http://127.0.0.1:{free_port()}"
    code, line = refused(found(tmp_path / "ann", rpc=dead, escrow=ESCROW))
    assert code == 5
    assert "chain_id" in line
    folder = found(tmp_path / "bob", rpc=dead, escrow=ESCROW, chain_id=31337)
    with running(folder):
        told = json.loads(typed(folder, "status", "--json").stdout)
        assert told["identity"]["chain"] == "eip155:31337"


def test_a_chain_that_isnt_accepted(tmp_path):
    folder = found(tmp_path / "ann", rpc="http://127.0.0.1:1", escrow=ESCROW, chain_id=1)
    code, line = refused(folder)
    assert code == 1
    assert "only test networks" in line


def test_an_extension_that_isnt_there(tmp_path):
    code, line = refused(found(tmp_path / "ann", extensions=["no.such:Thing"]))
    assert code == 1
    assert line.startswith("extensions: ")
    assert "no.such:Thing" in line


def test_a_node_of_one_network_doesnt_start_on_another(tmp_path):
    folder = found(tmp_path / "ann")
    with running(folder):
        assert "profile" in typed(folder, "status").stdout
    settings = (folder / "config.toml").read_text()
    (folder / "config.toml").write_text(settings + 'network = "etal-demo"\n')
    code, line = refused(folder)
    assert code == 1
    assert line.startswith("network: What this node keeps is of the network etal-test")
    (folder / "etal.sqlite").unlink()
    with running(folder):
        shown = typed(folder, "status").stdout
        assert "etal-demo" in shown and "profile" in shown
