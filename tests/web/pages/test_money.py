import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.peer.views import Money
from node.protocol.errors import InputError
from node.web.pages import money


@pytest.mark.parametrize(
    ("text", "decimals", "amount"),
    [
        ("12.50", 2, 1250),
        ("12,5", 2, 1250),
        ("1 200", 2, 120000),
        ("1\u202f200,00", 2, 120000),
        ("0.000000000000000001", 18, 1),
        ("0", 18, 0),
        ("", 2, None),
        ("  ", 2, None),
    ],
)
def test_typed(text, decimals, amount):
    assert money.typed(text, decimals, "min") == amount


@pytest.mark.parametrize("text", ["-1", "1e400", "nan", "inf", "12.505", "1.2.3", "ten", "9" * 60])
def test_typed_refuses(text):
    with pytest.raises(InputError) as refused:
        money.typed(text, 2, "min")
    assert refused.value.field == "min"


@given(st.integers(0, 10**38 - 1), st.integers(0, 18))
def test_plain_is_exact(amount, decimals):
    shown = money.plain(amount, decimals)
    assert "E" not in shown
    whole, _, fraction = shown.partition(".")
    assert int(whole + fraction.ljust(decimals, "0")) == amount


def test_exact_names_the_asset():
    assert money.exact(Money(66_900_000, "x", "tUSD", 6)) == "66.9 tUSD"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(99_999_865_159_999_056_120, "99.999865 E"), (10**11, "0 E"), (2 * 10**18, "2 E")],
)
def test_a_balance_is_cut_to_what_people_read(amount, shown):
    assert money.exact(money.rounded(Money(amount, "x", "E", 18))) == shown


def test_known():
    units = [money.Unit("USD", "USD", 2)]
    assert money.known(units, "USD") is units[0]
    assert money.known(units, "EUR") is None
    assert units[0].of(5) == Money(5, "USD", "USD", 2)
