"""Vectors of the kinds profile, arbiter, listing, availability, review and order: one good record each way, and each rule broken once."""

from node.protocol.encoding import encode
from node.protocol.escrow import DAY
from tests.protocol import sale
from tests.protocol.sale import (
    ACCEPTED,
    BODY,
    BUYER,
    CANCELLED,
    CONTRACT,
    DECLINED,
    ETH,
    NOW,
    ORDER,
    PLACE,
    PLACED,
    REVIEW,
    REVIEWER,
    SELLER,
    SHIPPED,
    STRANGER,
    TUSD,
    changed,
    proof,
    refund,
    say,
    sign,
)
from tests.protocol.sale import ARBITER as LISTED
from tests.vectors import arbiters, campaigns, cases, shares, signed
from tests.vectors.people import PROFILE
from tests.vectors.proposals import UNSIGNED
from tests.vectors.rows import Invalid, Valid, accepted, breaking, refused


def _profile(**changes):
    return sign("profile", changed(PROFILE, **changes))


def _listed(*others: dict, **changes) -> dict:
    """Changes to a listing by which it lists an arbiter, and others."""
    return {"offer__arbiters": [LISTED | changes, *others]}


def _listing(**changes):
    return sale.listing(changed(BODY, **changes))


def _review_of(by=REVIEWER, **changes):
    return sign("review", changed(REVIEW, **changes), by)


def _authorize(length: int):
    block = {"valid_before": NOW + 3_600, "signature": b"\1" * length}
    return _say(BUYER, step="authorize", authorize=block)


def _say(by=SELLER, **body):
    return sign("order", {"order": ORDER, "prev": PLACED.id, **body}, by)


def _place(by=BUYER, **changes):
    return say("place", changed(PLACE, **changes), by, None, after=0)


ASKED = _say(BUYER, step="settle", settle={"settlement": sale.proposal(1, 0)})


def valid() -> list[Valid]:
    lines = {"quantity": 1, "variant": "brass"}
    return [
        *arbiters.valid(),
        *campaigns.valid(),
        *cases.valid(),
        Valid("profile", "everything that a profile can say", _profile()),
        Valid(
            "profile-bare",
            "only what is needed",
            _profile(about=None, encryption=[], wallets=[], nodes=[]),
        ),
        Valid("listing", "priced in a currency, paid in a stablecoin of it", _listing()),
        Valid(
            "listing-coin",
            "priced in the coin of the chain",
            _listing(
                price={"amount": 1, "unit": ETH}, offer__accepts=[{"asset": ETH, "decimals": 18}]
            ),
        ),
        Valid("listing-arbiter", "with an arbiter who may decide disputes", _listing(**_listed())),
        Valid(
            "listing-arbiters",
            "one persona with two accounts, and the most that there may be",
            _listing(
                **_listed(*(LISTED | {"address": bytes([n]) * 20} for n in range(0x10, 0x17)))
            ),
        ),
        Valid(
            "listing-arbiter-pays",
            "the shop key and the payout may be one account",
            _listing(offer__payout=BODY["offer"]["seller"]),
        ),
        Valid(
            "listing-shortest",
            "the shortest times that the contract takes",
            _listing(**_listed(ruling=DAY), offer__review=3_600),
        ),
        Valid("listing-deposit", "a review time of 0: a deposit", _listing(offer__review=0)),
        Valid(
            "listing-collection",
            "paid on collection, without escrow",
            _listing(offer={"until": NOW + DAY, "ship_within": 7 * DAY, "on_collection": True}),
        ),
        Valid(
            "listing-free",
            "costs nothing, without escrow",
            _listing(price__amount=0, offer={"until": NOW + DAY, "ship_within": 7 * DAY}),
        ),
        *shares.valid(),
        *signed.valid(),
        Valid(
            "listing-until", "the offer ends with the record", _listing(offer__until=NOW + 60 * DAY)
        ),
        Valid(
            "listing-understand",
            "an extension that must be understood is there",
            _listing(must_understand=["goods"]),
        ),
        Valid(
            "availability",
            "two variants in stock",
            sign(
                "availability",
                {"extensions": {"goods": {"stock": {"brass": 2, "steel": 0}}}},
                slug="desk-lamp",
            ),
        ),
        Valid("review", "proves a purchase and tells nothing else about it", _review_of()),
        Valid(
            "review-changed",
            "changed a day after it was written, and renewed since",
            _review_of(written=NOW - 100 * DAY, changed=NOW - 99 * DAY),
        ),
        Valid(
            "review-referrer",
            "of an order with a referrer",
            _review_of(proof__referrer={"to": b"\x0d" * 20, "bps": 500}),
        ),
        Valid(
            "review-gone",
            "taken back by its author",
            sign("review", {}, REVIEWER, gone=True),
        ),
        Valid("order-place", "an order with terms", PLACED),
        Valid("order-place-free", "an order without money", _place(terms=None, fund_by=None)),
        Valid(
            "order-place-referrer",
            "an order whose buyer was sent by somebody",
            _place(referrer={"to": b"\x0d" * 20, "bps": 500}),
        ),
        Valid("order-authorize", "paid by a signature of a contract wallet", _authorize(2_048)),
        Valid("order-accept", "the seller accepts", ACCEPTED),
        Valid("order-ship", "the seller has sent it", SHIPPED),
        Valid("order-decline", "the seller declines and gives everything back", DECLINED),
        Valid(
            "order-settle",
            "the seller gives a part back",
            _say(step="settle", settle={"settlement": refund(to_buyer=1)}),
        ),
        Valid("order-settle-asked", "the buyer asks for a part, and signs nothing", ASKED),
        Valid("order-cancel", "the buyer takes an unpaid order back", CANCELLED),
        Valid("order-cancel-bare", "without a word", _say(BUYER, step="cancel", cancel={})),
        Valid("order-note", "a note", _say(BUYER, step="note", note={"text": "When?"})),
        Valid(
            "order-unknown-step",
            "a step of the future has no effect",
            _say(step="haggle", haggle=lines),
        ),
    ]


def invalid() -> list[Invalid]:
    profile, listing = breaking("profile", _profile), breaking("listing", _listing)
    review = breaking("review", _review_of)
    said, placed = breaking("order", _say), breaking("order", _place)
    key = PROFILE["encryption"][0]
    return [
        *arbiters.invalid(),
        *campaigns.invalid(),
        *cases.invalid(),
        *shares.invalid(),
        *signed.invalid(),
        profile("keys", "two keys with one id", "keys", encryption=[key, key]),
        profile(
            "nodes", "an address without a peer id", "nodes", nodes=["/ip4/192.0.2.7/tcp/4001"]
        ),
        profile("nodes-text", "no multiaddr at all", "nodes", nodes=["me /p2p/12D3"]),
        profile("name", "a name of 65 characters", "field.length", name="x" * 65),
        listing("late", "the offer outlives the record", "until", offer__until=NOW + 60 * DAY + 1),
        listing("over", "the offer was over when it was made", "until", offer__until=NOW),
        listing("no-payout", "an escrow without payout", "escrow", offer__payout=None),
        listing("no-escrow", "a shop key without escrow", "escrow", offer__escrow=None),
        listing(
            "unpayable",
            "a price, and no way to pay it",
            "payable",
            offer={"until": NOW + DAY, "ship_within": 7 * DAY},
        ),
        listing(
            "accepts-nothing", "an escrow, and nothing that it takes", "payable", offer__accepts=[]
        ),
        listing("unit", "priced in a coin that isn't accepted", "unit", price__unit=ETH),
        listing(
            "chain",
            "an asset of another chain",
            "chain",
            offer__accepts=[{"asset": "eip155:1/slip44:60", "decimals": 18}],
        ),
        listing(
            "accepts-twice",
            "one asset with two numbers of decimals",
            "accepts",
            offer__accepts=[{"asset": TUSD, "decimals": 6}, {"asset": TUSD, "decimals": 18}],
        ),
        listing("seller-zero", "nobody as the seller", "roles", offer__seller=bytes(20)),
        listing("payout-zero", "nobody gets the proceeds", "roles", offer__payout=bytes(20)),
        listing(
            "payout-contract", "the contract gets the proceeds", "roles", offer__payout=CONTRACT
        ),
        listing(
            "arbiter-seller",
            "the seller judges itself",
            "arbiters",
            **_listed(address=BODY["offer"]["seller"]),
        ),
        listing(
            "arbiter-payout",
            "who gets the proceeds judges",
            "arbiters",
            **_listed(address=BODY["offer"]["payout"]),
        ),
        listing("arbiter-contract", "the contract judges", "arbiters", **_listed(address=CONTRACT)),
        listing("arbiter-zero", "nobody as an arbiter", "arbiters", **_listed(address=bytes(20))),
        listing("arbiter-twice", "one address twice", "arbiters", **_listed(LISTED)),
        listing(
            "arbiter-without-escrow",
            "an arbiter where there is nothing to decide",
            "arbiters",
            offer={
                "until": NOW + DAY,
                "ship_within": 7 * DAY,
                "on_collection": True,
                "arbiters": [LISTED],
            },
        ),
        listing(
            "arbiters-nine",
            "nine arbiters",
            "field.count",
            **_listed(*(LISTED | {"address": bytes([n]) * 20} for n in range(0x10, 0x18))),
        ),
        listing("arbiter-fee", "a fee of 20.01 %", "field.range", **_listed(fee_bps=2_001)),
        listing(
            "ruling-short",
            "an arbiter with less than a day",
            "field.range",
            **_listed(ruling=DAY - 1),
        ),
        listing("review", "a review time of 59 minutes 59 seconds", "review", offer__review=3_599),
        listing(
            "understand",
            "must be understood, and isn't there",
            "understand",
            must_understand=["com.example.gift"],
        ),
        listing("category", "a category of its own", "field.choice", category="lamps"),
        listing("ship", "ships within 171 days", "field.range", offer__ship_within=171 * DAY),
        listing("bare", "no extension says what it is", "field.count", extensions={}),
        review("parts", "the leaf of the lines is missing", "parts", proof__leaves__lines=None),
        review("hidden", "the edition isn't opened", "parts", proof=proof(("review", "buyer"))),
        review("author", "signed by another key", "author", SELLER),
        review("offer", "of an edition that wasn't ordered", "offer", offer=bytes(32)),
        review("written", "written after it was made", "dates", written=NOW + 1),
        review("changed", "changed before it was written", "dates", written=NOW, changed=NOW - 1),
        review("unwritten", "made after it was changed", "dates", changed=NOW - 1),
        review("stars", "six stars", "field.range", rating=6),
        said("no-block", "a step without its block", "block", step="accept"),
        said(
            "two-blocks",
            "a step with the block of another",
            "block",
            step="accept",
            accept={},
            ship={},
        ),
        said("smuggled", "an unknown step with a known block", "block", step="haggle", ship={}),
        said("cancel-block", "a cancel without its block", "block", BUYER, step="cancel"),
        said(
            "cancel-reason",
            "a cancel with the block of a decline",
            "block",
            BUYER,
            step="cancel",
            cancel={},
            decline={"reason": "other"},
        ),
        said(
            "cancel-text",
            "a cancel with an empty word",
            "field.length",
            BUYER,
            step="cancel",
            cancel={"text": ""},
        ),
        said("first", "a place after another message", "first", BUYER, step="place", place=PLACE),
        Invalid(
            "order-orphan",
            "an accept after nothing",
            "order.first",
            sign("order", {"order": ORDER, "step": "accept", "accept": {}}, SELLER).raw,
        ),
        Invalid(
            "order-cancel-orphan",
            "a cancel after nothing",
            "order.first",
            sign("order", {"order": ORDER, "step": "cancel", "cancel": {}}, BUYER).raw,
        ),
        placed(
            "commitment",
            "the delivery was changed after the commitment",
            "commitment",
            parts__delivery=encode({"option": "pickup"}),
        ),
        placed("part", "a sixth part", "parts", parts__gift=b"x"),
        placed("buyer", "placed by somebody else", "buyer", STRANGER),
        placed("fund-by", "terms without a promise to fund", "fund-by", fund_by=None),
        placed(
            "referrer",
            "a share of no proceeds",
            "referrer",
            terms=None,
            fund_by=None,
            referrer={"to": b"\x0d" * 20, "bps": 500},
        ),
        placed("fund-nothing", "a promise to fund nothing", "fund-by", terms=None),
        said(
            "too-much",
            "a settlement of more than is held",
            "settlement",
            step="settle",
            settle={"settlement": refund(to_seller=1)},
        ),
        said(
            "nothing",
            "a settlement of nothing",
            "settlement",
            step="settle",
            settle={"settlement": refund(to_buyer=0)},
        ),
        said(
            "half-refund",
            "a decline that keeps something",
            "refund",
            step="decline",
            decline={"reason": "other", "settlement": refund(to_buyer=1)},
        ),
        said("unsigned-refund", "a decline whose refund nobody signed", "refund", **UNSIGNED),
        said(
            "reason",
            "a decline for a reason of its own",
            "field.choice",
            step="decline",
            decline={"reason": "mood"},
        ),
        placed("salt", "a salt of 31 bytes", "field.length", salts__buyer=bytes(31)),
    ]


def build() -> dict:
    return {
        "about": "Records on network etal-test, judged at 1800000000 as if they had come sealed. A valid one is accepted; an "
        "invalid one is rejected by the rule.",
        "valid": accepted(valid()),
        "invalid": refused(invalid()),
    }
