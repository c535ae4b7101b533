"""The chain as this node sees it: following, how settled an event is, and the transactions that the node itself wants.

What the node wants of the chain (deliver, refund, fund, release by its own wallet) is a note on the order, written before
anything is sent. `chores` looks at each wish: done on chain, under way, or to be sent (again). So a crash at any moment
repeats at most a transaction that the contract refuses the second time.
"""

import logging
from collections.abc import Awaitable, Callable

import trio

from node.peer.world import World
from node.ports import ChainUpdate, OrderRow, Transaction
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, RuleError, Unavailable
from node.protocol.escrow import EscrowEvent

log = logging.getLogger("etal.ledger")

RETRY_AFTER = 5.0
"""Seconds between two attempts to reach a chain that doesn't answer, or to send what it didn't take."""

MAX_ATTEMPTS = 20
"""Times that the contract may revert a wish before it is given up and shown as a problem."""


class Ledger:
    """Follows the escrow's events into the store and answers how settled they are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.head = 0
        self.head_time = 0
        self.safe = 0
        self.final = 0
        self.trouble = "connecting" if world.escrow else "no chain is configured"
        self._verified = False

    @property
    def chain(self) -> str:
        return self._world.escrow.chain if self._world.escrow else ""

    def time(self) -> int:
        """The later of our clock and the chain's: deadlines on chain go by block time."""
        return max(self._world.now(), self.head_time)

    def events(self, escrow_id: bytes | None) -> list[EscrowEvent]:
        """What happened to one order's money, in the order of the chain."""
        if escrow_id is None or not self.chain:
            return []
        return self._world.store.events(self.chain, escrow_id)

    def assurance(self, events: list[EscrowEvent]) -> tuple[str, int]:
        """(none | seen | safe | final, confirmations) of the last event."""
        if not events:
            return "none", 0
        block = events[-1].where.block
        confirmations = max(0, self.head - block + 1)
        if block <= self.final:
            return "final", confirmations
        return ("safe" if block <= self.safe else "seen"), confirmations

    def is_safe(self, event: EscrowEvent) -> bool:
        return event.where.block <= self.safe

    async def follow(self, react: Callable[[set[bytes]], Awaitable[None]]) -> None:
        """For ever: store what the chain says, then let the orders react to the escrow ids that it touched."""
        world = self._world
        if world.escrow is None:
            return
        while True:
            try:
                if not self._verified:
                    await world.escrow.verify()
                    self._verified = True
                async for update in world.escrow.follow(world.store.chain_window(self.chain)):
                    self._apply(update)
                    await react({event.id for event in update.events})
            except Unavailable as fault:
                self._note_trouble(str(fault))
            except RuleError as fault:
                self._note_trouble(f"{fault.rule}: {fault}")
            await world.clock.sleep(RETRY_AFTER)

    async def verified_escrow(self):
        """The escrow, after its code was found to be ours. Raises Unavailable where there is none or it can't be checked."""
        escrow = self._world.escrow
        if escrow is None:
            raise Unavailable(
                "chain.none", "This node has no chain configured, so it can't pay or be paid."
            )
        if not self._verified:
            await escrow.verify()
            self._verified = True
        return escrow

    def _apply(self, update: ChainUpdate) -> None:
        self._world.store.chain_apply(self.chain, update)
        moved = (self.head, self.safe, self.final) != (
            update.head.number,
            update.safe,
            update.final,
        )
        self.head, self.head_time = update.head.number, update.head.time
        self.safe, self.final = update.safe, update.final
        if self.trouble:
            log.info("following %s from block %d", self.chain, self.head)
            self.trouble = ""
        if moved or update.events:
            self._world.changes.tell("chain", str(self.head))

    def _note_trouble(self, text: str) -> None:
        if self.trouble != text:
            log.warning("chain: %s", text)
            self.trouble = text
            self._world.changes.tell("status")


class Wishes:
    """Transactions that the node's own wallet is to send, remembered on the order until the chain shows them."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._busy = trio.Lock()

    def ask(self, row: OrderRow, verb: str) -> dict:
        """The notes that record a wish; the caller writes them together with what belongs to it."""
        return {"wishes": {**row.notes.get("wishes", {}), verb: {"tries": 0}}}

    async def attend(
        self,
        row: OrderRow,
        is_done: Callable[[str], bool],
        build: Callable[[str], Awaitable[Transaction]],
    ) -> None:
        """Look at each wish of one order: forget it when done, wait when under way, else send it."""
        async with self._busy:
            wishes = dict(row.notes.get("wishes", {}))
            sent = dict(row.notes.get("transactions", {}))
            changed = False
            for verb, wish in list(wishes.items()):
                if is_done(verb) or wish["tries"] >= MAX_ATTEMPTS:
                    del wishes[verb]
                    changed = True
                elif not await self._under_way(sent.get(verb)):
                    changed = True
                    await self._send(row, verb, wish, sent, build)
                    wishes[verb] = wish
            if changed:
                self._world.store.update_order(
                    row.id, notes={"wishes": wishes, "transactions": sent}
                )
                self._world.changes.tell("order", id_to_text(row.id))

    async def watch(self, row: OrderRow) -> None:
        """Ask what became of the transactions of an order that are not in a block yet, whoever sent them."""
        statuses = dict(row.notes.get("statuses", {}))
        now = self._world.now()
        for hash in row.notes.get("transactions", {}).values():
            before, since = statuses.get(hash, ("sent", now))
            if before not in ("mined", "failed"):
                status = await self._world.escrow.status(hash)
                if status != before or hash not in statuses:
                    statuses[hash] = [status, since]
        if statuses != row.notes.get("statuses", {}):
            self._world.store.update_order(row.id, notes={"statuses": statuses})
            self._world.changes.tell("order", id_to_text(row.id))

    async def _under_way(self, hash: str | None) -> bool:
        return hash is not None and await self._world.escrow.status(hash) == "pending"

    async def _send(self, row, verb: str, wish: dict, sent: dict, build) -> None:
        try:
            sent[verb] = await self._world.escrow.send(await build(verb))
            wish.pop("trouble", None)
            log.info("%s of order %s sent as %s", verb, row.id.hex()[:8], sent[verb])
        except EtalError as fault:
            if not isinstance(fault, Unavailable):
                wish["tries"] += 1
            wish["trouble"] = str(fault)
            log.warning("%s of order %s: %s", verb, row.id.hex()[:8], fault)
