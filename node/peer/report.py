"""Who this node is, how it is doing, and what a person should do about it."""

from dataclasses import asdict

import trio

from node.peer.agenda import Agenda
from node.peer.campaign_claims import CampaignClaims
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.troubles import explained, said
from node.peer.views import Balance, Identity, Status
from node.peer.wishes import given_up
from node.peer.world import World
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError
from node.protocol.patterns import address_to_text
from node.protocol.units import asset_token

BALANCES_EVERY = 15.0
"""Seconds between two questions for what the node's wallet holds."""

BALANCES_WITHIN = 10.0
"""Seconds that the chain gets to tell it."""


class Report:
    """Answers `etal status` and the status page."""

    def __init__(
        self,
        world: World,
        agenda: Agenda,
        deals: Deals,
        ledger: Ledger,
        views: ListingViews,
        claims: CampaignClaims,
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._deals = deals
        self._ledger = ledger
        self._views = views
        self._claims = claims
        self._held: dict[str, int] = {}  # asset -> what the node's wallet held when last asked

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
            balances=tuple(
                Balance(token.asset, token.symbol, token.decimals, self._held.get(token.asset))
                for token in self._views.tokens.values()
                if world.escrow.wallet
            ),
        )

    async def watch_balances(self) -> None:
        """For ever: ask what the node's wallet holds, so that a status never waits for the chain, and tokens that have yet to answer."""
        while True:
            before, self._held = self._held, await self._ask_balances()
            if self._held != before:
                self._world.changes.tell("status")
            await self._world.clock.sleep(BALANCES_EVERY)
            if self._ledger.is_verified:
                await self._world.escrow.read_tokens()

    async def _ask_balances(self) -> dict[str, int]:
        """All of them, or none where the chain doesn't answer in time."""
        if self._world.escrow is None or self._world.escrow.wallet is None:
            return {}
        account, held = bytes.fromhex(self._world.escrow.wallet[2:]), {}
        with trio.move_on_after(BALANCES_WITHIN):
            try:
                escrow = await self._ledger.verified_escrow()
                for asset in list(self._views.tokens):
                    held[asset] = await escrow.balance(account, asset_token(asset))
            except EtalError:
                return {}
            return held
        return {}

    def _problems(self) -> list[str]:
        problems = []
        if not self._world.network.contacts():
            problems.append(
                "No other node is connected. Check the bootstrap addresses in the settings."
            )
        if self._world.escrow:
            problems.extend(self._world.escrow.endpoint_troubles)
            problems.extend(self._world.escrow.token_troubles)
        if self._ledger.trouble:
            problems.append(f"The chain: {self._ledger.trouble}")
        stuck = [self._deals.row(id) for id in self._agenda.stuck]
        for row in stuck:
            for verb, wish in given_up(row).items():
                problems.append(
                    f"{verb.replace('_', ' ').capitalize()} of order {id_to_text(row.id)[:8]} was given up: "
                    f"{explained(wish, verb).happened} ({said(wish)}) The order's page says what to do."
                )
        owed = [row for row in stuck if row.notes.get("claim", {}).get("amount", "0") != "0"]
        if owed:
            first = id_to_text(owed[0].id)[:8]
            problems.append(
                f"Money waits in the contract: its receiver refused it. The page of order {first} says how to withdraw it."
            )
        for row in self._world.store.campaigns():
            for verb, wish in given_up(row).items():
                problems.append(
                    f"{verb.replace('_', ' ').capitalize()} of campaign 0x{row.id.hex()[:12]} was given up ({said(wish)}). "
                    "The campaign's page says what to do."
                )
        if campaign := self._claims.owed():
            problems.append(
                f"Money waits in the contract: its receiver refused it. The page of campaign {campaign.text[:14]} says how to withdraw it."
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
