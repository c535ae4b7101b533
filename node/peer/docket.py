"""The cases of an arbiter as a person sees them: from the chain and what was shown to views."""

import logging
from dataclasses import replace

from node.peer.case_views import CasePage, CaseView
from node.peer.deals import Deals
from node.peer.hearing import Hearing
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.showing import shown
from node.peer.views import Money, PersonaView, ShownView, TransactionView
from node.peer.wishes import live
from node.peer.world import World, short
from node.ports import CaseRow
from node.protocol import cases
from node.protocol.cases import Order
from node.protocol.commitment import decode_delivery, decode_lines
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, InputError, NotFound, RuleError, Unavailable
from node.protocol.escrow import (
    NO_PAYEES,
    Delivered,
    Disputed,
    EscrowEvent,
    How,
    Payee,
    Pot,
    State,
    payees_hash,
    split,
)
from node.protocol.kinds.case import KIND
from node.protocol.order_state import BUYER, SELLER
from node.protocol.patterns import HEX, address_to_text
from node.protocol.record import Record
from node.protocol.sharing import payees_of
from node.protocol.units import asset_token

log = logging.getLogger("etal.cases")

MAX_CASES = 1_000
"""Cases that are looked through: those that hold money first, of each token that this node knows the largest first. So whoever opens many
to hide one must put as much as that one holds into each of them, and leave it there."""

OPEN = (State.DISPUTED, State.CONTESTED)
RULE = "rule"


class OfCases:
    """Where the wishes of cases are noted."""

    def __init__(self, world: World) -> None:
        self._world = world

    def row(self, id: bytes) -> CaseRow:
        return self._world.store.case(id) or CaseRow(id)

    def write(self, notes: dict[bytes, dict]) -> None:
        for id, changed in notes.items():
            self._world.store.update_case(id, notes=changed)
            self._world.changes.tell("case", "0x" + id.hex())


class Docket:
    """Disputes that name this node's account."""

    def __init__(
        self, world: World, deals: Deals, ledger: Ledger, views: ListingViews, hearing: Hearing
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._views = views
        self._hearing = hearing
        self.book = OfCases(world)

    def all(self) -> CasePage:
        """Those to be decided first, the one whose time ends first before the others."""
        ids = self._ids()
        views = sorted(map(self._view, ids), key=lambda each: (each.stage != "open", each.until))
        return CasePage(tuple(views), cut=len(ids) >= MAX_CASES)

    def waiting(self) -> int:
        """How many are to be decided, and no decision is on its way."""
        return sum(self._is_waiting(id) for id in self._ids())

    def _is_waiting(self, id: bytes) -> bool:
        return self.stage(self.pot(id)) == "open" and RULE not in live(self.book.row(id))

    def view(self, id: bytes) -> CaseView:
        """Raises NotFound."""
        self.pot(id)
        return self._view(id)

    def named(self, text: str) -> bytes:
        """The case whose id this is, whole or its beginning. Raises NotFound, or InputError "case.several"."""
        wanted = text.lower().removeprefix("0x")
        if len(wanted) == 64 and HEX.fullmatch(f"0x{wanted}"):
            self.pot(bytes.fromhex(wanted))  # also one that isn't looked through
            return bytes.fromhex(wanted)
        found = [id for id in self._ids() if id.hex().startswith(wanted)] if wanted else []
        if not found:
            raise NotFound("case.unknown", "This node decides no such case.")
        if len(found) > 1:
            raise InputError("case.several", f"Several cases begin with {text}: give more of it.")
        return found[0]

    def _ids(self) -> list[bytes]:
        escrow = self._world.escrow
        if escrow is None or escrow.wallet is None:
            return []
        account = bytes.fromhex(escrow.wallet[2:])
        known = [asset_token(asset) for asset in self._views.tokens]
        return self._world.store.disputed(self._ledger.account, account, MAX_CASES, known)

    def is_ours(self, id: bytes) -> bool:
        """Whether this is a dispute that this node's account decides."""
        pot = self._hearing.disputed(id)
        return pot is not None and self._ledger.owns(pot.terms.arbiter)

    def pot(self, id: bytes) -> Pot:
        pot = self._hearing.disputed(id)
        if pot is None or not self._ledger.owns(pot.terms.arbiter):
            raise NotFound("case.unknown", "This node decides no such case.")
        return pot

    def _view(self, id: bytes) -> CaseView:
        pot, events = self.pot(id), self._ledger.events(id)
        terms, store = pot.terms, self._world.store
        asked = next(each for each in events if isinstance(each, Disputed))
        records = store.case_records(id)
        order = self.order(pot, records)
        sent = self._was_sent(events)
        held = self.money(pot, pot.held or terms.amount)
        bare = replace(terms, payees=NO_PAYEES)
        state = State.CONTESTED if sent else State.DISPUTED
        silence = split(bare, held.amount, "timeout", state=state)
        fee = split(bare, held.amount, RULE, state=state).to_arbiter
        stage = self.stage(pot)
        lines, delivery = self._ordered(order)
        wished = live(self.book.row(id))
        decides = stage == "open" and RULE not in wished
        reachable = self.reachable(order, records)
        return CaseView(
            id="0x" + id.hex(),
            stage=stage,
            chain=self._ledger.chain,
            contract=address_to_text(self._world.escrow.contract),
            held=held,
            fee=replace(held, amount=fee),
            by=BUYER if asked.by == terms.buyer else SELLER,
            until=asked.until,
            sent=sent,
            silence={
                BUYER: replace(held, amount=silence.to_buyer),
                SELLER: replace(held, amount=silence.to_seller),
            },
            paid_out={name: getattr(pot, f"to_{name}") for name in (BUYER, SELLER, "arbiter")},
            accounts={
                name: address_to_text(getattr(terms, name)) for name in (BUYER, SELLER, "payout")
            },
            buyer=self._persona(order.buyer if order else None),
            seller=self._persona(order.seller if order else None),
            seller_proven=self._is_seller_proven(order),
            title=order.listing.body["title"] if order and order.listing else "",
            listing=id_to_text(order.parts["offer"]) if order and order.listing else "",
            lines=lines,
            delivery=delivery,
            shown=self._shown(id, order, records),
            transactions=self._transactions(id),
            actions=(*((RULE,) if decides else ()), *(("write",) if reachable else ())),
            reachable=reachable,
            payees_known=self.payees(pot, order) is not None,
            assurance=self._ledger.assurance(events)[0],
        )

    @staticmethod
    def _was_sent(events: list[EscrowEvent]) -> bool:
        asked = next(n for n, each in enumerate(events) if isinstance(each, Disputed))
        return any(isinstance(each, Delivered) for each in events[:asked])

    def stage(self, pot: Pot) -> str:
        if pot.state in OPEN:
            return "silent" if self._ledger.time() >= pot.until else "open"
        how = pot.last.how if pot.last else None
        return {How.RULING: "ruled", How.TIMEOUT: "lapsed"}.get(how, "settled")

    def money(self, pot: Pot, amount: int) -> Money:
        tokens = self._views.tokens
        asset = next((each for each in tokens if asset_token(each) == pot.terms.token), None)
        named = f"{self._ledger.chain}/erc20:0x{pot.terms.token.hex()}"
        return self._views.money(amount, asset or named)

    def order(self, pot: Pot, records: list[Record]) -> Order | None:
        """What the parties have proven of the order; None until one has. What each opened counts for both: it is one commitment."""
        found: Order | None = None
        for each in records:
            body = KIND.fields.read(each.body)
            if "proof" not in body:
                continue
            try:
                order = self._hearing.order(pot, body, records)
            except RuleError:
                continue
            parts = {**(found.parts if found else {}), **order.parts}
            found = replace(order, parts=parts, listing=order.listing or (found and found.listing))
        return found

    def _ordered(self, order: Order | None) -> tuple[tuple[dict, ...], dict]:
        """(lines, delivery) as far as they were opened and can be read, JSON-shaped."""
        registry = self._world.registry
        lines: tuple[dict, ...] = ()
        delivery: dict = {}
        if order is None:
            return lines, delivery
        try:
            if "lines" in order.parts:
                read = decode_lines(order.parts["lines"], registry)
                extension = registry.extension(read[0].extension)
                lines = tuple(extension.order.to_json(each.block) for each in read)
            if "delivery" in order.parts and order.listing is not None:
                body = self._views.body(order.listing)
                extension = self._views.extensions(body)[0][0]
                delivery = extension.delivery.to_json(
                    decode_delivery(order.parts["delivery"], extension)
                )
        except (EtalError, LookupError) as fault:
            log.info("what was ordered can't be read: %s", fault)
        return lines, delivery

    def _persona(self, persona: bytes | None) -> PersonaView | None:
        return None if persona is None else self._views.persona(persona)

    def _is_seller_proven(self, order: Order | None) -> bool:
        if order is None or order.seller is None:
            return False
        account = f"{self._ledger.chain}:{address_to_text(order.terms.seller)}"
        return account in self._views.accounts(order.seller)

    def payees(self, pot: Pot, order: Order | None) -> tuple[Payee, ...] | None:
        """Who shares the seller's side; None where that isn't known yet."""
        if pot.terms.payees == NO_PAYEES:
            return ()
        if order is None or order.listing is None:
            return None
        offer = self._views.body(order.listing)["offer"]
        payees = payees_of(offer, order.referrer)
        return payees if payees_hash(payees) == pot.terms.payees else None

    def _shown(
        self, id: bytes, order: Order | None, records: list[Record]
    ) -> tuple[ShownView, ...]:
        sides = {}
        messages: dict[bytes, Record] = {}
        if order is not None:
            sides = {order.buyer: BUYER} | ({order.seller: SELLER} if order.seller else {})
            network, registry = self._world.settings.network, self._world.registry
            for raw in [each.body["message"] for each in records if "message" in each.body]:
                try:
                    message = cases.check_message(raw, order, network, registry)
                    messages[message.id] = message
                except RuleError as fault:
                    log.info("a message of case %s isn't shown: %s", short(id), fault)
        waiting = self._world.store.case_undelivered(id) if records else set()
        seller = order.seller if order else None
        return shown(records, waiting, sides, self._world.me, seller, messages)

    def _transactions(self, id: bytes) -> tuple[TransactionView, ...]:
        notes = self.book.row(id).notes
        sent, wishes = notes.get("transactions", {}), notes.get("wishes", {})
        views = []
        for verb in {**sent, **wishes}:
            hash, wish = sent.get(verb, ""), wishes.get(verb, {})
            status = notes.get("statuses", {}).get(hash, ["sent" if hash else "waiting"])[0]
            given_up = wish.get("given_up", False)
            status = "given_up" if given_up else status
            trouble = (wish.get("trouble", ""), wish.get("rule", ""))
            views.append(TransactionView(verb, hash, status, *trouble))
        return tuple(views)

    def reachable(self, order: Order | None, records: list[Record]) -> tuple[str, ...]:
        if order is None:
            return ()
        personas = {BUYER: order.buyer, SELLER: order.seller}
        return tuple(
            side for side, who in personas.items() if who and self._can_reach(who, records)
        )

    def _can_reach(self, persona: bytes, records: list[Record]) -> bool:
        try:
            self.key(persona, records)
            return True
        except Unavailable:
            return False

    def key(self, persona: bytes, records: list[Record]) -> bytes:
        """The X25519 key that a party gave last, else that of its profile. Raises Unavailable."""
        theirs = [each for each in records if each.author == persona and "proof" in each.body]
        return theirs[-1].body["proof"]["reply_key"] if theirs else self._deals.key_of(persona)
