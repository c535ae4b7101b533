"""What the suite of the port can't see: code that isn't ours, and a chain's node that lies. The rest: tests/ports."""

import pytest
import trio
from eth_abi import encode

from node.contracts import open_campaigns
from node.contracts.artifacts import artifact, genuine_code
from node.contracts.campaigns import EvmCampaigns
from node.contracts.create2 import address_everywhere
from node.contracts.endpoints import Endpoints
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc
from node.protocol.campaign import Phase
from node.protocol.errors import RuleError, StateError, Unavailable
from tests.contracts.test_escrow import settings
from tests.contracts.wallet_node import SECRET, FakeNode

CHAIN_ID = 31_337
CONTRACT = b"\xca" * 20
SOMEBODY = b"\x50" * 20
GENUINE = genuine_code(CHAIN_ID, CONTRACT, "Campaign")
ZERO = "0x" + "00" * 32
STATE = "0x" + encode(["uint256"] * 5, [7, 7, 0, 0, 1]).hex()
TRUE = {
    "eth_chainId": hex(CHAIN_ID),
    "eth_getCode": "0x" + GENUINE.hex(),
    "eth_call": STATE,
    "eth_getLogs": [],
    "eth_getBlockByNumber": {
        "number": "0x9",
        "hash": ZERO,
        "parentHash": ZERO,
        "timestamp": "0x99",
    },
}


class Node(Rpc):
    def __init__(self, host: str = "node", **lies: object):
        super().__init__(f"http://{host}")
        self.answers = TRUE | lies
        self.asked: list[str] = []

    async def request(self, method, params):
        await trio.lowlevel.checkpoint()
        self.asked.append(method)
        return {"result": self.answers.get(method)}


def campaigns(access) -> EvmCampaigns:
    return EvmCampaigns(EvmEscrow(access, CHAIN_ID, b"\xe5" * 20, 0), CONTRACT)


def other(at: int) -> str:
    code = bytearray(GENUINE)
    code[at] ^= 1
    return "0x" + code.hex()


async def test_genuine_code_is_asked_for_once():
    node = Node()
    some = campaigns(node)
    await some.verify()
    await some.verify()
    assert node.asked == ["eth_chainId", "eth_getCode"] and some.trouble is None


@pytest.mark.parametrize(
    "code",
    [
        "0x",
        "0x00",
        other(0),
        other(5_000),
        other(artifact("Campaign").immutables["CHAIN"][0] + 31),
        other(artifact("Campaign").immutables["SEPARATOR"][0]),
        "0x" + GENUINE.hex() + "00",
        "0x" + genuine_code(CHAIN_ID, SOMEBODY, "Campaign").hex(),
        "0x" + genuine_code(1_337, CONTRACT, "Campaign").hex(),
        "0x" + genuine_code(CHAIN_ID, CONTRACT, "Escrow").hex(),
    ],
)
async def test_of_other_code_nothing_is_believed_and_nothing_is_sent(code):
    node = Node(eth_getCode=code)
    some = campaigns(node)
    with pytest.raises(RuleError) as refused:
        await some.verify()
    assert refused.value.rule == "chain.code" and some.trouble == refused.value.message
    for ask in (some.state, some.safe_state):
        with pytest.raises(Unavailable) as unavailable:
            await ask(bytes(32))
        assert unavailable.value.rule == "chain.campaigns"
    with pytest.raises(RuleError):
        await some.send(some.withdraw(*[SOMEBODY] * 3))
    assert "eth_call" not in node.asked
    node.answers = TRUE  # it is deployed after all
    assert (await some.state(bytes(32))).phase is Phase.LIVE and some.trouble is None


async def test_another_chain_is_refused():
    with pytest.raises(RuleError) as refused:
        await campaigns(Node(eth_chainId="0x1")).verify()
    assert refused.value.rule == "chain.network"


HOSTILE = [None, {}, [None], 5, "", "0x", "0xzz", "0x" + "ff" * 60_000, True, {"status": 7}, "0x-1"]
ASKED = {
    "eth_call": [
        lambda some: some.state(bytes(32)),
        lambda some: some.pledge_of(bytes(32), SOMEBODY),
        lambda some: some.claims(SOMEBODY, SOMEBODY),
        lambda some: some.allowance(SOMEBODY, SOMEBODY),
    ],
    "eth_getLogs": [lambda some: some.pledged(bytes(32), 5)],
    "eth_getBlockByNumber": [
        lambda some: some.state(bytes(32)),
        lambda some: some.pledged(bytes(32), 5, 99),
    ],
}


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: repr(answer)[:20])
@pytest.mark.parametrize(
    "method, ask", [(method, ask) for method, asks in ASKED.items() for ask in asks]
)
async def test_a_malformed_answer_is_unavailable(method, ask, answer):
    some = campaigns(Node())
    await some.verify()
    some._rpc.answers = TRUE | {method: answer}
    with pytest.raises(Unavailable):
        await ask(some)


async def test_before_the_contract_was_there_nothing_was_opened():
    some = campaigns(Node(eth_call="0x"))
    assert (await some.safe_state(bytes(32))).phase is Phase.NONE


LIES = {
    "eth_chainId": "0x1",
    "eth_getCode": "0x00",
    "eth_call": "0x" + encode(["uint256"] * 5, [9, 9, 0, 0, 1]).hex(),
    "eth_getLogs": [
        {
            "address": "0x" + CONTRACT.hex(),
            "topics": [ZERO],
            "data": "0x",
            "blockNumber": "0x1",
            "blockHash": ZERO,
            "logIndex": "0x0",
            "transactionHash": ZERO,
        }
    ],
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "method, ask",
    [
        ("eth_chainId", lambda some: some.verify()),
        ("eth_getCode", lambda some: some.verify()),
        ("eth_call", lambda some: some.state(bytes(32))),
        ("eth_call", lambda some: some.safe_state(bytes(32))),
        ("eth_call", lambda some: some.pledge_of(bytes(32), SOMEBODY)),
        ("eth_call", lambda some: some.claims(SOMEBODY, SOMEBODY)),
        ("eth_getLogs", lambda some: some.pledged(bytes(32), 5)),
    ],
)
async def test_no_single_endpoint_is_believed(autojump_clock, method, ask, first):
    nodes = [Node("liar", **{method: LIES[method]}), Node("honest")]
    with pytest.raises(Unavailable) as refused:
        await ask(campaigns(Endpoints(nodes if first else nodes[::-1])))
    assert refused.value.rule == "chain.contradiction"


async def test_which_block_is_the_latest_is_asked_of_all(autojump_clock):
    nodes = [Node("one"), Node("other")]
    await campaigns(Endpoints(nodes)).state(bytes(32))
    assert all("eth_getBlockByNumber" in node.asked for node in nodes)


async def test_without_a_wallet_nothing_is_sent():
    some = campaigns(Node())
    with pytest.raises(StateError):
        await some.send(some.withdraw(*[SOMEBODY] * 3))


class Paying(FakeNode):
    """A node that lets send, and has the contract's code."""

    troubles = ()

    @property
    def agreed(self):
        return self

    def eth_chainId(self) -> str:
        return hex(CHAIN_ID)

    def eth_getCode(self, *_) -> str:
        return "0x" + GENUINE.hex()


async def test_its_transactions_and_the_escrows_are_counted_together():
    """Where the chain's node lags behind what it was given, two that count by themselves would use a number twice."""
    node = Paying()
    escrow = EvmEscrow(node, CHAIN_ID, b"\xe5" * 20, 0, (), SECRET)
    some = EvmCampaigns(escrow, CONTRACT)
    await escrow.send(escrow.withdraw(*[SOMEBODY] * 3))
    node.answers["eth_getTransactionCount"] = "0x5"
    await some.send(some.withdraw(*[SOMEBODY] * 3))
    await escrow.send(escrow.withdraw(SOMEBODY, SOMEBODY, CONTRACT))
    assert [sent["nonce"] for sent in node.sent] == [5, 6, 7]


def test_opening_by_the_configuration():
    escrow = EvmEscrow(Node(), CHAIN_ID, b"\xe5" * 20, 0, (), b"\7" * 32)
    named = settings("http://127.0.0.1:1", campaign="0x" + CONTRACT.hex())
    opened = open_campaigns(named, escrow)
    assert (opened.chain, opened.contract) == ("eip155:31337", CONTRACT)
    assert opened.wallet == escrow.wallet
    usual = open_campaigns(settings("http://127.0.0.1:1", campaign=""), escrow)
    assert usual.contract == address_everywhere("Campaign")
