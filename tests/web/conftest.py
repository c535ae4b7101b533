"""A served application on loopback, and a client that sends any bytes at all."""

import re
import socket
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import trio

from node.web.app import create_app
from node.web.guard import Sessions
from node.web.server import serve
from tests.fakes.peer import FakePeer

TOKEN = "token-" + "t" * 40
SESSION_KEY = b"k" * 32


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Poll until `condition()` is true; fails after `seconds`."""
    with trio.fail_after(seconds):
        while not condition():
            await trio.sleep(0.01)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


async def exchange(port: int, data: bytes, *, family: int = socket.AF_INET) -> bytes:
    """Send bytes, then read until the server closes or has been silent for half a second."""
    host = "127.0.0.1" if family == socket.AF_INET else "::1"
    stream = await trio.open_tcp_stream(host, port)
    answer = b""
    async with stream:
        await stream.send_all(data)
        try:
            with trio.move_on_after(0.5):
                while True:
                    part = await stream.receive_some()
                    if not part:
                        break
                    answer += part
        except trio.BrokenResourceError:
            pass
    return answer


def parse(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    status = re.fullmatch(r"HTTP/1\.1 (\d{3}).*", lines[0])
    assert status, answer[:200]
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return Answer(int(status[1]), headers, body)


@asynccontextmanager
async def serving(app, port: int = 0):
    """Serve `app` while the block runs; gives the port."""
    stopping = trio.Event()
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            yield await nursery.start(serve, app, port, stopping)
            stopping.set()


class Site:
    """One node's pages and API, in memory or served."""

    def __init__(self, peer: FakePeer, **options):
        self.peer = peer
        self.port = free_port()
        self.stopping = trio.Event()
        options.setdefault("pages_routes", [])
        self.app = create_app(
            peer,
            host_name="ann",
            port=self.port,
            token=TOKEN,
            session_key=SESSION_KEY,
            stopping=self.stopping,
            **options,
        )
        self.sessions = Sessions(SESSION_KEY, self.port)
        self.host = f"ann.localhost:{self.port}"
        self.origin = f"http://{self.host}"

    def browser(self, **headers: str) -> httpx.AsyncClient:
        """The owner's browser, let in, on one of our pages."""
        return self.client(
            base_url=self.origin,
            cookies={self.sessions.cookie: self.sessions.issue()},
            headers={"origin": self.origin, "accept-language": "en", **headers},
        )

    async def page(self, path: str, language: str = "en") -> str:
        """What the owner reads at this address."""
        accepts = {"accept": "text/html", "accept-language": language}
        async with self.browser(**accepts) as browser:
            return (await browser.get(path)).text

    async def post(
        self, path: str, data: dict[str, str] | None = None, files=None
    ) -> httpx.Response:
        """What comes back for a form that the owner sends."""
        async with self.browser(accept="text/html") as browser:
            return await browser.post(path, data=data, files=files)

    def program(self, token: str = TOKEN) -> httpx.AsyncClient:
        """The command line."""
        return self.client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": f"Bearer {token}", "accept": "application/json"},
        )

    def client(self, **options) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), **options)


@pytest.fixture
def peer() -> FakePeer:
    return FakePeer()


@pytest.fixture
def site(peer) -> Site:
    return Site(peer)
