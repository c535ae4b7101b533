"""Real chains for tests: the product's own dev chain, and anvil where npm has installed it."""

import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.contracts.rpc import Rpc
from node.devchain import start_devchain
from tests.installed import NODE_MODULES, need

START_LIMIT = 20.0


def anvil_binary() -> Path | None:
    found = sorted(NODE_MODULES.glob("@foundry-rs/anvil-*/bin/anvil"))
    return found[0] if found else None


@contextmanager
def start_anvil(*options: str) -> Iterator[str]:
    """anvil on a free port of loopback; its URL. The test is left out where anvil isn't installed."""
    binary = anvil_binary()
    need("anvil", binary is not None)
    command = [str(binary), "--port", "0", "--order", "fifo", *options]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = ""
        for line in child.stdout:
            if line.startswith("Listening on "):
                url = "http://" + line.split()[-1]
                break
        assert url, "anvil said nothing"
        # It reports every request: a full pipe would stop it.
        threading.Thread(target=child.stdout.read, daemon=True).start()
        _await_answer(url)
        yield url
    finally:
        child.kill()
        child.wait()


def _await_answer(url: str) -> None:
    asked = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    deadline = time.monotonic() + START_LIMIT
    while True:
        try:
            request = urllib.request.Request(url, asked, {"content-type": "application/json"})
            urllib.request.urlopen(request, timeout=5).read()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def start_chain(kind: str) -> Iterator[str]:
    """ "devchain" or "anvil"; yields the URL."""
    if kind == "anvil":
        with start_anvil() as url:
            yield url
    else:
        with start_devchain() as chain:
            yield chain.url


@contextmanager
def automine_off(url: str) -> Iterator[None]:
    post(url, "evm_setAutomine", False)
    try:
        yield
    finally:
        post(url, "evm_setAutomine", True)
        post(url, "evm_mine")


class ForgetfulRpc(Rpc):
    """A chain's node whose index of logs lacks everything while it `forgets`, and that has no block above `last`, if set."""

    forgets = False
    last: int | None = None

    async def request(self, method: str, params: list) -> dict:
        if method == "eth_getBlockByNumber" and self.last is not None:
            tag = params[0]
            number = int(tag, 16) if tag.startswith("0x") else self.last
            if number > self.last:
                return {"result": None}
            params = [hex(number), *params[1:]]
        answer = await super().request(method, params)
        return {"result": []} if method == "eth_getLogs" and self.forgets else answer


def post(url: str, method: str, *params: object) -> object:
    """One call, for setting a test up."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    answer = json.load(urllib.request.urlopen(request, timeout=30))
    assert "error" not in answer, answer
    return answer["result"]


__all__ = [
    "ForgetfulRpc",
    "Rpc",
    "anvil_binary",
    "automine_off",
    "post",
    "start_anvil",
    "start_chain",
]
