"""From a listing to terms: what an order costs and what the escrow is asked to enforce.

Listings, lines and deliveries are dicts as their fields read them. Rules and reasons: docs/spec/offer.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from node.protocol import escrow
from node.protocol.commitment import (
    MAX_LINES,
    Line,
    check_opened,
    commitment,
    decode_delivery,
    decode_lines,
    encode_delivery,
    encode_lines,
    leaf,
)
from node.protocol.errors import InputError, Rejected
from node.protocol.escrow import HOUR, NOBODY, Payee, Terms, payees_hash
from node.protocol.registry import Extension, Registry
from node.protocol.sharing import allows, payees_of
from node.protocol.units import account_parts, asset_token, convert, is_asset, minor_units

__all__ = [
    "NO_ARBITER",
    "OFFERED_TERMS",
    "TERMS_RULES",
    "Line",
    "Placed",
    "Quote",
    "TermsRule",
    "accepted",
    "arbiter_of",
    "block_of",
    "block_of_terms",
    "check_opened",
    "check_terms",
    "commitment",
    "decode_delivery",
    "decode_lines",
    "encode_delivery",
    "encode_lines",
    "extension_of",
    "fund_by",
    "is_as_offered",
    "leaf",
    "needs_escrow",
    "payable_with",
    "terms_for",
    "terms_of",
    "total",
]

FUND_WITHIN = 6 * HOUR  # what a buyer's node grants its person to pay in
SHIP_TOLERANCE = 10 * 60  # clocks of two honest nodes differ by less


@dataclass(frozen=True)
class Quote:
    """Amounts in the smallest unit of `asset`; `asset` is the price's own unit when no money goes through escrow."""

    items: int
    delivery: int
    total: int
    asset: str
    decimals: int


# --------------------------------------------------------------------------------------------- prices


def accepted(listing: dict, asset: str) -> int:
    """The decimals of an asset that the offer accepts. Raises InputError "offer.asset"."""
    for entry in listing["offer"].get("accepts", ()):
        if entry["asset"] == asset:
            return entry["decimals"]
    raise InputError("offer.asset", "The seller doesn't accept this asset.", "asset")


def payable_with(listing: dict, known: Mapping[str, tuple[int, str | None]]) -> list[str]:
    """The accepted assets that a buyer may pay with, in the seller's order.

    `known` is what the buyer's own configuration says: asset -> (decimals, ISO 4217 currency it stands for). The seller's
    word about an asset is never enough: a wrong number of decimals or currency would change the price.
    """
    unit = listing["price"]["unit"]
    assets = []
    for entry in listing["offer"].get("accepts", ()):
        decimals, currency = known.get(entry["asset"], (None, None))
        stands_for = entry["asset"] if is_asset(unit) else currency
        if decimals == entry["decimals"] and stands_for == unit:
            assets.append(entry["asset"])
    return assets


def extension_of(listing: dict, lines: Sequence[Line], registry: Registry) -> Extension:
    """The one extension of all lines. Raises InputError: offer.lines, offer.must_understand."""
    for id in listing.get("must_understand", ()):
        if registry.extension(id) is None:
            raise InputError("offer.must_understand", f"This node doesn't know {id}.", None)
    if not 1 <= len(lines) <= MAX_LINES or len({line.extension for line in lines}) != 1:
        raise InputError("offer.lines", "An order has 1 to 100 lines of one kind.", "lines")
    extension = registry.extension(lines[0].extension)
    if extension is None or extension.id not in listing.get("extensions", {}):
        raise InputError("offer.lines", "This listing doesn't sell such things.", "lines")
    return extension


def block_of(listing: dict, extension: Extension) -> dict:
    """The listing's block of this extension, as read."""
    return extension.listing.read(listing["extensions"][extension.id])


def total(
    listing: dict,
    lines: Sequence[Line],
    delivery: dict,
    asset: str | None,
    registry: Registry,
) -> Quote:
    """What these lines cost, delivered so, in `asset` (None: no escrow, in the price's own unit).

    Raises InputError "offer.*" and what the extension raises.
    """
    extension = extension_of(listing, lines, registry)
    block = block_of(listing, extension)
    price = listing["price"]
    items = sum(extension.price(block, line.block, price["amount"]) for line in lines)
    carriage = extension.delivery_price(block, delivery)
    unit = price["unit"]
    if asset is None:
        return Quote(items, carriage, items + carriage, unit, _decimals(listing, unit))
    decimals = accepted(listing, asset)
    whole = convert(items + carriage, unit, asset, decimals)
    items = convert(items, unit, asset, decimals)
    return Quote(items, whole - items, whole, asset, decimals)


def _decimals(listing: dict, unit: str) -> int:
    return accepted(listing, unit) if is_asset(unit) else minor_units(unit)


def needs_escrow(listing: dict, quote: Quote) -> bool:
    """Whether money must go through the escrow: there is a price, paid neither on collection nor by a pledge."""
    offer = listing["offer"]
    otherwise = offer.get("on_collection", False) or offer.get("preorder", False)
    return quote.total > 0 and not otherwise


# ---------------------------------------------------------------------------------------------- terms


def fund_by(listing: dict, now: int) -> int:
    """Until when a buyer's node promises to fund. Raises InputError "offer.until" once the offer is over."""
    until = listing["offer"]["until"]
    if now >= until:
        raise InputError("offer.until", "This offer is over. Look for a newer one.", None)
    return min(now + FUND_WITHIN, until)


def terms_for(
    listing: dict,
    quote: Quote,
    buyer: bytes,
    committed: bytes,
    now: int,
    referrer: dict | None = None,
    arbiter: bytes = NOBODY,
) -> Terms:
    """The terms that a buyer's node proposes; the seller has the whole promised time even if funding comes last. `arbiter` is the
    address of one that the offer lists, or nobody.

    Raises InputError: offer.until, offer.asset, offer.arbiter, offer.referrer, offer.terms (with the contract's reason).
    """
    offer = listing["offer"]
    listed = arbiter_of(offer, arbiter)
    if listed is None:
        raise InputError("offer.arbiter", "The seller doesn't offer this arbiter.", "arbiter")
    if "escrow" not in offer:
        raise InputError("offer.terms", "This offer names no escrow.", None)
    if not allows(offer, referrer):
        raise InputError(
            "offer.referrer", "This offer leaves no such share to a referrer.", "referrer"
        )
    payees = payees_of(offer, referrer)
    terms = Terms(
        buyer=buyer,
        token=asset_token(quote.asset),
        amount=quote.total,
        ship_by=fund_by(listing, now) + offer["ship_within"],
        **{term: offer.get(term, otherwise) for term, otherwise in OFFERED_TERMS.items()},
        arbiter=arbiter,
        ruling=listed["ruling"],
        arbiter_bps=listed["fee_bps"],
        payees=payees_hash(payees),
        order=committed,
    )
    refusal = escrow.refusal(terms, now, account_parts(offer["escrow"])[1], payees)
    if refusal:
        raise InputError("offer.terms", f"The escrow would refuse: {refusal}.", None)
    return terms


@dataclass(frozen=True)
class Placed:
    """What the rules of a placed order look at. `place` is the message's block as read, `created` its time."""

    listing: dict
    listing_id: bytes
    place: dict
    created: int
    quote: Quote

    @property
    def offer(self) -> dict:
        return self.listing["offer"]

    @property
    def referrer(self) -> dict | None:
        return self.place.get("referrer")

    @property
    def payees(self) -> tuple[Payee, ...]:
        return payees_of(self.offer, self.referrer)

    @property
    def terms(self) -> Terms:
        return terms_of(self.place["terms"], commitment(self.place["parts"], self.place["salts"]))

    @property
    def arbiter(self) -> dict | None:
        return arbiter_of(self.offer, self.terms.arbiter)


@dataclass(frozen=True)
class TermsRule:
    id: str
    text: str
    holds: Callable[[Placed], bool]


# Terms that the offer fixes, with what they are where the offer doesn't say.
OFFERED_TERMS = {"seller": None, "payout": None, "review": None, "lapse_bps": 0}

NO_ARBITER = {"address": NOBODY, "ruling": 0, "fee_bps": 0}


def arbiter_of(offer: dict, address: bytes) -> dict | None:
    """What the offer says of the arbiter with this address, NO_ARBITER for the zero address; None where it doesn't list it."""
    listed = (NO_ARBITER, *offer.get("arbiters", ()))
    return next((each for each in listed if each["address"] == address), None)


def is_as_offered(terms: Terms, offer: dict) -> bool:
    """Whether what the offer fixes is in the terms: accounts, times, and an arbiter of its list on the terms listed. Payees aside."""
    arbiter = arbiter_of(offer, terms.arbiter)
    return (
        all(getattr(terms, t) == offer.get(t, otherwise) for t, otherwise in OFFERED_TERMS.items())
        and arbiter is not None
        and (terms.ruling, terms.arbiter_bps) == (arbiter["ruling"], arbiter["fee_bps"])
    )


def _as_offered(term: str, otherwise: object) -> TermsRule:
    return TermsRule(
        f"terms.{term}",
        f"`{term}` is what the offer says.",
        lambda case: getattr(case.terms, term) == case.offer.get(term, otherwise),
    )


OFFER_RULE = TermsRule(
    "terms.offer",
    "The order names this edition of the listing.",
    lambda case: case.place["parts"]["offer"] == case.listing_id,
)
FREE_RULE = TermsRule(
    "terms.absent",
    "Terms are there if and only if money is to go through the escrow.",
    lambda case: ("terms" in case.place) == needs_escrow(case.listing, case.quote),
)
TERMS_RULES = (
    TermsRule(
        "terms.asset",
        "The token is an asset that the offer accepts.",
        lambda case: case.terms.token == asset_token(case.quote.asset),
    ),
    TermsRule(
        "terms.amount",
        "The amount is at least what the lines cost, delivered.",
        lambda case: case.terms.amount >= case.quote.total,
    ),
    *(_as_offered(term, otherwise) for term, otherwise in OFFERED_TERMS.items()),
    TermsRule(
        "terms.arbiter",
        "`arbiter` is one that the offer lists, or nobody.",
        lambda case: case.arbiter is not None,
    ),
    TermsRule(
        "terms.ruling",
        "`ruling` is what the offer says of this arbiter; 0 without one.",
        lambda case: case.terms.ruling == case.arbiter["ruling"],
    ),
    TermsRule(
        "terms.arbiter_bps",
        "`arbiter_bps` is what the offer says of this arbiter; 0 without one.",
        lambda case: case.terms.arbiter_bps == case.arbiter["fee_bps"],
    ),
    TermsRule(
        "terms.referrer",
        "A referrer gets at most the share that the offer allows.",
        lambda case: allows(case.offer, case.referrer),
    ),
    TermsRule(
        "terms.payees",
        "`payees` are those of the offer in its order, then the referrer: nobody else.",
        lambda case: case.terms.payees == payees_hash(case.payees),
    ),
    TermsRule(
        "terms.fund_by",
        "The buyer promises to fund after ordering and before the offer is over.",
        lambda case: case.created <= case.place["fund_by"] <= case.offer["until"],
    ),
    TermsRule(
        "terms.ship_by",
        f"The seller has the time offered after the promise to fund, to within {SHIP_TOLERANCE} s.",
        lambda case: (
            abs(case.terms.ship_by - case.place["fund_by"] - case.offer["ship_within"])
            <= SHIP_TOLERANCE
        ),
    ),
    TermsRule(
        "terms.bounds",
        "The escrow contract would open them.",
        lambda case: (
            escrow.refusal(
                case.terms, case.created, account_parts(case.offer["escrow"])[1], case.payees
            )
            is None
        ),
    ),
)


def check_terms(
    listing: dict, listing_id: bytes, place: dict, created: int, registry: Registry
) -> Quote:
    """Whether a placed order agrees with the offer that it cites; returns what the order costs.

    `listing` and `place` are as read, `created` is the message's time. Whether the chain holds these terms is another question.
    Raises Rejected: terms.*, order.*, encoding.*, field.*.
    """
    try:
        quote = _quote_of(listing, place, registry)
    except InputError as error:
        raise Rejected("terms.lines", str(error)) from error
    case = Placed(listing, listing_id, place, created, quote)
    rules = (OFFER_RULE, FREE_RULE, *(TERMS_RULES if "terms" in place else ()))
    for rule in rules:
        if not rule.holds(case):
            raise Rejected(rule.id, rule.text)
    return quote


def _quote_of(listing: dict, place: dict, registry: Registry) -> Quote:
    lines = decode_lines(place["parts"]["lines"], registry)
    extension = extension_of(listing, lines, registry)
    delivery = decode_delivery(place["parts"]["delivery"], extension)
    asset = None
    if "terms" in place:
        token = place["terms"]["token"]
        tokens = {asset_token(e["asset"]): e["asset"] for e in listing["offer"].get("accepts", ())}
        if token not in tokens:
            raise Rejected("terms.asset", TERMS_RULES[0].text)
        asset = tokens[token]
    return total(listing, lines, delivery, asset, registry)


def terms_of(block: dict, committed: bytes) -> Terms:
    """Terms from a place message's block, which leaves out what follows from the rest: the order's id."""
    names = (term.name for term in fields(Terms) if term.name != "order")
    return Terms(**{name: block[name] for name in names}, order=committed)


def block_of_terms(terms: Terms) -> dict:
    """The reverse of `terms_of`."""
    block = asdict(terms)
    del block["order"]
    return block
