"""Calls, answers and logs of the campaign contract: the layouts of its ABI, and nothing that it can't hold."""

import pytest
from eth_abi import encode

from node.contracts import campaign_abi as abi
from node.contracts.artifacts import artifact
from node.protocol.campaign import MAX_AMOUNT, MAX_TRANCHES, Phase
from node.protocol.errors import Unavailable
from tests.contracts.test_abi import signatures

ID, BACKER, ORDER = b"\x1d" * 32, b"\xba" * 20, b"\x0d" * 32


def test_every_function_that_changes_something_is_known():
    theirs = signatures("function", "Campaign")
    ours = {function.name: function.selector for function in abi.CAMPAIGN_FUNCTIONS}
    assert {name: theirs[name][:4] for name in ours} == ours
    writing = {
        one["name"]
        for one in artifact("Campaign").abi
        if one["type"] == "function" and one["stateMutability"] != "view"
    }
    assert writing <= set(ours)


def test_the_log_of_a_pledge_is_the_contracts():
    assert signatures("event", "Campaign")["Pledged"] == abi.PLEDGED


def test_the_answers_are_the_contracts():
    answers = {
        one["name"]: tuple(each["type"] for each in one["outputs"])
        for one in artifact("Campaign").abi
        if one["type"] == "function"
    }
    assert (answers["campaigns"], answers["pledges"]) == (abi.STATE, abi.MARK)


def state(*values: int) -> bytes:
    return encode(["uint256"] * 5, values)


def test_a_state():
    found = abi.state(state(7, 5, 3, 1, 1), 9, 10)
    assert (found.phase, found.pledges, found.money, found.objections, found.paid) == (
        *(Phase.LIVE, 7, 5),
        *(3, 1),
    )
    assert (found.block, found.time) == (9, 10)
    assert abi.state(bytes(160), 9, 10).phase is Phase.NONE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(159),
        state(7, 5, 3, 1, 5),  # no such phase
        state(5, 7, 3, 1, 1),  # more money than pledges
        state(7, 5, 3, MAX_TRANCHES + 1, 1),
        state(7, 5, 3, 256, 1),
        state(MAX_AMOUNT + 1, 5, 3, 1, 1),
        state(7, 5, MAX_AMOUNT + 1, 1, 1),
        state(7, 5, 3, 1, 0),  # something of nothing
        state(0, 0, 0, 1, 0),
    ],
)
def test_a_state_that_the_contract_cannot_hold(raw):
    with pytest.raises(Unavailable) as refused:
        abi.state(raw, 9, 10)
    assert refused.value.rule == "chain.answer"


def log(**changes) -> dict:
    made = {
        "topics": [abi.PLEDGED, ID, bytes(12) + BACKER, ORDER],
        "data": encode(["uint256", "uint256"], [3, 7]),
        "blockNumber": "0x9",
        "blockHash": "0x" + "bb" * 32,
        "logIndex": "0x1",
        "transactionHash": "0x" + "aa" * 32,
    } | changes
    made["topics"] = ["0x" + one.hex() for one in made["topics"]]
    made["data"] = "0x" + made["data"].hex()
    return made


def test_a_pledge():
    found = abi.pledged(log(), ID)
    assert (found.backer, found.order, found.amount, found.raised) == (BACKER, ORDER, 3, 7)
    assert (found.transaction, found.block) == ("0x" + "aa" * 32, 9)


TOPICS = [abi.PLEDGED, ID, bytes(12) + BACKER, ORDER]


@pytest.mark.parametrize(
    "hostile",
    [
        log(topics=TOPICS[:3]),
        log(topics=[b"\x01" * 32, *TOPICS[1:]]),
        log(topics=[abi.PLEDGED, b"\x01" * 32, *TOPICS[2:]]),
        log(topics=[*TOPICS[:2], b"\x01" * 32, ORDER]),  # no address
        log(topics=[*TOPICS[:3], ORDER[1:]]),
        log(data=b""),
        log(data=encode(["uint256"] * 3, [3, 7, 7])),
        log(data=encode(["uint256"] * 2, [0, 7])),
        log(data=encode(["uint256"] * 2, [8, 7])),
        log(data=encode(["uint256"] * 2, [3, MAX_AMOUNT + 1])),
        log(blockNumber="9"),
        {**log(), "topics": None},
        {"data": "0x"},
        None,
    ],
)
def test_a_log_that_the_contract_never_wrote(hostile):
    with pytest.raises(Unavailable) as refused:
        abi.pledged(hostile, ID)
    assert refused.value.rule == "chain.answer"
