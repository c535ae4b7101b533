"""Who is heard about a disputed order, and what of the things shown is proven. docs/spec/dispute.md."""

from collections.abc import Iterable
from dataclasses import dataclass

from node.protocol.admission import Verdict, admit_as_made
from node.protocol.commitment import check_opened
from node.protocol.errors import Ignored, Rejected
from node.protocol.escrow import Terms, payees_hash
from node.protocol.kinds.listing import KIND as LISTING
from node.protocol.kinds.order import KIND as ORDER
from node.protocol.offers import is_as_offered
from node.protocol.order_state import BUYER, SELLER
from node.protocol.record import Record
from node.protocol.registry import Registry
from node.protocol.sharing import payees_of

RULES = {
    "case.commitment": "The proof opens what the terms on chain commit to.",
    "case.listing": "A listing that is shown is the edition that the order cites.",
    "case.offer": "The edition's offer has the terms on chain.",
    "case.stranger": "The author is the order's buyer, or the author of the edition that it cites.",
    "case.message": "A message that is shown is a record of this order by one of its parties.",
}
"""What must hold of a record of kind `case` for an arbiter to hear it, by rule."""


@dataclass(frozen=True)
class Order:
    """What the chain, and what was opened of the commitment, say of one disputed order. `listing` None: not shown yet."""

    terms: Terms
    parts: dict[str, bytes]  # those that are opened
    referrer: dict | None
    listing: Record | None

    @property
    def buyer(self) -> bytes:
        return self.parts["buyer"]

    @property
    def seller(self) -> bytes | None:
        return self.listing.author if self.listing else None

    def side(self, persona: bytes) -> str | None:
        """buyer or seller, or None for a stranger."""
        if persona == self.buyer:
            return BUYER
        return SELLER if persona == self.seller else None


def order_of(
    body: dict, terms: Terms, listings: Iterable[Record], network: str, registry: Registry
) -> Order:
    """What a party's record, its body as read, proves of the order with these terms. `listings` are editions that are held.

    Raises Rejected: case.commitment, case.listing, case.offer."""
    proof = body["proof"]
    opened = {name: (each["value"], each["salt"]) for name, each in proof["opened"].items()}
    try:
        check_opened(terms.order, proof["leaves"], opened)
    except Rejected:
        raise Rejected("case.commitment", RULES["case.commitment"]) from None
    parts = {name: value for name, (value, _) in opened.items()}
    held = list(listings)
    if "listing" in body:
        held.append(shown(body["listing"], network, registry, "case.listing"))
    cited = next((each for each in held if each.id == parts["offer"]), None)
    if "listing" in body and cited is None:
        raise Rejected("case.listing", RULES["case.listing"])
    if cited is not None:
        offer = _offer(cited)
        shared = payees_hash(payees_of(offer, proof.get("referrer"))) == terms.payees
        if not (is_as_offered(terms, offer) and shared):
            raise Rejected("case.offer", RULES["case.offer"])
    return Order(terms, parts, proof.get("referrer"), cited)


def check_party(order: Order, persona: bytes) -> str:
    """buyer or seller. Raises Ignored "case.stranger"."""
    side = order.side(persona)
    if side is None:
        raise Ignored("case.stranger", RULES["case.stranger"])
    return side


def check_message(raw: bytes, order: Order, network: str, registry: Registry) -> Record:
    """The order message of these bytes. Raises Rejected "case.message"."""
    message = shown(raw, network, registry, "case.message")
    named = (message.kind, message.version) == (ORDER.id, ORDER.version)
    if not (named and message.body["order"] == order.terms.order and order.side(message.author)):
        raise Rejected("case.message", RULES["case.message"])
    return message


def shown(raw: bytes, network: str, registry: Registry, rule: str) -> Record:
    """A record that somebody shows, judged by its bytes as if it came when it was made. Raises Rejected with this rule."""
    decision = admit_as_made(raw, network, registry, private=True)
    if decision.verdict is not Verdict.ACCEPT or decision.record is None:
        raise Rejected(rule, RULES[rule])
    return decision.record


def _offer(listing: Record) -> dict:
    if (listing.kind, listing.version) != (LISTING.id, LISTING.version) or listing.gone:
        raise Rejected("case.listing", RULES["case.listing"])
    return LISTING.fields.read(listing.body)["offer"]
