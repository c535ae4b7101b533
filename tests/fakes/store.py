"""A Store in memory for tests of what needs one. It passes the same suite as the real one; nothing outlives it."""

import math
from collections import Counter
from dataclasses import replace

from node.ports import CampaignRow, CaseRow, OrderRow, OrderRows
from node.protocol import keeping
from node.protocol.encoding import decode, encode
from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.escrow import Disputed, Funded, Paid
from node.protocol.keeping import Shelf
from node.protocol.record import Record
from node.protocol.registry import Registry, standard
from node.store.entry import entry_of, seller_name
from tests.fakes.proofs import Proofs
from tests.fakes.search import nearest, search


class MemoryStore(Proofs, Shelf):
    """Keeping is the protocol's own reference model; the rest are dicts."""

    def __init__(self, registry: Registry | None = None):
        self.registry = registry or standard()
        super().__init__(self.registry)
        self.pinned: dict[bytes, tuple[bytes, float]] = {}  # id -> (raw, until)
        self.rows: dict[bytes, OrderRow] = {}
        self.talk: dict[bytes, dict[bytes, object]] = {}
        self.mail: dict[bytes, object] = {}
        self.undeliverable: set[bytes] = set()
        self.windows: dict[str, dict[int, bytes]] = {}
        self.logs: dict[str, list] = {}
        self.chunks: dict[tuple, bytes] = {}
        self.manifests: dict[bytes, bytes] = {}
        self.facts: dict[str, bytes] = {}
        self.judged: dict[bytes, dict] = {}
        self.joined: dict[bytes, tuple[bytes, dict]] = {}
        self.shown: dict[bytes, dict[bytes, Record]] = {}

    # records

    def put(self, records):
        before = {record.id for record in self.kept.values()}
        for record in records:
            super().put(record)
        new = {record.id for record in self.kept.values()} - before
        outcomes = []
        for record in records:
            outcomes.append(record.id in new)
            new.discard(record.id)
        return outcomes

    def replace(self, old, record):
        self.kept = {place: kept for place, kept in self.kept.items() if kept.id != old}
        self.put([record])

    def has(self, id):
        return any(record.id == id for record in self.kept.values())

    def get(self, id):
        kept = (record.raw for record in self.kept.values() if record.id == id)
        return next(kept, None) or self.pinned.get(id, (None,))[0] or self.evidence(id)

    def pin(self, raw, id, until=None):
        ends = [math.inf if until is None else until]
        if id in self.pinned:
            ends.append(self.pinned[id][1])
        self.pinned[id] = (raw, max(ends))

    def revoked(self, author, signer):
        return (author, signer) in self.void

    def by_author(self, kind, author, limit=1000):
        mine = [r for r in self.kept.values() if (r.kind, r.author) == (kind, author)]
        mine.sort(key=lambda record: (record.created, record.id), reverse=True)
        places, found = set(), []
        for record in mine:
            known = self.registry.kind(record.kind, record.version)
            if known.keeping in keeping.ONE_PER_PLACE and record.slug in places:
                continue
            places.add(record.slug)
            found.append(record)
        return found[:limit]

    def newest(self, kind, limit):
        kept = [record for record in self.kept.values() if record.kind == kind]
        places = {(record.author, record.slug) for record in kept}
        found = [self.latest(kind, *place) for place in places]
        return sorted(found, key=lambda record: (record.created, record.id), reverse=True)[:limit]

    def ids_after(self, cursor, limit):
        return sorted(r.id for r in self.kept.values() if r.id > cursor)[:limit]

    def holdings(self):
        held = {}
        for record in (*self.kept.values(), *self.proofs.values()):
            number, size = held.get(record.author, (0, 0))
            held[record.author] = (number + 1, size + len(record.raw))
        return held

    def counts(self):
        return dict(Counter(record.kind for record in self.kept.values())) | {
            "pinned": len(self.pinned),
            "orders": len(self.rows),
            "outbox": len(self.mail),
        }

    def sweep(self, now):
        old = [
            place
            for place, record in self.kept.items()
            if keeping.kept_until(record, self.registry.kind(record.kind, record.version)) <= now
        ]
        for place in old:
            record = self.kept.pop(place)
            if revoked := keeping.revokes(record):
                self.void.discard(revoked)
        cited = {r.body.get("offer") for r in self.kept.values() if r.kind == "review"}
        self.proofs = {id: edition for id, edition in self.proofs.items() if id in cited}
        self.pinned = {id: pin for id, pin in self.pinned.items() if pin[1] > now}
        return len(old)

    def search(self, query, now):
        return search(list(self._entries()), query, now)

    def nearest(self, text):
        return nearest(self._entries(), text)

    def _entries(self):
        for author, slug in {(r.author, r.slug) for r in self.kept.values() if r.kind == "listing"}:
            listing = self.latest("listing", author, slug)
            stock = self.latest("availability", author, slug)
            stock = None if stock is None or stock.gone else stock
            if not listing.gone:
                name = seller_name(self.latest("profile", author), self.registry)
                yield listing, stock, entry_of(listing, stock, name, self.registry)

    # orders

    def add_order(self, row, first, outgoing):
        if row.id in self.rows:
            raise Conflict("store.order", "this order is known already")
        self.rows[row.id] = replace(row, secret=_stored(row.secret), notes=_stored(row.notes))
        self.talk[row.id] = {first.id: first}
        if outgoing is not None:
            self.mail.setdefault(outgoing.id, outgoing)

    def add_orders(self, placed, facts):
        ids = [row.id for row, _, _ in placed]
        if set(ids) & set(self.rows) or len(set(ids)) < len(ids):
            raise Conflict("store.order", "this order is known already")
        for each in placed:
            self.add_order(*each)
        self.facts |= facts

    def note_orders(self, notes):
        if set(notes) - set(self.rows):
            raise NotFound("store.order", "this order is not known")
        for id, changed in notes.items():
            self.update_order(id, notes=changed)

    def update_order(self, id, *, notes=None, messages=(), outgoing=(), records=()):
        if id not in self.rows:
            raise NotFound("store.order", "this order is not known")
        row = self.rows[id]
        self.rows[id] = replace(row, notes=_stored(row.notes | (notes or {})))
        appended = []
        for message in messages:
            appended.append(message.id not in self.talk[id])
            self.talk[id].setdefault(message.id, message)
        for item in outgoing:
            self.mail.setdefault(item.id, item)
        return appended + self.put(records)

    def order(self, id):
        row = self.rows.get(id)
        return row and replace(row, secret=_stored(row.secret), notes=_stored(row.notes))

    def forget_order(self, id):
        self.rows.pop(id, None)
        for message in self.talk.pop(id, {}):
            self.mail.pop(message, None)

    def order_of_escrow(self, escrow_id):
        ids = (row.id for row in self.rows.values() if row.escrow_id == escrow_id)
        return self.order(next(ids, b""))

    def orders(self, side=None, limit=1000):
        rows = [self.order(id) for id, row in self.rows.items() if side in (None, row.side)]
        return sorted(rows, key=lambda row: (row.created, row.id), reverse=True)[:limit]

    def order_rows(self, side=None, after=None, limit=50):
        every = self.orders(side, len(self.rows))
        if after is not None:
            try:
                created, id = after.split("/")
                keys = (int(created), bytes.fromhex(id))
            except ValueError:
                raise InputError("query.after", "no such page", "after") from None
            every = [row for row in every if (row.created, row.id) < keys]
        shown = every[:limit]
        more = f"{shown[-1].created}/{shown[-1].id.hex()}" if every[limit:] else None
        return OrderRows(tuple(shown), more)

    def order_counts(self):
        return {"buyer": 0, "seller": 0} | Counter(row.side for row in self.rows.values())

    def order_ids(self, low, high, limit):
        return sorted(id for id in self.rows if low <= id <= high)[:limit]

    def undelivered(self, id):
        return set(self.talk.get(id, {})) & (set(self.mail) | self.undeliverable)

    def messages(self, id):
        return list(self.talk.get(id, {}).values())

    def outbox(self, now, limit=100):
        due = [item for item in self.mail.values() if item.next_try <= now]
        return sorted(due, key=lambda item: item.next_try)[:limit]

    def retry(self, id, next_try):
        if id in self.mail:
            item = self.mail[id]
            self.mail[id] = replace(item, tries=item.tries + 1, next_try=next_try)

    def receipted(self, id):
        return self.mail.pop(id, None) is not None

    def give_up(self, id):
        if self.mail.pop(id, None):
            self.undeliverable.add(id)

    # chain

    def chain_window(self, chain):
        return sorted(self.windows.get(chain, {}).items())

    def chain_apply(self, chain, update):
        keep_to = -1 if update.reset else update.keep_to
        window = {n: hash for n, hash in self.windows.get(chain, {}).items() if n <= keep_to}
        window |= {block.number: block.hash for block in update.blocks}
        self.windows[chain] = window
        logs = {
            (e.where.block, e.where.index): e
            for e in self.logs.get(chain, [])
            if e.where.block <= keep_to
        }
        logs |= {(event.where.block, event.where.index): event for event in update.events}
        self.logs[chain] = [logs[place] for place in sorted(logs)]

    def events(self, chain, escrow_id, limit=2**40):
        return [event for event in self.logs.get(chain, []) if event.id == escrow_id][:limit]

    def unseen_funded(self, chain, seller):
        return [
            event
            for event in self.logs.get(chain, [])
            if isinstance(event, Funded)
            and event.terms.seller == seller
            and self.order_of_escrow(event.id) is None
        ]

    # disputes

    def disputed(self, chain, arbiter, limit, tokens=()):
        log = self.logs.get(chain, [])
        disputed = {event.id for event in log if isinstance(event, Disputed)}
        closed = {event.id: isinstance(event, Paid) and not event.left for event in log}
        named = {}
        for event in log:
            if (
                isinstance(event, Funded)
                and event.terms.arbiter == arbiter
                and event.id in disputed
            ):
                named.pop(event.id, None)
                named[event.id] = event.terms
        ranks, order = Counter(), []
        newest = list(reversed(named.items()))
        for id, terms in sorted(newest, key=lambda each: -each[1].amount):
            ranks[closed[id], terms.token] += 1
            order.append(
                (closed[id], terms.token not in tokens, ranks[closed[id], terms.token], id)
            )
        place = {id: n for n, (id, _) in enumerate(newest)}
        return [id for *_, id in sorted(order, key=lambda each: (*each[:3], place[each[3]]))][
            :limit
        ]

    def case(self, escrow_id):
        notes = self.judged.get(escrow_id)
        return None if notes is None else CaseRow(escrow_id, _stored(notes))

    def cases(self, limit=10_000):
        return [self.case(id) for id in reversed(list(self.judged))][:limit]

    def update_case(self, escrow_id, *, notes=None, records=(), outgoing=()):
        self.judged[escrow_id] = _stored(self.judged.get(escrow_id, {}) | (notes or {}))
        sent = self.shown.setdefault(escrow_id, {})
        appended = []
        for record in records:
            appended.append(record.id not in sent)
            sent.setdefault(record.id, record)
        for item in outgoing:
            self.mail.setdefault(item.id, item)
        return appended

    def case_records(self, escrow_id):
        return list(self.shown.get(escrow_id, {}).values())

    def case_bytes(self):
        return sum(len(record.raw) for sent in self.shown.values() for record in sent.values())

    def case_undelivered(self, escrow_id):
        return set(self.shown.get(escrow_id, {})) & (set(self.mail) | self.undeliverable)

    def forget_case(self, escrow_id):
        self.judged.pop(escrow_id, None)
        for record in self.shown.pop(escrow_id, {}):
            self.mail.pop(record, None)

    # campaigns

    def campaign(self, id):
        found = self.joined.get(id)
        return None if found is None else CampaignRow(id, found[0], _stored(found[1]))

    def campaigns(self, limit=10_000):
        return [self.campaign(id) for id in reversed(list(self.joined))][:limit]

    def join_campaign(self, id, raw):
        self.joined[id] = (raw, self.joined.get(id, (raw, {}))[1])

    def note_campaign(self, id, notes):
        if id not in self.joined:
            raise NotFound("store.campaign", "this campaign is not known here")
        raw, known = self.joined[id]
        self.joined[id] = (raw, _stored(known | notes))

    # content and facts

    def put_chunk(self, blob, index, data):
        self.chunks.setdefault((blob, index), data)

    def chunk(self, blob, index):
        return self.chunks.get((blob, index))

    def put_manifest(self, blob, raw, *, keep=False):
        self.manifests.setdefault(blob, raw)

    def manifest(self, blob):
        return self.manifests.get(blob)

    def fact(self, name):
        return self.facts.get(name)

    def set_fact(self, name, value):
        self.facts[name] = value

    def close(self):
        pass


def _stored(values: dict) -> dict:
    """As it comes back from disk: what the encoding can't hold is refused, and nothing is shared with the caller."""
    return decode(encode(values), 2**20)
