"""A chain whose blocks tests replace at will, behind the JSON-RPC methods that following needs, and a fold of what is told."""

import random
from contextlib import aclosing

import trio
from eth_hash.auto import keccak

from node.contracts import abi
from node.contracts.follower import Follower
from node.contracts.rpc import RpcError

CONTRACT = bytes.fromhex("e5c0" * 10)
SINCE = 3


class FakeChain:
    """The JSON-RPC methods that following needs, over blocks that tests replace at will."""

    def __init__(self, seed: int = 0):
        self.random = random.Random(seed)
        self.blocks: list[dict] = []
        self.logs: dict[str, list[dict]] = {}  # by block hash
        self.branches: dict[str, dict] = {}  # every block that ever was, by hash
        self.salt = 0
        self.tags: dict[str, int] | None = {"safe": 2, "finalized": 4}
        self.refusal: Exception | None = RpcError(-32602, "unknown tag")  # for others
        self.most_logs = 1_000_000  # in a range; more is refused
        self.trouble: list[Exception] = []  # raised by the next calls
        self.asked: list[tuple] = []
        self.before = lambda method, params: None
        self.after = lambda method, params: None
        self.remembers = bool(seed % 2)  # answers for blocks that are no longer on the chain
        self.grow(SINCE)

    def grow(self, count: int = 1, events: int | None = None) -> None:
        for _ in range(count):
            self.salt += 1
            number = len(self.blocks)
            parent = self.blocks[-1]["hash"] if self.blocks else "0x" + "00" * 32
            hash = "0x" + keccak(f"{self.salt}".encode()).hex()
            block = {
                "number": hex(number),
                "hash": hash,
                "parentHash": parent,
                "timestamp": hex(1_800_000_000 + number),
            }
            self.blocks.append(block)
            self.branches[hash] = block
            many = self.random.choice([0, 0, 0, 1, 2]) if events is None else events
            many = many if number >= SINCE else 0
            self.logs[hash] = [self._log(block, index) for index in range(many)]

    def _log(self, block: dict, index: int) -> dict:
        self.salt += 1
        return {
            "address": "0x" + CONTRACT.hex(),
            "topics": ["0x" + abi.DELIVERED.hex(), "0x" + self.salt.to_bytes(32, "big").hex()],
            "data": "0x" + (99).to_bytes(32, "big").hex(),
            "blockNumber": block["number"],
            "blockHash": block["hash"],
            "transactionHash": "0x" + keccak(f"tx {self.salt}".encode()).hex(),
            "logIndex": hex(index),
        }

    def cut(self, depth: int) -> None:
        del self.blocks[max(1, len(self.blocks) - depth) :]

    def reorg(self, depth: int, growth: int) -> None:
        self.cut(depth)
        self.grow(growth)

    @property
    def head(self) -> int:
        return len(self.blocks) - 1

    def truth(self) -> list[tuple]:
        """What a scan from scratch gives."""
        return [
            (int(log["blockNumber"], 16), log["blockHash"], int(log["topics"][1], 16))
            for block in self.blocks[SINCE:]
            for log in self.logs[block["hash"]]
        ]

    async def call(self, method: str, *params: object) -> object:
        await trio.lowlevel.checkpoint()
        self.asked.append((method, *params))
        self.before(method, params)
        if self.trouble:
            raise self.trouble.pop(0)
        answer = getattr(self, method)(*params)
        self.after(method, params)
        return answer

    def eth_getBlockByNumber(self, tag: str, full: bool) -> dict | None:
        assert full is False
        if tag == "latest":
            return self.blocks[-1]
        if tag in ("safe", "finalized"):
            if self.tags is not None:
                return self.blocks[max(0, self.head - self.tags[tag])]
            if isinstance(self.refusal, RpcError):
                raise RpcError(self.refusal.code, self.refusal.reason.format(tag=tag))
            if self.refusal is not None:
                raise self.refusal
            return None
        number = int(tag, 16)
        return self.blocks[number] if number <= self.head else None

    def eth_getBlockByHash(self, hash: str, full: bool) -> dict | None:
        return self.branches.get(hash)

    def eth_getLogs(self, wanted: dict) -> list[dict]:
        assert wanted["address"] == "0x" + CONTRACT.hex()
        if "blockHash" in wanted:
            block = self.branches[wanted["blockHash"]]
            if block not in self.blocks and not self.remembers:
                raise RpcError(-32000, "unknown block")
            return self.logs[wanted["blockHash"]]
        first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
        found = [log for block in self.blocks[first : last + 1] for log in self.logs[block["hash"]]]
        if len(found) > self.most_logs:
            raise RpcError(-32005, "too many results")
        return found


def told(event) -> tuple:
    """As in `FakeChain.truth`."""
    where = event.where
    return where.block, "0x" + where.block_hash.hex(), int.from_bytes(event.id, "big")


class Fold:
    """A store's memory of the updates."""

    def __init__(self, window: list | None = None, events: list | None = None):
        self.window = window or []
        self.events = events or []
        self.updates: list = []

    def apply(self, update) -> None:
        keep_to = -1 if update.reset else update.keep_to
        self.window = [one for one in self.window if one[0] <= keep_to]
        self.events = [event for event in self.events if event[0] <= keep_to]
        numbers = [block.number for block in update.blocks]
        assert numbers == sorted(set(numbers))
        assert all(number > update.keep_to for number in numbers)
        assert {event.where.block_hash for event in update.events} <= {
            b.hash for b in update.blocks
        }
        assert 0 <= update.final <= update.safe <= update.head.number
        self.window += [(block.number, block.hash) for block in update.blocks]
        self.events += map(told, update.events)
        self.updates.append(update)

    @property
    def resets(self) -> int:
        return sum(update.reset for update in self.updates)


def follower(chain: FakeChain) -> Follower:
    return Follower(
        chain,
        CONTRACT,
        abi.EVENT_TOPICS,
        abi.event,
        since=SINCE,
        safe_depth=5,
        final_depth=9,
        poll=1.0,
    )


async def catch_up(chain: FakeChain, fold: Fold, following: Follower | None = None) -> Follower:
    """Follow until the fold stands at the head, or what is there has been told."""
    following = following or follower(chain)
    with trio.fail_after(10_000):  # of the test clock
        async with aclosing(following.updates(fold.window)) as updates:
            async for update in updates:
                fold.apply(update)
                last = fold.window[-1] if fold.window else None
                head = chain.blocks[-1]
                if last == (chain.head, bytes.fromhex(head["hash"][2:])):
                    return following
    raise AssertionError("following ended")


async def assert_trouble(chain: FakeChain) -> None:
    """Nothing is told and nothing is raised."""
    following = follower(chain)
    with trio.move_on_after(30):
        async with aclosing(following.updates([])) as updates:
            await anext(updates)
            raise AssertionError("told")
    assert following.trouble
