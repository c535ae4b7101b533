"""A small slice of the siege; the whole of it is a command of its own: hostile.py."""

import pytest

from tests.end_to_end.hostile import Cost, siege, verdict

COUNT = 200


def test_a_second_round_of_hostile_inputs_costs_nothing():
    first, second = siege(COUNT, seed=7)
    assert verdict(first, second) == ""


@pytest.mark.parametrize(
    ("memory", "files", "wrong"),
    [
        (104_999, 20, ""),
        (90_000, 19, ""),
        (105_000, 20, "memory grew by 5.0%"),
        (100_000, 21, "1 files more stay open"),
    ],
)
def test_what_is_too_much(memory, files, wrong):
    assert verdict(Cost(100_000, 20), Cost(memory, files)) == wrong
