"""The moneys that pages offer, and amounts as people type and compare them: exact, never rounded."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Context, Decimal, InvalidOperation

from node.peer.views import Money
from node.protocol.errors import InputError

_EXACT = Context(prec=80)
MAX_DIGITS = 38  # of an amount in its smallest unit: 16 bytes


@dataclass(frozen=True)
class Unit:
    """A currency (ISO 4217) or asset (CAIP-19) that prices are in."""

    unit: str
    symbol: str
    decimals: int

    def of(self, amount: int) -> Money:
        return Money(amount, self.unit, self.symbol, self.decimals)


def typed(text: str, decimals: int, field: str) -> int | None:
    """ "12,50" with two decimals -> 1250; None for nothing. Raises InputError naming the field."""
    text = text.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if not text:
        return None
    if "," in text and "." not in text:
        text = text.replace(",", ".")
    try:
        value = Decimal(text).scaleb(decimals, _EXACT)
        if not value.is_finite() or value < 0 or value.adjusted() >= MAX_DIGITS:
            raise InvalidOperation
    except InvalidOperation:
        raise InputError("form.amount", "An amount such as 12.50 is expected.", field) from None
    if value != value.to_integral_value():
        raise InputError("form.decimals", f"At most {decimals} decimals are possible here.", field)
    return int(value)


def plain(amount: int, decimals: int) -> str:
    """The amount in whole units, every digit of it, as an input holds it: 1250 with two decimals -> "12.5"."""
    value = Decimal(amount).scaleb(-decimals, _EXACT).normalize(_EXACT)
    return f"{value:f}"


def exact(money: Money) -> str:
    """As a wallet shows it, to compare: all decimals, and the symbol."""
    return f"{plain(money.amount, money.decimals)} {money.symbol}"


def rounded(money: Money) -> Money:
    """Cut to six decimals, for a balance that is only looked at; never more than there is."""
    cut = 10 ** max(0, money.decimals - 6)
    return replace(money, amount=money.amount // cut * cut)


def known(units: Iterable[Unit], unit: str) -> Unit | None:
    return next((each for each in units if each.unit == unit), None)
