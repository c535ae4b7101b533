import json
import os
import socket
import subprocess
import sys
import threading

import pytest

from node.cli.client import Client, NotRunning
from node.protocol.errors import Conflict, InputError, NotFound, Unavailable
from tests.web.conftest import free_port


def running(folder, **changes) -> Client:
    told = {"port": free_port(), "token": "t", "url": "http://x", "pid": os.getpid(), **changes}
    (folder / "running.json").write_text(json.dumps(told))
    return Client(str(folder))


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"port": "x", "token": 1}', "[" * 5000])
def test_a_damaged_note_is_no_running_node(tmp_path, content):
    (tmp_path / "running.json").write_text(content)
    with pytest.raises(NotRunning):
        Client(str(tmp_path)).call("GET", "/status")


def test_nobody_at_the_port_is_no_running_node(tmp_path):
    with pytest.raises(NotRunning):
        running(tmp_path).call("GET", "/status")


def test_the_note_of_a_killed_node_sends_our_secret_to_nobody(tmp_path):
    """Its port may be another program's by now."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        client = running(tmp_path, port=other.getsockname()[1], pid=child.pid)
        for ask in (lambda: client.call("GET", "/status"), client.url):
            with pytest.raises(NotRunning):
                ask()
        with pytest.raises(TimeoutError):
            other.accept()


def answering(folder, answer: bytes) -> Client:
    """A node that says just this to whatever it is asked."""
    server = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        with server, server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(answer)

    threading.Thread(target=talk, daemon=True).start()
    return running(folder, port=server.getsockname()[1])


def response(status: int, body: bytes) -> bytes:
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InputError),
        (401, InputError),
        (404, NotFound),
        (409, Conflict),
        (422, InputError),
        (500, Unavailable),
        (503, Unavailable),
    ],
)
def test_a_refusal_becomes_the_error_that_the_node_named(tmp_path, status, kind):
    body = json.dumps({"error": {"rule": "a.b", "message": "No.", "field": "x.y"}}).encode()
    with pytest.raises(kind) as fault:
        answering(tmp_path, response(status, body)).call("GET", "/status")
    assert (fault.value.rule, str(fault.value), fault.value.field) == ("a.b", "No.", "x.y")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"nonsense\r\n\r\n",
        response(200, b"{"),
        response(200, b"[" * 100_000),
        b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\n{}",
    ],
)
def test_an_answer_that_is_none_is_trouble_and_not_a_traceback(tmp_path, answer):
    with pytest.raises(Unavailable):
        answering(tmp_path, answer).call("GET", "/status")
