"""Blocks by tag and by number. What following makes of them: test_follower_trouble."""

import pytest

from node.contracts.blocks import Blocks
from node.contracts.rpc import RpcError
from node.protocol.errors import Unavailable

ZERO = "0x" + "00" * 32


class Node:
    """A block in ten seconds; `tags` has numbers, or errors to raise."""

    def __init__(self, head: int | None = 100, **tags: object):
        self.head, self.tags, self.asked = head, tags, 0

    async def call(self, method, tag, whole):
        assert (method, whole) == ("eth_getBlockByNumber", False)
        self.asked += 1
        number = self.head if tag == "latest" else self.tags.get(tag)
        number = int(tag, 16) if tag.startswith("0x") and number is None else number
        if isinstance(number, Exception):
            raise number
        if number is None:
            return None
        header = {"number": hex(number), "timestamp": hex(10 * number)}
        return header | {"hash": ZERO, "parentHash": ZERO}


def blocks(node: Node) -> Blocks:
    return Blocks(node, 5, 9)


async def test_there_is_a_latest_one():
    assert (await blocks(Node()).latest()).number == 100
    with pytest.raises(Unavailable):
        await blocks(Node(None)).latest()


async def test_another_than_asked_for_is_malformed():
    with pytest.raises(Unavailable, match="another block"):
        await blocks(Node(**{"0x7": 8})).named("0x7")


@pytest.mark.parametrize(
    "answer, number",
    [(90, 90), (101, 100), (None, 95), (RpcError(-32000, "safe block not found"), 95)],
)
async def test_a_tag_or_a_depth_in_its_place(answer, number):
    some = blocks(Node(safe=answer))
    assert await some.mark("safe", await some.latest()) == number


async def test_a_tag_that_was_known_once_is_missed():
    node = Node(safe=90)
    some = blocks(node)
    head = await some.latest()
    await some.mark("safe", head)
    node.tags = {}
    with pytest.raises(Unavailable):
        await some.mark("safe", head)


async def test_a_refusal_for_another_reason_is_passed_on():
    some = blocks(Node(safe=RpcError(-32000, "too busy")))
    with pytest.raises(RpcError):
        await some.mark("safe", await some.latest())


@pytest.mark.parametrize("time, number", [(0, 3), (400, 40), (409, 40), (99_999, 100)])
async def test_the_last_block_at_a_time(time, number):
    node = Node()
    assert await blocks(node).at(time, 3) == number
    assert node.asked <= 9
