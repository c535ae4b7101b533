"""Orders of both sides: what is stored of them, their state as a fold, and the messages that go back and forth."""

import logging
from collections.abc import Sequence
from typing import Any

from node.peer import unpaid
from node.peer.agenda import Agenda
from node.peer.deal import Deal
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.post import Post
from node.peer.signing import signed
from node.peer.unpaid import Unpaid
from node.peer.wishes import is_lost
from node.peer.world import RECORD_LIFETIME, World, short
from node.ports import OrderRow
from node.protocol import offers, orders
from node.protocol.commitment import decode_delivery, decode_lines
from node.protocol.encoding import id_to_text
from node.protocol.errors import Conflict, Ignored, InputError, NotFound, Unavailable
from node.protocol.escrow import escrow_id
from node.protocol.kinds.order import KIND
from node.protocol.offers import Line
from node.protocol.order_state import BUYER, SELLER
from node.protocol.record import Draft, Record
from node.protocol.registry import Extension

log = logging.getLogger("etal.deals")

KEPT_FOR_STEPS = 16
"""Messages, of those that count, that one side keeps for steps and refunds: notes can't use them up."""

UNPAID_KEPT = 7 * 86_400
"""Seconds after the promised time for which a seller keeps an order that nobody has paid."""

ALL = 2**40
"""A limit, or a time, beyond all that there is."""


class Deals:
    """The orders of this node."""

    def __init__(
        self, world: World, agenda: Agenda, ledger: Ledger, post: Post, views: ListingViews
    ) -> None:
        self._world = world
        self._agenda = agenda
        self._ledger = ledger
        self._post = post
        self._views = views
        self._unpaid = Unpaid()

    # ---- reading

    def row(self, id: bytes) -> OrderRow:
        """Raises NotFound."""
        row = self._world.store.order(id)
        if row is None:
            raise NotFound("order.unknown", "This node has no such order.")
        return row

    def deal(self, row: OrderRow) -> Deal:
        """The order as it stands now."""
        _, listing, body = self._views.held(row.offer)
        messages = self._world.store.messages(row.id)
        account = body["offer"].get("escrow")
        events = self._world.store.events(account, row.escrow_id) if row.escrow_id else []
        state = orders.fold(
            row.id,
            listing.author,
            messages,
            events,
            self._ledger.time(),
            account=account,
            funding=self._is_funding(row),
            vouched={bytes.fromhex(id) for id in row.notes.get("vouched", ())},
        )
        return Deal(row, listing, body, state, events, account == self._views.escrow_account)

    def _is_funding(self, row: OrderRow) -> bool:
        return row.side == BUYER and self.is_sent(row, "fund")

    def is_sent(self, row: OrderRow, verb: str) -> bool:
        """Whether a transaction for this was sent, and isn't lost."""
        hash = row.notes.get("transactions", {}).get(verb)
        if hash is None:
            return False
        status, since = row.notes.get("statuses", {}).get(hash, ("sent", row.created))
        return not is_lost(verb, status, since, self._world.now())

    def lines(self, deal: Deal) -> tuple[Extension, list[Line], dict]:
        """(extension, lines, delivery block) of an order, as read."""
        registry = self._world.registry
        parts = deal.place["parts"]
        lines = decode_lines(parts["lines"], registry)
        extension = offers.extension_of(deal.body, lines, registry)
        return extension, lines, decode_delivery(parts["delivery"], extension)

    def all(self, side: str | None = None) -> list[OrderRow]:
        """Newest first."""
        return self._world.store.orders(side, ALL)

    def expect(self, deal: Deal) -> None:
        """A seller's: remember the way to the buyer, and that money may come."""
        self._post.remember_route(deal.row.counterparty, deal.place["nodes"])
        if deal.state.money is None and deal.followed:
            self._unpaid.expect(deal.row, deal.state.facts.fund_by)

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

        `block` is as the kind reads it. Raises InputError naming its field where the other side would refuse it, Conflict where one
        more would have no effect, Unavailable where they can't be written to."""
        world = self._world
        self._need_room(deal, step)
        last = deal.state.messages[-1]
        if deal.row.side == SELLER:
            self._post.remember_route(deal.row.counterparty, deal.place["nodes"])
        body = {"step": step, "order": deal.row.id, "prev": last.id, step: block}
        created = max(world.now(), last.created)
        draft = Draft("order", 1, KIND.fields.write(body), created, created + RECORD_LIFETIME)
        message = _signed_as_step(world, draft, step)
        outgoing = self._post.seal(message, deal.row.counterparty, self._key_of(deal))
        world.store.update_order(
            deal.row.id, notes=notes, messages=[message], outgoing=[outgoing], records=records
        )
        self.changed(deal.row.id)
        self._post.hurry()
        return message

    def _need_room(self, deal: Deal, step: str) -> None:
        most = orders.MAX_MESSAGES - (KEPT_FOR_STEPS if step == "note" else 0)
        if sum(each.author == self._world.me for each in deal.state.messages) >= most:
            raise Conflict("order.messages", "No more messages fit into this order.")

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
        """Tell the pages, and have the order looked at."""
        self._agenda.touch(id)
        self.tell(id)

    def tell(self, id: bytes) -> None:
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
        else:
            self._take_next(row, message, body)
        self.changed(body["order"])

    def _take_next(self, row: OrderRow, message: Record, body: dict) -> None:
        known = [
            each for each in self._world.store.messages(row.id) if each.author == message.author
        ]
        if any(each.id == message.id for each in known):
            return  # its receipt was lost
        serious = self._is_serious(row)
        most = orders.MAX_MESSAGES if serious else unpaid.MAX_MESSAGES
        if len(known) >= most:
            raise Ignored("order.messages", f"one side has at most {most} messages now")
        size = sum(len(each.raw) for each in (*known, message))
        if not serious and size > unpaid.MAX_BYTES:
            raise Ignored("order.messages", "so long messages wait until the order is paid")
        if "place" in body:
            # placed again with other terms, the money that this order waits for would not be what its messages say
            _, listing, offered = self._views.held(row.offer)
            self._check_place(listing, offered, message, body)
            if self._escrow_id(body["place"], body["order"], offered) != row.escrow_id:
                raise Ignored("order.terms", "the terms of an order don't change")
            self._post.remember_route(row.counterparty, body["place"]["nodes"])
        self._world.store.update_order(row.id, messages=[message])

    def _is_serious(self, row: OrderRow) -> bool:
        """Whether something was paid or pledged, or this side has answered: until then a stranger gets little room on our disk."""
        if row.side == BUYER or self._ledger.events(row.escrow_id) or row.notes.get("pledge"):
            return True
        # that a signature wasn't good is no answer: strangers get one for anything
        return any(
            each.author == self._world.me and each.body["step"] != "refuse"
            for each in self._world.store.messages(row.id)
        )

    def _check_place(self, listing: Record, offered: dict, message: Record, body: dict) -> None:
        offers.check_terms(
            offered, listing.id, body["place"], message.created, self._world.registry
        )

    def _take_new(self, message: Record, body: dict) -> None:
        world = self._world
        if body["step"] != "place":
            raise Ignored("order.unknown", "a message of an order that is not known here")
        place = body["place"]
        try:
            raw, listing, offered = self._views.held(place["parts"]["offer"])
        except NotFound:
            raise Ignored("order.offer", "an order of something that is not known here") from None
        if listing.author != world.me:
            raise Ignored("order.offer", "an order of something that isn't ours")
        self._check_place(listing, offered, message, body)
        id = self._escrow_id(place, body["order"], offered)
        if not self._ledger.events(
            id
        ):  # who has paid already needs none of the room for those who haven't
            self._make_room()
            self._unpaid.check_room(message.author, world.now())
        row = OrderRow(
            id=body["order"],
            side=SELLER,
            offer=listing.id,
            counterparty=message.author,
            escrow_id=id,
            created=world.now(),
        )
        world.store.pin(raw, listing.id)
        world.store.add_order(row, message, None)
        self._agenda.open(row.id)
        self.expect(self.deal(row))
        log.info("order %s placed", short(row.id))

    def _escrow_id(self, place: dict, order: bytes, offered: dict) -> bytes | None:
        if "terms" not in place:
            return None
        escrow = self._world.escrow
        if escrow is None or offered["offer"]["escrow"] != self._views.escrow_account:
            raise Ignored("order.chain", "an order on a chain that this node doesn't follow")
        return escrow_id(offers.terms_of(place["terms"], order), escrow.chain_id, escrow.contract)

    def _make_room(self) -> None:
        """Forget one that nobody has paid or answered where there are too many; none before the contract itself has said so."""
        if not self._unpaid.is_full:
            return
        for id, waiting in self._unpaid.overdue(self._world.now()):
            if not self._ledger.is_unpaid(waiting.escrow_id, waiting.until):
                continue
            row = self._world.store.order(id)
            if row is not None and not self._is_serious(row):
                return self.forget(row)
            self._unpaid.drop(id)

    def forget(self, row: OrderRow) -> None:
        """Nobody needs this order any more."""
        self._world.store.forget_order(row.id)
        self.leave(row)
        self._unpaid.drop(row.id)
        log.info("order %s was never paid and is forgotten", short(row.id))

    def forget_unpledged(self, offer: bytes) -> None:
        """The campaign for this edition is long over: forget the orders of it that nobody has pledged for or answered."""
        for row in self.all(SELLER):
            if row.offer == offer and not self._is_serious(row):
                self.forget(row)

    def leave(self, row: OrderRow) -> None:
        """Look at it no more, unless something happens to it."""
        self._agenda.close(row.id)
        self._ledger.forget_unpaid(row.escrow_id)

    def is_forgettable(self, deal: Deal) -> bool:
        """Whether a seller needs this order no longer: it wasn't paid in time, and its buyer's address is none of our business."""
        fund_by, terms = deal.state.facts.fund_by, deal.terms
        if deal.row.side != SELLER or deal.state.money is not None or terms is None:
            return False
        # the contract takes the payment until ship_by, whatever the buyer has promised
        too_late = max(fund_by or 0, terms.ship_by) + UNPAID_KEPT
        return self._ledger.has_passed(too_late) and self._ledger.is_unpaid(
            deal.row.escrow_id, too_late
        )

    def paid(self, id: bytes) -> None:
        """The chain knows this order: it waits for its payment no longer."""
        self._unpaid.drop(id)


def _signed_as_step(world: World, draft: Draft, step: str) -> Record:
    """Raises InputError naming the field of the step's block."""
    try:
        return signed(world, draft)
    except InputError as fault:
        field = fault.field.removeprefix(f"{step}.") if fault.field else None
        raise InputError(fault.rule, fault.message, field) from None
