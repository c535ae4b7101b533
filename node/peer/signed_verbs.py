"""A user's verbs about payments by signature: one part of `Peer`."""

from node.peer.agreements import Agreements
from node.peer.chores import Chores
from node.peer.pledging import Pledging
from node.peer.relaying import Relaying


class SignedVerbs:
    """Ids are text as in the views."""

    _relaying: Relaying
    _pledging: Pledging
    _agreements: Agreements
    _chores: Chores

    def _order_id(self, text: str) -> bytes:
        raise NotImplementedError

    async def authorize(self, id: str) -> None:
        """Pay by a signature of the node's wallet, which the seller's node sends, or whoever else wants to."""
        order = self._order_id(id)
        await (self._pledging if self._pledging.takes(order) else self._relaying).sign(order)

    async def relay(self, id: str) -> None:
        """Send the buyer's signature by the node's own wallet, which pays the network's fee."""
        self._relaying.ask(self._order_id(id))
        self._chores.hurry()

    async def sign_release(self, id: str) -> None:
        """Release by a signature of the node's wallet, which the seller's node sends."""
        self._agreements.release_signed(self._order_id(id))
