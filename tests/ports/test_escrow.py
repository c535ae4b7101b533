"""The suite of the escrow port: against the dev chain, against anvil, and against the fake."""

import time
from contextlib import contextmanager

import pytest
import trio

from node.contracts.deploy import deploy_market
from node.contracts.escrow import EvmEscrow
from node.contracts.tokens import KnownToken
from node.devchain.accounts import KEYS
from node.protocol.escrow import address_of
from tests.chains import ForgetfulRpc, automine_off, post, start_chain
from tests.fakes.chain import MemoryChain
from tests.fakes.contract import Signed
from tests.fakes.escrow import MemoryEscrow

from .escrow_following_suite import EscrowFollowingSuite
from .escrow_suite import EscrowSuite

NO_RECEIVER = bytes.fromhex(
    "602a600c600039602a6000f3"  # the contract's making: return the 42 bytes that follow
    "36600857600080fd"  # without calldata, as coins are pushed: revert
    "5b60203603806020600037"  # else the calldata behind its first word
    "6000600082600060006000355af1"  # is sent to the address in that word
    "602857600080fd5b00"  # and a call that fails reverts
)

TWO_FACED = bytes.fromhex(
    "6008600c60003960086000f3"  # the contract's making: return the 8 bytes that follow
    "3a15600657fe5b00"  # if not tx.gasprice: stop; else: invalid
)

CLOSED = "http://127.0.0.1:1"  # nobody listens there


class MemoryWorld:
    secrets = KEYS[:3]

    def __init__(self):
        self.chain = MemoryChain()
        self.token = self.chain.token
        self.no_receiver = bytes([5]) * 20
        self.two_faced = bytes([6]) * 20
        self.chain.refusing |= {self.no_receiver, self.two_faced}
        for secret in self.secrets:
            self.chain.give(address_of(secret), 10**20)
            self.chain.give(address_of(secret), 10**12, self.token)

    def escrow(self, secret=None):
        return MemoryEscrow(self.chain, secret)

    def by_no_receiver(self, transaction):
        self.chain.submit(Signed(b"\x05" * 32, self.no_receiver, transaction))

    def unreachable(self):
        self.chain.set_down(True)
        return MemoryEscrow(self.chain, KEYS[0])

    def now(self):
        return self.chain.head.time

    def head(self):
        return self.chain.head.number

    def mine(self, count=1):
        self.chain.mine(count)

    def pass_time(self, seconds):
        self.chain.pass_time(seconds)
        self.chain.mine()

    def reorg(self, depth):
        self.chain.reorg(depth)

    @contextmanager
    def held(self):
        self.chain.automine = False
        yield
        self.chain.automine = True
        self.chain.mine()

    @contextmanager
    def forgetful(self):
        self.chain.forgetful = True
        yield
        self.chain.forgetful = False

    @contextmanager
    def syncing(self):
        self.chain.set_syncing(True)
        yield
        self.chain.set_syncing(False)


class EvmWorld:
    secrets = KEYS[:3]

    def __init__(self, url: str):
        self.url = url
        self.rpcs: list[ForgetfulRpc] = []
        market = trio.run(deploy_market, url, [])
        self.contract = bytes.fromhex(market["escrow"][2:])
        self.since = market["since"]
        self.token = bytes.fromhex(market["token"][2:])
        self.no_receiver = self._deploy(NO_RECEIVER)
        self.two_faced = self._deploy(TWO_FACED)

    def escrow(self, secret=None, url=None):
        known = [KnownToken(self.token, "USD")]
        rpc = ForgetfulRpc(url or self.url)
        self.rpcs.append(rpc)
        return EvmEscrow(rpc, 31_337, self.contract, self.since, known, secret, poll=0.02)

    def transact(self, **what):
        """By an account that the chain's node holds the key of; the receipt."""
        sender = "0x" + address_of(KEYS[0]).hex()
        sent = post(self.url, "eth_sendTransaction", {"from": sender, "gas": "0x100000", **what})
        deadline = time.monotonic() + 10
        while not (receipt := post(self.url, "eth_getTransactionReceipt", sent)):
            assert time.monotonic() < deadline  # anvil answers before its block is made
            time.sleep(0.01)
        assert receipt["status"] == "0x1"
        return receipt

    def by_no_receiver(self, transaction):
        called = bytes.fromhex(transaction.to[2:]).rjust(32, b"\0").hex()
        self.transact(to="0x" + self.no_receiver.hex(), data="0x" + called + transaction.data[2:])

    def _deploy(self, making: bytes) -> bytes:
        return bytes.fromhex(self.transact(data=f"0x{making.hex()}")["contractAddress"][2:])

    def unreachable(self):
        return self.escrow(KEYS[0], CLOSED)

    async def aclose(self):
        """The dev chain serves so many connections and no more."""
        while self.rpcs:
            await self.rpcs.pop().aclose()

    def now(self):
        return int(post(self.url, "eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def head(self):
        return int(post(self.url, "eth_blockNumber"), 16)

    def mine(self, count=1):
        post(self.url, "anvil_mine", hex(count))

    def pass_time(self, seconds):
        post(self.url, "evm_increaseTime", seconds)
        post(self.url, "evm_mine")

    def reorg(self, depth):
        post(self.url, "anvil_reorg", depth, [])

    def held(self):
        return automine_off(self.url)

    @contextmanager
    def forgetful(self):
        for rpc in self.rpcs:
            rpc.forgets = True
        yield
        for rpc in self.rpcs:
            rpc.forgets = False

    @contextmanager
    def syncing(self):
        for rpc in self.rpcs:
            rpc.last = 0
        yield
        for rpc in self.rpcs:
            rpc.last = None


@pytest.fixture(scope="module")
def devchain_world():
    with start_chain("devchain") as url:
        yield EvmWorld(url)


@pytest.fixture(scope="module")
def anvil_world():
    with start_chain("anvil") as url:
        yield EvmWorld(url)


class TestMemoryEscrow(EscrowSuite, EscrowFollowingSuite):
    @pytest.fixture
    def world(self):
        return MemoryWorld()


class TestDevChain(EscrowSuite, EscrowFollowingSuite):
    @pytest.fixture
    async def world(self, devchain_world):
        yield devchain_world
        await devchain_world.aclose()


class TestAnvil(EscrowSuite, EscrowFollowingSuite):
    @pytest.fixture
    async def world(self, anvil_world):
        yield anvil_world
        await anvil_world.aclose()
