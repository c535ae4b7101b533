"""Money that the escrow couldn't push because its receiver refused: it lies in the contract as a claim of that account until the
account withdraws it.

The contract keeps claims by account and token, not by order, and its own answer is all that counts: it is asked after each
payment to this side, again and again until nothing waits and that can't be undone any more. So what was missed while the node was
off, or came back by a reorganisation, is found by asking.

    order.notes: claim  {amount, since}; decimal text in the token's smallest unit, and the block that must be final before
                        an amount of nothing is believed for good
"""

from node.peer.deal import WITHDRAW, Deal, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.wishes import Wishes
from node.peer.world import World
from node.ports import Transaction
from node.protocol.errors import Conflict, InputError
from node.protocol.escrow import NOBODY
from node.protocol.patterns import address_from_text, address_to_text


class Claims:
    """Asks what waits, and withdraws it by the node's own wallet."""

    def __init__(self, world: World, deals: Deals, ledger: Ledger, wishes: Wishes) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._answers: dict[tuple[bytes, bytes], int] = {}  # (account, token) -> what waits

    def begin_round(self) -> None:
        """Ask anew: within one round one answer does for all orders that are paid to the same account."""
        self._answers = {}

    async def look(self, deal: Deal) -> None:
        """Note on an order what waits for this side, where that has changed. Raises Unavailable."""
        if not deal.is_paid_out:
            return
        key = (deal.account, deal.terms.token)
        if key not in self._answers:
            escrow = await self._ledger.verified_escrow()
            self._answers[key] = await escrow.claims(*key)
        amount, noted = str(self._answers[key]), deal.row.notes.get("claim")
        if noted is None or noted["amount"] != amount:
            # nothing from the first: as sure as the payment; nothing any more: withdrawn in some block up to now
            since = self._ledger.head if noted else deal.events[-1].where.block
            claim = {"amount": amount, "since": since}
            self._world.store.update_order(deal.row.id, notes={"claim": claim})
            self._deals.tell(deal.row.id)

    def is_settled(self, deal: Deal) -> bool:
        """Whether nothing waits for this side, and no reorganisation can bring it back."""
        if not deal.is_paid_out:
            return True
        noted = deal.row.notes.get("claim")
        return noted is not None and not deal.claim and noted["since"] <= self._ledger.final

    def withdraw(self, id: bytes, to: str | None = None) -> None:
        """Wish that the node's wallet takes all that waits for it in this order's token, and sends it to `to`: itself if not said.

        Raises Conflict where nothing waits or another account has to do it, InputError for a bad `to`."""
        deal = self._deals.deal(self._deals.row(id))
        need(deal, WITHDRAW)
        if not self._ledger.owns(deal.account):
            raise Conflict(
                "order.wallet",
                f"Only {address_to_text(deal.account)} can withdraw this: do it on the page, where that wallet is connected.",
            )
        receiver = self.receiver(deal, to)
        notes = self._wishes.ask(deal.row, WITHDRAW, to=address_to_text(receiver))
        self._world.store.update_order(id, notes=notes)
        self._deals.changed(id)

    def receiver(self, deal: Deal, to: str | None) -> bytes:
        """Where it is to be sent: the account itself if not said. Raises InputError where the contract would refuse."""
        receiver = address_from_text(to) if to else deal.account
        if receiver is None:
            raise InputError("wallet.account", "That isn't an account's address.", "to")
        if receiver in (NOBODY, self._world.escrow.contract):
            raise InputError("order.receiver", "Nobody could ever fetch it from there.", "to")
        return receiver

    def withdrawing(self, deal: Deal) -> Transaction:
        """What the node's own wallet has to send."""
        to = deal.row.notes["wishes"][WITHDRAW]["to"]
        return self._world.escrow.withdraw(deal.terms.token, deal.account, address_from_text(to))
