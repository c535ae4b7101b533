"""kill -9 at any moment loses nothing that a method has returned from, and leaves nothing half done.

ETAL_KILL_RUNS=200 makes 200 runs of it.
"""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from node.ports import Store
from node.store import open_store
from tests.end_to_end.crashing_node import OUTSIDE_A_SALE, STORE_POINTS
from tests.fakes.records import REGISTRY

from .killing import PARTS, SECRET, operations

ROOT = Path(__file__).parents[2]
RUNS = int(os.environ.get("ETAL_KILL_RUNS", "5"))
MOMENTS = {"step": 2_000, "commit": 60, "logged": 60, "never": 60}
"""Where to die, and the latest of the moments to choose from."""
READING = {
    *(
        "has",
        "get",
        "evidence",
        "unproven",
        "revoked",
        "latest",
        "newest",
        "by_author",
        "reviews_of",
    ),
    *("ids_after", "counts", "holdings", "search", "nearest", "order", "order_of_escrow", "orders"),
    *(
        "disputed",
        "case",
        "campaign",
        "campaigns",
        "cases",
        "case_records",
        "case_bytes",
        "case_undelivered",
        "order_rows",
        "order_counts",
        "order_ids",
        "undelivered",
        "messages",
        "outbox",
    ),
    *("chain_window", "events", "unseen_funded", "chunk", "manifest", "fact", "close"),
}
"""The store's methods that write nothing."""


def test_every_method_that_writes_is_killed_here_and_in_a_sale():
    writing = {name for name in vars(Store) if not name.startswith("_")} - READING
    assert set(PARTS) == writing
    assert set(STORE_POINTS) == writing - OUTSIDE_A_SALE


@pytest.mark.parametrize("seed", range(RUNS))
def test_what_has_returned_outlives_a_kill(tmp_path, seed):
    chance = random.Random(seed)
    moment = list(MOMENTS)[seed % len(MOMENTS)]
    count = chance.randint(1, MOMENTS[moment])
    path = tmp_path / "data" / "etal.sqlite"
    command = [
        sys.executable,
        "-m",
        "tests.store.killing",
        str(path),
        str(seed),
        moment,
        str(count),
    ]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    returned = 0
    try:
        for line in child.stdout:
            assert int(line) == returned
            returned += 1
            if moment == "never" and returned == count:
                child.kill()
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == -9, "it was to be killed, not to end"
    store = open_store(path, REGISTRY, SECRET)
    for number, _, do, seen in operations(seed):
        signs, of = seen(store)
        if number < returned:
            assert signs == of, f"operation {number} had returned"
        else:
            assert signs in (0, of), f"operation {number} was half done"
            if signs == 0:
                do(store)
            assert seen(store) == (of, of)
            break
    store.close()
