"""The verbs about campaigns, one part of the peer."""

from typing import Any

from node.peer.campaign_book import Campaign, CampaignBook
from node.peer.campaign_claims import WITHDRAW, CampaignClaims
from node.peer.campaign_keeper import CANCEL, COLLECT, OBJECT, REFUND, UNOBJECT, CampaignKeeper
from node.peer.campaign_ledger import CampaignLedger
from node.peer.campaign_showing import NO_PART, CampaignShowing
from node.peer.campaign_views import CampaignPage, CampaignView
from node.peer.ledger import Ledger
from node.peer.own_campaigns import OwnCampaigns
from node.peer.views import WalletRequest
from node.peer.wallet_requests import TRANSACTION, WalletRequests
from node.peer.world import World
from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.patterns import address_from_text, address_to_text

BY_WALLET = (COLLECT, REFUND, OBJECT, UNOBJECT, WITHDRAW)
"""What a wallet in the browser can do too; the shop key, which cancels, is the node's own."""


class CampaignVerbs:
    """A campaign is named by its id in the contract, 0x-hex, whole or its beginning."""

    _world: World
    _ledger: Ledger
    _book: CampaignBook
    _campaign_ledger: CampaignLedger
    _campaign_claims: CampaignClaims
    _campaigns: CampaignShowing
    _own_campaigns: OwnCampaigns
    _keeper: CampaignKeeper
    _wallets: WalletRequests

    async def campaigns(self) -> CampaignPage:
        """Those that this node knows; of each, what the chain says of it now."""
        return await self._campaigns.page()

    async def campaign(self, id: str) -> CampaignView:
        """Raises NotFound, or InputError "campaign.several"."""
        return await self._campaigns.view(self._book.named(id))

    async def start_campaign(self, slug: str, given: dict[str, Any]) -> CampaignView:
        """For one's own listing. `given` is JSON-shaped: goal, until, asset, stop_bps, tranches."""
        campaign = await self._own_campaigns.start(slug, given)
        self._keeper.hurry()
        return await self._campaigns.view(campaign)

    async def cancel_campaign(self, id: str) -> None:
        """Give everything back that is left, by the node's own wallet."""
        await self._wish(id, CANCEL)

    async def collect_campaign(self, id: str) -> None:
        """Send what is due to the creator's payout, whoever asks for it."""
        campaign, view = await self._able(id, COLLECT)
        paid = sum(each.state in ("paid", "due") for each in view.tranches)
        self._keeper.wish(campaign, COLLECT, paid=str(paid))

    async def refund_campaign(self, id: str) -> None:
        """Send everybody's money back, a batch after the other."""
        await self._wish(id, REFUND)

    async def object_to_campaign(self, id: str, objects: bool = True) -> None:
        """Object to what is still to be paid, or object no more, with what the node's own wallet has pledged."""
        campaign, view = await self._able(id, OBJECT if objects else UNOBJECT)
        own = [each for each in view.pledges if each.wallet_is_node and each.objects != objects]
        if not own:
            raise Conflict(
                "campaign.wallet",
                "Another wallet has pledged: do it on the page, where that wallet is connected.",
            )
        self._keeper.wish(campaign, OBJECT if objects else UNOBJECT)

    async def withdraw_campaign(self, id: str, to: str | None = None) -> None:
        """Take all that waits for the node's own wallet in this campaign's token, and send it to `to`: itself if not said.

        Raises Conflict where nothing waits or another account has to do it, InputError for a bad `to`."""
        campaign, view = await self._able(id, WITHDRAW)
        own = [each.account for each in view.claims if each.wallet_is_node]
        if not own:
            account = view.claims[0].account
            raise Conflict(
                "campaign.wallet",
                f"Only {account} can withdraw this: do it on the page, where that wallet is connected.",
            )
        receiver = self._campaign_claims.receiver(address_from_text(own[0]), to)
        self._keeper.wish(campaign, WITHDRAW, to=address_to_text(receiver))

    async def campaign_request(
        self, id: str, verb: str, account: str | None = None, to: str | None = None
    ) -> WalletRequest:
        """What a wallet in the browser is to send. Raises NotFound, InputError, Conflict, Unavailable."""
        if verb not in BY_WALLET:
            raise NotFound("wallet.verb", "A wallet has no such part in a campaign.")
        campaign, view = await self._able(id, verb)
        escrow = await self._ledger.verified_escrow()
        who = self._who(verb, account, view)
        backers = await self._keeper.to_refund(campaign) if verb == REFUND else ()
        if verb == WITHDRAW:
            receiver = self._campaign_claims.receiver(who, to)
            transaction = self._campaign_claims.transaction(campaign, who, receiver)
        else:
            transaction = self._keeper.transaction(campaign, verb, who, backers)
        steps = (self._wallets.send(verb, transaction),)
        return WalletRequest(self._wallets.chain(escrow), address_to_text(who), steps)

    @staticmethod
    def _who(verb: str, account: str | None, view: CampaignView) -> bytes:
        """Whose wallet is asked: anybody's, but to object that of a backer, and to withdraw that of whom it belongs to."""
        who = address_from_text(account) if account else None
        if account and who is None:
            raise InputError("wallet.account", "That isn't an account's address.", "account")
        if verb in (OBJECT, UNOBJECT, WITHDRAW):
            if verb == WITHDRAW:
                able = [each.account for each in view.claims]
            else:
                able = [each.account for each in view.pledges if each.objects is (verb == UNOBJECT)]
            if who is None and able:
                return address_from_text(able[0])
            if address_to_text(who) not in able:
                raise Conflict(
                    "wallet.account",
                    f"Only {' or '.join(able)} can do this. Choose that account in your wallet.",
                )
        if who is None:
            raise InputError("wallet.account", "Say whose wallet is to send it.", "account")
        return who

    async def note_campaign_transaction(self, id: str, verb: str, hash: str) -> None:
        """Remember a transaction that the browser's wallet has sent: a hint, the contract is the truth."""
        if verb not in BY_WALLET or not TRANSACTION.fullmatch(hash):
            raise InputError(
                "wallet.transaction", "That isn't a transaction of this campaign.", "hash"
            )
        campaign = self._book.named(id)
        notes = self._book.wishes.row(campaign.id).notes
        self._keeper.note_transaction(campaign, self._wallets.noted(notes, verb, hash))

    async def _wish(self, id: str, verb: str) -> None:
        campaign, _ = await self._able(id, verb)
        self._keeper.wish(campaign, verb)

    async def _able(self, id: str, verb: str) -> tuple[Campaign, CampaignView]:
        """Raises Conflict with the reason where this can't be done now."""
        campaign = self._book.named(id)
        await self._campaign_ledger.state(campaign.id, fresh=True)
        view = await self._campaigns.view(campaign)
        if verb not in view.actions:
            message = view.reasons.get(verb) or view.trouble or NO_PART
            raise Conflict("campaign.verb", message)
        return campaign, view
