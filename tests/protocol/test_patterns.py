import re

import pytest
from eth_utils import is_checksum_address, to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import patterns

SHAPES = {name: value for name, value in vars(patterns).items() if isinstance(value, re.Pattern)}


@given(st.binary(min_size=20, max_size=20))
def test_addresses_have_the_checksum_of_eip_55(address):
    text = patterns.address_to_text(address)
    assert text == to_checksum_address(address)
    assert patterns.address_from_text(text) == address


@given(st.binary(min_size=20, max_size=20), st.integers(2, 41))
def test_a_wrong_case_is_noticed(address, index):
    text = patterns.address_to_text(address)
    swapped = text[:index] + text[index].swapcase() + text[index + 1 :]
    accepted = patterns.address_from_text(swapped) is not None
    assert accepted == (
        is_checksum_address(swapped) or swapped[2:] in (swapped[2:].lower(), swapped[2:].upper())
    )


@pytest.mark.parametrize("text", ["", "0x", "0x" + "0" * 39, "0X" + "0" * 40, "0x" + "g" * 40])
def test_what_is_no_address(text):
    assert patterns.address_from_text(text) is None
    assert patterns.lower_address(text) == text


def test_only_ascii_is_meant_by_a_digit_or_letter():
    for name in ("SLUG", "NAME", "INTEGER", "DIGITS", "ASSET", "COUNTRY"):
        for text in ("٣", "é", "Ａ"):
            assert not SHAPES[name].fullmatch(text)


@pytest.mark.parametrize("name", [name for name in SHAPES if not name.startswith("_")])
def test_no_shape_takes_long_on_hostile_text(name):
    """Hostile text costs at most its length: this hangs where a shape can match it in many ways."""
    for hostile in (
        "a-" * 20_000 + "!",
        "a" * 40_000 + "!",
        "1" * 40_000 + "x",
        "0x" + "a" * 40_001,
    ):
        assert not SHAPES[name].fullmatch(hostile)


def test_cddl_has_no_look_ahead():
    assert patterns.for_cddl(patterns.SLUG) == "[a-z0-9]+(-[a-z0-9]+)*"
    for name in (
        "SLUG",
        "NAME",
        "LANGUAGE",
        "CURRENCY",
        "COUNTRY",
        "CELL",
        "ASSET",
        "ACCOUNT",
        "UNIT",
    ):
        shape = patterns.for_cddl(SHAPES[name])
        assert "(?" not in shape
        assert "\\" not in shape
