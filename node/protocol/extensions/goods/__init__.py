"""Goods: things that are handed over, one-off or in stock, in variants, sent or picked up. SPEC.md beside this says it in words."""

import re
from collections import Counter
from importlib.resources import files

from node.protocol.errors import Conflict, InputError
from node.protocol.fields import (
    Amount,
    Block,
    Choice,
    Country,
    FieldSet,
    Flag,
    Integer,
    ListOf,
    MapOf,
    Pattern,
    Slug,
    Text,
)
from node.protocol.patterns import SLUG
from node.protocol.registry import Extension, Rule, Verdict

ID = "goods"
PICKUP = "pickup"
EVERYWHERE = "*"
SINGLE = ""  # the stock of a listing without variants

MAX_VARIANTS = 50
MAX_SHIPPING = 20
MAX_ZONES = 250
MAX_QUANTITY = 10_000
MAX_STOCK = 1_000_000
MAX_DAYS = 365
MAX_GRAMS = 10_000_000
MAX_ADDRESS_LINES = 6
# Characters:
MAX_LABEL = 80
MAX_ADDRESS_LINE = 120  # the name too
MAX_CONTACT = 200

CONDITIONS = {"new": "New", "like-new": "Like new", "used": "Used"}


class StockKey(Pattern):
    """A variant's id, or empty for a listing without variants."""

    type_name = "variant"
    pattern = re.compile(f"|{SLUG.pattern}")
    wrong = "the id of a variant, or nothing, is expected"
    cddl = '"" / slug'


VARIANT = FieldSet(
    {
        "id": Slug(title="Id"),
        "label": Text(1, MAX_LABEL, title="Label", help="“Blue, size M”."),
        "price": Amount(
            required=False, title="Price", help="Instead of the listing's, in the same unit."
        ),
    }
)
SHIPPING = FieldSet(
    {
        "id": Slug(title="Id"),
        "label": Text(1, MAX_LABEL, title="Label", help="“Letter”, “Parcel with tracking”."),
        "zones": ListOf(
            Country(), 1, MAX_ZONES, title="Destinations", help="Countries; * is everywhere."
        ),
        "price": Amount(title="Price", help="For the whole order, in the unit of the price."),
        "days": Integer(0, MAX_DAYS, required=False, title="Days", help="Usual time in transit."),
    }
)
LISTING = FieldSet(
    {
        "condition": Choice(CONDITIONS, title="Condition"),
        "variants": ListOf(Block(VARIANT), 0, MAX_VARIANTS, required=False, title="Variants"),
        "shipping": ListOf(
            Block(SHIPPING), 0, MAX_SHIPPING, required=False, title="Shipping options"
        ),
        "pickup": Flag(required=False, title="Pick-up", help="Can be fetched at the place."),
        "weight": Integer(1, MAX_GRAMS, required=False, title="Weight", help="Grams."),
    }
)
LINE = FieldSet(
    {
        "variant": Slug(
            required=False, title="Variant", help="Needed if and only if there are variants."
        ),
        "quantity": Integer(1, MAX_QUANTITY, title="Quantity"),
    }
)
DELIVERY = FieldSet(
    {
        "option": Slug(title="Delivery", help=f"Id of a shipping option, or `{PICKUP}`."),
        "name": Text(1, MAX_ADDRESS_LINE, required=False, title="Name", help="Who receives it."),
        "address": ListOf(
            Text(1, MAX_ADDRESS_LINE),
            1,
            MAX_ADDRESS_LINES,
            required=False,
            title="Address",
            help="As written on a parcel, without name and country.",
        ),
        "country": Country(required=False, title="Country"),
        "contact": Text(
            1, MAX_CONTACT, required=False, title="Contact", help="A phone number for the carrier."
        ),
    }
)
AVAILABILITY = FieldSet(
    {
        "stock": MapOf(
            StockKey(),
            Integer(0, MAX_STOCK),
            0,
            MAX_VARIANTS,
            title="Stock",
            help="Pieces left by variant; under the empty name where there are no variants.",
        ),
    }
)


def _on_listing(holds):
    """A rule about the listing's block; the availability record has none of this to break."""
    return lambda record, body: (
        record.kind != "listing" or holds(LISTING.read(body["extensions"][ID]))
    )


def _distinct(entries: list[dict]) -> bool:
    return len({entry["id"] for entry in entries}) == len(entries)


RULES = (
    Rule(
        "goods.variants",
        Verdict.REJECT,
        "No two variants share an id.",
        _on_listing(lambda block: _distinct(block.get("variants", []))),
    ),
    Rule(
        "goods.shipping",
        Verdict.REJECT,
        f"No two shipping options share an id, and none is called `{PICKUP}`.",
        _on_listing(lambda block: _distinct([*block.get("shipping", []), {"id": PICKUP}])),
    ),
    Rule(
        "goods.reachable",
        Verdict.REJECT,
        "There is a shipping option or pick-up.",
        _on_listing(lambda block: bool(block.get("shipping") or block.get("pickup"))),
    ),
)


class Goods(Extension):
    id = ID
    version = 1
    title = "Goods"
    listing = LISTING
    order = LINE
    delivery = DELIVERY
    availability = AVAILABILITY
    rules = RULES
    spec = files(__name__).joinpath("SPEC.md").read_text("utf-8")

    def price(self, listing_block: dict, line: dict, base: int) -> int:
        """Raises InputError "goods.variant" where the line names no variant of a listing with variants, or another one."""
        variant = _variant(listing_block, line)
        return line["quantity"] * (variant or {}).get("price", base)

    def least_price(self, listing_block: dict, base: int) -> int:
        """What the cheapest piece costs, without delivery."""
        variants = listing_block.get("variants") or [{}]
        return min(variant.get("price", base) for variant in variants)

    def is_free(self, listing_block: dict, base: int) -> bool:
        variants = listing_block.get("variants") or [{}]
        prices = [variant.get("price", base) for variant in variants]
        return not any((*prices, *(each["price"] for each in listing_block.get("shipping", []))))

    def delivery_price(self, listing_block: dict, delivery: dict) -> int:
        """Raises InputError: goods.option, goods.address, goods.zone."""
        if delivery["option"] == PICKUP and listing_block.get("pickup"):
            return 0
        for option in listing_block.get("shipping", []):
            if option["id"] == delivery["option"]:
                _check_address(delivery)
                if not {EVERYWHERE, delivery["country"]} & set(option["zones"]):
                    message = f"{option['label']} doesn't go to {delivery['country']}."
                    raise InputError("goods.zone", message, "delivery.country")
                return option["price"]
        raise InputError("goods.option", "There is no such way of delivery.", "delivery.option")

    def available(self, availability_block: dict, line: dict) -> int:
        """Pieces left of the line's variant; of everything where the line names none."""
        stock = availability_block["stock"]
        return stock.get(line["variant"], 0) if "variant" in line else sum(stock.values())

    def reserve(self, availability_block: dict, lines: list[dict]) -> dict:
        stock = Counter(availability_block["stock"])
        for line in lines:
            stock[line.get("variant", SINGLE)] -= line["quantity"]
        if any(left < 0 for left in stock.values()):
            raise Conflict("goods.stock", "There are not so many left.")
        return {**availability_block, "stock": dict(stock)}

    def give_back(self, availability_block: dict, lines: list[dict]) -> dict:
        """A variant that the seller has taken away meanwhile doesn't come back."""
        stock = dict(availability_block["stock"])
        for line in lines:
            variant = line.get("variant", SINGLE)
            if variant in stock:
                stock[variant] = min(MAX_STOCK, stock[variant] + line["quantity"])
        return {**availability_block, "stock": stock}

    def in_stock(self, listing_block: dict, availability_block: dict | None) -> bool:
        """Whether any piece that is sold is left; what nobody counts is always there."""
        if availability_block is None:
            return True
        sold = [variant["id"] for variant in listing_block.get("variants", [])] or [SINGLE]
        return any(availability_block["stock"].get(variant, 0) for variant in sold)

    def destinations(self, listing_block: dict) -> list[str]:
        """The countries that it is sent to, sorted; `*` is everywhere."""
        options = listing_block.get("shipping", [])
        return sorted({zone for option in options for zone in option["zones"]})

    def summary(self, listing_block: dict) -> dict[str, str]:
        """Facets: condition; pickup and free_shipping where they are so."""
        options = listing_block.get("shipping", [])
        facets = {"condition": listing_block["condition"]}
        if listing_block.get("pickup"):
            facets["pickup"] = "yes"
        if any(option["price"] == 0 for option in options):
            facets["free_shipping"] = "yes"
        return facets


def _variant(listing_block: dict, line: dict) -> dict | None:
    variants = {variant["id"]: variant for variant in listing_block.get("variants", [])}
    wanted = line.get("variant")
    if not variants and wanted is None:
        return None
    if wanted not in variants:
        raise InputError("goods.variant", "Choose one of the variants.", "lines")
    return variants[wanted]


def _check_address(delivery: dict) -> None:
    for name in ("name", "address", "country"):
        if not delivery.get(name):
            message = "Name, address and country are needed to send it."
            raise InputError("goods.address", message, f"delivery.{name}")
    if delivery["country"] == EVERYWHERE:
        raise InputError("goods.address", "A country is needed.", "delivery.country")


EXTENSION = Goods()
