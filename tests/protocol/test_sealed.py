import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import sealed
from node.protocol.errors import Rejected, StateError
from node.protocol.keys import encryption_public

SECRET, OTHER = bytes([1]) * 32, bytes([2]) * 32
PUBLIC = encryption_public(SECRET)
FRESH = st.binary(min_size=32, max_size=32)


@given(st.binary(max_size=2_000), FRESH, FRESH)
def test_only_the_recipient_and_whoever_has_the_message_key_can_open(plaintext, key, ephemeral):
    box = sealed.seal(plaintext, key, ephemeral, PUBLIC)
    assert sealed.unseal(box, SECRET) == (plaintext, key)
    assert sealed.open_with(box, key) == plaintext
    with pytest.raises(Rejected, match=r"sealed\.recipient"):
        sealed.unseal(box, OTHER)
    with pytest.raises(Rejected, match=r"sealed\.commitment"):
        sealed.open_with(box, bytes([key[0] ^ 1]) + key[1:])


@given(st.binary(max_size=300), st.data())
@settings(max_examples=200)
def test_a_changed_box_does_not_open(plaintext, data):
    box = bytearray(sealed.seal(plaintext, SECRET, OTHER, PUBLIC))
    box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Rejected):
        sealed.unseal(bytes(box), SECRET)


@given(st.binary(max_size=700))
def test_garbage_is_rejected(data):
    with pytest.raises(Rejected):
        sealed.unseal(data, SECRET)


@given(st.integers(0, 3_000))
def test_only_the_size_class_shows(length):
    box = sealed.seal(bytes(length), SECRET, OTHER, PUBLIC)
    padded = len(box) - sealed.HEAD_BYTES - sealed.TAG_BYTES
    assert padded % sealed.SMALLEST == 0
    assert padded == sealed.SMALLEST or padded < 2 * (length + sealed.LENGTH_BYTES)
    assert padded & (padded - 1) == 0


def test_the_largest_message():
    box = sealed.seal(bytes(sealed.MAX_PLAINTEXT), SECRET, OTHER, PUBLIC)
    assert len(box) == sealed.MAX_SEALED
    assert sealed.unseal(box, SECRET)[0] == bytes(sealed.MAX_PLAINTEXT)
    with pytest.raises(StateError):
        sealed.seal(bytes(sealed.MAX_PLAINTEXT + 1), SECRET, OTHER, PUBLIC)


@pytest.mark.parametrize(
    "public", [bytes(32), b"\x01" + bytes(31), b"", PUBLIC[:31], PUBLIC + b"\0"]
)
def test_what_is_no_key_is_not_sealed_to(public):
    with pytest.raises(Rejected, match=r"sealed\.key"):
        sealed.seal(b"", SECRET, OTHER, public)


@pytest.mark.parametrize(("key", "ephemeral"), [(b"", OTHER), (SECRET, b"short")])
def test_fresh_keys_have_32_bytes(key, ephemeral):
    with pytest.raises(StateError):
        sealed.seal(b"", key, ephemeral, PUBLIC)
