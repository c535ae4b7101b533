"""One step in the talk of an order, from buyer to seller or back; sealed, never spread."""

from node.protocol.campaign import MAX_TOKEN_SIGNATURE
from node.protocol.commitment import (
    MAX_DELIVERY_BYTES,
    MAX_LINES_BYTES,
    SALT_BYTES,
    commitment,
)
from node.protocol.escrow import MAX_SIGNATURE
from node.protocol.fields import (
    Address,
    Amount,
    Block,
    Bytes,
    Choice,
    FieldSet,
    Integer,
    ListOf,
    Ref,
    Slug,
    Text,
    Time,
)
from node.protocol.kinds.listing.shares import REFERRER
from node.protocol.kinds.profile import MAX_ADDRESS, MAX_NODES
from node.protocol.registry import Keeping, Kind, Rule, Verdict

# Lengths are in characters.
MAX_NOTE = 4_000
MAX_CARRIER = 80
MAX_TRACKING = 120
MAX_SECONDS = 2**32 - 1
MAX_BPS = 2**16 - 1

REASONS = {
    "sold_out": "The last piece has just been sold.",
    "cannot_ship": "It can't be sent there.",
    "wrong_price": "The price was a mistake.",
    "too_late": "The payment came after the offer was over.",
    "closed": "The stall is closed.",
    "other": "Another reason.",
}

REFUSALS = {
    "signature": "The signature isn't the account's, or it is for something else.",
    "spent": "It was used already, or taken back at the token.",
    "funds": "The account doesn't hold the money.",
    "small": "The price is below what the seller's node pays fees for.",
    "time": "It was over, or too near its end.",
    "campaign": "The campaign takes no pledge by it.",
    "failed": "It was sent, and nothing was pledged by it.",
    "other": "Another reason.",
}

PARTS = FieldSet(
    {
        "buyer": Ref(title="Buyer", help="Persona."),
        "delivery": Bytes(
            MAX_DELIVERY_BYTES, low=1, title="Delivery", help="Encoded block of the extension."
        ),
        "lines": Bytes(
            MAX_LINES_BYTES, low=1, title="Lines", help="Encoded array of {extension, block}."
        ),
        "offer": Ref(title="Offer", help="Content id of the listing edition."),
        "review": Bytes(32, title="Review key", help="Fresh Ed25519 public key."),
    }
)
SALTS = FieldSet({name: Bytes(SALT_BYTES, title=f"Salt of {name}") for name in PARTS})
TERMS = FieldSet(
    {
        "buyer": Address(title="Buyer"),
        "seller": Address(title="Seller"),
        "payout": Address(title="Payout"),
        "arbiter": Address(title="Arbiter", help="Zero: none."),
        "token": Address(title="Token", help="Zero: the chain's own coin."),
        "amount": Amount(title="Amount"),
        "ship_by": Time(title="Ship by"),
        "review": Integer(0, MAX_SECONDS, title="Review time"),
        "ruling": Integer(0, MAX_SECONDS, title="Ruling time"),
        "arbiter_bps": Integer(0, MAX_BPS, title="Arbiter's fee"),
        "lapse_bps": Integer(0, MAX_BPS, title="Seller's share on silence"),
        "payees": Bytes(32, title="Payees", help="Hash of the list; zero: nobody."),
    }
)
SETTLEMENT = FieldSet(
    {
        "since": Time(title="Funded at", help="Block time of the funding."),
        "held": Amount(title="Held"),
        "to_buyer": Amount(title="To the buyer"),
        "to_seller": Amount(title="To the seller"),
        "expiry": Time(title="Expiry"),
        "signature": Bytes(
            MAX_SIGNATURE,
            low=1,
            required=False,
            title="Signature",
            help="By the wallet of the side that proposes, if it gives anything.",
        ),
    }
)
AUTHORIZATION = FieldSet(
    {
        "valid_before": Time(title="Valid before", help="It can be sent until then."),
        "signature": Bytes(
            MAX_SIGNATURE, low=1, title="Signature", help="By the buyer's account, of the token's."
        ),
        "pledge": Block(
            FieldSet(
                {
                    "campaign": Bytes(32, title="Campaign", help="Its id in the contract."),
                    "account": Address(title="Account", help="Who pledges."),
                }
            ),
            required=False,
            title="Pledge",
            help="Where it goes, of an order that is paid by a pledge.",
        ),
    }
)
NOTE = {"text": Text(1, MAX_NOTE, multiline=True, required=False, title="Note")}
PLACE = FieldSet(
    {
        "parts": Block(PARTS, title="Parts"),
        "salts": Block(SALTS, title="Salts"),
        "terms": Block(
            TERMS, required=False, title="Terms", help="All but `order`, which the parts give."
        ),
        "referrer": Block(
            REFERRER,
            required=False,
            title="Referrer",
            help="Who shares the proceeds because they sent the buyer.",
        ),
        "fund_by": Time(required=False, title="Fund by", help="The buyer promises to pay by then."),
        "nodes": ListOf(
            Text(1, MAX_ADDRESS), 0, MAX_NODES, title="Nodes", help="Where answers are taken."
        ),
        "reply_key": Bytes(
            32, required=False, title="Reply key", help="X25519 key to seal answers to."
        ),
        **NOTE,
    }
)
STEPS = {
    "place": PLACE,
    "accept": FieldSet(NOTE),
    "decline": FieldSet(
        {
            "reason": Choice(REASONS, title="Reason"),
            **NOTE,
            "settlement": Block(SETTLEMENT, required=False, title="Full refund"),
        }
    ),
    "cancel": FieldSet(NOTE),
    "authorize": AUTHORIZATION,
    "refuse": FieldSet(
        {
            "authorization": Ref(
                title="Authorization", help="Content id of the message that brought it."
            ),
            "reason": Choice(REFUSALS, title="Reason"),
        }
    ),
    "ship": FieldSet(
        {
            "carrier": Text(1, MAX_CARRIER, required=False, title="Carrier"),
            "tracking": Text(1, MAX_TRACKING, required=False, title="Tracking number"),
            **NOTE,
        }
    ),
    "note": FieldSet({"text": Text(1, MAX_NOTE, multiline=True, title="Note")}),
    "settle": FieldSet({"settlement": Block(SETTLEMENT, title="Settlement"), **NOTE}),
}
TITLES = {
    "place": "The buyer orders",
    "accept": "The seller promises to deliver",
    "decline": "The seller won't deliver",
    "cancel": "The buyer won't pay, or won't come for it",
    "authorize": "The buyer pays by a signature that anybody may send",
    "refuse": "The seller's node won't send the authorization",
    "ship": "The seller has sent it, or handed it over",
    "note": "A word to the other side",
    "settle": "A settlement that one side proposes",
}
FIELDS = FieldSet(
    {
        "step": Slug(title="Step", help="An unknown one is kept and has no effect."),
        "order": Ref(title="Order", help="The commitment to its parts."),
        "prev": Ref(
            required=False, title="Previous", help="Content id of the message before this one."
        ),
        **{step: Block(STEPS[step], required=False, title=title) for step, title in TITLES.items()},
    }
)


def _block_of_step(record, body) -> bool:
    return {name for name in STEPS if name in body} == {body["step"]} & set(STEPS)


def _settlements(body: dict) -> list[dict]:
    blocks = [body[step] for step in ("decline", "settle") if step in body]
    return [block["settlement"] for block in blocks if "settlement" in block]


def _placed(holds):
    return lambda record, body: "place" not in body or holds(record, body["place"], body)


def _reject(id: str, text: str, holds) -> Rule:
    return Rule(f"order.{id}", Verdict.REJECT, text, holds)


RULES = (
    _reject("block", "A known step brings its own block and no other step's.", _block_of_step),
    _reject(
        "first",
        "A `place` names no message before it; every other step does.",
        lambda record, body: (body["step"] == "place") != ("prev" in body),
    ),
    _reject(
        "parts",
        "A `place` has exactly the five parts and a salt for each.",
        _placed(
            lambda record, place, body: set(place["parts"]) == set(place["salts"]) == set(PARTS)
        ),
    ),
    _reject(
        "commitment",
        "The order's id is the commitment to the parts and salts of its `place`.",
        _placed(
            lambda record, place, body: commitment(place["parts"], place["salts"]) == body["order"]
        ),
    ),
    _reject(
        "buyer",
        "Who places an order is the buyer in its parts.",
        _placed(lambda record, place, body: place["parts"]["buyer"] == record.author),
    ),
    _reject(
        "fund-by",
        "`fund_by` is there if and only if terms are.",
        _placed(lambda record, place, body: ("terms" in place) == ("fund_by" in place)),
    ),
    _reject(
        "referrer",
        "A `referrer` is there only if terms are.",
        _placed(lambda record, place, body: "referrer" not in place or "terms" in place),
    ),
    _reject(
        "pledge-signature",
        "The signature of an authorization that pledges is no longer than the campaign's contract takes.",
        lambda record, body: (
            "pledge" not in body.get("authorize", {})
            or len(body["authorize"]["signature"]) <= MAX_TOKEN_SIGNATURE
        ),
    ),
    _reject(
        "settlement",
        "A settlement pays something, and no more than is held.",
        lambda record, body: all(
            0 < each["to_buyer"] + each["to_seller"] <= each["held"] for each in _settlements(body)
        ),
    ),
    _reject(
        "refund",
        "The settlement of a `decline` gives everything back, and is signed.",
        lambda record, body: (
            body["step"] != "decline"
            or all(
                each["to_buyer"] == each["held"] and "signature" in each
                for each in _settlements(body)
            )
        ),
    ),
)

KIND = Kind("order", 1, Keeping.PRIVATE, FIELDS, RULES)
