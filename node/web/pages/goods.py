"""What a goods listing offers, with prices as money: for pages that draw variants and deliveries with more care than a form."""

from dataclasses import dataclass, replace
from typing import Any

from node.peer.views import ListingView, Money
from node.protocol.errors import InputError
from node.protocol.extensions.goods import EVERYWHERE, ID, PICKUP
from node.protocol.units import convert

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Variant:
    """`left` is None where pieces aren't counted."""

    id: str
    label: str
    price: Money
    left: int | None = None

    @property
    def most(self) -> int:
        """How many can be had at once."""
        return MOST_AT_ONCE if self.left is None else max(1, min(self.left, MOST_AT_ONCE))


@dataclass(frozen=True)
class Shipping:
    """`zones` names the first destinations, `more` those that are left; `codes` are all of them, "*" is everywhere."""

    id: str
    label: str
    zones: str
    price: Money
    days: int | None
    more: str = ""
    codes: tuple[str, ...] = ()

    def serves(self, country: str) -> bool:
        """Whether it goes to a country (ISO 3166-1 alpha-2); to one that isn't chosen yet, too."""
        return not self.codes or not country or bool({EVERYWHERE, country} & set(self.codes))


@dataclass(frozen=True)
class Offer:
    """`first` is the variant that is chosen unless the person chooses, `most` how many can be had of any at once, `left` how many
    pieces there are of what has no variants."""

    variants: tuple[Variant, ...]
    shipping: tuple[Shipping, ...]
    first: str
    most: int
    left: int | None = None

    def is_sold_out(self, variant: str) -> bool:
        return any(each.id == variant and each.left == 0 for each in self.variants)

    def left_of(self, variant: str) -> int | None:
        """Pieces of a variant, None where they aren't counted."""
        if not self.variants:
            return self.left
        return next((each.left for each in self.variants if each.id == variant), None)

    @property
    def one_price(self) -> bool:
        return len({each.price.amount for each in self.variants}) < 2

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


def offer(listing: ListingView, words, paid: Money | None = None) -> Offer | None:
    """None for what isn't goods. `words` is a Show, for the names of countries. Prices are in the listing's unit, or in that of `paid`."""
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
            words.more_zones(each["zones"]),
            tuple(each["zones"]),
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
    first = there[0].id if there else ""
    return _paid_with(Offer(variants, tuple(shipping), first, max(most, 1), listing.stock), paid)


def _paid_with(offer: Offer, paid: Money | None) -> Offer:
    """The same, priced in what is paid with; in the listing's own unit where that can't be told exactly."""
    if paid is None:
        return offer

    def priced(each):
        price = each.price
        amount = convert(price.amount, price.unit, paid.unit, paid.decimals)
        return replace(each, price=replace(paid, amount=amount))

    try:
        return replace(
            offer,
            variants=tuple(map(priced, offer.variants)),
            shipping=tuple(map(priced, offer.shipping)),
        )
    except InputError:
        return offer


def least_price(listing: ListingView) -> tuple[Money, bool]:
    """What a listing costs at least, by which searches sort, and whether something else in it costs more."""
    block = block_of(listing) or {}
    prices = [_price(listing, each.get("price")) for each in block.get("variants", ())]
    least = min(prices, key=lambda price: price.amount, default=listing.price)
    return least, any(price.amount > least.amount for price in prices)


def _price(listing: ListingView, amount: Any) -> Money:
    return listing.price if amount is None else replace(listing.price, amount=int(amount))


def rows(listing: ListingView, words) -> list[tuple[str, str]]:
    """(title, text) of what blocks say, for a table; goods in our words and without deliveries, others as their extension declares."""
    shown: list[tuple[str, str]] = []
    for block in listing.blocks:
        if block.extension == ID and block.known:
            shown.append(
                (words.title("condition"), words.facet("condition", block.data["condition"]))
            )
            if block.data.get("weight"):
                shown.append((words.title("weight"), f"{block.data['weight']} g"))
        elif block.known:
            shown.extend((words.translate(title), text) for title, text in block.rows)
        else:
            shown.append((block.extension, words.title("unknown")))
    return shown
