"""What follows from each step of the chain: orders that it touched are looked at, and pages show how settled their money is."""

from node.peer.agenda import Agenda
from node.peer.chores import Chores
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.world import World


class Reactions:
    """Called after each step of following."""

    def __init__(
        self, world: World, agenda: Agenda, deals: Deals, ledger: Ledger, chores: Chores
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._deals = deals
        self._ledger = ledger
        self._chores = chores
        self._unsettled: dict[
            bytes, bytes
        ] = {}  # order -> escrow id, until its last event is final

    async def react(self, touched: set[bytes], undone: bool) -> None:
        """`touched` are the escrow ids of the step's events, `undone` says that blocks were."""
        if undone:
            self._agenda.touch_all()
        for escrow_id in touched:
            row = self._world.store.order_of_escrow(escrow_id)
            if row is not None:
                self._unsettled[row.id] = escrow_id
                self._deals.paid(row.id)
                self._agenda.touch(row.id)
        for id, escrow_id in list(self._unsettled.items()):
            self._deals.tell(id)
            if self._ledger.assurance(self._ledger.events(escrow_id))[0] in ("none", "final"):
                del self._unsettled[id]
        self._chores.hurry()
