"""Two peers on an in-memory network and chain, with a clock that jumps: everything real but the adapters."""

from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from node.peer import Peer
from node.peer.world import Keyring, Settings, World
from node.protocol.escrow import address_of
from node.protocol.keys import derive
from node.protocol.patterns import address_to_text
from node.protocol.registry import standard
from tests.fakes.escrow import MemoryChain, MemoryEscrow
from tests.fakes.network import Hub, MemoryNetwork
from tests.fakes.store import MemoryStore

ETH = 10**18
BUYER_WALLET = b"\x0b" * 32  # the key of a wallet in the buyer's browser
BUYER_ACCOUNT = address_to_text(address_of(BUYER_WALLET))
ADDRESS = {
    "option": "post",
    "name": "Camille Martin",
    "address": ["12 rue des Lilas", "67000 Strasbourg"],
    "country": "FR",
}


class ChainClock:
    """Time that starts with the chain's and goes with trio's (autojumping) clock."""

    def __init__(self, chain: MemoryChain) -> None:
        self._chain = chain
        self._begin = chain.head.time - trio.current_time()

    def now(self) -> int:
        return int(max(self._begin + trio.current_time(), self._chain.head.time))

    async def sleep(self, seconds: float) -> None:
        await trio.sleep(seconds)


@dataclass
class Side:
    peer: Peer
    world: World
    network: MemoryNetwork


@dataclass
class Market:
    hub: Hub
    chain: MemoryChain
    seller: Side
    buyer: Side

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
        from node.ports import Transaction

        transaction = Transaction(
            request["to"], request["data"], int(request["value"], 16), self.chain.chain_id
        )
        return await self.wallet.send(transaction)


def side(hub: Hub, chain: MemoryChain, name: str, bootstrap=(), store=None) -> Side:
    seed = name.encode().ljust(32, b".")
    network = MemoryNetwork(hub, name, bootstrap)
    secret = derive(seed, "wallet")
    chain.give(address_of(secret), 10 * ETH)
    world = World(
        clock=ChainClock(chain),
        store=store or MemoryStore(standard()),
        network=network,
        escrow=MemoryEscrow(chain, secret),
        registry=standard(),
        keyring=Keyring(seed),
        settings=Settings(network="etal-test", name="Atelier" if name == "seller" else ""),
    )
    return Side(Peer(world), world, network)


@asynccontextmanager
async def running(*sides: Side):
    async with trio.open_nursery() as nursery:
        for one in sides:
            await nursery.start(one.network.run)
        for one in sides:
            await nursery.start(one.peer.run)
        yield nursery
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def market():
    hub, chain = Hub(), MemoryChain()
    chain.give(address_of(BUYER_WALLET), 10 * ETH)
    chain.give(address_of(BUYER_WALLET), 1_000_000_000, chain.token)
    seller = side(hub, chain, "seller")
    buyer = side(hub, chain, "buyer", [seller.network.address])
    async with running(seller, buyer):
        chain.mine(5)
        yield Market(hub, chain, seller, buyer)


def mug(**changes) -> dict:
    """A listing as a person gives it, priced in the chain's coin."""
    given = {
        "title": "Stoneware mug",
        "text": "Thrown by hand.",
        "language": "en",
        "category": "home",
        "price": {"amount": str(ETH // 100), "unit": "eip155:31337/slip44:60"},
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
