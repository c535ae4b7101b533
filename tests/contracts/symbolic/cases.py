"""Questions about what is stored under keys that may be the same, told by cases.

Who of five accounts is whose, and what each has then, takes a solver of bit vectors minutes. Once each pair is known to
be the same or not, both sides of such a question are mostly the same sum, term by term.
"""

import time

import z3
from solvers import decided_at_once

EACH = 5  # seconds for whether a case can be


def decided_by_cases(assertions, patience: int) -> z3.CheckSatResult:
    """Whether the last of these can't hold beside the others: unsat, or else unknown, also where `patience` seconds don't do."""
    *granted, last = _without_stores(assertions)
    late = time.monotonic() + patience
    return z3.unsat if _refuted(granted, last, late) else z3.unknown


def _refuted(granted: list, last: z3.BoolRef, late: float) -> bool:
    if z3.is_false(last):
        return True
    left = int(late - time.monotonic())
    if left <= 0:
        return False
    choice = _choice(last, set())
    if choice is None:
        return decided_at_once([*granted, last], left) == z3.unsat
    for case, value in ((choice, True), (z3.Not(choice), False)):
        rest = z3.simplify(z3.substitute(last, (choice, z3.BoolVal(value))))
        impossible = z3.is_false(rest) or decided_at_once([*granted, case], EACH) == z3.unsat
        if not impossible and not _refuted([*granted, case], rest, late):
            return False
    return True


def _choice(term: z3.ExprRef, seen: set[int]) -> z3.BoolRef | None:
    """The condition of a choice within a term that holds no choice itself; None if there is none."""
    if term.get_id() in seen:
        return None
    seen.add(term.get_id())
    for part in term.children():
        if (found := _choice(part, seen)) is not None:
            return found
    return term.arg(0) if z3.is_app_of(term, z3.Z3_OP_ITE) else None


def _without_stores(assertions) -> list[z3.BoolRef]:
    """The same, where an array that came of another by a store isn't named any more, and a look into it is a choice.

    What has no model then had none before: each name stood for what is put in its place.
    """
    named, rest = [], []
    for each in assertions:
        name, value = each.children() if z3.is_eq(each) else (None, None)
        if z3.is_store(name):
            name, value = value, name
        if value is not None and z3.is_store(value) and z3.is_const(name):
            named.append((name, z3.substitute(value, *named)))
        else:
            rest.append(each)
    return [z3.simplify(z3.substitute(each, *named), blast_select_store=True) for each in rest]
