"""Following: whatever the chain does, folding the updates gives what a scan from scratch would."""

import random
from contextlib import aclosing

import pytest
import trio

from node.contracts.deploy import deploy_market
from node.contracts.escrow import EvmEscrow
from node.contracts.follower import WINDOW, YOUNG
from node.contracts.rpc import Rpc, RpcError
from node.devchain.accounts import KEYS
from node.protocol.errors import Unavailable
from node.protocol.escrow import DAY, NO_PAYEES, NOBODY, Terms, address_of
from tests.chains import post, start_anvil
from tests.contracts.following import SINCE, FakeChain, Fold, catch_up, follower, told

SEEDS = 120
LIMIT = 30.0  # seconds for a real chain on a busy machine


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
    chain.most_logs = 10  # three blocks and a third
    await catch_up(chain, fold)
    assert fold.events == chain.truth() != []
    for update in fold.updates:
        blocks = {event.where.block for event in update.events}
        assert all(sum(e.where.block == block for e in update.events) == 3 for block in blocks)


async def test_final_blocks_are_read_again_piece_by_piece(autojump_clock):
    chain, fold = FakeChain(), Fold()
    chain.grow(400, events=1)
    chain.most_logs = 50
    following, first = follower(chain), SINCE
    while first <= chain.head:
        last, events = await following.read(first, chain.head)
        assert first <= last <= chain.head
        fold.events += map(told, events)
        first = last + 1
    assert fold.events == chain.truth()


async def test_a_reorganisation_while_reading_again_is_trouble(autojump_clock):
    chain = FakeChain()
    chain.grow(40, events=1)

    def strike(method, params):
        if method == "eth_getLogs":
            chain.reorg(10, 12)

    chain.after = strike
    with pytest.raises(Unavailable):
        await follower(chain).read(SINCE, chain.head)


@pytest.mark.parametrize("time", [-5, 0, SINCE, SINCE + 1, 20, 42, 43, 1_000])
async def test_the_block_at_a_time_is_found_by_few_questions(time, autojump_clock):
    chain = FakeChain()
    chain.grow(40)
    found = await follower(chain).block_at(1_800_000_000 + time)
    assert found == min(max(time, SINCE), chain.head)
    assert len(chain.asked) <= 8


async def test_the_window_is_bounded(autojump_clock):
    chain, fold = FakeChain(), Fold()
    following = follower(chain)
    for _ in range(12):
        chain.grow(YOUNG)
        await catch_up(chain, fold, following)
    assert len(following._window) == WINDOW + 1
    assert following._window[0] == fold.window[0]


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
