"""Halmos, with two changes: the keys of mappings are left as they are, and a second solver says where a path can go.

Halmos takes a hash that is a key apart and puts its preimage in its place, so that an order's id becomes 3,584 bits
of terms and each look into a mapping a comparison of as many. As a hash it is 256 bits, and the terms behind it
are told apart by what Halmos assumes of every hash: that its preimage can be had back from it.

Its own solver decides most branches at once and hardly any that it doesn't. A path that is walked though nothing
can go there costs far more than the question: what comes after it is as hard to tell.
"""

import sys

import z3
from halmos import sevm
from halmos.__main__ import main
from solvers import decided

PATIENCE = 15  # seconds; a branch that can't be shown impossible by then is walked, which is sound
take_apart = sevm.GenericStorage.decode.__func__


def decode(cls, state, place):
    place = sevm.normalize(place)
    name = place.decl().name()
    # a hash of two words is the place of a mapping's entry, and still taken apart
    if sevm.is_f_sha3_name(name) and name != sevm.f_sha3_512_name:
        return place
    return take_apart(cls, state, place)


def check(path, condition):
    """Whether a path can go on so. That it can may be said without having been shown: to walk on is sound."""
    answer = path.solver.check(condition)
    if answer != z3.unknown:
        return answer
    # Of a branch's two sides the one is mostly refuted sooner than the other is found possible.
    opposite = z3.simplify(z3.Not(condition))
    if refuted(path, opposite) or path.solver.check(opposite) == z3.unsat:
        return z3.sat
    answer = decided([*path.solver.assertions(), condition], PATIENCE)
    if answer == z3.unsat:
        path.refuted = len(path.conditions), condition
    return answer


def refuted(path, condition) -> bool:
    length, last = getattr(path, "refuted", (0, None))
    return length == len(path.conditions) and condition.eq(last)


sevm.GenericStorage.decode = classmethod(decode)
sevm.Path.check = check

if __name__ == "__main__":
    sys.exit(main())
