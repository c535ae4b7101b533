"""Vectors of offers: what orders cost, what they commit to, and which terms agree with an offer."""

from dataclasses import asdict

from node.protocol import offers
from node.protocol.commitment import PARTS, Line, check_opened, commitment, leaf
from node.protocol.encoding import encode
from node.protocol.errors import EtalError
from node.protocol.escrow import DAY, HOUR, payees_hash
from node.protocol.sharing import payees_of
from tests.protocol import sale
from tests.protocol.sale import (
    BODY,
    BUYER,
    CONTRACT,
    DELIVERY,
    ETH,
    GOODS,
    LINES,
    LISTING,
    NOW,
    PLACE,
    REGISTRY,
    TERMS,
    TUSD,
    changed,
    place_block,
    say,
)
from tests.vectors.shapes import hexed

YEN = changed(BODY, price={"amount": 500, "unit": "JPY"})
COIN = changed(
    BODY, price={"amount": 10**16, "unit": ETH}, offer__accepts=[{"asset": ETH, "decimals": 18}]
)
COARSE = changed(BODY, offer__accepts=[{"asset": TUSD, "decimals": 1}])
GIFT = changed(BODY, must_understand=["com.example.gift"], extensions__com_example={})
GIFT["extensions"]["com.example.gift"] = GIFT["extensions"].pop("com_example")
COLLECTED = changed(BODY, offer__on_collection=True)
ARBITRATED = changed(BODY, offer__arbiters=[sale.ARBITER], offer__lapse_bps=5_000)

CO_OP = b"\x0d" * 20
FRIEND = {"to": b"\x0e" * 20, "bps": 500}
SHARED = changed(
    BODY,
    offer__payees=[
        {"to": CO_OP, "bps": 1_500, "name": "Co-operative"},
        {"to": b"\x10" * 20, "bps": 250, "name": "Designer"},
    ],
    offer__referral_bps=500,
)
SHARED_LISTING = sale.listing(SHARED)
REFERRED = place_block(SHARED, offer=SHARED_LISTING, referrer=FRIEND)

FAR = NOW + 180 * DAY  # the latest that the contract takes
SLOW = changed(BODY, offer__ship_within=170 * DAY)


def _line(quantity: int, variant: str | None = "brass") -> list[Line]:
    named = {} if variant is None else {"variant": variant}
    return [Line("goods", {**named, "quantity": quantity})]


def quotes() -> list[dict]:
    pickup = {"option": "pickup"}
    rows = [
        ("dollars in a stablecoin of six decimals", BODY, LINES, DELIVERY, TUSD),
        (
            "two lines, sent abroad",
            BODY,
            [*_line(1), *_line(3, "steel")],
            {**DELIVERY, "option": "world"},
            TUSD,
        ),
        ("yen have no decimals", YEN, _line(2), pickup, TUSD),
        ("in the coin that it is priced in", COIN, _line(3), pickup, ETH),
        ("without escrow, in the price's own unit", COLLECTED, LINES, DELIVERY, None),
        ("an asset too coarse for the price", COARSE, _line(1), pickup, TUSD),
        ("an asset that isn't accepted", BODY, LINES, DELIVERY, ETH),
        ("more than 2^128 - 1", changed(BODY, price__amount=2**127), LINES, DELIVERY, TUSD),
        ("no lines", BODY, [], DELIVERY, TUSD),
        ("101 lines", BODY, LINES * 101, DELIVERY, TUSD),
        ("an extension that the buyer must understand and doesn't", GIFT, LINES, DELIVERY, TUSD),
        ("no variant chosen", BODY, _line(1, None), DELIVERY, TUSD),
    ]
    return [_quote(*row) for row in rows]


def _quote(why, body, lines, delivery, asset) -> dict:
    row = {
        "why": why,
        "listing": sale.listing(body).raw.hex(),
        "lines": [{"extension": n.extension, "block": GOODS.order.to_json(n.block)} for n in lines],
        "delivery": GOODS.delivery.to_json(delivery),
        "asset": asset,
    }
    try:
        quote = asdict(offers.total(body, lines, delivery, asset, REGISTRY))
    except EtalError as error:
        return {**row, "rule": error.rule}
    return {
        **row,
        "quote": {
            n: str(v) if n in ("items", "delivery", "total") else v for n, v in quote.items()
        },
    }


def commitments() -> list[dict]:
    zero = (dict.fromkeys(PARTS, b""), dict.fromkeys(PARTS, bytes(32)))
    rows = [("a real order", PLACE["parts"], PLACE["salts"]), ("empty parts, zero salts", *zero)]
    return [
        {
            "why": why,
            "parts": hexed(parts),
            "salts": hexed(salts),
            "leaves": hexed({name: leaf(name, parts[name], salts[name]) for name in PARTS}),
            "commitment": commitment(parts, salts).hex(),
        }
        for why, parts, salts in rows
    ]


def openings() -> list[dict]:
    parts, salts = PLACE["parts"], PLACE["salts"]
    leaves = {name: leaf(name, parts[name], salts[name]) for name in PARTS}

    def hide(*names: str) -> dict:
        return {name: leaves[name] for name in names}

    def show(*names: str) -> dict:
        return {name: (parts[name], salts[name]) for name in names}

    three = ("buyer", "delivery", "lines")
    rows = [
        ("what a review shows", hide(*three), show("offer", "review")),
        ("everything", {}, show(*PARTS)),
        ("another value", hide(*three), {**show("offer"), "review": (bytes(32), salts["review"])}),
        ("another salt", hide(*three), {**show("offer"), "review": (parts["review"], bytes(32))}),
        (
            "two values that changed places",
            hide(*three),
            {"offer": show("review")["review"], "review": show("offer")["offer"]},
        ),
        ("a leaf is missing", hide("buyer", "lines"), show("offer", "review")),
        ("opened and shown as a leaf", hide(*three, "offer"), show("offer", "review")),
        ("a part that there is not", {**hide(*three), "gift": bytes(32)}, show("offer", "review")),
        (
            "a salt of 31 bytes",
            hide(*three),
            {**show("offer"), "review": (parts["review"], bytes(31))},
        ),
    ]
    return [_opening(*row) for row in rows]


def _opening(why, leaves, opened) -> dict:
    try:
        check_opened(sale.ORDER, leaves, opened)
        rule = None
    except EtalError as error:
        rule = error.rule
    return {
        "why": why,
        "commitment": sale.ORDER.hex(),
        "leaves": hexed(leaves),
        "opened": {n: {"value": v.hex(), "salt": s.hex()} for n, (v, s) in opened.items()},
        "rule": rule,
    }


def terms() -> list[dict]:
    until = BODY["offer"]["until"]
    soonest = TERMS.ship_by - offers.SHIP_TOLERANCE
    latest = TERMS.ship_by + offers.SHIP_TOLERANCE
    drone = sale.parts(LINES, {**DELIVERY, "option": "drone"})
    arbitrated = sale.listing(ARBITRATED)
    judged = place_block(ARBITRATED, offer=arbitrated, arbiter=sale.ARBITER["address"])
    rows = [
        ("what an honest buyer proposes", BODY, PLACE),
        ("more than the price", BODY, changed(PLACE, terms__amount=TERMS.amount + 1)),
        ("ten minutes short of the time to ship", BODY, changed(PLACE, terms__ship_by=soonest)),
        ("ten minutes more than the time to ship", BODY, changed(PLACE, terms__ship_by=latest)),
        ("funded at the last moment of the offer", BODY, _funded_by(until)),
        ("with an arbiter of the offer", ARBITRATED, judged),
        (
            "with none of the offer's arbiters",
            ARBITRATED,
            place_block(ARBITRATED, offer=arbitrated),
        ),
        ("shared with payees", SHARED, place_block(SHARED, offer=SHARED_LISTING)),
        ("shared with payees and a referrer", SHARED, REFERRED),
        ("paid on collection", COLLECTED, place_block(COLLECTED, None, sale.listing(COLLECTED))),
        ("of another edition", changed(BODY, title="Lamp"), PLACE),
        (
            "terms where the money changes hands on collection",
            COLLECTED,
            place_block(BODY, offer=sale.listing(COLLECTED)),
        ),
        ("no terms for what must be paid", BODY, changed(PLACE, terms=None, fund_by=None)),
        ("another token", BODY, changed(PLACE, terms__token=b"\x01" * 20)),
        ("one unit too little", BODY, changed(PLACE, terms__amount=TERMS.amount - 1)),
        ("another shop key", BODY, changed(PLACE, terms__seller=b"\x01" * 20)),
        ("another payout", BODY, changed(PLACE, terms__payout=b"\x01" * 20)),
        (
            "an arbiter that the seller didn't name",
            BODY,
            changed(PLACE, terms__arbiter=b"\x01" * 20),
        ),
        (
            "another arbiter than the offer's",
            ARBITRATED,
            changed(judged, terms__arbiter=b"\x01" * 20),
        ),
        ("a shorter time for the arbiter", ARBITRATED, changed(judged, terms__ruling=DAY)),
        ("a lower fee for the arbiter", ARBITRATED, changed(judged, terms__arbiter_bps=499)),
        ("a shorter review time", BODY, changed(PLACE, terms__review=HOUR)),
        ("time for no arbiter", BODY, changed(PLACE, terms__ruling=DAY)),
        ("a fee for no arbiter", BODY, changed(PLACE, terms__arbiter_bps=1)),
        ("another share on silence", BODY, changed(PLACE, terms__lapse_bps=1)),
        ("payees that the seller didn't name", BODY, changed(PLACE, terms__payees=b"\x01" * 32)),
        ("without the payees", SHARED, changed(REFERRED, terms__payees=bytes(32))),
        ("the referrer before the payees", SHARED, _disordered()),
        ("a referrer who isn't said", SHARED, changed(REFERRED, referrer=None)),
        (
            "a referrer with more than is allowed",
            SHARED,
            _paying({**FRIEND, "bps": 501}),
        ),
        ("a referrer that the offer doesn't provide for", BODY, changed(PLACE, referrer=FRIEND)),
        ("the contract as the referrer", SHARED, _paying({**FRIEND, "to": CONTRACT})),
        ("funded after the offer", BODY, _funded_by(until + 1)),
        ("funded before it was ordered", BODY, changed(PLACE, fund_by=NOW - 1)),
        (
            "ten minutes and a second short of the time to ship",
            BODY,
            changed(PLACE, terms__ship_by=soonest - 1),
        ),
        (
            "ten minutes and a second more than the time to ship",
            BODY,
            changed(PLACE, terms__ship_by=latest + 1),
        ),
        ("months in which it could still be paid", BODY, changed(PLACE, terms__ship_by=FAR)),
        ("later than the contract takes", SLOW, _slow(until)),
        ("lines that are none", BODY, _part("lines", encode({}))),
        ("a delivery that is none", BODY, _part("delivery", encode([]))),
        (
            "a line without quantity",
            BODY,
            _part("lines", encode([{"extension": "goods", "block": {}}])),
        ),
        ("a way of delivery that isn't there", BODY, changed(PLACE, parts=drone)),
    ]
    return [_terms(*row) for row in rows]


def _paying(referrer: dict) -> dict:
    payees = payees_of(SHARED["offer"], referrer)
    return changed(REFERRED, referrer=referrer, terms__payees=payees_hash(payees))


def _disordered() -> dict:
    *named, last = payees_of(SHARED["offer"], FRIEND)
    return changed(REFERRED, terms__payees=payees_hash([last, *named]))


def _part(name: str, value: bytes) -> dict:
    return changed(PLACE, **{f"parts__{name}": value})


def _funded_by(time: int) -> dict:
    return changed(PLACE, fund_by=time, terms__ship_by=time + BODY["offer"]["ship_within"])


def _slow(time: int) -> dict:
    """What takes longest to ship, from a buyer who promises to pay at `time`."""
    place = place_block(SLOW, offer=sale.listing(SLOW))
    return changed(place, fund_by=time, terms__ship_by=time + SLOW["offer"]["ship_within"])


def _terms(why, body, place) -> dict:
    listing = sale.listing(body)
    order = commitment(place["parts"], place["salts"])
    message = say("place", place, BUYER, None, after=0, order=order)
    try:
        offers.check_terms(body, listing.id, place, message.created, REGISTRY)
        rule = None
    except EtalError as error:
        rule = error.rule
    return {"why": why, "listing": listing.raw.hex(), "place": message.raw.hex(), "rule": rule}


def build() -> dict:
    assert LISTING.id == PLACE["parts"]["offer"]
    return {
        "about": "Listings and messages are raw records on network etal-test. A row with a `rule` must fail by it; null: it holds.",
        "quotes": quotes(),
        "commitments": commitments(),
        "openings": openings(),
        "terms": terms(),
    }
