"""The chain itself, in this process."""

import pytest
from eth_account import Account

from node.devchain.accounts import ADDRESSES, COINS, KEYS
from node.devchain.chain import FINAL_DEPTH, GAS_LIMIT, SAFE_DEPTH, Chain
from node.devchain.values import ChainError, Message

CHAIN_ID = 1_337_000_007
START = 1_800_000_000
A, B = ADDRESSES[:2]
# PUSH1 1, PUSH1 0, REVERT after storing nothing: reverts with one zero byte
REVERTS = bytes.fromhex("60006000fd")
# init code that returns the runtime code "LOG1(topic 7) over no data"
LOGS = bytes.fromhex("600760006000a100")
INIT = bytes.fromhex("67") + LOGS + bytes.fromhex("60005260086018f3")


@pytest.fixture
def clock():
    return [START]


@pytest.fixture
def chain(clock):
    return Chain(CHAIN_ID, dict.fromkeys(ADDRESSES, COINS), lambda: clock[0])


def signed(key: bytes = KEYS[0], **changes) -> bytes:
    asked = {
        "chainId": CHAIN_ID,
        "nonce": 0,
        "to": B,
        "value": 5,
        "gas": 21_000,
        "maxFeePerGas": 10**10,
        "maxPriorityFeePerGas": 1,
        "data": b"",
        "type": 2,
        **changes,
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    return bytes(Account.sign_transaction(asked, key).raw_transaction)


def test_a_transaction_is_mined_at_once(chain):
    hash = chain.send(signed())
    block, index = chain.find(hash)
    assert (block.number, index, block.done[0].ok) == (1, 0, True)
    assert chain.state(chain.head).get_balance(B) == COINS + 5
    assert chain.nonce(A) == 1
    assert chain.head.header.parent_hash == chain.blocks[0].hash


def test_without_automine_transactions_wait_in_order(chain):
    chain.automine = False
    second, first = signed(nonce=1), signed(nonce=0)
    hashes = [chain.send(second), chain.send(first)]
    assert chain.find(hashes[0]) is None
    assert chain.waiting(hashes[0]).nonce == 1
    assert (chain.nonce(A), chain.nonce(A, pending=True)) == (0, 2)
    block = chain.mine()
    assert [done.transaction.nonce for done in block.done] == [0, 1]
    assert not chain.pool


def test_a_nonce_ahead_waits_for_the_gap_to_close(chain):
    later = chain.send(signed(nonce=1))
    assert chain.head.number == 0
    assert chain.waiting(later)
    chain.send(signed(nonce=0))
    assert chain.find(later)
    assert chain.nonce(A) == 2


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chainId": 1}, "for 1"),
        ({"chainId": CHAIN_ID, "value": COINS}, "insufficient funds"),
        ({"gas": GAS_LIMIT + 1}, "exceeds block gas limit"),
        ({"gas": 20_999}, "intrinsic gas too low"),
        ({"maxFeePerGas": 1}, "less than block base fee"),
    ],
)
def test_what_is_refused(chain, changes, reason):
    with pytest.raises(ChainError, match=reason):
        chain.send(signed(**changes))
    assert chain.head.number == 0
    assert not chain.pool


def test_nonces_are_used_once(chain):
    raw = signed()
    chain.send(raw)
    with pytest.raises(ChainError, match=r"already known|nonce too low"):
        chain.send(raw)
    with pytest.raises(ChainError, match="nonce too low"):
        chain.send(signed(value=9))


def test_a_waiting_transaction_is_replaced_only_for_a_better_fee(chain):
    chain.automine = False
    chain.send(signed(value=1))
    with pytest.raises(ChainError, match="already known"):
        chain.send(signed(value=1))
    with pytest.raises(ChainError, match="underpriced"):
        chain.send(signed(value=2))
    better = chain.send(signed(value=3, maxFeePerGas=11 * 10**9))
    assert [one.hash for one in chain.pool] == [better]


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\x02", b"\xff" * 100, b"\x03" * 50, b"\xc0", signed()[:-1]]
)
def test_garbage_is_no_transaction(chain, raw):
    with pytest.raises(ChainError):
        chain.send(raw)


def test_calls_see_the_state_and_change_nothing(chain):
    with pytest.raises(ChainError, match="execution reverted") as refused:
        chain.call(Message(sender=A, data=REVERTS), chain.head)
    assert refused.value.code == 3
    with pytest.raises(ChainError, match="insufficient funds"):
        chain.call(Message(sender=A, to=B, value=COINS + 1), chain.head)
    chain.call(Message(sender=A, to=B, value=7), chain.head)
    assert chain.state(chain.head).get_balance(B) == COINS
    assert chain.head.number == 0


def test_estimates_are_enough_and_close(chain):
    assert 21_000 <= chain.estimate(Message(sender=A, to=B, value=1)) <= 21_500
    gas = chain.estimate(Message(sender=A, data=INIT))
    hash = chain.send(signed(to=None, data=INIT, value=0, gas=gas))
    done = chain.find(hash)[0].done[0]
    assert done.ok
    assert gas <= done.gas_used * 1.05
    with pytest.raises(ChainError, match="insufficient funds"):
        chain.estimate(Message(sender=A, to=B, value=COINS - 1, fee=10**9))


def test_logs_are_kept_with_their_block(chain):
    hash = chain.send(signed(to=None, data=INIT, value=0, gas=200_000))
    assert chain.find(hash)[0].done[0].ok
    made = bytes.fromhex("5fbdb2315678afecb367f032d93f642f64180aa3")
    assert chain.state(chain.head).get_code(made) == LOGS
    chain.send(signed(to=made, nonce=1, value=0, gas=60_000))
    ((address, topics, data),) = chain.head.done[0].logs
    assert (address, topics, data) == (made, ((7).to_bytes(32, "big"),), b"")


def test_a_failed_transaction_is_mined_and_pays(chain):
    hash = chain.send(signed(to=None, data=REVERTS, value=0, gas=100_000))
    assert chain.find(hash)[0].done[0].ok is False
    assert chain.nonce(A) == 1


def test_time_goes_by_the_clock_and_never_backwards(chain, clock):
    assert chain.mine().header.timestamp == START + 1
    clock[0] += 100
    assert chain.mine().header.timestamp == START + 100
    clock[0] -= 50
    assert chain.mine().header.timestamp == START + 101
    clock[0] = START + 200
    chain.pass_time(1_000)
    assert chain.mine().header.timestamp == START + 1_200
    chain.next_time(START + 5_000)
    assert chain.mine().header.timestamp == START + 5_000
    clock[0] += 1
    assert chain.mine().header.timestamp == START + 5_001
    with pytest.raises(ChainError):
        chain.next_time(START)


def test_tags(chain):
    for _ in range(10):
        chain.mine()
    assert chain.at("latest").number == chain.at("pending").number == 10
    assert chain.at("safe").number == 10 - SAFE_DEPTH
    assert chain.at("finalized").number == 10 - FINAL_DEPTH
    assert chain.at("earliest").number == 0
    assert chain.at(10).number == 10
    assert chain.at(11) is None


def test_snapshots_take_everything_back(chain):
    chain.send(signed())
    first = chain.snapshot()
    head = chain.head.hash
    hash = chain.send(signed(nonce=1))
    chain.snapshot()
    chain.pass_time(10_000)
    gone = chain.mine().hash
    assert chain.revert(first)
    assert chain.head.hash == head
    assert chain.by_hash(gone) is None
    assert chain.find(hash) is None
    assert chain.state(chain.head).get_balance(B) == COINS + 5
    assert not chain.revert(first)
    assert not chain.revert(2)
    assert not chain.revert(99)
    assert chain.mine().header.timestamp < START + 10_000
    chain.send(signed(nonce=1))
    assert chain.state(chain.head).get_balance(B) == COINS + 10


def test_reorganisations_replace_blocks_by_others(chain):
    chain.mine()
    hash = chain.send(signed())
    before = [block.hash for block in chain.blocks]
    chain.mine()
    chain.reorganise(2)
    after = [block.hash for block in chain.blocks]
    assert len(after) == 4
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    assert chain.find(hash) is None
    assert chain.nonce(A) == 0
    assert all(chain.blocks[n].header.parent_hash == after[n - 1] for n in range(1, 4))
    chain.send(signed())
    for depth in (0, 5, -1):
        with pytest.raises(ChainError):
            chain.reorganise(depth)
