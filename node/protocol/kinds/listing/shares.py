"""Who shares the proceeds of a sale beside its seller: named by the offer, and one referrer whom the buyer may name."""

from node.protocol.escrow import MAX_PAYEES, NOBODY, WHOLE
from node.protocol.fields import Address, Block, FieldSet, Integer, ListOf, Text
from node.protocol.units import account_parts

MAX_PAYEE_NAME = 64  # characters
MAX_REFERRAL_BPS = 2_000

PAYEE = FieldSet(
    {
        "to": Address(title="Account", help="Where the share goes."),
        "bps": Integer(1, WHOLE, title="Share", help="In 1/10,000 of the proceeds."),
        "name": Text(1, MAX_PAYEE_NAME, title="Name", help="Who that is: the co-operative, say."),
    }
)
REFERRER = FieldSet(
    {
        "to": Address(title="Account", help="Where the share goes."),
        "bps": Integer(1, MAX_REFERRAL_BPS, title="Share", help="In 1/10,000 of the proceeds."),
    }
)
SHARED = {
    "payees": ListOf(
        Block(PAYEE),
        0,
        MAX_PAYEES,
        required=False,
        title="Who shares the proceeds",
        help="Each gets its share of every payment to the seller's side; the rest goes to the payout.",
    ),
    "referral_bps": Integer(
        1,
        MAX_REFERRAL_BPS,
        required=False,
        title="Share of a referrer",
        help="In 1/10,000 of the proceeds, at most, for whoever the buyer names.",
    ),
}
"""Fields of an offer."""


def only_with_escrow(record, body) -> bool:
    offer = body["offer"]
    return "escrow" in offer or not set(SHARED) & set(offer)


def payees_are_real(record, body) -> bool:
    offer = body["offer"]
    if "escrow" not in offer:
        return True
    arbiters = (each["address"] for each in offer.get("arbiters", ()))
    barred = (NOBODY, account_parts(offer["escrow"])[1], *arbiters)
    return all(payee["to"] not in barred for payee in offer.get("payees", ()))


def shares_fit(record, body) -> bool:
    offer = body["offer"]
    shares = [payee["bps"] for payee in offer.get("payees", ())]
    if "referral_bps" in offer:
        shares.append(offer["referral_bps"])
    return sum(shares) <= WHOLE and len(shares) <= MAX_PAYEES
