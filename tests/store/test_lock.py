import os
import subprocess
import sys

import pytest

from node.protocol.errors import Conflict
from node.store.lock import ProcessLock

HOLDER = """
import sys
from pathlib import Path
from node.store.lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_the_holder_is_named_and_its_death_frees_the_lock(tmp_path):
    path = tmp_path / "lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(
            Conflict, match=rf"another node is running here \(process {holder.pid}\)"
        ):
            ProcessLock(path)
    finally:
        holder.kill()
        holder.communicate()
    lock = ProcessLock(path)
    assert path.read_text() == f"{os.getpid()}\n"
    lock.close()
    lock.close()


def test_only_its_owner_may_read_it(tmp_path):
    lock = ProcessLock(tmp_path / "lock")
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600
    lock.close()
    ProcessLock(tmp_path / "lock").close()
