"""Campaigns as a person sees them: from records, what the chain says, and what one has a part in, to views."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import trio

from node.peer.buying import OBSTACLES
from node.peer.campaign_book import Campaign, CampaignBook, stage_of
from node.peer.campaign_claims import WITHDRAW, CampaignClaims
from node.peer.campaign_keeper import CANCEL, COLLECT, OBJECT, REFUND, UNOBJECT, refused
from node.peer.campaign_ledger import WITHIN, CampaignLedger
from node.peer.campaign_views import CampaignPage, CampaignView, OwnPledge, TrancheView
from node.peer.deal import PLEDGE
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.pledging import RETURNED
from node.peer.troubles import REFUSED, explained, said
from node.peer.views import ClaimView, Money, TransactionView
from node.peer.wishes import REVERTED, live
from node.peer.world import World, short
from node.ports import CampaignState, Pledged
from node.protocol.campaign import WHOLE, Phase
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, NotFound, Unavailable
from node.protocol.order_state import BUYER
from node.protocol.patterns import address_to_text
from node.protocol.units import account_parts

log = logging.getLogger("etal.campaigns")

MAX_LISTED = 100
"""Campaigns in a list; of so many the chain is asked."""

ASKED_AT_ONCE = 8

BEFORE_OPEN = "Nobody has opened it yet, so there is nothing to cancel."
NO_PART = "You have no part in that."
NOT_BEFORE = "Only once the campaign is over."
NOT_REACHED = "The goal was missed: everything goes back to the backers."
TO_COME = "The next part isn't due yet."
ALL_DUE = "The last part is due: nothing is left to stop."
BINDS = "A pledge binds until the campaign is over: there is no way out before."
ON_ITS_WAY = "This is on its way already."
OVER = "This campaign is over."
NOTHING_LEFT = "Everybody has their money back."
NOTHING_WAITS = "Nothing waits for you in the contract."
RETURNING = "It doesn't go on: what is left goes back to the backers."
REASONS = (
    *(
        NO_PART,
        BEFORE_OPEN,
        NOT_BEFORE,
        NOT_REACHED,
        TO_COME,
        ALL_DUE,
        BINDS,
        ON_ITS_WAY,
        OVER,
        NOTHING_LEFT,
        NOTHING_WAITS,
        RETURNING,
    ),
)
"""Why something can't be done now. English; pages translate them."""


class CampaignShowing:
    """Builds CampaignViews."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        views: ListingViews,
        book: CampaignBook,
        chain: CampaignLedger,
        claims: CampaignClaims,
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._views = views
        self._book = book
        self._chain = chain
        self._claims = claims

    async def page(self) -> CampaignPage:
        """The campaigns that this node knows; of those that it has no part in, the ones that can still be pledged to."""
        joined = {row.id for row in self._world.store.campaigns()}
        now = self._world.now()
        known = [each for each in self._book.all() if each.id in joined or each.until > now][
            :MAX_LISTED
        ]
        found: dict[bytes, CampaignView] = {}
        limit, deadline = trio.CapacityLimiter(ASKED_AT_ONCE), trio.current_time() + WITHIN

        async def ask(campaign: Campaign) -> None:
            async with limit:
                try:
                    found[campaign.id] = await self._view(campaign, False, deadline)
                except EtalError as fault:
                    log.info("campaign %s can't be shown: %s", short(campaign.id), fault)

        async with trio.open_nursery() as nursery:
            for each in known:
                nursery.start_soon(ask, each)
        views = [found[each.id] for each in known if each.id in found]
        mine = [each for each in views if each.mine]
        pledged = [each for each in views if not each.mine and bytes.fromhex(each.id[2:]) in joined]
        others = [each for each in views if each not in mine and each not in pledged]
        return CampaignPage(
            tuple(mine), tuple(pledged), tuple(sorted(others, key=lambda each: each.until))
        )

    async def view(self, campaign: Campaign) -> CampaignView:
        """One with everything that its page shows. Raises NotFound where its edition isn't known."""
        return await self._view(campaign, True, trio.current_time() + WITHIN)

    async def _view(self, campaign: Campaign, whole: bool, deadline: float) -> CampaignView:
        """`whole`: with what only the page of one shows. The chain is waited for until the deadline, by trio's clock."""
        found = self._book.edition(campaign)
        if found is None:
            raise NotFound(
                "campaign.edition", "This node doesn't hold what this campaign is about."
            )
        here = campaign.body["account"] == self._book.account
        state, pledges, trouble = None, None, ""
        if here:
            state, pledges, trouble = await self._ask(campaign, whole, deadline)
        body, listing = campaign.body, self._views.current(found[1])
        chain, _ = account_parts(body["account"])
        time = max(self._world.now(), state.time if state else 0)
        phase = state.phase if state else Phase.NONE
        stage = stage_of(campaign, phase, state.pledges, time) if state else "unknown"
        creator = address_to_text(body["creator"])
        proven = whole and f"{chain}:{creator}" in self._views.accounts(campaign.record.author)
        money = self._money(campaign, found[2])
        raised = _raised(state, pledges)
        gave = Counter()
        for each in pledges or ():
            gave[each.backer] += each.amount
        own = await self._own(campaign, pledges, money) if state and pledges else ()
        enough = None if raised is None else -(-raised * body["stop_bps"] // WHOLE)
        view = CampaignView(
            id=campaign.text,
            author=self._views.persona(campaign.record.author),
            mine=campaign.record.author == self._world.me,
            listing=listing,
            account=body["account"],
            here=here,
            creator=creator,
            proven=proven,
            payout=address_to_text(body["payout"]),
            goal=money(body["goal"]),
            until=campaign.until,
            stop_bps=body["stop_bps"],
            tranches=tuple(_tranches(campaign, state, stage, raised, time, money)),
            stage=stage,
            time=time,
            raised=None if raised is None else money(raised),
            held=money(state.money) if state else None,
            objecting=money(state.objections) if state else None,
            enough=None if enough is None else money(enough),
            backers=None if pledges is None else len(gave),
            biggest=money(max(gave.values())) if gave else None,
            pledges=own,
            claims=tuple(
                ClaimView(money(amount), address_to_text(who), self._ledger.owns(who))
                for who, amount in self._claims.of(campaign).items()
            ),
            transactions=self._transactions(campaign),
            trouble=trouble,
        )
        actions, reasons = self._can(campaign, view, state) if state else ((), {})
        return replace(view, actions=actions, reasons=reasons)

    async def _ask(
        self, campaign: Campaign, whole: bool, deadline: float
    ) -> tuple[CampaignState | None, tuple[Pledged, ...] | None, str]:
        try:
            with trio.fail_at(deadline):
                state = await self._chain.state(campaign.id)
                if not whole:
                    return state, None, ""
                asked = state.phase is not Phase.NONE
                return state, await self._chain.pledges(campaign) if asked else (), ""
        except trio.TooSlowError:
            return self._chain.last(campaign.id), None, "The chain's node doesn't answer."
        except EtalError as fault:
            return self._chain.last(campaign.id), None, str(fault)

    def _money(self, campaign: Campaign, offered: dict):
        asset = campaign.body["asset"]
        accepts = offered["offer"].get("accepts", ())
        decimals = next((e["decimals"] for e in accepts if e["asset"] == asset), None)

        def money(amount: int) -> Money:
            return self._views.money(amount, asset, decimals)

        return money

    async def _own(
        self, campaign: Campaign, pledges: Sequence[Pledged], money
    ) -> tuple[OwnPledge, ...]:
        """By the orders of this node that pledges name: whose accounts these are."""
        orders: dict[bytes, list[str]] = {}
        for each in pledges:
            row = self._world.store.order(each.order)
            if row is not None and row.side == BUYER:
                named = row.notes.get("account", "").lower() == "0x" + each.backer.hex()
                if named and row.notes.get("campaign") == campaign.id.hex():
                    orders.setdefault(each.backer, []).append(id_to_text(row.id))
        own = []
        for backer, ids in orders.items():
            try:
                pledge, turn = await self._world.campaigns.pledge_of(campaign.id, backer)
            except Unavailable:
                return ()
            own.append(
                OwnPledge(
                    address_to_text(backer),
                    money(pledge),
                    turn % 2 == 1,
                    self._ledger.owns(backer),
                    tuple(dict.fromkeys(ids)),
                )
            )
        return tuple(own)

    def _can(
        self, campaign: Campaign, view: CampaignView, state: CampaignState
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """(what this person can do now, why not what else it has a part in)."""
        reasons: dict[str, str] = {}
        wanted = [PLEDGE]
        if view.stage in ("open", "unopened"):
            if not view.listing.buyable:
                obstacle = view.listing.obstacle
                reasons[PLEDGE] = OBSTACLES.get(obstacle, obstacle)
        else:
            reasons[PLEDGE] = OVER
        ours = self._ledger.owns(campaign.creator)
        if ours:
            wanted.append(CANCEL)
            if view.stage not in ("open", "reached"):
                reasons[CANCEL] = BEFORE_OPEN if view.stage == "unopened" else OVER
        wanted.append(COLLECT)
        due_now = any(each.state == "due" for each in view.tranches)
        if view.stage != "reached":
            reasons[COLLECT] = _not_collected(view.stage)
        elif not due_now:
            reasons[COLLECT] = TO_COME
        wanted.append(REFUND)
        if view.stage not in RETURNED:
            reasons[REFUND] = BINDS if view.stage in ("open", "unopened") else OVER
        elif state.pledges == 0:
            reasons[REFUND] = NOTHING_LEFT
        holding = [each for each in view.pledges if each.amount.amount]
        for verb, objects in ((OBJECT, False), (UNOBJECT, True)):
            if any(each.objects is objects for each in holding):
                wanted.append(verb)
                last = campaign.tranches[-1].at
                if view.stage in ("open", "unopened"):
                    reasons[verb] = NOT_BEFORE
                elif view.stage != "reached":
                    reasons[verb] = _not_collected(view.stage)
                elif state.time >= last or view.time >= last:
                    reasons[verb] = ALL_DUE
        if view.mine or view.pledges:
            wanted.append(WITHDRAW)
            if not view.claims:
                reasons[WITHDRAW] = NOTHING_WAITS
        row = self._book.wishes.row(campaign.id)
        wished = live(row) - set(refused(row))
        for verb in wished & set(wanted):
            reasons.setdefault(verb, ON_ITS_WAY)
        return tuple(verb for verb in wanted if verb not in reasons), reasons

    def _transactions(self, campaign: Campaign) -> tuple[TransactionView, ...]:
        notes = self._book.wishes.row(campaign.id).notes
        sent, statuses = notes.get("transactions", {}), notes.get("statuses", {})
        wishes = notes.get("wishes", {})
        views = []
        for verb in {**sent, **wishes}:
            hash, wish = sent.get(verb, ""), wishes.get(verb, {})
            status = statuses.get(hash, ["sent" if hash else "waiting"])[0]
            status = "given_up" if wish.get("given_up") else status
            views.append(
                TransactionView(verb, hash, status, _trouble(verb, wish), wish.get("rule", ""))
            )
        return tuple(views)


def _trouble(verb: str, wish: dict) -> str:
    """Why a transaction doesn't get on. What the contract says when it refuses means something else of an order."""
    if not wish.get("trouble"):
        return ""
    if wish.get("rule") == REVERTED and verb != WITHDRAW:
        return REFUSED.happened
    return explained({**wish, "trouble": said(wish)}, verb).happened


def _not_collected(stage: str) -> str:
    if stage in ("open", "unopened"):
        return NOT_BEFORE
    return {"failed": NOT_REACHED, "paid": OVER}.get(stage, RETURNING)


def _raised(state: CampaignState | None, pledges: Sequence[Pledged] | None) -> int | None:
    """All that was ever pledged; from the state alone, what wasn't refunded of it."""
    if state is None:
        return None
    return max([state.pledges, *(each.raised for each in (pledges or ())[-1:])])


def _tranches(campaign: Campaign, state, stage: str, raised: int | None, time: int, money):
    """With what each would bring by what is raised now."""
    told = 0
    for number, (at, bps) in enumerate(campaign.tranches):
        amount = None
        if raised is not None:
            last = number == len(campaign.tranches) - 1
            amount = raised - told if last else raised * bps // WHOLE
            told += amount
        yield TrancheView(
            at,
            bps,
            None if amount is None else money(amount),
            _state(number, at, state, stage, time),
        )


def _state(number: int, at: int, state, stage: str, time: int) -> str:
    if state is None:
        return "coming"
    if stage == "paid" or number < state.paid:
        return "paid"
    if stage in RETURNED:
        return "void"
    return "due" if stage == "reached" and at <= time else "coming"
