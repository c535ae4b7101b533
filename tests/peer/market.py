"""Peers on an in-memory network and chain, with a clock that jumps: everything real but the adapters."""

from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from node.contracts import abi, campaign_abi
from node.peer import Peer
from node.peer.world import Keyring, Settings, World
from node.ports import Transaction
from node.protocol.encoding import id_from_text
from node.protocol.errors import RuleError, Unavailable
from node.protocol.escrow import address_of
from node.protocol.keys import derive
from node.protocol.patterns import address_to_text
from node.protocol.registry import standard
from tests.fakes.campaigns import MemoryCampaigns
from tests.fakes.chain import MemoryChain
from tests.fakes.escrow import MemoryEscrow
from tests.fakes.network import Hub, MemoryNetwork
from tests.fakes.store import MemoryStore

ETH = 10**18
COIN = "eip155:31337/slip44:60"
BUYER_WALLET = b"\x0b" * 32  # the key of a wallet in the buyer's browser
BUYER_ACCOUNT = address_to_text(address_of(BUYER_WALLET))
ADDRESS = {
    "option": "post",
    "name": "Camille Martin",
    "address": ["12 rue des Lilas", "67000 Strasbourg"],
    "country": "FR",
}
FUNCTIONS = {
    each.selector: each.name
    for each in (*campaign_abi.CAMPAIGN_FUNCTIONS, *abi.ESCROW_FUNCTIONS, abi.APPROVE)
}


class ChainClock:
    """Time that starts with the chain's and goes with trio's (autojumping) clock, also after a jump of the chain's."""

    def __init__(self, chain: MemoryChain) -> None:
        self._chain = chain
        self._begin = chain.head.time - trio.current_time()

    def now(self) -> int:
        self._begin = max(self._begin, self._chain.head.time - trio.current_time())
        return int(self._begin + trio.current_time())

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)


class Wallet(MemoryEscrow):
    """A node's view of the chain, which tests can disturb."""

    def __init__(self, chain: MemoryChain, secret: bytes | None, sent: list[str]) -> None:
        super().__init__(chain, secret)
        self.sent = sent  # names of the contract's functions
        self.refuse: str | None = None  # as the contract would, for this reason
        self.refused = 0
        self.poor = False
        self.blind = False  # blocks aren't followed
        self.broken: Exception | None = None  # what asking for a transaction raises
        self.entered, self.gate = trio.Event(), None

    async def send(self, transaction: Transaction, replaces=(), note=lambda hash: None) -> str:
        name = FUNCTIONS[bytes.fromhex(transaction.data[2:10])]
        if self.gate is not None:
            self.entered.set()
            await self.gate.wait()
        if self.refuse is not None:
            self.refused += 1
            raise RuleError("chain.reverted", self.refuse)
        if self.poor:
            raise RuleError("chain.funds", "This wallet doesn't hold enough.")
        hash = await super().send(transaction, replaces, note)
        self.sent.append(name)
        return hash

    async def status(self, transaction: str) -> str:
        if self.broken is not None:
            raise self.broken
        return await super().status(transaction)

    async def follow(self, window):
        async for update in super().follow(window):
            while self.blind:
                await trio.sleep(1)
            yield update


@dataclass
class Side:
    """One node. `stop` and `start` it as often as you like: what it knows is in its store."""

    hub: Hub
    chain: MemoryChain
    name: str
    bootstrap: tuple[str, ...] = ()
    settings: dict = field(default_factory=dict)
    nursery: trio.Nursery | None = None
    sent: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.secret = derive(self.seed, "wallet")
        self.account = address_of(self.secret)
        self.address = address_to_text(self.account)
        self.store = MemoryStore(standard())
        self.chain.give(self.account, 10 * ETH)
        self.clock = ChainClock(self.chain)
        self._scope: trio.CancelScope | None = None
        self.build()

    @property
    def seed(self) -> bytes:
        return self.name.encode().ljust(32, b".")

    def build(self) -> None:
        self.network = MemoryNetwork(self.hub, self.name, self.bootstrap)
        self.escrow = Wallet(self.chain, self.secret, self.sent)
        self.campaigns = MemoryCampaigns(self.chain, self.escrow)
        given = {"network": "etal-test", "name": "Atelier" if self.name == "seller" else ""}
        self.world = World(
            clock=self.clock,
            store=self.store,
            network=self.network,
            escrow=self.escrow,
            campaigns=self.campaigns,
            registry=standard(),
            keyring=Keyring(self.seed),
            settings=Settings(**{**given, **self.settings}),
        )
        self.peer = Peer(self.world)

    async def run(self, *, task_status=trio.TASK_STATUS_IGNORED) -> None:
        with trio.CancelScope() as self._scope:
            async with trio.open_nursery() as nursery:
                await nursery.start(self.network.run)
                await nursery.start(self.peer.run)
                task_status.started()

    async def start(self) -> None:
        await self.nursery.start(self.run)

    async def stop(self) -> None:
        """As by a crash: everything in memory is lost."""
        self._scope.cancel()
        while self.network.is_running:
            await trio.sleep(0.1)
        self.build()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def notes(self, id: str) -> dict:
        return self.store.order(id_from_text(id)).notes


@dataclass
class Market:
    hub: Hub
    chain: MemoryChain
    seller: Side
    buyer: Side
    nursery: trio.Nursery

    @property
    def wallet(self) -> MemoryEscrow:
        """The wallet in the buyer's browser."""
        return MemoryEscrow(self.chain, BUYER_WALLET)

    async def pay(self, id: str, verb: str = "fund") -> None:
        """Do with the browser's wallet what the page is told to."""
        request = await self.buyer.peer.wallet_request(id, verb, BUYER_ACCOUNT)
        assert not request.obstacle, request.message
        for step in request.steps:
            assert step.kind == "transaction"
            hash = await self.send(step.request)
            await self.buyer.peer.note_transaction(id, step.verb, hash)

    async def send(self, request: dict) -> str:
        return await self.wallet.send(self.transaction(request))

    def transaction(self, request: dict) -> Transaction:
        value = int(request["value"], 16)
        return Transaction(request["to"], request["data"], value, self.chain.chain_id)

    async def join(self, name: str, **settings) -> Side:
        """Another node."""
        known = (self.seller.network.address,)
        side = Side(self.hub, self.chain, name, known, settings, self.nursery)
        await side.start()
        return side


@asynccontextmanager
async def market(**of_seller):
    hub, chain = Hub(), MemoryChain()
    chain.give(address_of(BUYER_WALLET), 10 * ETH)
    chain.give(address_of(BUYER_WALLET), 1_000_000_000, chain.token)
    async with trio.open_nursery() as nursery:
        seller = Side(hub, chain, "seller", (), of_seller, nursery)
        buyer = Side(hub, chain, "buyer", (seller.network.address,), {}, nursery)
        await seller.start()
        await buyer.start()
        chain.mine(5)
        yield Market(hub, chain, seller, buyer, nursery)
        nursery.cancel_scope.cancel()


def mug(**changes) -> dict:
    """A listing as a person gives it, priced in the chain's coin."""
    given = {
        "title": "Stoneware mug",
        "text": "Thrown by hand.",
        "language": "en",
        "category": "home",
        "price": {"amount": str(ETH // 100), "unit": COIN},
        "extensions": {
            "goods": {
                "condition": "new",
                "shipping": [{"id": "post", "label": "Post", "zones": ["FR"], "price": "1000"}],
            }
        },
        "availability": {"goods": {"stock": {"": 2}}},
    }
    return {**given, **changes}


async def until(holds, seconds: float = 120):
    """Wait, by the jumping clock, until `holds()` is true; returns its value."""
    with trio.fail_after(seconds):
        while not (found := holds()):
            await trio.sleep(0.5)
        return found


def unavailable() -> Unavailable:
    return Unavailable("chain.unreachable", "The chain's node doesn't answer.")
