"""Asking a chain's node that is slow, broken or hostile."""

import json
import logging

import httpx
import pytest
import trio

from node.contracts.rpc import MAX_ANSWER, TIMEOUT, TRIES, Rpc, RpcError
from node.protocol.errors import StateError, Unavailable

URL = "https://user:pass@node.example/v3/secret-key"


class Script(httpx.AsyncBaseTransport):
    """Answers in turn with what the test wrote; an exception is raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(json.loads(request.content))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return await answer()
        if isinstance(
            answer.stream, httpx.ByteStream
        ):  # to be read piece by piece, like a real one
            return httpx.Response(
                answer.status_code,
                headers=answer.headers,
                stream=httpx.ByteStream(b"".join(answer.stream)),
            )
        return answer


def result(value) -> httpx.Response:
    return httpx.Response(200, content=json.dumps({"jsonrpc": "2.0", "result": value}).encode())


def rpc(*answers) -> tuple[Rpc, Script]:
    script = Script(*answers)
    return Rpc(URL, transport=script), script


async def test_a_result_comes_back(autojump_clock):
    asked, script = rpc(result("0x1"))
    assert await asked.call("eth_chainId") == "0x1"
    assert script.requests[0]["method"] == "eth_chainId"
    assert script.requests[0]["params"] == []


async def test_what_the_node_refuses_is_raised_at_once(autojump_clock):
    error = {"code": 3, "message": "execution reverted", "data": "0x08c379a0"}
    asked, script = rpc(httpx.Response(200, json={"id": None, "error": error}))
    with pytest.raises(RpcError) as refused:
        await asked.call("eth_call", {})
    assert (refused.value.code, refused.value.reason, refused.value.data) == (
        3,
        "execution reverted",
        "0x08c379a0",
    )
    assert isinstance(refused.value, Unavailable)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
        httpx.Response(429),
        httpx.Response(503),
    ],
)
async def test_what_is_transient_is_tried_again_with_growing_pauses(trouble, autojump_clock):
    asked, script = rpc(trouble, trouble, result(7))
    before = trio.current_time()
    assert await asked.call("eth_blockNumber") == 7
    assert len(script.requests) == 3
    assert trio.current_time() - before == pytest.approx(0.25 + 0.5)


BUSY = [
    {"code": 429, "message": "Your app has exceeded its compute units per second capacity."},
    {"code": -32005, "message": "project ID request rate exceeded: daily request rate limit"},
    {"code": -32007, "message": "50/second request limit reached"},
    {"code": -32016, "message": "over rate limit"},
    {"code": -32029, "message": "Rate limit exceeded"},
    {"code": -32000, "message": "429 Too Many Requests"},
    {"code": -32001, "message": "You've reached the usage limit for your current plan."},
]


@pytest.mark.parametrize("error", BUSY)
async def test_who_is_asked_too_often_is_asked_again_later(error, autojump_clock):
    busy = httpx.Response(200, json={"id": None, "error": error})
    asked, script = rpc(busy, busy, result(7))
    before = trio.current_time()
    assert await asked.call("eth_blockNumber") == 7
    assert trio.current_time() - before == pytest.approx(0.25 + 0.5)
    asked, script = rpc(busy)
    with pytest.raises(Unavailable) as refused:
        await asked.call("eth_blockNumber")
    assert refused.value.rule == "chain.busy"
    assert len(script.requests) == TRIES


@pytest.mark.parametrize(
    "message",
    [
        "query returned more than 10000 results",
        "range of more than 5000 blocks",
        "eth_getLogs is limited to a 10,000 range",
        "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.",
    ],
)
async def test_too_much_at_once_is_no_reason_to_ask_the_same_again(message, autojump_clock):
    error = {"code": -32005, "message": message}
    asked, script = rpc(httpx.Response(200, json={"id": None, "error": error}))
    with pytest.raises(RpcError):
        await asked.call("eth_getLogs", {})
    assert len(script.requests) == 1


async def test_it_gives_up_in_the_end(autojump_clock):
    asked, script = rpc(httpx.ConnectError("refused"))
    with pytest.raises(Unavailable) as refused:
        await asked.call("eth_blockNumber")
    assert refused.value.rule == "chain.unreachable"
    assert len(script.requests) == TRIES


async def test_a_node_that_never_answers_costs_bounded_time(autojump_clock):
    asked, script = rpc(trio.sleep_forever)
    before = trio.current_time()
    with pytest.raises(Unavailable):
        await asked.call("eth_blockNumber")
    assert trio.current_time() - before < TRIES * TIMEOUT + 10
    assert len(script.requests) == TRIES


async def test_an_answer_that_drips_costs_bounded_time(autojump_clock):
    async def drip():
        while True:
            await trio.sleep(TIMEOUT / 4)
            yield b" "

    async def answer():
        return httpx.Response(200, content=drip())

    asked, _ = rpc(answer)
    before = trio.current_time()
    with pytest.raises(Unavailable):
        await asked.call("eth_blockNumber")
    assert trio.current_time() - before < TRIES * TIMEOUT + 10


async def test_an_endless_answer_costs_bounded_memory(autojump_clock):
    sent = 0

    async def flood():
        nonlocal sent
        while True:
            sent += 1 << 20
            yield b" " * (1 << 20)

    asked, _ = rpc(httpx.Response(200, content=flood()))
    with pytest.raises(RpcError):
        await asked.call("eth_getLogs", {})
    assert sent <= MAX_ANSWER + (2 << 20)


async def test_compressed_answers_are_not_unpacked(autojump_clock):
    import gzip

    packed = gzip.compress(json.dumps({"id": None, "result": "0x" + "0" * 10_000_000}).encode())
    headers = {"content-encoding": "gzip"}
    asked, _ = rpc(httpx.Response(200, headers=headers, stream=httpx.ByteStream(packed)))
    with pytest.raises(Unavailable):
        await asked.call("eth_getLogs", {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b"5",
        b"{}",
        b'{"id":1}',
        b'{"id":999,"result":1}',
        b'{"id":1,"error":null}',
        b"[" * 100_000,
        b'{"id":1,"result":' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
    ],
)
async def test_anything_but_json_rpc_is_unavailable(body, autojump_clock):
    asked, _ = rpc(httpx.Response(200, content=body))
    with pytest.raises(Unavailable):
        await asked.call("eth_chainId")


@pytest.mark.parametrize("error", ["no", [], 5, {}, {"code": "x", "message": 4}, True])
async def test_malformed_errors_are_still_refusals(error, autojump_clock):
    asked, _ = rpc(httpx.Response(200, json={"id": 1, "error": error}))
    with pytest.raises(RpcError):
        await asked.call("eth_chainId")


async def test_the_nodes_words_are_bounded_and_printable(autojump_clock):
    error = {"code": 1, "message": "\x1b[31m" + "x" * 10_000}
    asked, _ = rpc(httpx.Response(200, json={"id": 1, "error": error}))
    with pytest.raises(RpcError) as refused:
        await asked.call("eth_chainId")
    assert len(str(refused.value)) < 300
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("status", [301, 401, 403, 404])
async def test_other_statuses_are_unavailable(status, autojump_clock):
    headers = {"location": "http://127.0.0.1/elsewhere"}
    asked, script = rpc(httpx.Response(status, headers=headers, content=b"no"))
    with pytest.raises(Unavailable, match=str(status)):
        await asked.call("eth_chainId")
    assert len(script.requests) == 1


async def test_the_key_in_the_address_shows_nowhere(caplog, autojump_clock):
    caplog.set_level(logging.DEBUG)
    asked, _ = rpc(result(1), httpx.Response(404), httpx.ConnectError(URL))
    await asked.call("eth_chainId")
    texts = [repr(asked)]
    for _ in range(2):
        with pytest.raises(Unavailable) as refused:
            await asked.call("eth_chainId")
        texts.append(repr(refused.value) + repr(refused.value.__context__))
    assert not any("secret-key" in text for text in [*texts, caplog.text])


@pytest.mark.parametrize("url", ["", "node.example", "ftp://node.example", "http://"])
def test_an_address_that_is_none(url):
    with pytest.raises(StateError):
        Rpc(url)
