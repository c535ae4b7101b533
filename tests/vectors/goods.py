"""Vectors of goods: listings by its rules, and what lines and deliveries cost, what stock is left."""

from typing import Any

from node.protocol.errors import Conflict, EtalError
from tests.protocol import sale
from tests.protocol.sale import BODY, DELIVERY, GOODS, changed
from tests.vectors.rows import Invalid, Valid, accepted, refused

BLOCK = GOODS.listing.read(BODY["extensions"]["goods"])
PLAIN = {"condition": "new", "shipping": BLOCK["shipping"]}
BASE = 4_999


def _listing(**changes):
    block = GOODS.listing.write(changed(BLOCK, **changes))
    return sale.listing(changed(BODY, extensions={"goods": block}))


def _stock(stock: Any):
    body = {"extensions": {"goods": {"stock": stock}}}
    return sale.sign("availability", body, slug="desk-lamp")


def valid() -> list[Valid]:
    return [
        Valid("variants", "two variants, one with a price of its own", _listing()),
        Valid("pickup-only", "no shipping, fetched at the place", _listing(shipping=None)),
        Valid("shipping-only", "no pick-up", _listing(pickup=None)),
        Valid("heavy", "a weight of ten tonnes", _listing(weight=10_000_000)),
        Valid("stock", "nothing left of one variant", _stock({"brass": 2, "steel": 0})),
        Valid("stock-single", "the stock of a listing without variants", _stock({"": 1})),
        Valid("stock-empty", "nothing is counted as left", _stock({})),
    ]


def invalid() -> list[Invalid]:
    def listing(name: str, why: str, rule: str, /, **changes) -> Invalid:
        return Invalid(name, why, rule, _listing(**changes).raw)

    post = BLOCK["shipping"][0]
    return [
        listing(
            "two-variants",
            "two variants with one id",
            "goods.variants",
            variants=BLOCK["variants"] * 2,
        ),
        listing(
            "two-options",
            "two shipping options with one id",
            "goods.shipping",
            shipping=[post, post],
        ),
        listing(
            "option-pickup",
            "a shipping option called pickup",
            "goods.shipping",
            shipping=[{**post, "id": "pickup"}],
        ),
        listing(
            "unreachable",
            "no shipping and no pick-up",
            "goods.reachable",
            shipping=[],
            pickup=False,
        ),
        listing("condition", "a condition of its own", "field.choice", condition="mint"),
        listing(
            "no-zones",
            "a shipping option to nowhere",
            "field.count",
            shipping=[{**post, "zones": []}],
        ),
        listing(
            "zone-name",
            "a country by its name",
            "field.pattern",
            shipping=[{**post, "zones": ["France"]}],
        ),
        listing(
            "too-many",
            "51 variants",
            "field.count",
            variants=[{"id": f"v{n}", "label": "V"} for n in range(51)],
        ),
        Invalid(
            "negative-stock", "less than nothing in stock", "field.range", _stock({"": -1}).raw
        ),
        Invalid(
            "stock-name",
            "stock of what can't be a variant",
            "field.pattern",
            _stock({"Brass": 1}).raw,
        ),
        Invalid("stock-text", "stock as text", "field.type", _stock({"": "1"}).raw),
    ]


def _answer(name: str, compute) -> dict:
    try:
        return {name: compute()}
    except (EtalError, Conflict) as error:
        return {"rule": error.rule}


def prices() -> list[dict]:
    rows = [
        ("a variant at the listing's price", BLOCK, {"variant": "brass", "quantity": 3}),
        ("a variant at its own price", BLOCK, {"variant": "steel", "quantity": 3}),
        ("without variants", PLAIN, {"quantity": 10_000}),
        ("variants, and none is named", BLOCK, {"quantity": 1}),
        ("a variant that isn't there", BLOCK, {"variant": "gold", "quantity": 1}),
        ("a variant where there are none", PLAIN, {"variant": "brass", "quantity": 1}),
    ]
    return [
        {
            "why": why,
            "listing": GOODS.listing.to_json(block),
            "base": str(BASE),
            "line": GOODS.order.to_json(line),
            **_answer("price", lambda b=block, n=line: str(GOODS.price(b, n, BASE))),
        }
        for why, block, line in rows
    ]


def deliveries() -> list[dict]:
    rows = [
        ("to a country that is named", BLOCK, DELIVERY),
        ("to everywhere", BLOCK, {**DELIVERY, "option": "world", "country": "NZ"}),
        ("picked up, by nobody in particular", BLOCK, {"option": "pickup"}),
        ("to a country that isn't named", BLOCK, {**DELIVERY, "country": "NZ"}),
        ("in a way that isn't there", BLOCK, {**DELIVERY, "option": "drone"}),
        ("picked up where that isn't offered", PLAIN, {"option": "pickup"}),
        ("without an address", BLOCK, changed(DELIVERY, address=None)),
        ("to everywhere at once", BLOCK, {**DELIVERY, "option": "world", "country": "*"}),
    ]
    return [
        {
            "why": why,
            "listing": GOODS.listing.to_json(block),
            "delivery": GOODS.delivery.to_json(delivery),
            **_answer("price", lambda b=block, d=delivery: str(GOODS.delivery_price(b, d))),
        }
        for why, block, delivery in rows
    ]


def reservations() -> list[dict]:
    two = [{"variant": "brass", "quantity": 2}, {"variant": "steel", "quantity": 1}]
    rows = [
        ("two variants", {"brass": 3, "steel": 1}, two),
        ("the last piece", {"": 1}, [{"quantity": 1}]),
        ("one piece too many", {"": 1}, [{"quantity": 2}]),
        ("too many in two lines together", {"brass": 3}, [two[0], two[0]]),
        ("a variant that isn't in stock", {"steel": 9}, [two[0]]),
        ("nothing is taken where one line is too many", {"brass": 3, "steel": 0}, two),
    ]
    return [
        {
            "why": why,
            "stock": stock,
            "lines": lines,
            **_answer("left", lambda s=stock, n=lines: GOODS.reserve({"stock": s}, n)["stock"]),
        }
        for why, stock, lines in rows
    ]


def build() -> dict:
    return {
        "about": "Records as in kinds.json. Blocks are in the form of JSON fields; amounts are in the smallest unit of the price.",
        "valid": accepted(valid()),
        "invalid": refused(invalid()),
        "prices": prices(),
        "deliveries": deliveries(),
        "reservations": reservations(),
    }
