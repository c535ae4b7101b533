"""Tickets: seats at an event that takes place once. SPEC.md beside this says it in words.

A sample of an extension from outside the package: `extensions = ["tests.extensions.tickets:Tickets"]` in config.toml loads it.
"""

from importlib.resources import files

from node.protocol.errors import Conflict, InputError
from node.protocol.fields import FieldSet, Integer, Text, Time
from node.protocol.registry import Extension, Rule, Verdict

ID = "org.example.tickets"
MAX_SEATS = 100_000
MAX_AT_ONCE = 20

LISTING = FieldSet(
    {
        "starts": Time(title="Starts"),
        "doors": Time(required=False, title="Doors open"),
        "venue": Text(1, 120, title="Venue", help="Name and town."),
        "seats": Integer(1, MAX_SEATS, title="Seats", help="In the whole house."),
        "most": Integer(1, MAX_AT_ONCE, required=False, title="Most seats for one order"),
    }
)
LINE = FieldSet({"seats": Integer(1, MAX_AT_ONCE, title="Seats")})
DELIVERY = FieldSet({"name": Text(1, 120, title="Name on the list", help="Asked at the door.")})
FACETS = {"venue": "Venue"}
AVAILABILITY = FieldSet({"seats": Integer(0, MAX_SEATS, title="Seats left")})


def _on_listing(holds):
    """A rule about the listing's block; availability records have none of this to break."""
    return lambda record, body: (
        record.kind != "listing" or holds(LISTING.read(body["extensions"][ID]))
    )


RULES = (
    Rule(
        f"{ID}.doors",
        Verdict.REJECT,
        "Doors open before it starts.",
        _on_listing(lambda block: block.get("doors", 0) < block["starts"]),
    ),
    Rule(
        f"{ID}.most",
        Verdict.REJECT,
        "One order has no more seats than the house.",
        _on_listing(lambda block: block.get("most", 1) <= block["seats"]),
    ),
)


class Tickets(Extension):
    id = ID
    title = "Tickets"
    listing = LISTING
    order = LINE
    delivery = DELIVERY
    availability = AVAILABILITY
    rules = RULES
    facets = FACETS
    spec = files(__name__).joinpath("SPEC.md").read_text("utf-8")

    def price(self, listing_block: dict, line: dict, base: int) -> int:
        """Raises InputError "org.example.tickets.many"."""
        if line["seats"] > _most(listing_block):
            message = f"At most {_most(listing_block)} seats for one order."
            raise InputError(f"{ID}.many", message, "lines.0.seats")
        return line["seats"] * base

    def order_fields(self, listing_block: dict) -> FieldSet:
        return FieldSet({"seats": Integer(1, _most(listing_block), title="Seats")})

    def available(self, availability_block: dict, line: dict) -> int:
        return availability_block["seats"]

    def reserve(self, availability_block: dict, lines: list[dict]) -> dict:
        left = availability_block["seats"] - _seats(lines)
        if left < 0:
            raise Conflict(f"{ID}.full", "There are not so many seats left.")
        return {**availability_block, "seats": left}

    def give_back(self, availability_block: dict, lines: list[dict]) -> dict:
        left = min(MAX_SEATS, availability_block["seats"] + _seats(lines))
        return {**availability_block, "seats": left}

    def in_stock(self, listing_block: dict, availability_block: dict | None) -> bool:
        return availability_block is None or availability_block["seats"] > 0

    def summary(self, listing_block: dict) -> dict[str, str]:
        """Facets: venue."""
        return {"venue": listing_block["venue"]}

    def line_text(self, listing_block: dict, line: dict) -> str:
        return f"{line['seats']} × {listing_block['venue']}"


def _most(listing_block: dict) -> int:
    return min(listing_block.get("most", MAX_AT_ONCE), listing_block["seats"])


def _seats(lines: list[dict]) -> int:
    return sum(line["seats"] for line in lines)
