"""Calldata and events agree with the compiled contract and with code that is not ours (web3's)."""

import pytest
from eth_abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3

from node.contracts import abi
from node.contracts.artifacts import artifact
from node.protocol.errors import Unavailable
from node.protocol.escrow import Delivered, Disputed, Funded, Paid, Settlement, Terms, Where
from node.store.events import event_from_bytes, event_to_bytes

CONTRACT = Web3().eth.contract(abi=artifact("Escrow").abi)
WHERE = Where(block=17, block_hash=b"\x11" * 32, index=3, tx=b"\x22" * 32, time=1_800_000_000)
ID = b"\x33" * 32

addresses = st.binary(min_size=20, max_size=20)
terms = st.builds(
    Terms,
    *[addresses] * 5,
    st.integers(0, 2**128 - 1),
    st.integers(0, 2**40 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**16 - 1),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)
TERMS = Terms(*[bytes([n]) * 20 for n in range(1, 6)], 5, 6, 7, 8, 9, 10, b"\7" * 32, b"\x08" * 32)


def described(entry: dict) -> str:
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    return f"({','.join(map(described, entry['components']))}){entry['type'][5:]}"


def signatures(kind: str, contract: str = "Escrow") -> dict[str, bytes]:
    return {
        entry["name"]: keccak(
            f"{entry['name']}({','.join(map(described, entry['inputs']))})".encode()
        )
        for entry in artifact(contract).abi
        if entry["type"] == kind
    }


def test_every_function_of_the_contract_that_changes_something_is_known():
    theirs = signatures("function")
    ours = {function.name: function.selector for function in abi.ESCROW_FUNCTIONS}
    assert {name: theirs[name][:4] for name in ours} == ours
    writing = {
        one["name"]
        for one in artifact("Escrow").abi
        if one["type"] == "function" and one["stateMutability"] != "view"
    }
    assert writing <= set(ours)


def test_the_topics_are_the_contracts():
    theirs = signatures("event")
    assert tuple(theirs[n] for n in ("Funded", "Delivered", "Disputed", "Paid")) == abi.EVENT_TOPICS


def shown(terms: Terms) -> tuple:
    return tuple(
        Web3.to_checksum_address(one) if isinstance(one, bytes) and len(one) == 20 else one
        for one in terms.abi()
    )


@given(terms)
def test_calldata_is_what_web3_makes(terms):
    assert "0x" + abi.fund(terms).hex() == CONTRACT.encode_abi("fund", [shown(terms), []])
    ours = abi.DELIVER(terms.abi(), 9, b"sig")
    assert "0x" + ours.hex() == CONTRACT.encode_abi("deliver", [shown(terms), 9, b"sig"])


def test_longer_calldata_is_what_web3_makes():
    signature = bytes(range(64)) + b"\x1b"
    ours = abi.fund_with_permit(TERMS, 99, signature)
    values = [shown(TERMS), [], 99, 27, signature[:32], signature[32:64]]
    assert "0x" + ours.hex() == CONTRACT.encode_abi("fundWithPermit", values)
    ours = abi.settle(TERMS, Settlement(ID, 7, 8, 1, 2, 3), b"", signature)
    assert "0x" + ours.hex() == CONTRACT.encode_abi(
        "settle", [shown(TERMS), 1, 2, 3, b"", signature, []]
    )


def log(topics: list[bytes], data: bytes, **changes) -> dict:
    return {
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "blockNumber": hex(WHERE.block),
        "blockHash": "0x" + WHERE.block_hash.hex(),
        "logIndex": hex(WHERE.index),
        "transactionHash": "0x" + WHERE.tx.hex(),
        **changes,
    }


def funded(terms: Terms) -> dict:
    topics = [abi.FUNDED, ID, bytes(12) + terms.buyer, bytes(12) + terms.seller]
    return log(topics, abi_encode([abi.TERMS], [terms.abi()]))


@given(terms)
def test_funded(terms):
    assert abi.event(funded(terms), WHERE.time) == Funded(ID, terms, WHERE.time, WHERE)


def test_the_other_events():
    words = abi_encode(["uint256"], [99])
    assert abi.event(log([abi.DELIVERED, ID], words), WHERE.time) == Delivered(ID, 99, WHERE)
    words = abi_encode(["address", "uint256"], [b"\5" * 20, 98])
    assert abi.event(log([abi.DISPUTED, ID], words), WHERE.time) == Disputed(
        ID, b"\5" * 20, 98, WHERE
    )
    words = abi_encode(["uint256"] * 5, [3, 10, 20, 30, 40])
    assert abi.event(log([abi.PAID, ID], words), WHERE.time) == Paid(ID, 10, 20, 30, 40, 3, WHERE)


@pytest.mark.parametrize(
    ("topic", "kinds", "values"),
    [
        (abi.DELIVERED, ["uint256"], [2**40]),
        (abi.DISPUTED, ["address", "uint256"], [b"\5" * 20, 2**63]),
        (abi.PAID, ["uint256"] * 5, [256, 1, 1, 1, 1]),
        *(
            (abi.PAID, ["uint256"] * 5, [1, *[2**128 * (n == k) for n in range(4)]])
            for k in range(4)
        ),
    ],
)
def test_numbers_that_the_contract_cannot_hold_are_refused(topic, kinds, values):
    with pytest.raises(Unavailable) as refused:
        abi.event(log([topic, ID], abi_encode(kinds, values)), WHERE.time)
    assert refused.value.rule == "chain.answer"


@given(st.integers(0, 2**40 - 1), st.lists(st.integers(0, 2**128 - 1), min_size=4, max_size=4))
def test_what_the_contract_can_hold_can_be_stored(until, amounts):
    delivered = log([abi.DELIVERED, ID], abi_encode(["uint256"], [until]))
    paid = log([abi.PAID, ID], abi_encode(["uint256"] * 5, [255, *amounts]))
    for event in (abi.event(delivered, WHERE.time), abi.event(paid, WHERE.time)):
        assert event_from_bytes(event_to_bytes(event)) == event


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(funded(TERMS))), json_values)
def test_a_hostile_log_is_unavailable_or_an_event(name, value):
    try:
        abi.event(funded(TERMS) | {name: value}, WHERE.time)
    except Unavailable as error:
        assert error.rule == "chain.answer"


@given(json_values)
def test_what_is_no_log_at_all(value):
    with pytest.raises(Unavailable):
        abi.event(value, WHERE.time)


@given(st.binary(max_size=1_000))
def test_hostile_data_is_unavailable_or_an_event(data):
    try:
        abi.event(log([abi.FUNDED, ID, ID, ID], data), WHERE.time)
    except Unavailable as error:
        assert error.rule == "chain.answer"


def test_revert_reasons():
    text = abi.ERROR + abi_encode(["string"], ["too early\x1b" + "x" * 900])
    assert abi.revert_reason("0x" + text.hex()) == "too early " + "x" * 190
    panic = abi.PANIC + abi_encode(["uint256"], [0x11])
    assert abi.revert_reason("0x" + panic.hex()) == "panic 0x11"
    for nothing in (
        None,
        "0x",
        "zz",
        5,
        "0x08c379a0",
        "0x08c379a0" + "ff" * 64,
        "0x" + "00" * 9_000,
    ):
        assert abi.revert_reason(nothing) is None
