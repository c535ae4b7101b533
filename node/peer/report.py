"""Who this node is, how it is doing, and what a person should do about it."""

from dataclasses import asdict

from node.peer.agenda import Agenda
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.troubles import explained, said
from node.peer.views import Identity, Status
from node.peer.wishes import given_up
from node.peer.world import World
from node.protocol.encoding import id_to_text
from node.protocol.patterns import address_to_text


class Report:
    """Answers `etal status` and the status page."""

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        deals: Deals,
        ledger: Ledger,
        views: ListingViews,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._deals = deals
        self._ledger = ledger
        self._views = views

    def identity(self) -> Identity:
        world = self._world
        wallet = world.escrow.wallet if world.escrow else None
        payout = world.settings.payout
        return Identity(
            persona=id_to_text(world.me),
            name=self._views.persona(world.me).name or world.settings.name,
            wallet=wallet,
            payout=address_to_text(payout) if payout else wallet,
            network=world.settings.network,
            chain=world.escrow.chain if world.escrow else None,
        )

    def status(self) -> Status:
        world = self._world
        records = world.store.counts()
        return Status(
            version=world.settings.version,
            identity=self.identity(),
            peer=world.network.peer_id,
            addresses=tuple(world.network.addresses()),
            contacts=tuple(asdict(contact) for contact in world.network.contacts()),
            records=records,
            chain={
                "state": self._ledger.trouble or "following",
                "chain": self._ledger.chain,
                "head": self._ledger.head,
                "safe": self._ledger.safe,
                "final": self._ledger.final,
                "contract": "0x" + world.escrow.contract.hex() if world.escrow else None,
            },
            outbox=records["outbox"],
            problems=tuple(self._problems()),
        )

    def _problems(self) -> list[str]:
        problems = []
        if not self._world.network.contacts():
            problems.append(
                "No other node is connected. Check the bootstrap addresses in the settings."
            )
        if self._ledger.trouble:
            problems.append(f"The chain: {self._ledger.trouble}")
        for id in self._agenda.stuck:
            for verb, wish in given_up(self._deals.row(id)).items():
                problems.append(
                    f"{verb.replace('_', ' ').capitalize()} of order {id_to_text(id)[:8]} was given up: "
                    f"{explained(wish).happened} ({said(wish)}) The order's page says what to do."
                )
        escrow = self._world.escrow
        if escrow is not None and escrow.wallet and self._ledger.chain:
            unseen = self._world.store.unseen_funded(
                self._ledger.account, bytes.fromhex(escrow.wallet[2:])
            )
            if unseen:
                problems.append(
                    f"{len(unseen)} paid orders haven't arrived: their buyers' nodes send them again by themselves."
                )
        return problems
