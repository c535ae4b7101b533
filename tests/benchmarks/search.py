"""How fast the store finds among 10,000 listings and takes them in, beside bare SQLite in the same run.

python -m tests.benchmarks.search [listings]
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

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


def percentiles(action: Callable[[int], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """(p50, p99) in milliseconds of action(0), action(1), …"""
    times = []
    for number in range(rounds):
        start = time.perf_counter()
        action(number)
        times.append((time.perf_counter() - start) * 1000)
    times.sort()
    return statistics.median(times), times[min(len(times) - 1, int(len(times) * 0.99))]


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

        floor = percentiles(insert, len(batches))
        print(
            f"{count} listings; batches of {BATCH}; milliseconds p50 / p99, and ratio of p50 to bare SQLite\n"
        )
        show(f"insert {BATCH} rows, bare", floor, floor)
        show(f"put {BATCH} listings", percentiles(put, len(batches)), floor)
        singles = [
            availability(key(n % SELLERS + 1), f"thing-{n}", created=NOW + n) for n in range(ROUNDS)
        ]
        one = percentiles(lambda n: insert_one(bare, n))
        show("insert 1 row, bare", one, one)
        show("put 1 availability", percentiles(lambda n: store.put([singles[n]])), one)

        ids = [(record.id,) for record in random.Random(2).sample(records, 24)]
        sql = "SELECT raw FROM plain WHERE id = ?"
        page = percentiles(lambda _: [list(bare.execute(sql, id)) for id in ids])
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
            show(f"{name} ({found})", percentiles(lambda _, q=query: store.search(q, NOW)), page)
        rebuild = percentiles(lambda _: store.rebuild_index(), 1)
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


def show(name: str, measured: tuple[float, float], floor: tuple[float, float]) -> None:
    p50, p99 = measured
    print(f"{name:40} {p50:9.2f} {p99:9.2f} {p50 / floor[0]:8.1f}x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
