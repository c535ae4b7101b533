"""The tools of the proofs, from PyPI and npm, in places of their own, and what they are called with."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PROVER = ROOT / ".venv" / "proofs" / "bin"
COMPILER = ROOT / ".venv" / "contract" / "bin"
SOURCES = ROOT / "contracts"
ARTIFACTS = ROOT / "node" / "contracts" / "artifacts"
OUT = HERE / "build"

VERDICTS = {
    0: "proven",
    1: "counterexample",
    2: "undecided",
    3: "stuck",
    4: "nothing reached",
    5: "error",
}
LIMIT = 3_600  # seconds for one proof


class ToolError(Exception):
    """A tool is missing or doesn't do what the proofs need."""


@dataclass(frozen=True)
class Result:
    verdict: str
    seconds: float
    paths: int
    output: str

    @property
    def proven(self) -> bool:
        return self.verdict == "proven"


def install() -> None:
    """Installs what isn't there: the prover and its solver, the two compilers, forge."""
    wanted = HERE / "requirements.txt"
    mark = PROVER.parent / wanted.name  # what was installed there
    if not mark.is_file() or mark.read_text() != wanted.read_text():
        _environment(PROVER, wanted)
        mark.write_text(wanted.read_text())
    # A compiler of another version is noticed by what it makes: see `committed`.
    if not (COMPILER / "vyper").exists():
        _environment(COMPILER, SOURCES / "requirements.txt")
    if not shutil.which("node"):
        raise ToolError("node isn't installed: tests/run install does that")
    if not (HERE / "node_modules" / ".bin" / "forge").exists():
        _run(["npm", "install", "--no-save", "--no-audit", "--no-fund", "--silent"])


def _environment(place: Path, wanted: Path) -> None:
    if not (place / "python").exists():
        _run([sys.executable, "-m", "venv", str(place.parent)])
    _run([str(place / "pip"), "install", "-q", "--disable-pip-version-check", "-r", str(wanted)])


def source(contract: str) -> Path:
    return SOURCES / f"{contract}.vy"


def committed(contract: str) -> str:
    """The bytecode that the product ships; ToolError if the source compiles to another."""
    artifact = ARTIFACTS / f"{contract}.json"
    code = json.loads(artifact.read_text())["bytecode"]
    if compiled(source(contract)) != code:
        raise ToolError(f"{artifact.name} is not what {contract}.vy compiles to")
    return code


def compiled(source: Path) -> str:
    return _run([str(COMPILER / "vyper"), "-f", "bytecode", str(source)]).strip()


def build() -> set[str]:
    """Compiles the proofs; the names of those that are there, "Contract.name"."""
    # From nothing: the program of npm says that all went well whatever forge said, and what an earlier
    # build left behind would be proven in the place of what doesn't compile.
    shutil.rmtree(OUT, ignore_errors=True)
    output = _run([str(HERE / "node_modules" / ".bin" / "forge"), "build", "--ast"])
    if "Compiler run successful" not in output:
        raise ToolError(output)
    found = set()
    for path in (OUT / "out").glob("*.t.sol/*.json"):
        artifact = json.loads(path.read_text())
        if artifact["bytecode"]["object"] != "0x":  # an abstract contract has none
            names = (sign.partition("(")[0] for sign in artifact["methodIdentifiers"])
            found |= {f"{path.stem}.{name}" for name in names if name.startswith("check_")}
    return found


def prove(name: str, code: str, early: bool = False) -> Result:
    """Runs one proof against the given bytecode. With `early`, the first counterexample ends it."""
    contract, _, function = name.partition(".")
    solver = f"{PROVER / 'python'} {HERE / 'solve.py'}"
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.json"
        command = [
            *(str(PROVER / "python"), str(HERE / "prover.py")),
            *("--forge-build-out", "build/out", "--storage-layout", "generic", "--no-status"),
            # after which the second solver is asked: see prover.py
            *("--solver-timeout-branching", "15ms"),
            *("--contract", contract, "--match-test", rf"^{function}\("),
            *("--loop", "20"),  # and lists of 0 to 2, where a proof says nothing else
            *("--solver-command", solver, "--solver-threads", "1"),
            *("--solver-timeout-assertion", "20m"),
            *("--json-output", str(answer)),
            *(["--early-exit"] if early else []),
        ]
        started = time.monotonic()
        output = _run(command, allowed=(0, 1), limit=LIMIT, PROVEN_CODE=code)
        seconds = time.monotonic() - started
        answered = json.loads(answer.read_text()) if answer.is_file() else None
    if answered is None:
        return Result("error", seconds, 0, output)
    tests = [test for tests in answered["test_results"].values() for test in tests]
    if len(tests) != 1:
        return Result(f"{len(tests)} proofs ran", seconds, 0, output)
    verdict = VERDICTS.get(tests[0]["exitcode"], "error")
    if verdict == "proven" and tests[0]["num_bounded_loops"]:
        verdict = "loop cut short"
    return Result(verdict, seconds, tests[0]["num_paths"][0], output)


def _run(command: list[str], allowed=(0,), limit=None, **environment: str) -> str:
    path = os.pathsep.join((str(HERE / "node_modules" / ".bin"), os.environ["PATH"]))
    process = subprocess.Popen(
        command,
        cwd=HERE,
        env={**os.environ, "PATH": path, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)  # the prover outlives a request to end
        output, _ = process.communicate()
        return output
    except BaseException:
        os.killpg(process.pid, 9)
        raise
    if process.returncode not in allowed:
        raise ToolError(f"{' '.join(command)[:200]}\n{output}")
    return output
