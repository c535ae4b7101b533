import pytest

from node.cli.prices import exact, smallest_unit
from node.protocol.errors import InputError

ETHER = "eip155:31337/slip44:60"
TOKEN = "eip155:31337/erc20:0x" + "11" * 20


def assets() -> dict:
    return {"ETH": (ETHER, 18), "tUSD": (TOKEN, 6), "xDAI": ("eip155:10200/slip44:60", 18)}


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
        ("0.003 ETH", ("3000000000000000", ETHER)),
        ("1 ETH", (str(10**18), ETHER)),
        ("0.000000000000000001 ETH", ("1", ETHER)),
        ("4.5 tUSD", ("4500000", TOKEN)),
        ("2 xDAI", (str(2 * 10**18), "eip155:10200/slip44:60")),
    ],
)
def test_amounts_are_exact(text, amount):
    assert smallest_unit(text, "price", assets) == amount


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
        "0.0000000000000000001 ETH",
        "0.0000001 tUSD",
        "5 tEUR",
        "0.003 ETH ETH",
        "",
    ],
)
def test_what_isnt_an_amount_is_refused_by_its_field(text):
    with pytest.raises(InputError) as fault:
        smallest_unit(text, "extensions.goods.shipping.0.price", assets)
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
    made = exact(given, assets)
    assert made["price"] == {"amount": "4900", "unit": "EUR"}
    goods = made["extensions"]["goods"]
    assert [each["price"] for each in goods["shipping"]] == ["500", "700"]
    assert goods["variants"] == [{"price": "5100"}]
    assert given["price"] == "49 EUR"
    given["price"] = "49 USD"
    with pytest.raises(InputError) as fault:
        exact(given, assets)
    assert fault.value.field == "extensions.goods.shipping.0.price"


def test_exact_prices_pass_unchanged():
    given = {
        "price": {"amount": "1", "unit": "eip155:1/slip44:60"},
        "extensions": {"x": {"price": "3"}},
    }
    assert exact(given, assets) == given
    assert exact({"title": "No price"}, assets) == {"title": "No price"}


def test_prices_in_the_chains_coin_are_written_alike_everywhere():
    forms = ("0.001 ETH", {"amount": "1000000000000000", "unit": ETHER}, "1000000000000000")
    for form in forms:
        made = exact(
            {"price": "0.02 ETH", "extensions": {"goods": {"shipping": [{"price": form}]}}}, assets
        )
        assert made["price"] == {"amount": str(2 * 10**16), "unit": ETHER}
        assert made["extensions"]["goods"]["shipping"] == [{"price": "1000000000000000"}]


@pytest.mark.parametrize("inner", ["1 tUSD", "0.001", {"amount": "1", "unit": TOKEN}])
def test_a_price_within_is_refused_in_another_unit_by_its_field(inner):
    with pytest.raises(InputError) as fault:
        exact({"price": "0.02 ETH", "extensions": {"goods": {"x": [{"price": inner}]}}}, assets)
    assert fault.value.field == "extensions.goods.x.0.price"


def test_what_the_node_pays_with_is_named_where_a_symbol_is_not_known():
    with pytest.raises(InputError) as fault:
        smallest_unit("5 tEUR", "price", assets)
    assert "ETH, tUSD, xDAI" in fault.value.message


def test_nothing_is_asked_where_no_price_is_text():
    def never() -> dict:
        raise AssertionError

    assert exact({"price": {"amount": "1", "unit": "EUR"}}, never)
