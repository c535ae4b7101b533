"""Whether a command feels instant: how long it takes as a multiple of `python -c pass`, all in one run.

    python tests/benchmarks/cli.py [rounds]

Exits 1 when the median is above the bar.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.cli.nodes import in_a_thread, leave_note  # noqa: E402
from tests.fakes.peer import FakePeer  # noqa: E402
from tests.web.conftest import Site  # noqa: E402

BAR = 10.0
ROUNDS = 15


def seconds(compiled: str, *words: str) -> float:
    # Modules are compiled beforehand, as pip does it and other installers may not.
    env = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def main(rounds: int) -> int:
    with tempfile.TemporaryDirectory() as folder, in_a_thread(Site(FakePeer())) as site:
        leave_note(site, Path(folder))
        commands = {
            "python -c pass": ("-c", "pass"),
            "etal --help": ("-m", "node", "--help"),
            "etal status": ("-m", "node", "--data-dir", folder, "status"),
            "etal search tea": ("-m", "node", "--data-dir", folder, "search", "tea"),
        }
        compiled = f"{folder}/compiled"
        # The first round compiles. One after the other in each round, so that a busy moment slows all of them alike.
        times = [
            [seconds(compiled, *words) for words in commands.values()] for _ in range(rounds + 1)
        ][1:]
    medians = [median(column) for column in zip(*times, strict=True)]
    for name, each in zip(commands, medians, strict=True):
        print(f"{name:20}{each * 1000:7.0f} ms{each / medians[0]:7.1f} × (bar {BAR:.0f})")
    return 0 if max(medians) <= BAR * medians[0] else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS))
