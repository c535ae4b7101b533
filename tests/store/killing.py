"""A child process that writes to a store and says what has returned, until it is killed.

    python -m tests.store.killing PATH SEED MOMENT COUNT

MOMENT is where it kills itself, the COUNT-th time it passes there: "step" (within statements), "commit" (just before a
commit), "logged" (just after one is on disk) or "never" (somebody else kills it).
"""

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from node.ports import Block, ChainUpdate, OrderRow, Outgoing
from node.protocol.escrow import Delivered, Where
from node.store import SqliteStore, open_store
from tests.fakes.records import DAY, NOW, REGISTRY, availability, key, listing, note, profile

SECRET = b"k" * 32
CHAIN = "eip155:1"
STEPS_APART = 200  # instructions of SQLite's machine between two chances to die
OPERATIONS = 400


def id_of(number: int, kind: str) -> bytes:
    return kind.encode().ljust(24, b"-") + number.to_bytes(8, "big")


def operations(seed: int):
    """Endless (number, do, was it done, was it half done); the same for the same seed."""
    chance = random.Random(seed)
    orders: list[bytes] = []
    names = ["put", "batch", "pin", "order", "update", "chain", "chunk", "fact"]
    for number in range(OPERATIONS):
        name = chance.choice(names if orders else ["order"])
        order = chance.choice(orders) if orders else b""
        if name == "order":
            orders.append(id_of(number, "order"))
        yield number, *PARTS[name](number, order)


def _put(number, order):
    record = listing(key(1), f"lamp-{number}")
    return _all(
        lambda store: store.put([record]),
        lambda store: store.has(record.id),
        lambda store: store.get(record.id) == record.raw,
        lambda store: _found(store, record),
    )


def _batch(number, order):
    records = [listing(key(2), f"lamp-{number}-{n}") for n in range(5)]
    records.append(profile(key(2), f"Stall {number}", created=NOW + number))
    return _all(
        lambda store: store.put(records),
        *(lambda store, record=record: _found(store, record) for record in records[:5]),
    )


def _pin(number, order):
    return _all(
        lambda store: store.pin(b"offer", id_of(number, "pin")),
        lambda store: store.get(id_of(number, "pin")) == b"offer",
    )


def _order(number, order):
    id = id_of(number, "order")
    row = OrderRow(id, "buyer", b"f" * 32, b"c" * 32, id, NOW + number, {"salt": b"s" * 32})
    first = note(key(3), id, "first")
    mail = Outgoing(first.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
    return _all(
        lambda store: store.add_order(row, first, mail),
        lambda store: store.order(id) is not None and store.order(id).secret == row.secret,
        lambda store: first in store.messages(id),
        lambda store: mail in store.outbox(NOW, 10_000),
    )


def _update(number, order):
    message = note(key(3), order, f"update {number}")
    mail = Outgoing(message.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
    stock = availability(key(3), f"lamp-{number}")
    return _all(
        lambda store: store.update_order(
            order,
            notes={f"note-{number}": number},
            messages=[message],
            outgoing=[mail],
            records=[stock],
        ),
        lambda store: store.order(order).notes.get(f"note-{number}") == number,
        lambda store: message in store.messages(order),
        lambda store: mail in store.outbox(NOW, 10_000),
        lambda store: store.has(stock.id),
    )


def _chain(number, order):
    block = Block(number, id_of(number, "block"), NOW)
    event = Delivered(id_of(number, "order"), NOW, Where(number, block.hash, 0, b"t" * 32, NOW))
    update = ChainUpdate(number - 1, (block,), (event,), block, 0, 0)
    return _all(
        lambda store: store.chain_apply(CHAIN, update),
        lambda store: (block.number, block.hash) in store.chain_window(CHAIN),
        lambda store: store.events(CHAIN, event.id) == [event],
    )


def _chunk(number, order):
    data = bytes([number % 256]) * 20_000
    return _all(
        lambda store: store.put_chunk(id_of(number, "blob"), 0, data),
        lambda store: store.chunk(id_of(number, "blob"), 0) == data,
    )


def _fact(number, order):
    return _all(
        lambda store: store.set_fact(f"fact {number}", b"so it is"),
        lambda store: store.fact(f"fact {number}") == b"so it is",
    )


PARTS = {
    "put": _put, "batch": _batch, "pin": _pin, "order": _order,
    "update": _update, "chain": _chain, "chunk": _chunk, "fact": _fact,
}  # fmt: skip


def _all(do: Callable, *signs: Callable[[SqliteStore], bool]) -> tuple[Callable, Callable]:
    """What to do, and what tells how many of its signs are to be seen out of how many."""
    return do, lambda store: (sum(map(bool, (sign(store) for sign in signs))), len(signs))


def _found(store, record) -> bool:
    sql = "SELECT count(*) FROM listings JOIN words ON words.rowid = listings.row WHERE listings.id = ? AND words MATCH 'lamp'"
    return store._db.value(sql, (record.id,)) == 1


def _die_at(store: SqliteStore, moment: str, count: int) -> None:
    passed = 0

    def pass_by(*_) -> bool:
        nonlocal passed
        passed += 1
        if passed == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    def log(*_) -> int:
        pass_by()
        return 0

    for connection in (store._db.connection, store._content.connection):
        if moment == "step":
            connection.set_progress_handler(pass_by, STEPS_APART)
        elif moment == "commit":
            connection.set_commit_hook(pass_by)
        elif moment == "logged":
            connection.set_wal_hook(log)


def main(path: str, seed: str, moment: str, count: str) -> None:
    store = open_store(Path(path), REGISTRY, SECRET)
    _die_at(store, moment, int(count))
    for number, do, _ in operations(int(seed)):
        do(store)
        os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
