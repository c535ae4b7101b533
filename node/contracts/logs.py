"""Logs of one contract in ranges of old and new blocks: bounded in blocks, count and size, and none that wasn't asked for."""

from collections.abc import Sequence

from node.contracts import answers
from node.contracts.answers import malformed
from node.contracts.rpc import Caller, RpcError

FIRST_SPAN = 2_000  # blocks in one request
MAX_SPAN = 50_000
MAX_LOGS = 4_000  # in one answer; a range with more is halved


class Logs:
    """`read` goes as far as one request does; how many blocks that are is learned from what is refused."""

    def __init__(self, rpc: Caller, contract: bytes):
        self._rpc = rpc
        self._contract = "0x" + contract.hex()
        self._span = FIRST_SPAN

    async def read(self, topics: Sequence[bytes], first: int, bound: int) -> tuple[int, list[dict]]:
        """(the last block that was read, logs with these first topics in the order of the chain). Raises Unavailable."""
        while True:
            last = min(bound, first + self._span - 1)
            try:
                logs = await self._range(topics, first, last)
            except RpcError:
                if first == last:
                    raise
                self._span = (last - first + 1) // 2
                continue
            self._span = min(self._span * 2, MAX_SPAN)
            return last, logs

    async def _range(self, topics: Sequence[bytes], first: int, last: int) -> list[dict]:
        asked = {
            "address": self._contract,
            "topics": ["0x" + topic.hex() for topic in topics],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        logs = await self._rpc.call("eth_getLogs", asked)
        if not isinstance(logs, list):
            raise malformed("logs are not a list")
        if len(logs) > MAX_LOGS:
            raise RpcError(0, f"more than {MAX_LOGS} logs in one answer")
        placed = {}
        for log in logs:
            place = self._admit(log, topics, first, last)
            if place in placed:
                raise malformed("two logs in one place")
            placed[place] = log
        return [placed[place] for place in sorted(placed)]

    def _admit(
        self, log: object, topics: Sequence[bytes], first: int, last: int
    ) -> tuple[int, int]:
        """Its place, if it is one that was asked for."""
        address, found = answers.member(log, "address"), answers.member(log, "topics")
        if not isinstance(address, str) or address.lower() != self._contract:
            raise malformed("a log of another contract")
        if not isinstance(found, list) or not len(topics) <= len(found) <= 4:
            raise malformed("a log's topics")
        if [answers.data(one, 32) for one in found[: len(topics)]] != list(topics):
            raise malformed("a log that wasn't asked for")
        block = answers.quantity(answers.member(log, "blockNumber"), answers.MAX_NUMBER)
        if not first <= block <= last:
            raise malformed("a log of another block")
        return block, answers.quantity(answers.member(log, "logIndex"), 1 << 32)
