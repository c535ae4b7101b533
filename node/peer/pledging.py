"""Orders that are paid by a pledge to a campaign: what their buyer's wallet is to send, and when their seller owes the goods.

order.notes: campaign, account  where a buyer's pledge is to go, and who pledges
             pledge             {campaign, amount, block, stage, safe}: what the chain said last of the pledges that name this order
"""

import logging
from collections.abc import Sequence

from node.peer.campaign_book import Campaign, CampaignBook, stage_of
from node.peer.campaign_claims import CampaignClaims
from node.peer.campaign_ledger import CampaignLedger
from node.peer.deal import PLEDGE, Deal, need
from node.peer.deals import Deals
from node.peer.funds import RULE, SENTENCES, SIGN_INSTEAD, Payment, shortage
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.pledge_signing import PledgeSigning
from node.peer.relaying import signature_of
from node.peer.views import ClaimView, PledgeView, WalletRequest, WalletStep
from node.peer.wallet_requests import AUTHORIZE, WalletRequests
from node.peer.wishes import APPROVE, OPEN, Wishes, live
from node.peer.world import World
from node.ports import CampaignState, OrderRow, Pledged, Transaction
from node.protocol import offers
from node.protocol.campaign import COIN, Phase, authorization_nonce
from node.protocol.errors import Conflict, InputError, NotFound, RuleError
from node.protocol.order_state import BUYER, SELLER, Talk
from node.protocol.patterns import address_from_text, address_to_text

log = logging.getLogger("etal.pledging")

SERVED = ("reached", "paid")
"""Stages of a campaign whose backers are owed what they ordered."""

RETURNED = ("failed", "cancelled", "stopped")
"""Stages in which what is left goes back to the backers."""


class Pledging:
    """The orders' side of campaigns."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        views: ListingViews,
        book: CampaignBook,
        chain: CampaignLedger,
        claims: CampaignClaims,
        wishes: Wishes,
        wallets: WalletRequests,
        signing: PledgeSigning,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._views = views
        self._book = book
        self._chain = chain
        self._claims = claims
        self._wishes = wishes
        self._wallets = wallets
        self._signing = signing

    # ---- what is known of one order

    def campaign(self, deal: Deal) -> Campaign | None:
        """Where this order's pledge is to go, or has gone. None where nothing says so."""
        notes = deal.row.notes
        named = notes.get("pledge", {}).get("campaign") or notes.get("campaign")
        if named is None:
            return next(iter(self._book.of(deal.listing)), None)
        try:
            return self._book.get(bytes.fromhex(named))
        except NotFound:
            return None

    def takes(self, id: bytes) -> bool:
        """Whether this order is paid by a pledge."""
        return self._deals.deal(self._deals.row(id)).is_preorder

    def price(self, deal: Deal, campaign: Campaign) -> offers.Quote:
        """What the order costs in what the campaign takes."""
        _, lines, delivery = self._deals.lines(deal)
        asset = campaign.body["asset"]
        return offers.total(deal.body, lines, delivery, asset, self._world.registry)

    def asset(self, deal: Deal) -> str | None:
        """What it is paid in; None for what isn't paid by a pledge."""
        campaign = self.campaign(deal) if deal.is_preorder else None
        return campaign.body["asset"] if campaign else None

    def account(self, deal: Deal) -> str | None:
        """CAIP-10 of the contract that its pledge goes to; None for what isn't paid by a pledge."""
        campaign = self.campaign(deal) if deal.is_preorder else None
        return campaign.body["account"] if campaign else None

    def view(self, deal: Deal) -> PledgeView | None:
        """None for an order that isn't paid by a pledge, or of whose campaign nothing is known."""
        campaign = self.campaign(deal) if deal.is_preorder else None
        if campaign is None:
            return None
        quote, noted = self.price(deal, campaign), deal.row.notes.get("pledge")
        account = deal.row.notes.get("account", "")
        who = address_from_text(account)
        waits = self._claims.of(campaign).get(who, 0) if who and noted else 0
        amount, stage = int(noted["amount"]) if noted else 0, self._stage(deal, campaign)
        signed, signed_until, refused = self._signing.word(deal)
        return PledgeView(
            campaign=campaign.text,
            stage=stage,
            until=campaign.until,
            price=self._views.money(quote.total, quote.asset, quote.decimals),
            amount=self._views.money(amount, quote.asset, quote.decimals) if amount else None,
            safe=bool(noted and noted["safe"] and noted["stage"] == stage),
            account=account,
            tranches=tuple(at for at, _ in campaign.tranches),
            claim=ClaimView(
                self._views.money(waits, quote.asset, quote.decimals),
                account,
                self._ledger.owns(who),
            )
            if waits
            else None,
            signed=signed,
            signed_until=signed_until,
            refused=refused,
            nonce="0x" + authorization_nonce(campaign.id, deal.row.id).hex(),
        )

    def _stage(self, deal: Deal, campaign: Campaign) -> str:
        state = self._chain.last(campaign.id)
        if state is not None:
            now = max(state.time, self._world.now())
            return stage_of(campaign, state.phase, state.pledges, now)
        noted = deal.row.notes.get("pledge")
        return noted["stage"] if noted else "unknown"

    def actions(self, deal: Deal, actions: tuple[str, ...]) -> tuple[str, ...]:
        """What can be done with the order, of what its talk alone allows."""
        if not deal.is_preorder:
            return actions
        view = self.view(deal)
        gone = {"authorize", "fund"}
        if view is None or not view.earned:
            gone |= {"accept", "ship"}
        if self._is_bound(deal, view):
            gone |= {"cancel", "decline"}
        left = tuple(verb for verb in actions if verb not in gone)
        if not self._can_pledge(deal, view):
            return left
        can_sign = self._signing.can_sign(deal, self.campaign(deal))
        return (PLEDGE, *([AUTHORIZE] if can_sign else []), *left)

    def _can_pledge(self, deal: Deal, view: PledgeView | None) -> bool:
        if deal.row.side != BUYER or view is None or view.amount is not None:
            return False
        waits = PLEDGE in live(deal.row) or self._deals.is_sent(deal.row, PLEDGE)
        open = view.stage in ("unopened", "open", "unknown") and self._ledger.time() < view.until
        return open and not waits and deal.state.talk is Talk.PLACED

    def _is_bound(self, deal: Deal, view: PledgeView | None) -> bool:
        """Whether its money is in a campaign that goes on, or on its way there."""
        if view is None:
            return False
        on_its_way = deal.row.side == BUYER and self._deals.is_sent(deal.row, PLEDGE)
        return on_its_way or (view.amount is not None and view.stage not in RETURNED)

    # ---- paying

    async def request(
        self, id: bytes, verb: str, account: str | None, signature: str | None = None
    ) -> WalletRequest:
        """What the wallet in the browser is to send next: the opening where nobody has opened the campaign, a permission for a token,
        the pledge. To authorize it only signs, and nothing is left once its `signature` is given. Raises InputError, Conflict, Unavailable."""
        deal = self._deals.deal(self._deals.row(id))
        campaign = self._need_open(deal)
        owner = address_from_text(deal.row.notes["account"])
        who = owner if account is None else address_from_text(account)
        if who is None:
            raise InputError("wallet.account", "That isn't an account's address.", "account")
        if who != owner:
            raise Conflict(
                "wallet.account",
                f"Only {address_to_text(owner)} can do this. Choose that account in your wallet.",
            )
        await self._need_taking(campaign)
        escrow = await self._ledger.verified_escrow()
        signs = verb == AUTHORIZE
        lacking = await self._lacking(deal, campaign, **({"fee": 0} if signs else {}))
        steps: tuple = ()
        if signs and not lacking:
            steps = await self._signed(deal, campaign, signature)
        elif not lacking:
            waiting = await self._transactions(deal, campaign)
            steps = tuple(self._wallets.send(name, transaction) for name, transaction in waiting)
        obstacle, message = f"funds.{lacking}" if lacking else "", SENTENCES.get(lacking, "")
        if lacking == "gas" and self._signing.can_sign(deal, campaign):
            message = SIGN_INSTEAD
        chain = self._wallets.chain(escrow)
        return WalletRequest(chain, address_to_text(who), steps, obstacle, message)

    async def _signed(
        self, deal: Deal, campaign: Campaign, signature: str | None
    ) -> tuple[WalletStep, ...]:
        self._signing.need(deal, campaign)
        price = self.price(deal, campaign).total
        if signature is None:
            return (WalletStep("typed", AUTHORIZE, self._signing.typed(deal, campaign, price)),)
        await self._signing.say(deal, campaign, price, signature_of(signature))
        return ()

    async def sign(self, id: bytes) -> None:
        """Pledge by a signature of the node's own wallet, which the creator's node sends. Raises Conflict, Unavailable."""
        deal, campaign = await self._by_node(id, fee=0)
        self._signing.need(deal, campaign)
        price = self.price(deal, campaign).total
        await self._signing.say(deal, campaign, price, self._signing.own(deal, campaign, price))

    async def wish(self, id: bytes) -> None:
        """Wish that the node's own wallet pledges. Raises Conflict where another wallet is to, or the money for it isn't there."""
        await self._by_node(id)
        row = self._deals.row(id)
        self._world.store.update_order(id, notes=self._wishes.ask(row, PLEDGE))
        self._deals.changed(id)

    async def _by_node(self, id: bytes, **fee: int) -> tuple[Deal, Campaign]:
        """What the node's own wallet can pay for now."""
        deal = self._deals.deal(self._deals.row(id))
        campaign = self._need_open(deal)
        if not self._ledger.owns(address_from_text(deal.row.notes["account"])):
            raise Conflict(
                "order.wallet",
                "Another wallet pays for this order: do it on the page, where that wallet is connected.",
            )
        await self._need_taking(campaign)
        if lacking := await self._lacking(deal, campaign, **fee):
            raise Conflict(RULE, SENTENCES[lacking])
        return deal, campaign

    async def sending(self, deal: Deal) -> tuple[str, Transaction]:
        """What the node's own wallet has to send next. Raises Conflict when it's too late, or needless."""
        campaign = self._need_open(deal, wished=True)
        await self._need_taking(campaign)
        if lacking := await self._lacking(deal, campaign, fee=0):
            raise RuleError(RULE, SENTENCES[lacking])
        return (await self._transactions(deal, campaign))[0]

    def _need_open(self, deal: Deal, wished: bool = False) -> Campaign:
        """By what is known without asking the chain."""
        campaign = self.campaign(deal) if deal.is_preorder and deal.row.side == BUYER else None
        if campaign is None:
            raise Conflict(
                "campaign.unknown", "This order isn't paid by a pledge that your node knows."
            )
        if deal.state.talk is not Talk.PLACED:
            need(deal, PLEDGE)
        if deal.row.notes.get("pledge"):
            raise Conflict("campaign.pledged", "This order's pledge is made already.")
        if not wished and (PLEDGE in live(deal.row) or self._deals.is_sent(deal.row, PLEDGE)):
            raise Conflict("order.verb", "This is on its way already.")
        if campaign.body["account"] != self._book.account:
            raise Conflict(
                "campaign.chain",
                "This campaign's money is in a contract that your node doesn't use.",
            )
        return campaign

    async def _need_taking(self, campaign: Campaign) -> CampaignState:
        """Raises Conflict unless the contract takes pledges now."""
        state = await self._chain.state(campaign.id, fresh=True)
        now = max(state.time, self._world.now())
        if stage_of(campaign, state.phase, state.pledges, now) not in ("unopened", "open"):
            raise Conflict("campaign.over", "This campaign takes no more pledges.")
        return state

    async def _lacking(self, deal: Deal, campaign: Campaign, **fee: int) -> str:
        """What the account lacks: a key of SENTENCES, "" for nothing."""
        who = address_from_text(deal.row.notes["account"])
        price = self.price(deal, campaign).total
        payment = Payment(who, campaign.terms.token, price)
        return await shortage(self._world.escrow, payment, **fee)

    async def _transactions(
        self, deal: Deal, campaign: Campaign
    ) -> Sequence[tuple[str, Transaction]]:
        """All that are left, in their order."""
        contract = await self._chain.contract()
        state = await self._chain.state(campaign.id)
        terms, price = campaign.terms, self.price(deal, campaign).total
        left = []
        if state.phase is Phase.NONE:
            signature = campaign.body["signature"]
            left.append((OPEN, contract.open(terms, campaign.tranches, signature)))
        given = await self._signing.usable(deal, campaign, price)
        if given is not None:
            return [*left, (PLEDGE, contract.pledge_with_authorizations(terms, [given]))]
        who = address_from_text(deal.row.notes["account"])
        if terms.token != COIN and await contract.allowance(who, terms.token) < price:
            left.append((APPROVE, contract.approve(terms.token, price)))
        left.append((PLEDGE, contract.pledge(terms, price, deal.row.id)))
        return left

    # ---- what the chain says

    def note(
        self,
        campaign: Campaign,
        state: CampaignState,
        safe: CampaignState | None,
        pledges: Sequence[Pledged],
    ) -> list[bytes]:
        """Write on the orders that pledges name what the chain says of them; returns those of which that has changed. One that is no
        longer on the chain is noted as gone. `safe` is what the chain calls safe, None where that wasn't asked."""
        sums: dict[bytes, tuple[int, int]] = {}
        for each in pledges:
            amount, block = sums.get(each.order, (0, 0))
            sums[each.order] = (amount + each.amount, max(block, each.block))
        stage = stage_of(campaign, state.phase, state.pledges, state.time)
        settled = safe and stage_of(campaign, safe.phase, safe.pledges, safe.time) == stage
        changed = []
        for row in self._rows(campaign, sums):
            amount, block = sums.get(row.id, (0, 0))
            said = {
                "campaign": campaign.id.hex(),
                "amount": str(amount),
                "block": block,
                "stage": stage,
                "safe": bool(settled and block <= safe.block),
            }
            before = row.notes.get("pledge") or None
            after = said if amount else None
            if before != after:
                self._world.store.update_order(row.id, notes={"pledge": after or {}})
                if after:
                    self._deals.paid(row.id)
                self._deals.changed(row.id)
                changed.append(row.id)
        return changed

    def _rows(self, campaign: Campaign, sums: dict[bytes, tuple[int, int]]) -> list[OrderRow]:
        """Orders of this edition that a pledge names, or named before."""
        named = [self._world.store.order(id) for id in sums]
        rows = [row for row in named if row is not None and row.offer == campaign.listing]
        known = {row.id for row in rows}
        wanted = campaign.id.hex()
        for row in self._deals.all():
            noted = row.notes.get("pledge", {}).get("campaign")
            if noted == wanted and row.id not in known:
                rows.append(row)
        return [row for row in rows if self._is_for(row, campaign)]

    @staticmethod
    def _is_for(row: OrderRow, campaign: Campaign) -> bool:
        """An order that is paid by a pledge to another campaign isn't by one to this."""
        noted = row.notes.get("pledge", {}).get("campaign")
        stage = row.notes.get("pledge", {}).get("stage")
        return noted in (None, campaign.id.hex()) or stage in RETURNED

    # ---- the seller's side

    def is_earned(self, id: bytes) -> bool:
        """As far as the chain has told."""
        view = self.view(self._deals.deal(self._deals.row(id)))
        return view is not None and view.earned

    async def need_earned(self, id: bytes) -> None:
        """Before a seller accepts or ships: the chain itself is asked. Raises Conflict where the goods aren't owed, or not yet."""
        deal = self._deals.deal(self._deals.row(id))
        if not deal.is_preorder or deal.row.side != SELLER:
            return
        campaign = self.campaign(deal)
        if campaign is None:
            raise Conflict("campaign.unknown", "No campaign of yours is about this edition.")
        contract = await self._chain.contract()
        safe = await contract.safe_state(campaign.id)
        pledges = await self._chain.pledges(campaign, fresh=True)
        stage = stage_of(campaign, safe.phase, safe.pledges, safe.time)
        if stage not in SERVED:
            raise Conflict(
                "campaign.unsettled",
                "Nothing is owed for this order: the campaign hasn't succeeded, or the chain doesn't call that safe yet.",
            )
        paid = sum(p.amount for p in pledges if p.order == id and p.block <= safe.block)
        if paid < self.price(deal, campaign).total:
            raise Conflict(
                "campaign.unpaid",
                "The pledges for this order don't come to its price, or the chain doesn't call them safe yet.",
            )

    def need_free(self, id: bytes) -> None:
        """Before an order is called off. Raises Conflict while its money is bound."""
        deal = self._deals.deal(self._deals.row(id))
        if deal.is_preorder and self._is_bound(deal, self.view(deal)):
            raise Conflict(
                "campaign.pledged",
                "This order's money is in the campaign, which alone decides where it goes. Write to the other side instead.",
            )
