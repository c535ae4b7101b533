"""The long run of contract and model side by side: random histories until so many calls were compared.

    .venv/contract/bin/python tests/contracts/vyper/differential.py --operations 100000 --seed 1
    .venv/contract/bin/python tests/contracts/vyper/differential.py --operations 100000 --seed 1 --break "old text" "new text"

Prints how often each function succeeded and gave each of its reasons, the seed and the rate. The exit code is 1 when contract and model
differed, or when a success or a reason of the spec's table was never reached. A difference is shrunk to its shortest history, except on
a contract that was broken on purpose.
"""

import argparse
import contextlib
import sys
import tempfile
import time
from pathlib import Path

import world
from aims import EVERY, UNTOLD
from histories import Histories
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

HISTORIES = 20
"""At a time; then it is looked whether there were enough operations."""
STEPS = 50


def run(operations: int, first: int, shrink: bool = True) -> str | None:
    """Runs until so many operations were compared; gives the difference, or None."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    market = Histories.market
    shown = 0
    for number in range(first, first + operations):
        try:
            seed(number)(run_state_machine_as_test)(
                Histories,
                settings=settings(
                    max_examples=HISTORIES,
                    stateful_step_count=STEPS,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=phases,
                    report_multiple_bugs=False,
                ),
            )
        except Exception as difference:
            return f"seed {number}: {difference}\n" + "\n".join(
                getattr(difference, "__notes__", ())
            )
        if market.operations // 10_000 > shown:
            shown = market.operations // 10_000
            print(f"{market.operations} operations, at seed {number}", file=sys.stderr, flush=True)
        if market.operations >= operations:
            return None
    return None


def table(counts) -> list[str]:
    lines = []
    for function in dict.fromkeys(function for function, _ in EVERY):
        total = sum(n for (name, _), n in counts.items() if name == function)
        lines.append(f"{function}: {total}, of which succeeded {counts[function, None]}")
        known = [reason for name, reason in EVERY if name == function and reason]
        others = sorted(r for n, r in counts if n == function and r and r not in known)
        lines += [f"    {counts[function, reason]:6}  {reason}" for reason in (*known, *others)]
        lines.append(f"    {counts[function, UNTOLD]:6}  (no text)")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--break",
        dest="broken",
        nargs=2,
        metavar=("OLD", "NEW"),
        help="change the contract first: a difference should be found",
    )
    asked = parser.parse_args()
    with contextlib.ExitStack() as stack:
        if asked.broken:
            world.CONTRACTS = stack.enter_context(broken(*asked.broken))
        start, used = time.monotonic(), time.process_time()
        Histories.prepare()
        difference = run(asked.operations, asked.seed, shrink=not asked.broken)
        market = Histories.market
    print("\n".join(table(market.counts)))
    missing = [case for case in EVERY if not market.counts[case]]
    for function, reason in missing:
        print(
            f"never reached: {function}: {reason if reason else 'success' if reason is None else 'no text'}"
        )
    taken, busy = time.monotonic() - start, time.process_time() - used
    print(
        f"{market.operations} operations in {market.histories} histories with "
        f"{market.reorganised} reorganisations, seed {asked.seed}: "
        f"{'DIFFERENT' if difference else 'no difference'}, {len(missing)} of {len(EVERY)} cases missing; "
        f"{market.operations / taken:.0f} a second ({market.operations / busy:.0f} of computing)"
    )
    if difference:
        print(difference)
    return 1 if difference or missing else 0


@contextlib.contextmanager
def broken(old: str, new: str):
    """A folder with the contracts, one of which has this text instead of that."""
    source = (world.CONTRACTS / "Escrow.vy").read_text()
    if source.count(old) != 1:
        sys.exit(f"this is {source.count(old)} times in the contract: {old}")
    with tempfile.TemporaryDirectory() as name:
        for path in world.CONTRACTS.glob("*.vy"):
            Path(name, path.name).write_text(path.read_text())
        Path(name, "Escrow.vy").write_text(source.replace(old, new))
        yield Path(name)


if __name__ == "__main__":
    sys.exit(main())
