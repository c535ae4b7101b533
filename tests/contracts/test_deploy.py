import pytest
import trio

from node.contracts.deploy import deploy, deploy_market, receipt_of
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Rpc
from node.contracts.tokens import KnownToken
from node.devchain.accounts import ADDRESSES, KEYS
from node.protocol.errors import RuleError, Unavailable
from node.protocol.escrow import NOBODY
from tests.chains import start_chain


@pytest.fixture(scope="module")
def url():
    with start_chain("devchain") as url:
        yield url


async def test_a_market_is_ready_to_trade(url):
    wallet = b"\x07" * 20
    market = await deploy_market(url, [wallet])
    assert market["chain_id"] == 31_337
    token = bytes.fromhex(market["token"][2:])
    contract = bytes.fromhex(market["escrow"][2:])
    assert [bytes.fromhex(one[2:]) for one in market["accounts"]] == list(ADDRESSES)
    escrow = EvmEscrow(Rpc(url), 31_337, contract, market["since"], [KnownToken(token)])
    await escrow.verify()
    assert await escrow.balance(wallet, NOBODY) == 100 * 10**18
    assert await escrow.balance(wallet, token) == 100_000 * 10**6
    assert await escrow.balance(ADDRESSES[5], token) == 100_000 * 10**6


async def test_deploying_with_a_key(url):
    rpc = Rpc(url)
    made = await deploy(rpc, KEYS[3], 31_337, "Escrow")
    await EvmEscrow(rpc, 31_337, made.address, made.block).verify()


async def test_only_on_accepted_networks(url):
    with pytest.raises(RuleError) as refused:
        await deploy(Rpc(url), KEYS[3], 1, "Escrow")
    assert refused.value.rule == "chain.network"


async def test_a_receipt_that_never_comes(autojump_clock):
    class Silent:
        async def call(self, *_):
            await trio.lowlevel.checkpoint()

    with pytest.raises(Unavailable) as refused:
        await receipt_of(Silent(), "0x11")
    assert refused.value.rule == "chain.slow"
