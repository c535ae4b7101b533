"""The peer's verbs by which money of an order is paid or given back, all or a part, and settlements are made."""

from node.peer.agreements import PROPOSAL_DAYS, Agreements
from node.peer.chores import Chores
from node.peer.selling import Selling


class AgreementVerbs:
    """One part of `Peer`."""

    _agreements: Agreements
    _chores: Chores
    _selling: Selling

    def _order_id(self, text: str) -> bytes:
        raise NotImplementedError

    def _by_node(self, id: str, verb: str) -> None:
        raise NotImplementedError

    async def release(self, id: str, amount: int | None = None) -> None:
        """Pay all that is held to the seller's side, or so much of it."""
        if amount is None:
            self._by_node(id, "release")
        else:
            self._agreements.pay_part(self._order_id(id), "release_part", amount)
            self._chores.hurry()

    async def settle(
        self, id: str, to_buyer: int, to_seller: int, text: str = "", days: int = PROPOSAL_DAYS
    ) -> None:
        """Propose who gets how much of what is held, for so many days."""
        self._agreements.propose(self._order_id(id), to_buyer, to_seller, text, days)

    async def accept_settlement(self, id: str, proposal: str | None = None) -> None:
        """Carry out what the other side proposes: by the message with this id, else the latest."""
        self._agreements.accept(self._order_id(id), proposal)
        self._chores.hurry()

    async def drop_draft(self, id: str) -> None:
        self._agreements.drop_draft(self._order_id(id))

    async def refund(self, id: str, amount: int | None = None) -> None:
        """Give all that is held back to the buyer, or so much of it."""
        if amount is None:
            self._selling.refund(self._order_id(id))
        else:
            self._agreements.pay_part(self._order_id(id), "refund_part", amount)
        self._chores.hurry()
