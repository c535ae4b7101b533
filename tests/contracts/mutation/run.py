"""Changes the contract in every small way and counts the changes that no test notices.

    .venv/contract/bin/python tests/contracts/mutation/run.py                      # all of Escrow.vy
    .venv/contract/bin/python tests/contracts/mutation/run.py --only settle        # one function
    .venv/contract/bin/python tests/contracts/mutation/run.py --sample 20 --seed 7 # a few, chosen by the seed

A mutant is killed when a test of tests/contracts/vyper fails on it, or doesn't end in time. One with the bytecode of the original
is no mutant. What survives must be argued in survivors.toml; the exit code is 1 for any that isn't, and, when all were run, for an
argument about one that no longer survives.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import time
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
TESTS = ROOT / "tests" / "contracts" / "vyper"
CONTRACTS = ROOT / "contracts"
sys.path[:0] = [str(TESTS), str(HERE), str(ROOT)]

import boa  # noqa: E402
import pytest  # noqa: E402
import world  # noqa: E402
from mutants import mutants  # noqa: E402
from vyper.exceptions import VyperException  # noqa: E402

SURVIVORS = HERE / "survivors.toml"
LIMIT = 600  # seconds until a mutant that ends no test counts as killed
SOONEST = ("matrix", "fund", "marks", "money_out", "settle")
"""Tests that kill most, first: a mutant that dies soon costs seconds."""

APART = ("test_artifacts.py",)
"""They look at the files, not at what the contract does."""

KILLED, SURVIVED, SAME, INVALID = "killed", "survived", "same bytecode", "doesn't compile"
CODES = {0: SURVIVED, 1: KILLED, 2: KILLED, 3: SAME, 4: INVALID}


def judge(contract: str, function: str, source: str, original: bytes | None) -> str:
    """What the tests make of this source, in a process of its own. `original`: the bytecode that isn't worth a try."""
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException):
            os._exit(_try(contract, function, source, original))
        os._exit(2)
    ends = time.monotonic() + LIMIT
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return CODES[os.waitstatus_to_exitcode(status)]
        time.sleep(0.05)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return KILLED


def _try(contract: str, function: str, source: str, original: bytes | None) -> int:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        mutated = boa.loads_partial(source)
        if mutated.compiler_data.bytecode_runtime == original:
            return 3
    except VyperException:
        return 4
    as_it_is = world.compiled
    world.compiled = lambda path: mutated if path.stem == contract else as_it_is(path)
    tests = _tests(contract, function)
    return min(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests])), 1)


def _tests(contract: str, function: str) -> list[str]:
    """Those that speak of the function come first, then those that kill most."""
    ours = contract != "Escrow"
    files = [
        path
        for path in sorted(TESTS.glob("test_*.py"))
        if path.name not in APART and (contract.lower() in path.name) == ours
    ]

    def rank(path: Path) -> tuple[bool, int]:
        speaks_of_it = path.stem.removeprefix("test_") in function.lower()
        often = next((n for n, name in enumerate(SOONEST) if name in path.name), len(SOONEST))
        return not speaks_of_it, often

    return [str(path) for path in sorted(files, key=rank)]


def warm(contract: str) -> None:
    """Compile all that doesn't change once, before the forks."""
    for path in (*CONTRACTS.glob("*.vy"), *(TESTS / "hostile").glob("*.vy")):
        if path.stem != contract:
            world.compiled(path)


def argued(contract: str) -> dict[str, str]:
    """mutant -> why it may survive."""
    table = tomllib.loads(SURVIVORS.read_text("utf-8")) if SURVIVORS.is_file() else {}
    return {each["mutant"]: each["why"] for each in table.get(contract, ())}


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
    original = boa.loads_partial(source).compiler_data.bytecode_runtime
    if judge(asked.contract, "", source, None) != SURVIVED:
        print("The tests fail on the contract as it is: nothing can be told.", file=sys.stderr)
        return 2
    reasons, counts, alive = argued(asked.contract), Counter[str](), []
    with ThreadPoolExecutor(asked.workers) as pool:
        tries = {
            pool.submit(judge, asked.contract, mutant.function, mutant.source, original): mutant
            for mutant in chosen
        }
        for number, done in enumerate(as_completed(tries), 1):
            mutant, verdict = tries[done], done.result()
            counts[verdict] += 1
            if verdict == SURVIVED:
                alive.append(mutant)
                known = "argued" if mutant.name in reasons else "UNEXPLAINED"
                print(f"survived, {known}, line {mutant.line}: {mutant.name}", flush=True)
            if number % 25 == 0 or number == len(chosen):
                print(f"{number} of {len(chosen)}: {dict(counts)}", flush=True)
    unexplained = [mutant for mutant in alive if mutant.name not in reasons]
    whole = len(chosen) == len(every)
    stale = set(reasons) - {mutant.name for mutant in alive} if whole else set()
    for name in sorted(stale):
        print(f"argued, but doesn't survive: {name}")
    print(
        f"{len(chosen)} mutants, seed {asked.seed}: {dict(counts)}, unexplained {len(unexplained)}"
    )
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
