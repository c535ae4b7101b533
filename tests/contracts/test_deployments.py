"""What is at an address, and since when it is there."""

import pytest

from node.contracts import deployments
from node.contracts.artifacts import artifact, genuine_code
from node.contracts.create2 import PROXY, address_everywhere
from node.contracts.deployments import (
    Known,
    Verdict,
    campaign_place,
    examine,
    first_block,
    listed,
    place,
    recognised,
)
from node.contracts.rpc import RpcError
from node.protocol.errors import RuleError, Unavailable

CONTRACT = address_everywhere("Escrow")
CODE = genuine_code(31_337, CONTRACT)
ZERO = "0x" + "00" * 32


class Codes:
    """A chain's node that knows since when there is code where; states before `oldest` are forgotten."""

    def __init__(self, head: int, oldest: int = 0, refuses: bool = True, **since: int):
        self.head, self.oldest, self.refuses, self.since = head, oldest, refuses, since
        self.asked = 0

    async def call(self, method, *params):
        if method == "eth_getBlockByNumber":
            number = hex(self.head)
            return {"number": number, "hash": ZERO, "parentHash": ZERO, "timestamp": "0x1"}
        assert method == "eth_getCode"
        self.asked += 1
        address, block = params
        number = self.head if block == "latest" else int(block, 16)
        if number < self.oldest:
            if self.refuses:
                raise RpcError(-32000, "missing trie node")
            return "0x"
        name = {"0x" + CONTRACT.hex(): "escrow", "0x" + PROXY.hex(): "proxy"}[address]
        return "0x01" if name in self.since and number >= self.since[name] else "0x"


class Holding:
    """A chain's node that has this code everywhere."""

    def __init__(self, code: bytes):
        self.code = code

    async def call(self, method, *params):
        return "0x" + self.code.hex()


@pytest.mark.parametrize("since", [0, 1, 2, 6_812_345, 20_000_000])
async def test_the_first_block_is_found_by_bisection(since):
    chain = Codes(20_000_000, escrow=since, proxy=0)
    assert await first_block(chain, CONTRACT) == since
    assert chain.asked <= 28


@pytest.mark.parametrize("refuses", [True, False])
async def test_a_node_without_old_states_doesnt_name_a_block(refuses):
    """A block that is too late would hide payments: whoever forgets says either so or, wrongly, that there was no code."""
    chain = Codes(1_000, oldest=900, refuses=refuses, escrow=500, proxy=0)
    with pytest.raises(Unavailable, match="escrow_since") as refused:
        await first_block(chain, CONTRACT)
    assert refused.value.rule == "chain.history"


def test_no_deployment_is_claimed():
    """Nothing is deployed publicly yet. Once something is, it must be at the address that the escrow of this version has everywhere,
    or say why here."""
    assert listed() == {}


def test_the_settings_win_over_the_list_and_the_list_over_the_usual_address(monkeypatch):
    elsewhere, since = bytes([7]) * 20, 9
    entry = Known(elsewhere, since, "Sepolia")
    monkeypatch.setattr(deployments, "listed", lambda: {"eip155:11155111": entry})
    own = "0x" + "ab" * 20
    assert place(11_155_111, "", 0) == (elsewhere, since)
    assert place(11_155_111, "", 12) == (elsewhere, 12)
    assert place(11_155_111, "0x" + elsewhere.hex(), 0) == (elsewhere, since)
    assert place(11_155_111, own, 0) == (bytes.fromhex("ab" * 20), None)
    assert place(11_155_111, own, 5) == (bytes.fromhex("ab" * 20), 5)
    assert place(84_532, "", 0) == (CONTRACT, None)


async def test_where_nothing_is_there_is_no_first_block():
    with pytest.raises(RuleError) as refused:
        await first_block(Codes(10), CONTRACT)
    assert refused.value.rule == "chain.code"


@pytest.mark.parametrize(
    "code, verdict, said",
    [
        (CODE, Verdict.SAME, None),
        (b"", Verdict.NOTHING, "etal contract deploy"),
        (genuine_code(1, CONTRACT), Verdict.ELSEWHERE, "another chain or address"),
        (genuine_code(31_337, PROXY), Verdict.ELSEWHERE, "another chain or address"),
        (artifact("Escrow").deployed, Verdict.ELSEWHERE, "another chain or address"),
        (CODE[:-1], Verdict.OTHER, "not the escrow"),
        (CODE + b"\0", Verdict.OTHER, "not the escrow"),
        (b"\xff" + CODE[1:], Verdict.OTHER, "not the escrow"),
    ],
)
async def test_the_whole_code_is_compared(code, verdict, said):
    found = await examine(Holding(code), 31_337, CONTRACT)
    assert (found.verdict, found.code) == (verdict, code)
    if said is None:
        return found.need_ours()
    with pytest.raises(RuleError, match=said) as refused:
        found.need_ours()
    assert refused.value.rule == "chain.code"


CAMPAIGN = address_everywhere("Campaign")


@pytest.mark.parametrize(
    "code, verdict, said",
    [
        (genuine_code(31_337, CAMPAIGN, "Campaign"), Verdict.SAME, ""),
        (b"", Verdict.NOTHING, "The campaign contract isn't at"),
        (artifact("Campaign").deployed, Verdict.ELSEWHERE, "is the campaign contract's, but made"),
        (genuine_code(31_337, CAMPAIGN), Verdict.OTHER, "is not the campaign contract that"),
    ],
)
async def test_the_campaign_contract_is_compared_with_its_own_code(code, verdict, said):
    found = await examine(Holding(code), 31_337, CAMPAIGN, "Campaign")
    assert (found.verdict, found.name) == (verdict, "Campaign")
    assert said in found.problem and bool(found.problem) is bool(said)


@pytest.mark.parametrize(
    "code, name, verdict",
    [
        (CODE, "Escrow", Verdict.SAME),
        (genuine_code(31_337, CONTRACT, "Campaign"), "Campaign", Verdict.SAME),
        (artifact("Campaign").deployed, "Campaign", Verdict.ELSEWHERE),
        (b"\x01", "Escrow", Verdict.OTHER),
        (b"", "Escrow", Verdict.NOTHING),
    ],
)
async def test_a_contract_is_recognised_by_its_code(code, name, verdict):
    found = await recognised(Holding(code), 31_337, CONTRACT)
    assert (found.name, found.verdict) == (name, verdict)


def test_the_campaign_contract_is_where_the_settings_say_else_at_its_usual_address():
    assert campaign_place("") == CAMPAIGN
    assert campaign_place("0x" + "ab" * 20) == bytes.fromhex("ab" * 20)
