"""A slice of the kill test; the whole is `python tests/end_to_end/kill.py --runs 200`."""

from tests.end_to_end import kill

RUNS = 8
SEED = 7


def test_a_node_that_is_killed_anywhere_loses_nothing_and_pays_nothing_twice():
    deadly = kill.run(RUNS, SEED)
    assert sum(deadly.values()) >= RUNS // 2  # else the points are not where the node passes
