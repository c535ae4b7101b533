import socket

import pytest
import trio
import trio.testing

from node.web import server
from node.web.server import serve
from tests.web.conftest import exchange, parse, serving

HOST = b"Host: x\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
WEBSOCKET = (
    b"GET / HTTP/1.1\r\n" + HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bKdPyn3u98cTfZJSh4TNeQ==\r\n\r\n"
)


async def hello(scope, receive, send):
    """Answers when the whole body has come."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]}
    )
    await send({"type": "http.response.body", "body": b"hello"})


async def test_it_answers_on_both_loopback_addresses():
    async with serving(hello) as port:
        for family in (socket.AF_INET, socket.AF_INET6):
            answer = parse(await exchange(port, GET, family=family))
            assert (answer.status, answer.body) == (200, b"hello")
            assert "server" not in answer.headers


@pytest.mark.parametrize(
    "hostile",
    [
        WEBSOCKET + b"x",  # hypercorn issue 225: ends the whole server where nothing guards it
        WEBSOCKET + b"\x81\x85\0\0\0\0hello",
        WEBSOCKET.replace(b"13", b"12") + b"xxxx",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0",
        b"GET / HTTP/1.1\r\n" + HOST + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        b"GET /%00%ff%zz?\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\0\xa5",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
)
async def test_a_hostile_connection_harms_no_other(hostile):
    async with serving(hello) as port:
        await exchange(port, hostile)
        assert parse(await exchange(port, GET)).status == 200


async def test_a_connection_that_breaks_hypercorn_is_dropped_and_logged(monkeypatch, caplog):
    async def broken(self, event):
        raise ValueError("a fault that we don't know yet")

    async with serving(hello) as port:
        with monkeypatch.context() as patch:
            patch.setattr(server.Protocol, "_create_stream", broken)
            assert await exchange(port, GET) == b""
        assert "a fault that we don't know yet" in caplog.text
        assert parse(await exchange(port, GET)).status == 200


async def test_neither_websockets_nor_http_2_are_spoken():
    async with serving(hello) as port:
        assert parse(await exchange(port, WEBSOCKET)).status == 400
        assert parse(await exchange(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).status == 505
        offered = GET.replace(b"close\r\n", b"close\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n")
        assert parse(await exchange(port, offered)).status == 200


async def test_a_head_is_bounded_in_size():
    head = b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * server.MAX_HEAD + b"\r\n\r\n"
    async with serving(hello) as port:
        assert parse(await exchange(port, head)).status == 431


async def test_a_head_that_trickles_in_ends_the_connection(monkeypatch):
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.2)
    async with serving(hello) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n")
            with trio.fail_after(5):
                assert await stream.receive_some() == b""


async def test_a_client_that_takes_nothing_is_dropped(monkeypatch):
    monkeypatch.setattr(server, "SEND_SECONDS", 0.2)
    ended = trio.Event()

    async def flood(scope, receive, send):
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(1000):
                await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})
        finally:
            ended.set()

    async with serving(flood) as port:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        async with stream:
            await stream.send_all(GET)
            with trio.fail_after(20):
                await ended.wait()


async def test_more_connections_than_there_are_places_are_closed(monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    async with serving(hello) as port:
        held = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(2)]
        for stream in held:
            await stream.send_all(b"GET / HTTP/1.1\r\n")
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert await exchange(port, GET) == b""
        for stream in held:
            await stream.aclose()
        with trio.fail_after(5):
            while not await exchange(port, GET):
                await trio.sleep(0.01)


@pytest.mark.parametrize("second", [GET, b"x", GET.replace(b"close", b"keep-alive") * 3])
async def test_who_asks_again_and_leaves_before_the_answer_frees_the_place(monkeypatch, second):
    """hypercorn's reader pauses at a second request, and would not wake for a connection that is lost meanwhile."""
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 2)
    left = trio.Event()

    async def long(scope, receive, send):
        await left.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(100):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    async with serving(long) as port:
        for _ in range(2):
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.send_all(GET.replace(b"close", b"keep-alive") + second)
            await trio.testing.wait_all_tasks_blocked(0.05)
            await trio.aclose_forcefully(stream)
        left.set()
        with trio.fail_after(10):
            while not await exchange(port, GET):
                await trio.sleep(0.01)


async def test_a_connection_ends_after_its_last_request_though_more_were_sent(monkeypatch):
    monkeypatch.setattr(server, "REQUESTS_PER_CONNECTION", 1)
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 1)
    async with serving(hello) as port:
        answers = await exchange(port, GET.replace(b"close", b"keep-alive") * 5)
        assert answers.count(b"hello") == 1
        with trio.fail_after(5):
            while not await exchange(port, GET):
                await trio.sleep(0.01)


async def test_stopping_lets_a_request_under_way_end():
    stopping, entered, go_on = trio.Event(), trio.Event(), trio.Event()

    async def slow(scope, receive, send):
        entered.set()
        await go_on.wait()
        await hello(scope, receive, send)

    answers = []
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            port = await nursery.start(serve, slow, 0, stopping)

            async def ask():
                answers.append(await exchange(port, GET))

            nursery.start_soon(ask)
            await entered.wait()
            stopping.set()
            go_on.set()
    assert parse(answers[0]).body == b"hello"
    with pytest.raises(OSError):
        await trio.open_tcp_stream("127.0.0.1", port)


async def test_a_request_that_never_ends_does_not_hold_the_node(monkeypatch):
    monkeypatch.setattr(server, "GRACE_SECONDS", 0.1)

    async def endless(scope, receive, send):
        await trio.sleep_forever()

    stopping = trio.Event()
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            port = await nursery.start(serve, endless, 0, stopping)
            stream = await trio.open_tcp_stream("127.0.0.1", port)
            await stream.send_all(GET)
            await trio.testing.wait_all_tasks_blocked(0.05)
            stopping.set()
        await stream.aclose()


async def test_a_taken_port_is_an_error():
    async with serving(hello) as port:
        with pytest.raises(OSError):
            await serve(hello, port, trio.Event())


async def test_another_hypercorn_is_refused(monkeypatch):
    monkeypatch.setattr(server, "HYPERCORN", "0.17.0")
    with pytest.raises(RuntimeError, match=r"0\.17\.0"):
        await serve(hello, 0, trio.Event())
