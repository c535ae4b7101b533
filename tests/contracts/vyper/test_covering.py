"""The measure of coverage sees what was run, and what wasn't; the long run notices a contract that does something else."""

import subprocess
import sys

import boa
import pytest
import vyper.ast as syntax
from covering import Recorder, jumps, report
from world import CONTRACTS, HERE, selector, shown

PUSH1, PUSH2, JUMPI, STOP = b"\x60", b"\x61", b"\x57", b"\x00"


def test_what_is_pushed_is_no_jump():
    assert list(jumps(PUSH1 + JUMPI + JUMPI + PUSH2 + JUMPI * 3 + STOP)) == [2, 6]


def test_only_what_was_run_counts(world, capsys):
    recorder = Recorder(CONTRACTS / "Escrow.vy")
    every, run = recorder.lines()
    assert len(every) > 150
    assert run == set()
    data = selector("claims") + bytes(64)
    done = boa.env.execute_code(shown(world.escrow.address), data=data)
    recorder.record(done.code)
    assert recorder.lines()[1] == set()  # a getter has no line of its own
    assert recorder.run_branches()
    data = selector("pots") + bytes(32)
    recorder.record(boa.env.execute_code(shown(world.escrow.address), data=data).code)
    lines = (CONTRACTS / "Escrow.vy").read_text("utf-8").splitlines()
    run = {lines[number - 1].strip() for number in recorder.lines()[1]}
    assert run == {"pot: uint256 = self._pots[id]", "return ("}
    assert report(recorder) is False
    said = capsys.readouterr().out
    assert "jump" in said
    assert "was not run" in said


def test_other_contracts_are_not_counted(world):
    recorder = Recorder(CONTRACTS / "Escrow.vy")
    recorder.record(boa.env.execute_code(shown(world.token.address), data=bytes(4)).code)
    assert recorder.runtime.edges == recorder.deployment.edges == set()


def test_every_assert_and_if_of_the_source_has_branches():
    recorder = Recorder(CONTRACTS / "Escrow.vy")
    branched = {node.lineno for node in recorder.branches(of_source=True).values()}
    kinds = (syntax.Assert, syntax.If, syntax.IfExp)
    asked = {node.lineno for kind in kinds for node in recorder.module.get_descendants(kind)}
    assert len(asked) > 70
    assert asked <= branched


@pytest.mark.parametrize(
    ("old", "new"), [("            rest -= share\n", "            rest -= share // 2\n")]
)
def test_a_broken_contract_is_noticed(old, new):
    command = [sys.executable, HERE / "differential.py", "--operations", "500", "--break", old, new]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "DIFFERENT" in done.stdout, done.stderr
