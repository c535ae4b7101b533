"""One order with everything that follows from what is stored of it."""

from node.ports import OrderRow
from node.protocol.errors import Conflict, NotFound
from node.protocol.escrow import EscrowEvent, State, Terms
from node.protocol.order_state import BUYER, OrderState
from node.protocol.patterns import address_to_text
from node.protocol.record import Record
from node.protocol.units import account_parts

EFFECTS: dict[str, tuple[State, ...]] = {
    "fund": (),
    "deliver": (State.FUNDED,),
    **dict.fromkeys(
        ("release", "refund", "take_back", "timeout"),
        (State.FUNDED, State.DELIVERED, State.DISPUTED, State.CONTESTED),
    ),
}
"""verb -> states of the money in which it is still to be done."""

WITHDRAW = "withdraw"
"""Not a verb of the order's own state: what waits is the account's, whatever orders it comes from."""


class Deal:
    """One order with everything that follows from what is stored of it. Made anew whenever it is looked at.

    `followed` says whether this node follows the escrow that the order is paid through. It doesn't any more once its settings name
    another: then all that is known of the money is what was known before."""

    def __init__(
        self,
        row: OrderRow,
        listing: Record,
        body: dict,
        state: OrderState,
        events: list[EscrowEvent],
        followed: bool,
    ) -> None:
        self.row = row
        self.listing = listing
        self.body = body  # the cited edition, as read
        self.state = state
        self.followed = followed or self.terms is None
        self.events = events if followed else []  # of its money, those that this node follows

    @property
    def seller(self) -> bytes:
        return self.listing.author

    @property
    def place(self) -> dict:
        if self.state.facts.place is None:
            raise NotFound("order.place", "The order's first message is missing.")
        return self.state.facts.place

    @property
    def terms(self) -> Terms | None:
        return self.state.facts.terms

    @property
    def has_pieces(self) -> bool:
        """Whether the pieces of this order are put aside for it, at its seller's."""
        return self.row.notes.get("stock") == "reserved"

    @property
    def account(self) -> bytes:
        """Where this side's share of the money goes. Only for an order with terms."""
        return self.terms.buyer if self.row.side == BUYER else self.terms.payout

    @property
    def is_paid_out(self) -> bool:
        """Whether the escrow has paid anything to this side, or put it aside as a claim."""
        return self.state.paid[self.row.side] > 0

    @property
    def claim(self) -> int:
        """What waits in the contract for this side's account because it couldn't be pushed there, of this order and of others that
        are paid in the same, as far as `Claims` has asked; in the token's smallest unit."""
        noted = self.row.notes.get("claim")
        return int(noted["amount"]) if noted and self.is_paid_out else 0

    def has_done(self, verb: str) -> bool:
        """Whether the chain shows the effect of this verb, or something that makes it needless."""
        if verb == WITHDRAW:
            return self.claim == 0
        pot = self.state.money
        if pot is None or verb not in EFFECTS:
            return False
        return pot.state not in EFFECTS[verb]

    @property
    def verbs(self) -> tuple[str, ...]:
        """What this node's side can do: by the order's state alone, or only talk where nobody watches its money."""
        verbs = self.state.buyer if self.row.side == BUYER else self.state.seller
        if self.claim:
            verbs = (*verbs, WITHDRAW)
        return verbs if self.followed else tuple(verb for verb in verbs if verb == "message")


def need(deal: Deal, verb: str) -> None:
    """Raise Conflict unless this side can do this now."""
    if verb != "message":
        need_followed(deal)
    if verb not in deal.verbs:
        raise Conflict(
            "order.verb",
            f"{verb.replace('_', ' ').capitalize()} isn't possible: the order is {deal.state.stage}.",
        )


def need_followed(deal: Deal) -> None:
    """Raise Conflict for an order that is paid through an escrow that this node doesn't follow."""
    if not deal.followed:
        chain, contract = account_parts(deal.body["offer"]["escrow"])
        raise Conflict(
            "order.chain",
            f"This order is paid through the contract {address_to_text(contract)} on {chain}, which your node doesn't follow now. "
            "Give it that chain and contract in its settings, and start it again.",
        )
