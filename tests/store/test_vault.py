import pytest

from node.protocol.errors import Unavailable
from node.store.vault import Vault


def test_what_is_sealed_comes_back_and_no_two_boxes_are_alike():
    vault = Vault(b"k" * 32)
    first, second = vault.seal(b"221B Baker Street"), vault.seal(b"221B Baker Street")
    assert vault.open(first) == vault.open(second) == b"221B Baker Street"
    assert first != second
    assert b"Baker" not in first


@pytest.mark.parametrize("change", [0, 30, -1])
def test_a_changed_box_is_refused(change):
    vault = Vault(b"k" * 32)
    sealed = bytearray(vault.seal(b"221B Baker Street"))
    sealed[change] ^= 1
    with pytest.raises(Unavailable):
        vault.open(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"x", bytes(24), bytes(60)])
def test_what_is_no_box_is_refused(sealed):
    with pytest.raises(Unavailable):
        Vault(b"k" * 32).open(sealed)


def test_another_key_opens_nothing():
    with pytest.raises(Unavailable):
        Vault(b"x" * 32).open(Vault(b"k" * 32).seal(b"221B"))


def test_it_does_not_print_its_key():
    assert "k" * 32 not in repr(Vault(b"k" * 32))
