import apsw
import pytest

from node.protocol.errors import Conflict, Unavailable
from node.store.database import Database


@pytest.fixture
def scripts(tmp_path):
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "0001.sql").write_text("CREATE TABLE a (x); INSERT INTO a VALUES (1);")
    return folder


@pytest.fixture
def file(tmp_path):
    return tmp_path / "file.sqlite"


def test_each_script_runs_once(file, scripts):
    Database(file, scripts).close()
    (scripts / "0002.sql").write_text("INSERT INTO a VALUES (2); CREATE TABLE b (x);")
    Database(file, scripts).close()
    db = Database(file, scripts)
    assert list(db.rows("SELECT x FROM a")) == [(1,), (2,)]
    assert db.value("PRAGMA user_version") == 2
    db.close()


def test_a_script_that_fails_changes_nothing(file, scripts):
    Database(file, scripts).close()
    (scripts / "0002.sql").write_text("INSERT INTO a VALUES (2); CREATE TABLE b (x);")
    (scripts / "0003.sql").write_text("INSERT INTO a VALUES (3); CREATE TABLE a (x);")
    with pytest.raises(apsw.SQLError):
        Database(file, scripts)
    (scripts / "0003.sql").unlink()
    db = Database(file, scripts)
    assert list(db.rows("SELECT x FROM a")) == [(1,), (2,)]
    db.close()


def test_a_gap_among_the_scripts_is_our_mistake(file, scripts):
    (scripts / "0003.sql").write_text("SELECT 1;")
    with pytest.raises(ValueError, match="gap"):
        Database(file, scripts)


def test_a_newer_file_is_refused_and_left_alone(file, scripts):
    db = Database(file, scripts)
    db.change("PRAGMA user_version = 7")
    db.close()
    with pytest.raises(Conflict, match="newer version") as raised:
        Database(file, scripts)
    assert raised.value.rule == "store.newer"
    assert "format is 7" in str(raised.value)
    bare = apsw.Connection(str(file))
    assert list(bare.execute("SELECT x FROM a")) == [(1,)]


@pytest.mark.parametrize("where", ["head", "inside"])
def test_damage_is_noticed(file, scripts, where):
    db = Database(file, scripts)
    with db.transaction():
        db.change("CREATE INDEX ax ON a (x)")
        db.each("INSERT INTO a VALUES (?)", [(number,) for number in range(5000)])
    db.close()
    content = bytearray(file.read_bytes())
    start = 0 if where == "head" else len(content) // 2
    content[start : start + 4096] = b"\x5a" * 4096
    file.write_bytes(content)
    with pytest.raises(Unavailable) as raised:
        Database(file, scripts)
    assert raised.value.rule == "store.damaged"


def test_a_transaction_is_all_or_nothing(file, scripts):
    db = Database(file, scripts)
    with pytest.raises(KeyError), db.transaction():
        db.change("INSERT INTO a VALUES (2)")
        raise KeyError
    assert list(db.rows("SELECT x FROM a")) == [(1,)]
    db.close()


def test_a_full_disk_is_said_and_survived(file, scripts):
    db = Database(file, scripts)
    pages = db.value("PRAGMA page_count")
    list(db.rows(f"PRAGMA max_page_count = {pages}"))
    with pytest.raises(Unavailable) as raised, db.transaction():
        db.change("INSERT INTO a VALUES (2)")
        db.change("INSERT INTO a VALUES (zeroblob(100000))")
    assert raised.value.rule == "store.full"
    assert list(db.rows("SELECT x FROM a")) == [(1,)]
    db.close()


def test_what_is_returned_is_synced(file, scripts):
    db = Database(file, scripts)
    assert db.value("PRAGMA synchronous") == 2
    assert db.value("PRAGMA journal_mode") == "wal"
    assert db.value("PRAGMA foreign_keys") == 1
    db.close()
