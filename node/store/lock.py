"""One process owns a store: a lock that the system itself gives back when the process ends, however it ends."""

import fcntl
import os
from pathlib import Path

from node.protocol.errors import Conflict

PID_BYTES = 32


class ProcessLock:
    """Held from construction to `close`. Raises Conflict "store.locked" naming the process that holds it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, PID_BYTES, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise Conflict(
                "store.locked", f"another node is running here (process {holder or 'unknown'})"
            ) from None
        os.fchmod(self._file, 0o600)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def close(self) -> None:
        # The file stays: removing it would let two processes lock two different files of one name.
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
