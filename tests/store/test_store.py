"""Opening the store: who may, and what lies on disk."""

import os
import stat

import pytest

from node import ports
from node.ports import OrderRow
from node.protocol.errors import Conflict, Unavailable
from node.store import SqliteStore, open_store
from tests.fakes.records import NOW, REGISTRY, key, listing, note

from .conftest import SECRET

ADDRESS = "221B Baker Street"
ORDER = OrderRow(
    b"o" * 32, "buyer", b"f" * 32, b"c" * 32, None, NOW, {"salt": ADDRESS}, {"where": ADDRESS}
)


def test_everything_on_disk_is_for_its_owner_alone(path):
    path.parent.mkdir(mode=0o755)
    before = os.umask(0)
    try:
        store = open_store(path, REGISTRY, SECRET)
        store.put([listing(key(1))])
        store.put_chunk(b"b" * 32, 0, b"data")
        files = sorted(path.parent.iterdir())
        assert len(files) == 7  # two databases with two side files each, and the lock
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_a_file_that_others_can_read_is_closed_to_them(path, store):
    store.close()
    path.chmod(0o644)
    open_store(path, REGISTRY, SECRET).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_of_other_things_stays_as_it_is(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "holiday.jpg").touch()
    for _ in range(2):
        open_store(folder / "etal.sqlite", REGISTRY, SECRET).close()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert stat.S_IMODE((folder / "etal.sqlite").stat().st_mode) == 0o600


def test_one_at_a_time(path, store):
    with pytest.raises(Conflict, match=f"process {os.getpid()}") as raised:
        open_store(path, REGISTRY, SECRET)
    assert raised.value.rule == "store.locked"
    store.close()
    store.close()
    open_store(path, REGISTRY, SECRET).close()


def test_another_key_opens_nothing(path, store):
    store.close()
    with pytest.raises(Conflict, match="another seed") as raised:
        open_store(path, REGISTRY, b"x" * 32)
    assert raised.value.rule == "store.key"
    open_store(path, REGISTRY, SECRET).close()  # the failure left no lock behind


def test_a_newer_store_is_refused(path, store):
    store._db.change("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(Conflict, match="please update"):
        open_store(path, REGISTRY, SECRET)


def test_a_damaged_store_is_refused(path, store):
    store.put([listing(key(1), f"lamp-{number}") for number in range(50)])
    store.close()
    content = bytearray(path.read_bytes())
    content[8192:40960] = os.urandom(40960 - 8192)
    path.write_bytes(content)
    with pytest.raises(Unavailable) as raised:
        open_store(path, REGISTRY, SECRET)
    assert raised.value.rule == "store.damaged"


def test_no_private_word_lies_on_disk_in_clear(path, store):
    public = listing(key(1), title="Deerstalker")
    message = note(key(1), ORDER.id, ADDRESS)
    store.put([public])
    store.add_order(ORDER, message, None)
    store.update_order(
        ORDER.id, notes={"more": ADDRESS}, messages=[note(key(2), ORDER.id, ADDRESS * 2)]
    )

    def on_disk() -> bytes:
        return b"".join(file.read_bytes() for file in path.parent.iterdir())

    for _ in range(2):  # in the write-ahead log, then in the database
        assert b"Deerstalker" in on_disk()
        assert ADDRESS.encode() not in on_disk()
        assert message.raw not in on_disk()
        store.close()


def test_everything_survives_closing(reopen):
    store = reopen()
    record = listing(key(1))
    store.put([record])
    message = note(key(1), ORDER.id, ADDRESS)
    store.add_order(ORDER, message, None)
    store = reopen()
    assert store.get(record.id) == record.raw
    assert store.order(ORDER.id) == ORDER
    assert store.messages(ORDER.id) == [message]


def test_it_has_every_method_of_the_port():
    verbs = [name for name in vars(ports.Store) if not name.startswith("_")]
    assert "search" in verbs
    assert [name for name in verbs if not hasattr(SqliteStore, name)] == []


def test_no_part_of_the_store_hides_a_name_of_another():
    seen = {}
    for part in SqliteStore.__mro__[1:-1]:
        for name in vars(part):
            if not name.startswith("__"):
                assert name not in seen, f"{part} and {seen[name]} both have {name}"
                seen[name] = part
