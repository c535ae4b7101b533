"""Following: whatever the chain does, folding the updates gives what a scan from scratch would."""

import itertools
import random
from contextlib import aclosing

import pytest
import trio
from eth_hash.auto import keccak

from node.contracts import abi
from node.contracts.deploy import deploy_market
from node.contracts.escrow import EvmEscrow
from node.contracts.follower import LAG_PATIENCE, WINDOW, YOUNG, Follower
from node.contracts.rpc import Rpc, RpcError
from node.devchain.accounts import KEYS
from node.protocol.errors import Unavailable
from node.protocol.escrow import DAY, NO_PAYEES, NOBODY, Terms, address_of
from tests.chains import post, start_anvil

CONTRACT = bytes.fromhex("e5c0" * 10)
SINCE = 3
SEEDS = 120
LIMIT = 30.0  # seconds for a real chain on a busy machine


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
            if self.tags is None and self.refusal is None:
                return None
            if self.tags is None and isinstance(self.refusal, RpcError):
                raise RpcError(self.refusal.code, self.refusal.reason.format(tag=tag))
            if self.tags is None:
                raise self.refusal
            return self.blocks[max(0, self.head - self.tags[tag])]
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
        self.events += [
            (
                event.where.block,
                "0x" + event.where.block_hash.hex(),
                int.from_bytes(event.id, "big"),
            )
            for event in update.events
        ]
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


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_random_reorganisations(seed, autojump_clock):
    chain, fold = FakeChain(seed), Fold()
    chooser = random.Random(seed)
    chain.most_logs = chooser.choice([3, 20, 1_000_000])
    chain.grow(chooser.choice([1, 10, YOUNG + 40, 2 * YOUNG]))
    await catch_up(chain, fold)
    assert fold.events == chain.truth()
    for _ in range(6):
        match chooser.randrange(5):
            case 0:
                chain.grow(chooser.randrange(1, YOUNG + 20))
            case 1:
                depth = chooser.randrange(1, 8)
                chain.reorg(depth, depth + chooser.randrange(0, 4))
            case 2:  # deeper than what is followed one by one
                depth = chooser.randrange(YOUNG, 2 * YOUNG)
                chain.reorg(depth, depth + chooser.randrange(0, 40))
            case 3:  # the whole past, window and all
                chain.reorg(chain.head, chain.head + chooser.randrange(0, 9))
            case 4:
                chain.reorg(3, chooser.randrange(1, 3))  # shorter than before
        if chain.head < SINCE:
            chain.grow(SINCE)
        await catch_up(chain, fold)
        assert fold.events == chain.truth()
        assert fold.window == sorted(fold.window)


@pytest.mark.parametrize("seed", range(20))
async def test_reorganisations_while_looking(seed, autojump_clock):
    """The chain moves between any two questions, and every answer may fail."""
    chain, fold = FakeChain(seed), Fold()
    chain.grow(YOUNG + 60)
    chooser = random.Random(seed)

    def disturb(method, params):
        match chooser.randrange(24):
            case 0:
                chain.reorg(chooser.randrange(1, 6), 6)
            case 1:
                chain.grow()
            case 2:
                chain.trouble.append(Unavailable("chain.unreachable", "gone"))
            case 3:
                chain.trouble.append(RpcError(-32000, "header not found"))

    chain.before = disturb
    following = follower(chain)
    async with aclosing(following.updates([])) as updates:
        for _ in range(25):
            fold.apply(await anext(updates))
    chain.before = lambda method, params: None
    chain.grow()
    await catch_up(chain, fold)
    assert fold.events == chain.truth()


@pytest.mark.parametrize("question", ["eth_getBlockByNumber", "eth_getBlockByHash", "eth_getLogs"])
@pytest.mark.parametrize("nth", range(1, 12, 2))
async def test_a_deep_reorganisation_just_after_an_answer(question, nth, autojump_clock):
    """Ranges and single blocks alike: nothing of the old branch stays."""
    chain, fold = FakeChain(1), Fold()
    chain.grow(YOUNG + 30, events=1)
    count = 0

    def strike(method, params):
        nonlocal count
        count += method == question
        if count == nth and method == question:
            chain.reorg(chain.head - SINCE, chain.head - SINCE + 1)

    chain.after = strike
    await catch_up(chain, fold)
    await catch_up(chain, fold)
    assert fold.events == chain.truth()


async def test_a_reorganisation_deeper_than_the_window_comes_again_from_the_start(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(30)
    await catch_up(chain, fold)
    chain.reorg(chain.head, chain.head + 5)
    await catch_up(chain, fold)
    assert fold.resets == 1
    assert fold.events == chain.truth()


async def test_a_shallow_reorganisation_keeps_what_stands(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(30)
    await catch_up(chain, fold)
    first = len(fold.updates)
    standing = chain.head - 4
    chain.reorg(4, 5)
    await catch_up(chain, fold)
    assert fold.updates[first].keep_to == standing
    assert fold.resets == 0


async def test_goes_on_after_a_restart_without_asking_for_old_logs(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(200)
    await catch_up(chain, fold)
    chain.grow(3)
    chain.asked.clear()
    await catch_up(chain, fold)
    assert sum(method == "eth_getLogs" for method, *_ in chain.asked) == 3
    assert fold.events == chain.truth()


async def test_following_anew_tells_the_head_again(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(10)
    following = await catch_up(chain, fold)
    with trio.fail_after(60):
        async with aclosing(following.updates(fold.window)) as updates:
            update = await anext(updates)
    assert (update.blocks, update.head.number) == ((), chain.head)


async def test_old_blocks_come_in_ranges_that_shrink_when_refused(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(400, events=1)
    chain.most_logs = 10
    await catch_up(chain, fold)
    assert fold.events == chain.truth()
    spans = [
        int(asked[0]["toBlock"], 16) - int(asked[0]["fromBlock"], 16)
        for method, *asked in chain.asked
        if method == "eth_getLogs" and "fromBlock" in asked[0]
    ]
    assert max(spans) > 100
    assert min(spans) <= 10


async def test_no_block_is_told_by_halves(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(90, events=3)
    await catch_up(chain, fold)
    for update in fold.updates:
        blocks = {event.where.block for event in update.events}
        assert all(sum(e.where.block == block for e in update.events) == 3 for block in blocks)


async def test_depths_stand_in_for_missing_tags(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.tags = None
    chain.grow(20)
    await catch_up(chain, fold)
    assert fold.updates[-1].safe == chain.head - 5
    assert fold.updates[-1].final == chain.head - 9


@pytest.mark.parametrize(
    "answer",
    [
        None,
        RpcError(-32000, "{tag} block not found"),
        RpcError(-39001, "Unknown block"),
        RpcError(-32000, 'block "{tag}" not available (head block: 20)'),
        RpcError(-32602, "invalid argument 0: hex string without 0x prefix"),
    ],
)
async def test_how_nodes_say_that_they_have_no_such_block(answer, autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.tags, chain.refusal = None, answer
    chain.grow(20)
    await catch_up(chain, fold)
    assert fold.updates[-1].safe == chain.head - 5
    assert fold.updates[-1].final == chain.head - 9


@pytest.mark.parametrize(
    "error",
    [
        RpcError(-32005, "limit exceeded"),
        RpcError(-32603, "internal error"),
        RpcError(-32000, "header not found"),
        Unavailable("chain.busy", "asked too often"),
    ],
)
async def test_any_other_refusal_is_trouble_and_no_reason_to_believe_depths(error, autojump_clock):
    chain = FakeChain()
    chain.tags, chain.refusal = None, error
    chain.grow(20)
    await assert_trouble(chain)


@pytest.mark.parametrize("answer", [None, RpcError(-39001, "Unknown block")])
async def test_tags_that_were_there_once_are_waited_for(answer, autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(20)
    following = await catch_up(chain, fold)
    tags, chain.tags, chain.refusal = chain.tags, None, answer
    chain.grow(1)
    with trio.move_on_after(30):
        async with aclosing(following.updates(fold.window)) as updates:
            await anext(updates)
            raise AssertionError("told")
    assert following.trouble
    chain.tags = tags
    await catch_up(chain, fold, following)
    assert fold.updates[-1].safe == chain.head - 2


async def test_a_final_block_ahead_of_the_head_is_not_believed(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.tags = {"safe": 3, "finalized": 1}  # final above safe
    chain.grow(20)
    await catch_up(chain, fold)
    assert fold.updates[-1].final == fold.updates[-1].safe == chain.head - 3


async def test_trouble_is_shown_and_ends(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(5)
    following = follower(chain)
    chain.trouble = [Unavailable("chain.unreachable", "no answer") for _ in range(5)]
    seen = []
    chain.before = lambda method, params: seen.append(following.trouble)
    await catch_up(chain, fold, following)
    assert "no answer" in seen
    assert following.trouble is None
    assert fold.events == chain.truth()


async def test_pauses_grow_while_there_is_trouble(autojump_clock):
    chain = FakeChain()
    times = []

    def note(method, params):
        times.append(trio.current_time())
        chain.trouble = [Unavailable("chain.unreachable", "no answer")]

    chain.before = note
    with trio.move_on_after(500):
        async with aclosing(follower(chain).updates([])) as updates:
            await anext(updates)
    pauses = [round(b - a) for a, b in itertools.pairwise(times)]
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]


async def test_a_lagging_node_behind_the_same_address_undoes_nothing(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(30)
    following = await catch_up(chain, fold)
    ahead = chain.blocks
    lagging = ahead[:-3]
    looks = 0

    def alternate(method, params):
        nonlocal looks
        if params[0] == "latest":
            looks += 1
            chain.blocks = ahead if looks % LAG_PATIENCE == 0 else lagging

    chain.before = alternate
    with trio.move_on_after(60):
        async with aclosing(following.updates(fold.window)) as updates:
            async for update in updates:
                assert update.keep_to == len(ahead) - 1


@pytest.mark.parametrize(
    "answer",
    [
        None,
        5,
        [],
        {},
        {"number": "0x-1", "hash": "0x", "parentHash": "0x", "timestamp": "0x1"},
        {"number": "0x" + "f" * 64, "hash": "0x" + "11" * 32, "parentHash": 4, "timestamp": "0x1"},
        {"number": "5", "hash": "0x" + "zz" * 32, "parentHash": "0x", "timestamp": []},
    ],
)
async def test_malformed_blocks_are_trouble(answer, autojump_clock):
    chain = FakeChain()
    chain.grow(5)
    chain.eth_getBlockByNumber = lambda tag, full: answer
    await assert_trouble(chain)


@pytest.mark.parametrize(
    "change",
    [
        {"topics": []},
        {"topics": ["0x" + "11" * 32]},
        {"topics": ["0x" + abi.FUNDED.hex()]},
        {"topics": 7},
        {"data": "0x01"},
        {"data": "0x" + "ff" * 5_000},
        {"data": None},
        {"address": "0x" + "11" * 20},
        {"address": None},
        {"blockHash": "0x" + "11" * 32},
        {"blockNumber": "0x1"},
        {"logIndex": "0x" + "f" * 60},
        {"transactionHash": "0x11"},
    ],
)
@pytest.mark.parametrize("depth", [5, YOUNG + 20], ids=["young", "old"])
async def test_malformed_logs_are_trouble(change, depth, autojump_clock):
    chain = FakeChain()
    chain.grow(1, events=1)
    chain.logs[chain.blocks[-1]["hash"]][0].update(change)
    chain.grow(depth, events=0)
    await assert_trouble(chain)


async def test_logs_that_are_no_list_or_come_twice_are_trouble(autojump_clock):
    for answer in ({}, "0x", None, 4):
        chain = FakeChain()
        chain.grow(5)
        chain.eth_getLogs = lambda wanted, answer=answer: answer
        await assert_trouble(chain)
    chain = FakeChain()
    chain.grow(1, events=1)
    chain.logs[chain.blocks[-1]["hash"]] *= 2
    await assert_trouble(chain)


async def test_logs_of_two_branches_in_one_answer_are_trouble(autojump_clock):
    chain = FakeChain(1)
    chain.grow(1, events=1)
    strange = chain.logs[chain.blocks[-1]["hash"]]
    chain.cut(1)
    chain.grow(1, events=1)
    chain.logs[chain.blocks[-1]["hash"]] += strange
    chain.grow(YOUNG + 10, events=0)
    await assert_trouble(chain)


async def assert_trouble(chain: FakeChain) -> None:
    """Nothing is told and nothing is raised."""
    following = follower(chain)
    with trio.move_on_after(30):
        async with aclosing(following.updates([])) as updates:
            await anext(updates)
            raise AssertionError("told")
    assert following.trouble


async def test_the_window_is_bounded(autojump_clock):
    chain, fold = FakeChain(), Fold()
    following = follower(chain)
    for _ in range(12):
        chain.grow(YOUNG)
        await catch_up(chain, fold, following)
    assert len(following._window) <= WINDOW


async def test_anvil_reorganises():
    """A chain that nobody here wrote: blocks with funded orders vanish, others come in their place."""
    with start_anvil() as url:
        market = await deploy_market(url, [])
        contract = bytes.fromhex(market["escrow"][2:])
        buyer = EvmEscrow(Rpc(url), 31_337, contract, market["since"], secret=KEYS[0], poll=0.01)
        chooser, fold, orders = random.Random(7), Fold(), 0

        async def fund() -> None:
            nonlocal orders
            orders += 1
            time = int(post(url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)
            parties = (address_of(KEYS[0]), address_of(KEYS[1]), address_of(KEYS[2]))
            numbers = (1_000, time + DAY, DAY, 0, 0, 0)
            order = orders.to_bytes(32, "big")
            terms = Terms(*parties, NOBODY, NOBODY, *numbers, NO_PAYEES, order)
            sent = await buyer.send(buyer.fund(terms))
            with trio.fail_after(LIMIT):  # anvil answers before it mines
                while await buyer.status(sent) != "mined":
                    await trio.sleep(0.01)

        for _ in range(12):
            for _ in range(chooser.randrange(1, 4)):
                await fund()
            post(url, "anvil_mine", hex(chooser.randrange(1, 3)))
            if chooser.random() < 0.7:
                post(url, "anvil_reorg", chooser.randrange(1, 6), [])
            await fund()
            head = post(url, "eth_getBlockByNumber", "latest", False)
            with trio.fail_after(LIMIT):
                async with aclosing(buyer.follow(fold.window)) as updates:
                    async for update in updates:
                        fold.apply(update)
                        if "0x" + update.blocks[-1].hash.hex() == head["hash"]:
                            break
            logs = post(url, "eth_getLogs", {"address": market["escrow"], "fromBlock": "0x0"})
            assert [event[1:] for event in fold.events] == [
                (log["blockHash"], int(log["topics"][1], 16)) for log in logs
            ]
        assert len({event[2] for event in fold.events}) < orders  # some were really lost
        assert fold.resets == 0
