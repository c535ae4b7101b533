"""Symbolic proofs of the escrow, of the bytecode that the product ships.

    python tests/contracts/symbolic/prove.py                 # every proof
    python tests/contracts/symbolic/prove.py --only Rulings  # those whose name begins so
    python tests/contracts/symbolic/prove.py --broken        # each guard removed: its proofs must fail

Installs what it needs (see tools.py), prints a table and exits 1 on anything not proven, or, with --broken,
on anything still proven. What is proven, and what is assumed, is in docs/spec/escrow.md and proofs/.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from breakages import BREAKAGES
from tools import (
    HERE,
    PROVER,
    SOURCE,
    Result,
    ToolError,
    build,
    committed,
    compiled,
    install,
    prove,
)

# Every proof there is. One that isn't found, or isn't here, is a failure: what didn't run proves nothing.
PROOFS = (
    *(
        f"Funding.check_{name}"
        for name in (
            "fund_coin",
            "fund_token",
            "fundWithPermit",
            "fundWithAuthorization",
            "fundMany",
        )
    ),
    *(f"Marks.check_{name}" for name in ("deliver", "dispute")),
    *(
        f"Strangers.check_{name}"
        for name in (
            "release",
            "releaseMany",
            "deliver",
            "dispute",
            "settle",
            "rule",
            "timeout",
            "withdraw",
        )
    ),
    *(
        f"Money{currency}.check_{name}"
        for currency in ("InCoin", "InToken")
        for name in ("release", "releaseMany", "settle", "timeout", "withdraw")
    ),
    *(f"Rulings{currency}.check_rule" for currency in ("InCoin", "InToken")),
    *(
        f"Exits{currency}.check_{name}"
        for currency in ("InCoin", "InToken")
        for name in ("timeout", "release", "fund_release", "settle", "rule", "withdraw")
    ),
    *(
        f"Signatures.check_{name}"
        for name in (
            "settle_wallet",
            "settle_key",
            "settle_form",
            "deliver_wallet",
            "dispute_wallet",
            "ids",
            "id_after_a_split",
        )
    ),
    *(f"Apart.check_{name}" for name in ("others", "callback")),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME", help="those whose name begins so")
    parser.add_argument("--broken", action="store_true", help="remove each guard: proofs must fail")
    options = parser.parse_args()
    try:
        install()
        code = committed()
        if (found := build()) != set(PROOFS):
            raise ToolError(f"missing, or not in the list: {sorted(found ^ set(PROOFS))}")
        return broken(options.only) if options.broken else whole(options.only, code)
    except (ToolError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        return 1


def whole(only: str, code: str) -> int:
    """Every proof against the bytecode that the product ships: each must be green."""
    wanted = [name for name in PROOFS if name.startswith(only)]
    arithmetic = subprocess.run([str(PROVER / "python"), str(HERE / "arithmetic.py")])
    proven = 0
    for name in wanted:
        result = prove(name, code)
        show(name, result)
        proven += result.proven
        if not result.proven:
            print(result.output)
    print(f"{proven} proven of {len(wanted)} that ran, of {len(PROOFS)} that there are")
    return 0 if wanted and proven == len(wanted) and not arithmetic.returncode else 1


def broken(only: str) -> int:
    """Each proof against each contract that lacks a guard of its: all must be red."""
    unbroken = set(PROOFS) - {name for breakage in BREAKAGES for name in breakage.proofs}
    if unbroken:
        raise ToolError(f"nothing turns these red: {sorted(unbroken)}")
    ran = red = 0
    for breakage in BREAKAGES:
        names = [name for name in breakage.proofs if name.startswith(only)]
        if not names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / SOURCE.name
            source.write_text(breakage.applied(SOURCE))
            code = compiled(source)
        for name in names:
            result = prove(name, code, early=True)
            show(f"{name}, {breakage.name}", result)
            ran += 1
            red += result.verdict == "counterexample"
    print(f"{red} red of {ran} that ran")
    return 0 if ran and red == ran else 1


def show(name: str, result: Result) -> None:
    print(f"{result.verdict:15} {result.seconds:7.1f} s {result.paths:5} paths  {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
