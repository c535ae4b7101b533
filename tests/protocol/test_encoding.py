import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import encoding
from node.protocol.encoding import MAX_DEPTH, MAX_ITEMS, decode, encode
from node.protocol.errors import Rejected, StateError

LEAVES = (
    st.integers(encoding.MIN_INTEGER, encoding.MAX_INTEGER)
    | st.booleans()
    | st.binary(max_size=40)
    | st.text(max_size=20)
)


def values(depth: int):
    if depth == 0:
        return LEAVES
    below = values(depth - 1)
    return (
        LEAVES
        | st.lists(below, max_size=4)
        | st.dictionaries(st.text(max_size=30), below, max_size=4)
    )


VALUES = values(4)


@given(VALUES)
def test_round_trip(value):
    data = encode(value)
    assert decode(data, len(data)) == value
    assert encode(decode(data, len(data))) == data


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_random_bytes_are_a_value_or_rejected(data):
    try:
        value = decode(data, 200)
    except Rejected as rejected:
        assert rejected.rule.startswith("encoding.")
    else:
        assert encode(value) == data


@given(VALUES, st.data())
@settings(max_examples=300)
def test_a_changed_byte_is_another_value_or_rejected(value, data):
    encoded = bytearray(encode(value))
    index = data.draw(st.integers(0, len(encoded) - 1))
    encoded[index] ^= data.draw(st.integers(1, 255))
    try:
        changed = decode(bytes(encoded), len(encoded))
    except Rejected:
        return
    assert encode(changed) == bytes(encoded)
    assert encode(changed) != encode(value)


@given(VALUES)
def test_a_prefix_is_rejected(value):
    data = encode(value)
    with pytest.raises(Rejected):
        decode(data[:-1], len(data))


@given(st.dictionaries(st.text(max_size=40), st.just(0), min_size=2, max_size=30))
def test_keys_are_sorted_bytewise_by_their_encoding(value):
    data = encode(value)
    keys = [encode(key) for key in decode(data, len(data))]
    assert keys == sorted(keys)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (1.0, "encoding.type"),
        (None, "encoding.type"),
        ({1: 2}, "encoding.type"),
        ({"a": {b"b": 1}}, "encoding.type"),
        (2**63, "encoding.integer"),
        ([0] * MAX_ITEMS, "encoding.items"),
        ({str(number): 0 for number in range(MAX_ITEMS // 2)}, "encoding.items"),
    ],
)
def test_what_the_profile_does_not_hold_is_not_encoded(value, rule):
    with pytest.raises(Rejected) as caught:
        encode(value)
    assert caught.value.rule == rule


def test_depth_is_counted_in_containers():
    def nested(depth):
        return [nested(depth - 1)] if depth else 0

    assert decode(encode(nested(MAX_DEPTH)), 100) == nested(MAX_DEPTH)
    with pytest.raises(Rejected, match=r"encoding\.depth"):
        encode(nested(MAX_DEPTH + 1))
    with pytest.raises(Rejected):
        decode(b"\x81" * 30_000 + b"\0", 40_000)


def test_no_tag_is_interpreted():
    contents = (b"\x00", b"\x60", b"\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01", b"\x42((")
    for tag in (*range(300), 1004, 43_000, 55_799, 2**32, 2**63):
        head = bytearray(cbor2.dumps(tag))
        head[0] |= 0xC0  # the same number as the head of a tag
        for content in contents:
            with pytest.raises(Rejected, match=r"encoding\.type"):
                decode(bytes(head) + content, 100)


@given(st.integers(0, encoding.MAX_AMOUNT))
def test_amounts_round_trip(amount):
    assert encoding.amount_from_bytes(encoding.amount_to_bytes(amount)) == amount


@pytest.mark.parametrize("amount", [-1, encoding.MAX_AMOUNT + 1])
def test_amounts_are_bounded(amount):
    with pytest.raises(Rejected, match=r"amount\.range"):
        encoding.amount_to_bytes(amount)


def test_an_amount_is_bytes():
    with pytest.raises(Rejected, match=r"amount\.type"):
        encoding.amount_from_bytes(5)


@given(st.binary(min_size=32, max_size=32))
def test_ids_round_trip(id):
    text = encoding.id_to_text(id)
    assert len(text) == 52
    assert encoding.id_from_text(text) == id


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567ABé=", min_size=50, max_size=54))
def test_an_id_has_one_text(text):
    try:
        id = encoding.id_from_text(text)
    except Rejected:
        return
    assert encoding.id_to_text(id) == text


def test_an_id_has_32_bytes():
    with pytest.raises(StateError):
        encoding.id_to_text(b"short")
