"""The solver that decides the prover's questions, as the program that the prover calls: `solve.py QUERY.smt2`."""

import sys

import z3
from cases import decided_by_cases
from solvers import Rough, decided, print_model

PATIENCE = 300  # seconds of the solver that only says no
ROUGHLY = 60  # and before that, of what may be unsolvable in its rough form as well

if __name__ == "__main__":
    query = z3.Solver()
    query.from_file(sys.argv[1])
    asked = query.assertions()
    ways = ((Rough()(asked), ROUGHLY, decided_by_cases), (asked, PATIENCE))
    if z3.unsat in (decided(*way) for way in ways):
        print("unsat")
    else:
        print_model(sys.argv[1])
