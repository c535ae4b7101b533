"""The store: SQLite on disk behind ports.Store.

Beside the database at `path` lie its lock (`….lock`), SQLite's own side files, and `…-content`, the pictures.
"""

import os
from pathlib import Path

from node.protocol.registry import Registry
from node.store.campaigns import Campaigns
from node.store.cases import Cases
from node.store.chain import Chain
from node.store.content import DEFAULT_BUDGET, Content
from node.store.database import Database
from node.store.facts import Facts
from node.store.lock import ProcessLock
from node.store.search import Search
from node.store.vault import Vault

SCRIPTS = Path(__file__).parent / "schema"


class SqliteStore(Search, Cases, Campaigns, Chain, Content, Facts):
    """Fulfils ports.Store, for one thread of one process. Open it with `open_store`.

    Any method that changes something may raise Unavailable "store.full" or "store.io"; then nothing of it is stored.
    """

    def __init__(
        self,
        lock: ProcessLock,
        db: Database,
        content: Database,
        registry: Registry,
        vault: Vault,
        content_budget: int,
    ) -> None:
        super().__init__(db, content, registry, vault, content_budget)
        self._lock = lock

    def close(self) -> None:
        """May be called twice."""
        self._db.close()
        self._content.close()
        self._lock.close()


def open_store(
    path: Path, registry: Registry, secret_key: bytes, *, content_budget: int = DEFAULT_BUDGET
) -> SqliteStore:
    """Open the database file `path`, made with its folder if need be, readable for this user alone.

    `secret_key`, 32 bytes, encrypts what only this node may read. `content_budget` is in bytes.
    Raises Conflict "store.locked" (another process has it open), "store.newer" (written by a later version) or
    "store.key" (made with another key), Unavailable "store.damaged".
    """
    _own_folder(path)
    opened: list = []
    try:
        opened.append(ProcessLock(path.with_name(path.name + ".lock")))
        opened.append(Database(path, SCRIPTS / "market"))
        opened.append(
            Database(path.with_name(path.name + "-content"), SCRIPTS / "content", check=False)
        )
        lock, db, content = opened
        vault = Vault(secret_key)
        vault.prove(db)
        store = SqliteStore(lock, db, content, registry, vault, content_budget)
        store.refresh_index()
        return store
    except BaseException:
        for item in reversed(opened):
            item.close()
        raise


def _own_folder(path: Path) -> None:
    """Make the folder, or close an empty one to others. One that holds things is left as it is: it may be everybody's."""
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        os.chmod(folder, 0o700)
