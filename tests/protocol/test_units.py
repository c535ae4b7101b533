"""Prices convert one to one and exactly, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import units
from node.protocol.encoding import MAX_AMOUNT
from node.protocol.errors import InputError
from tests.protocol.sale import ACCOUNT, CHAIN, CONTRACT, ETH, TUSD


@pytest.mark.parametrize(
    ("amount", "unit", "decimals", "converted"),
    [
        (4_999, "USD", 6, 49_990_000),
        (4_999, "USD", 2, 4_999),
        (5_000, "USD", 1, 500),
        (5_000, "JPY", 18, 5_000 * 10**18),
        (1_234, "KWD", 3, 1_234),
        (12_345, "CLF", 6, 1_234_500),
        (0, "EUR", 0, 0),
    ],
)
def test_currency_to_stablecoin(amount, unit, decimals, converted):
    assert units.convert(amount, unit, TUSD, decimals) == converted


@pytest.mark.parametrize(
    ("amount", "unit", "asset", "decimals", "rule"),
    [
        (4_999, "USD", TUSD, 1, "offer.exact"),
        (1, "USD", TUSD, 0, "offer.exact"),
        (MAX_AMOUNT, "USD", TUSD, 6, "offer.amount"),
        (1, ETH, TUSD, 6, "offer.asset"),
    ],
)
def test_what_cannot_be_paid(amount, unit, asset, decimals, rule):
    with pytest.raises(InputError) as caught:
        units.convert(amount, unit, asset, decimals)
    assert caught.value.rule == rule


@given(
    amount=st.integers(0, 10**15),
    unit=st.sampled_from(["USD", "JPY", "KWD", "CLF"]),
    decimals=st.integers(0, 36),
)
def test_conversion_is_exact(amount, unit, decimals):
    try:
        converted = units.convert(amount, unit, TUSD, decimals)
    except InputError as error:
        assert error.rule in ("offer.exact", "offer.amount")
        return
    assert converted * 10 ** units.minor_units(unit) == amount * 10**decimals


def test_an_asset_is_not_converted():
    assert units.convert(10**18, ETH, ETH, 18) == 10**18


def test_texts():
    assert units.account_parts(ACCOUNT) == (CHAIN, CONTRACT)
    assert units.asset_chain(TUSD) == CHAIN
    assert units.asset_token(ETH) == bytes(20)
    assert units.asset_token(TUSD) == b"\xdd" * 20
    assert units.is_asset(ETH) and not units.is_asset("EUR")
    with pytest.raises(InputError):
        units.asset_token(f"{CHAIN}/erc721:0x{'dd' * 20}")
