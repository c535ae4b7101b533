"""One order with everything that follows from what is stored of it."""

from node.ports import OrderRow
from node.protocol.errors import Conflict, NotFound
from node.protocol.escrow import WHOLE, EscrowEvent, Paid, Payee, State, Terms
from node.protocol.order_state import BUYER, OrderState
from node.protocol.patterns import address_to_text
from node.protocol.record import Record
from node.protocol.sharing import payees_of
from node.protocol.units import account_parts

EFFECTS: dict[str, tuple[State, ...]] = {
    "fund": (),
    "relay": (),
    "deliver": (State.FUNDED,),
    "dispute": (State.FUNDED, State.DELIVERED),
    **dict.fromkeys(
        ("release", "refund", "take_back", "timeout"),
        (State.FUNDED, State.DELIVERED, State.DISPUTED, State.CONTESTED),
    ),
}
"""verb -> states of the money in which it is still to be done."""

PLEDGE = "pledge"
"""To pay an order that has no escrow by a pledge to a campaign."""

RELAY = "relay"
"""To fund an order by the buyer's authorization."""

PARTS = {
    "release_part": "release",
    "refund_part": "refund",
    "accept_settlement": "accept_settlement",
}
"""Transactions that settle a part, or all: the contract takes one as often as the side that gives sends it. Of each, the verb of the
order's state that allows it."""

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
    def is_preorder(self) -> bool:
        """Whether it is paid by a pledge to a campaign."""
        return self.body["offer"].get("preorder", False)

    @property
    def payees(self) -> tuple[Payee, ...]:
        """Who shares the proceeds: whoever pays the seller's side shows them to the contract."""
        return payees_of(self.body["offer"], self.place.get("referrer"))

    @property
    def shared(self) -> list[int]:
        """What each payee has got out of the escrow, or as a claim in it, in the smallest unit; in the order of `payees`."""
        return [
            sum(paid.to_seller * bps // WHOLE for paid in self.payments) for _, bps in self.payees
        ]

    @property
    def payments(self) -> list[Paid]:
        """Of the order's own money: what follows the last of them is another funding of the same id."""
        payments: list[Paid] = []
        for event in self.events:
            if isinstance(event, Paid):
                payments.append(event)
                if not event.left:
                    break
        return payments

    @property
    def has_pieces(self) -> bool:
        """Whether the pieces of this order are put aside for it, at its seller's."""
        return self.row.notes.get("stock") == "reserved"

    @property
    def account(self) -> bytes:
        """Where this side's share of the money goes. Only for an order with terms."""
        return self.terms.buyer if self.row.side == BUYER else self.terms.payout

    @property
    def party(self) -> bytes:
        """The account that acts for this side in the escrow. Only for an order with terms."""
        return self.terms.buyer if self.row.side == BUYER else self.terms.seller

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
        if verb == PLEDGE:
            return bool(self.row.notes.get("pledge"))
        pot = self.state.money
        if pot is not None and verb in PARTS:
            return pot.state is State.NONE or self._has_paid(
                self.row.notes.get("parts", {}).get(verb)
            )
        if pot is None or verb not in EFFECTS:
            return False
        return pot.state not in EFFECTS[verb]

    def _has_paid(self, part: dict | None) -> bool:
        """Whether the contract has paid this part, out of what it held when the part was decided."""
        return part is not None and any(
            (paid.to_buyer, paid.to_seller) == (int(part["to_buyer"]), int(part["to_seller"]))
            and paid.left + paid.to_buyer + paid.to_seller == int(part["held"])
            for paid in self.payments
        )

    @property
    def draft(self) -> dict | None:
        """What another wallet than the node's is to sign or send, as long as it fits what is held."""
        draft, pot = self.row.notes.get("draft"), self.state.money
        if not draft or pot is None or draft["held"] != str(pot.held):
            return None
        return draft if self.state.facts.now < draft["expiry"] else None

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
