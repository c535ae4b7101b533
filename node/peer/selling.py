"""The seller's side of orders: pieces reserved by chain order, then accept, ship, decline, refund."""

import logging

from node.peer.deals import Deal, Deals, need
from node.peer.ledger import Ledger, Wishes
from node.peer.spread import Spread
from node.peer.stall import Stall
from node.peer.world import World, short
from node.protocol.errors import Conflict, EtalError, Unavailable
from node.protocol.escrow import Funded, State
from node.protocol.order_state import SELLER, Talk
from node.protocol.record import Record

log = logging.getLogger("etal.selling")

SETTLEMENT_LIFETIME = 30 * 86_400
"""Seconds for which a signed full refund can be used; after `ship_by` the buyer needs none."""


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

    def settle_all(self, deals: list[Deal]) -> None:
        """Reserve pieces for paid orders in the order of the chain; give pieces back that weren't shipped after all.

        Who comes too late is declined with a signed full refund. Idempotent: a note on the order remembers each step."""
        waiting = [deal for deal in deals if deal.row.side == SELLER and self._can_reserve(deal)]
        for deal in sorted(waiting, key=self._position):
            self._reserve(deal)
        for deal in deals:
            if deal.row.side == SELLER and self._should_restock(deal):
                self._restock(deal)

    def reserved(self, deal: Deal) -> bool:
        """Whether the pieces of this order are put aside for it."""
        return deal.row.notes.get("stock") == "reserved"

    def _can_reserve(self, deal: Deal) -> bool:
        if "stock" in deal.row.notes or deal.state.talk not in (Talk.PLACED, Talk.ACCEPTED):
            return False
        if deal.terms is None:
            return True
        funded = self._funded(deal)
        return deal.state.facts.open and funded is not None and self._ledger.is_safe(funded)

    def _funded(self, deal: Deal) -> Funded | None:
        return next(
            (e for e in self._ledger.events(deal.row.escrow_id) if isinstance(e, Funded)), None
        )

    def _position(self, deal: Deal) -> tuple[int, int]:
        funded = self._funded(deal)
        return (funded.where.block, funded.where.index) if funded else (0, deal.row.created)

    def _reserve(self, deal: Deal) -> None:
        try:
            records = self._with_stock(deal, "reserve")
        except Conflict:
            log.info("order %s came too late", short(deal.row.id))
            self._decline(deal, "sold_out", "", {"stock": "too_late"})
            return
        except EtalError as fault:
            log.warning("order %s can't be reserved: %s", short(deal.row.id), fault)
            return
        notes = {"stock": "reserved"}
        if self._world.settings.auto_accept and deal.state.talk is Talk.PLACED:
            self._deals.say(deal, "accept", {}, notes, records)
        else:
            self._world.store.update_order(deal.row.id, notes=notes, records=records)
        self._spread.gossip(records)
        self._deals.changed(deal.row.id)

    def _should_restock(self, deal: Deal) -> bool:
        if not self.reserved(deal) or deal.state.talk is Talk.SHIPPED:
            return False
        if deal.terms is None:
            return deal.state.talk is Talk.DECLINED
        pot = deal.state.money
        return pot is not None and pot.state is State.NONE and pot.to_seller == 0

    def _restock(self, deal: Deal) -> None:
        records = self._with_stock(deal, "give_back")
        self._world.store.update_order(deal.row.id, notes={"stock": "given_back"}, records=records)
        self._spread.gossip(records)

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
        self._need_reserved(deal)
        self._deals.say(deal, "accept", {})

    def ship(self, id: bytes, carrier: str = "", tracking: str = "") -> None:
        """Say that it is on its way, and mark it on chain: the review period starts."""
        deal = self._deal(id, "ship")
        self._need_reserved(deal)
        block = {"carrier": carrier.strip(), "tracking": tracking.strip()}
        notes = self._wishes.ask(deal.row, "deliver") if deal.terms else None
        self._deals.say(deal, "ship", {name: text for name, text in block.items() if text}, notes)

    def decline(self, id: bytes, text: str = "", reason: str = "other") -> None:
        """Refuse an order. Money that is held can be taken back by the buyer at once."""
        self._decline(self._deal(id, "decline"), reason, text, {})

    def refund(self, id: bytes) -> None:
        """Give the whole payment back, by this node's own wallet."""
        deal = self._deal(id, "refund")
        self._world.store.update_order(id, notes=self._wishes.ask(deal.row, "refund"))
        self._deals.changed(id)

    def _decline(self, deal: Deal, reason: str, text: str, notes: dict) -> None:
        block = {"reason": reason, **({"text": text.strip()} if text.strip() else {})}
        pot = deal.state.money
        if pot is not None and deal.state.facts.open:
            escrow = self._world.escrow
            expiry = self._ledger.time() + SETTLEMENT_LIFETIME
            signature = escrow.sign_settlement(
                deal.row.escrow_id, pot.since, pot.held, pot.held, 0, expiry
            )
            block["settlement"] = {
                "since": pot.since,
                "held": pot.held,
                "to_buyer": pot.held,
                "to_seller": 0,
                "expiry": expiry,
                "signature": signature,
            }
        self._deals.say(deal, "decline", block, notes)

    def _deal(self, id: bytes, verb: str) -> Deal:
        deal = self._deals.deal(self._deals.row(id))
        need(deal, verb)
        return deal

    def _need_reserved(self, deal: Deal) -> None:
        if not self.reserved(deal):
            raise Conflict(
                "order.unsettled",
                "The payment isn't settled yet. Wait until the chain calls it safe.",
            )


def refund_terms(deal: Deal, now: int) -> tuple[int, int, int]:
    """(to buyer, to seller, expiry) of a full refund that the seller sends itself."""
    pot = deal.state.money
    if pot is None or pot.held == 0:
        raise Unavailable("order.money", "The escrow holds nothing for this order.")
    return pot.held, 0, now + 86_400
