"""What a buyer says about a purchase, signed with a key made for this review alone, with proof that the escrow paid for it.

One for each review key, and so for each order: a later record of the same key renews, changes or takes back the review."""

from node.protocol.commitment import MAX_LINES_BYTES, PARTS, SALT_BYTES
from node.protocol.fields import (
    Account,
    Block,
    Bytes,
    FieldSet,
    Integer,
    Language,
    MapOf,
    Ref,
    Slug,
    Text,
    Time,
)
from node.protocol.kinds.listing.shares import REFERRER
from node.protocol.registry import Keeping, Kind, Rule, Verdict

MUST_OPEN = {"offer", "review"}
MAX_CAMPAIGN = 4_096  # bytes of its record
MAX_RATING = 5
MAX_TEXT = 4_000  # characters

OPENED = FieldSet(
    {
        "value": Bytes(MAX_LINES_BYTES, low=1, title="Value"),
        "salt": Bytes(SALT_BYTES, title="Salt"),
    }
)
PROOF = FieldSet(
    {
        "escrow": Account(title="Escrow", help="The contract that was paid."),
        "order": Bytes(32, title="Escrow id", help="The order's name on chain."),
        "leaves": MapOf(Slug(), Bytes(32), 0, len(PARTS), title="Leaves of what stays hidden"),
        "opened": MapOf(
            Slug(), Block(OPENED), len(MUST_OPEN), len(PARTS), title="Parts that are shown"
        ),
        "referrer": Block(
            REFERRER,
            required=False,
            title="Referrer",
            help="Of the order, whose share the terms commit to.",
        ),
        "campaign": Bytes(
            MAX_CAMPAIGN,
            low=1,
            required=False,
            title="Campaign",
            help="Its signed record, where the order was paid by a pledge. Then `escrow` is the contract that holds pledges, and `order` the campaign's id.",
        ),
    }
)
FIELDS = FieldSet(
    {
        "seller": Ref(title="Seller", help="Persona."),
        "slug": Slug(title="Listing", help="Its slug."),
        "offer": Ref(title="Edition", help="Content id of the listing edition that was ordered."),
        "rating": Integer(1, MAX_RATING, title="Rating"),
        "text": Text(0, MAX_TEXT, multiline=True, title="Text"),
        "language": Language(title="Language"),
        "written": Time(
            required=False,
            title="Written",
            help="When it was first published; absent: when the record was made.",
        ),
        "changed": Time(
            required=False, title="Changed", help="When the author last changed it; absent: never."
        ),
        "proof": Block(PROOF, title="Proof"),
    }
)


def _opened(body: dict, name: str) -> bytes | None:
    return body["proof"]["opened"].get(name, {}).get("value")


def _parts_are_whole(record, body) -> bool:
    leaves, opened = set(body["proof"]["leaves"]), set(body["proof"]["opened"])
    return opened >= MUST_OPEN and not leaves & opened and leaves | opened == set(PARTS)


def _dates_are_in_order(record, body) -> bool:
    written = body.get("written", record.created)
    return written <= body.get("changed", written) <= record.created


RULES = (
    Rule(
        "review.parts",
        Verdict.REJECT,
        "`offer` and `review` are opened, and every other part of the order is opened or shown as a leaf.",
        _parts_are_whole,
    ),
    Rule(
        "review.author",
        Verdict.REJECT,
        "The author is the review key that the order committed to.",
        lambda record, body: _opened(body, "review") == record.author,
    ),
    Rule(
        "review.offer",
        Verdict.REJECT,
        "The edition reviewed is the one that the order committed to.",
        lambda record, body: _opened(body, "offer") == body["offer"],
    ),
    Rule(
        "review.dates",
        Verdict.REJECT,
        "It was written before it was changed, and neither after the record was made.",
        _dates_are_in_order,
    ),
)

KIND = Kind("review", 1, Keeping.REPLACEABLE, FIELDS, RULES)
