"""Which proofs run, what turns them red, and what counts as proven."""

import json
from types import SimpleNamespace

import breakages
import prove
import pytest
import tools
from tools import Result, ToolError, source


def test_each_guard_is_in_the_contract_once_and_can_be_taken_out():
    for breakage in breakages.BREAKAGES:
        whole = source(breakage.contract)
        assert breakage.applied(whole) != whole.read_text(), breakage.name


def test_a_guard_that_is_gone_from_the_contract_is_missed(tmp_path):
    empty = tmp_path / "Escrow.vy"
    empty.write_text("# nothing\n")
    with pytest.raises(ValueError, match="a stranger funds: in 0 places"):
        breakages.BREAKAGES[0].applied(empty)


def test_some_guard_turns_each_proof_red_and_none_names_a_proof_that_isnt_there():
    named = {(name, each.contract) for each in breakages.BREAKAGES for name in each.proofs}
    assert named == set(prove.PROOFS.items())
    prove.trials(list(prove.PROOFS), each_once=False)
    with pytest.raises(ToolError, match="nothing turns these red"):
        prove.trials(["Funding.check_of_nothing"], each_once=False)


def test_the_quick_ones_are_proofs_and_each_is_turned_red_once():
    assert set(prove.QUICK) <= set(prove.PROOFS)
    tried = [name for _, names in prove.trials(list(prove.QUICK), each_once=True) for name in names]
    assert sorted(tried) == sorted(prove.QUICK)


@pytest.mark.parametrize(
    ("test", "verdict"),
    [
        ({"exitcode": 0, "num_bounded_loops": 0}, "proven"),
        ({"exitcode": 0, "num_bounded_loops": 1}, "loop cut short"),
        ({"exitcode": 1, "num_bounded_loops": 0}, "counterexample"),
        ({"exitcode": 2, "num_bounded_loops": 0}, "undecided"),
        ({"exitcode": 4, "num_bounded_loops": 0}, "nothing reached"),
        ({"exitcode": 99, "num_bounded_loops": 0}, "error"),
        (None, "0 proofs ran"),
    ],
)
def test_nothing_but_the_provers_own_word_is_a_proof(monkeypatch, test, verdict):
    def ran(command, **_):
        found = [test | {"num_paths": [3]}] if test else []
        answer = command[command.index("--json-output") + 1]
        with open(answer, "w") as file:
            json.dump({"test_results": {"proofs/Marks.t.sol:Marks": found}}, file)
        return ""

    monkeypatch.setattr(tools, "_run", ran)
    assert tools.prove("Marks.check_deliver", "0x").verdict == verdict


def test_a_prover_that_leaves_no_answer_has_proven_nothing(monkeypatch):
    monkeypatch.setattr(tools, "_run", lambda command, **_: "killed")
    assert tools.prove("Marks.check_deliver", "0x").verdict == "error"


def test_one_proof_that_fails_fails_the_run(monkeypatch, capsys):
    monkeypatch.setattr(prove, "install", lambda: None)
    monkeypatch.setattr(prove, "committed", lambda contract: "0x")
    monkeypatch.setattr(prove, "build", lambda: set(prove.PROOFS))
    arithmetic = SimpleNamespace(returncode=0)
    monkeypatch.setattr(prove.subprocess, "run", lambda *_, **__: arithmetic)
    verdicts = {"Marks.check_dispute": "undecided"}
    monkeypatch.setattr(
        prove, "prove", lambda name, code: Result(verdicts.get(name, "proven"), 1.0, 2, "why")
    )
    monkeypatch.setattr("sys.argv", ["prove.py", "--only", "Marks"])
    assert prove.main() == 1
    assert "1 proven of 2 that ran" in capsys.readouterr().out
    verdicts.clear()
    assert prove.main() == 0
    arithmetic.returncode = 1
    assert prove.main() == 1


def test_a_proof_that_isnt_built_fails_the_run(monkeypatch, capsys):
    monkeypatch.setattr(prove, "install", lambda: None)
    monkeypatch.setattr(prove, "committed", lambda contract: "0x")
    monkeypatch.setattr(prove, "build", lambda: set(prove.PROOFS) - {"Apart.check_others"})
    monkeypatch.setattr("sys.argv", ["prove.py"])
    assert prove.main() == 1
    assert "Apart.check_others" in capsys.readouterr().err
