"""The one door to pages and API: everything a request must prove before the application sees it.

The node's owner is the only user, and every other page open in the owner's browser is a possible attacker, as is every
program on this machine that may open a socket. So: an exact Host (against DNS rebinding), an Origin of our own and
Sec-Fetch-Site on writes (against forged requests), a cookie or a bearer token (against everybody else), no CORS ever,
bodies bounded in size and time, and headers that keep the browser from doing what we never ask of it.
"""

import hmac
import json
import re
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe
from urllib.parse import quote

import trio
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SESSION_SECONDS = 30 * 24 * 3600
BODY_LIMIT = 64 * 1024  # JSON and plain forms
UPLOAD_LIMIT = 10 * 1024 * 1024  # pictures
PICTURE_PATHS = ("/api/pictures", "/show_picture")
"""Ends of the addresses that take a picture as the body."""
MULTIPART_OVERHEAD = 64 * 1024  # what a form adds around a picture
BODY_SECONDS = 30
DRAIN_SECONDS = 5  # how long we go on reading what we won't use, so that the client sees the answer
UPLOADS_AT_ONCE = 4
SAFE = frozenset({"GET", "HEAD"})
EXPLAINED = frozenset({403, 408, 413})
METHODS = SAFE | {"POST", "PUT", "DELETE"}
PUBLIC = frozenset(
    {"/unlock", "/session"}
)  # with /static/, what a browser needs to become the owner's

_LOOPBACK = re.compile(r"(http|ws)://(127\.0\.0\.1|localhost):[0-9]{1,5}")

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, browsers send "Origin: null" on our own forms
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def policy(connect: Sequence[str] = ()) -> str:
    """The Content-Security-Policy; `connect` adds loopback origins that scripts may speak to (the demo's wallet)."""
    for source in connect:
        if not _LOOPBACK.fullmatch(source):
            raise ValueError(f"not a loopback origin: {source}")
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


class Sessions:
    """Cookies signed with the node's own key: they outlive a restart, and a new key ends them all."""

    def __init__(self, key: bytes, port: int, now: Callable[[], float] = time.time):
        if len(key) < 32:
            raise ValueError("a session key has at least 32 bytes")
        self._key = key
        self._now = now
        # Cookies ignore ports: the name keeps two nodes on one machine apart
        self.cookie = f"etal_{port}_{self._mac('cookie')[:8]}"

    def issue(self) -> str:
        body = f"{int(self._now()) + SESSION_SECONDS}.{token_urlsafe(16)}"
        return f"{body}.{self._mac(body)}"

    def valid(self, value: str) -> bool:
        body, _, mac = value.rpartition(".")
        if not same(mac, self._mac(body)):
            return False
        return int(body.partition(".")[0]) > self._now()

    def _mac(self, text: str) -> str:
        return hmac.new(self._key, f"etal session 1 {text}".encode(), sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


class Guard:
    """ASGI middleware in front of everything. `host` is the name of the pages, such as "ann.localhost", without port.

    `explain(scope, status, rule, message)` makes the answer to a refusal that may be the owner's own mistake."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str,
        port: int,
        token: str,
        sessions: Sessions,
        connect: Sequence[str] = (),
        explain: Callable[[Scope, int, str, str], ASGIApp] | None = None,
    ):
        if len(token) < 32:
            raise ValueError("a token has at least 32 characters")
        if not 0 < port < 65536:
            raise ValueError("the port must be known: it is part of the names that are answered to")
        self.app = app
        self.pages = f"{host}:{port}".lower()
        self.programs = f"127.0.0.1:{port}"  # where the command line speaks to the API
        self.origin = f"http://{self.pages}"
        self.sessions = sessions
        self._token = token
        self._explain = explain
        self._headers = HEADERS | {"content-security-policy": policy(connect)}
        self._uploads = trio.CapacityLimiter(UPLOADS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return  # nothing but HTTP is spoken here; the server closes what isn't answered
        send = self._dressed(scope["path"], send)
        refusal = self._judge(scope)
        if refusal is not None:
            await self._refuse(scope, receive, send, *refusal)
            return
        headers = Headers(scope=scope)
        multipart = headers.get("content-type", "").startswith("multipart/form-data")
        upload = multipart or scope["path"].endswith(PICTURE_PATHS)
        limit = UPLOAD_LIMIT + MULTIPART_OVERHEAD if upload else BODY_LIMIT
        try:
            if upload:
                async with self._uploads:
                    await self._pass_on(scope, receive, send, limit)
            else:
                await self._pass_on(scope, receive, send, limit)
        except BodyRefused as refused:
            await self._refuse(scope, receive, send, refused.status, refused.rule, refused.message)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, rule: str, message: str
    ) -> None:
        if self._explain is not None and status in EXPLAINED:
            await self._explain(scope, status, rule, message)(scope, receive, send)
        else:
            await _answer(send, status, rule, message)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        body = await _read_body(scope, receive, limit)
        given = False

        async def replay() -> Message:
            nonlocal given
            if given:
                return await receive()  # http.disconnect, when it comes
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, replay, send)

    def _judge(self, scope: Scope) -> tuple[int, str, str] | None:
        """None for what may pass, else (status, rule, message)."""
        headers, path, method = Headers(scope=scope), scope["path"], scope["method"]
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in (self.pages, self.programs):
            return 421, "web.host", f"This node is at {self.origin}/"
        if any(len(headers.getlist(name)) > 1 for name in ("origin", "authorization", "cookie")):
            return 400, "web.header", "A header that may come once came twice."
        if method not in METHODS:
            return 405, "web.method", "This method is not used here."
        if self._bearer(headers):
            # A program holds the token; no page of anybody's does, so an Origin here is a forgery
            return None if headers.get("origin") in (None, self.origin) else _FORGED
        if hosts[0].lower() == self.programs:
            if path.startswith("/api/"):
                return 401, "web.token", "The API at this address needs a bearer token."
            return 421, "web.host", f"The pages of this node are at {self.origin}/"
        return self._judge_browser(headers, path, method)

    def _judge_browser(
        self, headers: Headers, path: str, method: str
    ) -> tuple[int, str, str] | None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin not in (None, self.origin):
            return _FORGED
        if method not in SAFE and origin is None and site != "same-origin":
            return _FORGED
        followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in (None, "same-origin", "none") and not followed:
            return _FORGED
        if path in PUBLIC or path.startswith("/static/") or self.is_open(headers):
            return None
        if method == "GET" and not path.startswith("/api/"):
            return 303, "web.locked", f"/unlock?next={quote(path)}"
        return 401, "web.locked", "Open this node with the link that it printed when it started."

    def is_open(self, headers: Headers) -> bool:
        """Whether the request carries a valid session cookie."""
        jar = SimpleCookie()
        try:
            jar.load(headers.get("cookie", ""))
        except CookieError:
            return False
        cookie = jar.get(self.sessions.cookie)
        return cookie is not None and self.sessions.valid(cookie.value)

    def knows(self, token: str) -> bool:
        return same(token, self._token)

    def _bearer(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self.knows(token)

    def _dressed(self, path: str, send: Send) -> Send:
        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        return dressed


_FORGED = (403, "web.origin", "This request didn't come from a page of this node.")


class BodyRefused(Exception):
    def __init__(self, status: int, rule: str, message: str):
        super().__init__(rule)
        self.status, self.rule, self.message = status, rule, message


async def _read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """The whole body. Raises BodyRefused for more than `limit` bytes or a body that takes longer than BODY_SECONDS."""
    declared = Headers(scope=scope).get("content-length")
    body = bytearray()
    with trio.move_on_after(BODY_SECONDS):
        while True:
            if len(body) > limit or (declared is not None and int(declared) > limit):
                with trio.move_on_after(DRAIN_SECONDS):
                    await _drain(receive)
                raise BodyRefused(413, "web.size", f"At most {limit} bytes may be sent here.")
            message = await receive()
            if message["type"] == "http.disconnect":
                raise BodyRefused(400, "web.body", "The body ended too soon.")
            body += message.get("body", b"")
            if not message.get("more_body", False) and len(body) <= limit:
                return bytes(body)
    raise BodyRefused(408, "web.slow", "The body took too long to arrive.")


async def _drain(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


async def _answer(send: Send, status: int, rule: str, message: str) -> None:
    """Send a refusal, at once: hypercorn waits for ever on an application that leaves much of a body unread for a while."""
    if status == 303:
        headers, body = [(b"location", message.encode())], b""
    else:
        body = json.dumps({"error": {"rule": rule, "message": message, "field": None}}).encode()
        headers = [(b"content-type", b"application/json")]
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
