"""The solver that decides the prover's questions, as the program that the prover calls: `solve.py QUERY.smt2`."""

import sys

import z3
from solvers import decided, print_model

PATIENCE = 300  # seconds of the solver that only says no

if __name__ == "__main__":
    query = z3.Solver()
    query.from_file(sys.argv[1])
    if decided(query.assertions(), PATIENCE) == z3.unsat:
        print("unsat")
    else:
        print_model(sys.argv[1])
