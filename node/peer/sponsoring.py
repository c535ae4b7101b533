"""The creator's side of pledges by signature: authorizations that came with orders are sent together, many of one campaign at a time,
by the node's own wallet, which pays the fee within the limits of its settings.

Strangers sign what they like, so each is judged before anything is paid, is answered once if it isn't good, and what failed in a block isn't sent again.

    order.notes: sponsored      {refused?, failed?, alone?, account?}; the message whose authorization was refused, whether one has failed,
                                whether it is to be sent by itself, and whose it is, once it was sent
    campaign.notes: sponsoring  {orders?, fee?, opening?}; whose authorizations the last transaction carries, and the wei counted for
                                it and for opening the campaign
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

import trio

from node.peer.campaign_book import Campaign, CampaignBook
from node.peer.campaign_ledger import CampaignLedger
from node.peer.deal import Deal
from node.peer.deals import Deals
from node.peer.listing_views import ListingViews
from node.peer.pledging import Pledging
from node.peer.purse import Purse
from node.peer.relaying import MARGIN
from node.peer.wishes import OPEN, REVERTED, SPONSOR, sent_as
from node.peer.world import World, short
from node.ports import CampaignState, OrderRow, Transaction
from node.protocol.campaign import KEY_SIGNATURE, MAX_AUTHORIZATIONS, Authorization, Phase
from node.protocol.errors import EtalError, RuleError
from node.protocol.order_state import SELLER

log = logging.getLogger("etal.sponsoring")

TAKING = ("unopened", "open")
"""Stages of a campaign that takes pledges."""

EFFECT_WITHIN = 60
"""Seconds after which what was carried by a transaction that is in a block, and isn't pledged, was left out by the contract."""

RESTED_AFTER = 3_600
"""Seconds after which what was given up before anything could be sent is tried anew."""

DOUBTED_AFTER = 3
"""Times that the contract refuses a batch before each of it is tried by itself: a chain's node may be behind."""

YIELD_EVERY = 16


class Sponsoring:
    """Of this node's own campaigns."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        views: ListingViews,
        book: CampaignBook,
        chain: CampaignLedger,
        pledging: Pledging,
        purse: Purse,
    ) -> None:
        self._world = world
        self._deals = deals
        self._views = views
        self._book = book
        self._chain = chain
        self._pledging = pledging
        self._purse = purse
        # orders that an authorization came with, the first before the others; None until those of before the start are known
        self._heard: dict[bytes, None] | None = None
        # campaigns for which nothing could be sent -> until when
        self._resting: dict[bytes, float] = {}

    # ---- what waits

    def heard(self, order: bytes) -> None:
        if self._heard is not None:
            self._heard[order] = None

    async def _orders(self) -> dict[bytes, None]:
        """After a start all are looked through once; what comes meanwhile is added to them."""
        if self._heard is None:
            self._heard = {}
            for number, row in enumerate(reversed(self._deals.all(SELLER)), 1):
                if self._is_signed(row):
                    self._heard[row.id] = None
                if number % YIELD_EVERY == 0:
                    await trio.lowlevel.checkpoint()
        return self._heard

    def _is_signed(self, row: OrderRow) -> bool:
        if row.escrow_id is not None or row.notes.get("pledge"):
            return False
        return any("authorize" in each.body for each in self._world.store.messages(row.id))

    async def waiting(self, campaign: Campaign) -> list[Deal]:
        """Orders whose authorization is to be sent, those that came first before the others; no more than go together, because strangers
        make as many as they like."""
        found, orders = [], await self._orders()
        for id in tuple(orders):
            if len(found) == MAX_AUTHORIZATIONS:
                break
            row = self._world.store.order(id)
            if row is not None and row.offer != campaign.listing:
                continue
            if deal := self._waits(row, campaign):
                found.append(deal)
            else:
                orders.pop(id, None)  # until another comes
        return found

    def _carried(self, campaign: Campaign) -> list[Deal] | None:
        """Those of which the last transaction carries an authorization and that still wait; None where none was sent."""
        noted = self._book.wishes.row(campaign.id).notes.get("sponsoring", {})
        if not (carried := noted.get("orders", ())):
            return None
        rows = [self._world.store.order(bytes.fromhex(id)) for id in carried]
        return [deal for row in rows if (deal := self._waits(row, campaign))]

    def _waits(self, row: OrderRow | None, campaign: Campaign) -> Deal | None:
        """An order whose authorization stands, names this campaign, is not refused, and pledges nothing yet."""
        if row is None or row.notes.get("pledge"):
            return None
        try:
            deal = self._deals.deal(row)
        except EtalError as fault:
            log.warning("order %s can't be read: %s", short(row.id), fault)
            return None
        facts = deal.state.facts
        if not deal.is_preorder or facts.pledging_until is None or facts.refusal is not None:
            return None
        if facts.authorization["pledge"]["campaign"] != campaign.id:
            return None
        refused = row.notes.get("sponsored", {}).get("refused")
        return None if refused == facts.authorized.hex() else deal

    # ---- what became of it

    async def is_wanted(self, campaign: Campaign, stage: str) -> bool:
        """Whether a transaction is to be wished."""
        relay = self._world.settings.relay
        own = campaign.record.author == self._world.me and self._world.campaigns.wallet
        if not (own and relay.is_on and stage in TAKING):
            return False
        return bool(await self.waiting(campaign))

    def begin(self, campaign: Campaign) -> None:
        """Before it is wished anew: what was counted for the last transaction was spent."""
        self._book.wishes.write({campaign.id: {"sponsoring": {}}})

    async def is_done(self, campaign: Campaign, stage: str) -> bool:
        """Whether nothing is left of what was wished."""
        if stage not in TAKING:
            return True
        left = self._carried(campaign)
        notes = self._book.wishes.row(campaign.id).notes
        is_given_up = notes["wishes"][SPONSOR].get("given_up", False)
        if left is None:
            return self._has_rested(campaign) if is_given_up else not await self.waiting(campaign)
        if is_given_up:
            self._failed(left)
            return True
        if left and self._is_in_block(notes):
            for deal in left:
                self._refuse(deal, "failed", paid=True)
            return True
        return not left

    def backers(self, campaign: Campaign) -> list[bytes]:
        """Whose pledges to this campaign were sent by this node: they have no coin to fetch them back with."""
        found = []
        for row in self._deals.all(SELLER):
            sent = row.notes.get("sponsored", {}).get("account")
            if sent and row.offer == campaign.listing and row.notes.get("pledge"):
                found.append(bytes.fromhex(sent))
        return found

    def _is_in_block(self, notes: dict) -> bool:
        """Whether the transaction is, and for so long that what it has pledged was seen."""
        hash = notes.get("transactions", {}).get(SPONSOR)
        status, since = notes.get("statuses", {}).get(hash, ("", 0))
        return status == "mined" and self._world.now() > since + EFFECT_WITHIN

    def _has_rested(self, campaign: Campaign) -> bool:
        now = trio.current_time()
        if now < self._resting.setdefault(campaign.id, now + RESTED_AFTER):
            return False
        del self._resting[campaign.id]
        return True

    def _failed(self, left: list[Deal]) -> None:
        """One that does otherwise than when it was tried can spoil the others: each is sent once more, by itself."""
        for deal in left:
            if len(left) == 1:
                self._refuse(deal, "failed", paid=True)
            else:
                self._world.store.update_order(deal.row.id, notes=_sponsored(deal, alone=True))

    def _refuse(self, deal: Deal, reason: str, paid: bool = False) -> None:
        """Tell the buyer, once for each authorization. An order for which a fee was `paid` in vain is never tried again: whoever signs
        anew each time would have one paid each time."""
        message = deal.state.facts.authorized
        notes = _sponsored(deal, refused=message.hex(), **({"failed": True} if paid else {}))
        log.info("the signed pledge of order %s isn't sent: %s", short(deal.row.id), reason)
        try:
            block = {"authorization": message, "reason": reason}
            self._deals.say(deal, "refuse", block, notes)
        except EtalError as fault:
            log.warning("order %s: %s", short(deal.row.id), fault)
            self._world.store.update_order(deal.row.id, notes=notes)
            self._deals.changed(deal.row.id)

    # ---- what is sent

    async def sending(self, campaign: Campaign) -> tuple[str, Transaction]:
        """What the node's own wallet has to send next: the opening, or a batch. What isn't good is refused. Raises RuleError where
        nothing is left, or it would cost too much now; Unavailable."""
        contract, escrow = await self._chain.contract(), self._world.escrow
        state = await self._chain.state(campaign.id, fresh=True)
        given = _left(await self._good(campaign, state))
        notes = self._book.wishes.row(campaign.id).notes
        noted = notes.get("sponsoring", {})
        if state.phase is Phase.NONE:
            opening = contract.open(campaign.terms, campaign.tranches, campaign.body["signature"])
            counted = int(noted.get("opening", 0))
            fee = await escrow.fee(opening, sent_as(notes, OPEN))
            spent = self._purse.spend(fee, counted)
            self._note(campaign, {**noted, "opening": str(spent)})
            return OPEN, replace(opening, most_fee=self._purse.most(spent))
        given = _left(await self._tried(campaign, given))
        replaced = sent_as(notes, SPONSOR)
        sending, fee = await self._priced(campaign, given, replaced)
        if fee > self._world.settings.relay.fee * len(given):
            given = await self._bearable(campaign, given)
            sending, fee = await self._priced(campaign, given, replaced)
        spent = self._purse.spend(fee, int(noted.get("fee", 0)), len(given))
        orders = [each.order.hex() for each in given]
        self._world.store.note_orders(
            {
                each.order: _sponsored(self._deal(each.order), account=each.backer.hex())
                for each in given
            }
        )
        self._note(campaign, {**noted, "fee": str(spent), "orders": orders})
        log.info("%d signed pledges to campaign %s", len(given), short(campaign.id))
        return SPONSOR, replace(sending, most_fee=self._purse.most(spent, len(given)))

    async def _tried(self, campaign: Campaign, given: list[Authorization]) -> list[Authorization]:
        """Those that a token takes. Not every one knows the signatures of contract wallets, and such a wallet may do as it likes;
        nor does every one let each account pay."""
        contract, good = await self._chain.contract(), []
        tries = self._book.wishes.row(campaign.id).notes["wishes"][SPONSOR]["tries"]
        for each in given:
            if tries >= DOUBTED_AFTER or len(each.signature) != KEY_SIGNATURE:
                alone = contract.pledge_with_authorizations(campaign.terms, [each])
                try:
                    await self._world.escrow.fee(alone)
                except RuleError as fault:
                    if fault.rule != REVERTED:
                        raise
                    self._refuse(self._deal(each.order), "failed")
                    continue
            good.append(each)
        return good

    async def _bearable(
        self, campaign: Campaign, given: list[Authorization]
    ) -> list[Authorization]:
        """Without those that alone make all of them too dear: an account may burn as much gas as the contract lets it."""
        limit, cheap = self._world.settings.relay.fee, []
        for each in given if len(given) > 1 else ():
            if (await self._priced(campaign, [each]))[1] <= limit:
                cheap.append(each)
        if not cheap:
            await self._give_way(campaign, given)
            return given
        for each in given:
            if each not in cheap:
                self._refuse(self._deal(each.order), "other")
        return cheap

    async def _priced(
        self, campaign: Campaign, given: list[Authorization], replaced: Sequence[str] = ()
    ) -> tuple[Transaction, int]:
        """What sends these, and its fee at most."""
        contract = await self._chain.contract()
        sending = contract.pledge_with_authorizations(campaign.terms, given)
        return sending, await self._world.escrow.fee(sending, replaced)

    async def _give_way(self, campaign: Campaign, given: list[Authorization]) -> None:
        """Others come first next time, unless a transaction with these may have been sent."""
        orders, notes = await self._orders(), self._book.wishes.row(campaign.id).notes
        for each in given:
            orders[each.order] = orders.pop(each.order, None)
        if not sent_as(notes, SPONSOR):
            self._note(campaign, {**notes.get("sponsoring", {}), "orders": []})

    def _deal(self, id: bytes) -> Deal:
        return self._deals.deal(self._deals.row(id))

    def _note(self, campaign: Campaign, noted: dict) -> None:
        self._book.wishes.write({campaign.id: {"sponsoring": noted}})

    async def _good(self, campaign: Campaign, state: CampaignState) -> list[Authorization]:
        """At most as many as one call takes, all of which would pledge if they were sent now."""
        good: list[Authorization] = []
        waiting = _batch(await self._to_send(campaign))
        sound = [deal for deal in waiting if self._is_sound(deal, campaign, state)]
        given = [self._authorization(deal, campaign) for deal in sound]
        verdicts = await (await self._chain.contract()).judge(campaign.terms, given)
        spent = [
            each.order for each, reason in zip(given, verdicts, strict=True) if reason == "spent"
        ]
        pledged: set[tuple[bytes, bytes]] = set()
        if spent:
            # asked after that, so that a pledge by it can't be missed
            made = await self._chain.pledges(campaign, fresh=True)
            pledged = {(each.backer, each.order) for each in made}
        for deal, each, reason in zip(sound, given, verdicts, strict=True):
            if not reason:
                good.append(each)
            elif (each.backer, each.order) not in pledged and self._stands(deal, each):
                self._refuse(self._deal(deal.row.id), reason)
        return [each for each in good if self._stands_now(each)]

    async def _to_send(self, campaign: Campaign) -> list[Deal]:
        """What a transaction that was sent carries goes alone until it is known what became of it: its first form may be the one that is
        taken, and what had joined it later would seem to have failed."""
        carried = self._carried(campaign)
        return await self.waiting(campaign) if carried is None else carried

    def _is_sound(self, deal: Deal, campaign: Campaign, state: CampaignState) -> bool:
        """By what is known without asking the chain; what isn't is refused."""
        reason = self._fault(deal, campaign, max(self._world.now(), state.time))
        if reason:
            self._refuse(deal, reason)
        return not reason

    def _fault(self, deal: Deal, campaign: Campaign, now: int) -> str:
        """Why it isn't even judged, a key of the order kind's REFUSALS; "" for one that is."""
        token = self._views.token(campaign.terms)
        try:
            price = self._pledging.price(deal, campaign).total
        except EtalError as fault:
            log.warning("order %s has no price: %s", short(deal.row.id), fault)
            return "other"
        if token is None or not token.authorization:
            return "campaign"
        if deal.row.notes.get("sponsored", {}).get("failed"):
            return "failed"
        if price < self._world.settings.relay.least(token.decimals):
            return "small"
        return "time" if now > deal.state.facts.authorization["valid_before"] - MARGIN else ""

    def _authorization(self, deal: Deal, campaign: Campaign) -> Authorization:
        block = deal.state.facts.authorization
        return Authorization(
            block["pledge"]["account"],
            self._pledging.price(deal, campaign).total,
            *(0, block["valid_before"], deal.row.id, block["signature"]),
        )

    def _stands(self, deal: Deal, each: Authorization) -> bool:
        """Whether it is still what the buyer said last: the chain was asked meanwhile."""
        now = self._deal(deal.row.id)
        return now.state.facts.authorized == deal.state.facts.authorized and self._stands_now(each)

    def _stands_now(self, each: Authorization) -> bool:
        """A cancelled or declined order's is never sent."""
        row = self._world.store.order(each.order)
        if row is None or row.notes.get("pledge"):
            return False
        facts = self._deals.deal(row).state.facts
        block = facts.authorization
        same = block is not None and block["signature"] == each.signature
        return same and facts.pledging_until is not None and facts.refusal is None


def _sponsored(deal: Deal, **more: object) -> dict:
    """The notes of its order with these added."""
    return {"sponsored": {**deal.row.notes.get("sponsored", {}), **more}}


def _left(given: list[Authorization]) -> list[Authorization]:
    """Raises RuleError "relay.over" for none."""
    if not given:
        raise RuleError("relay.over", "No signed pledge is left that can be sent.")
    return given


def _batch(waiting: Iterable[Deal]) -> list[Deal]:
    """Together, or one that is to be sent by itself."""
    waiting = list(waiting)
    together = [deal for deal in waiting if not deal.row.notes.get("sponsored", {}).get("alone")]
    return together[:MAX_AUTHORIZATIONS] or waiting[:1]
