"""The chain as a child process, for whoever needs one for a while."""

import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

START_LIMIT = 60.0  # seconds: importing py-evm on a busy machine
STOP_LIMIT = 5.0


class StartError(Exception):
    """The chain's process ended, or said nothing in time."""


@dataclass(frozen=True)
class DevChain:
    url: str
    chain_id: int
    pid: int


@contextmanager
def start_devchain(
    chain_id: int = 31337, block_time: float = 0.0, port: int = 0
) -> Iterator[DevChain]:
    """Run the chain beside this process; it ends with the `with` block, and also when this process dies.

    `block_time` in seconds; zero: blocks come only with transactions and by evm_mine. Raises StartError.
    """
    command = [sys.executable, "-m", "node.devchain", "--with-parent", "--port", str(port)]
    command += ["--chain-id", str(chain_id), "--block-time", str(block_time)]
    # A session of its own: Ctrl-C in the terminal reaches whoever started us, who ends us in order.
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        yield DevChain(_ready_url(child), chain_id, child.pid)
    finally:
        _stop(child)


def _ready_url(child: subprocess.Popen) -> str:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if select.select([child.stdout], [], [], 0.5)[0]:
            line = child.stdout.readline().decode()
            if line.startswith("ready "):
                return line.split()[1]
            if not line:
                raise StartError(f"the dev chain ended with status {child.wait()}")
    raise StartError(f"the dev chain was not ready in {START_LIMIT:.0f} seconds")


def _stop(child: subprocess.Popen) -> None:
    child.terminate()
    child.stdin.close()
    try:
        child.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    child.stdout.close()
