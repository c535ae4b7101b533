"""What a goods listing offers, with prices as money: for pages that draw variants and deliveries with more care than a form."""

from dataclasses import dataclass, replace
from typing import Any

from node.peer.views import ListingView, Money
from node.protocol.extensions.goods import ID, PICKUP

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Variant:
    id: str
    label: str
    price: Money


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

    @property
    def fetchable(self) -> bool:
        return any(each.id == PICKUP for each in self.shipping)


def block_of(listing: ListingView) -> dict[str, Any] | None:
    """The goods block of a listing, JSON-shaped; None for what isn't goods."""
    found = (block.data for block in listing.blocks if block.extension == ID and block.known)
    return next(found, None)


def offer(listing: ListingView, words) -> Offer | None:
    """None for what isn't goods. `words` is a Show, for the names of countries."""
    block = block_of(listing)
    if block is None:
        return None
    variants = tuple(
        Variant(each["id"], each["label"], _price(listing, each.get("price")))
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
    most = MOST_AT_ONCE if listing.stock is None else min(listing.stock, MOST_AT_ONCE)
    return Offer(variants, tuple(shipping), variants[0].id if variants else "", max(most, 1))


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
