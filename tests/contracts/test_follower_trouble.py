"""Following a chain's node that is slow, lags, refuses or lies: trouble is shown and retried, nothing wrong is told."""

import itertools
from contextlib import aclosing

import pytest
import trio

from node.contracts import abi
from node.contracts.follower import LAG_PATIENCE, YOUNG, _bounded
from node.contracts.rpc import RpcError
from node.protocol.errors import Unavailable
from tests.contracts.following import SINCE, FakeChain, Fold, assert_trouble, catch_up, follower


@pytest.mark.parametrize(
    "answer",
    [
        None,
        RpcError(-32000, "{tag} block not found"),
        RpcError(-39001, "Unknown block"),
        RpcError(-32000, 'block "{tag}" not available (head block: 20)'),
        RpcError(-32602, "invalid argument 0: hex string without 0x prefix"),
        RpcError(-32602, "unknown tag"),
    ],
)
async def test_depths_stand_in_for_tags_that_a_node_says_it_lacks(answer, autojump_clock):
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


@pytest.mark.parametrize("left", [1, 2, 40, 300, 790])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_node_that_syncs_anew_undoes_nothing_however_long_it_takes(
    left, restarted, autojump_clock
):
    """Its blocks are those of before: below the contract's first, before the window's, between final and ours."""
    chain, fold = FakeChain(), Fold()
    for _ in range(10):
        chain.grow(80)
        following = await catch_up(chain, fold)
    window = _bounded(fold.window)
    assert window[1][0] > 200
    chain.blocks, whole = chain.blocks[:left], chain.blocks
    following = follower(chain) if restarted else following
    with trio.move_on_after(10_000):
        async with aclosing(following.updates(window)) as updates:
            await anext(updates)
            raise AssertionError("told")
    assert f"at block {left - 1}, but was at 802" in following.trouble
    chain.blocks = whole
    chain.grow(3)
    await catch_up(chain, fold, following)
    assert fold.resets == 0
    assert fold.events == chain.truth()


@pytest.mark.parametrize("head", [SINCE, 40, 300, 790])
async def test_a_chain_begun_anew_is_followed_from_the_start_though_it_is_shorter(
    head, autojump_clock
):
    chain, fold = FakeChain(), Fold()
    chain.grow(800)
    await catch_up(chain, fold)
    fold.window = _bounded(fold.window)
    chain.cut(chain.head)
    chain.grow(head)
    await catch_up(chain, fold)
    assert fold.resets == 1
    assert fold.events == chain.truth()


@pytest.mark.parametrize("depth", [10, 60])
async def test_a_final_block_that_was_replaced_is_believed_though_the_chain_is_shorter(
    depth, autojump_clock
):
    chain, fold = FakeChain(), Fold()
    chain.grow(200)
    await catch_up(chain, fold)
    chain.reorg(depth, 2)
    await catch_up(chain, fold)
    assert fold.resets == 0
    assert fold.events == chain.truth()


async def test_a_block_that_the_node_lacks_for_a_moment_below_its_head_undoes_nothing(
    autojump_clock,
):
    chain, fold = FakeChain(), Fold()
    chain.grow(30)
    await catch_up(chain, fold)
    told, last, whole = len(fold.updates), hex(chain.head), chain.eth_getBlockByNumber
    chain.grow()
    lacks = [last]
    chain.eth_getBlockByNumber = lambda tag, full: (
        lacks.remove(tag) if tag in lacks else whole(tag, full)
    )
    await catch_up(chain, fold)
    assert lacks == []
    assert [update.keep_to for update in fold.updates[told:]] == [int(last, 16)]


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
