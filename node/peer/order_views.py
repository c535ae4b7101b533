"""Orders as a person sees them: from deals to views."""

import base64
import logging
import re
from dataclasses import asdict, replace
from typing import Any

import trio

from node.peer import proposals, troubles
from node.peer.deal import PARTS, Deal
from node.peer.deals import Deals
from node.peer.disputes import DISPUTE, Disputes
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.own_reviews import OwnReviews
from node.peer.pledging import Pledging
from node.peer.reviews import Reviews
from node.peer.showing import Showing
from node.peer.views import (
    ClaimView,
    MessageView,
    Money,
    OrderPage,
    OrderView,
    PayeeView,
    QuoteView,
    TransactionView,
)
from node.peer.wishes import live
from node.peer.world import World, short
from node.ports import OrderRow
from node.protocol import offers
from node.protocol.encoding import ID_CHARACTERS, id_to_text
from node.protocol.errors import EtalError, InputError, NotFound
from node.protocol.escrow import NOBODY, Terms
from node.protocol.kinds.order import KIND, REASONS
from node.protocol.order_state import SELLER, Stage
from node.protocol.patterns import address_from_text, address_to_text
from node.protocol.units import account_parts

log = logging.getLogger("etal.orders")

PAGE = 50
"""Orders on one page, unless fewer or more are asked for."""

MAX_LOOKED_AT = 500
"""Orders that are folded for one page: where few are at the stage asked for it may stay emptier, and goes on behind them."""

YIELD_EVERY = 8
"""Orders folded between two chances for other tasks to run: one costs some two milliseconds."""

BEGINNING = re.compile(f"[a-z2-7]{{1,{ID_CHARACTERS}}}")

NEEDS_STOCK = {"accept", "ship"}


class OrderViews:
    """Builds OrderViews."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        views: ListingViews,
        reviews: Reviews,
        own: OwnReviews,
        disputes: Disputes,
        showing: Showing,
        pledging: Pledging,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._views = views
        self._reviews = reviews
        self._own = own
        self._disputes = disputes
        self._showing = showing
        self._pledging = pledging

    def named(self, text: str) -> bytes:
        """The order whose id this is, whole or its first letters. Raises NotFound, or InputError "order.several"."""
        ids: list[bytes] = []
        if BEGINNING.fullmatch(text):
            low, high = (
                base64.b32decode(text.ljust(ID_CHARACTERS, fill).upper() + "====") for fill in "a7"
            )
            near = self._world.store.order_ids(low, high, 2)
            ids = [id for id in near if id_to_text(id).startswith(text)]
        if not ids:
            raise NotFound("order.unknown", "This node has no such order.")
        if len(ids) > 1:
            raise InputError("order.several", f"Several orders begin with {text}: give more of it.")
        return ids[0]

    async def page(
        self, side: str | None, stage: str | None, after: str | None, limit: int
    ) -> OrderPage:
        """At most `limit` orders, newest first, behind the mark `after`. Raises InputError "query.after"."""
        found: list[OrderView] = []
        looked_at = 0
        while True:
            count = min(limit - len(found), MAX_LOOKED_AT - looked_at)
            part = self._world.store.order_rows(side, after, count)
            for row in part.rows:
                found += self._shown(row, stage)
                looked_at += 1
                if looked_at % YIELD_EVERY == 0:
                    await trio.lowlevel.checkpoint()
            after = part.next
            if after is None or len(found) >= limit or looked_at >= MAX_LOOKED_AT:
                return OrderPage(tuple(found), after)

    def _shown(self, row: OrderRow, stage: str | None) -> list[OrderView]:
        """The view, or nothing: one that can't be read hides no other."""
        try:
            deal = self._deals.deal(row)
            return [self._view(deal)] if stage in (None, deal.state.stage) else []
        except EtalError as fault:
            log.warning("order %s can't be shown: %s", short(row.id), fault)
        except Exception:
            log.exception("order %s can't be shown: our own mistake", short(row.id))
        return []

    def view(self, row: OrderRow) -> OrderView:
        """One order with everything that its page shows."""
        deal = self._deals.deal(row)
        view = self._view(deal)
        showing = ("show",) if self._showing.can_show(deal) else ()
        return replace(
            view,
            actions=(*view.actions, *showing),
            shown=self._showing.shown(deal),
            seller_proven=self._is_seller_proven(deal),
            dispute=self._disputes.view(deal, view.quote.total),
        )

    def _is_seller_proven(self, deal: Deal) -> bool:
        """Whether the account that acts for the seller in the escrow says itself that it is the stall's."""
        if deal.terms is None:
            return False
        chain, _ = account_parts(deal.body["offer"]["escrow"])
        account = f"{chain}:{address_to_text(deal.terms.seller)}"
        return account in self._views.accounts(deal.listing.author)

    def _view(self, deal: Deal) -> OrderView:
        row = deal.row
        waiting = self._world.store.undelivered(row.id)
        terms = deal.terms
        assurance, confirmations = self._ledger.assurance(deal.events)
        account = deal.body["offer"].get("escrow") if terms else self._pledging.account(deal)
        payer = address_to_text(terms.buyer) if terms else deal.row.notes.get("account")
        extension, lines, delivery = self._deals.lines(deal)
        quote = self._quote(deal, lines, delivery)
        messages = self._messages(deal, waiting)
        actions = self._actions(deal)
        return OrderView(
            id=id_to_text(row.id),
            side=row.side,
            stage=deal.state.stage.value,
            listing=self._views.current(deal.listing),
            counterparty=self._views.persona(row.counterparty),
            lines=tuple(extension.order.to_json(line.block) for line in lines),
            delivery=extension.delivery.to_json(delivery),
            quote=quote,
            created=row.created,
            chain=account_parts(account)[0] if account else None,
            contract=address_to_text(account_parts(account)[1]) if account else None,
            escrow_id="0x" + row.escrow_id.hex() if row.escrow_id else None,
            terms=_terms(terms),
            buyer_account=payer,
            assurance=assurance,
            confirmations=confirmations,
            paid_out=deal.state.paid,
            deadlines=deal.state.deadlines,
            actions=actions,
            transactions=self._transactions(deal, actions),
            messages=messages,
            tracking=_tracking(deal.state.said("ship")),
            decline=_decline(deal.state.said("decline")),
            review=self._review(row),
            delivered_to_seller=row.side == SELLER
            or not any(message.step == "place" and not message.delivered for message in messages),
            wallet_is_node=bool(payer) and self._ledger.owns(address_from_text(payer)),
            followed=deal.followed,
            payees=_payees(deal, quote.total),
            held=proposals.held(deal, quote.total),
            proposals=proposals.views(deal, quote.total),
            draft=proposals.draft(deal, quote.total),
            claim=self._claim(deal, quote.total),
            pledge=self._pledging.view(deal),
            pays_fees=deal.body["offer"].get("pays_fees", False),
            authorized_until=deal.state.facts.authorized_until,
        )

    def _quote(self, deal: Deal, lines: list, delivery: dict) -> QuoteView:
        asset = self._pledging.asset(deal)
        if deal.terms:
            tokens = {
                offers.asset_token(entry["asset"]): entry["asset"]
                for entry in deal.body["offer"]["accepts"]
            }
            asset = tokens.get(deal.terms.token)
        quote = offers.total(deal.body, lines, delivery, asset, self._world.registry)
        total = deal.terms.amount if deal.terms else quote.total
        amounts = (quote.items, quote.delivery, total)
        return QuoteView(*(self._views.money(a, quote.asset, quote.decimals) for a in amounts))

    def _claim(self, deal: Deal, total: Money) -> ClaimView | None:
        if not deal.claim:
            return None
        account = address_to_text(deal.account)
        return ClaimView(
            replace(total, amount=deal.claim), account, self._ledger.owns(deal.account)
        )

    def _actions(self, deal: Deal) -> tuple[str, ...]:
        missing: set[str] = set()
        if deal.row.side == SELLER and not deal.has_pieces:
            missing |= NEEDS_STOCK if deal.terms else {"ship"}
        reviewed = self._own.of(deal.row) is not None
        if reviewed or deal.terms is None:
            missing.add("review")
        told = (
            ("review",) if deal.is_preorder and not reviewed and self._own.can_write(deal) else ()
        )
        # what is under way is not offered again; what was given up is
        wished = live(deal.row)
        missing |= wished | ({"accept_settlement"} if self._is_settling(deal) else set())
        if "deliver" in wished:
            # disputed before it is marked as sent, an arbiter's silence would give everything back
            missing |= {"ship", DISPUTE}
        if deal.state.stage is Stage.FUNDING:
            missing |= {"fund", "authorize"}
        if deal.terms is None or not self._views.takes_authorizations(deal.terms):
            missing.add("authorize")
        mending = ("change_review", "withdraw_review") if reviewed else ()
        left = tuple(verb for verb in deal.verbs if verb not in missing)
        return (*self._pledging.actions(deal, left), *told, *mending)

    @staticmethod
    def _is_settling(deal: Deal) -> bool:
        """Whether a part is under way: what stands now may be void in a moment."""
        statuses, sent = deal.row.notes.get("statuses", {}), deal.row.notes.get("transactions", {})
        waiting = {v for v in PARTS if statuses.get(sent.get(v), [""])[0] in ("sent", "pending")}
        return any(not deal.has_done(verb) for verb in waiting | (PARTS.keys() & live(deal.row)))

    def _transactions(self, deal: Deal, actions: tuple[str, ...]) -> tuple[TransactionView, ...]:
        notes = deal.row.notes
        sent, statuses = notes.get("transactions", {}), notes.get("statuses", {})
        wishes = notes.get("wishes", {})
        views = []
        for verb in {**sent, **wishes}:
            hash, wish = sent.get(verb, ""), wishes.get(verb, {})
            status = statuses.get(hash, ["sent" if hash else "waiting"])[0]
            if wish.get("given_up"):
                status = "given_up"
            trouble, rule = wish.get("trouble", ""), wish.get("rule", "")
            advice = troubles.advice(deal, verb, actions, self._world.now())
            views.append(TransactionView(verb, hash, status, trouble, rule, advice))
        return tuple(views)

    def _messages(self, deal: Deal, waiting: set[bytes]) -> tuple[MessageView, ...]:
        views = []
        for message in deal.state.messages:
            if message.id in deal.state.without_effect:
                continue
            body = KIND.fields.read(message.body)
            block = body.get(body["step"], {})
            delivered = message.id not in waiting
            expired = message.until <= self._world.now()
            views.append(
                MessageView(
                    id=id_to_text(message.id),
                    mine=message.author == self._world.me,
                    step=body["step"],
                    text=block.get("text", ""),
                    created=message.created,
                    delivered=delivered,
                    given_up=message.until if expired and not delivered else None,
                    data={k: block[k] for k in ("carrier", "tracking", "reason") if k in block},
                )
            )
        return tuple(views)

    def _review(self, row: OrderRow):
        review = self._own.of(row)
        return None if review is None else self._reviews.view(review)


def _payees(deal: Deal, total: Money) -> tuple[PayeeView, ...]:
    """Named as the offer names them; a referrer has no name."""
    if deal.terms is None or deal.state.facts.place is None:
        return ()
    names = [each["name"] for each in deal.body["offer"].get("payees", ())]
    shares = zip(deal.payees, deal.shared, strict=True)
    return tuple(
        PayeeView(
            address_to_text(to),
            bps,
            names[number] if number < len(names) else "",
            replace(total, amount=got),
        )
        for number, ((to, bps), got) in enumerate(shares)
    )


def _terms(terms: Terms | None) -> dict[str, Any] | None:
    if terms is None:
        return None
    return {
        name: ("" if value == NOBODY else address_to_text(value))
        if isinstance(value, bytes) and len(value) == 20
        else "0x" + value.hex()
        if isinstance(value, bytes)
        else value
        for name, value in asdict(terms).items()
    }


def _tracking(block: dict | None) -> dict[str, str]:
    if block is None:
        return {}
    names = {"carrier": "carrier", "tracking": "number"}
    return {names[key]: block[key] for key in names if key in block}


def _decline(block: dict | None) -> dict[str, str]:
    if block is None:
        return {}
    return {"reason": block["reason"], "text": block.get("text") or REASONS[block["reason"]]}
