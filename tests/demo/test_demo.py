"""`etal demo` as somebody types it: it makes the whole sale, and however it ends, nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.bench import first_ports

ROOT = Path(__file__).parents[2]
STOP_LIMIT = 20.0
ALL_RUN = b"Laying out the stall"
"""What it says as soon as the chain and both nodes run."""


@dataclass
class Demo:
    """A demo in a terminal of its own; `place` is where it may put temporary files."""

    process: subprocess.Popen
    terminal: int
    place: Path

    def processes(self) -> list[int]:
        """Everything that runs for this demo, itself included."""
        return [
            one.pid
            for one in psutil.process_iter(["environ"])
            if (one.info["environ"] or {}).get("TMPDIR") == str(self.place)
        ]

    def hang_up(self) -> None:
        os.close(self.terminal)

    def press_ctrl_c(self) -> None:
        os.write(self.terminal, b"\x03")


@contextmanager
def started(place: Path, *options: str) -> Iterator[Demo]:
    """`etal demo` in a new terminal; it is killed after the block."""
    terminal, inside = os.openpty()
    command = ["setsid", "--ctty", sys.executable, "-m", "node", "demo", *options]
    process = subprocess.Popen(
        [*command, "--web-port", str(next(first_ports))],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(place)},
    )
    os.close(inside)
    try:
        yield Demo(process, terminal, place)
    finally:
        process.kill()
        process.wait()
        with suppress(OSError):  # a test may have closed it
            os.close(terminal)


def said(demo: Demo, awaited: bytes = b"") -> bytes:
    """What it prints until it prints what is awaited, or to its end."""
    text = b""
    with suppress(OSError):  # a terminal that nobody writes to any more
        while not awaited or awaited not in text:
            text += os.read(demo.terminal, 4096)
    return text


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + STOP_LIMIT
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.1)
    return holds()


def test_the_check_makes_both_sales(tmp_path):
    with started(tmp_path, "--check") as demo:
        text = said(demo).decode()
        assert (demo.process.wait(STOP_LIMIT), demo.processes()) == (0, [])
    assert "paid in ETH and in the test dollar" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [Demo.press_ctrl_c, Demo.hang_up])
def test_nothing_stays_when_it_ends(tmp_path, end):
    with started(tmp_path) as demo:
        assert ALL_RUN in said(demo, ALL_RUN)
        assert len(demo.processes()) == 4
        end(demo)
        demo.process.wait(STOP_LIMIT)
        assert demo.processes() == []
    assert list(tmp_path.iterdir()) == []


def test_its_processes_end_when_it_is_killed(tmp_path):
    with started(tmp_path) as demo:
        assert ALL_RUN in said(demo, ALL_RUN)
        demo.process.send_signal(signal.SIGKILL)
        assert soon(lambda: demo.processes() == [])
