"""What buyer and seller agree on about the money that the escrow holds: a part paid or given back, a proposal, and its acceptance.

Where another wallet than the node's is to sign or send, what it is asked for is remembered first and shown to its person: a *draft*.

    order.notes: draft     {verb, to_buyer, to_seller, held, expiry, text}
                 parts     verb -> {to_buyer, to_seller, held, expiry, message?}: what was last sent, or is to be, under this name
                 vouched   ids of messages, hex, whose settlement a contract wallet has signed, as the chain said
    Amounts are decimal text in the token's smallest unit.
"""

import contextlib
import re
from typing import Any

from node.peer.deal import PARTS, Deal, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.wishes import Wishes, is_lost, live
from node.peer.world import World
from node.ports import Transaction
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, InputError, Rejected
from node.protocol.escrow import MAX_SIGNATURE, Settlement, settlement_digest
from node.protocol.order_state import BUYER
from node.protocol.settlements import Proposal, giver

DAY = 86_400
PROPOSAL_DAYS = 14
"""For which a proposal binds who signed it, unless they say otherwise."""

MAX_PROPOSAL_DAYS = 90
SENT_WITHIN = DAY
"""Seconds within which the contract must have taken a part that is paid: a transaction that turns up later does nothing."""

SIGNATURE = re.compile(f"0x(?:[0-9a-fA-F]{{2}}){{1,{MAX_SIGNATURE}}}")


class Agreements:
    """The verbs of both sides that pay a part, or settle."""

    def __init__(self, world: World, deals: Deals, ledger: Ledger, wishes: Wishes) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes

    # ---- proposing

    def propose(
        self, id: bytes, to_buyer: int, to_seller: int, text: str = "", days: int = PROPOSAL_DAYS
    ) -> None:
        """Propose that the buyer gets so much and the seller's side so much of what is held; the rest stays.

        Who gives signs: the node's own wallet at once, another one on the page, for which this is noted as a draft. Raises
        InputError naming the field, Conflict."""
        deal = self._deal(id, "settle")
        if not 1 <= days <= MAX_PROPOSAL_DAYS:
            raise InputError(
                "form.number", f"A number from 1 to {MAX_PROPOSAL_DAYS} is expected.", "days"
            )
        settlement = self._settlement(
            deal, to_buyer, to_seller, self._ledger.time() + days * DAY, "to_buyer"
        )
        gives = settlement.to_seller if deal.row.side == BUYER else settlement.to_buyer
        if gives and not self._ledger.owns(giver(deal.row.side, deal.terms)):
            self._draft(deal, "settle", settlement, text)
            return
        signature = self._world.escrow.sign_settlement(settlement) if gives else b""
        self._say(deal, settlement, signature, text)

    async def signed(self, deal: Deal, signature: str) -> None:
        """What the browser's wallet has signed of the draft. Raises InputError where it is no such signature, Conflict."""
        draft, settlement = self._drafted(deal, "settle")
        raw = bytes.fromhex(signature[2:]) if SIGNATURE.fullmatch(signature) else b""
        if len(raw) == 65 and raw[64] in (0, 1):  # some wallets still count v from zero
            raw = raw[:64] + bytes([raw[64] + 27])
        if not await self._is_signed(deal, deal.row.side, settlement, raw):
            raise InputError(
                "wallet.signature", "That isn't a signature of this settlement.", "signature"
            )
        deal = self._deals.deal(self._deals.row(deal.row.id))  # as it is after the chain was asked
        need(deal, "settle")
        self._drafted(deal, "settle")
        self._say(deal, settlement, raw, draft["text"])

    def release_signed(self, id: bytes) -> None:
        """Propose, signed, that the seller gets all that is held: a release that costs its buyer nothing. The node's own wallet signs at
        once; for another one it is noted as a draft. Raises Conflict."""
        deal = self._deal(id, "sign_release")
        self.propose(id, 0, deal.state.money.held)

    def take_release(self, deal: Deal) -> None:
        """A seller's: wish to send the release that the buyer has signed, unless something was wished for this money before."""
        gift = deal.state.facts.standing.gift_of(BUYER)
        if deal.row.side == BUYER or gift is None or not gift.is_whole:
            return
        wished = {"accept_settlement", "timeout", "refund"} & set(deal.row.notes.get("wishes", {}))
        if wished or not self._ledger.owns(deal.terms.seller):
            return
        with contextlib.suppress(Conflict):  # one part is on its way
            self._wish(deal, "accept_settlement", gift.settlement, gift.message)

    def typed(self, deal: Deal) -> dict:
        """EIP-712 typed data of the draft, for the browser's wallet. Raises Conflict where there is none."""
        return self._world.escrow.settlement(self._drafted(deal, "settle")[1])

    def drop_draft(self, id: bytes) -> None:
        """Forget what another wallet was to sign or send."""
        self._world.store.update_order(id, notes={"draft": {}})
        self._deals.changed(id)

    def _say(self, deal: Deal, settlement: Settlement, signature: bytes, text: str) -> None:
        block: dict[str, Any] = {
            name: getattr(settlement, name)
            for name in ("since", "held", "to_buyer", "to_seller", "expiry")
        }
        if signature:
            block["signature"] = signature
        said = {"settlement": block, **({"text": text.strip()} if text.strip() else {})}
        self._deals.say(deal, "settle", said, {"draft": {}})

    # ---- a part, by who gives it

    def pay_part(self, id: bytes, verb: str, amount: int) -> None:
        """Wish that the node's wallet pays a part of what is held: "release_part" to the seller's side, "refund_part" to the buyer.

        Another wallet pays it on the page, for which this is noted as a draft. Raises InputError naming the field, Conflict."""
        deal = self._deal(id, PARTS[verb])
        sums = (0, amount) if verb == "release_part" else (amount, 0)
        expiry = self._ledger.time() + SENT_WITHIN
        part = self._settlement(deal, *sums, expiry, "amount")
        if self._ledger.owns(giver(deal.row.side, deal.terms)):
            self._wish(deal, verb, part)
        else:
            self._draft(deal, verb, part, "")

    # ---- accepting

    def accept(self, id: bytes, message: str | None = None) -> None:
        """Wish that the node's wallet carries out what the other side proposes: by that message, else the latest that stands.

        Raises Conflict where another account has to, or nothing such stands."""
        deal = self._deal(id, "accept_settlement")
        proposal = self._proposal(deal, message)
        if not self._ledger.owns(giver(deal.row.side, deal.terms)):
            raise Conflict(
                "order.wallet",
                "Another wallet pays for this order: do it on the page, where that wallet is connected.",
            )
        self._wish(deal, "accept_settlement", proposal.settlement, proposal.message)

    def _proposal(self, deal: Deal, message: str | None = None) -> Proposal:
        offered = deal.state.facts.offered_to(deal.row.side)
        if message is not None:
            try:
                wanted = id_from_text(message)
            except Rejected:
                wanted = b""
            offered = tuple(each for each in offered if each.message == wanted)
        if not offered:
            raise Conflict("order.settlement", "This proposal doesn't stand any more.")
        return offered[0]

    # ---- for the chain

    async def prepared(self, deal: Deal, verb: str, message: str | None = None) -> Transaction:
        """What the browser's wallet is to send of this verb; what it pays is noted, to be known again in the chain's events.

        Raises Conflict where there is nothing such, InputError, Unavailable."""
        if verb == "accept_settlement":
            proposal = self._proposal(deal, message)
            settlement, said = proposal.settlement, proposal.message
        else:
            settlement, said = self._drafted(deal, verb)[1], None
        transaction = await self._transaction(deal, settlement, said)
        self._need_quiet(deal)
        notes = self._parted(self._deals.row(deal.row.id).notes, verb, settlement, said)
        self._world.store.update_order(deal.row.id, notes=notes)
        return transaction

    async def sending(self, deal: Deal, verb: str) -> Transaction:
        """What the node's own wallet has to send for a wish. Raises Conflict where it can't be done any more."""
        part = deal.row.notes["parts"][verb]
        if deal.state.money is None:
            raise _changed()
        settlement = _settlement_of(deal, part)
        said = part.get("message")
        return await self._transaction(deal, settlement, bytes.fromhex(said) if said else None)

    async def _transaction(
        self, deal: Deal, settlement: Settlement, message: bytes | None
    ) -> Transaction:
        """The contract takes a second such call by the side that gives, so that it is asked what it holds before each."""
        escrow, pot = self._world.escrow, deal.state.money
        if pot is None or pot.held != settlement.held:
            raise _changed()
        if self._ledger.time() >= settlement.expiry:
            raise Conflict("order.settlement", "This proposal doesn't stand any more.")
        signatures = {}
        if message is not None:
            standing = deal.state.facts.standing.all()
            proposal = next((each for each in standing if each.message == message), None)
            if proposal is None:
                raise Conflict("order.settlement", "This proposal doesn't stand any more.")
            if proposal.signature:
                # that of a contract wallet can be taken back
                if not await self._is_signed(deal, proposal.by, settlement, proposal.signature):
                    raise Conflict("order.settlement", "This proposal doesn't stand any more.")
                signatures = {proposal.by: proposal.signature}
        _, held = await escrow.pot(deal.row.escrow_id, self._ledger.head)
        if held != settlement.held:
            raise _changed()
        return escrow.settle(deal.terms, settlement, deal.payees, **signatures)

    async def vouch(self, deal: Deal) -> None:
        """Ask the chain about signatures that only a contract wallet can have made, and note those that it has. Raises Unavailable."""
        doubtful = deal.state.facts.standing.doubtful
        for each in doubtful:
            await self._ledger.verified_escrow()
            if await self._is_signed(deal, each.by, each.settlement, each.signature):
                known = self._deals.row(deal.row.id).notes.get("vouched", [])
                notes = {"vouched": [*known, each.message.hex()]}
                self._world.store.update_order(deal.row.id, notes=notes)
                self._deals.changed(deal.row.id)

    async def _is_signed(
        self, deal: Deal, side: str, settlement: Settlement, signature: bytes
    ) -> bool:
        escrow = self._world.escrow
        digest = settlement_digest(settlement, escrow.chain_id, escrow.contract)
        return await escrow.is_signed(giver(side, deal.terms), digest, signature)

    # ---- inside

    def _deal(self, id: bytes, verb: str) -> Deal:
        deal = self._deals.deal(self._deals.row(id))
        need(deal, verb)
        return deal

    def _settlement(
        self, deal: Deal, to_buyer: int, to_seller: int, expiry: int, field: str
    ) -> Settlement:
        """Of what is held now. Raises InputError."""
        pot = deal.state.money
        if min(to_buyer, to_seller) < 0 or to_buyer + to_seller == 0:
            raise InputError("order.amount", "Say how much: more than nothing.", field)
        if to_buyer + to_seller > pot.held:
            raise InputError("order.amount", "That is more than the contract holds.", field)
        return Settlement(deal.row.escrow_id, pot.since, pot.held, to_buyer, to_seller, expiry)

    def _draft(self, deal: Deal, verb: str, settlement: Settlement, text: str) -> None:
        draft = {"verb": verb, "text": text.strip(), **_part(settlement)}
        self._world.store.update_order(deal.row.id, notes={"draft": draft})
        self._deals.changed(deal.row.id)

    def _drafted(self, deal: Deal, verb: str) -> tuple[dict, Settlement]:
        draft = deal.draft
        if draft is None or draft["verb"] != verb:
            raise Conflict("order.draft", "Say first how much goes to whom.")
        return draft, _settlement_of(deal, draft)

    def _wish(
        self, deal: Deal, verb: str, settlement: Settlement, message: bytes | None = None
    ) -> None:
        self._need_quiet(deal)
        notes = self._wishes.ask(deal.row, verb)
        notes |= self._parted(deal.row.notes, verb, settlement, message)
        self._world.store.update_order(deal.row.id, notes=notes)
        self._deals.changed(deal.row.id)

    def _need_quiet(self, deal: Deal) -> None:
        """Two that are under way at once could both be taken."""
        row = self._deals.row(deal.row.id)
        for name in PARTS:
            hash = row.notes.get("transactions", {}).get(name)
            status, since = row.notes.get("statuses", {}).get(hash, ("failed", 0))
            sent = hash is not None and not is_lost(name, status, since, self._world.now())
            if (sent or name in live(row)) and not deal.has_done(name):
                raise Conflict(
                    "order.busy", "The last one is still on its way. Wait until it is done."
                )

    @staticmethod
    def _parted(
        notes: dict, verb: str, settlement: Settlement, message: bytes | None
    ) -> dict[str, Any]:
        """The notes that say what is sent under this name; hashes of another part are nothing to it."""
        part = _part(settlement) | ({"message": message.hex()} if message else {})
        parts = notes.get("parts", {})
        changed: dict[str, Any] = {"parts": {**parts, verb: part}}
        if parts.get(verb, {}).get("held") != part["held"]:
            for name in ("transactions", "earlier"):
                changed[name] = {v: known for v, known in notes.get(name, {}).items() if v != verb}
        return changed


def _part(settlement: Settlement) -> dict[str, Any]:
    return {
        "to_buyer": str(settlement.to_buyer),
        "to_seller": str(settlement.to_seller),
        "held": str(settlement.held),
        "expiry": settlement.expiry,
    }


def _settlement_of(deal: Deal, part: dict) -> Settlement:
    sums = (int(part[name]) for name in ("held", "to_buyer", "to_seller"))
    return Settlement(deal.row.escrow_id, deal.state.money.since, *sums, part["expiry"])


def _changed() -> Conflict:
    return Conflict(
        "order.held",
        "Something else was paid out of the escrow meanwhile. Look at what is left, and decide anew.",
    )
