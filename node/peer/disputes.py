"""What either party of an order does about a dispute, and what would come of it."""

from dataclasses import replace

from node.peer.arbiters import Arbiters
from node.peer.deal import Deal, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.views import DisputeView, Money, OfferedArbiter, PersonaView
from node.peer.wishes import Wishes, live
from node.peer.world import World
from node.ports import Transaction
from node.protocol.errors import Conflict
from node.protocol.escrow import NO_PAYEES, NOBODY, Disputed, How, State, split
from node.protocol.order_state import BUYER, SELLER
from node.protocol.patterns import address_to_text

DISPUTE = "dispute"


class Disputes:
    """The escrow is asked by the party's own wallet: this node's, or one in the browser."""

    def __init__(
        self, world: World, deals: Deals, ledger: Ledger, wishes: Wishes, arbiters: Arbiters
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._arbiters = arbiters

    def open(self, id: bytes) -> None:
        """Wish that the node's wallet asks the arbiter to decide. Raises Conflict where the order's state or another wallet forbids it."""
        deal = self._deals.deal(self._deals.row(id))
        need(deal, DISPUTE)
        if not self._ledger.owns(deal.party):
            raise Conflict(
                "order.wallet",
                "Another wallet pays for this order: do it on the page, where that wallet is connected.",
            )
        if "deliver" in live(deal.row):
            raise Conflict(
                "order.marking",
                "Your node is just marking it as sent. Ask the arbiter after that: else its silence would give everything back.",
            )
        self._world.store.update_order(id, notes=self._wishes.ask(deal.row, DISPUTE))
        self._deals.changed(id)

    def opening(self, deal: Deal) -> Transaction:
        """What the party's wallet has to send."""
        return self._world.escrow.dispute(deal.terms, deal.party)

    def view(self, deal: Deal, total: Money) -> DisputeView | None:
        """What a dispute of this order means, had or to be had; None where nobody could decide. `total` tells the money."""
        terms, pot = deal.terms, deal.state.money
        if terms is None or terms.arbiter == NOBODY:
            return None
        asked = next((each for each in deal.events if isinstance(each, Disputed)), None)
        sent = pot is not None and pot.state in (State.DELIVERED, State.CONTESTED)
        held = pot.held if pot is not None and deal.state.facts.open else terms.amount
        state = State.CONTESTED if sent else State.DISPUTED
        # who shares the seller's side doesn't matter to how the two sides divide it
        bare = replace(terms, payees=NO_PAYEES)
        silence = split(bare, held, "timeout", state=state)
        fee = split(bare, held, "rule", state=state).to_arbiter
        return DisputeView(
            arbiter=self._arbiter(deal),
            ruling=terms.ruling,
            by="" if asked is None else BUYER if asked.by == terms.buyer else SELLER,
            until=deal.state.deadlines.get("ruling_by"),
            silent=asked is not None and deal.state.facts.open and deal.state.facts.due,
            sent=sent,
            fee=replace(total, amount=fee),
            silence={
                BUYER: replace(total, amount=silence.to_buyer),
                SELLER: replace(total, amount=silence.to_seller),
            },
            ruled=pot is not None and pot.last is not None and pot.last.how == How.RULING,
        )

    def _arbiter(self, deal: Deal) -> OfferedArbiter:
        address = address_to_text(deal.terms.arbiter)
        offered = self._arbiters.offered(deal.body)
        unknown = OfferedArbiter(
            PersonaView("", ""),
            address,
            deal.terms.arbiter_bps,
            deal.terms.ruling,
            False,
            "unknown",
        )
        return next((each for each in offered if each.address == address), unknown)
