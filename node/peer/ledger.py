"""The chain as this node sees it: following, and how settled an event is."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from node.peer.world import World
from node.ports import ChainUpdate, Escrow
from node.protocol.admission import MAX_AHEAD
from node.protocol.errors import EtalError, Unavailable
from node.protocol.escrow import EscrowEvent, Terms
from node.protocol.patterns import address_to_text

log = logging.getLogger("etal.ledger")

RETRY_AFTER = 5.0
"""Seconds between two attempts to reach a chain that doesn't answer, or to send what it didn't take."""


class Ledger:
    """Follows the escrow's events into the store and answers how settled they are."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.head = 0
        self.head_time = 0
        self.safe = 0
        self.final = 0
        self._reached = 0  # the last block that was followed
        self._was_at = 0  # the time that the chain had reached when blocks were undone
        self._trouble = "connecting" if world.escrow else "no chain is configured"
        self._verified = False
        self._last: ChainUpdate | None = None
        self._unpaid: dict[bytes, int] = {}  # escrow id -> until when the contract said so
        self.doubt = ""  # what is wrong with what was followed
        self._read_twice: int | None = None

    @property
    def chain(self) -> str:
        return self._world.escrow.chain if self._world.escrow else ""

    @property
    def account(self) -> str:
        """CAIP-10 of the escrow: what the store files events under, so that another escrow begins with nothing."""
        escrow = self._world.escrow
        return f"{escrow.chain}:0x{escrow.contract.hex()}" if escrow else ""

    @property
    def trouble(self) -> str:
        """What is wrong with following the chain, "" while all is well."""
        escrow = self._world.escrow
        return self._trouble or (escrow.trouble if escrow else None) or self.doubt

    def time(self) -> int:
        """The later of our clock and the chain's: deadlines on chain go by block time."""
        return max(self._world.now(), self.head_time)

    def has_passed(self, time: int) -> bool:
        """Whether the chain is later than this, and everything until now has been followed: no event can be missing. After blocks
        were undone, not before the chain is as late again as it was."""
        return (
            self._reached >= self.head and self.head_time > time and self.head_time >= self._was_at
        )

    def confirms_clock(self) -> bool:
        """Whether the chain's last block is of about this time by our clock: then our clock is right."""
        apart = abs(self._world.now() - self.head_time)
        return self._reached >= self.head and apart <= MAX_AHEAD

    def note_unpaid(self, escrow_id: bytes, time: int) -> None:
        """The contract's storage held nothing under this id at this time, as its events say."""
        self._unpaid[escrow_id] = time

    def forget_unpaid(self, escrow_id: bytes | None) -> None:
        """The order is over: nobody will ask."""
        self._unpaid.pop(escrow_id, None)

    def is_unpaid(self, escrow_id: bytes | None, time: int) -> bool:
        """Whether the contract itself held nothing under this id after this time, so that no funding was left out of what
        was followed. Nothing is ever paid to an order without terms."""
        return escrow_id is None or self._unpaid.get(escrow_id, -1) > time

    def events(self, escrow_id: bytes | None) -> list[EscrowEvent]:
        """What happened to one order's money, in the order of the chain."""
        if escrow_id is None or not self.chain:
            return []
        return self._world.store.events(self.account, escrow_id)

    def funding(self, escrow_id: bytes) -> list[EscrowEvent]:
        """Its first event, which is a funding, if there is one: what can be known of an id at once, however much happened since."""
        return self._world.store.events(self.account, escrow_id, 1) if self.chain else []

    def assurance(self, events: list[EscrowEvent]) -> tuple[str, int]:
        """(none | seen | safe | final, confirmations) of the last event."""
        if not events:
            return "none", 0
        block = events[-1].where.block
        confirmations = max(0, self.head - block + 1)
        if block <= self.final:
            return "final", confirmations
        return ("safe" if block <= self.safe else "seen"), confirmations

    def pays(self, terms: Terms | None) -> bool:
        """Whether the node's own wallet is the buyer of these terms."""
        return terms is not None and self.owns(terms.buyer)

    def owns(self, account: bytes) -> bool:
        """Whether this account is the node's own wallet."""
        escrow = self._world.escrow
        return escrow is not None and escrow.wallet == address_to_text(account)

    def is_safe(self, event: EscrowEvent) -> bool:
        return event.where.block <= self.safe

    async def follow(self, react: Callable[[set[bytes], bool], Awaitable[None]]) -> None:
        """For ever: store what the chain says, then let the orders react to the escrow ids that it touched, and to whether
        blocks were undone."""
        world = self._world
        if world.escrow is None:
            return
        while True:
            try:
                if not self._verified:
                    await world.escrow.verify()
                    self._verified = True
                window = world.store.chain_window(self.account)
                self._reached = window[-1][0] if window else 0
                async for update in world.escrow.follow(window):
                    undone = update.reset or update.keep_to < self._reached
                    if undone:
                        self._was_at = max(self._was_at, self.head_time)
                    self._apply(update)
                    await react({event.id for event in update.events}, undone)
            except EtalError as fault:
                self._note_trouble(fault.message)
            except Exception:
                log.exception("following the chain: our own mistake")
                self._note_trouble("An unexpected error, see the log.")
            await world.clock.sleep(RETRY_AFTER)

    async def tell_trouble(self) -> None:
        """For ever: tell the pages when following goes wrong, and when it is well again."""
        told = self._troubles()
        while True:
            await self._world.clock.sleep(RETRY_AFTER)
            if self._troubles() != told:
                told = self._troubles()
                self._world.changes.tell("status")

    def _troubles(self) -> tuple[str, ...]:
        escrow = self._world.escrow
        return (self.trouble, *(escrow.endpoint_troubles if escrow else ()))

    @property
    def is_verified(self) -> bool:
        """Whether the escrow's code was found to be ours."""
        return self._verified

    async def verified_escrow(self) -> Escrow:
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

    # ---- the second reading

    @property
    def _read_twice_name(self) -> str:
        return f"chain.read_twice {self.account}"

    @property
    def read_twice(self) -> int:
        """Number of the last block up to which the chain was read a second time."""
        if self._read_twice is None:
            fact = self._world.store.fact(self._read_twice_name)
            self._read_twice = int(fact) if fact else self._world.escrow.since - 1
        return self._read_twice

    @read_twice.setter
    def read_twice(self, block: int) -> None:
        if block != self.read_twice:
            self._world.store.set_fact(self._read_twice_name, b"%d" % block)
            self._read_twice = block

    @property
    def followed_final(self) -> int:
        """The last final block, of those that were followed already."""
        return min(self.final, self._reached)

    def add_missed(self, events: Sequence[EscrowEvent]) -> set[bytes]:
        """Store those of these events, of blocks that were followed, that aren't known yet; returns their escrow ids."""
        known = {event for id in {each.id for each in events} for event in self.events(id)}
        missed = tuple(event for event in events if event not in known)
        if missed:
            log.warning("the chain's node had left out %d events", len(missed))
            late = replace(self._last, keep_to=self._reached, blocks=(), events=missed, reset=False)
            self._world.store.chain_apply(self.account, late)
        return {event.id for event in missed}

    # ---- inside

    def _apply(self, update: ChainUpdate) -> None:
        if update.reset or update.keep_to < self.read_twice:
            self.read_twice = update.keep_to
        self._last = update
        self._world.store.chain_apply(self.account, update)
        moved = (self.head, self.safe, self.final) != (
            update.head.number,
            update.safe,
            update.final,
        )
        self.head, self.head_time = update.head.number, update.head.time
        self._reached = update.blocks[-1].number if update.blocks else update.keep_to
        self.safe, self.final = update.safe, update.final
        if self._trouble:
            log.info("following %s from block %d", self.chain, self.head)
            self._trouble = ""
        if moved or update.events:
            self._world.changes.tell("chain", str(self.head))

    def _note_trouble(self, text: str) -> None:
        if self._trouble != text:
            log.warning("chain: %s", text)
            self._trouble = text
