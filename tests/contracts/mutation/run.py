"""Changes the contract in every small way and counts the changes that no test notices.

    .venv/contract/bin/python tests/contracts/mutation/run.py                      # all of Escrow.vy
    .venv/contract/bin/python tests/contracts/mutation/run.py --only settle        # one function
    .venv/contract/bin/python tests/contracts/mutation/run.py --sample 20 --seed 7 # a few, chosen by the seed

A mutant is killed when a test of tests/contracts/vyper fails on it, or doesn't end in time. One with the bytecode of the original
is no mutant. What survives must be argued in survivors.toml; the exit code is 1 for any that isn't, and, when all were run, for an
argument about one that no longer survives.
"""

import argparse
import os
import random
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TESTS = ROOT / "tests" / "contracts" / "vyper"
CONTRACTS = ROOT / "contracts"
sys.path[:0] = [str(TESTS), str(HERE), str(ROOT)]

import boa  # noqa: E402
import pytest  # noqa: E402
import world  # noqa: E402
from hypothesis import Phase, settings  # noqa: E402
from judge import SURVIVED, Judge  # noqa: E402
from mutants import Mutant, mutants  # noqa: E402

SURVIVORS = HERE / "survivors.toml"
APART = ("test_artifacts.py", "test_covering.py")
"""They look at the files, not at what the contract does."""


def tests(contract: str) -> list[str]:
    """The files that try it."""
    ours = contract != "Escrow"
    return [
        str(path)
        for path in sorted(TESTS.glob("test_*.py"))
        if path.name not in APART and (contract.lower() in path.name) == ours
    ]


def warm(contract: str) -> None:
    """Compile all that doesn't change once, before the forks."""
    for path in (*CONTRACTS.glob("*.vy"), *(TESTS / "hostile").glob("*.vy")):
        if path.stem != contract:
            world.compiled(path)


def argued(contract: str) -> dict[str, str]:
    """mutant -> why it may survive."""
    table = tomllib.loads(SURVIVORS.read_text("utf-8")) if SURVIVORS.is_file() else {}
    return {each["mutant"]: each["why"] for each in table.get(contract, ())}


class Tally:
    """What has become of the mutants so far."""

    def __init__(self, total: int, reasons: dict[str, str]) -> None:
        self._total = total
        self._reasons = reasons
        self.counts = Counter[str]()
        self.alive: set[str] = set()

    def count(self, mutant: Mutant, verdict: str) -> None:
        self.counts[verdict] += 1
        if verdict == SURVIVED:
            self.alive.add(mutant.name)
            known = "argued" if mutant.name in self._reasons else "UNEXPLAINED"
            print(f"survived, {known}, line {mutant.line}: {mutant.name}", flush=True)
        done = self.counts.total()
        if done % 25 == 0 or done == self._total:
            print(f"{done} of {self._total}: {dict(self.counts)}", flush=True)

    @property
    def unexplained(self) -> set[str]:
        return self.alive - set(self._reasons)

    @property
    def stale(self) -> set[str]:
        return set(self._reasons) - self.alive


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--contract", default="Escrow", help="the name of a file in contracts/")
    parser.add_argument("--only", help="mutants of this function or constant")
    parser.add_argument("--sample", type=int, help="so many, chosen by the seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    asked = parser.parse_args()

    source = (CONTRACTS / f"{asked.contract}.vy").read_text("utf-8")
    every = mutants(source)
    chosen = [m for m in every if asked.only in (None, m.function)]
    if asked.sample is not None:
        chosen = random.Random(asked.seed).sample(chosen, min(asked.sample, len(chosen)))
    if not chosen:
        parser.error("there are no such mutants")
    warm(asked.contract)
    # A counterexample is enough: nobody reads the shortest.
    settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate), database=None)
    settings.load_profile("mutants")
    original = boa.loads_partial(source).compiler_data.bytecode_runtime
    tally = Tally(len(chosen), argued(asked.contract))
    judge = Judge(asked.contract, chosen, original, asked.workers, tally.count)
    pytest.main(["-q", "-s", "-c", str(TESTS / "pytest.ini"), *tests(asked.contract)], [judge])
    if not judge.sound:
        print(
            "The tests fail on the contract as it is, or pass on none: nothing can be told.",
            file=sys.stderr,
        )
        return 2
    stale = tally.stale if len(chosen) == len(every) else set()
    for name in sorted(stale):
        print(f"argued, but doesn't survive: {name}")
    unexplained = len(tally.unexplained)
    print(
        f"{len(chosen)} mutants, seed {asked.seed}: {dict(tally.counts)}, unexplained {unexplained}"
    )
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
