"""What a node may spend on fees for buyers without coin, counted by the day before anything is sent.

fact relay.spent   JSON {day, wei}; what this day's authorizations may have cost
"""

import json

from node.peer.world import World
from node.protocol.errors import RuleError

DAY = 86_400
SPENT = "relay.spent"


class Purse:
    """One for all that is sent for others, whatever contract it goes to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def spend(self, fee: int, counted: int = 0, orders: int = 1) -> int:
        """Count a fee in wei that is for so many orders, of which `counted` was counted before; returns what is counted now. Raises
        RuleError "relay.fee" or "relay.daily" where it is more than the settings allow."""
        relay = self._world.settings.relay
        if fee > relay.fee * orders:
            raise RuleError(
                "relay.fee", "The network's fee is above what this node pays for an order."
            )
        day, spent = self._world.now() // DAY, 0
        if kept := self._world.store.fact(SPENT):
            known = json.loads(kept)
            spent = int(known["wei"]) if known["day"] == day else 0
        more = max(0, fee - counted)
        if spent + more > relay.daily:
            raise RuleError(
                "relay.daily", "This node has paid as much in fees for buyers today as it may."
            )
        if more:
            told = {"day": day, "wei": str(spent + more)}
            self._world.store.set_fact(SPENT, json.dumps(told).encode())
        return counted + more

    def most(self, counted: int, orders: int = 1) -> int:
        """What may be paid for these orders of what was counted: somebody may have sent one by hand before, for more."""
        return min(counted, self._world.settings.relay.fee * orders)
