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
from tools import HERE, PROVER, SOURCE, Result, ToolError, build, committed, compiled, install, prove


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", metavar="NAME", help="beginning of the names to run")
    parser.add_argument("--broken", action="store_true", help="remove guards: proofs must fail")
    options = parser.parse_args()
    try:
        install()
        code = committed()
        names = build()
        return _broken(names, options.only) if options.broken else _whole(names, options.only, code)
    except (ToolError, ValueError) as trouble:
        print(trouble, file=sys.stderr)
        return 1


def _whole(names: set[str], only: str, code: str) -> int:
    wanted = [name for name in PROOFS if name.startswith(only)]
    if names != set(PROOFS):
        raise ToolError(f"proofs that are missing or not listed: {sorted(names ^ set(PROOFS))}")
    bad = 0
    if not only:
        bad += subprocess.run([str(PROVER / "python"), str(HERE / "arithmetic.py")]).returncode
    results = []
    for name in wanted:
        result = prove(name, code)
        _show(name, result)
        if not result.proven:
            print(result.output)
        results.append(result)
    bad += sum(not result.proven for result in results)
    print(f"{len(results)} of {len(PROOFS)} ran, {sum(result.proven for result in results)} proven")
    return 1 if bad or not results else 0


def _broken(names: set[str], only: str) -> int:
    raise NotImplementedError
