"""What the suites of the escrow port share. A world fixture says how to push a chain about."""

from contextlib import AbstractContextManager, aclosing
from typing import Protocol

import pytest
import trio

from node.ports import Escrow, Transaction
from node.protocol.escrow import (
    DAY,
    NO_PAYEES,
    NOBODY,
    Terms,
    address_of,
)

LIMIT = 20.0  # seconds in which a chain must have answered


class World(Protocol):
    """`secrets` are keys with coins, and tokens for the first; `token` an ERC-20 with permit that the escrows know."""

    secrets: tuple[bytes, ...]
    token: bytes
    no_receiver: bytes  # a contract that takes no coins
    contract_wallet: bytes  # one that signs (EIP-1271), with coins and tokens
    two_faced: bytes  # one that takes them when gas is free, as in an estimate, and else burns all the gas that it gets

    def escrow(self, secret: bytes | None = None) -> Escrow: ...
    def now(self) -> int: ...
    def head(self) -> int: ...
    def mine(self, count: int = 1) -> None: ...
    def pass_time(self, seconds: int) -> None: ...
    def reorg(self, depth: int) -> None: ...
    def held(self) -> AbstractContextManager[None]: ...
    def forgetful(self) -> AbstractContextManager[None]:
        """Meanwhile the chain's node leaves out every log."""

    def syncing(self) -> AbstractContextManager[None]:
        """Meanwhile the chain's node has the first block alone."""

    def unreachable(self) -> Escrow: ...
    def by_no_receiver(self, transaction: Transaction) -> None:
        """Have `no_receiver` make this call."""

    def by_contract_wallet(self, transaction: Transaction) -> None: ...
    def contract_signature(self, digest: bytes) -> bytes:
        """What `contract_wallet` accepts."""


class Seen:
    """A follower's memory, as a store keeps it."""

    def __init__(self, escrow: Escrow):
        self.escrow = escrow
        self.window: list[tuple[int, bytes]] = []
        self.events: list = []
        self.resets = 0
        self.undone = 0
        self.update = None

    def apply(self, update) -> None:
        keep_to = -1 if update.reset else update.keep_to
        self.resets += update.reset
        before = len(self.events)
        self.window = [one for one in self.window if one[0] <= keep_to]
        self.events = [event for event in self.events if event.where.block <= keep_to]
        self.undone += before - len(self.events)
        self.window += [(block.number, block.hash) for block in update.blocks]
        self.events += update.events
        self.update = update

    def of(self, id: bytes) -> list:
        return [event for event in self.events if event.id == id]

    async def until(self, condition) -> "Seen":
        with trio.fail_after(LIMIT):
            async with aclosing(self.escrow.follow(self.window)) as updates:
                async for update in updates:
                    self.apply(update)
                    if condition(self):
                        return self
        raise AssertionError("following ended")


async def settled(escrow: Escrow, sent: str, status: str = "mined") -> None:
    with trio.fail_after(LIMIT):
        while await escrow.status(sent) != status:
            await trio.sleep(0.02)


class EscrowBench:
    """What tests of an escrow have at hand."""

    orders = 0

    @pytest.fixture
    async def buyer(self, world) -> Escrow:
        return await self.ready(world, world.secrets[0])

    @pytest.fixture
    async def seller(self, world) -> Escrow:
        return await self.ready(world, world.secrets[1])

    async def ready(self, world, secret) -> Escrow:
        escrow = world.escrow(secret)
        await escrow.verify()
        return escrow

    def terms(self, world, token: bytes = NOBODY, **changes) -> Terms:
        EscrowBench.orders += 1
        order = EscrowBench.orders.to_bytes(32, "big")
        return Terms(
            **{
                "buyer": address_of(world.secrets[0]),
                "seller": address_of(world.secrets[1]),
                # nobody else's, so that sums are exact
                "payout": bytes([7]) * 12 + EscrowBench.orders.to_bytes(8, "big"),
                "arbiter": NOBODY,
                "token": token,
                "amount": 1_234_567,
                "ship_by": world.now() + 7 * DAY,
                "review": DAY,
                "ruling": 0,
                "arbiter_bps": 0,
                "lapse_bps": 0,
                "payees": NO_PAYEES,
                "order": order,
                **changes,
            }
        )

    async def do(self, escrow: Escrow, transaction: Transaction) -> str:
        sent = await escrow.send(transaction)
        await settled(escrow, sent)
        return sent
