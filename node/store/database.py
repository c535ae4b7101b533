"""An SQLite file: opened safely, migrated by numbered scripts, changed in transactions that are on disk when they return."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

from node.protocol.errors import Conflict, Unavailable

SCRIPT_NAME = re.compile(r"(\d{4})\.sql")
CACHE_KIB = 32 * 1024
JOURNAL_BYTES = 64 * 1024 * 1024

SETTINGS = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA foreign_keys = ON;
PRAGMA trusted_schema = OFF;
PRAGMA cell_size_check = ON;
PRAGMA temp_store = MEMORY;
PRAGMA cache_size = -{CACHE_KIB};
PRAGMA journal_size_limit = {JOURNAL_BYTES};
"""


class Database:
    """A connection for one thread. `scripts` is a folder of 0001.sql, 0002.sql … of which each runs once, in one transaction.

    Raises Conflict "store.newer" for a file written by a later version, Unavailable "store.damaged" when it can't be trusted.
    `check` reads the whole file for damage first.
    """

    def __init__(self, path: Path, scripts: Path, *, check: bool = True) -> None:
        # SQLite gives its side files the mode of the main one.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        os.chmod(path, 0o600)
        self.connection = apsw.Connection(str(path))
        try:
            self._prepare(path, scripts, check)
        except (apsw.CorruptError, apsw.NotADBError):
            self.close()
            raise _damaged(path) from None
        except BaseException:
            self.close()
            raise

    def _prepare(self, path: Path, scripts: Path, check: bool) -> None:
        for _ in self.connection.execute(SETTINGS):
            pass
        if check and self.value("PRAGMA quick_check(1)") != "ok":
            raise _damaged(path)
        steps = _numbered(scripts)
        version = self.value("PRAGMA user_version")
        if version > len(steps):
            raise Conflict(
                "store.newer",
                f"{path.name} was written by a newer version of this program "
                f"(its format is {version}, this program knows {len(steps)}): please update",
            )
        for number, script in enumerate(steps[version:], start=version + 1):
            with self.transaction():
                self.connection.execute(script.read_text("utf-8"))
                self.connection.execute(f"PRAGMA user_version = {number}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on disk when it ends. Raises Unavailable "store.full" or "store.io"."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:  # some failures have ended it already
                    self.connection.execute("ROLLBACK")
                raise
        except apsw.FullError:
            raise Unavailable("store.full", "the disk is full: nothing was stored") from None
        except apsw.IOError as error:
            raise Unavailable("store.io", f"the disk failed: {error}") from None

    def rows(self, sql: str, bindings: Sequence | dict = ()) -> apsw.Cursor:
        return self.connection.execute(sql, bindings)

    def row(self, sql: str, bindings: Sequence | dict = ()) -> tuple | None:
        """The first row, or None."""
        cursor = self.connection.execute(sql, bindings)
        found = next(cursor, None)
        cursor.close()
        return found

    def value(self, sql: str, bindings: Sequence | dict = ()):
        """The first column of the first row, or None."""
        found = self.row(sql, bindings)
        return None if found is None else found[0]

    def change(self, sql: str, bindings: Sequence | dict = ()) -> int:
        """Run a statement that writes; returns how many rows it touched."""
        self.connection.execute(sql, bindings)
        return self.connection.changes()

    def each(self, sql: str, bindings: Iterable[Sequence]) -> None:
        """Run a statement once for each of these."""
        self.connection.executemany(sql, bindings)

    def close(self) -> None:
        self.connection.close()


def _numbered(folder: Path) -> list[Path]:
    """The scripts in order; they count 1, 2, 3 … without a gap."""
    steps = sorted(path for path in folder.iterdir() if SCRIPT_NAME.fullmatch(path.name))
    numbers = [int(path.stem) for path in steps]
    if numbers != list(range(1, len(steps) + 1)):
        raise ValueError(f"the scripts in {folder} don't count from 1 without a gap: {numbers}")
    return steps


def _damaged(path: Path) -> Unavailable:
    return Unavailable(
        "store.damaged", f"{path} is damaged: restore it from a backup, or move it away"
    )
