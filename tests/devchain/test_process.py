"""The chain as a process: it starts, answers only this machine, survives garbage, and ends when it should."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest

from node.devchain import start_devchain
from node.devchain.process import StartError
from node.devchain.server import MAX_BATCH, MAX_BODY, is_local_origin

ASK = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
LIMIT = 20.0


@pytest.fixture(scope="module")
def chain():
    with start_devchain(1_337_000_001) as chain:
        yield chain


@pytest.fixture
def client(chain):
    with httpx.Client(base_url=chain.url, timeout=LIMIT, trust_env=False) as client:
        yield client


def test_it_answers(chain, client):
    answer = client.post("/", json=ASK)
    assert answer.json() == {"jsonrpc": "2.0", "id": 1, "result": hex(chain.chain_id)}


def test_batches(client):
    answers = client.post("/", json=[ASK, {**ASK, "id": "two", "method": "nope"}, 5]).json()
    assert answers[0]["result"]
    assert (answers[1]["id"], answers[1]["error"]["code"]) == ("two", -32601)
    assert answers[2]["error"]["code"] == -32600
    for batch in ([], [ASK] * (MAX_BATCH + 1)):
        assert client.post("/", json=batch).json()["error"]["code"] == -32600


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xff",
        b"[" * 100_000,
        b'{"method":' * 10_000,
        b"null",
        b"7",
        b'{"id":{},"method":"eth_chainId"}',
        b'{"method":["eth_chainId"]}',
        b'{"method":"eth_chainId","params":7}',
        b'{"method":"eth_getLogs","params":[{"topics":[[[[]]]]}]}',
        b'{"method":"eth_call","params":[{"gas":"0x' + b"f" * 80_000 + b'"}]}',
    ],
)
def test_garbage_gets_an_error_and_the_chain_lives(client, body):
    answer = client.post("/", content=body, headers={"content-type": "application/json"})
    assert answer.json()["error"]["message"]
    assert client.post("/", json=ASK).json()["result"]


def raw(chain, sent: bytes) -> bytes:
    host, port = chain.url.removeprefix("http://").split(":")
    parts = []
    with (
        socket.create_connection((host, int(port)), timeout=LIMIT) as connection,
        suppress(OSError),  # it may hang up before it has read everything
    ):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


HEAD = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\0" * 1_000,
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"content-length: 5\r\n\r\n{",
        HEAD + b"content-length: -5\r\n\r\n",
        HEAD + b"content-length: many\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{}\r\n",
        HEAD + b"x: y\r\n" * 1_000 + b"\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"A" * 100_000,
    ],
)
def test_broken_http_does_no_harm(chain, client, sent):
    raw(chain, sent)
    assert client.post("/", json=ASK).json()["result"]


def test_bodies_are_bounded(chain):
    answer = raw(chain, HEAD + b"content-length: %d\r\n\r\n" % (MAX_BODY + 1))
    assert b" 413 " in answer.splitlines()[0]


def test_many_silent_connections_do_no_lasting_harm(chain, client):
    host, port = chain.url.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(100)]
    for connection in silent:
        connection.close()
    deadline = time.monotonic() + LIMIT
    while True:
        try:
            assert client.post("/", json=ASK).json()["result"]
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:4242", "http://buyer.localhost:4242", "http://127.0.0.1", "https://[::1]:8"],
)
def test_pages_of_this_machine_may_ask(client, origin):
    ask = {"origin": origin, "access-control-request-method": "POST"}
    before = client.options("/", headers=ask)
    assert before.status_code == 204
    assert before.headers["access-control-allow-origin"] == origin
    assert before.headers["access-control-allow-headers"] == "content-type"
    answer = client.post("/", json=ASK, headers={"origin": origin})
    assert answer.headers["access-control-allow-origin"] == origin
    assert answer.json()["result"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://evillocalhost",
        "null",
        "http://127.0.0.1.evil.example",
        "http://[",
        "file://",
    ],
)
def test_other_pages_may_not(client, origin):
    assert not is_local_origin(origin)
    for answer in (
        client.options("/", headers={"origin": origin}),
        client.post("/", json=ASK, headers={"origin": origin}),
    ):
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


def test_other_names_of_this_machine_may_not(client):
    """A page whose name was made to point here (DNS rebinding)."""
    for host in ("evil.example", "evil.example:80", ""):
        assert client.post("/", json=ASK, headers={"host": host}).status_code == 403


def test_forms_of_other_pages_may_not(client):
    headers = {"content-type": "text/plain"}
    assert client.post("/", content=json.dumps(ASK), headers=headers).status_code == 415


def test_wallets_in_the_browser_may_ask(client):
    headers = {"origin": "chrome-extension://abcdefgh"}
    answer = client.post("/", json=ASK, headers=headers)
    assert answer.json()["result"]
    assert "access-control-allow-origin" not in answer.headers


def test_blocks_come_by_themselves():
    with start_devchain(block_time=0.05) as chain, httpx.Client(trust_env=False) as client:
        deadline = time.monotonic() + LIMIT
        ask = {**ASK, "method": "eth_blockNumber"}
        while int(client.post(chain.url, json=ask).json()["result"], 16) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_it_is_gone_after_the_block():
    with start_devchain() as chain:
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(chain.pid, 0)


def test_a_port_in_use_is_told(chain):
    port = int(chain.url.rsplit(":", 1)[1])
    with pytest.raises(StartError), start_devchain(port=port):
        pass


@contextmanager
def started(*options: str) -> Iterator[subprocess.Popen]:
    """A chain started as a command, once it is ready; `line` is what it printed."""
    command = [sys.executable, "-m", "node.devchain", "--port", "0", *options]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, **pipes) as child:
        try:
            child.line = child.stdout.readline()
            yield child
        finally:
            child.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("options", [[], ["--with-parent"]])
def test_signals_end_it_cleanly(number, options):
    with started(*options) as child:
        child.send_signal(number)
        assert child.wait(LIMIT) == 0
        assert child.stderr.read() == b""


def test_it_ends_when_whoever_started_it_is_gone():
    with started("--with-parent") as child:
        child.stdin.close()
        assert child.wait(LIMIT) == 0


def test_the_ready_line_names_the_address():
    with started() as child:
        assert child.line.startswith(b"ready http://127.0.0.1:")
        assert child.line.endswith(b" chain 31337\n")
