"""The seller's side of orders: pieces reserved by chain order, then accept, ship, decline, refund."""

import logging
from dataclasses import asdict

from node.peer.deal import Deal, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.spread import Spread
from node.peer.stall import Stall
from node.peer.wishes import Wishes
from node.peer.world import World, short
from node.ports import Transaction
from node.protocol.errors import Conflict
from node.protocol.escrow import Funded, Settlement, State
from node.protocol.order_state import CALLED_OFF, SELLER, Stage, Talk
from node.protocol.record import Record

log = logging.getLogger("etal.selling")

DAY = 86_400
SETTLEMENT_LIFETIME = 30 * DAY
"""Seconds for which a signed full refund can be used; after `ship_by` the buyer needs none."""

UNANSWERED = (Talk.PLACED, Talk.ACCEPTED)


class Selling:
    """What a seller does, and what happens by itself."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        wishes: Wishes,
        stall: Stall,
        spread: Spread,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._stall = stall
        self._spread = spread

    # ---- what happens by itself

    def settle(self, deal: Deal) -> None:
        """Reserve pieces for a paid order; give pieces back that weren't shipped after all; mark again as sent. The caller goes by
        `position`.

        Who comes too late is declined with a signed full refund. Idempotent: a note on the order remembers each step."""
        if deal.row.side != SELLER:
            return
        if self._can_reserve(deal):
            self._reserve(deal)
            return
        if self._should_restock(deal):
            self._restock(deal)
        # what is followed anew from the beginning may only not have come to the mark yet
        if self._lacks_mark(deal) and self._ledger.has_passed(0):
            log.info("the chain has undone that order %s was marked as sent", short(deal.row.id))
            notes = self._wishes.ask(deal.row, "deliver")
            self._world.store.update_order(deal.row.id, notes=notes)
            self._deals.changed(deal.row.id)
        if self._owes_refund(deal):
            self._deals.say(deal, "settle", {"settlement": self._signed_refund(deal)})

    def is_waiting(self, deal: Deal) -> bool:
        """Whether pieces are to be reserved once the payment is safe, or given back once it is known to be undone; or whether it
        isn't known yet that the mark of what was sent is undone."""
        if deal.row.side != SELLER:
            return False
        return self._wants_pieces(deal) or self._is_undone(deal) or self._lacks_mark(deal)

    def reserved_in_vain(self, deal: Deal) -> bool:
        """Whether pieces are put aside that go back to the stock."""
        return deal.row.side == SELLER and self._should_restock(deal)

    def _can_reserve(self, deal: Deal) -> bool:
        return self._wants_pieces(deal) and self._is_safe(deal)

    def _wants_pieces(self, deal: Deal) -> bool:
        """Whether this order is paid and has no pieces yet. Who pays nothing gets them by being accepted."""
        if deal.has_pieces or deal.state.talk not in UNANSWERED:
            return False
        came_too_late = deal.row.notes.get("stock") == "too_late" and not deal.state.facts.open
        return self._is_paid(deal) and not came_too_late

    def _is_undone(self, deal: Deal) -> bool:
        """Whether the payment that pieces were put aside for is gone from the chain, by a reorganisation deeper than it calls safe."""
        paid_for = deal.has_pieces and deal.terms is not None
        gone = deal.state.money is None and deal.state.talk is not Talk.SHIPPED
        return paid_for and gone

    @staticmethod
    def _is_paid(deal: Deal) -> bool:
        """Whether the escrow holds the money, or has paid it out to the seller already: a buyer may release at once."""
        pot = deal.state.money
        return pot is not None and (deal.state.facts.open or pot.to_seller > 0)

    def _is_safe(self, deal: Deal) -> bool:
        funded = self._funded(deal)
        return funded is not None and self._ledger.is_safe(funded)

    def _lacks_mark(self, deal: Deal) -> bool:
        """Whether this was sent and the chain doesn't say so, as after a reorganisation: else its buyer could take the money back.
        What is wished already, or was given up, is left at that."""
        wished = "deliver" in deal.row.notes.get("wishes", {})
        sent = deal.state.talk is Talk.SHIPPED and deal.state.facts.state is State.FUNDED
        return sent and not wished and not deal.state.facts.due

    def _owes_refund(self, deal: Deal) -> bool:
        """Whether money came for an order that was declined or cancelled before: the buyer is to have it back at once."""
        facts = deal.state.facts
        called_off = deal.state.talk in CALLED_OFF and facts.refund is None
        unsent = facts.state in (State.FUNDED, State.DISPUTED)
        return called_off and unsent and self._is_safe(deal)

    @staticmethod
    def _funded(deal: Deal) -> Funded | None:
        return next((each for each in deal.events if isinstance(each, Funded)), None)

    def position(self, deal: Deal) -> tuple[int, int]:
        """The order's place in the queue: that of its payment on the chain, of its arrival where nothing is paid."""
        funded = self._funded(deal)
        return (funded.where.block, funded.where.index) if funded else (0, deal.row.created)

    def _reserve(self, deal: Deal) -> None:
        try:
            records = self._with_stock(deal, "reserve")
        except Conflict:
            log.info("order %s came too late", short(deal.row.id))
            if deal.state.facts.open:
                self._decline(deal, "sold_out", "", {"stock": "too_late"})
            else:  # released before anyone could say so: the parties must talk
                self._world.store.update_order(deal.row.id, notes={"stock": "too_late"})
            return
        notes = {"stock": "reserved"}
        # what was paid late, or isn't offered like this any more, is for a person to judge
        in_time = deal.state.stage is Stage.FUNDED and deal.state.talk is Talk.PLACED
        if self._world.settings.auto_accept and in_time and self._is_offered(deal.listing):
            self._deals.say(deal, "accept", {}, notes, records)
        else:
            self._world.store.update_order(deal.row.id, notes=notes, records=records)
        self._spread.gossip(records)
        self._deals.changed(deal.row.id)

    def _is_offered(self, edition: Record) -> bool:
        """Whether it is still for sale as in this edition: renewing changes no more than its end."""
        latest = self._world.store.latest("listing", self._world.me, edition.slug)
        if latest is None or latest.gone:
            return False
        until = {"until": edition.body["offer"]["until"]}
        return {**latest.body, "offer": latest.body["offer"] | until} == edition.body

    def _should_restock(self, deal: Deal) -> bool:
        if not deal.has_pieces or deal.state.talk is Talk.SHIPPED:
            return False
        if deal.terms is None:
            return deal.state.talk in CALLED_OFF
        pot = deal.state.money
        if (
            pot is None
        ):  # what is followed anew from the beginning may only not have come to the payment yet
            return self._is_undone(deal) and self._ledger.has_passed(0)
        if deal.state.talk in CALLED_OFF:  # nobody will send it, however long its money is held
            return True
        if pot.state is not State.NONE or pot.to_seller:
            return False
        return pot.last is not None and self._ledger.is_safe(pot.last)

    def _restock(self, deal: Deal) -> None:
        records = self._with_stock(deal, "give_back")
        self._world.store.update_order(deal.row.id, notes={"stock": "given_back"}, records=records)
        log.info("the pieces of order %s are back in the stock", short(deal.row.id))
        self._spread.gossip(records)
        self._deals.tell(deal.row.id)

    def _with_stock(self, deal: Deal, change: str) -> list[Record]:
        """The new availability record, or none where nobody counts. Raises Conflict where there is too little."""
        availability = self._world.store.latest("availability", self._world.me, deal.listing.slug)
        extension, lines, _ = self._deals.lines(deal)
        if availability is None or availability.gone:
            return []
        blocks = dict(availability.body["extensions"])
        if extension.id not in blocks:
            return []
        block = extension.availability.read(blocks[extension.id])
        changed = getattr(extension, change)(block, [line.block for line in lines])
        blocks[extension.id] = extension.availability.write(changed)
        return [self._stall.sign_availability(deal.listing.slug, blocks)]

    # ---- verbs

    def accept(self, id: bytes) -> None:
        """Promise to ship. Raises Conflict before the payment is safe and the pieces are reserved."""
        deal = self._deal(id, "accept")
        if deal.terms is None and "stock" not in deal.row.notes:
            records = self._with_stock(deal, "reserve")
            self._deals.say(deal, "accept", {}, {"stock": "reserved"}, records)
            self._spread.gossip(records)
            return
        self._need_reserved(deal)
        self._deals.say(deal, "accept", {})

    def ship(self, id: bytes, carrier: str = "", tracking: str = "") -> None:
        """Say that it is on its way, and mark it on chain: the review period starts."""
        deal = self._deal(id, "ship")
        self._need_reserved(deal)
        block = {"carrier": carrier.strip(), "tracking": tracking.strip()}
        notes = self._wishes.ask(deal.row, "deliver") if deal.state.facts.open else None
        if deal.state.talk is Talk.SHIPPED and notes and not any(block.values()):
            # said already: only the mark on chain is tried again
            self._world.store.update_order(id, notes=notes)
            self._deals.changed(id)
            return
        self._deals.say(deal, "ship", {name: text for name, text in block.items() if text}, notes)

    def decline(self, id: bytes, text: str = "", reason: str = "other") -> None:
        """Refuse an order. Money that is held can be taken back by the buyer at once."""
        self._decline(self._deal(id, "decline"), reason, text, {})

    def refund(self, id: bytes) -> None:
        """Give the whole payment back, by this node's own wallet."""
        deal = self._deal(id, "refund")
        self._world.store.update_order(id, notes=self._wishes.ask(deal.row, "refund"))
        self._deals.changed(id)

    def refunding(self, deal: Deal) -> Transaction:
        """A full refund that the seller sends itself. Raises Conflict where there is nothing to refund."""
        pot = deal.state.money
        if pot is None or pot.held == 0:
            raise Conflict("order.money", "The escrow holds nothing for this order.")
        # a whole day, so that a second attempt is the same transaction
        expiry = (self._ledger.time() // DAY + 2) * DAY
        return self._world.escrow.settle(deal.terms, _full_refund(deal, expiry), deal.payees)

    def _decline(self, deal: Deal, reason: str, text: str, notes: dict) -> None:
        block = {"reason": reason, **({"text": text.strip()} if text.strip() else {})}
        if deal.state.facts.open:
            block["settlement"] = self._signed_refund(deal)
        self._deals.say(deal, "decline", block, notes)

    def _signed_refund(self, deal: Deal) -> dict:
        """A settlement block by which the buyer takes everything back, signed with the shop key."""
        refund = _full_refund(deal, self._ledger.time() + SETTLEMENT_LIFETIME)
        block = asdict(refund) | {"signature": self._world.escrow.sign_settlement(refund)}
        del block["id"]  # follows from the order's terms
        return block

    def _deal(self, id: bytes, verb: str) -> Deal:
        deal = self._deals.deal(self._deals.row(id))
        need(deal, verb)
        return deal

    def _need_reserved(self, deal: Deal) -> None:
        if not deal.has_pieces or (deal.terms is not None and not self._is_safe(deal)):
            raise Conflict(
                "order.unsettled",
                "The payment isn't settled yet. Wait until the chain calls it safe.",
            )


def _full_refund(deal: Deal, expiry: int) -> Settlement:
    pot = deal.state.money
    return Settlement(deal.row.escrow_id, pot.since, pot.held, pot.held, 0, expiry)
