"""Two solvers behind one question: Yices is quick where a query has no model, Bitwuzla gives the model where it has one."""

import subprocess
import sys

import z3
from bitwuzla import Option, Options, Parser, TermManager

YICES = f"{sys.prefix}/bin/yices-smt2"
# What has been set equal goes first: half of a path is accounts that are known by then, and a sum over them is easy.
SHORTER = z3.Then("simplify", "propagate-values", "solve-eqs", "simplify")


def decided(assertions, patience: int) -> z3.CheckSatResult:
    """What Yices says within `patience` seconds of assertions over bit vectors, arrays and functions; else unknown."""
    goal = z3.Goal()
    goal.add(assertions)
    query = z3.SolverFor("QF_AUFBV")
    for part in SHORTER(goal):
        query.add(part)
    text = query.to_smt2().replace("(set-info :status unknown)", "(set-logic QF_AUFBV)")
    asked = [YICES, f"--timeout={patience}"]
    answer = subprocess.run(asked, input=text, capture_output=True, text=True).stdout.strip()
    return {"sat": z3.sat, "unsat": z3.unsat}.get(answer, z3.unknown)


def print_model(file: str) -> None:
    """Prints what Bitwuzla says of a query in SMT-LIB 2, with the model if there is one."""
    options = Options()
    options.set(Option.PRODUCE_MODELS, True)
    Parser(TermManager(), options).parse(file, False, True)
