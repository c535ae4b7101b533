"""What a request to the JSON API may carry; another shape is refused with "web.json"."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from node.peer.agreements import PROPOSAL_DAYS
from node.peer.order_views import PAGE
from node.protocol.escrow import MAX_ORDERS, MAX_SIGNATURE
from node.protocol.order_state import Stage

MAX_LIMIT = 100  # search results or orders in one answer
MAX_LIST = 1000  # listings of one's own in one answer
SHORT, LONG = 200, 10_000  # characters

Short = Annotated[str, Meta(max_length=SHORT)]
Long = Annotated[str, Meta(max_length=LONG)]
Signature = Annotated[str, Meta(max_length=2 + 2 * MAX_SIGNATURE)]
Digits = Annotated[str, Meta(pattern=r"^[0-9]{1,39}\Z")]
Few = Annotated[list[Short], Meta(max_length=50)]


class Body(Struct, forbid_unknown_fields=True):
    """The JSON of a request that does something."""


class Search(Struct, forbid_unknown_fields=True):
    """GET /api/search; `facet` is "name:value", `min` and `max` are in the smallest unit of `unit`."""

    q: Short = ""
    category: Few = []
    country: Few = []
    seller: Short = ""
    facet: Few = []
    unit: Short | None = None
    min: Digits | None = None
    max: Digits | None = None
    available: bool = False
    sort: Annotated[str, Meta(pattern="^(best|newest|price|-price)\\Z")] = "best"
    after: Short | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = 24


class Slice(Struct, forbid_unknown_fields=True):
    """Part of a list: at most `limit` after the one whose slug is `after`."""

    after: Short | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIST)] = MAX_LIST


class Orders(Struct, forbid_unknown_fields=True):
    """GET /api/orders; `after` is the `next` of the answer before."""

    side: Annotated[str, Meta(pattern="^(buyer|seller)\\Z")] | None = None
    stage: Annotated[str, Meta(pattern=f"^({'|'.join(Stage)})\\Z")] | None = None
    after: Short | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_LIMIT)] = PAGE


class Quote(Body):
    listing: Short
    lines: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=50)]
    delivery: dict[str, Any] = {}
    asset: Short | None = None


class Place(Quote):
    account: Short | None = None
    text: Long = ""
    referrer: Short | None = None
    arbiter: Short | None = None


Several = Annotated[list[Short], Meta(min_length=1, max_length=MAX_ORDERS)]


class AddToCart(Body):
    listing: Short
    line: dict[str, Any]
    referrer: Short | None = None


class CartChoice(Body):
    number: Annotated[int, Meta(ge=0, lt=1000)]
    seen: Short
    delivery: dict[str, Any] = {}
    asset: Short | None = None


class OrderCart(Body):
    lines: Annotated[list[CartChoice], Meta(min_length=1, max_length=MAX_ORDERS)]
    account: Short | None = None
    text: Long = ""


class Together(Body):
    orders: Several
    account: Short | None = None


class Nothing(Body):
    pass


class Word(Body):
    text: Long = ""


class Ship(Body):
    carrier: Short = ""
    tracking: Short = ""


class Withdraw(Body):
    to: Short | None = None


class Part(Body):
    """`amount` in the smallest unit; all that is held if absent."""

    amount: Digits | None = None


class Settle(Body):
    to_buyer: Digits = "0"
    to_seller: Digits = "0"
    text: Long = ""
    days: int = PROPOSAL_DAYS


class Accept(Body):
    proposal: Short | None = None


class Note(Body):
    text: Annotated[str, Meta(min_length=1, max_length=LONG)]


class Shown(Body):
    message: Short


class Parts(Body):
    parts: Few


class Review(Body):
    rating: Annotated[int, Meta(ge=1, le=5)]
    text: Long = ""
    language: Short | None = None


class Wallet(Withdraw):
    account: Short | None = None
    signature: Signature | None = None
    permit: bool = True
    proposal: Short | None = None


class Profile(Body):
    name: Short | None = None
    about: Long | None = None
    language: Short | None = None


class Sent(Body):
    verb: Short
    hash: Annotated[str, Meta(pattern="^0x[0-9a-f]{64}\\Z")]


class SentTogether(Sent):
    orders: Several
