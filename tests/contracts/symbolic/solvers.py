"""Two solvers behind one question: Yices is quick where a query has no model, Bitwuzla gives the model where it has one."""

import subprocess
import sys

import z3
from bitwuzla import Option, Options, Parser, TermManager

YICES = f"{sys.prefix}/bin/yices-smt2"
# What has been set equal goes first: half of a path is accounts that are known by then, and a sum over them is easy.
SHORTER = z3.Then("simplify", "propagate-values", "solve-eqs", "simplify")


# What a path depends on by identity alone, nearly always: hashes, and products and quotients of two unknowns.
OPAQUE = ("f_sha3_", "f_inv_sha3_", "f_evm_bvmul_", "f_evm_bvudiv_")
MOST_KNOWN = 300_000  # terms remembered in their rough form


class Rough:
    """Assertions in which each opaque term is an unknown, the same for the same term. What has no model so has none at all;
    what has one may have none."""

    def __init__(self) -> None:
        self._known: dict[
            int, tuple[z3.ExprRef, z3.ExprRef]
        ] = {}  # the term itself is kept, so that its id is

    def __call__(self, assertions) -> list[z3.ExprRef]:
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        return [self._of(each) for each in assertions]

    def _of(self, term: z3.ExprRef) -> z3.ExprRef:
        known = self._known.get(term.get_id())
        if known is None:
            known = self._known[term.get_id()] = term, self._made(term)
        return known[1]

    def _made(self, term: z3.ExprRef) -> z3.ExprRef:
        if not z3.is_app(term) or not term.num_args():
            return term
        parts = [self._of(each) for each in term.children()]
        if term.decl().name().startswith(OPAQUE):
            return z3.FreshConst(term.sort(), "opaque")
        if all(new.eq(old) for new, old in zip(parts, term.children(), strict=True)):
            return term
        return term.decl()(*parts)


def decided_at_once(assertions, patience: int) -> z3.CheckSatResult:
    """What Yices says of assertions over bit vectors, arrays and functions; unknown where it hasn't said anything within
    `patience` seconds."""
    goal = z3.Goal()
    goal.add(assertions)
    query = z3.SolverFor("QF_AUFBV")
    for part in SHORTER(goal):
        query.add(part)
    text = query.to_smt2().replace("(set-info :status unknown)", "(set-logic QF_AUFBV)")
    asked = [YICES, f"--timeout={patience}"]
    answer = subprocess.run(asked, input=text, capture_output=True, text=True).stdout.strip()
    return {"sat": z3.sat, "unsat": z3.unsat}.get(answer, z3.unknown)


def decided(assertions, patience: int, decide=decided_at_once) -> z3.CheckSatResult:
    """What `decide` says of assertions. A last one that denies several things at once is asked for each of them, those
    before it granted."""
    *granted, last = assertions
    last = z3.simplify(last)
    denied = last.arg(0) if z3.is_not(last) else None
    if z3.is_or(denied):
        *others, one = sorted(denied.children(), key=z3.is_and)
        return decided([*granted, *map(z3.Not, others), z3.Not(one)], patience, decide)
    if not z3.is_and(denied):
        return decide([*granted, last], patience)
    for part in denied.children():
        answer = decided([*granted, z3.Not(part)], patience, decide)
        if answer != z3.unsat:
            return answer
        granted.append(part)
    return z3.unsat


def print_model(file: str) -> None:
    """Prints what Bitwuzla says of a query in SMT-LIB 2, with the model if there is one."""
    options = Options()
    options.set(Option.PRODUCE_MODELS, True)
    Parser(TermManager(), options).parse(file, False, True)
