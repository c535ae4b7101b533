"""What the node's wallet offers for a transaction, and that it offers no more than it may."""

from contextlib import suppress
from dataclasses import replace

import pytest
import trio

from node.contracts.rpc import RpcError
from node.contracts.wallet import FEES, MAX_GAS, MAX_RAISED, MIN_TIP, MOST_TIP, TIP_LASTS, Wallet
from node.ports import Transaction
from node.protocol.errors import RuleError
from tests.contracts.wallet_node import CHAIN_ID, GWEI, OTHER, SECRET, FakeNode, transaction


@pytest.fixture
def node():
    return FakeNode()


@pytest.fixture
def wallet(node):
    return Wallet(SECRET, node, CHAIN_ID)


@pytest.mark.parametrize(
    ("proposed", "tip"), [(None, MIN_TIP), (1, MIN_TIP), (30 * GWEI, 30 * GWEI)]
)
async def test_empty_blocks_ask_for_no_tip_but_the_node_may(proposed, tip, node, wallet):
    node.tips, node.proposed = [["0x1"]] * 3, proposed
    await wallet.send(transaction())
    assert node.sent[0]["maxPriorityFeePerGas"] == tip


async def test_who_offers_too_little_offers_more(node, wallet):
    node.tips, node.proposed, node.least_tip = [["0x1"]], None, 25 * GWEI
    noted = []
    hash = await wallet.send(transaction(), note=noted.append)
    (sent,) = node.sent
    assert (sent["nonce"], noted[-1]) == (5, hash)
    assert node.least_tip <= sent["maxPriorityFeePerGas"] <= MOST_TIP
    assert sent["maxFeePerGas"] == 2 * 7 * GWEI + sent["maxPriorityFeePerGas"]


async def test_who_never_offers_enough_says_so(node, wallet):
    node.least_tip = 2 * MOST_TIP
    with pytest.raises(RuleError) as refused:
        await wallet.send(transaction())
    assert refused.value.rule == "chain.underpriced"
    assert node.sent == []
    assert node.asked.count("eth_sendRawTransaction") <= 4


@pytest.mark.parametrize(
    "words", ["FeeTooLow, too low", "Gas price below configured minimum gas price"]
)
async def test_other_words_for_too_little(words, node, wallet):
    node.answers["eth_sendRawTransaction"] = RpcError(-32010, words)
    with pytest.raises(RuleError) as refused:
        await wallet.send(transaction())
    assert refused.value.rule == "chain.underpriced"


@pytest.mark.parametrize(("gas", "fee"), [(MAX_GAS, 1), (100_000, 10**14), (4_000_000, 10**12)])
async def test_fees_beyond_reason_are_not_paid(node, wallet, gas, fee):
    node.gas, node.base_fee = hex(gas), fee
    with pytest.raises(RuleError) as refused:
        await wallet.send(transaction())
    assert refused.value.rule == "chain.fees"
    assert not node.pending


def limited(wei: int) -> Transaction:
    return replace(transaction(), most_fee=wei)


async def test_what_is_sent_costs_no_more_than_it_may(node, wallet):
    """The fee had been counted before, and has risen since."""
    counted = await wallet.fee(transaction())
    node.base_fee = node.base_fee * 3 // 2
    await wallet.send(limited(counted))
    (sent,) = node.sent
    due = node.base_fee + sent["maxPriorityFeePerGas"]
    assert due <= sent["maxFeePerGas"] == counted // sent["gas"]


async def test_what_would_not_be_mined_for_what_it_may_cost_is_not_sent(node, wallet):
    counted = await wallet.fee(transaction())
    node.base_fee = node.base_fee * 3
    with pytest.raises(RuleError) as refused:
        await wallet.send(limited(counted))
    assert refused.value.rule == "chain.fees"
    assert node.sent == []


async def test_a_limit_holds_for_what_takes_the_place_of_one_that_waits(node, wallet):
    first = await wallet.send(transaction())
    raised = await wallet.fee(transaction(), [first])
    assert await wallet.send(limited(raised - 1), [first]) == first
    second = await wallet.send(limited(raised), [first])
    assert list(node.pending) == [second] != [first]


async def test_the_same_with_another_limit_is_the_same(node, wallet):
    first = await wallet.send(transaction())
    assert await wallet.send(limited(1)) == first
    assert len(node.sent) == 1


async def test_a_tip_that_is_asked_for_counts_when_it_is_counted_next(node, wallet):
    """Else what may cost no more than was counted would never be sent on such a chain."""
    node.tips, node.proposed, node.least_tip = [["0x1"]], None, 9 * GWEI
    tries = []
    while not node.sent:
        tries.append(await wallet.fee(transaction()))
        with suppress(RuleError):
            await wallet.send(limited(tries[-1]))
    (sent,) = node.sent
    assert len(tries) <= 3 and sent["gas"] * sent["maxFeePerGas"] <= tries[-1]
    assert await wallet.fee(transaction(value=4)) < tries[-1]


async def test_a_tip_that_was_asked_for_once_is_forgotten(node, wallet, autojump_clock):
    node.tips, node.proposed, node.least_tip = [["0x1"]], None, 9 * GWEI
    usual = await wallet.fee(transaction())
    with pytest.raises(RuleError):
        await wallet.send(limited(usual))
    assert await wallet.fee(transaction()) > usual
    await trio.sleep(TIP_LASTS)
    assert await wallet.fee(transaction()) == usual


async def test_one_that_waits_is_replaced_with_higher_fees(node, wallet):
    first = await wallet.send(transaction())
    (old,) = node.sent
    second = await wallet.send(transaction(), [first])
    (new,) = node.sent
    assert list(node.pending) == [second] != [first]
    assert new["nonce"] == old["nonce"]
    for fee in FEES:
        assert new[fee] * 8 >= old[fee] * 9
    assert await wallet.send(transaction(value=4)) and node.sent[-1]["nonce"] == old["nonce"] + 1


async def test_the_fee_of_a_replacement_is_told_before_it_is_sent(node, wallet):
    first = await wallet.send(transaction())
    usual, raised = await wallet.fee(transaction()), await wallet.fee(transaction(), [first])
    await wallet.send(transaction(), [first])
    (sent,) = node.sent
    assert usual < raised == sent["gas"] * sent["maxFeePerGas"]


async def test_a_replacement_pays_what_is_usual_by_now(node, wallet):
    first = await wallet.send(transaction())
    node.base_fee *= 5
    await wallet.send(transaction(), [first])
    assert node.sent[0]["maxFeePerGas"] == 2 * 5 * 7 * GWEI + 2 * GWEI


async def test_another_wallet_object_replaces_it_too(node, wallet):
    """After a restart only the hash is known."""
    first = await wallet.send(transaction())
    second = await Wallet(SECRET, node, CHAIN_ID).send(transaction(), [first])
    assert list(node.pending) == [second] != [first]


async def test_fees_are_not_raised_for_ever(node, wallet):
    hash = await wallet.send(transaction())
    for _ in range(100):
        hash = await wallet.send(transaction(), [hash])
    (sent,) = node.sent
    assert MAX_RAISED * 2 * GWEI * 8 / 9 <= sent["maxPriorityFeePerGas"] <= MAX_RAISED * 2 * GWEI
    assert await wallet.send(transaction(), [hash]) == hash


@pytest.mark.parametrize("fate", ["mined", "unknown", "another's"])
async def test_what_doesnt_wait_is_not_replaced(node, wallet, fate):
    first = await wallet.send(transaction())
    match fate:
        case "mined":
            node.mined.add(first)
        case "unknown":
            node.pending.clear()
            node.nonce = 5
        case "another's":
            seen = node.eth_getTransactionByHash
            node.eth_getTransactionByHash = lambda hash: {**seen(hash), "from": OTHER}
    again = await wallet.send(transaction(), [first])
    assert (again == first) is (fate != "mined")


async def test_a_replacement_that_comes_too_late_changes_nothing(node, wallet):
    first = await wallet.send(transaction())
    node.answers["eth_sendRawTransaction"] = RpcError(-32000, "nonce too low")
    assert await wallet.send(transaction(), [first]) == first
    assert list(node.pending) == [first]


async def test_what_would_fail_now_gets_no_higher_fees(node, wallet):
    first = await wallet.send(transaction())
    node.answers["eth_estimateGas"] = RpcError(3, "execution reverted: too late")
    with pytest.raises(RuleError, match="too late"):
        await wallet.send(transaction(), [first])
    assert list(node.pending) == [first]
