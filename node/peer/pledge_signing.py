"""The buyer's side of pledges by signature: an authorization (EIP-3009) in place of a transaction, which the creator's node sends.

The contract takes a second pledge for the same order, so while an authorization can be used nothing else pledges: whoever doesn't want
to wait sends the very same one.

    order.notes: sign_before  until when what was last shown to the wallet is to hold
"""

from collections.abc import Iterator

from node.peer.campaign_book import Campaign
from node.peer.campaign_ledger import CampaignLedger
from node.peer.deal import PLEDGE, Deal
from node.peer.deals import Deals
from node.peer.funds import RULE, SENTENCES
from node.peer.listing_views import ListingViews
from node.peer.relaying import as_contracts_take_it
from node.peer.wishes import live
from node.peer.world import World
from node.protocol.campaign import MAX_TOKEN_SIGNATURE, Authorization
from node.protocol.errors import Conflict, InputError, Unavailable
from node.protocol.patterns import address_from_text

SIGNED_FOR = 3 * 86_400
"""Seconds for which an authorization is signed: its order is paid in no other way meanwhile."""

SHORTEST = 3_600
"""Seconds that it must hold at least, where pledges are taken for longer: else it is signed anew."""


class PledgeSigning:
    """Of one order of this node's person at a time."""

    def __init__(
        self, world: World, deals: Deals, views: ListingViews, chain: CampaignLedger
    ) -> None:
        self._world = world
        self._deals = deals
        self._views = views
        self._chain = chain

    # ---- what is known

    def word(self, deal: Deal) -> tuple[str, int | None, str]:
        """(waiting | refused | expired, or "" where nothing was signed; until when it holds; why it was refused)."""
        facts = deal.state.facts
        if facts.authorization is None or "pledge" not in facts.authorization:
            return "", None, ""
        until = facts.authorization["valid_before"]
        if facts.pledging_until is None:
            return "expired", until, ""
        if facts.refusal is not None:
            return "refused", until, facts.refusal["reason"]
        return "waiting", until, ""

    def can_sign(self, deal: Deal, campaign: Campaign) -> bool:
        """Of an order that can be pledged for."""
        offered = deal.body["offer"].get("pays_fees", False)
        takes = self._views.takes_authorizations(campaign.terms)
        return offered and takes and not self._was_sent(deal) and self.word(deal)[0] != "waiting"

    @staticmethod
    def _was_sent(deal: Deal) -> bool:
        """Whether a transaction of any kind was sent to pledge, and hasn't failed: it may be taken long after it was thought lost."""
        notes = deal.row.notes
        hash = notes.get("transactions", {}).get(PLEDGE)
        failed = notes.get("statuses", {}).get(hash, [""])[0] == "failed"
        return PLEDGE in live(deal.row) or (hash is not None and not failed)

    # ---- signing

    def before(self, deal: Deal, campaign: Campaign) -> int:
        """Until when what is to be signed holds; remembered, because the signature comes later."""
        now, known = self._world.now(), deal.row.notes.get("sign_before", 0)
        if known >= min(campaign.until, now + SIGNED_FOR - SHORTEST):
            return known
        until = min(campaign.until, now + SIGNED_FOR)
        self._world.store.update_order(deal.row.id, notes={"sign_before": until})
        return until

    def need(self, deal: Deal, campaign: Campaign) -> None:
        """Raise Conflict unless this order, which can be pledged for, can be so by a signature."""
        if not self._views.takes_authorizations(campaign.terms):
            raise Conflict(
                "order.authorization",
                "This money takes no signed authorizations: whoever pays with it needs coin for the network's fee.",
            )
        if not self.can_sign(deal, campaign):
            raise Conflict(
                "campaign.unsponsored",
                "The seller's node doesn't send signed pledges for this, or one is on its way already.",
            )

    def typed(self, deal: Deal, campaign: Campaign, amount: int) -> dict:
        who, before = self._who(deal), self.before(deal, campaign)
        contract = self._world.campaigns
        return contract.authorization(campaign.terms, who, amount, before, deal.row.id)

    def own(self, deal: Deal, campaign: Campaign, amount: int) -> bytes:
        """By the node's own wallet, which is to be the one that pledges."""
        who, before = self._who(deal), self.before(deal, campaign)
        contract = self._world.campaigns
        return contract.sign_authorization(campaign.terms, who, amount, before, deal.row.id)

    async def say(self, deal: Deal, campaign: Campaign, amount: int, signature: bytes) -> None:
        """Send it to the creator. Raises InputError for what isn't the account's signature, Conflict, Unavailable."""
        if len(signature) > MAX_TOKEN_SIGNATURE:
            raise InputError("wallet.signature", "That isn't a signature.", "signature")
        contract, before = await self._chain.contract(), self.before(deal, campaign)
        verdict, given = "signature", None
        for each in as_contracts_take_it(signature):
            given = Authorization(self._who(deal), amount, 0, before, deal.row.id, each)
            (verdict,) = await contract.judge(campaign.terms, [given])
            if verdict != "signature":
                break
        if verdict == "signature":
            raise InputError(
                "wallet.signature",
                "That isn't this account's signature for this payment.",
                "signature",
            )
        if verdict == "funds":
            raise Conflict(RULE, SENTENCES["token"])
        if verdict == "spent":
            raise Conflict(
                "campaign.spent",
                "This order's signature was used already, or taken back at the token.",
            )
        if verdict:
            raise Conflict("campaign.over", "This campaign takes no more pledges.")
        # the order may have moved on while the chain was asked
        deal = self._deals.deal(self._deals.row(deal.row.id))
        if deal.row.notes.get("pledge"):
            raise Conflict("campaign.pledged", "This order's pledge is made already.")
        self.need(deal, campaign)
        place = {"campaign": campaign.id, "account": given.backer}
        block = {"valid_before": before, "signature": given.signature, "pledge": place}
        self._deals.say(deal, "authorize", block)

    @staticmethod
    def _who(deal: Deal) -> bytes:
        return address_from_text(deal.row.notes["account"])

    # ---- what was signed

    def _all(self, deal: Deal, campaign: Campaign, amount: int) -> Iterator[Authorization]:
        """Every one that its buyer has given away for this order, sent or not."""
        for message in deal.state.messages:
            block = message.body.get("authorize")
            if message.id in deal.state.without_effect or not block or "pledge" not in block:
                continue
            if block["pledge"]["campaign"] == campaign.id:
                yield Authorization(
                    block["pledge"]["account"],
                    *(amount, 0, block["valid_before"]),
                    *(deal.row.id, block["signature"]),
                )

    async def usable(self, deal: Deal, campaign: Campaign, amount: int) -> Authorization | None:
        """The authorization by which alone this order is to be pledged for now; None where none can be used any more.

        Raises Conflict where one was used, Unavailable while it isn't sure that none can be."""
        last = max(self._all(deal, campaign, amount), key=lambda a: a.valid_before, default=None)
        if last is None:
            return None
        contract = await self._chain.contract()
        is_over = (await contract.safe_state(campaign.id)).time >= last.valid_before
        if await contract.is_spent(campaign.terms, last.backer, last.order):
            # asked after that, so that a pledge by it can't be missed; only so many are read, and the sum of all shows when some weren't
            pledges = await self._chain.pledges(campaign, fresh=True)
            if any((each.backer, each.order) == (last.backer, last.order) for each in pledges):
                raise Conflict("campaign.pledged", "This order's pledge is made already.")
            state = await self._chain.state(campaign.id, fresh=True)
            if state.pledges > (pledges[-1].raised if pledges else 0):
                raise Unavailable(
                    "campaign.signed",
                    "Your signature was used, and your node doesn't see all pledges of this campaign: pledging once more, you could pay twice.",
                )
            if not await contract.is_spent(campaign.terms, last.backer, last.order, safe=True):
                raise _just_ended()
            return None
        if is_over:
            return None
        if (await self._chain.state(campaign.id)).time >= last.valid_before:
            raise _just_ended()
        return last


def _just_ended() -> Unavailable:
    return Unavailable(
        "campaign.signed",
        "Your signature has only just ended. Try again in some minutes, once the chain calls that safe: else you could pay twice.",
    )
