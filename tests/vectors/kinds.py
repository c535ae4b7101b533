"""Vectors of the kinds profile, listing, availability, review and order: one good record each way, and each rule broken once."""

from node.protocol.encoding import encode
from node.protocol.escrow import DAY
from tests.protocol import sale
from tests.protocol.sale import (
    ACCEPTED,
    BODY,
    BUYER,
    CHAIN,
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

ARBITER = {"offer__arbiter": b"\x0f" * 20, "offer__ruling": 7 * DAY}
PROFILE = {
    "name": "Ada",
    "about": "Lamps.",
    "language": "en",
    "encryption": [{"id": "2027", "key": b"\x07" * 32, "until": NOW + 90 * DAY}],
    "wallets": [{"account": f"{CHAIN}:0x{'0b' * 20}", "until": NOW + DAY, "signature": bytes(65)}],
    "nodes": ["/ip4/192.0.2.7/tcp/4001/p2p/12D3KooWExample"],
}


def _profile(**changes):
    return sign("profile", changed(PROFILE, **changes))


def _listing(**changes):
    return sale.listing(changed(BODY, **changes))


def _review_of(by=REVIEWER, **changes):
    return sign("review", changed(REVIEW, **changes), by)


def _say(by=SELLER, **body):
    return sign("order", {"order": ORDER, "prev": PLACED.id, **body}, by)


def _place(by=BUYER, **changes):
    return say("place", changed(PLACE, **changes), by, None, after=0)


def valid() -> list[tuple]:
    """(name, why, record)"""
    lines = {"quantity": 1, "variant": "brass"}
    return [
        ("profile", "everything that a profile can say", _profile()),
        (
            "profile-bare",
            "only what is needed",
            _profile(about=None, encryption=[], wallets=[], nodes=[]),
        ),
        ("listing", "priced in a currency, paid in a stablecoin of it", _listing()),
        (
            "listing-coin",
            "priced in the coin of the chain",
            _listing(
                price={"amount": 1, "unit": ETH}, offer__accepts=[{"asset": ETH, "decimals": 18}]
            ),
        ),
        ("listing-arbiter", "with an arbiter who decides disputes", _listing(**ARBITER)),
        (
            "listing-arbiter-pays",
            "the shop key and the payout may be one account",
            _listing(offer__payout=BODY["offer"]["seller"]),
        ),
        (
            "listing-shortest",
            "the shortest times that the contract takes",
            _listing(**{**ARBITER, "offer__ruling": DAY, "offer__review": 3_600}),
        ),
        ("listing-deposit", "a review time of 0: a deposit", _listing(offer__review=0)),
        (
            "listing-collection",
            "paid on collection, without escrow",
            _listing(offer={"until": NOW + DAY, "ship_within": 7 * DAY, "on_collection": True}),
        ),
        (
            "listing-free",
            "costs nothing, without escrow",
            _listing(price__amount=0, offer={"until": NOW + DAY, "ship_within": 7 * DAY}),
        ),
        (
            "listing-until",
            "the offer ends with the record",
            _listing(offer__until=NOW + 60 * DAY),
        ),
        (
            "listing-understand",
            "an extension that must be understood is there",
            _listing(must_understand=["goods"]),
        ),
        (
            "availability",
            "two variants in stock",
            sign(
                "availability",
                {"extensions": {"goods": {"stock": {"brass": 2, "steel": 0}}}},
                slug="desk-lamp",
            ),
        ),
        ("review", "proves a purchase and tells nothing else about it", _review_of()),
        ("order-place", "an order with terms", PLACED),
        ("order-place-free", "an order without money", _place(terms=None, fund_by=None)),
        ("order-accept", "the seller accepts", ACCEPTED),
        ("order-ship", "the seller has sent it", SHIPPED),
        ("order-decline", "the seller declines and gives everything back", DECLINED),
        (
            "order-settle",
            "the seller gives a part back",
            _say(step="settle", settle={"settlement": refund(to_buyer=1)}),
        ),
        ("order-note", "a note", _say(BUYER, step="note", note={"text": "When?"})),
        (
            "order-unknown-step",
            "a step of the future has no effect",
            _say(step="haggle", haggle=lines),
        ),
    ]


def invalid() -> list[tuple]:
    """(name, why, rule, record)"""
    key = PROFILE["encryption"][0]
    return [
        ("profile-keys", "two keys with one id", "profile.keys", _profile(encryption=[key, key])),
        (
            "profile-nodes",
            "an address without a peer id",
            "profile.nodes",
            _profile(nodes=["/ip4/192.0.2.7/tcp/4001"]),
        ),
        (
            "profile-nodes-text",
            "no multiaddr at all",
            "profile.nodes",
            _profile(nodes=["me /p2p/12D3"]),
        ),
        ("profile-name", "a name of 65 characters", "field.length", _profile(name="x" * 65)),
        (
            "listing-late",
            "the offer outlives the record",
            "listing.until",
            _listing(offer__until=NOW + 60 * DAY + 1),
        ),
        (
            "listing-over",
            "the offer was over when it was made",
            "listing.until",
            _listing(offer__until=NOW),
        ),
        (
            "listing-no-payout",
            "an escrow without payout",
            "listing.escrow",
            _listing(offer__payout=None),
        ),
        (
            "listing-no-escrow",
            "a shop key without escrow",
            "listing.escrow",
            _listing(offer__escrow=None),
        ),
        (
            "listing-unpayable",
            "a price, and no way to pay it",
            "listing.payable",
            _listing(offer={"until": NOW + DAY, "ship_within": 7 * DAY}),
        ),
        (
            "listing-accepts-nothing",
            "an escrow, and nothing that it takes",
            "listing.payable",
            _listing(offer__accepts=[]),
        ),
        (
            "listing-unit",
            "priced in a coin that isn't accepted",
            "listing.unit",
            _listing(price__unit=ETH),
        ),
        (
            "listing-chain",
            "an asset of another chain",
            "listing.chain",
            _listing(offer__accepts=[{"asset": "eip155:1/slip44:60", "decimals": 18}]),
        ),
        (
            "listing-accepts-twice",
            "one asset with two numbers of decimals",
            "listing.accepts",
            _listing(
                offer__accepts=[{"asset": TUSD, "decimals": 6}, {"asset": TUSD, "decimals": 18}]
            ),
        ),
        (
            "listing-seller-zero",
            "nobody as the seller",
            "listing.roles",
            _listing(offer__seller=bytes(20)),
        ),
        (
            "listing-payout-zero",
            "nobody gets the proceeds",
            "listing.roles",
            _listing(offer__payout=bytes(20)),
        ),
        (
            "listing-payout-contract",
            "the contract gets the proceeds",
            "listing.roles",
            _listing(offer__payout=CONTRACT),
        ),
        (
            "listing-arbiter-seller",
            "the seller judges itself",
            "listing.roles",
            _listing(**{**ARBITER, "offer__arbiter": BODY["offer"]["seller"]}),
        ),
        (
            "listing-arbiter-zero",
            "nobody as the arbiter",
            "listing.roles",
            _listing(**{**ARBITER, "offer__arbiter": bytes(20)}),
        ),
        (
            "listing-review",
            "a review time of 59 minutes 59 seconds",
            "listing.review",
            _listing(offer__review=3_599),
        ),
        (
            "listing-ruling",
            "an arbiter without time",
            "listing.ruling",
            _listing(offer__arbiter=b"\x0f" * 20),
        ),
        (
            "listing-ruling-short",
            "an arbiter with less than a day",
            "listing.ruling",
            _listing(**{**ARBITER, "offer__ruling": DAY - 1}),
        ),
        (
            "listing-ruling-alone",
            "time for no arbiter",
            "listing.ruling",
            _listing(offer__ruling=DAY),
        ),
        (
            "listing-understand",
            "must be understood, and isn't there",
            "listing.understand",
            _listing(must_understand=["com.example.gift"]),
        ),
        ("listing-category", "a category of its own", "field.choice", _listing(category="lamps")),
        (
            "listing-ship",
            "ships within 171 days",
            "field.range",
            _listing(offer__ship_within=171 * DAY),
        ),
        ("listing-bare", "no extension says what it is", "field.count", _listing(extensions={})),
        (
            "review-parts",
            "the leaf of the lines is missing",
            "review.parts",
            _review_of(proof__leaves__lines=None),
        ),
        (
            "review-hidden",
            "the edition isn't opened",
            "review.parts",
            _review_of(proof=proof(("review", "buyer"))),
        ),
        ("review-author", "signed by another key", "review.author", _review_of(SELLER)),
        (
            "review-offer",
            "of an edition that wasn't ordered",
            "review.offer",
            _review_of(offer=bytes(32)),
        ),
        ("review-stars", "six stars", "field.range", _review_of(rating=6)),
        ("order-no-block", "a step without its block", "order.block", _say(step="accept")),
        (
            "order-two-blocks",
            "a step with the block of another",
            "order.block",
            _say(step="accept", accept={}, ship={}),
        ),
        (
            "order-smuggled",
            "an unknown step with a known block",
            "order.block",
            _say(step="haggle", ship={}),
        ),
        (
            "order-first",
            "a place after another message",
            "order.first",
            _say(BUYER, step="place", place=PLACE),
        ),
        (
            "order-orphan",
            "an accept after nothing",
            "order.first",
            sign("order", {"order": ORDER, "step": "accept", "accept": {}}, SELLER),
        ),
        (
            "order-commitment",
            "the delivery was changed after the commitment",
            "order.commitment",
            _place(parts__delivery=encode({"option": "pickup"})),
        ),
        ("order-part", "a sixth part", "order.parts", _place(parts__gift=b"x")),
        ("order-buyer", "placed by somebody else", "order.buyer", _place(STRANGER)),
        ("order-fund-by", "terms without a promise to fund", "order.fund-by", _place(fund_by=None)),
        ("order-fund-nothing", "a promise to fund nothing", "order.fund-by", _place(terms=None)),
        (
            "order-too-much",
            "a settlement of more than is held",
            "order.settlement",
            _say(step="settle", settle={"settlement": refund(to_seller=1)}),
        ),
        (
            "order-nothing",
            "a settlement of nothing",
            "order.settlement",
            _say(step="settle", settle={"settlement": refund(to_buyer=0)}),
        ),
        (
            "order-half-refund",
            "a decline that keeps something",
            "order.refund",
            _say(step="decline", decline={"reason": "other", "settlement": refund(to_buyer=1)}),
        ),
        (
            "order-reason",
            "a decline for a reason of its own",
            "field.choice",
            _say(step="decline", decline={"reason": "mood"}),
        ),
        ("order-salt", "a salt of 31 bytes", "field.length", _place(salts__buyer=bytes(31))),
    ]


def build() -> dict:
    return {
        "about": "Records on network etal-test, judged at 1800000000 as if they had come sealed. A valid one is accepted; an "
        "invalid one is rejected by the rule.",
        "valid": [
            {
                "name": name,
                "why": why,
                "kind": record.kind,
                "id": record.id.hex(),
                "raw": record.raw.hex(),
            }
            for name, why, record in valid()
        ],
        "invalid": [
            {"name": name, "why": why, "rule": rule, "raw": record.raw.hex()}
            for name, why, rule, record in invalid()
        ],
    }
