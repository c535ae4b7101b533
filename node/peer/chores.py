"""What follows from an order's state is done here: pieces reserved, wishes sent, finished orders left alone."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import trio

from node.peer import automatic
from node.peer.agenda import Agenda
from node.peer.agreements import Agreements
from node.peer.buying import Buying, take_back
from node.peer.claims import Claims
from node.peer.deal import PARTS, PLEDGE, RELAY, WITHDRAW, Deal
from node.peer.deals import ALL, Deals
from node.peer.disputes import DISPUTE, Disputes
from node.peer.ledger import RETRY_AFTER, Ledger
from node.peer.pledging import Pledging
from node.peer.relaying import Relaying
from node.peer.selling import Selling
from node.peer.together import Together
from node.peer.wishes import Wishes, given_up, live
from node.peer.world import World, short
from node.ports import OrderRow
from node.protocol.errors import EtalError, Unavailable
from node.protocol.escrow import State
from node.protocol.order_state import BUYER, CALLED_OFF, SELLER, Talk

log = logging.getLogger("etal.chores")

YIELD_EVERY = 16
"""Orders looked at between two chances for other tasks to run: one costs some milliseconds."""

MARGIN = 86_400
"""Seconds after the last moment at which an order could be paid, until it is left alone."""


class Chores:
    """Looks at orders that something happened to, and again and again at those that wait for the chain."""

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        deals: Deals,
        ledger: Ledger,
        wishes: Wishes,
        selling: Selling,
        buying: Buying,
        claims: Claims,
        disputes: Disputes,
        relaying: Relaying,
        together: Together,
        agreements: Agreements,
        pledging: Pledging,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._selling = selling
        self._buying = buying
        self._claims = claims
        self._disputes = disputes
        self._relaying = relaying
        self._together = together
        self._agreements = agreements
        self._pledging = pledging
        self._nudge = trio.Event()

    def hurry(self) -> None:
        """Something has happened: look now."""
        self._nudge.set()

    async def begin(self) -> None:
        """After a start: know what goes on, and where the buyers of those orders take their mail."""
        written_to = {outgoing.to for outgoing in self._world.store.outbox(ALL, ALL)}
        rows = self._deals.all()
        for row in rows:
            if not row.notes.get("closed") or live(row):
                self._agenda.open(row.id)
        for number, row in enumerate(rows, 1):
            if row.side == SELLER and (row.id in self._agenda or row.counterparty in written_to):
                with self._contained(row.id):
                    self._deals.expect(self._deals.deal(row))
            if number % YIELD_EVERY == 0:
                await trio.lowlevel.checkpoint()

    async def run(self) -> None:
        """For ever. What goes wrong with one order is logged and keeps no other waiting."""
        while True:
            with trio.move_on_after(RETRY_AFTER):
                await self._nudge.wait()
            self._nudge = trio.Event()
            for id in self._agenda.take_passed(self._ledger.time()):
                self._deals.tell(id)  # what can be done changes without anything happening
            await self.look(self._agenda.take_due())

    async def look(self, ids: Iterable[bytes]) -> None:
        """One round. Pieces go by chain order among all that are looked at."""
        self._claims.begin_round()
        deals = list(self._current(await self._pick(ids)))
        for deal in sorted(deals, key=self._selling.position):
            with self._contained(deal.row.id):
                self._selling.settle(deal)
        for number, deal in enumerate(deals, 1):
            with self._contained(deal.row.id):
                await self._attend(deal)
            if number % YIELD_EVERY == 0:
                await trio.lowlevel.checkpoint()

    async def _pick(self, ids: Iterable[bytes]) -> list[Deal]:
        """Those that money, pieces or transactions hang on. The others, of which strangers make as many as they like, are seen to
        at once: only one of them is in memory."""
        deals = []
        for number, id in enumerate(sorted(ids), 1):
            with self._contained(id):
                deal = self._deals.deal(self._deals.row(id))
                # what is paid elsewhere waits until that chain is followed again: here its wishes would reach another contract
                if deal.followed and (deal.events or deal.has_pieces or _needs_chain(deal.row)):
                    deals.append(deal)
                elif deal.followed:
                    await self._attend(deal)
            if number % YIELD_EVERY == 0:
                await trio.lowlevel.checkpoint()
        return deals

    def _current(self, deals: Iterable[Deal]) -> Iterator[Deal]:
        """These as they stand now: something may have happened to some while others were read."""
        for deal in deals:
            with self._contained(deal.row.id):
                yield self._refreshed(deal) if self._agenda.is_touched(deal.row.id) else deal

    @contextmanager
    def _contained(self, id: bytes) -> Iterator[None]:
        """What goes wrong with one order is logged and tried again later."""
        try:
            yield
        except Unavailable as fault:
            self._agenda.watch(id, True)
            log.info("order %s: %s", short(id), fault)
        except EtalError as fault:
            self._agenda.fail(id)
            log.warning("order %s: %s", short(id), fault)
        except Exception:
            self._agenda.fail(id)
            log.exception("order %s: our own mistake", short(id))

    async def _attend(self, deal: Deal) -> None:
        deal = self._refreshed(deal)
        self._relaying.look(deal)
        await self._claims.look(deal)
        deal = self._refreshed(deal)
        if self._world.settings.auto_collect:
            self._agreements.take_release(deal)
        self._by_time(self._refreshed(deal))
        deal = self._refreshed(deal)
        row = deal.row
        if _needs_chain(row):
            await self._ledger.verified_escrow()
            await self._wishes.watch(row, deal.has_done)
            deal = self._refreshed(deal)  # an order may be cancelled while the chain is asked
            await self._wishes.attend(deal.row, deal.has_done, self._builder(row.id))
        self._buying.remind(self._refreshed(deal))
        self._plan(self._refreshed(deal))
        # last, because the other side's contract answers: it could see to it that there is no answer, and nothing else may wait for that
        await self._agreements.vouch(deal)

    def _by_time(self, deal: Deal) -> None:
        """Wish what time has decided for this side, and a refund of an order that was called off: nobody need ask for it."""
        verb = automatic.verb_of(deal, self._ledger)
        if self._world.settings.auto_collect and verb is not None:
            log.info("%s of order %s is due", verb, short(deal.row.id))
            notes = self._wishes.ask(deal.row, verb)
            self._world.store.update_order(deal.row.id, notes=notes)
            self._deals.tell(deal.row.id)

    def _refreshed(self, deal: Deal) -> Deal:
        """The same where nothing was noted, said or paid meanwhile: folding costs more than looking."""
        row = self._deals.row(deal.row.id)
        same = row == deal.row and not self._agenda.is_touched(row.id)
        return deal if same else self._deals.deal(row)

    def _plan(self, deal: Deal) -> None:
        """Whether this order is to be looked at again before something happens to it."""
        id, row = deal.row.id, deal.row
        if self._deals.is_forgettable(deal):
            self._deals.forget(row)
            return
        unsettled = not self._wishes.is_settled(row, deal.has_done)
        waits = (
            unsettled
            or self._selling.is_waiting(deal)
            or (self._world.settings.auto_collect and automatic.waits(deal, self._ledger))
        )
        over = not waits and self._is_over(deal)
        if over != bool(row.notes.get("closed")):
            self._world.store.update_order(id, notes={"closed": over})
        if over:
            self._deals.leave(row)
            return
        if id not in self._agenda:  # over once, and wanted again or undone by the chain
            self._agenda.open(id)
        self._agenda.mark_stuck(id, bool(given_up(row) or deal.claim))
        now = self._ledger.time()
        times = (*deal.state.deadlines.values(), self._buying.reminder(deal))
        coming = (time for time in times if time is not None and time >= now)
        self._agenda.expect(id, min(coming, default=None))
        paid_out = deal.state.money is not None and not deal.state.facts.open
        self._agenda.watch(id, waits or paid_out or not self._claims.is_settled(deal))

    def _is_over(self, deal: Deal) -> bool:
        """Whether nothing can happen to its money any more: it has left the escrow for good, or can't go there any more."""
        if self._selling.reserved_in_vain(deal):
            return False
        if not self._claims.is_settled(deal):
            return False
        if deal.terms is None:
            return deal.state.talk in (*CALLED_OFF, Talk.SHIPPED)
        if deal.state.money is None:
            # the contract refuses to be funded after ship_by, so that a payment given up needs nobody any more either; a seller
            # then forgets the order altogether
            ours = deal.row.side == BUYER
            too_late = deal.terms.ship_by + MARGIN
            return (
                ours
                and self._ledger.has_passed(too_late)
                and self._ledger.is_unpaid(deal.row.escrow_id, too_late)
            )
        return (
            not given_up(deal.row)
            and deal.state.money.state is State.NONE
            and self._ledger.assurance(deal.events)[0] == "final"
        )

    def _builder(self, id: bytes):
        async def build(verb: str) -> tuple:
            # read anew: the other side may have spoken while others were looked at, or the chain was asked
            deal = self._deals.deal(self._deals.row(id))
            escrow, terms = self._world.escrow, deal.terms
            if len(several := self._together.group(deal, verb)) > 1:
                return await self._together.sending(several, verb)
            if verb == "fund":
                return await self._buying.funding(deal)
            if verb == PLEDGE:
                return await self._pledging.sending(deal)
            if verb == RELAY:
                return verb, await self._relaying.funding(deal)
            if verb == "refund":
                return verb, self._selling.refunding(deal)
            if verb == "take_back":
                return verb, take_back(escrow, deal)
            if verb == DISPUTE:
                return verb, self._disputes.opening(deal)
            if verb in PARTS:
                return verb, await self._agreements.sending(deal, verb)
            if verb == WITHDRAW:
                return verb, self._claims.withdrawing(deal)
            if verb == "deliver":
                return verb, escrow.deliver(terms)
            paying = {"release": escrow.release, "timeout": escrow.timeout}
            return verb, paying[verb](terms, deal.payees)

        return build


def _needs_chain(row: OrderRow) -> bool:
    """Whether this node has sent something for it, or is to."""
    return bool(row.notes.get("wishes") or row.notes.get("transactions"))
