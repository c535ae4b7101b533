"""How fast the store finds among 10,000 listings and takes them in, beside bare SQLite in the same run.

python -m tests.benchmarks.search [listings]
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import apsw

from node.ports import Query
from node.protocol.kinds.listing.categories import CATEGORIES
from node.store import open_store
from tests.fakes.records import NOW, REGISTRY, availability, key, listing, profile

SELLERS = 100
BATCH = 200
ROUNDS = 100
VOCABULARY = 20_000
LETTERS = "aeioulnrstmdkp"
COMMON = "vintage"  # in every listing
RARE = "theodolite"  # in two of them


@dataclass(frozen=True)
class Timing:
    """Milliseconds. CPU time tells the cost whatever else the machine does; the clock has the disk's part in it."""

    cpu: float
    cpu_p99: float
    clock: float
    clock_p99: float


def timed(action: Callable[[int], object], rounds: int = ROUNDS) -> Timing:
    """Medians and 99th percentiles of action(0), action(1), …"""
    cpu, clock = [], []
    for number in range(rounds):
        started, begun = time.perf_counter(), time.process_time()
        action(number)
        cpu.append((time.process_time() - begun) * 1000)
        clock.append((time.perf_counter() - started) * 1000)
    last = min(rounds - 1, int(rounds * 0.99))
    return Timing(*(value for each in (cpu, clock) for value in (median(each), sorted(each)[last])))


def catalogue(count: int) -> list:
    """Listings with words as unevenly common as in real text, and prices, places and conditions of all sorts."""
    chance = random.Random(1)
    words = ["".join(chance.choices(LETTERS, k=chance.randint(3, 9))) for _ in range(VOCABULARY)]
    weights = [1 / (rank + 10) for rank in range(VOCABULARY)]
    sellers = [key(number + 1) for number in range(SELLERS)]
    records = [profile(seller, f"Stall {words[n]}") for n, seller in enumerate(sellers)]
    for number in range(count):
        text = chance.choices(words, weights, k=chance.randint(30, 200))
        title = chance.choices(words, weights, k=4)
        records.append(
            listing(
                chance.choice(sellers),
                f"thing-{number}",
                " ".join([COMMON, *title, *([RARE] if number % (count // 2) == 0 else [])]),
                text=" ".join(text),
                tags=tuple(title[:2]),
                category=chance.choice(list(CATEGORIES)),
                condition=chance.choice(["new", "used"]),
                price=chance.randrange(10**15, 10**19),
                zones=tuple(chance.sample(["FR", "DE", "US", "GB", "JP", "*"], 2)),
                created=NOW - chance.randrange(86_400 * 30),
            )
        )
    return records


def main(count: int) -> None:
    records = catalogue(count)
    batches = [records[start : start + BATCH] for start in range(0, len(records), BATCH)]
    with tempfile.TemporaryDirectory() as folder:
        bare = bare_sqlite(Path(folder) / "bare.sqlite")
        store = open_store(Path(folder) / "store" / "etal.sqlite", REGISTRY, bytes(32))

        def insert(number: int) -> None:
            with bare:
                bare.executemany(
                    "INSERT INTO plain VALUES (?, ?)",
                    [(record.id, record.raw) for record in batches[number]],
                )

        def put(number: int) -> None:
            store.put(batches[number])

        floor = timed(insert, len(batches))
        print(f"{count} listings; milliseconds; ratio of CPU time to bare SQLite\n")
        print(f"{'':34}{'CPU p50':>10}{'p99':>10}{'clock p50':>10}{'p99':>10}{'ratio':>9}")
        show(f"insert {BATCH} rows, bare", floor, floor)
        show(f"put {BATCH} listings", timed(put, len(batches)), floor)
        singles = [
            availability(key(n % SELLERS + 1), f"thing-{n}", created=NOW + n) for n in range(ROUNDS)
        ]
        one = timed(lambda n: insert_one(bare, n))
        show("insert 1 row, bare", one, one)
        show("put 1 availability", timed(lambda n: store.put([singles[n]])), one)

        ids = [(record.id,) for record in random.Random(2).sample(records, 24)]
        sql = "SELECT raw FROM plain WHERE id = ?"
        page = timed(lambda _: [list(bare.execute(sql, id)) for id in ids])
        show("select 24 rows by id, bare", page, page)
        third = store.search(Query(text=COMMON, limit=24), NOW).next
        for name, query in {
            "everything, newest": Query(),
            "everything, by price": Query(sort="price"),
            "a common word": Query(text=f"{COMMON} "),
            "a common word, page 2": Query(text=COMMON, after=third),
            "a common word, by price": Query(text=COMMON, sort="price"),
            "a common word, filtered": Query(
                text=COMMON,
                categories=("books",),
                countries=("FR",),
                facets=(("condition", "used"),),
            ),
            "two words": Query(text=f"{COMMON} {records[-1].body['tags'][0]} "),
            "a rare word": Query(text=f"{RARE} "),
            "a prefix of 2": Query(text="vi"),
            "a prefix of 3": Query(text="vin"),
            "a rare prefix": Query(text=RARE[:6]),
            "no such word": Query(text="zzzzzz"),
        }.items():
            found = store.search(query, NOW).total
            show(f"{name} ({found})", timed(lambda _, q=query: store.search(q, NOW)), page)
        rebuild = timed(lambda _: store.rebuild_index(), 1)
        show("rebuild the index", rebuild, floor)
        store.close()
        path = Path(folder) / "store" / "etal.sqlite"
        start = time.perf_counter()
        open_store(path, REGISTRY, bytes(32)).close()
        print(f"\nopen, with its check: {(time.perf_counter() - start) * 1000:.0f} ms")
        print(
            f"size: {path.stat().st_size / 1e6:.0f} MB of {sum(len(r.raw) for r in records) / 1e6:.0f} MB of records"
        )


def bare_sqlite(path: Path) -> apsw.Connection:
    bare = apsw.Connection(str(path))
    bare.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE plain (id BLOB PRIMARY KEY, raw BLOB)")
    return bare


def insert_one(bare: apsw.Connection, number: int) -> None:
    with bare:
        bare.execute("INSERT INTO plain VALUES (?, ?)", (number.to_bytes(32, "big"), bytes(500)))


def show(name: str, timing: Timing, floor: Timing) -> None:
    figures = (timing.cpu, timing.cpu_p99, timing.clock, timing.clock_p99)
    print(
        f"{name:34}"
        + "".join(f"{each:10.2f}" for each in figures)
        + f"{timing.cpu / floor.cpu:9.1f}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
