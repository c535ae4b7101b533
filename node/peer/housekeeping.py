"""Now and then: forget what has expired, renew what is ours, look at every open order, remember where other nodes are."""

import logging

from node.peer.agenda import Agenda
from node.peer.intake import Intake
from node.peer.stall import Stall
from node.peer.world import World
from node.ports import Store
from node.protocol.errors import EtalError

log = logging.getLogger("etal.peer")

HOUSEKEEPING = 300.0
"""Seconds between two rounds of sweeping and renewing."""

RECOUNT = 6
"""Rounds of housekeeping between two counts of what is kept of whom."""

LOOK_ALL = 72
"""Rounds of housekeeping between two looks at every open order."""

KNOWN = "network.known"
"""The store's fact with addresses of other nodes, one a line: where to begin after a restart."""


def known_addresses(store: Store) -> list[str]:
    """Addresses that were of use before the last stop."""
    fact = store.fact(KNOWN)
    return fact.decode().splitlines() if fact else []


class Housekeeping:
    """One round every five minutes."""

    def __init__(self, world: World, agenda: Agenda, intake: Intake, stall: Stall) -> None:
        self._world = world
        self._agenda = agenda
        self._intake = intake
        self._stall = stall

    async def run(self) -> None:
        """For ever: forget what has expired, renew what is ours, and remember where other nodes are."""
        rounds = 0
        while True:
            try:
                self._world.store.set_fact(KNOWN, "\n".join(self._world.network.known()).encode())
                await self._stall.keep_alive()
                await self._world.clock.sleep(HOUSEKEEPING)
                self._world.store.sweep(self._world.now())
            except EtalError as fault:
                log.warning("housekeeping: %s", fault)
                await self._world.clock.sleep(HOUSEKEEPING)
            except Exception:
                log.exception("housekeeping: our own mistake")
                await self._world.clock.sleep(HOUSEKEEPING)
            rounds += 1
            self._agenda.touch_failed()
            if rounds % RECOUNT == 0:
                self._intake.budget.recount()
            if rounds % LOOK_ALL == 0:
                self._agenda.touch_all()  # what is due by the chain's time, or was missed
