"""The suite of the escrow port: against the dev chain, against anvil, and against the fake."""

import time
from contextlib import contextmanager

import pytest
import trio
from eth_account import Account

from node.contracts import abi
from node.contracts.deploy import deploy_market
from node.contracts.endpoints import Endpoints
from node.contracts.escrow import EvmEscrow
from node.contracts.rpc import Access
from node.contracts.tokens import KnownToken
from node.devchain.accounts import KEYS
from node.protocol.escrow import DAY, Settlement, address_of, escrow_id
from tests import contract_wallet
from tests.chains import ForgetfulRpc, automine_off, post, start_anvil, start_chain
from tests.fakes.chain import MemoryChain
from tests.fakes.contract import Signed
from tests.fakes.escrow import MemoryEscrow

from .escrow_bench import EscrowBench, Seen
from .escrow_following_suite import EscrowFollowingSuite
from .escrow_signed_suite import EscrowSignedSuite
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

OWNER = KEYS[3]  # of the wallet that is a contract

CLOSED = "http://127.0.0.1:1"  # nobody listens there


class MemoryWorld:
    secrets = KEYS[:3]

    def __init__(self):
        self.chain = MemoryChain()
        self.token = self.chain.token
        self.no_receiver = bytes([5]) * 20
        self.two_faced = bytes([6]) * 20
        self.chain.refusing |= {self.no_receiver, self.two_faced}
        self.contract_wallet = bytes([8]) * 20
        self.chain.contracts[self.contract_wallet] = address_of(OWNER)
        self.chain.give(self.contract_wallet, 10**20)
        self.chain.give(self.contract_wallet, 10**12, self.token)
        for secret in self.secrets:
            self.chain.give(address_of(secret), 10**20)
            self.chain.give(address_of(secret), 10**12, self.token)

    def escrow(self, secret=None):
        return MemoryEscrow(self.chain, secret)

    def by_no_receiver(self, transaction):
        self.chain.submit(Signed(b"\x05" * 32, self.no_receiver, transaction))

    def by_contract_wallet(self, transaction):
        self.chain.submit(Signed(b"\x06" * 32, self.contract_wallet, transaction))

    def contract_signature(self, digest):
        return contract_wallet.signature(digest, OWNER)

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
        self.contract_wallet = self._deploy(contract_wallet.making(address_of(OWNER)))
        self.transact(to="0x" + self.contract_wallet.hex(), value=hex(10**18))
        minted = abi.MINT(self.contract_wallet, 10**12)
        self.transact(to="0x" + self.token.hex(), data="0x" + minted.hex())

    def escrow(self, secret=None, url=None):
        known = [KnownToken(self.token, "USD")]
        access = self._access(url or self.url)
        return EvmEscrow(access, 31_337, self.contract, self.since, known, secret, poll=0.02)

    def _access(self, url: str) -> Access:
        self.rpcs.append(ForgetfulRpc(url))
        return self.rpcs[-1]

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

    def by_contract_wallet(self, transaction):
        data = contract_wallet.call(transaction.to, transaction.value, transaction.data)
        self.transact(to="0x" + self.contract_wallet.hex(), data=data)

    def contract_signature(self, digest):
        return contract_wallet.signature(digest, OWNER)

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


class ComparedWorld(EvmWorld):
    """By two endpoints that must say the same."""

    def _access(self, url: str) -> Access:
        return Endpoints([super()._access(url), super()._access(url)])


@pytest.fixture(scope="module")
def devchain_world():
    with start_chain("devchain") as url:
        yield EvmWorld(url)


@pytest.fixture(scope="module")
def anvil_world():
    with start_chain("anvil") as url:
        yield EvmWorld(url)


@pytest.fixture(scope="module")
def compared_world():
    with start_chain("anvil") as url:
        yield ComparedWorld(url)


class TestMemoryEscrow(EscrowSuite, EscrowFollowingSuite, EscrowSignedSuite):
    @pytest.fixture
    def world(self):
        return MemoryWorld()


class TestDevChain(EscrowSuite, EscrowFollowingSuite, EscrowSignedSuite):
    @pytest.fixture
    async def world(self, devchain_world):
        yield devchain_world
        await devchain_world.aclose()


class TestAnvil(EscrowSuite, EscrowFollowingSuite, EscrowSignedSuite):
    @pytest.fixture
    async def world(self, anvil_world):
        yield anvil_world
        await anvil_world.aclose()


class TestTwoEndpoints(EscrowSuite, EscrowFollowingSuite, EscrowSignedSuite):
    @pytest.fixture
    async def world(self, compared_world):
        yield compared_world
        await compared_world.aclose()


class TestDelegated(EscrowBench):
    """An account with a key and code (EIP-7702), on the one chain here that knows such."""

    @pytest.fixture(scope="class")
    def world(self):
        with start_anvil("--hardfork", "prague") as url:
            yield EvmWorld(url)

    async def test_it_buys_with_its_keys_signatures(self, world, buyer):
        secret = KEYS[4]
        account = address_of(secret)
        delegate(world, secret)
        terms = self.terms(world, world.token, buyer=account)
        signer = await self.ready(world, secret)
        before = world.now() + DAY
        # the token asks its code, which accepts what its key has signed
        signature = signer.sign_authorization(terms, before)
        assert await buyer.is_authorized(terms, before, signature)
        await self.do(buyer, buyer.fund_with_authorization(terms, before, signature))
        id = escrow_id(terms, buyer.chain_id, buyer.contract)
        seen = await Seen(buyer).until(lambda seen: seen.of(id))
        release = Settlement(id, seen.of(id)[0].at, terms.amount, 0, terms.amount, before)
        given = signer.sign_settlement(release)
        await self.do(buyer, buyer.settle(terms, release, buyer=given))
        assert await buyer.balance(terms.payout, world.token) == terms.amount


def delegate(world, secret: bytes) -> None:
    """Give the account of this key the code of a wallet that accepts the key's own signatures."""
    account = Account.from_key(secret)
    wallet = world._deploy(contract_wallet.making(address_of(secret), 65))
    nonce = int(post(world.url, "eth_getTransactionCount", account.address, "latest"), 16)
    permission = account.sign_authorization(
        {"chainId": 31_337, "address": "0x" + wallet.hex(), "nonce": nonce + 1}
    )
    signed = account.sign_transaction(
        {
            "chainId": 31_337,
            "type": 4,
            "nonce": nonce,
            "gas": 200_000,
            "maxFeePerGas": 10**11,
            "maxPriorityFeePerGas": 1,
            "to": account.address,
            "value": 0,
            "data": "0x",
            "authorizationList": [permission],
        }
    )
    post(world.url, "eth_sendRawTransaction", "0x" + bytes(signed.raw_transaction).hex())
    deadline = time.monotonic() + 10
    while post(world.url, "eth_getCode", account.address, "latest") == "0x":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    minted = abi.MINT(address_of(secret), 10**9)
    world.transact(to="0x" + world.token.hex(), data="0x" + minted.hex())
