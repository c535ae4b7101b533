"""What a goods listing offers, with prices as money: for pages that draw variants and deliveries with more care than a form."""

from dataclasses import dataclass, replace
from typing import Any

from node.peer.views import ListingView, Money
from node.protocol.extensions.goods import ID, PICKUP

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Variant:
    """`left` is None where pieces aren't counted."""

    id: str
    label: str
    price: Money
    left: int | None = None


@dataclass(frozen=True)
class Shipping:
    id: str
    label: str
    zones: str
    price: Money
    days: int | None


@dataclass(frozen=True)
class Offer:
    """`first` is the variant that is chosen unless the person chooses, `most` how many can be had at once."""

    variants: tuple[Variant, ...]
    shipping: tuple[Shipping, ...]
    first: str
    most: int

    def is_sold_out(self, variant: str) -> bool:
        return any(each.id == variant and each.left == 0 for each in self.variants)

    @property
    def fetchable(self) -> bool:
        return any(each.id == PICKUP for each in self.shipping)


def left_of(listing: ListingView) -> dict[str, int] | None:
    """Pieces by variant; None where they aren't counted."""
    found = (block.left for block in listing.blocks if block.extension == ID and block.left)
    return next((left["stock"] for left in found), None)


def pieces(listing: ListingView) -> list[tuple[str, int]]:
    """(label, pieces left) of every variant, where they are counted."""
    left, block = left_of(listing), block_of(listing) or {}
    if left is None:
        return []
    return [(each["label"], left.get(each["id"], 0)) for each in block.get("variants", ())]


def block_of(listing: ListingView) -> dict[str, Any] | None:
    """The goods block of a listing, JSON-shaped; None for what isn't goods."""
    found = (block.data for block in listing.blocks if block.extension == ID and block.known)
    return next(found, None)


def offer(listing: ListingView, words) -> Offer | None:
    """None for what isn't goods. `words` is a Show, for the names of countries."""
    block = block_of(listing)
    if block is None:
        return None
    left = left_of(listing)
    variants = tuple(
        Variant(
            each["id"],
            each["label"],
            _price(listing, each.get("price")),
            None if left is None else left.get(each["id"], 0),
        )
        for each in block.get("variants", ())
    )
    shipping = [
        Shipping(
            each["id"],
            each["label"],
            words.zones(each["zones"]),
            _price(listing, each["price"]),
            each.get("days"),
        )
        for each in block.get("shipping", ())
    ]
    if block.get("pickup"):
        place = words.country(listing.country) if listing.country else ""
        shipping.append(
            Shipping(PICKUP, words.facet("pickup", "yes"), place, _price(listing, 0), None)
        )
    there = [each for each in variants if each.left != 0] or variants
    pieces = listing.stock if left is None or not there else max(each.left for each in there)
    most = MOST_AT_ONCE if pieces is None else min(pieces, MOST_AT_ONCE)
    return Offer(variants, tuple(shipping), there[0].id if there else "", max(most, 1))


def _price(listing: ListingView, amount: Any) -> Money:
    return listing.price if amount is None else replace(listing.price, amount=int(amount))


def rows(listing: ListingView, words) -> list[tuple[str, str]]:
    """(title, text) of everything that blocks say, for a table; goods in our words, others as their extension declares."""
    shown: list[tuple[str, str]] = []
    for block in listing.blocks:
        if block.extension == ID and block.known:
            shown.append(
                (words.title("condition"), words.facet("condition", block.data["condition"]))
            )
            if block.data.get("weight"):
                shown.append((words.title("weight"), f"{block.data['weight']} g"))
            for each in block.data.get("shipping", ()):
                shown.append((each["label"], words.zones(each["zones"])))
        elif block.known:
            shown.extend((words.translate(title), text) for title, text in block.rows)
        else:
            shown.append((block.extension, words.title("unknown")))
    return shown
