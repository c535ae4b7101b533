"""Which changes are tried, on a small contract."""

from mutants import mutants

SOURCE = """
LIMIT: constant(uint256) = 3
total: uint256

struct Terms:
    buyer: address
    seller: address


event Left:
    who: address
    left: uint256


@external
def take(terms: Terms, amount: uint256):
    # a comment == that stays
    assert msg.sender == terms.buyer, "not == the buyer"
    assert amount < LIMIT and amount != 0, "bad"
    self.total -= amount
    log Left(who=terms.buyer, left=(amount >> 32) & LIMIT)
"""


def changes(function):
    """What each mutant of this part makes of its line."""
    return {
        m.name.partition(" -> ")[2] for m in mutants(SOURCE) if m.name.startswith(f"{function}:")
    }


def test_each_mutant_differs_from_the_source_in_one_place():
    every = mutants(SOURCE)
    assert len({mutant.source for mutant in every}) == len(every)
    for mutant in every:
        pairs = zip(SOURCE.split("\n"), mutant.source.split("\n"), strict=True)
        [line] = [number for number, (old, new) in enumerate(pairs, 1) if old != new]
        assert line == mutant.line


def test_comparisons_are_shifted_turned_and_forced():
    assert {
        'assert amount <= LIMIT and amount != 0, "bad"',
        'assert amount >= LIMIT and amount != 0, "bad"',
        'assert amount < LIMIT and amount == 0, "bad"',
        'assert True and amount != 0, "bad"',
        'assert amount < LIMIT and False, "bad"',
        'assert amount < LIMIT or amount != 0, "bad"',
        'assert amount < LIMIT and amount != 1, "bad"',
    } <= changes("take")


def test_what_is_logged_is_changed_in_its_place():
    assert {
        "log Left(who=terms.seller, left=(amount >> 32) & LIMIT)",
        "log Left(who=terms.buyer, left=(amount << 32) & LIMIT)",
        "log Left(who=terms.buyer, left=(amount >> 32) | LIMIT)",
    } <= changes("take")


def test_a_name_is_exchanged_for_its_kin_and_a_statement_left_out():
    assert {
        'assert msg.sender == terms.seller, "not == the buyer"',
        'assert msg.sender != terms.buyer, "not == the buyer"',
        "pass",
    } <= changes("take")


def test_constants_are_one_more_or_less():
    assert changes("LIMIT") == {"LIMIT: constant(uint256) = 4", "LIMIT: constant(uint256) = 2"}
