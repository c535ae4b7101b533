"""Something for sale: what a buyer sees, its price, and the offer that an order can cite for ever."""

from node.protocol.escrow import (
    DAY,
    HOUR,
    MAX_ARBITER_BPS,
    MAX_LAPSE_BPS,
    MAX_REVIEW,
    MAX_RULING,
    MIN_REVIEW,
    MIN_RULING,
    NOBODY,
)
from node.protocol.fields import (
    Account,
    Address,
    Amount,
    Asset,
    Block,
    Cell,
    Choice,
    Country,
    ExtensionId,
    FieldSet,
    Flag,
    Integer,
    Language,
    ListOf,
    MapOf,
    OpenBlock,
    Ref,
    Text,
    Time,
    Unit,
)
from node.protocol.kinds.listing import shares
from node.protocol.kinds.listing.categories import CATEGORIES
from node.protocol.registry import Keeping, Kind, Rule, Verdict
from node.protocol.units import account_parts, asset_chain, is_asset

# Lengths are in characters.
MAX_TITLE = 140
MAX_TEXT = 10_000
MAX_TAG = 32
MAX_ALT = 300
MAX_PICTURES = 12
MAX_PICTURE_BYTES = 16 * 1024 * 1024
MAX_TAGS = 16
MAX_ACCEPTS = 16
MAX_ARBITERS = 8
MAX_DECIMALS = 36
MAX_EXTENSIONS = 8
MIN_SHIP_WITHIN = HOUR
MAX_SHIP_WITHIN = 170 * DAY  # leaves ten of the contract's 180 days for the buyer to pay in

PICTURE = FieldSet(
    {
        "blob": Ref(title="Content id"),
        "type": Choice(
            {"image/webp": "WebP", "image/jpeg": "JPEG", "image/png": "PNG"}, title="Type"
        ),
        "size": Integer(1, MAX_PICTURE_BYTES, title="Size", help="Bytes."),
        "alt": Text(0, MAX_ALT, title="Description", help="For those who can't see it."),
    }
)
PRICE = FieldSet(
    {
        "amount": Amount(title="Amount", help="In the smallest unit of `unit`."),
        "unit": Unit(title="Unit"),
    }
)
ACCEPTED = FieldSet(
    {
        "asset": Asset(title="Asset"),
        "decimals": Integer(0, MAX_DECIMALS, title="Decimals"),
    }
)
ARBITER = FieldSet(
    {
        "persona": Ref(title="Persona", help="Who publishes what it asks, and takes mail."),
        "address": Address(title="Address", help="Rules in the escrow, and gets the fee."),
        "fee_bps": Integer(
            0,
            MAX_ARBITER_BPS,
            title="Fee",
            help="In 1/10,000 of what is held, only for a ruling.",
        ),
        "ruling": Integer(
            MIN_RULING, MAX_RULING, title="Ruling time", help="Seconds from a dispute to its end."
        ),
    }
)
OFFER = FieldSet(
    {
        "until": Time(title="Valid until", help="Orders must be funded by then."),
        "ship_within": Integer(
            MIN_SHIP_WITHIN,
            MAX_SHIP_WITHIN,
            title="Ships within",
            help="Seconds from payment; not shipped by then: the buyer gets the money back.",
        ),
        "on_collection": Flag(
            required=False,
            title="Paid on collection",
            help="The money changes hands when the parties meet, without escrow.",
        ),
        "preorder": Flag(
            required=False,
            title="Pre-order",
            help="Paid by pledges to a campaign, which names this edition.",
        ),
        "escrow": Account(
            required=False, title="Escrow", help="The contract that holds the money."
        ),
        "seller": Address(
            required=False,
            title="Shop key",
            help="Marks orders as shipped and gives money back; it can't take any.",
        ),
        "payout": Address(required=False, title="Payout", help="Where the proceeds go."),
        "review": Integer(
            0,
            MAX_REVIEW,
            required=False,
            title="Review time",
            help="Seconds from shipping, transit included, in which the buyer can object; 0: a deposit.",
        ),
        "arbiters": ListOf(
            Block(ARBITER),
            0,
            MAX_ARBITERS,
            required=False,
            title="Arbiters",
            help="Who may decide disputes: the buyer chooses one of them, or nobody.",
        ),
        "lapse_bps": Integer(
            0,
            MAX_LAPSE_BPS,
            required=False,
            title="Seller's share on silence",
            help="In 1/10,000, if the arbiter is silent about shipped goods.",
        ),
        "pays_fees": Flag(
            required=False,
            title="Pays fees",
            help="The seller's node means to send authorizations (EIP-3009), so that a buyer needs no coin for the network's fee.",
        ),
        "accepts": ListOf(
            Block(ACCEPTED),
            0,
            MAX_ACCEPTS,
            required=False,
            title="Accepted assets",
            help="What the buyer may pay with; for a price in a currency, stablecoins of it.",
        ),
        **shares.SHARED,
    }
)
FIELDS = FieldSet(
    {
        "title": Text(1, MAX_TITLE, title="Title"),
        "text": Text(0, MAX_TEXT, multiline=True, title="Description", help="Markdown."),
        "language": Language(title="Language", help="Of title and description."),
        "category": Choice(CATEGORIES, title="Category"),
        "tags": ListOf(Text(1, MAX_TAG), 0, MAX_TAGS, required=False, title="Tags"),
        "cell": Cell(required=False, title="Place", help="Coarse on purpose."),
        "country": Country(required=False, title="Country", help="Where it is."),
        "pictures": ListOf(Block(PICTURE), 0, MAX_PICTURES, required=False, title="Pictures"),
        "price": Block(PRICE, title="Price"),
        "offer": Block(OFFER, title="Offer"),
        "extensions": MapOf(
            ExtensionId(),
            OpenBlock(),
            1,
            MAX_EXTENSIONS,
            title="Extensions",
            help="What kind of thing it is, each block by the rules of its extension.",
        ),
        "must_understand": ListOf(
            ExtensionId(),
            0,
            MAX_EXTENSIONS,
            required=False,
            title="Must understand",
            help="Extensions without which a node must not order this.",
        ),
    }
)

_ESCROW = ("escrow", "seller", "payout", "review")


def _escrow_is_whole(record, body) -> bool:
    given = [name in body["offer"] for name in _ESCROW]
    return all(given) or not any(given)


def _can_be_paid(record, body) -> bool:
    offer = body["offer"]
    free = body["price"]["amount"] == 0 or offer.get("on_collection", False)
    preorder = offer.get("preorder", False)
    return free or preorder or ("escrow" in offer and bool(offer.get("accepts")))


def _pledges_alone_pay(record, body) -> bool:
    offer = body["offer"]
    if not offer.get("preorder", False):
        return True
    otherwise = "escrow" in offer or offer.get("on_collection", False)
    return bool(offer.get("accepts")) and body["price"]["amount"] > 0 and not otherwise


def _unit_is_accepted(record, body) -> bool:
    unit = body["price"]["unit"]
    return not is_asset(unit) or unit in [e["asset"] for e in body["offer"].get("accepts", ())]


def _one_chain(record, body) -> bool:
    offer = body["offer"]
    if "escrow" not in offer:
        return True
    chain = account_parts(offer["escrow"])[0]
    return all(asset_chain(entry["asset"]) == chain for entry in offer.get("accepts", ()))


def _roles_are_apart(record, body) -> bool:
    offer = body["offer"]
    if "escrow" not in offer:
        return True
    contract = account_parts(offer["escrow"])[1]
    return offer["seller"] != NOBODY and offer["payout"] not in (NOBODY, contract)


def _arbiters_are_apart(record, body) -> bool:
    offer = body["offer"]
    arbiters = [each["address"] for each in offer.get("arbiters", ())]
    if "escrow" not in offer:
        return not arbiters
    parties = {NOBODY, offer["seller"], offer["payout"], account_parts(offer["escrow"])[1]}
    return not parties & set(arbiters) and _distinct(arbiters)


def _reject(id: str, text: str, holds) -> Rule:
    return Rule(f"listing.{id}", Verdict.REJECT, text, holds)


RULES = (
    _reject(
        "until",
        "The offer ends after the record was made and not after the record itself ends.",
        lambda record, body: record.created < body["offer"]["until"] <= record.until,
    ),
    _reject("escrow", "`escrow`, `seller`, `payout` and `review` come together.", _escrow_is_whole),
    _reject(
        "payable",
        "What costs something and is neither paid on collection nor a pre-order names an escrow and what it accepts.",
        _can_be_paid,
    ),
    _reject(
        "preorder",
        "A pre-order costs something and names what it accepts, and neither an escrow nor collection.",
        _pledges_alone_pay,
    ),
    _reject("unit", "A price in an asset is in one that the offer accepts.", _unit_is_accepted),
    _reject("chain", "Every accepted asset is on the escrow's chain.", _one_chain),
    _reject(
        "accepts",
        "No asset is accepted twice.",
        lambda record, body: _distinct(e["asset"] for e in body["offer"].get("accepts", ())),
    ),
    _reject(
        "roles",
        "Seller and payout are real, and payout isn't the contract.",
        _roles_are_apart,
    ),
    _reject(
        "arbiters",
        "Arbiters come with an escrow, each with an address of its own, which is neither zero, seller, payout nor the contract.",
        _arbiters_are_apart,
    ),
    _reject(
        "shared",
        "`payees` and `referral_bps` come with an escrow only.",
        shares.only_with_escrow,
    ),
    _reject(
        "payees",
        "No payee is zero, the contract or one of the arbiters.",
        shares.payees_are_real,
    ),
    _reject(
        "shares",
        f"Payees and referrer are at most {shares.MAX_PAYEES}, and share at most everything.",
        shares.shares_fit,
    ),
    _reject(
        "review",
        f"The review time is 0 or at least {MIN_REVIEW} s.",
        lambda record, body: body["offer"].get("review", 0) not in range(1, MIN_REVIEW),
    ),
    _reject(
        "understand",
        "What must be understood is there.",
        lambda record, body: set(body.get("must_understand", ())) <= set(body["extensions"]),
    ),
)


def _distinct(values) -> bool:
    values = list(values)
    return len(set(values)) == len(values)


KIND = Kind("listing", 1, Keeping.ADDRESSABLE, FIELDS, RULES, blocks="listing")
