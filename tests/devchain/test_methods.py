"""JSON-RPC methods: right encodings, and nothing that a request holds does harm."""

import json

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.devchain.accounts import ADDRESSES, COINS, KEYS
from node.devchain.chain import Chain
from node.devchain.methods import Methods
from node.devchain.unlocked import Unlocked
from node.devchain.values import ChainError

A, B = ("0x" + address.hex() for address in ADDRESSES[:2])
LOGS = "600760006000a100"
INIT = "0x67" + LOGS + "60005260086018f3"


def new_chain() -> Chain:
    return Chain(1_337, dict.fromkeys(ADDRESSES, COINS), lambda: 1_800_000_000)


@pytest.fixture(scope="module")
def methods():
    """Two transactions: a contract that logs, and a call of it."""
    chain = new_chain()
    methods = Methods(chain, Unlocked(chain, KEYS), lambda seconds: None)
    made = methods.call("eth_sendTransaction", [{"from": A, "data": INIT}])
    receipt = methods.call("eth_getTransactionReceipt", [made])
    methods.contract = receipt["contractAddress"]
    methods.sent = methods.call("eth_sendTransaction", [{"from": A, "to": methods.contract}])
    return methods


def test_numbers_are_hexadecimal(methods):
    assert methods.call("eth_chainId", []) == "0x539"
    assert methods.call("net_version", []) == "1337"
    assert methods.call("eth_blockNumber", []) == "0x2"
    assert methods.call("eth_getBalance", [B, "latest"]) == hex(COINS)
    assert methods.call("eth_getTransactionCount", [A, "pending"]) == "0x2"
    assert methods.call("eth_getTransactionCount", [A, "earliest"]) == "0x0"
    assert methods.call("eth_getStorageAt", [A, "0x0", "latest"]) == "0x" + "00" * 32
    assert methods.call("eth_getCode", [methods.contract, "latest"]) == "0x" + LOGS
    assert methods.call("eth_getCode", [methods.contract, "0x0"]) == "0x"
    assert methods.call("eth_syncing", None) is False


def test_everything_can_be_written_as_json(methods):
    for name, params in (
        ("eth_getBlockByNumber", ["latest", True]),
        ("eth_getTransactionByHash", [methods.sent]),
        ("eth_getTransactionReceipt", [methods.sent]),
        ("eth_feeHistory", ["0x5", "latest", [10, 90]]),
        ("eth_getLogs", [{}]),
    ):
        answer = methods.call(name, params)
        assert answer
        json.dumps(answer)


def test_blocks_transactions_and_receipts_agree(methods):
    block = methods.call("eth_getBlockByNumber", ["0x2", True])
    assert methods.call("eth_getBlockByHash", [block["hash"], True]) == block
    parent = methods.call("eth_getBlockByNumber", ["0x1", False])
    assert block["parentHash"] == parent["hash"]
    (transaction,) = block["transactions"]
    assert transaction == methods.call("eth_getTransactionByHash", [methods.sent])
    assert (transaction["from"], transaction["to"]) == (A, methods.contract)
    receipt = methods.call("eth_getTransactionReceipt", [methods.sent])
    assert receipt["blockHash"] == transaction["blockHash"] == block["hash"]
    assert receipt["status"] == "0x1"
    assert int(receipt["gasUsed"], 16) == int(block["gasUsed"], 16) > 21_000
    assert receipt["logs"] == methods.call("eth_getLogs", [{"blockHash": block["hash"]}])
    for unknown in ("eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getBlockByHash"):
        assert methods.call(unknown, ["0x" + "11" * 32]) is None
    assert methods.call("eth_getBlockByNumber", ["0x3", False]) is None


def test_logs_are_filtered(methods):
    seven = "0x" + "07".zfill(64)
    eight = "0x" + "08".zfill(64)
    everything = {"fromBlock": "0x0", "toBlock": "latest"}
    for wanted, count in (
        ({}, 1),  # the latest block alone
        ({"fromBlock": "0x0", "toBlock": "0x1"}, 0),
        ({"fromBlock": "0x5"}, 0),
        (everything, 1),
        ({**everything, "toBlock": "0xffff"}, 1),
        ({**everything, "address": methods.contract}, 1),
        ({**everything, "address": [A, methods.contract]}, 1),
        ({**everything, "address": A}, 0),
        ({**everything, "topics": [seven]}, 1),
        ({**everything, "topics": [None]}, 1),
        ({**everything, "topics": [[eight, seven]]}, 1),
        ({**everything, "topics": [eight]}, 0),
        ({**everything, "topics": [seven, None]}, 0),  # the log has one topic only
    ):
        assert len(methods.call("eth_getLogs", [wanted])) == count, wanted
    with pytest.raises(ChainError, match="unknown block"):
        methods.call("eth_getLogs", [{"blockHash": "0x" + "11" * 32}])


def test_fee_history_has_the_shape_of_eip_1474(methods):
    history = methods.call("eth_feeHistory", ["0x2", "latest", [50]])
    assert history["oldestBlock"] == "0x1"
    assert len(history["baseFeePerGas"]) == 3
    assert len(history["gasUsedRatio"]) == len(history["reward"]) == 2
    fees = [
        methods.call("eth_getBlockByNumber", [number, False])["baseFeePerGas"]
        for number in ("0x1", "0x2")
    ]
    assert history["baseFeePerGas"][:2] == fees
    assert methods.call("eth_feeHistory", [1, "0x1"])["baseFeePerGas"] == fees


def test_unlocked_accounts_sign(methods):
    accounts = methods.call("eth_accounts", [])
    assert [one.lower() for one in accounts] == ["0x" + one.hex() for one in ADDRESSES]
    text = "0x" + b"hello".hex()
    signature = methods.call("personal_sign", [text, A])
    assert Account.recover_message(encode_defunct(b"hello"), signature=signature).lower() == A
    typed = {
        "types": {
            "EIP712Domain": [{"name": "chainId", "type": "uint256"}],
            "Mail": [{"name": "n", "type": "uint256"}],
        },
        "primaryType": "Mail",
        "domain": {"chainId": 1_337},
        "message": {"n": "5"},
    }
    for shown in (typed, json.dumps(typed)):
        signature = methods.call("eth_signTypedData_v4", [A, shown])
        signer = Account.recover_message(encode_typed_data(full_message=typed), signature=signature)
        assert signer.lower() == A
    with pytest.raises(ChainError, match="another chain"):
        methods.call("eth_signTypedData_v4", [A, {**typed, "domain": {"chainId": 1}}])
    with pytest.raises(ChainError, match="not an unlocked account"):
        methods.call("personal_sign", [text, "0x" + "11" * 20])
    with pytest.raises(ChainError, match="this is chain"):
        methods.call("eth_sendTransaction", [{"from": A, "to": B, "chainId": "0x1"}])


def test_unknown_methods(methods):
    for name in ("eth_mining", "", None, 5, [], "call", "__init__", "chain", "x" * 10_000):
        with pytest.raises(ChainError) as refused:
            methods.call(name, [])
        assert refused.value.code == -32601
        assert len(str(refused.value)) < 200


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["0x", "0x0", "0x1", "latest", "pending", A, "0x" + "11" * 32, "0x-1"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["from", "to", "data", "value", "gas", "address", "topics", "fromBlock"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=6,
)
# What would change the chain under the other tests, or take long, is tried elsewhere.
HARMLESS = sorted(
    name
    for name in dir(Methods)
    if name.startswith(("eth_", "net_", "web3_", "personal_")) and "send" not in name
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HARMLESS), st.lists(json_values, max_size=3) | json_values)
def test_any_parameters_get_an_answer_or_a_refusal(methods, name, params):
    try:
        json.dumps(methods.call(name, params))
    except ChainError as error:
        assert len(str(error)) <= 400


def test_pushing_the_chain_about():
    intervals = []
    chain = new_chain()
    methods = Methods(chain, Unlocked(chain, KEYS), intervals.append)
    snapshot = methods.call("evm_snapshot", [])
    methods.call("evm_mine", [])
    methods.call("evm_mine", [hex(1_800_000_500)])
    assert chain.head.header.timestamp == 1_800_000_500
    methods.call("anvil_mine", ["0x5"])
    assert chain.head.number == 7
    methods.call("anvil_reorg", [2, []])
    assert chain.head.number == 7
    assert int(methods.call("evm_increaseTime", [100]), 16) >= 100
    methods.call("evm_setIntervalMining", [3])
    assert intervals == [3]
    methods.call("evm_setAutomine", [False])
    methods.call("eth_sendTransaction", [{"from": A, "to": B}])
    assert chain.head.number == 7
    assert len(chain.pool) == 1
    assert methods.call("evm_revert", [snapshot]) is True
    assert methods.call("evm_revert", [snapshot]) is False
    assert chain.head.number == 0
    for name, params in (("anvil_mine", [10**6]), ("evm_increaseTime", [-5]), ("evm_mine", [True])):
        with pytest.raises(ChainError):
            methods.call(name, params)
