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
from node.protocol.record import Record
from node.protocol.reviews import committed_to
from node.store import SqliteStore, open_store
from tests.fakes.records import (
    DAY,
    NOW,
    REGISTRY,
    availability,
    key,
    listing,
    note,
    profile,
    review,
)

SECRET = b"k" * 32
CHAIN = "eip155:1"
STEPS_APART = 200  # instructions of SQLite's machine between two chances to die
OPERATIONS = 400


def id_of(number: int, kind: str) -> bytes:
    return kind.encode().ljust(24, b"-") + number.to_bytes(8, "big")


def operations(seed: int):
    """(number, prepare, do, seen) of each, the same for the same seed: what must be there before anything can be deadly, what
    is done, and what tells how many of its signs are to be seen, out of how many."""
    chance = random.Random(seed)
    orders: list[bytes] = []
    parts = [part for several in PARTS.values() for part in several]
    for number in range(OPERATIONS):
        part = chance.choice(parts) if orders else _order
        order = chance.choice(orders) if orders else b""
        if part is _order:
            orders.append(id_of(number, "order"))
        yield number, *part(number, order)


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


def _replace(number, order):
    ahead, record = (listing(key(5), f"lamp-{number}", created=NOW + days * DAY) for days in (1, 0))
    return _all(
        lambda store: store.replace(ahead.id, record),
        lambda store: store.has(record.id),
        lambda store: not store.has(ahead.id),
        lambda store: _found(store, record),
        prepare=lambda store: store.put([ahead]),
    )


def _pin(number, order):
    return _all(
        lambda store: store.pin(b"offer", id_of(number, "pin")),
        lambda store: store.get(id_of(number, "pin")) == b"offer",
    )


def _order(number, order):
    row, first, mail = _placed(number, "order")
    return _all(
        lambda store: store.add_order(row, first, mail),
        lambda store: store.order(row.id) is not None and store.order(row.id).secret == row.secret,
        lambda store: first in store.messages(row.id),
        lambda store: mail in store.outbox(NOW, 10_000),
    )


def _orders(number, order):
    placed = [_placed(number, f"cart {n}") for n in range(3)]
    fact = f"cart {number}"
    return _all(
        lambda store: store.add_orders(placed, {fact: b"empty"}),
        *(lambda store, row=row: store.order(row.id) is not None for row, _, _ in placed),
        *(lambda store, mail=mail: mail in store.outbox(NOW, 10_000) for _, _, mail in placed),
        lambda store: store.fact(fact) == b"empty",
    )


def _notes(number, order):
    placed = [_placed(number, f"noted {n}") for n in range(2)]
    ids = [row.id for row, _, _ in placed]
    return _all(
        lambda store: store.note_orders({id: {"sent": number} for id in ids}),
        *(lambda store, id=id: store.order(id).notes.get("sent") == number for id in ids),
        prepare=lambda store: store.add_orders(placed, {}),
    )


def _placed(number: int, kind: str) -> tuple[OrderRow, Record, Outgoing]:
    id = id_of(number, kind)
    row = OrderRow(id, "buyer", b"f" * 32, b"c" * 32, id, NOW + number, {"salt": b"s" * 32})
    first = note(key(3), id, "first")
    return row, first, Outgoing(first.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)


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


def _manifest(number, order):
    return _all(
        lambda store: store.put_manifest(id_of(number, "blob"), b"manifest", keep=True),
        lambda store: store.manifest(id_of(number, "blob")) == b"manifest",
    )


def _case(number, order):
    said = note(key(3), order, f"case {number}")
    mail = Outgoing(said.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
    id = id_of(number, "case")
    return _all(
        lambda store: store.update_case(id, notes={"n": number}, records=[said], outgoing=[mail]),
        lambda store: store.case(id) is not None and store.case(id).notes == {"n": number},
        lambda store: store.case_records(id) == [said],
        lambda store: mail in store.outbox(NOW, 10_000),
    )


def _join(number, order):
    id = id_of(number, "campaign")
    return _all(
        lambda store: store.join_campaign(id, b"record"),
        lambda store: store.campaign(id) is not None and store.campaign(id).raw == b"record",
    )


def _note_campaign(number, order):
    id = id_of(number, "noted campaign")
    return _all(
        lambda store: store.note_campaign(id, {"n": number}),
        lambda store: store.campaign(id).notes == {"n": number},
        prepare=lambda store: store.join_campaign(id, b"record"),
    )


def _forget_case(number, order):
    said = note(key(3), order, f"passing case {number}")
    mail = Outgoing(said.id, b"c" * 32, b"sealed", 0, NOW, NOW + DAY)
    id = id_of(number, "passing case")
    return _all(
        lambda store: store.forget_case(id),
        lambda store: store.case(id) is None,
        lambda store: store.case_records(id) == [],
        lambda store: mail.id not in _due(store),
        prepare=lambda store: store.update_case(id, records=[said], outgoing=[mail]),
    )


def _forget(number, order):
    row, first, mail = _placed(number, "passing")
    return _all(
        lambda store: store.forget_order(row.id),
        lambda store: store.order(row.id) is None,
        lambda store: store.messages(row.id) == [],
        lambda store: mail.id not in _due(store),
        prepare=lambda store: store.add_order(row, first, mail),
    )


def _receipt(number, order):
    row, first, mail = _placed(number, "passing")
    return _all(
        lambda store: store.receipted(mail.id),
        lambda store: store.undelivered(row.id) == set(),
        prepare=lambda store: store.add_order(row, first, mail),
    )


def _retry(number, order):
    row, first, mail = _placed(number, "passing")
    return _all(
        lambda store: store.retry(mail.id, NOW + 60),
        lambda store: _due(store).get(mail.id) == (1, NOW + 60),
        prepare=lambda store: store.add_order(row, first, mail),
    )


def _give_up(number, order):
    row, first, mail = _placed(number, "passing")
    return _all(
        lambda store: store.give_up(mail.id),
        lambda store: mail.id not in _due(store) and store.undelivered(row.id) == {mail.id},
        prepare=lambda store: store.add_order(row, first, mail),
    )


def _due(store: SqliteStore) -> dict[bytes, tuple[int, int]]:
    return {mail.id: (mail.tries, mail.next_try) for mail in store.outbox(NOW + DAY, 10_000)}


def _evidence(number, order):
    edition, citing = _cited(number, NOW)
    return _all(
        lambda store: store.keep_evidence(edition),
        lambda store: store.evidence(edition.id) == edition.raw,
        prepare=lambda store: store.put([citing]),
    )


def _backing(number, order):
    _, citing = _cited(number, NOW)
    proof = citing.body["proof"]
    claim = (proof["escrow"], proof["order"], committed_to(citing.body))
    seen = "SELECT count(*) FROM backings WHERE pledged_for = ?"
    backed = "SELECT backed FROM reviews WHERE committed = ?"
    return _all(
        lambda store: store.back_reviews(*claim),
        lambda store: store._db.value(seen, claim[2:]),
        lambda store: store._db.value(backed, claim[2:]),
        prepare=lambda store: store.put([citing]),
    )


def _sweep(number, order):
    ends = NOW + number  # later than what was swept before
    edition, citing = _cited(number, ends - 90 * DAY)

    def prepare(store) -> None:
        store.put([edition, citing])
        store.keep_evidence(edition)

    return _all(
        lambda store: store.sweep(ends),
        lambda store: not store.has(edition.id),
        lambda store: not _found(store, edition),
        lambda store: not store.has(citing.id),
        lambda store: store.evidence(edition.id) is None,
        prepare=prepare,
    )


def _cited(number: int, created: int) -> tuple[Record, Record]:
    """A listing's edition, and a review that cites it; both can be forgotten 90 days after they were made."""
    slug = f"lamp-{number}"
    edition = listing(key(4), slug, created=created)
    author = key(1_000 + number)  # of whom the store keeps one review
    return edition, review(author, key(4).public, slug, offer=edition.id, created=created)


PARTS: dict[str, tuple[Callable, ...]] = {
    "put": (_put, _batch),
    "replace": (_replace,),
    "pin": (_pin,),
    "keep_evidence": (_evidence,),
    "back_reviews": (_backing,),
    "sweep": (_sweep,),
    "add_order": (_order,),
    "add_orders": (_orders,),
    "note_orders": (_notes,),
    "update_order": (_update,),
    "forget_order": (_forget,),
    "retry": (_retry,),
    "receipted": (_receipt,),
    "give_up": (_give_up,),
    "chain_apply": (_chain,),
    "update_case": (_case,),
    "forget_case": (_forget_case,),
    "join_campaign": (_join,),
    "note_campaign": (_note_campaign,),
    "put_chunk": (_chunk,),
    "put_manifest": (_manifest,),
    "set_fact": (_fact,),
}
"""Method of the store -> the operations that try it."""


def _all(
    do: Callable, *signs: Callable[[SqliteStore], bool], prepare: Callable | None = None
) -> tuple[Callable, Callable, Callable]:
    """As `operations` tells it; none of the signs may hold before it is done."""
    return (
        prepare or (lambda store: None),
        do,
        lambda store: (sum(map(bool, (sign(store) for sign in signs))), len(signs)),
    )


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
    for _, prepare, _, _ in operations(int(seed)):
        prepare(store)
    _die_at(store, moment, int(count))
    for number, _, do, _ in operations(int(seed)):
        do(store)
        os.write(1, f"{number}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
