"""What this node publishes about itself as an arbiter."""

from typing import Any

from node.peer.arbiters import Arbiters
from node.peer.stall import Stall
from node.peer.views import ArbiterView
from node.peer.world import World
from node.protocol.errors import Conflict, NotFound
from node.protocol.kinds.arbiter import FIELDS, KIND
from node.protocol.record import Record


class OwnArbiter:
    """The record is signed and kept alive by the stall, whose profile proves its account."""

    def __init__(self, world: World, stall: Stall, arbiters: Arbiters) -> None:
        self._world = world
        self._stall = stall
        self._arbiters = arbiters

    def offer(self, given: dict[str, Any]) -> ArbiterView:
        """Publish on which terms the node's wallet decides disputes, JSON-shaped without the account. Raises InputError naming the
        field, Conflict where this node has no wallet."""
        escrow = self._world.escrow
        if escrow is None or escrow.wallet is None:
            raise Conflict(
                "arbiter.wallet", "This node has no chain configured, so it can't decide disputes."
            )
        body = FIELDS.from_json({**given, "account": f"{escrow.chain}:{escrow.wallet.lower()}"})
        self._stall.publish(KIND.id, FIELDS.write(body))
        self._stall.publish_profile()  # it proves the account
        return self._arbiters.view(self._need())

    def get(self) -> ArbiterView | None:
        """None where this node doesn't offer to decide."""
        found = self._arbiters.latest(self._world.me)
        return None if found is None else self._arbiters.view(found)

    def withdraw(self) -> None:
        """Decide no more about new orders. Raises NotFound."""
        self._need()
        self._stall.publish(KIND.id, {}, gone=True)
        self._stall.publish_profile()

    def _need(self) -> Record:
        found = self._arbiters.latest(self._world.me)
        if found is None:
            raise NotFound("arbiter.own", "This node doesn't offer to decide disputes.")
        return found
