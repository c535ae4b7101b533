"""Prices as people write them, "12.50 EUR" or "0.01 ETH", made exact integers of the smallest unit. No floats anywhere."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from node.protocol.errors import InputError

PRICE = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,36}))? (\S{1,11})")
CURRENCY = re.compile("[A-Z]{3}")
DIGITS = re.compile("[0-9]{1,39}")

Assets = Callable[[], Mapping[str, tuple[str, int]]]
"""symbol -> (CAIP-19 asset, decimals), asked for when a text is met."""


def smallest_unit(text: str, field: str, assets: Assets) -> tuple[str, str]:
    """ "12.50 EUR" -> ("1250", "EUR"), "0.01 ETH" -> ("10000000000000000", "eip155:…"). What the node pays with comes
    before currencies. Raises InputError "price.text" that names the field."""
    found = PRICE.fullmatch(text.strip())
    if found is None:
        raise InputError(
            "price.text",
            f"{text!r} isn't an amount and a currency or coin, such as 12.50 EUR or 0.01 ETH",
            field,
        )
    whole, fraction, symbol = found[1], found[2] or "", found[3]
    unit, digits = unit_of(symbol, field, assets())
    if len(fraction) > digits:
        raise InputError("price.text", f"{symbol} has {digits} decimals", field)
    return str(int(whole + fraction.ljust(digits, "0"))), unit


def amount_of(text: str, symbol: str, digits: int, field: str) -> str:
    """ "12.50" or "12.50 tUSD" -> "12500000", in the one money that is meant. Raises InputError "price.text" that names the field."""
    given = text.strip()
    found = PRICE.fullmatch(given if " " in given else f"{given} {symbol}")
    if found is None or found[3] != symbol or len(found[2] or "") > digits:
        raise InputError(
            "price.text", f"{text!r} isn't an amount of {symbol}, such as 12.50", field
        )
    return str(int(found[1] + (found[2] or "").ljust(digits, "0")))


def unit_of(symbol: str, field: str, assets: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
    """ "ETH" -> ("eip155:…", 18), "EUR" -> ("EUR", 2). Raises InputError "price.text" that names the field."""
    from node.protocol.units import minor_units

    if symbol in assets:
        return assets[symbol]
    if not CURRENCY.fullmatch(symbol):
        known = ", ".join(assets) or "nothing, for it has no chain"
        raise InputError(
            "price.text",
            f"{symbol} is neither a currency such as EUR nor what this node pays with: {known}",
            field,
        )
    return symbol, minor_units(symbol)


def exact(listing: dict, assets: Assets) -> dict:
    """The listing with its price, and those within its extensions, in the form that the API takes."""
    price = listing.get("price")
    if isinstance(price, str):
        amount, unit = smallest_unit(price, "price", assets)
        listing = {**listing, "price": {"amount": amount, "unit": unit}}
    if "extensions" in listing:
        unit = listing["price"].get("unit") if isinstance(listing.get("price"), dict) else None
        within = _within(listing["extensions"], unit, "extensions", assets)
        listing = {**listing, "extensions": within}
    return listing


def _within(value: Any, unit: str | None, place: str, assets: Assets) -> Any:
    if isinstance(value, list):
        return [_within(each, unit, f"{place}.{n}", assets) for n, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, each in value.items():
        field = f"{place}.{name}"
        if name == "price":
            each = _inner(each, unit, field, assets)
        made[name] = _within(each, unit, field, assets)
    return made


def _inner(price: Any, unit: str | None, field: str, assets: Assets) -> Any:
    """A price within an extension, whose unit is the listing's: as text, or with the amount and the unit apart."""
    if isinstance(price, str) and not DIGITS.fullmatch(price):
        amount, inner = smallest_unit(price, field, assets)
    elif isinstance(price, dict) and set(price) == {"amount", "unit"}:
        amount, inner = price["amount"], price["unit"]
    else:
        return price
    if inner != unit:
        raise InputError(
            "price.text",
            f"it must be in the same unit as the listing's price, not in {inner}",
            field,
        )
    return amount
