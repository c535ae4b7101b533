"""Prices as people write them, "12.50 EUR", made exact integers of the smallest unit. No floats anywhere."""

import re
from typing import Any

from node.protocol.errors import InputError

PRICE = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,18}))? ([A-Z]{3})")


def smallest_unit(text: str, field: str) -> tuple[str, str]:
    """ "12.50 EUR" -> ("1250", "EUR"). Raises InputError "price.text" that names the field."""
    from node.protocol.units import minor_units

    found = PRICE.fullmatch(text.strip())
    if found is None:
        raise InputError(
            "price.text", f"{text!r} isn't an amount and a currency such as 12.50 EUR", field
        )
    whole, fraction, currency = found[1], found[2] or "", found[3]
    digits = minor_units(currency)
    if len(fraction) > digits:
        raise InputError("price.text", f"{currency} has {digits} decimals", field)
    return str(int(whole + fraction.ljust(digits, "0"))), currency


def exact(listing: dict) -> dict:
    """The listing with its price, and those within its extensions, in the form that the API takes."""
    price = listing.get("price")
    if isinstance(price, str):
        amount, unit = smallest_unit(price, "price")
        listing = {**listing, "price": {"amount": amount, "unit": unit}}
    if "extensions" in listing:
        unit = listing["price"].get("unit") if isinstance(listing.get("price"), dict) else None
        listing = {**listing, "extensions": _within(listing["extensions"], unit, "extensions")}
    return listing


def _within(value: Any, unit: str | None, place: str) -> Any:
    if isinstance(value, list):
        return [_within(each, unit, f"{place}.{n}") for n, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    made = {}
    for name, each in value.items():
        field = f"{place}.{name}"
        if name == "price" and isinstance(each, str) and " " in each.strip():
            each, currency = smallest_unit(each, field)
            if currency != unit:
                raise InputError("price.text", f"the listing's price isn't in {currency}", field)
        made[name] = _within(each, unit, field)
    return made
