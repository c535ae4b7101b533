"""Orders of both sides: what is stored of them, their state as a fold, and the messages that go back and forth."""

import logging
from collections.abc import Sequence
from typing import Any

from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.post import Post
from node.peer.world import RECORD_LIFETIME, World, short
from node.ports import OrderRow
from node.protocol import offers, orders, record
from node.protocol.commitment import decode_delivery, decode_lines
from node.protocol.encoding import id_to_text
from node.protocol.errors import Conflict, Ignored, NotFound, RuleError, Unavailable
from node.protocol.escrow import Terms, escrow_id
from node.protocol.kinds.order import KIND
from node.protocol.offers import Line
from node.protocol.order_state import BUYER, SELLER, OrderState
from node.protocol.record import Draft, Record
from node.protocol.registry import Extension

log = logging.getLogger("etal.deals")

MAX_OPEN_OF_ONE = 20
"""Orders of one persona that wait for money: who has more doesn't mean to buy."""

MAX_OPEN = 5_000
FORGOTTEN_AFTER = 600
"""Seconds after which a transaction that the chain doesn't know is taken for lost, so that one can pay again."""

MAX_MESSAGES = 512
"""Messages kept of one order."""


class Deal:
    """One order with everything that follows from what is stored of it. Made anew whenever it is looked at."""

    def __init__(self, row: OrderRow, listing: Record, body: dict, state: OrderState) -> None:
        self.row = row
        self.listing = listing
        self.body = body  # the cited edition, as read
        self.state = state

    @property
    def seller(self) -> bytes:
        return self.listing.author

    @property
    def place(self) -> dict:
        if self.state.facts.place is None:
            raise NotFound("order.place", "The order's first message is missing.")
        return self.state.facts.place

    @property
    def terms(self) -> Terms | None:
        return self.state.facts.terms

    @property
    def verbs(self) -> tuple[str, ...]:
        """What this node's side can do by the order's state alone."""
        return self.state.buyer if self.row.side == BUYER else self.state.seller


class Deals:
    """The orders of this node."""

    def __init__(self, world: World, ledger: Ledger, post: Post, views: ListingViews) -> None:
        self._world = world
        self._ledger = ledger
        self._post = post
        self._views = views

    # ---- reading

    def row(self, id: bytes) -> OrderRow:
        """Raises NotFound."""
        row = self._world.store.order(id)
        if row is None:
            raise NotFound("order.unknown", "This node has no such order.")
        return row

    def deal(self, row: OrderRow) -> Deal:
        """The order as it stands now."""
        raw = self._world.store.get(row.offer)
        if raw is None:
            raise NotFound("order.offer", "The listing that this order cites is missing.")
        listing, body = self._views.parse(raw)
        messages = self._world.store.messages(row.id)
        state = orders.fold(
            row.id,
            listing.author,
            messages,
            self._ledger.events(row.escrow_id),
            self._ledger.time(),
            account=body["offer"].get("escrow"),
            funding=self._is_funding(row),
        )
        return Deal(row, listing, body, state)

    def _is_funding(self, row: OrderRow) -> bool:
        hash = row.notes.get("transactions", {}).get("fund")
        if row.side != BUYER or hash is None:
            return False
        status, since = row.notes.get("statuses", {}).get(hash, ("sent", row.created))
        lost = status == "unknown" and self._world.now() > since + FORGOTTEN_AFTER
        return status != "failed" and not lost

    def lines(self, deal: Deal) -> tuple[Extension, list[Line], dict]:
        """(extension, lines, delivery block) of an order, as read."""
        registry = self._world.registry
        parts = deal.place["parts"]
        lines = decode_lines(parts["lines"], registry)
        extension = offers.extension_of(deal.body, lines, registry)
        return extension, lines, decode_delivery(parts["delivery"], extension)

    def all(self, side: str | None = None) -> list[OrderRow]:
        return self._world.store.orders(side)

    # ---- talking

    def say(
        self,
        deal: Deal,
        step: str,
        block: dict[str, Any],
        notes: dict[str, Any] | None = None,
        records: Sequence[Record] = (),
    ) -> Record:
        """Sign the next message of an order, and store it with its place in the outbox and all that belongs to it.

        `block` is as the kind reads it. Raises Unavailable where the other side can't be written to."""
        world = self._world
        last = deal.state.messages[-1]
        body = {"step": step, "order": deal.row.id, "prev": last.id, step: block}
        created = max(world.now(), last.created)
        draft = Draft("order", 1, KIND.fields.write(body), created, created + RECORD_LIFETIME)
        message = record.sign(draft, world.keyring.persona, world.settings.network)
        outgoing = self._post.seal(message, deal.row.counterparty, self._key_of(deal))
        world.store.update_order(
            deal.row.id, notes=notes, messages=[message], outgoing=[outgoing], records=records
        )
        self.changed(deal.row.id)
        self._post.hurry()
        return message

    def _key_of(self, deal: Deal) -> bytes:
        if deal.row.side == SELLER and "reply_key" in deal.place:
            return deal.place["reply_key"]
        return self.key_of(deal.row.counterparty)

    def key_of(self, persona: bytes) -> bytes:
        """The X25519 key to write to a persona with. Raises Unavailable where no profile tells one."""
        profile = self._world.store.latest("profile", persona)
        keys = [] if profile is None or profile.gone else profile.body.get("encryption", [])
        valid = [entry for entry in keys if entry["until"] > self._world.now()]
        if not valid:
            raise Unavailable(
                "order.no_key",
                "This node doesn't know yet how to write to the seller. Try again once it is connected.",
            )
        return max(valid, key=lambda entry: entry["until"])["key"]

    def changed(self, id: bytes) -> None:
        """Tell the pages."""
        self._world.changes.tell("order", id_to_text(id))

    # ---- hearing

    def take(self, message: Record, body: dict) -> None:
        """Store a message of the other side. Raises Ignored or Rejected where it isn't taken, and no receipt is given."""
        row = self._world.store.order(body["order"])
        if row is None:
            self._take_new(message, body)
        elif message.author != row.counterparty:
            raise Ignored("order.stranger", "a message by someone who isn't part of the order")
        elif len(self._world.store.messages(row.id)) >= MAX_MESSAGES:
            raise Ignored("order.messages", f"an order has at most {MAX_MESSAGES} messages")
        else:
            self._world.store.update_order(row.id, messages=[message])
            if "place" in body:
                self._post.remember_route(row.counterparty, body["place"]["nodes"])
        self.changed(body["order"])

    def _take_new(self, message: Record, body: dict) -> None:
        world = self._world
        if body["step"] != "place":
            raise Ignored("order.unknown", "a message of an order that is not known here")
        place = body["place"]
        raw = world.store.get(place["parts"]["offer"])
        if raw is None:
            raise Ignored("order.offer", "an order of something that is not known here")
        listing, offered = self._views.parse(raw)
        if listing.author != world.me:
            raise Ignored("order.offer", "an order of something that isn't ours")
        offers.check_terms(offered, listing.id, place, message.created, world.registry)
        self._check_room(message.author)
        id = self._escrow_id(place, body["order"], offered)
        row = OrderRow(
            id=body["order"],
            side=SELLER,
            offer=listing.id,
            counterparty=message.author,
            escrow_id=id,
            created=world.now(),
        )
        self._post.remember_route(message.author, place["nodes"])
        world.store.pin(raw, listing.id)
        world.store.add_order(row, message, None)
        log.info("order %s placed", short(row.id))

    def _escrow_id(self, place: dict, order: bytes, offered: dict) -> bytes | None:
        if "terms" not in place:
            return None
        escrow = self._world.escrow
        if escrow is None or offered["offer"]["escrow"] != self._views.escrow_account:
            raise Ignored("order.chain", "an order on a chain that this node doesn't follow")
        return escrow_id(offers.terms_of(place["terms"], order), escrow.chain_id, escrow.contract)

    def _check_room(self, buyer: bytes) -> None:
        waiting = [row for row in self.all(SELLER) if not self._ledger.events(row.escrow_id)]
        if (
            len(waiting) >= MAX_OPEN
            or sum(r.counterparty == buyer for r in waiting) >= MAX_OPEN_OF_ONE
        ):
            raise Ignored("order.quota", "too many orders wait for their payment")


def need(deal: Deal, verb: str) -> None:
    """Raise Conflict unless this side can do this now."""
    if verb not in deal.verbs:
        raise Conflict(
            "order.verb",
            f"{verb.replace('_', ' ').capitalize()} isn't possible: the order is {deal.state.stage}.",
        )


def routes(deals: Deals, post: Post) -> None:
    """After a start: where the buyers of known orders take their mail."""
    for row in deals.all(SELLER):
        try:
            post.remember_route(row.counterparty, deals.deal(row).place["nodes"])
        except (NotFound, RuleError) as fault:
            log.warning("order %s: %s", short(row.id), fault)
