"""Malformed HTTP, seeded: requests of every sort, cut, mixed and mutated, from a stranger and from the owner's own browser."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import trio

WEBSOCKET = (
    "GET /events HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bKdPyn3u98cTfZJSh4TNeQ==\r\n\r\n"
)
OWNER = "Host: {host}\r\nOrigin: http://{host}\r\nCookie: {cookie}\r\n"
BASES = (
    "GET / HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "GET /api/status HTTP/1.1\r\n" + OWNER + "\r\n",
    "GET /api/search?q=%ff%00&limit=9&category=a&category=b HTTP/1.1\r\n" + OWNER + "\r\n",
    "GET /events HTTP/1.1\r\n" + OWNER + "\r\n",
    "GET /static/base.css HTTP/1.1\r\nHost: {host}\r\nIf-None-Match: \"x\"\r\n\r\n",
    "POST /session HTTP/1.1\r\n" + OWNER + 'Content-Length: 13\r\n\r\n{{"token":"x"}}',
    "POST /prefs HTTP/1.1\r\n" + OWNER + "Content-Type: application/x-www-form-urlencoded\r\n"
    "Content-Length: 23\r\n\r\nlang=fr&next=%2F%2Fevil",
    "POST /prefs HTTP/1.1\r\n" + OWNER + "Content-Type: multipart/form-data; boundary=b\r\n"
    'Content-Length: 71\r\n\r\n--b\r\nContent-Disposition: form-data; name="lang"; filename="x"\r\n\r\nfr\r\n',
    "POST /api/listings HTTP/1.1\r\n" + OWNER + "Transfer-Encoding: chunked\r\n\r\n5\r\n{{\"a\":\r\n0\r\n\r\n",
    "POST /api/pictures HTTP/1.1\r\n" + OWNER + "Content-Length: 8\r\nExpect: 100-continue\r\n\r\nGIF89a;;",
    "PUT /api/listings/x HTTP/1.1\r\n" + OWNER + "Content-Length: 99999999999999999999\r\n\r\nx",
    "DELETE /api/listings/x HTTP/1.1\r\n" + OWNER + "Connection: close\r\n\r\n",
    "GET http://evil/ HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "CONNECT x:1 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "HEAD /unlock HTTP/1.1\r\nHost: {host}\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
    "\x16\x03\x01\0\xa5",
    WEBSOCKET,
    WEBSOCKET + "x",
    WEBSOCKET + "\x81\x85\0\0\0\0hello",
    WEBSOCKET + "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff",
)  # fmt: skip
PIECES = (
    b"x", b"\r\n", b"\n", b"\0", b" ", b"\xff", b"%", b"Content-Length: 3\r\n", b"Upgrade: websocket\r\n",
    b"Connection: close\r\n", b"Transfer-Encoding: chunked\r\n", b"Host: evil\r\n", b"Cookie: a\r\n" * 50,
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    parts: tuple[bytes, ...]  # sent one after the other
    reads: bool  # waits a moment for an answer
    resets: bool  # ends without the usual farewell


def attacks(seed: int, count: int, host: str, cookie: str) -> Iterator[Attack]:
    """The same ones for the same arguments."""
    chance = random.Random(seed)
    bases = [base.format(host=host, cookie=cookie).encode("latin-1") for base in BASES]
    for _ in range(count):
        data = _mutated(chance.choice(bases), bases, chance)
        if chance.random() < 0.3:
            data += _mutated(chance.choice(bases), bases, chance)
        cut = chance.randrange(len(data)) if chance.random() < 0.3 and data else 0
        parts = (data[:cut], data[cut:]) if cut else (data,)
        yield Attack(parts, chance.random() < 0.5, chance.random() < 0.2)


def _mutated(base: bytes, bases: list[bytes], chance: random.Random) -> bytes:
    data = bytearray(base)
    for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
        at = chance.randrange(len(data) + 1)
        how = chance.random()
        if how < 0.3 and at < len(data):
            data[at] = chance.randrange(256)
        elif how < 0.6:
            data[at:at] = chance.choice((*PIECES, chance.randbytes(8)))
        elif how < 0.8:
            del data[at : at + chance.randrange(1, 9)]
        else:
            data += chance.choice(bases)
    return bytes(data)


async def carry_out(port: int, attack: Attack) -> None:
    """Nothing that the server does is an error here: it is judged afterwards."""
    try:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        try:
            with trio.move_on_after(5):
                for part in attack.parts:
                    await stream.send_all(part)
                    await trio.lowlevel.checkpoint()
            if attack.reads:
                with trio.move_on_after(0.05):
                    await stream.receive_some()
            if attack.resets:
                linger = b"\1\0\0\0\0\0\0\0"
                stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, linger)
        finally:
            await trio.aclose_forcefully(stream)
    except (OSError, trio.BrokenResourceError):
        pass
