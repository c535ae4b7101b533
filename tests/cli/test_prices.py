import pytest

from node.cli.prices import exact, smallest_unit
from node.protocol.errors import InputError


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50 EUR", ("1250", "EUR")),
        ("12.5 EUR", ("1250", "EUR")),
        ("0 EUR", ("0", "EUR")),
        (" 300 JPY ", ("300", "JPY")),
        ("1.234 KWD", ("1234", "KWD")),
        ("0.07 USD", ("7", "USD")),
        ("999999999999999999999999.99 USD", ("99999999999999999999999999", "USD")),
    ],
)
def test_amounts_are_exact(text, amount):
    assert smallest_unit(text, "price") == amount


@pytest.mark.parametrize(
    "text",
    [
        "12.505 EUR",
        "1.0 JPY",
        "-1 EUR",
        "1e3 EUR",
        "12,50 EUR",
        "12.50",
        "EUR 5",
        "1. EUR",
        "٣ EUR",
        "5 eur",
        "",
    ],
)
def test_what_isnt_an_amount_is_refused_by_its_field(text):
    with pytest.raises(InputError) as fault:
        smallest_unit(text, "extensions.goods.shipping.0.price")
    assert fault.value.field == "extensions.goods.shipping.0.price"


def test_prices_within_extensions_are_in_the_listings_currency():
    given = {
        "price": "49 EUR",
        "extensions": {
            "goods": {
                "shipping": [{"price": "5.00 EUR"}, {"price": "700"}],
                "variants": [{"price": "51 EUR"}],
            }
        },
    }
    made = exact(given)
    assert made["price"] == {"amount": "4900", "unit": "EUR"}
    goods = made["extensions"]["goods"]
    assert [each["price"] for each in goods["shipping"]] == ["500", "700"]
    assert goods["variants"] == [{"price": "5100"}]
    assert given["price"] == "49 EUR"
    given["price"] = "49 USD"
    with pytest.raises(InputError) as fault:
        exact(given)
    assert fault.value.field == "extensions.goods.shipping.0.price"


def test_exact_prices_pass_unchanged():
    given = {
        "price": {"amount": "1", "unit": "eip155:1/slip44:60"},
        "extensions": {"x": {"price": "3"}},
    }
    assert exact(given) == given
    assert exact({"title": "No price"}) == {"title": "No price"}
