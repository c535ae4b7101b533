"""Reading pledges: from where, how far, what is remembered, and a log that was left out."""

import pytest
from eth_abi import encode

from node.contracts import campaign_abi as abi
from node.contracts import pledges as module
from node.contracts.blocks import Blocks
from node.contracts.logs import Logs
from node.contracts.pledges import MAX_QUESTIONS, MAX_REMEMBERED, Pledges
from node.contracts.rpc import RpcError
from node.protocol.errors import Unavailable

CONTRACT = b"\xca" * 20
ID = b"\x1d" * 32
ZERO = "0x" + "00" * 32


class Node:
    """A chain of a block in ten seconds, in which (block, amount) were pledged."""

    def __init__(self, head: int, *pledged: tuple[int, int], safe: int | None = None, most=1 << 40):
        self.head, self.pledged, self.safe, self.most = head, list(pledged), safe, most
        self.ranges: list[tuple[int, int]] = []
        self.left_out: set[int] = set()

    async def call(self, method, *params):
        if method == "eth_getBlockByNumber":
            tags = {"latest": self.head, "safe": self.head - 5 if self.safe is None else self.safe}
            number = tags[params[0]] if params[0] in tags else int(params[0], 16)
            header = {"number": hex(number), "timestamp": hex(1_000 + 10 * number)}
            return header | {"hash": ZERO, "parentHash": ZERO}
        assert method == "eth_getLogs"
        first, last = (int(params[0][name], 16) for name in ("fromBlock", "toBlock"))
        self.ranges.append((first, last))
        if last - first + 1 > self.most:
            raise RpcError(-32005, "too many blocks")
        id = bytes.fromhex(params[0]["topics"][1][2:])
        return [log for block, log in self.logs(id) if first <= block <= last]

    def logs(self, id):
        raised = 0
        for place, (block, amount) in enumerate(self.pledged):
            raised += amount
            topics = (abi.PLEDGED, id, bytes(12) + b"\xba" * 20, place.to_bytes(32, "big"))
            if place not in self.left_out:
                yield (
                    block,
                    {
                        "address": "0x" + CONTRACT.hex(),
                        "topics": ["0x" + one.hex() for one in topics],
                        "data": "0x" + encode(["uint256"] * 2, [amount, raised]).hex(),
                        "blockNumber": hex(block),
                        "blockHash": ZERO,
                        "logIndex": hex(place),
                        "transactionHash": ZERO,
                    },
                )


def reader(node: Node) -> Pledges:
    return Pledges(Blocks(node, 32, 64), Logs(node, CONTRACT))


async def test_they_are_read_from_the_time_that_is_named():
    node = Node(1_000, (500, 3), (700, 4))
    found = await reader(node).read(ID, 10, 1_000 + 10 * 400 + 5)
    assert [(one.amount, one.raised, one.block) for one in found] == [(3, 3, 500), (4, 7, 700)]
    assert node.ranges[0][0] == 400


async def test_no_more_than_the_limit():
    node = Node(1_000, *[(100 + n, 1) for n in range(50)])
    some = reader(node)
    assert [one.raised for one in await some.read(ID, 3, 0)] == [1, 2, 3]
    asked = len(node.ranges)
    assert len(await some.read(ID, 50, 0)) == 50
    assert len(await some.read(ID, 7, 0)) == 7
    assert len(node.ranges) >= asked


async def test_what_is_safe_is_read_once_and_what_is_not_again():
    node = Node(100, (10, 1), (99, 2), safe=90)
    some = reader(node)
    assert len(await some.read(ID, 10, 0)) == 2
    node.ranges.clear()
    node.pledged = [(10, 1), (98, 5)]  # a reorganisation
    assert [one.amount for one in await some.read(ID, 10, 0)] == [1, 5]
    assert node.ranges == [(91, 100)]


@pytest.mark.parametrize("missing", [0, 1])
async def test_a_log_that_was_left_out_shows_by_the_sum(missing):
    node = Node(100, (10, 1), (20, 2), (99, 3), safe=90)
    node.left_out = {missing}
    some = reader(node)
    with pytest.raises(Unavailable, match="left out") as refused:
        await some.read(ID, 10, 0)
    assert refused.value.rule == "chain.answer"
    node.left_out = set()  # nothing wrong is remembered
    assert len(await some.read(ID, 10, 0)) == 3


async def test_what_was_safe_and_is_replaced_after_all_is_read_anew():
    node = Node(100, (10, 1), safe=90)
    some = reader(node)
    await some.read(ID, 10, 0)
    node.pledged = [(10, 7), (95, 1)]
    with pytest.raises(Unavailable):
        await some.read(ID, 10, 0)
    assert [one.raised for one in await some.read(ID, 10, 0)] == [7, 8]


async def test_a_long_way_is_gone_in_several_questions():
    length = 3 * MAX_QUESTIONS
    node = Node(length, (length - 20, 1), safe=length - 1, most=1)
    some = reader(node)
    tries = 0
    while True:
        try:
            found = await some.read(ID, 10, 0)
            break
        except Unavailable as refused:
            assert refused.rule == "chain.reading"
            tries += 1
            assert tries < 10
    assert tries >= 2 and len(found) == 1


async def test_few_campaigns_are_remembered(monkeypatch):
    node = Node(100)
    some = reader(node)
    for n in range(MAX_REMEMBERED + 5):
        await some.read(n.to_bytes(32, "big"), 1, 0)
    assert len(some._readings) == MAX_REMEMBERED


async def test_few_pledges_are_remembered(monkeypatch):
    monkeypatch.setattr(module, "MAX_HELD", 25)
    some = reader(Node(100, *[(n, 1) for n in range(1, 11)]))
    for n in range(5):
        await some.read(n.to_bytes(32, "big"), 1_000, 0)
    assert len(some._readings) == 2


async def test_no_more_than_the_most_is_told(monkeypatch):
    monkeypatch.setattr(module, "MAX_PLEDGES", 4)
    node = Node(100, *[(n, 1) for n in range(1, 20)])
    assert len(await reader(node).read(ID, 1_000_000, 0)) == 4
