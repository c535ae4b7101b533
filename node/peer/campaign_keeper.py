"""What follows from campaigns that this node has a part in: their orders hear of their pledges, due tranches are collected, pledges fetched
back, and what its person wants of the contract is sent until the chain shows it.

    campaign.notes: wishes, transactions, statuses, earlier   as those of orders (node.peer.wishes)
                    claims       what waits for this node's people (node.peer.campaign_claims)
                    refund_all   whether all who can have money back are to get it: a batch after the other
                    closed       nothing more is to come of it
"""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from contextlib import suppress

import trio

from node.peer.campaign_book import Campaign, CampaignBook, stage_of
from node.peer.campaign_claims import WITHDRAW, CampaignClaims
from node.peer.campaign_ledger import CampaignLedger
from node.peer.deals import UNPAID_KEPT, Deals
from node.peer.ledger import RETRY_AFTER, Ledger
from node.peer.pledging import RETURNED, Pledging
from node.peer.selling import Selling
from node.peer.sponsoring import Sponsoring
from node.peer.wishes import SPONSOR, Wishes, live
from node.peer.world import World, short
from node.ports import CampaignRow, CampaignState, Pledged, Transaction
from node.protocol.campaign import MAX_REFUNDS, Phase, due
from node.protocol.errors import Conflict, EtalError, NotFound, Unavailable
from node.protocol.kinds.campaign import KIND
from node.protocol.order_state import BUYER, SELLER
from node.protocol.patterns import address_from_text

log = logging.getLogger("etal.campaigns")

CANCEL, COLLECT, REFUND, OBJECT, UNOBJECT = "cancel", "collect", "refund", "object", "unobject"
VERBS = (CANCEL, COLLECT, REFUND, OBJECT, UNOBJECT, WITHDRAW, SPONSOR)

KEPT_PINNED = 90 * 86_400
"""Seconds after its end for which the edition of a stranger's campaign is kept, whatever replaces it."""

PIN_EVERY = 300.0
"""Seconds between two looks at whose editions are to be kept."""

PAUSE = 1.0
"""Seconds between two looks at the chain, at least."""

MAX_REFUNDED = 100_000
"""Backers remembered who have their money back."""


class CampaignKeeper:
    """Looks at each again and again until nothing more can come of it."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        book: CampaignBook,
        chain: CampaignLedger,
        claims: CampaignClaims,
        pledging: Pledging,
        selling: Selling,
        deals: Deals,
        sponsoring: Sponsoring,
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._book = book
        self._chain = chain
        self._claims = claims
        self._pledging = pledging
        self._selling = selling
        self._deals = deals
        self._sponsoring = sponsoring
        self._wishes = Wishes(world, book.wishes, VERBS)
        self._told: dict[bytes, tuple] = {}  # campaign -> what was last seen of it
        self._settled: dict[bytes, int] = {}  # campaign -> pledges of it that are safe
        self._returned: OrderedDict[tuple[bytes, bytes], None] = OrderedDict()
        self._nudge = trio.Event()
        self._pinned_at = -PIN_EVERY

    # ---- running

    def hurry(self) -> None:
        self._nudge.set()

    def heard(self, order: bytes) -> None:
        """A message of this order has come: its pledge may have been on the chain before, or it brings an authorization."""
        self._sponsoring.heard(order)
        row = self._world.store.order(order)
        if row is None or row.notes.get("pledge"):
            return
        for campaign in self._book.joined():
            if campaign.listing == row.offer:
                self._told.pop(campaign.id, None)
                self._world.store.note_campaign(campaign.id, {"closed": False})
                self.hurry()

    async def run(self) -> None:
        """For ever. What goes wrong with one is logged and keeps no other waiting."""
        while True:
            if self._world.campaigns is not None:
                self._adopt()
                self._pin()
                for campaign in list(self._book.joined()):
                    if not self._book.wishes.row(campaign.id).notes.get("closed"):
                        await self._contained(campaign)
            await trio.sleep(PAUSE)  # a chain may have several blocks a second
            with trio.move_on_after(RETRY_AFTER):
                await self._nudge.wait()
            self._nudge = trio.Event()

    async def _contained(self, campaign: Campaign) -> None:
        try:
            await self.look(campaign)
        except Unavailable as fault:
            log.info("campaign %s: %s", short(campaign.id), fault)
        except EtalError as fault:
            log.warning("campaign %s: %s", short(campaign.id), fault)
        except Exception:
            log.exception("campaign %s: our own mistake", short(campaign.id))

    def _adopt(self) -> None:
        """One's own are known by their records, also where nothing was noted of them: after a crash, or a seed that was restored."""
        for made in self._world.store.by_author(KIND.id, self._world.me):
            if made.gone:
                continue
            campaign = self._book.read(made)
            row = self._world.store.campaign(campaign.id)
            known = row is not None and row.raw == made.raw
            if not known and self._book.edition(campaign) is not None:
                self._book.join(campaign)

    def _pin(self) -> None:
        """Keep the editions that campaigns are about, so that a campaign can be shown after its creator has changed the listing."""
        if trio.current_time() < self._pinned_at + PIN_EVERY:
            return
        self._pinned_at = trio.current_time()
        for campaign in self._book.joined():
            self._sweep(campaign)
        for campaign in self._book.all():
            if campaign.until > self._world.now():
                raw, listing, _ = self._book.edition(campaign)
                self._world.store.pin(raw, listing.id, campaign.until + KEPT_PINNED)

    def _sweep(self, campaign: Campaign) -> None:
        """What was ordered and never pledged is nobody's business long after the end: it has a buyer's address in it."""
        row = self._book.wishes.row(campaign.id)
        known = row.notes.get("closed") or campaign.id in self._settled
        over = self._world.now() > campaign.until + UNPAID_KEPT
        if over and known and campaign.record.author == self._world.me:
            self._deals.forget_unpledged(campaign.listing)

    # ---- one campaign

    async def look(self, campaign: Campaign) -> None:
        """Read what the chain says, tell its orders, wish what is due, send what is wished. Raises Unavailable."""
        if campaign.body["account"] != self._book.account:
            return
        id, contract = campaign.id, await self._chain.contract()
        state = await self._chain.state(id, fresh=True)
        stage = stage_of(campaign, state.phase, state.pledges, state.time)
        safe, pledges = None, ()
        if state.phase is not Phase.NONE:
            seen = (stage, state.pledges, state.money, state.paid, state.objections)
            if self._told.get(id) != seen or self._settled.get(id) is None:
                pledges = await self._chain.pledges(campaign, fresh=True)
                safe = await contract.safe_state(id)
                for order in self._pledging.note(campaign, state, safe, pledges):
                    self._sponsoring.heard(order)  # its pledge may have been undone
                    self._accept(order)
                is_safe = all(each.block <= safe.block for each in pledges)
                if is_safe and stage_of(campaign, safe.phase, safe.pledges, safe.time) == stage:
                    self._settled[id] = len(pledges)
                else:
                    self._settled.pop(id, None)
            if self._told.get(id) != seen:
                self._told[id] = seen
                self._world.changes.tell("campaign", campaign.text)
        await self._claims.look(campaign, state, stage)
        await self._do(campaign, state, stage)
        row = self._book.wishes.row(id)
        over = state.phase is Phase.PAID or (stage in RETURNED and state.pledges == 0)
        settled = id in self._settled or state.phase is Phase.NONE  # it can't be opened any more
        settled = settled and self._claims.is_settled(campaign)
        if over and settled and not row.notes.get("wishes"):
            self._world.store.note_campaign(id, {"closed": True})

    def _accept(self, order: bytes) -> None:
        """A seller who accepts by itself does so once the goods are owed."""
        row = self._world.store.order(order)
        noted = row.notes.get("pledge") or {}
        if row.side != SELLER or not self._world.settings.auto_accept or not noted.get("safe"):
            return
        if noted["stage"] in ("reached", "paid") and self._pledging.is_earned(order):
            with suppress(Conflict):
                self._selling.accept(order)

    async def _do(self, campaign: Campaign, state: CampaignState, stage: str) -> None:
        id, book = campaign.id, self._book.wishes
        if self._world.settings.auto_collect:
            await self._by_time(campaign, state, stage)
        row = book.row(id)
        if SPONSOR not in row.notes.get("wishes", {}) and await self._sponsoring.is_wanted(
            campaign, stage
        ):
            self._sponsoring.begin(campaign)
            self._ask(book.row(id), SPONSOR)
            row = book.row(id)
        if not (
            row.notes.get("wishes") or row.notes.get("transactions") or row.notes.get("refund_all")
        ):
            return
        done = await self._done(campaign, row, state, stage)
        await self._wishes.watch(row, done.__contains__)
        await self._wishes.attend(book.row(id), done.__contains__, self._builder(campaign))
        row = book.row(id)
        if row.notes.get("refund_all") and REFUND not in row.notes.get("wishes", {}):
            await self._next_batch(campaign, state, stage)

    async def _by_time(self, campaign: Campaign, state: CampaignState, stage: str) -> None:
        """Wish what is due to the node's own wallet. What was given up is left to a person."""
        row = self._book.wishes.row(campaign.id)
        wished = row.notes.get("wishes", {})
        if stage == "reached" and self._ledger.owns(campaign.creator):
            paid = self._due(campaign, state)
            again = wished.get(COLLECT, {}).get("paid") == str(paid)
            if paid > state.paid and not again:
                log.info("a tranche of campaign %s is due", short(campaign.id))
                self._ask(row, COLLECT, paid=str(paid))
        returns = stage in RETURNED and state.pledges and not row.notes.get("refund_all")
        if returns and REFUND not in wished:
            left = await self._still_in(campaign.id, self._to_return(campaign), state)
            if left:
                log.info("pledges to campaign %s come back", short(campaign.id))
                self._ask(row, REFUND, backers=",".join(each.hex() for each in left))

    def _to_return(self, campaign: Campaign) -> list[bytes]:
        """The node's own wallet, if it has pledged, and those who did by a signature that this node has sent."""
        own = self._own_wallet()
        mine = [own] if own and self._has_pledged(campaign) else []
        return [*mine, *self._sponsoring.backers(campaign)]

    def _own_wallet(self) -> bytes:
        wallet = self._world.escrow.wallet if self._world.escrow else None
        return bytes.fromhex(wallet[2:]) if wallet else b""

    def _has_pledged(self, campaign: Campaign) -> bool:
        """Whether the node's own wallet has, for an order of this node's."""
        own, wanted = self._world.escrow.wallet, campaign.id.hex()
        return any(
            row.notes.get("campaign") == wanted and row.notes.get("account") == own
            for row in self._world.store.orders(BUYER, 2**40)
        )

    @staticmethod
    def _due(campaign: Campaign, state: CampaignState) -> int:
        """How many tranches are paid once what is due is collected."""
        terms = (campaign.tranches, state.pledges, state.money, state.paid, state.time)
        return due(*terms)[1]

    async def _done(
        self, campaign: Campaign, row: CampaignRow, state: CampaignState, stage: str
    ) -> set[str]:
        """Which of its wishes the chain shows, or has made needless."""
        wishes, done = row.notes.get("wishes", {}), set()
        if stage != "reached":
            done |= {COLLECT, OBJECT, UNOBJECT}
        if stage not in ("open", "reached", "unopened"):
            done.add(CANCEL)
        if SPONSOR in wishes and await self._sponsoring.is_done(campaign, stage):
            done.add(SPONSOR)
        if COLLECT in wishes and state.paid >= int(wishes[COLLECT]["paid"]):
            done.add(COLLECT)
        if {OBJECT, UNOBJECT} & set(wishes):
            _, turn = await self._world.campaigns.pledge_of(campaign.id, self._own_wallet())
            done.add(OBJECT if turn % 2 else UNOBJECT)
        if WITHDRAW in wishes and await self._claims.is_withdrawn(campaign, self._own_wallet()):
            done.add(WITHDRAW)
        if REFUND in wishes:
            backers = _batch(wishes[REFUND]["backers"])
            if not await self._still_in(campaign.id, backers, state):
                done.add(REFUND)
        return done

    async def _still_in(
        self, id: bytes, backers: Iterable[bytes], state: CampaignState, most: int = MAX_REFUNDS
    ) -> list[bytes]:
        """Those of these backers who haven't had their money back, the first `most`."""
        left = []
        for backer in dict.fromkeys(backers):
            if state.pledges == 0 or len(left) >= most:
                break
            if (id, backer) in self._returned:
                continue
            pledge, _ = await self._world.campaigns.pledge_of(id, backer)
            if pledge:
                left.append(backer)
            else:
                self._note_returned(id, backer)
        return left

    def _note_returned(self, id: bytes, backer: bytes) -> None:
        self._returned[id, backer] = None
        if len(self._returned) > MAX_REFUNDED:
            self._returned.popitem(last=False)

    async def _next_batch(self, campaign: Campaign, state: CampaignState, stage: str) -> None:
        left = await self.to_refund(campaign) if stage in RETURNED else []
        row = self._book.wishes.row(campaign.id)
        if left:
            self._ask(row, REFUND, backers=",".join(each.hex() for each in left))
        else:
            self._world.store.note_campaign(campaign.id, {"refund_all": False})

    async def to_refund(self, campaign: Campaign) -> list[bytes]:
        """Who can have money back: as many as one call takes. Raises Unavailable."""
        state = await self._chain.state(campaign.id)
        pledges: Sequence[Pledged] = await self._chain.pledges(campaign)
        return await self._still_in(campaign.id, (each.backer for each in pledges), state)

    # ---- wishes

    def wish(self, campaign: Campaign, verb: str, **more: str) -> None:
        """Have the node's own wallet do this. The caller has checked that it can be done."""
        row = self._book.wishes.row(campaign.id)
        if not row.raw:
            self._book.join(campaign)
        if verb in live(row) and verb not in refused(row):
            raise Conflict("campaign.verb", "This is on its way already.")
        if verb == REFUND:
            self._world.store.note_campaign(campaign.id, {"refund_all": True, "closed": False})
        else:
            self._ask(row, verb, **more)
        self.hurry()

    def _ask(self, row: CampaignRow, verb: str, **more: str) -> None:
        """A wish for the first time, or anew: what was sent for the last one is none of its business."""
        notes = self._wishes.ask(row, verb, **more)
        opposite = {OBJECT: UNOBJECT, UNOBJECT: OBJECT}.get(verb)
        notes["wishes"].pop(opposite, None)
        for name in ("transactions", "earlier"):
            sent = row.notes.get(name, {})
            notes[name] = {each: sent[each] for each in sent if each != verb}
        self._book.wishes.write({row.id: notes})

    def _builder(self, campaign: Campaign):
        async def build(verb: str) -> tuple[str, Transaction]:
            if verb == SPONSOR:
                return await self._sponsoring.sending(campaign)
            wish = self._book.wishes.row(campaign.id).notes["wishes"][verb]
            if verb == WITHDRAW:
                own, to = self._own_wallet(), address_from_text(wish["to"])
                return verb, self._claims.transaction(campaign, own, to)
            backers = _batch(wish.get("backers", ""))
            return verb, self.transaction(campaign, verb, self._own_wallet(), backers)

        return build

    def transaction(
        self, campaign: Campaign, verb: str, who: bytes, backers: Sequence[bytes] = ()
    ) -> Transaction:
        """What `who` is to send. Raises NotFound for what isn't a verb of a campaign."""
        contract, terms, tranches = self._world.campaigns, campaign.terms, campaign.tranches
        if verb == CANCEL:
            return contract.cancel(terms)
        if verb == COLLECT:
            return contract.collect(terms, tranches)
        if verb == REFUND:
            return contract.refund(terms, backers)
        if verb in (OBJECT, UNOBJECT):
            return contract.object(terms, tranches, who, verb == OBJECT)
        raise NotFound("campaign.verb", "There is no such act.")

    def note_transaction(self, campaign: Campaign, notes: dict) -> None:
        """Remember what the browser's wallet has sent."""
        if not self._book.wishes.row(campaign.id).raw:
            self._book.join(campaign)
        self._book.wishes.write({campaign.id: notes | {"closed": False}})
        self._chain.forget(campaign.id)
        self.hurry()


def refused(row: CampaignRow) -> tuple[str, ...]:
    """What is still tried and may be wished otherwise: a withdrawal that its receiver, or the chain, didn't take."""
    tried = row.notes.get("wishes", {}).get(WITHDRAW, {})
    return (WITHDRAW,) if tried.get("trouble") else ()


def _batch(text: str) -> list[bytes]:
    return [bytes.fromhex(each) for each in text.split(",") if each]
