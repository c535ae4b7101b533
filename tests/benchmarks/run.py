"""All benchmarks, one after the other, in one table. Most figures are multiples of a floor measured in the same run.

    python tests/benchmarks/run.py [name …]

Exits 1 when one of them fails or misses its bar.
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = {
    "cli": (sys.executable, "tests/benchmarks/cli.py"),
    "admission": (sys.executable, "-m", "tests.benchmarks.admission"),
    "search": (sys.executable, "-m", "tests.benchmarks.search"),
    "network": (sys.executable, "-m", "tests.benchmarks.network"),
    "hostile_http": (sys.executable, "tests/benchmarks/hostile_http.py", "--count", "1000"),
    "gas": (sys.executable, "tests/benchmarks/gas.py"),
    "campaign_gas": (sys.executable, "-m", "tests.benchmarks.campaign_gas"),
}


def measure(name: str) -> tuple[str, list[str]]:
    """("ok" or "failed") and the lines of figures."""
    done = subprocess.run(BENCHMARKS[name], cwd=ROOT, capture_output=True, text=True)
    lines = [line.rstrip() for line in done.stdout.splitlines() if line.strip()]
    if done.returncode:
        return "failed", lines + [line for line in done.stderr.splitlines() if line.strip()][-3:]
    return "ok", lines


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}.")
        return 2
    failed = False
    print(f"{'BENCHMARK':14}{'':9}FIGURES")
    for name in names or BENCHMARKS:
        started = time.monotonic()
        state, lines = measure(name)
        failed |= state == "failed"
        print(f"{name:14}{state:9}({time.monotonic() - started:.0f} s)")
        for line in lines:
            print(f"{'':14}{'':9}{line}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
