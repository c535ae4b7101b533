"""What the proofs assume of products, quotients and sums (`_part`, `_payments`, `_addUp` and `_share` in proofs/), proven with whole numbers.

The prover knows nothing of the product of two unknowns; solvers of bit vectors take hours for it, and minutes for
the order of sums of three. As whole numbers it is easy. Runs in the proofs' environment, exits 1 on anything not proven.
"""

import sys

from z3 import And, Implies, Ints, Not, Or, Solver, unsat

WHOLE = 10_000


def lemmas():
    side, one, two, first, second = Ints("side one two first second")
    held = And(side >= 0, side < 2**128, one >= 0, one < 2**16, two >= 0, two < 2**16)
    # first and second are the quotients side * one // WHOLE and side * two // WHOLE
    quotients = And(
        WHOLE * first <= side * one,
        side * one < WHOLE * first + WHOLE,
        WHOLE * second <= side * two,
        side * two < WHOLE * second + WHOLE,
    )
    fits = And(side * one >= 0, side * one < 2**256)
    yield "a product fits a word", Implies(held, fits)
    yield "a product divided is its factor", Implies(held, Or(one == 0, side * one / one == side))
    yield (
        "a share is not more than the whole",
        Implies(And(held, quotients, one <= WHOLE), first <= side),
    )
    yield (
        "two shares are not more than the whole",
        Implies(And(held, quotients, one + two <= WHOLE), first + second <= side),
    )
    pledges, pledged, money, share = Ints("pledges pledged money share")
    # share is the quotient pledged * money // pledges
    backed = And(
        pledges < 2**112,
        pledged > 0,
        pledged <= pledges,
        money >= 0,
        money <= pledges,
        share * pledges <= pledged * money,
        pledged * money < share * pledges + pledges,
    )
    yield "a pledge times the money fits a word", Implies(backed, pledged * money < 2**256)
    yield (
        "and divided by the money is the pledge",
        Implies(backed, Or(money == 0, pledged * money / money == pledged)),
    )
    yield "a backer's share is not more than the money", Implies(backed, share <= money)
    yield (
        "and leaves the others no more money than pledges",
        Implies(backed, money - share <= pledges - pledged),
    )
    yield "of whole pledges each is whole", Implies(And(backed, money == pledges), share == pledged)
    claim, funds, before, last = Ints("claim funds before last")
    paid = And(side >= 0, side < 2**128, before >= 0, last >= 0, before + last <= side)
    yield (
        "payments fit a word on top of a claim",
        Implies(And(paid, claim >= 0, claim < 2**250), claim + before + last < 2**256),
    )
    left = side - before - last
    yield "what is left of a sum is not more than it", Implies(paid, And(left >= 0, left <= side))
    yield (
        "what is to be paid is there when the rest was paid",
        Implies(And(paid, funds >= side), last <= funds - before),
    )


def main() -> int:
    wrong = 0
    for name, lemma in lemmas():
        solver = Solver()
        solver.set("timeout", 60_000)
        solver.add(Not(lemma))
        proven = solver.check() == unsat
        print(f"{'proven' if proven else 'NOT PROVEN'}: {name}")
        wrong += not proven
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
