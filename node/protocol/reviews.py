"""Whether a review proves a purchase. Its stars are another question: anyone can buy from themselves for the price of gas.

The review's own rules (kinds/review) hold already; here its proof meets the listing and the chain. docs/spec/review.md.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from node.protocol import escrow
from node.protocol.commitment import decode_lines, opened_root
from node.protocol.errors import InputError, Rejected
from node.protocol.escrow import EscrowEvent, Funded, Pot, State, fold_pot
from node.protocol.kinds.listing import KIND as LISTING
from node.protocol.kinds.review import KIND as REVIEW
from node.protocol.offers import block_of, extension_of, is_as_offered
from node.protocol.record import Record
from node.protocol.registry import Registry
from node.protocol.sharing import allows, payees_of
from node.protocol.units import account_parts, asset_token, convert


class Standing(StrEnum):
    VERIFIED = "verified"  # the escrow paid the seller for this listing
    REFUNDED = "refunded"  # it was bought, and at least half of the money went back
    UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Verdict:
    """`reason` is the id of the rule that decided against it, "" for a verified purchase; `text` says it to people."""

    standing: Standing
    reason: str = ""
    text: str = ""


@dataclass(frozen=True)
class Case:
    """What the rules look at; bodies are as read, `pot` is the fold of the events of the escrow id in the proof."""

    review: Record
    body: dict
    listing: Record
    sold: dict
    pot: Pot | None
    registry: Registry

    @property
    def proof(self) -> dict:
        return self.body["proof"]

    @property
    def offer(self) -> dict:
        return self.sold["offer"]

    @cached_property
    def opened(self) -> dict[str, tuple[bytes, bytes]]:
        return opened(self.body)


@dataclass(frozen=True)
class Rule:
    id: str
    text: str
    holds: Callable[[Case], bool]


def opened(body: dict) -> dict[str, tuple[bytes, bytes]]:
    """(value, salt) of each part that a review shows."""
    return {name: (o["value"], o["salt"]) for name, o in body["proof"]["opened"].items()}


def names(body: dict, listing: Record) -> bool:
    """Whether a review names this edition."""
    named = (body["offer"], body["seller"], body["slug"])
    return named == (listing.id, listing.author, listing.slug)


def _id_fits(case: Case) -> bool:
    chain, contract = account_parts(case.proof["escrow"])
    chain_id = int(chain.partition(":")[2])
    return escrow.escrow_id(case.pot.terms, chain_id, contract) == case.proof["order"]


def _commits(case: Case) -> bool:
    return committed_to(case.body) == case.pot.terms.order


def _asset(case: Case) -> dict | None:
    accepted = case.offer.get("accepts", ())
    return next((e for e in accepted if asset_token(e["asset"]) == case.pot.terms.token), None)


def _is_enough(case: Case) -> bool:
    try:
        return case.pot.terms.amount >= wanted(case.sold, case.opened, _asset(case), case.registry)
    except (InputError, Rejected):
        return False


def wanted(
    sold: dict, shown: dict[str, tuple[bytes, bytes]], asset: dict, registry: Registry
) -> int:
    """What must have been paid at least, in the smallest unit of an entry of what the offer accepts: for the opened lines, or the
    cheapest piece of the listing where the lines stay hidden; delivery aside. Raises InputError, or Rejected for lines that can't be read."""
    price = sold["price"]
    if "lines" in shown:
        least = _items(sold, shown["lines"][0], registry)
    else:
        least = _least(sold, registry)
    return convert(least, price["unit"], asset["asset"], asset["decimals"])


def _items(sold: dict, lines: bytes, registry: Registry) -> int:
    read = decode_lines(lines, registry)
    extension = extension_of(sold, read, registry)
    block, base = block_of(sold, extension), sold["price"]["amount"]
    return sum(extension.price(block, line.block, base) for line in read)


def _least(sold: dict, registry: Registry) -> int:
    base = sold["price"]["amount"]
    known = [e for e in map(registry.extension, sold["extensions"]) if e is not None]
    return min((e.least_price(block_of(sold, e), base) for e in known), default=base)


def _own(case: Case) -> bool:
    terms = case.pot.terms
    return terms.buyer in (terms.seller, terms.payout)


NOT_OVER = "verdict.closed"

RULES = (
    Rule(
        "verdict.listing",
        "It names this edition of this seller's listing.",
        lambda case: names(case.body, case.listing),
    ),
    Rule(
        "verdict.escrow",
        "The escrow is the one that the offer names.",
        lambda case: case.proof["escrow"] == case.offer.get("escrow"),
    ),
    Rule("verdict.funded", "The escrow was funded under this id.", lambda c: c.pot is not None),
    Rule("verdict.id", "The id is that of the terms on chain.", _id_fits),
    Rule("verdict.commitment", "The terms commit to the parts that are shown.", _commits),
    Rule(
        "verdict.terms",
        "Seller, payout and times are as offered, and the arbiter is one that the offer lists or nobody.",
        lambda case: is_as_offered(case.pot.terms, case.offer),
    ),
    Rule(
        "verdict.referrer",
        "A referrer has at most the share that the offer allows.",
        lambda case: allows(case.offer, case.proof.get("referrer")),
    ),
    Rule(
        "verdict.payees",
        "The payees are those of the offer, then the referrer that is shown.",
        lambda case: (
            case.pot.terms.payees
            == escrow.payees_hash(payees_of(case.offer, case.proof.get("referrer")))
        ),
    ),
    Rule("verdict.asset", "It was paid in an accepted asset.", lambda c: _asset(c) is not None),
    Rule("verdict.amount", "At least the price was paid.", _is_enough),
    Rule(
        "verdict.time",
        "It was paid before the offer was over.",
        lambda case: case.pot.since <= case.offer["until"],
    ),
    Rule("verdict.own", "Buyer and seller are different accounts.", lambda case: not _own(case)),
    Rule(NOT_OVER, "The order is over.", lambda case: case.pot.state is State.NONE),
)
KNOWN = (LISTING.id, LISTING.version)
UNKNOWN_LISTING = Verdict(
    Standing.UNVERIFIED, "verdict.unknown", "The listing edition isn't known here."
)
REFUNDED = Verdict(Standing.REFUNDED, "verdict.refunded", "Most of the money went back.")


def committed_to(body: dict) -> bytes:
    """The order, 32 bytes, whose parts an admitted review shows: what terms must commit to for it to count."""
    return opened_root(body["proof"]["leaves"], opened(body))


def is_backed(body: dict, events: Iterable[EscrowEvent]) -> bool:
    """Whether the money of the escrow id in the proof committed to the parts that it shows: a quick look before `verdict`.

    Copies of a genuine review under other keys fail here, since the review key is one of the parts."""
    order, committed = body["proof"]["order"], committed_to(body)
    return any(
        isinstance(event, Funded) and event.id == order and event.terms.order == committed
        for event in events
    )


def dates(review: Record, events: Iterable[EscrowEvent]) -> tuple[int, int | None]:
    """(written, changed or None): the days to show, which renewing leaves as they are. `events` as in `verdict`.

    They are the author's word, but none is before the payment: old stars can't be made up today."""
    pot = fold_pot(event for event in events if event.id == review.body["proof"]["order"])
    return days(review, pot.since if pot else 0)


def days(review: Record, paid: int) -> tuple[int, int | None]:
    """The same where it is known since when it was paid; 0: it isn't."""
    body = REVIEW.fields.read(review.body)
    changed = body.get("changed")
    written = max(body.get("written", review.created), paid)
    return written, None if changed is None else max(changed, paid)


def is_evidence(found: Verdict) -> bool:
    """Whether the edition is what a verdict stands on: worth keeping once the seller has replaced it."""
    return found.standing is not Standing.UNVERIFIED or found.reason == NOT_OVER


def verdict(
    review: Record, listing: Record | None, events: Iterable[EscrowEvent], registry: Registry
) -> Verdict:
    """What an admitted review is worth as proof. `listing` is the edition that it names, by whatever way it was kept;
    `events` are those of the escrow id in its proof, on the chain of its proof."""
    if listing is None or listing.gone or (listing.kind, listing.version) != KNOWN:
        return UNKNOWN_LISTING
    body = REVIEW.fields.read(review.body)
    pot = fold_pot(event for event in events if event.id == body["proof"]["order"])
    case = Case(review, body, listing, LISTING.fields.read(listing.body), pot, registry)
    for rule in RULES:
        if not rule.holds(case):
            return Verdict(Standing.UNVERIFIED, rule.id, rule.text)
    if pot.to_buyer >= pot.to_seller:
        return REFUNDED
    return Verdict(Standing.VERIFIED)
