"""What the escrow's adapter asks of all endpoints, and what of any."""

import pytest
import trio

from node.contracts.artifacts import genuine_code
from node.contracts.endpoints import Endpoints
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc
from node.contracts.tokens import KnownToken
from node.protocol.errors import Unavailable
from node.protocol.escrow import NOBODY

CHAIN_ID = 31_337
CONTRACT, TOKEN, SOMEBODY = b"\xe5" * 20, b"\x70" * 20, b"\x50" * 20
WORD = "0x" + "00" * 31 + "06"
TRUE = {
    "eth_chainId": hex(CHAIN_ID),
    "eth_getCode": "0x" + genuine_code(CHAIN_ID, CONTRACT).hex(),
    "eth_call": WORD,
    "eth_getBalance": "0x7",
}
LIES = {
    "eth_chainId": "0x1",
    "eth_getCode": "0x00",
    "eth_call": "0x" + "00" * 31 + "09",
    "eth_getBalance": "0x0",
}


class Node(Rpc):
    def __init__(self, host: str, *lies: str):
        super().__init__(f"http://{host}")
        self.answers = TRUE | {method: LIES[method] for method in lies}
        self.asked: list[str] = []

    async def request(self, method, params):
        await trio.lowlevel.checkpoint()
        self.asked.append(method)
        return {"result": self.answers.get(method)}


def escrow(*lies: str, first: bool = True) -> tuple[EvmEscrow, list[Node]]:
    nodes = [Node("liar", *lies), Node("honest")]
    access = Endpoints(nodes if first else nodes[::-1])
    return EvmEscrow(access, CHAIN_ID, CONTRACT, 7, [KnownToken(TOKEN)], b"\x07" * 32), nodes


ASKED = {  # of all endpoints -> what one of them lies about
    "verify": (("eth_chainId", "eth_getCode"), lambda it: it.verify()),
    "pot": (("eth_call",), lambda it: it.pot(bytes(32), 9)),
    "claims": (("eth_call",), lambda it: it.claims(SOMEBODY, NOBODY)),
    "accepts": (("eth_call",), lambda it: it.accepts(SOMEBODY, bytes(32), b"\x01" * 65)),
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "what, lie", [(w, each) for w, (lies, _) in ASKED.items() for each in lies]
)
async def test_what_money_hangs_on_is_believed_of_no_single_one(autojump_clock, what, lie, first):
    some, nodes = escrow(lie, first=first)
    with pytest.raises(Unavailable) as refused:
        await ASKED[what][1](some)
    assert refused.value.rule == "chain.contradiction"
    assert all(lie in node.asked for node in nodes)


async def test_what_a_token_says_of_itself_is_believed_of_no_single_one(autojump_clock):
    some, _ = escrow("eth_call")
    await some.verify()
    assert some.token_troubles
    assert [each.asset for each in some.tokens()] == [f"eip155:{CHAIN_ID}/slip44:60"]


async def test_what_none_hangs_on_is_asked_of_one(autojump_clock):
    some, nodes = escrow("eth_getBalance", first=False)
    assert await some.balance(SOMEBODY, NOBODY) == 7
    assert nodes[0].asked == []


async def test_what_is_followed_comes_from_all_of_them(autojump_clock):
    some, nodes = escrow()
    with trio.move_on_after(5):
        async for _ in some.follow([]):
            raise AssertionError("nothing is there to be told")
    assert all("eth_getBlockByNumber" in node.asked for node in nodes)
