"""Halmos, with five changes: the keys of mappings are left as they are, a product with a bit is a choice, what was stored where
is asked at a glance, a second solver says where a path can go, and what costs less to walk than to ask about is walked.

Halmos takes a hash that is a key apart and puts its preimage in its place, so that an order's id becomes 3,584 bits
of terms and each look into a mapping a comparison of as many. As a hash it is 256 bits, and the terms behind it
are told apart by what Halmos assumes of every hash: that its preimage can be had back from it.

Whether the key that is read is the one that was written last is mostly plain at once, and else hardly ever worth a long
question: a term that names both says the same.

Its own solver decides most branches at once and hardly any that it doesn't. A path that is walked though nothing
can go there costs far more than the question: what comes after it is as hard to tell. The question is asked in a
rough form, in which hashes and products are unknowns: where that has no answer, the path is walked.

Where one side of a branch does nothing but revert, walking both is cheaper than any question, unless the proof
is about what never reverts.
"""

import argparse
import sys

import z3
from halmos import sevm
from halmos.__main__ import main
from halmos.bitvec import HalmosBitVec
from solvers import Rough, decided

NEVER_REVERTS = "Exits"  # in the name of contracts whose proofs are about that
ENDS = (0xFD, 0xFE)  # REVERT, INVALID
PUSHES = range(0x60, 0x80)
JUMP = 0x56
# STOP, JUMP, JUMPI, RETURN, SELFDESTRUCT, and what calls or creates another contract
TURNS = (0x00, 0x56, 0x57, 0xF3, 0xFF, 0xF0, 0xF1, 0xF2, 0xF4, 0xF5, 0xFA)
MOST_STEPS = 1_000
GLANCE = 10  # milliseconds
PATIENCE = 15  # seconds; a branch that can't be shown impossible by then is walked, which is sound
take_apart = sevm.GenericStorage.decode.__func__
look_up = sevm.Exec.select
follow = sevm.SEVM.jumpi
multiply = HalmosBitVec.mul
ONE, ZERO = z3.BitVecVal(1, 256), z3.BitVecVal(0, 256)
rough = Rough()


def decode(cls, state, place):
    place = sevm.normalize(place)
    name = place.decl().name()
    # a hash of two words is the place of a mapping's entry, and still taken apart
    if sevm.is_f_sha3_name(name) and name != sevm.f_sha3_512_name:
        return place
    return take_apart(cls, state, place)


def select(self, array, key, arrays, symbolic=False):
    """What is stored under a key."""
    path = self.path
    if getattr(path, "glances", False):
        return look_up(self, array, key, arrays, symbolic)
    path.glances = True
    path.solver.set("timeout", GLANCE)
    try:
        return look_up(self, array, key, arrays, symbolic)
    finally:
        path.glances = False
        path.solver.set("timeout", BRANCHING)


def check(path, condition):
    """Whether a path can go on so. That it can may be said without having been shown: to walk on is sound."""
    answer = path.solver.check(condition)
    if answer != z3.unknown or getattr(path, "glances", False):
        return answer
    if any(condition.eq(side) for side in getattr(path, "unasked", ())):
        return z3.sat
    # Of a branch's two sides the one is mostly refuted sooner than the other is found possible.
    opposite = z3.simplify(z3.Not(condition))
    if refuted(path, opposite) or path.solver.check(opposite) == z3.unsat:
        return z3.sat
    if decided(rough([*path.solver.assertions(), condition]), PATIENCE) != z3.unsat:
        return z3.sat
    path.refuted = len(path.conditions), condition
    return z3.unsat


def product(self, other, *, abstraction=None):
    """By a bit, as compilers choose the smaller of two: a choice, and no product of which nothing is known."""
    for bit, amount in ((self, other), (other, self)) if self.size == 256 else ():
        term = bit.as_z3()
        ways = term.children()[1:] if z3.is_app_of(term, z3.Z3_OP_ITE) else []
        if ways and all(way.eq(ONE) or way.eq(ZERO) for way in ways):
            yes, no = (amount.as_z3() if way.eq(ONE) else ZERO for way in ways)
            return HalmosBitVec(z3.If(term.arg(0), yes, no), size=256)
    return multiply(self, other, abstraction=abstraction)


def refuted(path, condition) -> bool:
    length, last = getattr(path, "refuted", (0, None))
    return length == len(path.conditions) and condition.eq(last)


def jumpi(self, state, stack, target, condition):
    """A branch of which one side ends at once."""
    if any(reverts(state.pgm, place) for place in (target, state.pc + 1)):
        yes = z3.simplify(condition.as_z3())
        state.path.unasked = yes, z3.simplify(z3.Not(yes))
    path = state.path
    try:
        follow(self, state, stack, target, condition)
    finally:
        path.unasked = ()


def reverts(code, place: int) -> bool:
    """Whether what is there comes to a revert, and nowhere else."""
    pushed = None
    for _ in range(MOST_STEPS):
        step = code.decode_instruction(place)
        if step.opcode == JUMP and pushed is not None:
            place, pushed = pushed, None
            continue
        if step.opcode in ENDS or step.opcode in TURNS:
            return step.opcode in ENDS
        pushed = step.operand.value if step.opcode in PUSHES else None
        place = step.next_pc
    return False


def options() -> argparse.Namespace:
    """Those of Halmos that matter here."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--contract", default="")
    parser.add_argument("--solver-timeout-branching", default="15ms")
    return parser.parse_known_args()[0]


BRANCHING = int(options().solver_timeout_branching.removesuffix("ms"))
sevm.GenericStorage.decode = classmethod(decode)
sevm.Path.check = check
sevm.Exec.select = select
HalmosBitVec.mul = product
if NEVER_REVERTS not in options().contract:
    sevm.SEVM.jumpi = jumpi

if __name__ == "__main__":
    sys.exit(main())
