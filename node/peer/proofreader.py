"""The chain read a second time, because some nodes of a chain answer with fewer logs than there are.

Every stretch of blocks is read once more after it has become final, at least `EVERY` seconds after the first time; and the
contract's storage is asked what it holds for each open order. Where that differs from what the order's events add up to,
reading again goes back to before the order was made. Why: docs/decisions/the-chain-is-read-twice.md
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from node.peer.agenda import Agenda
from node.peer.ledger import Ledger
from node.peer.world import World, short
from node.ports import Escrow, OrderRow
from node.protocol.errors import EtalError
from node.protocol.escrow import State, fold_pot

log = logging.getLogger("etal.ledger")

EVERY = 300.0
"""Seconds between two rounds, and so between the two readings of a block at least."""

MAX_READS = 50
"""Requests for logs in one round; the rest of a long stretch waits for the next."""

MAX_ASKED = 50
"""Orders whose money is compared in one round, beside as many in doubt; the others take their turn in the next."""

RETRY = 3_600
"""Seconds until everything is read again for an order that differs although that was done."""

RECENT = 16
"""Blocks below the head: every server of a chain's node has such a block by now, and its state still."""

EARLIER = 3_600
"""Seconds that a clock of ours may have been ahead of the chain's when an order was made."""

LEFT_OUT = "The chain's node leaves out events of the escrow. Put the address of another one into config.toml."

NOTHING = (State.NONE, 0)

React = Callable[[set[bytes], bool], Awaitable[None]]


@dataclass(frozen=True)
class Doubt:
    """`until` is the block up to which reading again must have come to help."""

    until: int
    since: int


class Proofreader:
    def __init__(self, world: World, ledger: Ledger, agenda: Agenda) -> None:
        self._world = world
        self._ledger = ledger
        self._agenda = agenda
        self._goal = -1  # what was final one round ago
        self._asked = b""  # the last order in turn
        self._doubts: dict[bytes, Doubt] = {}

    async def run(self, react: React) -> None:
        """For ever; `react` is called as by `Ledger.follow`."""
        if self._world.escrow is None:
            return
        while True:
            await self._world.clock.sleep(EVERY)
            # each by itself: a chain's node that keeps no old state can still be read again
            for step in (self._compare, partial(self._read_again, react)):
                try:
                    escrow = await self._ledger.verified_escrow()
                    if self._ledger.head:
                        await step(escrow)
                except EtalError as fault:
                    log.info("reading the chain again: %s", fault)
                except Exception:
                    log.exception("reading the chain again: our own mistake")

    async def _read_again(self, react: React, escrow: Escrow) -> None:
        ledger = self._ledger
        for _ in range(MAX_READS):
            done = ledger.read_twice
            last = min(self._goal, ledger.followed_final)
            if done >= last:
                break
            covered, events = await escrow.read(done + 1, last)
            if ledger.read_twice != done or ledger.followed_final < last:
                continue  # the chain was reorganised meanwhile
            missed = ledger.add_missed(events)
            ledger.read_twice = covered
            if missed:
                await react(missed, False)
        self._goal = ledger.followed_final

    async def _compare(self, escrow: Escrow) -> None:
        block, in_vain = self._ledger.followed_final, False
        # first those that nobody has paid: for them no old state is needed, which may be missing
        rows = [row for row in self._turn() if not await self._is_unpaid(escrow, row)]
        for row in rows:
            told = await escrow.pot(row.escrow_id, block)
            events = self._ledger.events(row.escrow_id)
            pot = fold_pot(event for event in events if event.where.block <= block)
            if told != ((pot.state, pot.held) if pot else NOTHING):
                in_vain |= self._was_read_again(row)
                await self._doubt(escrow, row, block)
                continue
            self._doubts.pop(row.id, None)
        self._doubts = {id: doubt for id, doubt in self._doubts.items() if id in self._agenda}
        self._ledger.doubt = LEFT_OUT if in_vain else ""

    async def _is_unpaid(self, escrow: Escrow, row: OrderRow) -> bool:
        """Whether the contract held nothing for this order a moment ago, as its events say."""
        ledger = self._ledger
        time, recent = ledger.head_time, max(ledger.followed_final, ledger.head - RECENT)
        if ledger.events(row.escrow_id) or await escrow.pot(row.escrow_id, recent) != NOTHING:
            return False
        self._doubts.pop(row.id, None)
        ledger.note_unpaid(row.escrow_id, time)
        self._agenda.touch(row.id)  # it may be forgotten now
        return True

    def _turn(self) -> list[OrderRow]:
        """Orders in doubt and the open ones whose turn it is, if their money isn't known to have left: a closed id may be
        funded again."""
        ids = list(self._agenda)
        ids = [id for id in ids if id > self._asked] + [id for id in ids if id <= self._asked]
        turn = ids[:MAX_ASKED]
        self._asked = turn[-1] if turn else b""
        doubted = [id for id in self._doubts if id not in turn][:MAX_ASKED]
        rows = [self._world.store.order(id) for id in (*doubted, *turn)]
        return [row for row in rows if row and row.escrow_id and self._may_hold(row)]

    def _may_hold(self, row: OrderRow) -> bool:
        pot = fold_pot(self._ledger.events(row.escrow_id))
        return pot is None or pot.state is not State.NONE

    def _was_read_again(self, row: OrderRow) -> bool:
        """Whether everything was read again since this order was first in doubt."""
        doubt = self._doubts.get(row.id)
        return doubt is not None and doubt.until <= self._ledger.read_twice

    async def _doubt(self, escrow: Escrow, row: OrderRow, block: int) -> None:
        now, doubt = self._world.now(), self._doubts.get(row.id)
        if doubt is not None and now < doubt.since + RETRY:
            return
        log.warning("order %s: its events don't add up to what the contract holds", short(row.id))
        # it may have been in the mail for days, and paid meanwhile
        made = min(row.created, *(each.created for each in self._world.store.messages(row.id)))
        first = await escrow.block_at(made - EARLIER)
        self._ledger.read_twice = min(self._ledger.read_twice, first - 1)
        self._doubts[row.id] = Doubt(block, now)
