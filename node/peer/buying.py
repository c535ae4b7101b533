"""The buyer's side of orders: place, pay, release, take back; by the node's wallet or by one in the browser."""

from collections.abc import Iterable
from typing import Any

from node.peer.agenda import Agenda
from node.peer.arbiters import Arbiters
from node.peer.campaign_book import Campaign, CampaignBook
from node.peer.deal import Deal, need
from node.peer.deals import Deals
from node.peer.funds import need_price
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.post import Post
from node.peer.signing import signed
from node.peer.wishes import APPROVE, Wishes
from node.peer.world import RECORD_LIFETIME, World
from node.ports import Escrow, OrderRow, Outgoing, Transaction
from node.protocol import keys, offers
from node.protocol.commitment import PARTS, commitment, encode_delivery, encode_lines
from node.protocol.errors import Conflict, InputError, NotFound, Unavailable
from node.protocol.escrow import NOBODY, Terms, escrow_id
from node.protocol.kinds.order import KIND
from node.protocol.offers import Line
from node.protocol.order_state import BUYER, Talk
from node.protocol.patterns import address_to_text
from node.protocol.record import Draft, Record

OBSTACLES = {
    "sold_out": "This has just been sold.",
    "withdrawn": "The seller has taken this off the market.",
    "expired": "This offer is over.",
    "mine": "This is your own listing.",
    "extension": "This node doesn't know this kind of thing, so it can't order it.",
    "chain": "This is paid on a chain or through an escrow that your node doesn't use.",
    "asset": "This is paid in an asset that your node doesn't know.",
    "campaign": "This is a pre-order, and no campaign that your node knows takes pledges for it now.",
}


REMIND_EVERY = 3_600
"""Seconds between two copies of a paid order that isn't answered. Why: docs/decisions/a-paid-order-is-sent-until-it-is-answered.md"""


class Buying:
    """What a buyer does."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        wishes: Wishes,
        post: Post,
        views: ListingViews,
        agenda: Agenda,
        arbiters: Arbiters,
        book: CampaignBook,
    ) -> None:
        self._world = world
        self._book = book
        self._agenda = agenda
        self._arbiters = arbiters
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._post = post
        self._views = views

    def quote(
        self, listing_id: bytes, lines: list[dict], delivery: dict, asset: str | None
    ) -> offers.Quote:
        """What an order would cost. Raises InputError naming the field."""
        _, listing, body = self._offer(listing_id)
        return self._parts(body, lines, delivery, self._pledged_in(listing, body) or asset)[3]

    def place(
        self,
        listing_id: bytes,
        lines: list[dict],
        delivery: dict,
        asset: str | None,
        account: bytes | None,
        text: str = "",
        referrer: bytes | None = None,
        arbiter: str | None = None,
    ) -> bytes:
        """Order something; returns the order's id. `lines` and `delivery` are JSON-shaped, `account` is who will pay, `referrer`
        the account that gets the share which the offer leaves to whoever sent its buyer, `arbiter` as `Arbiters.choice` takes it.

        The persona signs silently; nothing is paid yet. Raises InputError, Conflict (can't be bought), Unavailable."""
        given = (listing_id, lines, delivery, asset, account, text, referrer, arbiter)
        placed = self.prepared(*given)
        self._world.store.add_order(*placed)
        self.opened([placed[0].id])
        return placed[0].id

    def prepared(
        self,
        listing_id: bytes,
        lines: list[dict],
        delivery: dict,
        asset: str | None,
        account: bytes | None,
        text: str = "",
        referrer: bytes | None = None,
        arbiter: str | None = None,
    ) -> tuple[OrderRow, Record, Outgoing]:
        """What `place` stores. The edition is kept from now on; nothing else has changed."""
        world = self._world
        raw, listing, body = self._offer(listing_id)
        view = self._views.current(listing)
        if not view.buyable:
            raise Conflict(f"listing.{view.obstacle}", OBSTACLES.get(view.obstacle, view.obstacle))
        campaign = self._campaign(listing, body)
        asset = self._pledged_in(listing, body) or asset
        extension, read, block, quote = self._parts(body, lines, delivery, asset)
        self._views.need_left(listing, extension, read)
        seller_key = self._deals.key_of(listing.author)
        review_seed = world.random()
        parts = {
            "buyer": world.me,
            "delivery": encode_delivery(block, extension),
            "lines": encode_lines(read, world.registry),
            "offer": listing_id,
            "review": keys.SigningKey(review_seed).public,
        }
        salts = {name: world.random() for name in PARTS}
        order = commitment(parts, salts)
        reply_key, nodes = self._post.reply_address()
        place: dict[str, Any] = {
            "parts": parts,
            "salts": salts,
            "nodes": nodes,
            "reply_key": reply_key,
        }
        if text.strip():
            place["text"] = text.strip()
        on_chain = None
        now = world.now()
        if offers.needs_escrow(body, quote):
            referred = _referrer(body, referrer)
            decides = self._arbiters.choice(body, arbiter, account)
            terms = self._terms(body, quote, account, order, now, referred, decides)
            place |= {"referrer": referred} if referred else {}
            place["terms"] = offers.block_of_terms(terms)
            place["fund_by"] = offers.fund_by(body, now)
            on_chain = escrow_id(terms, world.escrow.chain_id, world.escrow.contract)
        notes = {}
        if campaign is not None:
            if account is None or account == NOBODY:
                raise InputError("order.account", "Connect the wallet that will pay.", "account")
            notes = {"campaign": campaign.id.hex(), "account": address_to_text(account)}
            self._book.join(campaign)
        message = self._sign(place, order, now)
        row = OrderRow(
            id=order,
            side=BUYER,
            offer=listing_id,
            counterparty=listing.author,
            escrow_id=on_chain,
            created=now,
            secret={"review": review_seed},
            notes=notes,
        )
        world.store.pin(raw, listing_id)
        return row, message, self._post.seal(message, listing.author, seller_key)

    def opened(self, orders: Iterable[bytes]) -> None:
        """These have just been stored."""
        self._post.hurry()
        for order in orders:
            self._agenda.open(order)
            self._deals.changed(order)

    def line(self, body: dict, line: dict) -> dict:
        """A line of an order of this edition, JSON-shaped and checked. Raises InputError naming its field, Conflict."""
        known = self._views.extensions(body)
        if not known:
            raise Conflict("listing.extension", OBSTACLES["extension"])
        extension, block = known[0]
        fields = extension.order_fields(block)
        read = fields.from_json(line)
        extension.price(block, read, body["price"]["amount"])  # raises for what isn't sold
        return fields.to_json(read)

    def _campaign(self, listing: Record, body: dict) -> Campaign | None:
        """Where this edition is pledged to, if it is a pre-order. Raises Conflict where nothing takes pledges for it."""
        if not body["offer"].get("preorder"):
            return None
        campaign = self._book.taking(listing)
        if campaign is None:
            raise Conflict("listing.campaign", OBSTACLES["campaign"])
        return campaign

    def _pledged_in(self, listing: Record, body: dict) -> str | None:
        """The asset of its campaign."""
        campaign = self._campaign(listing, body)
        return campaign.body["asset"] if campaign else None

    def _offer(self, id: bytes) -> tuple[bytes, Record, dict]:
        try:
            return self._views.held(id)
        except NotFound as fault:
            raise InputError("order.listing", str(fault), "listing") from None

    def _parts(self, body: dict, lines: list[dict], delivery: dict, asset: str | None):
        known = self._views.extensions(body)
        if not known:
            raise Conflict("listing.extension", OBSTACLES["extension"])
        extension = known[0][0]
        read = []
        for number, line in enumerate(lines):
            try:
                read.append(Line(extension.id, extension.order.from_json(line)))
            except InputError as fault:
                raise InputError(
                    fault.rule, fault.message, f"lines.{number}.{fault.field}"
                ) from None
        try:
            block = extension.delivery.from_json(delivery)
        except InputError as fault:
            raise InputError(fault.rule, fault.message, f"delivery.{fault.field}") from None
        if (
            asset is None
            and body["offer"].get("accepts")
            and not body["offer"].get("on_collection")
        ):
            payable = self._views.pay_with(body)
            if not payable:
                raise Conflict("listing.asset", OBSTACLES["asset"])
            asset = payable[0].unit
        quote = offers.total(body, read, block, asset, self._world.registry)
        return extension, read, block, quote

    def _terms(
        self,
        body: dict,
        quote: offers.Quote,
        account: bytes | None,
        order: bytes,
        now: int,
        referrer: dict | None,
        arbiter: bytes,
    ) -> Terms:
        escrow = self._world.escrow
        if escrow is None or body["offer"].get("escrow") != self._views.escrow_account:
            raise Conflict("listing.chain", OBSTACLES["chain"])
        if quote.asset not in self._views.tokens:
            raise Conflict("listing.asset", OBSTACLES["asset"])
        if account is None or account == NOBODY:
            raise InputError("order.account", "Connect the wallet that will pay.", "account")
        return offers.terms_for(body, quote, account, order, now, referrer, arbiter)

    def _sign(self, place: dict, order: bytes, now: int) -> Record:
        body = KIND.fields.write({"step": "place", "order": order, "place": place})
        draft = Draft("order", 1, body, now, now + RECORD_LIFETIME)
        return signed(self._world, draft)

    def cancel(self, id: bytes, text: str = "") -> None:
        """Take an order back. Raises Conflict where a payment is known, on the chain or under way.

        One that isn't known yet goes back by itself if it comes after this, and stands if it was there before."""
        deal = self._deals.deal(self._deals.row(id))
        need(deal, "cancel")
        block = {"text": text.strip()} if text.strip() else {}
        self._deals.say(deal, "cancel", block, self._wishes.drop(deal.row, "fund"))

    def reminder(self, deal: Deal) -> int | None:
        """When the seller is sent this order once more; None where nothing is paid, or an answer has come."""
        pledged = deal.row.notes.get("pledge", {}).get("stage") in ("reached", "paid")
        waits = (deal.state.facts.open or pledged) and deal.state.talk is Talk.PLACED
        if deal.row.side != BUYER or not waits:
            return None
        return deal.row.notes.get("reminded", deal.row.created) + REMIND_EVERY

    def remind(self, deal: Deal) -> None:
        """Send a paid order again where that is due: its receipt is older than the data of a seller who began anew."""
        due, now = self.reminder(deal), self._world.now()
        if due is None or due > now:
            return
        self._world.store.update_order(
            deal.row.id, notes={"reminded": now}, outgoing=self._copy(deal, now)
        )
        self._post.hurry()

    def _copy(self, deal: Deal, now: int) -> list[Outgoing]:
        """The order sealed anew; nothing while it is in the mail, or where it can't be sent."""
        first, row = deal.state.messages[0], deal.row
        if first.id in self._world.store.undelivered(row.id) or first.until <= now:
            return []
        try:
            key = self._deals.key_of(row.counterparty)
        except Unavailable:
            return []
        return [self._post.seal(first, row.counterparty, key)]

    # ---- by the node's own wallet

    def by_node(self, id: bytes, verb: str) -> None:
        """Wish that the node's wallet does this: fund, release, take_back, timeout. Raises Conflict where it isn't the payer."""
        deal = self._deals.deal(self._deals.row(id))
        need(deal, verb)
        if verb != "timeout" and not self._ledger.pays(deal.terms):
            raise Conflict(
                "order.wallet",
                "Another wallet pays for this order: do it on the page, where that wallet is connected.",
            )
        self._world.store.update_order(id, notes=self._wishes.ask(deal.row, verb))
        self._deals.changed(id)

    async def funding(self, deal: Deal) -> tuple[str, Transaction]:
        """What the node's own wallet has to send next to fund an order: approve, then fund.

        Raises Conflict when it's too late, or needless."""
        escrow, terms = self._world.escrow, deal.terms
        self.need_open(deal)
        await need_price(escrow, terms)
        if (
            terms.token != NOBODY
            and await escrow.allowance(terms.buyer, terms.token) < terms.amount
        ):
            return APPROVE, escrow.approve(terms.token, terms.amount)
        return "fund", escrow.fund(terms, deal.payees)

    def need_open(self, deal: Deal) -> None:
        """Raise Conflict when it's too late to pay, or needless."""
        if deal.state.money is not None:
            # given back, it could be paid a second time
            raise Conflict("order.paid", "This order was paid already.")
        if deal.state.talk is Talk.CANCELLED:
            raise Conflict("order.cancelled", "You have cancelled this order meanwhile.")
        if deal.state.talk is not Talk.PLACED:
            raise Conflict("order.declined", "The seller has declined this order meanwhile.")
        if self._ledger.time() > (deal.state.facts.fund_by or 0):
            raise Conflict("order.late", "The time to pay for this order is over.")


def _referrer(body: dict, account: bytes | None) -> dict | None:
    """As the order names it. Raises InputError where the offer leaves nothing to a referrer."""
    if account is None:
        return None
    share = body["offer"].get("referral_bps")
    if share is None:
        raise InputError("offer.referrer", "This offer leaves nothing to a referrer.", "referrer")
    return {"to": account, "bps": share}


def take_back(escrow: Escrow, deal: Deal) -> Transaction:
    """The buyer's way to money that nobody earns: the seller's signed refund where one stands, else by the deadline."""
    refund, signature = deal.state.facts.refund, deal.state.facts.refund_signature
    if refund is None or signature is None:
        return escrow.timeout(deal.terms, deal.payees)
    return escrow.settle(deal.terms, refund, deal.payees, seller=signature)
