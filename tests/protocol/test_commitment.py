"""A commitment opens only to what was committed."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.protocol.commitment import (
    MAX_LINES,
    PARTS,
    Line,
    check_opened,
    commitment,
    decode_delivery,
    decode_lines,
    encode_delivery,
    encode_lines,
    leaf,
)
from node.protocol.encoding import encode
from node.protocol.errors import InputError, Rejected
from tests.protocol.sale import DELIVERY, GOODS, LINES, REGISTRY

VALUES = st.fixed_dictionaries({name: st.binary(max_size=40) for name in PARTS})
SALTS = st.fixed_dictionaries({name: st.binary(min_size=32, max_size=32) for name in PARTS})
EMPTY, ZEROS = dict.fromkeys(PARTS, b""), dict.fromkeys(PARTS, bytes(32))


def shown(values, salts, names):
    opened = {name: (values[name], salts[name]) for name in names}
    leaves = {n: leaf(n, values[n], salts[n]) for n in PARTS if n not in names}
    return leaves, opened


@given(VALUES, SALTS, st.sets(st.sampled_from(PARTS)))
def test_any_parts_can_be_shown(values, salts, names):
    check_opened(commitment(values, salts), *shown(values, salts, names))


@given(VALUES, SALTS, st.sampled_from(PARTS), st.binary(max_size=40))
def test_nothing_else_opens(values, salts, name, other):
    assume(other != values[name])
    leaves, _ = shown(values, salts, {name})
    other_salt = bytes([salts[name][0] ^ 1]) + salts[name][1:]
    for opened in ((other, salts[name]), (values[name], other_salt)):
        with pytest.raises(Rejected, match=r"commitment\.opened"):
            check_opened(commitment(values, salts), leaves, {name: opened})


def test_two_parts_cannot_change_places():
    values = {name: name.encode() for name in PARTS}
    swapped = values | {"buyer": values["offer"], "offer": values["buyer"]}
    assert commitment(values, ZEROS) != commitment(swapped, ZEROS)


def test_the_order_of_names_does_not_matter():
    backwards = dict.fromkeys(reversed(PARTS), b"")
    assert commitment(EMPTY, ZEROS) == commitment(backwards, ZEROS)


@pytest.mark.parametrize(
    ("values", "salts"),
    [
        ({name: b"" for name in PARTS if name != "buyer"}, ZEROS),
        (EMPTY | {"gift": b""}, ZEROS),
        (EMPTY, ZEROS | {"buyer": bytes(31)}),
    ],
    ids=["one less", "one more", "a short salt"],
)
def test_the_parts_are_fixed(values, salts):
    with pytest.raises(Rejected, match=r"commitment\.parts"):
        commitment(values, salts)


def test_a_part_is_opened_or_shown_as_a_leaf():
    leaves, opened = shown(EMPTY, ZEROS, {"offer"})
    for wrong in ({**leaves, "offer": bytes(32)}, {"buyer": leaves["buyer"]}):
        with pytest.raises(Rejected, match=r"commitment\.parts"):
            check_opened(commitment(EMPTY, ZEROS), wrong, opened)
    with pytest.raises(Rejected, match=r"commitment\.parts"):
        check_opened(commitment(EMPTY, ZEROS), leaves, {"offer": (b"", b"")})


LINE = {"extension": "goods", "block": {"quantity": 1}}


class TestLines:
    def test_come_back(self):
        assert decode_lines(encode_lines(LINES, REGISTRY), REGISTRY) == LINES
        assert decode_delivery(encode_delivery(DELIVERY, GOODS), GOODS) == DELIVERY

    @pytest.mark.parametrize(
        ("value", "rule"),
        [
            ({}, "order.lines"),
            ([], "order.lines"),
            ([1], "order.lines"),
            ([LINE] * 101, "order.lines"),
            ([{**LINE, "more": 1}], "order.lines"),
            ([{**LINE, "extension": "stays"}], "order.lines"),
            ([{**LINE, "extension": 1}], "order.lines"),
            ([{**LINE, "block": 1}], "order.lines"),
            ([{**LINE, "block": {}}], "field.required"),
            ([{**LINE, "block": {"quantity": 0}}], "field.range"),
            (bytes(17_000), "encoding.size"),
        ],
    )
    def test_of_a_stranger(self, value, rule):
        with pytest.raises(Rejected) as caught:
            decode_lines(encode(value), REGISTRY)
        assert caught.value.rule == rule

    def test_a_strangers_delivery(self):
        with pytest.raises(Rejected, match=r"order\.delivery"):
            decode_delivery(encode([]), GOODS)
        with pytest.raises(Rejected, match=r"field\.required"):
            decode_delivery(encode({}), GOODS)

    def test_what_the_fields_allow_fits(self):
        lines = [Line("goods", {"variant": "v" * 64, "quantity": 10_000})] * MAX_LINES
        assert decode_lines(encode_lines(lines, REGISTRY), REGISTRY) == lines
        worst = {
            "option": "o" * 64,
            "name": "🏺" * 120,
            "address": ["🏺" * 120] * 6,
            "country": "FR",
            "contact": "🏺" * 200,
        }
        assert decode_delivery(encode_delivery(worst, GOODS), GOODS) == worst

    def test_what_does_not_fit_is_said(self):
        with pytest.raises(InputError) as caught:
            encode_delivery({**DELIVERY, "x-note": "x" * 9_000}, GOODS)
        assert (caught.value.rule, caught.value.field) == ("encoding.size", "delivery")

    def test_an_unknown_extension_cannot_be_ordered(self):
        line = Line("com.example.seats", {})
        with pytest.raises(InputError):
            encode_lines([line], REGISTRY)
