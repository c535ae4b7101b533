from node.peer.world import ENCRYPTION_EPOCH, RECORD_LIFETIME, Keyring, short
from node.protocol.registry import standard


def test_a_keyring_never_shows_its_keys():
    keyring = Keyring(b"\x07" * 32)
    shown = f"{keyring!r} {keyring.persona!r}"
    assert keyring.encryption_secret(1).hex() not in shown and "07" * 8 not in shown


def test_the_same_seed_gives_the_same_keys_and_each_epoch_its_own():
    one, other = Keyring(b"\x07" * 32), Keyring(b"\x07" * 32)
    assert one.persona.public == other.persona.public
    assert one.encryption_secret(3) == other.encryption_secret(3) != one.encryption_secret(4)
    assert Keyring(b"\x08" * 32).persona.public != one.persona.public


def test_our_records_live_as_long_as_the_protocol_lets_them():
    assert 0 < standard().kind("listing").lifetime - RECORD_LIFETIME <= 3_600
    assert ENCRYPTION_EPOCH * 3 >= RECORD_LIFETIME


def test_log_lines_name_things_without_showing_them():
    assert short(b"\xab" * 32) == "abababab"
    assert short(b"12 rue des Lilas, 67000 Strasbourg") not in "12 rue des Lilas, 67000 Strasbourg"
    assert len(short(b"x" * 1000)) == 8
