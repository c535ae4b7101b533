"""To start a campaign for something that one sells as a pre-order."""

from typing import Any

from node.peer.campaign_book import Campaign, CampaignBook, stage_of
from node.peer.campaign_ledger import CampaignLedger
from node.peer.listing_views import ListingViews
from node.peer.stall import Stall
from node.peer.world import RECORD_LIFETIME, World
from node.ports import Campaigns
from node.protocol.campaign import DAY, MAX_AMOUNT, WHOLE, refusal
from node.protocol.errors import Conflict, InputError
from node.protocol.kinds.campaign import FIELDS, SIGNATURE_BYTES, terms_of, tranches_of
from node.protocol.patterns import address_from_text
from node.protocol.record import Record

SHORTEST = 600
"""Seconds that a campaign takes pledges at least: others must hear of it."""

LONGEST = RECORD_LIFETIME - DAY
"""Seconds that it takes pledges at most: its edition stands until then, and a record lives no longer."""

DEFAULT_STOP = 3_000
"""In 1/10,000 of what was raised."""

GIVEN = {"goal", "asset", "until", "stop_bps", "tranches"}

REFUSED = {
    "goal is zero": ("campaign.goal", "A goal of more than nothing is expected.", "goal"),
    "bad end date": ("campaign.until", "An end in the future is expected.", "until"),
    "bad tranche date": (
        "campaign.dates",
        "The parts are paid one after the other, the first not before the campaign ends, the last at most two years after it.",
        "tranches",
    ),
    "shares are not the whole": (
        "campaign.shares",
        "The parts must come to exactly 100 percent.",
        "tranches",
    ),
}
"""The contract's reason -> rule, sentence, field."""


class OwnCampaigns:
    """Starts them."""

    def __init__(
        self,
        world: World,
        stall: Stall,
        views: ListingViews,
        book: CampaignBook,
        chain: CampaignLedger,
    ) -> None:
        self._world = world
        self._stall = stall
        self._views = views
        self._book = book
        self._chain = chain

    async def start(self, slug: str, given: dict[str, Any]) -> Campaign:
        """Sign the terms by the node's wallet and publish them with an edition of the listing that stands until the end.

        `given` is JSON-shaped: goal (in the smallest unit of `asset`), asset (if more than one is accepted), until, stop_bps,
        tranches ([{at, bps}]; all at the end if not said). Nothing is sent to the chain: whoever pledges first opens the campaign.
        Raises NotFound, InputError naming the field, Conflict, Unavailable."""
        listing = self._stall.latest(slug)
        if not listing.body["offer"].get("preorder"):
            raise Conflict(
                "campaign.preorder",
                "This listing isn't a pre-order. Say in it that it is paid by pledges first.",
            )
        contract = await self._chain.contract()
        if contract.wallet is None:
            raise Conflict("campaign.wallet", "This node has no wallet to sign a campaign with.")
        await self._need_none(slug)
        wire = self._body(contract, listing, given)
        until = wire["until"]
        now = self._world.now()
        if not now + SHORTEST <= until <= now + LONGEST:
            most = LONGEST // DAY
            raise InputError(
                "campaign.until",
                f"A campaign ends between ten minutes and {most} days from now.",
                "until",
            )
        body = {**wire, "listing": bytes(32), "signature": bytes(SIGNATURE_BYTES)}
        if body["goal"] > MAX_AMOUNT:
            raise InputError(
                "campaign.goal", "This goal is larger than the contract can count.", "goal"
            )
        terms = terms_of(body)
        reason = refusal(terms, now, contract.contract, tranches_of(body))
        if reason is not None:
            other = ("campaign.terms", f"The contract would refuse: {reason}.", None)
            raise InputError(*REFUSED.get(reason, other))
        edition = self._stall.fixed(slug, until)
        body["listing"] = edition.id
        body["signature"] = contract.sign_opening(terms_of(body))
        made = self._stall.publish_campaign(edition, FIELDS.write(body))
        campaign = self._book.read(made)
        self._book.join(campaign)
        return campaign

    def _body(self, contract: Campaigns, listing: Record, given: dict[str, Any]) -> dict[str, Any]:
        """As its fields read it, without edition and signature."""
        unknown = set(given) - GIVEN
        if unknown:
            raise InputError("field.unknown", "there is no such field", sorted(unknown)[0])
        payable = [each.unit for each in self._views.pay_with(self._views.body(listing))]
        asset = given.get("asset") or (payable[0] if len(payable) == 1 else None)
        if asset not in payable:
            raise InputError(
                "campaign.asset", "Say which of the accepted assets pledges are made in.", "asset"
            )
        payout = self._world.settings.payout or address_from_text(contract.wallet)
        until = given.get("until")
        json = {
            "account": self._book.account,
            "asset": asset,
            "goal": given.get("goal"),
            "until": until,
            "stop_bps": given.get("stop_bps", DEFAULT_STOP),
            "tranches": given.get("tranches") or [{"at": until, "bps": WHOLE}],
        }
        body: dict[str, Any] = {}
        for name, value in json.items():
            if value is None:
                raise InputError("field.required", "this is missing", name)
            try:
                body[name] = FIELDS[name].from_json(value)
            except InputError as fault:
                path = f"{name}.{fault.field}" if fault.field else name
                raise InputError(fault.rule, fault.message, path) from None
        body["creator"] = address_from_text(contract.wallet)
        body["payout"] = payout
        return body

    async def _need_none(self, slug: str) -> None:
        """One listing is sold by one campaign at a time."""
        for made in self._stall.mine("campaign"):
            if made.gone or made.body["tranches"][-1]["at"] < self._world.now():
                continue
            campaign = self._book.read(made)
            found = self._book.edition(campaign)
            if found is None or found[1].slug != slug:
                continue
            state = await self._chain.state(campaign.id)
            now = max(state.time, self._world.now())
            if stage_of(campaign, state.phase, state.pledges, now) in ("unopened", "open"):
                raise Conflict(
                    "campaign.running", "A campaign for this listing takes pledges already."
                )

    def need_editable(self, slug: str | None) -> None:
        """Before a listing of one's own is changed: raise Conflict while its edition is pledged to."""
        now = self._world.now()
        for made in self._stall.mine("campaign") if slug else ():
            if made.gone or made.body["until"] <= now:
                continue
            found = self._book.edition(self._book.read(made))
            current = self._world.store.latest("listing", self._world.me, slug)
            if found is not None and current is not None and found[1].id == current.id:
                raise Conflict(
                    "campaign.running",
                    "A campaign takes pledges for this listing as it is: it can be changed once that is over.",
                )
