"""HTTP in front of the chain, on loopback only: JSON-RPC 2.0 by POST, with CORS for pages of this machine."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from node.devchain.accounts import ADDRESSES, COINS, KEYS
from node.devchain.chain import Chain
from node.devchain.methods import Methods
from node.devchain.unlocked import Unlocked
from node.devchain.values import ChainError

RECURSION_LIMIT = (
    10_240  # what py-evm asks for; eth_account raises it beyond what the C stack holds
)
HOST = "127.0.0.1"
MAX_BODY = 1 << 20  # bytes
MAX_BATCH = 100  # requests in one body
MAX_CONNECTIONS = 64
IDLE = 30.0  # seconds that a connection may be silent
EXTENSIONS = ("chrome-extension", "moz-extension", "safari-web-extension")


def is_local_host(host: str | None) -> bool:
    return host in ("localhost", "127.0.0.1", "::1") or bool(host and host.endswith(".localhost"))


def is_local_origin(origin: str) -> bool:
    """True for pages served by this machine."""
    try:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and is_local_host(parts.hostname)
    except ValueError:
        return False


class Server(ThreadingHTTPServer):
    """`block_time` in seconds, zero: blocks come only with transactions. `serve` returns after `stop`."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, chain_id: int, block_time: float, now=lambda: int(time.time())):
        sys.setrecursionlimit(RECURSION_LIMIT)
        self.lock = threading.Lock()
        self.chain = Chain(chain_id, dict.fromkeys(ADDRESSES, COINS), now)
        self.methods = Methods(self.chain, Unlocked(self.chain, KEYS), self._set_interval)
        self._block_time = block_time
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((HOST, port), Handler)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def serve(self) -> None:
        """Answer requests and mine by time until `stop`."""
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()
        while not self._stopping.is_set():
            self._wake.clear()
            if self._wake.wait(self._block_time or None):
                continue
            with self.lock:
                self.chain.mine()
        self.shutdown()
        self.server_close()

    def stop(self) -> None:
        """May be called from a signal handler or another thread."""
        self._stopping.set()
        self._wake.set()

    def _set_interval(self, seconds: float) -> None:
        self._block_time = seconds
        self._wake.set()

    def process_request(self, request, address) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, address)

    def process_request_thread(self, request, address) -> None:
        try:
            super().process_request_thread(request, address)
        finally:
            self._places.release()

    def handle_error(self, request, address) -> None:
        """A connection that breaks off is no news."""

    def answer(self, body: bytes) -> bytes:
        """JSON-RPC in, JSON-RPC out; never raises for what the body holds."""
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return _encode(_error(None, -32700, "not JSON"))
        if isinstance(asked, list):
            if not 0 < len(asked) <= MAX_BATCH:
                return _encode(_error(None, -32600, f"a batch holds 1 to {MAX_BATCH} requests"))
            return _encode([self._one(one) for one in asked])
        return _encode(self._one(asked))

    def _one(self, asked: object) -> dict:
        if not isinstance(asked, dict):
            return _error(None, -32600, "a request is an object")
        number = asked.get("id")
        if not isinstance(number, str | int | float | None):
            return _error(None, -32600, "the id is text or a number")
        try:
            with self.lock:
                result = self.methods.call(asked.get("method"), asked.get("params"))
        except ChainError as error:
            return _error(number, error.code, str(error), error.data)
        except Exception as error:  # a fault of ours or of py-evm's: tell, and serve on
            return _error(number, -32603, f"{type(error).__name__}: {error}"[:300])
        return {"jsonrpc": "2.0", "id": number, "result": result}


def _error(number: object, code: int, message: str, data: str | None = None) -> dict:
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": number, "error": error}


def _encode(answer: object) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "etal-devchain"
    sys_version = ""
    timeout = IDLE
    disable_nagle_algorithm = True

    server: Server

    def log_message(self, *_) -> None:
        """Silent: the demo's terminal belongs to the visitor."""

    def do_OPTIONS(self) -> None:
        if self._welcome():
            self._send(204, b"")

    def do_POST(self) -> None:
        if not self._welcome():
            return
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":  # anything else could come from any page, unasked
            self._refuse(415, "content-type must be application/json")
            return
        try:
            length = int(self.headers.get("content-length", ""))
        except ValueError:
            self._refuse(411, "content-length is needed")
            return
        if not 0 <= length <= MAX_BODY:
            self._refuse(413, f"a body holds at most {MAX_BODY} bytes")
            return
        body = self.rfile.read(length)
        if len(body) == length:
            self._send(200, self.server.answer(body))

    def _welcome(self) -> bool:
        """Only pages of this machine, wallets in the browser, and programs that aren't browsers."""
        host = urlsplit("//" + self.headers.get("host", "")).hostname
        origin = self.headers.get("origin")
        known = origin is None or is_local_origin(origin) or origin.split(":")[0] in EXTENSIONS
        if not is_local_host(host) or not known:
            self._refuse(403, "only for this machine")
            return False
        return True

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True
        self._send(status, _encode(_error(None, -32600, why)))

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        origin = self.headers.get("origin")
        if origin is not None and is_local_origin(origin):
            self.send_header("access-control-allow-origin", origin)
            self.send_header("access-control-allow-methods", "POST")
            self.send_header("access-control-allow-headers", "content-type")
            self.send_header("access-control-allow-private-network", "true")
            self.send_header("access-control-max-age", "600")
        self.send_header("vary", "origin")
        self.send_header("cache-control", "no-store")
        if status != 204:
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)
