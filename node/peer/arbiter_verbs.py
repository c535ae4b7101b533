"""The verbs about arbiters, one part of the peer."""

from typing import Any

from node.peer.arbiters import Arbiters
from node.peer.chores import Chores
from node.peer.disputes import Disputes
from node.peer.listing_verbs import id_of
from node.peer.own_arbiter import OwnArbiter
from node.peer.views import ArbiterView


class ArbiterVerbs:
    """Ids are text, as everywhere in the peer's verbs."""

    _arbiters: Arbiters
    _own_arbiter: OwnArbiter
    _disputes: Disputes
    _chores: Chores

    def _order_id(self, text: str) -> bytes:
        raise NotImplementedError

    async def dispute(self, id: str) -> None:
        """Ask the order's arbiter to decide, by the node's own wallet."""
        self._disputes.open(self._order_id(id))
        self._chores.hurry()

    def arbiters(self) -> tuple[ArbiterView, ...]:
        """Those whom the owner trusts, then others that this node knows, without itself."""
        return self._arbiters.all()

    def arbiter(self, id: str) -> ArbiterView:
        """Raises NotFound."""
        return self._arbiters.get(_persona(id))

    def own_arbiter(self) -> ArbiterView | None:
        """What this node publishes about itself as an arbiter; None where it doesn't."""
        return self._own_arbiter.get()

    async def offer_to_decide(self, given: dict[str, Any]) -> ArbiterView:
        """`given` is JSON-shaped: fee_bps, ruling, languages, about."""
        return self._own_arbiter.offer(given)

    async def decide_no_more(self) -> None:
        """Take the offer to decide back. Orders that name this node's account go on."""
        self._own_arbiter.withdraw()

    async def trust_arbiter(self, id: str) -> None:
        """Let this persona be proposed where a seller lists it."""
        self._arbiters.choose(_persona(id))

    async def distrust_arbiter(self, id: str) -> None:
        """Propose it no more. Orders that name it go on."""
        self._arbiters.drop(_persona(id))


def _persona(text: str) -> bytes:
    return id_of(text, "arbiter.unknown", "This node knows no such arbiter.")
