"""Logs in ranges: as many blocks as are given, and none that wasn't asked for."""

import pytest

from node.contracts import logs as module
from node.contracts.logs import FIRST_SPAN, MAX_LOGS, MAX_SPAN, Logs
from node.contracts.rpc import RpcError
from node.protocol.errors import Unavailable

CONTRACT = b"\xca" * 20
TOPICS = (b"\x01" * 32, b"\x02" * 32)


def log(block: int, index: int = 0, **changes) -> dict:
    return {
        "address": "0x" + CONTRACT.hex().upper(),
        "topics": ["0x" + topic.hex() for topic in (*TOPICS, b"\x03" * 32)],
        "blockNumber": hex(block),
        "logIndex": hex(index),
        **changes,
    }


class Node:
    """Refuses more blocks than `most` in one answer."""

    def __init__(self, *logs: object, most: int = 1 << 40):
        self.logs, self.most, self.asked = logs, most, []

    async def call(self, method, where):
        assert method == "eth_getLogs"
        first, last = int(where["fromBlock"], 16), int(where["toBlock"], 16)
        self.asked.append((first, last))
        if last - first + 1 > self.most:
            raise RpcError(-32005, "block range too large")
        return list(self.logs)


async def test_the_question_names_contract_topics_and_blocks():
    node = Node(log(5, 1), log(5, 0), log(4, 9))
    last, found = await Logs(node, CONTRACT).read(TOPICS, 3, 10)
    assert (last, node.asked) == (10, [(3, 10)])
    assert [(one["blockNumber"], one["logIndex"]) for one in found] == [
        *(("0x4", "0x9"), ("0x5", "0x0"), ("0x5", "0x1")),
    ]


async def test_the_range_shrinks_until_it_is_given_and_grows_again():
    node = Node(most=300)
    logs = Logs(node, CONTRACT)
    last, _ = await logs.read(TOPICS, 0, 10_000)
    assert last == FIRST_SPAN // 8 - 1
    node.most = 1 << 40
    for _ in range(20):
        last, _ = await logs.read(TOPICS, last + 1, 1 << 30)
    assert max(b - a + 1 for a, b in node.asked) == MAX_SPAN


async def test_a_single_block_that_is_refused_ends_it():
    node = Node(most=0)
    with pytest.raises(RpcError):
        await Logs(node, CONTRACT).read(TOPICS, 7, 70_000)
    assert node.asked[-1] == (7, 7) and len(node.asked) < 20


async def test_too_many_logs_halve_the_range():
    node = Node(*[log(5, index) for index in range(MAX_LOGS + 1)])
    with pytest.raises(RpcError, match="logs in one answer"):
        await Logs(node, CONTRACT).read(TOPICS, 5, 8)
    assert node.asked == [(5, 8), (5, 6), (5, 5)]


@pytest.mark.parametrize(
    "answer",
    [
        log(2),
        log(11),
        log(5, address="0x" + "ab" * 20),
        log(5, address=None),
        log(5, topics=[]),
        log(5, topics=["0x" + TOPICS[0].hex()]),
        log(5, topics=["0x" + TOPICS[0].hex(), "0x" + "09" * 32]),
        log(5, topics=["0x" + topic.hex() for topic in (*TOPICS, *TOPICS, *TOPICS)]),
        log(5, topics="0x"),
        log(5, blockNumber=5),
        log(5, logIndex="0x" + "f" * 20),
        {},
        None,
        7,
    ],
)
async def test_what_was_not_asked_for_is_malformed(answer):
    with pytest.raises(Unavailable) as refused:
        await Logs(Node(log(4), answer), CONTRACT).read(TOPICS, 3, 10)
    assert refused.value.rule == "chain.answer"


async def test_two_in_one_place_are_malformed():
    with pytest.raises(Unavailable, match="one place"):
        await Logs(Node(log(4), log(4)), CONTRACT).read(TOPICS, 3, 10)


@pytest.mark.parametrize("answer", [None, {}, "0x", 5])
async def test_no_list_is_malformed(answer):
    class Odd:
        async def call(self, *_):
            return answer

    with pytest.raises(Unavailable):
        await module.Logs(Odd(), CONTRACT).read(TOPICS, 3, 10)
