"""A node of a chain that passes on what another says, until a test has it lie, lag or fall silent."""

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from eth_abi import encode

from node.contracts import abi
from node.protocol.escrow import Terms

Twist = Callable[[str, list, object], object]
"""(method, params, true result) -> what is answered."""


def honest(method: str, params: list, result: object) -> object:
    return result


class Passing(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, upstream: str, port: int):
        self.upstream = upstream
        self.twist: Twist = honest
        self.down = False
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def handle_error(self, request, address) -> None:
        """Whoever asks goes away when it has heard enough."""

    def ask(self, method: str, *params: object) -> object:
        """The truth."""
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.pass_on(json.dumps(asked).encode())["result"]

    def pass_on(self, body: bytes) -> dict:
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.upstream, body, headers)
        return json.load(urllib.request.urlopen(request, timeout=30))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Passing

    def log_message(self, *_) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.server.down:
            self.close_connection = True
            return
        answer = self.server.pass_on(body)
        if "result" in answer:
            asked = json.loads(body)
            answer["result"] = self.server.twist(
                asked["method"], asked.get("params") or [], answer["result"]
            )
        told = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)


@contextmanager
def passing(upstream: str, port: int = 0) -> Iterator[Passing]:
    server = Passing(upstream, port)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class MadeUpPayment:
    """A twist: this order was funded in the next block that is asked for, `often`: in each. The blocks are true, the logs aren't."""

    def __init__(self, liar: Passing, contract: str, order: dict, often: bool = False):
        self._liar = liar
        self._often = often
        self._lock = threading.Lock()
        self._block: dict | None = None
        self._id = order["escrow_id"]
        terms = Terms(**{name: _plain(value) for name, value in order["terms"].items()})
        self._log = {
            "address": contract,
            "topics": [
                "0x" + abi.FUNDED.hex(),
                self._id,
                "0x" + terms.buyer.rjust(32, b"\0").hex(),
                "0x" + terms.seller.rjust(32, b"\0").hex(),
            ],
            "data": "0x" + encode([abi.TERMS], [terms.abi()]).hex(),
            "transactionHash": "0x" + "fa" * 32,
            "transactionIndex": "0x7",
            "logIndex": "0x7",
            "removed": False,
        }
        self._terms = terms
        self._pots = "0x" + abi.POTS(bytes.fromhex(self._id[2:])).hex()

    def __call__(self, method: str, params: list, result: object) -> object:
        if method == "eth_getLogs":
            return [*result, *self._made_up(params[0])]
        if method == "eth_call" and self._pots == (params[0].get("data") or params[0].get("input")):
            return self._pot()
        return result

    @property
    def is_told(self) -> bool:
        return self._block is not None

    def _made_up(self, wanted: dict) -> list[dict]:
        with self._lock:
            if self._block is None or (self._often and "blockHash" in wanted):
                asked = wanted.get("blockHash")
                self._block = asked and self._liar.ask("eth_getBlockByHash", asked, False)
            block = self._block
        if block is None:
            return []
        number = int(block["number"], 16)
        fits = (
            wanted["blockHash"] == block["hash"]
            if "blockHash" in wanted
            else int(wanted["fromBlock"], 16) <= number <= int(wanted["toBlock"], 16)
        )
        log = {**self._log, "blockHash": block["hash"], "blockNumber": block["number"]}
        return [log] if fits else []

    def _pot(self) -> str:
        since = int(self._block["timestamp"], 16) if self._block else 0
        word = self._terms.amount << 96 | since << 56 | self._terms.ship_by << 16 | 1
        return f"0x{word if self._block else 0:064x}"


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return bytes.fromhex(value[2:]) if value else bytes(20)
