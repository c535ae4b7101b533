import itertools
import json
import os
import signal
import stat
import sys

import pytest

from node import keystore
from node.protocol.errors import InputError

FAST = 2**8
SEED = bytes(range(32))


def test_a_seed_survives_writing_and_reading(tmp_path):
    path = tmp_path / "deep" / "keystore.json"
    keystore.write(path, SEED, "long enough", scrypt_n=FAST)
    assert keystore.read(path, "long enough") == SEED


def test_only_the_owner_can_read_it_and_it_holds_no_plain_seed_or_address(tmp_path):
    path = tmp_path / "deep" / "keystore.json"
    keystore.write(path, SEED, "long enough", scrypt_n=FAST)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert SEED.hex() not in path.read_text()
    assert "address" not in json.loads(path.read_text())


def test_an_existing_keystore_is_never_overwritten(tmp_path):
    path = tmp_path / "keystore.json"
    keystore.write(path, SEED, "long enough", scrypt_n=FAST)
    with pytest.raises(InputError, match="never overwritten"):
        keystore.write(path, bytes(32), "long enough", scrypt_n=FAST)
    assert keystore.read(path, "long enough") == SEED


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "keystore.missing"),
        (b"", "keystore.damaged"),
        (b"[]", "keystore.damaged"),
        (b"{}", "keystore.damaged"),
        (b"\xff\xfe", "keystore.damaged"),
        (b"{" + b" " * keystore.MAX_KEYSTORE_BYTES, "keystore.damaged"),
    ],
)
def test_a_missing_or_damaged_keystore_is_said_so(tmp_path, content, rule):
    path = tmp_path / "keystore.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError) as fault:
        keystore.read(path, "whatever it was")
    assert fault.value.rule == rule


def test_a_wrong_password_is_refused(tmp_path):
    path = tmp_path / "keystore.json"
    keystore.write(path, SEED, "long enough", scrypt_n=FAST)
    with pytest.raises(InputError) as fault:
        keystore.read(path, "long enougH")
    assert fault.value.rule == "keystore.password"


def test_a_short_password_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError):
        keystore.write(tmp_path / "keystore.json", SEED, "short")
    assert list(tmp_path.iterdir()) == []


def test_words_bring_the_seed_back_whatever_the_spacing_and_case():
    words = keystore.to_words(SEED)
    assert len(words.split()) == 24
    assert keystore.from_words("  " + words.upper().replace(" ", "\n ")) == SEED


@pytest.mark.parametrize(
    "spoil", [lambda w: w[:-1], lambda w: [w[1], w[0], *w[2:]], lambda w: ["étal", *w[1:]]]
)
def test_wrong_words_are_refused(spoil):
    words = keystore.to_words(SEED).split()
    with pytest.raises(InputError, match="words"):
        keystore.from_words(" ".join(spoil(words)))


@pytest.mark.parametrize("seed", [bytes(32), b"\xff" * 32])
def test_words_that_stand_for_no_key_are_refused(seed):
    with pytest.raises(InputError, match="no key"):
        keystore.from_words(keystore.to_words(seed))


def write_and_die(path, data: bytes, line: int) -> bool:
    """Write in a process that kills itself (SIGKILL) before the line of this number that it comes to; False when it had fewer."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    passed = 0

    def trace(frame, event, _):
        nonlocal passed
        passed += event == "line"
        if passed == line:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace if frame.f_code is keystore.write_private.__code__ else None

    try:
        sys.settrace(trace)
        keystore.write_private(path, data)
    finally:
        os._exit(0)  # this half of the tests ends here, whatever happens


@pytest.mark.parametrize("old", [None, b"old" * 10_000])
def test_a_kill_while_a_file_is_written_leaves_the_old_or_the_new_one_whole(tmp_path, old):
    path, new = tmp_path / "keystore.json", b"new" * 20_000
    found = []
    for line in itertools.count(1):
        path.unlink(missing_ok=True)
        if old is not None:
            path.write_bytes(old)
        killed = write_and_die(path, new, line)
        found.append(path.read_bytes() if path.exists() else None)
        if not killed:
            break
    assert found == sorted(found, key=lambda content: content == new)
    assert found.count(new) > 1 and set(found) == {old, new}
