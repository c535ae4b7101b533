"""Money of campaigns that the contract couldn't push because its receiver, or the token, refused: it lies there as a claim of that account
until the account withdraws it.

The contract keeps claims by account and token, not by campaign, and its own answer is all that counts: it is asked once something
can have been paid to this node's people, and again until nothing waits and that can't be undone any more.

    campaign.notes: claims  account, hex -> {amount, since}; decimal text in the token's smallest unit, and the block that must be
                            final before an amount of nothing is believed for good
"""

from node.peer.campaign_book import Campaign, CampaignBook
from node.peer.campaign_ledger import CampaignLedger
from node.peer.ledger import Ledger
from node.peer.world import World
from node.ports import CampaignState, Transaction
from node.protocol.encoding import id_to_text
from node.protocol.errors import InputError
from node.protocol.escrow import NOBODY
from node.protocol.order_state import BUYER
from node.protocol.patterns import address_from_text

WITHDRAW = "withdraw"
RETURNING = ("failed", "cancelled", "stopped")
"""Stages in which backers are paid."""


class CampaignClaims:
    """Asks what waits, and says what withdraws it."""

    def __init__(
        self, world: World, ledger: Ledger, book: CampaignBook, chain: CampaignLedger
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._book = book
        self._chain = chain
        self._seen: dict[bytes, tuple] = {}  # campaign -> how it stood when it was last asked

    def of(self, campaign: Campaign) -> dict[bytes, int]:
        """What waits for each account of this node's people, as last seen; only what is more than nothing."""
        noted = self._book.wishes.row(campaign.id).notes.get("claims", {})
        found = {bytes.fromhex(who): int(each["amount"]) for who, each in noted.items()}
        return {who: amount for who, amount in found.items() if amount}

    def owed(self) -> Campaign | None:
        """A campaign of which something waits, if there is one."""
        return next((each for each in self._book.joined() if self.of(each)), None)

    async def look(self, campaign: Campaign, state: CampaignState, stage: str) -> None:
        """Note on a campaign what waits, where that has changed. Raises Unavailable."""
        accounts = self._accounts(campaign, state, stage)
        known = self._book.wishes.row(campaign.id).notes.get("claims", {})
        seen = (stage, state.pledges, state.money, state.paid)
        anew = self._seen.get(campaign.id) != seen
        if not accounts and not known:
            return
        if not anew and known.keys() == accounts.keys() and self.is_settled(campaign):
            return
        contract, token = await self._chain.contract(), campaign.terms.token
        amounts = {who: str(await contract.claims(a, token)) for who, a in accounts.items()}
        if anew or amounts != {who: each["amount"] for who, each in known.items()}:
            # a block that isn't before any of these answers
            block = (await self._chain.state(campaign.id, fresh=True)).block
            noted = {who: {"amount": amount, "since": block} for who, amount in amounts.items()}
            self._book.wishes.write({campaign.id: {"claims": noted}})
            self._tell_orders(campaign)
        self._seen[campaign.id] = seen

    def is_settled(self, campaign: Campaign) -> bool:
        """Whether nothing waits, and no reorganisation can bring it back."""
        noted = self._book.wishes.row(campaign.id).notes.get("claims", {})
        return all(
            each["amount"] == "0" and each["since"] <= self._ledger.final for each in noted.values()
        )

    def _accounts(self, campaign: Campaign, state: CampaignState, stage: str) -> dict[str, bytes]:
        """Whom of this node's people the campaign has paid, or may have by now; by the account in hex."""
        found = []
        if campaign.record.author == self._world.me and (state.paid or stage == "stopped"):
            found.append(campaign.terms.payout)
        if stage in RETURNING:
            found += [account for _, account in self._backers(campaign)]
        return {each.hex(): each for each in found}

    def _backers(self, campaign: Campaign) -> list[tuple[bytes, bytes]]:
        """(order, account) of this node's own pledges."""
        wanted, found = campaign.id.hex(), []
        for row in self._world.store.orders(BUYER, 2**40):
            account = address_from_text(row.notes.get("account", ""))
            if account and row.notes.get("pledge", {}).get("campaign") == wanted:
                found.append((row.id, account))
        return found

    def _tell_orders(self, campaign: Campaign) -> None:
        for id, _ in self._backers(campaign):
            self._world.changes.tell("order", id_to_text(id))

    async def is_withdrawn(self, campaign: Campaign, who: bytes) -> bool:
        """Raises Unavailable."""
        contract = await self._chain.contract()
        return await contract.claims(who, campaign.terms.token) == 0

    def receiver(self, who: bytes, to: str | None) -> bytes:
        """Where it is to be sent: the account itself if not said. Raises InputError where the contract would refuse, or keep it for ever."""
        receiver = address_from_text(to) if to else who
        if receiver is None:
            raise InputError("wallet.account", "That isn't an account's address.", "to")
        if receiver in (NOBODY, self._world.campaigns.contract, self._world.escrow.contract):
            raise InputError("order.receiver", "Nobody could ever fetch it from there.", "to")
        return receiver

    def transaction(self, campaign: Campaign, who: bytes, to: bytes) -> Transaction:
        """What `who` is to send."""
        return self._world.campaigns.withdraw(campaign.terms.token, who, to)
