import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import InputError, Rejected
from node.protocol.fields import Address, Amount, Bytes, Choice, Flag, Integer, Ref, Time

CHECKSUMMED = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # EIP-55's own example
ADDRESS = bytes.fromhex(CHECKSUMMED[2:])

# field, wire, python, JSON
FORMS = [
    (Choice({"a": "A", "b": "B"}), "b", "b", "b"),
    (Choice({1: "One"}), 1, 1, 1),
    (Integer(-5, 5), -5, -5, -5),
    (Time(), 1_800_000_000, 1_800_000_000, 1_800_000_000),
    (Flag(), True, True, True),
    (Amount(), b"", 0, "0"),
    (Amount(), b"\x01\x00", 256, "256"),
    (Amount(), b"\xff" * 16, 2**128 - 1, str(2**128 - 1)),
    (Bytes(2), b"\x0a\xff", b"\x0a\xff", "0x0aff"),
    (Bytes(4, low=0), b"", b"", "0x"),
    (Ref(), bytes(32), bytes(32), "a" * 52),
    (Address(), ADDRESS, ADDRESS, CHECKSUMMED),
]


@pytest.mark.parametrize(("field", "wire", "value", "json"), FORMS)
def test_the_forms_of_a_value(field, wire, value, json):
    assert field.read(wire) == value
    assert field.write(value) == wire
    assert field.to_json(value) == json
    assert field.from_json(json) == value
    if not isinstance(json, bool):
        assert field.from_form(f" {json} " if not isinstance(field, Choice) else str(json)) == value


@pytest.mark.parametrize(
    ("field", "wire", "rule"),
    [
        (Choice({"a": "A"}), "c", "choice"),
        (Choice({"a": "A"}), ["a"], "choice"),
        (Choice({1: "One"}), True, "choice"),
        (Integer(0, 9), 10, "range"),
        (Integer(0, 9), -1, "range"),
        (Integer(0, 9), True, "type"),
        (Integer(0, 9), "1", "type"),
        (Time(), 2**40, "range"),
        (Flag(), 1, "type"),
        (Amount(), 1, "amount"),
        (Amount(), b"\0", "amount"),
        (Amount(), b"\x01" * 17, "amount"),
        (Bytes(2), b"a", "length"),
        (Bytes(2), "ab", "type"),
        (Ref(), bytes(31), "length"),
        (Address(), bytes(21), "length"),
    ],
)
def test_what_a_stranger_may_not_send(field, wire, rule):
    with pytest.raises(Rejected) as caught:
        field.read(wire)
    assert caught.value.rule == "field." + rule


@pytest.mark.parametrize(
    ("field", "json"),
    [
        (Integer(0, 9), 1.0),
        (Integer(0, 9), "1"),
        (Amount(), "-1"),
        (Amount(), "1.5"),
        (Amount(), "1e3"),
        (Amount(), "٣"),
        (Amount(), True),
        (Amount(), str(2**128)),
        (Amount(), "9" * 5_000),
        (Bytes(2), "0aff"),
        (Bytes(2), "0x0aF"),
        (Ref(), "A" * 52),
        (Ref(), 5),
        (Address(), CHECKSUMMED[:-1] + "D"),
        (Address(), CHECKSUMMED[2:]),
        (Time(), "tomorrow"),
        (Time(), "0001-01-01"),
        (Time(), "-5"),
        (Flag(), "yes"),
    ],
)
def test_what_a_person_may_not_give(field, json):
    with pytest.raises(InputError) as caught:
        field.from_json(json)
    assert caught.value.rule.startswith("field.")
    assert caught.value.message


def test_an_address_needs_no_checksum_but_keeps_it():
    for text in (CHECKSUMMED.lower(), "0x" + CHECKSUMMED[2:].upper()):
        assert Address().from_json(text) == ADDRESS
    assert Address().to_json(ADDRESS) == CHECKSUMMED


@pytest.mark.parametrize(
    "text", ["2027-01-15T08:00", "2027-01-15T08:00:00", "2027-01-15T09:00+01:00", "1800000000"]
)
def test_a_time_is_typed_in_several_ways(text):
    assert Time().from_form(text) == 1_800_000_000


@pytest.mark.parametrize(
    ("raw", "value"), [("on", True), ("", False), ("true", True), ("0", False), (None, False)]
)
def test_a_box_is_ticked_or_not(raw, value):
    assert Flag().from_form(raw) is value


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (Flag(), "perhaps"),
        (Integer(0, 9), "1.5"),
        (Integer(0, 9), ["1"]),
        (Integer(0, 9), "9" * 30),
        (Amount(), ["1"]),
    ],
)
def test_what_can_not_be_typed(field, raw):
    with pytest.raises(InputError):
        field.from_form(raw)


@given(st.integers(0, 2**128 - 1))
def test_amounts_are_exact_in_every_form(amount):
    field = Amount()
    assert field.read(field.write(amount)) == amount
    assert field.from_json(field.to_json(amount)) == amount


def test_a_sentence_names_title_and_what_is_allowed():
    with pytest.raises(InputError) as caught:
        Integer(1, 5, title="Rating").from_json(6)
    assert caught.value.message == "Rating: a number from 1 to 5 is expected"
