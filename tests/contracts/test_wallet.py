"""The node's wallet against a chain's node that lies, forgets or refuses."""

import subprocess
import sys
import traceback
from dataclasses import replace

import pytest
import trio

from node.contracts.rpc import RpcError
from node.contracts.wallet import Wallet
from node.ports import Transaction
from node.protocol.errors import Conflict, EtalError, RuleError, Unavailable
from tests.contracts.wallet_node import CHAIN_ID, GWEI, OTHER, SECRET, FakeNode, transaction


@pytest.fixture
def node():
    return FakeNode()


@pytest.fixture
def wallet(node):
    return Wallet(SECRET, node, CHAIN_ID)


async def test_signs_for_its_chain_with_fees_of_eip_1559(node, wallet):
    hash = await wallet.send(transaction())
    (sent,) = node.sent
    assert list(node.pending) == [hash]
    assert (sent["chainId"], sent["nonce"], sent["value"], sent["type"]) == (CHAIN_ID, 5, 3, 2)
    assert sent["maxPriorityFeePerGas"] == 2 * GWEI  # the median
    assert sent["maxFeePerGas"] == 2 * 7 * GWEI + 2 * GWEI
    assert sent["gas"] == 125_000


async def test_what_may_need_more_than_its_estimate_gets_more(node, wallet):
    await wallet.send(replace(transaction(), spare_gas=70_000))
    assert node.sent[0]["gas"] == 125_000 + 70_000


async def test_without_a_history_of_tips(node, wallet):
    node.tips = []
    await wallet.send(transaction())
    assert node.sent[0]["maxPriorityFeePerGas"] == GWEI


async def test_nonces_of_tasks_at_once_follow_each_other(node, wallet):
    async with trio.open_nursery() as nursery:
        for n in range(8):
            nursery.start_soon(wallet.send, transaction(value=n))
    assert [sent["nonce"] for sent in node.sent] == list(range(5, 13))


async def test_a_lagging_count_doesnt_repeat_a_nonce(node, wallet):
    await wallet.send(transaction(value=1))
    node.answers["eth_getTransactionCount"] = "0x5"
    await wallet.send(transaction(value=2))
    assert [sent["nonce"] for sent in node.sent] == [5, 6]


async def test_a_lost_transaction_frees_its_nonce(node, wallet):
    await wallet.send(transaction(value=1))
    node.pending.clear()
    node.nonce = 5
    await wallet.send(transaction(value=2))
    assert [sent["nonce"] for sent in node.sent] == [5]


async def test_a_lost_one_before_others_frees_its_nonce(node, wallet):
    """Else the others could never be mined."""
    lost = await wallet.send(transaction(value=1))
    last = await wallet.send(transaction(value=2))
    del node.pending[lost]
    node.nonce = 5
    node.answers["eth_sendRawTransaction"] = [RpcError(-32000, "transaction underpriced")]
    node.base_fee *= 2
    await wallet.send(transaction(value=1))
    assert sorted(sent["nonce"] for sent in node.sent) == [5, 6]
    assert last in node.pending


async def test_a_lagging_count_doesnt_repeat_the_nonce_of_a_replacement(node, wallet):
    first = await wallet.send(transaction(value=1))
    second = await wallet.send(transaction(value=1), [first])
    node.answers["eth_getTransactionCount"] = "0x5"
    node.base_fee *= 9
    await wallet.send(transaction(value=2))
    assert second in node.pending
    assert [sent["nonce"] for sent in node.sent] == [5, 6]


async def test_the_same_while_it_waits_is_the_same(node, wallet):
    hash = await wallet.send(transaction())
    assert await wallet.send(transaction()) == hash
    assert len(node.sent) == 1


async def test_the_same_after_it_was_lost_is_broadcast_again(node, wallet):
    hash = await wallet.send(transaction())
    node.pending.clear()
    node.nonce = 5
    assert await wallet.send(transaction()) == hash
    assert list(node.pending) == [hash]


async def test_the_same_after_it_was_mined_is_another(node, wallet):
    hash = await wallet.send(transaction())
    node.mined.add(hash)
    assert await wallet.send(transaction()) != hash


async def test_an_answer_lost_on_the_way_doesnt_send_twice(node, wallet):
    taken = node.eth_sendRawTransaction

    def deaf(raw):
        node.eth_sendRawTransaction = taken
        taken(raw)
        raise Unavailable("chain.unreachable", "no answer")

    node.eth_sendRawTransaction = deaf
    with pytest.raises(Unavailable):
        await wallet.send(transaction())
    hash = await wallet.send(transaction())
    assert list(node.pending) == [hash]


async def test_known_already_counts_as_sent(node, wallet):
    node.answers["eth_sendRawTransaction"] = [RpcError(-32000, "already known")]
    assert (await wallet.send(transaction())).startswith("0x")


async def test_a_nonce_taken_by_somebody_is_replaced_once(node, wallet):
    node.answers["eth_sendRawTransaction"] = [RpcError(-32000, "nonce too low")]
    await wallet.send(transaction())
    assert len(node.sent) == 1
    node.answers["eth_sendRawTransaction"] = RpcError(-32000, "replacement transaction underpriced")
    with pytest.raises(RuleError) as refused:
        await wallet.send(transaction(value=9))
    assert refused.value.rule == "chain.nonce"


async def test_reverts_name_the_contracts_reason(node, wallet):
    reason = "0x08c379a0" + "20".zfill(64) + "09".zfill(64) + b"too early".hex().ljust(64, "0")
    for error in (
        RpcError(3, "execution reverted: too early", reason),
        RpcError(3, "execution reverted", reason),
        RpcError(-32000, "execution reverted: too early"),
    ):
        node.answers["eth_estimateGas"] = error
        with pytest.raises(RuleError) as refused:
            await wallet.send(transaction())
        assert (refused.value.rule, refused.value.message) == ("chain.reverted", "too early")
    assert not node.pending


@pytest.mark.parametrize("method", ["eth_estimateGas", "eth_sendRawTransaction"])
async def test_too_little_money(node, wallet, method):
    node.answers[method] = RpcError(-32000, "insufficient funds for gas * price + value")
    with pytest.raises(RuleError) as refused:
        await wallet.send(transaction())
    assert refused.value.rule == "chain.funds"


@pytest.mark.parametrize(
    "change",
    [{"nonce": "0x" + "f" * 60}, {"nonce": None}, {"maxFeePerGas": 7}, {"from": "0x12"}],
)
async def test_a_malformed_waiting_transaction_is_not_replaced(node, wallet, change):
    first = await wallet.send(transaction())
    seen = node.eth_getTransactionByHash
    node.eth_getTransactionByHash = lambda hash: {**seen(hash), **change}
    with pytest.raises(Unavailable):
        await wallet.send(transaction(), [first])
    assert list(node.pending) == [first]


async def test_a_hash_is_told_before_anything_is_broadcast(node, wallet):
    told = []

    def note(hash: str) -> None:
        told.append((hash, list(node.pending)))

    first = await wallet.send(transaction(), note=note)
    second = await wallet.send(transaction(), [first], note)
    assert told == [(first, []), (second, [first])]


async def test_who_is_told_can_still_call_it_off(node, wallet):
    def refuse(hash: str) -> None:
        raise Conflict("order.cancelled", "Not any more.")

    hash = await wallet.send(transaction(value=1))
    for wanted in (transaction(value=1), transaction(value=2)):
        node.pending.clear()
        node.nonce = 5
        with pytest.raises(Conflict):
            await wallet.send(wanted, note=refuse)
        assert not node.pending
    assert await wallet.send(transaction(value=1)) == hash


async def test_another_chain_is_refused(node, wallet):
    with pytest.raises(RuleError) as refused:
        await wallet.send(Transaction(OTHER, "0x", 0, 1))
    assert refused.value.rule == "chain.network"
    assert not node.asked


@pytest.mark.parametrize("method", ["eth_feeHistory", "eth_estimateGas", "eth_getTransactionCount"])
@pytest.mark.parametrize(
    "answer",
    [None, {}, [], "x", "0xzz", -1, {"baseFeePerGas": []}, {"baseFeePerGas": "0x1"}, 1.5, True],
)
async def test_hostile_answers_are_errors_of_ours(node, wallet, method, answer):
    setattr(node, method, lambda *_: answer)
    with pytest.raises(EtalError):
        await wallet.send(transaction())
    assert not node.pending


async def test_the_secret_is_in_nothing_that_is_asked_told_or_logged(node, wallet, caplog):
    caplog.set_level("DEBUG")
    answer, seen = node.call, [repr(wallet)]

    async def listen(method, *params):
        seen.append(repr(params))
        return await answer(method, *params)

    node.call = listen
    await wallet.send(transaction(), [await wallet.send(transaction())])
    for method, reason in (
        ("eth_estimateGas", "execution reverted: too early"),
        ("eth_sendRawTransaction", "nonce too low"),
        ("eth_sendRawTransaction", "not today"),
    ):
        node.answers = {method: RpcError(-32000, reason)}
        with pytest.raises(EtalError) as refused:
            await wallet.send(transaction(value=9))
        seen += traceback.format_exception(refused.value)
    assert "fees raised" in caplog.text
    seen = caplog.text + "".join(seen)
    for shown in (SECRET.hex(), repr(SECRET)[2:-1], str(int.from_bytes(SECRET, "big"))):
        assert shown not in seen


async def test_settlements_are_signed_by_the_same_key(wallet):
    from node.protocol.escrow import recover_signer

    signer = recover_signer(b"\x21" * 32, wallet.sign(b"\x21" * 32))
    assert signer == bytes.fromhex(wallet.address[2:])


def test_importing_web3_leaves_the_limit_of_recursion_alone():
    """In a process of its own: this one has imported it already."""
    code = (
        "import sys; before = sys.getrecursionlimit(); from node.contracts import wallet;"
        "assert 'web3' not in sys.modules and 'eth_account' not in sys.modules;"
        "wallet._import_web3(); assert 'web3' in sys.modules;"
        "assert sys.getrecursionlimit() == before, sys.getrecursionlimit()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
