"""Now and then: forget what has expired, renew what is ours, look at every open order, remember where other nodes are."""

import logging

from node.peer.agenda import Agenda
from node.peer.cases import Cases
from node.peer.intake import Intake
from node.peer.own_reviews import OwnReviews
from node.peer.stall import Stall
from node.peer.world import World
from node.ports import Store
from node.protocol.errors import EtalError, InputError

log = logging.getLogger("etal.peer")

HOUSEKEEPING = 300.0
"""Seconds between two rounds of sweeping and renewing."""

RECOUNT = 6
"""Rounds of housekeeping between two counts of what is kept of whom."""

LOOK_ALL = 72
"""Rounds of housekeeping between two looks at every open order."""

KNOWN = "network.known"
"""The store's fact with addresses of other nodes, one a line: where to begin after a restart."""

NETWORK = "network"
"""The store's fact with the network whose records it keeps."""


def known_addresses(store: Store) -> list[str]:
    """Addresses that were of use before the last stop."""
    fact = store.fact(KNOWN)
    return fact.decode().splitlines() if fact else []


def claim(store: Store, network: str) -> None:
    """Bind what this store keeps to a network. Signatures and ids of all records, also those of offers and orders, hold on
    one network alone, so nothing of it can move to another. Raises InputError "config.network" for another one."""
    fact = store.fact(NETWORK)
    before = network if fact is None else fact.decode()
    if before != network and (any(store.counts().values()) or any(store.order_counts().values())):
        raise InputError(
            "config.network",
            f"What this node keeps is of the network {before} and void on {network}. Set it back; or, to begin with "
            "nothing on the new one, move etal.sqlite out of the data directory (the keys stay), or make another node "
            "with `etal --data-dir`.",
            "network",
        )
    if fact is None or before != network:
        store.set_fact(NETWORK, network.encode())


class Housekeeping:
    """One round every five minutes."""

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        intake: Intake,
        stall: Stall,
        reviews: OwnReviews,
        cases: Cases,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._intake = intake
        self._stall = stall
        self._reviews = reviews
        self._cases = cases

    async def run(self) -> None:
        """For ever: forget what has expired, renew what is ours, and remember where other nodes are."""
        rounds = 0
        while True:
            try:
                self._world.store.sweep(self._world.now())
                self._world.store.set_fact(KNOWN, "\n".join(self._world.network.known()).encode())
                self._reviews.renew()
                self._cases.forget()
                await self._stall.keep_alive()
            except EtalError as fault:
                log.warning("housekeeping: %s", fault)
            except Exception:
                log.exception("housekeeping: our own mistake")
            await self._world.clock.sleep(HOUSEKEEPING)
            rounds += 1
            self._agenda.touch_failed()
            if rounds % RECOUNT == 0:
                self._intake.budget.recount()
            if rounds % LOOK_ALL == 0:
                self._agenda.touch_all()  # what is due by the chain's time, or was missed
