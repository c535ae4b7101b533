"""Putting the escrow on chains: the same address on each, nothing paid twice, and what is said where it can't be."""

import pytest
import trio

from node.contracts import deploy as module
from node.contracts.artifacts import artifact
from node.contracts.create2 import PROXY, PROXY_CODE, PROXY_TRANSACTION, SIGNER, address_everywhere
from node.contracts.deploy import deploy, deploy_market, receipt_of
from node.contracts.deployments import code_at
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc, RpcError
from node.contracts.tokens import KnownToken
from node.devchain import start_devchain
from node.devchain.accounts import ADDRESSES, KEYS
from node.protocol.errors import RuleError, Unavailable
from node.protocol.escrow import NOBODY
from tests.chains import post, start_anvil


@pytest.fixture
def url():
    with start_devchain() as chain:
        yield chain.url


async def test_a_market_is_ready_to_trade(url):
    wallet = b"\x07" * 20
    market = await deploy_market(url, [wallet])
    assert market["chain_id"] == 31_337
    token = bytes.fromhex(market["token"][2:])
    contract = bytes.fromhex(market["escrow"][2:])
    assert contract == address_everywhere("Escrow")
    assert bytes.fromhex(market["campaign"][2:]) == address_everywhere("Campaign")
    assert [bytes.fromhex(one[2:]) for one in market["accounts"]] == list(ADDRESSES)
    escrow = EvmEscrow(Rpc(url), 31_337, contract, market["since"], [KnownToken(token)])
    await escrow.verify()
    assert await escrow.balance(wallet, NOBODY) == 100 * 10**18
    assert await escrow.balance(wallet, token) == 100_000 * 10**6
    assert await escrow.balance(ADDRESSES[5], token) == 100_000 * 10**6
    # a second market on the same chain shares the contracts
    again = await deploy_market(url, [])
    assert (again["escrow"], again["since"], again["token"]) == (
        market["escrow"],
        market["since"],
        market["token"],
    )


@pytest.mark.parametrize("start", [start_devchain, start_anvil])
async def test_it_has_the_same_address_on_chains_of_different_ids(start):
    """One without the common deployer (ours), one with it (anvil)."""
    found = set()
    for chain_id in (31_337, 1_337):
        options = (chain_id,) if start is start_devchain else ("--chain-id", str(chain_id))
        with start(*options) as chain:
            rpc = Rpc(getattr(chain, "url", chain))
            assert bool(await code_at(rpc, PROXY)) is (start is start_anvil)
            made = await deploy(rpc, KEYS[3], chain_id)
            assert made.new
            await EvmEscrow(rpc, chain_id, made.address, made.block).verify()
            assert not await code_at(rpc, made.address, hex(made.block - 1))
            found.add(made.address)
            await rpc.aclose()
    assert found == {address_everywhere("Escrow")}


async def test_what_is_there_already_is_checked_and_not_paid_again(url):
    rpc = Rpc(url)
    first = await deploy(rpc, KEYS[3], 31_337)
    assert await code_at(rpc, PROXY) == PROXY_CODE
    post(url, "evm_mine")
    before = post(url, "eth_getTransactionCount", "0x" + ADDRESSES[4].hex(), "latest")
    again = await deploy(rpc, KEYS[4], 31_337)
    assert (again.address, again.block, again.new) == (first.address, first.block, False)
    assert post(url, "eth_getTransactionCount", "0x" + ADDRESSES[4].hex(), "latest") == before


class Wrapped(Rpc):
    """A chain's node with answers of the test's own."""

    def __init__(self, url: str, **answers):
        super().__init__(url)
        self.answers = answers

    async def call(self, method, *params):
        if method in self.answers:
            answer = self.answers[method](*params)
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                return answer
        return await super().call(method, *params)


async def test_other_code_at_the_address_is_told(url):
    at_ours = "0x" + address_everywhere("Escrow").hex()
    code = "0x" + artifact("Escrow").deployed.hex()
    for answer, said in ((code, "another chain or address"), ("0x00", "not the escrow")):
        rpc = Wrapped(url, eth_getCode=lambda at, _, a=answer: a if at == at_ours else None)
        with pytest.raises(RuleError, match=said) as refused:
            await deploy(rpc, KEYS[3], 31_337)
        assert refused.value.rule == "chain.code"


async def test_a_chain_that_takes_no_transaction_without_its_id(url):
    """Nothing is paid to the deployer's signer in vain, and it is said what can be done."""
    refusal = RpcError(-32000, "only replay-protected (EIP-155) transactions allowed over RPC")
    raw = "0x" + PROXY_TRANSACTION.hex()
    rpc = Wrapped(url, eth_sendRawTransaction=lambda sent: refusal if sent == raw else None)
    with pytest.raises(RuleError) as refused:
        await deploy(rpc, KEYS[3], 31_337)
    assert refused.value.rule == "chain.deployer"
    for said in ("0x4e59b44847b379578588920cA78FbF26c0B4956C", "EIP-155", "use another network"):
        assert said in refused.value.message
    assert post(url, "eth_getBalance", "0x" + SIGNER.hex(), "latest") == "0x0"


async def test_other_code_in_place_of_the_common_deployer(url):
    rpc = Wrapped(url, eth_getCode=lambda at, _: "0x01" if at == "0x" + PROXY.hex() else None)
    with pytest.raises(RuleError) as refused:
        await deploy(rpc, KEYS[3], 31_337)
    assert refused.value.rule == "chain.deployer"


async def test_the_common_deployer_that_waits_already_is_waited_for(url):
    """Its fee was paid and its transaction sent by somebody else a moment ago."""
    gift = {"from": "0x" + ADDRESSES[0].hex(), "to": "0x" + SIGNER.hex(), "value": hex(10**16)}
    post(url, "eth_sendTransaction", gift)
    raw = "0x" + PROXY_TRANSACTION.hex()

    def taken_before(sent):
        if sent == raw:
            post(url, "eth_sendRawTransaction", raw)
            return RpcError(-32000, "already known")

    made = await deploy(Wrapped(url, eth_sendRawTransaction=taken_before), KEYS[3], 31_337)
    assert made.new


async def test_only_on_accepted_networks(url):
    with pytest.raises(RuleError) as refused:
        await deploy(Rpc(url), KEYS[3], 1)
    assert refused.value.rule == "chain.network"


async def test_a_receipt_that_never_comes(autojump_clock):
    class Silent:
        async def call(self, *_):
            await trio.lowlevel.checkpoint()

    with pytest.raises(Unavailable) as refused:
        await receipt_of(Silent(), "0x11")
    assert refused.value.rule == "chain.slow"


async def test_code_that_a_lagging_server_has_a_moment_later(autojump_clock, monkeypatch):
    answers = [b"", b"", b"code"]

    async def code(*_):
        return answers.pop(0)

    monkeypatch.setattr(module, "code_at", code)
    assert await module._new_code(Rpc("http://127.0.0.1:1"), PROXY, module.LOOKS) == b"code"
