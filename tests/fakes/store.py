"""A Store in memory for tests of what needs one. It passes the same suite as the real one; nothing outlives it."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace

from node.ports import Hit, OrderRow, OrderRows, Page
from node.protocol import keeping
from node.protocol.encoding import decode, encode
from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.escrow import Funded
from node.protocol.keeping import Shelf
from node.protocol.record import Record
from node.protocol.registry import Registry, standard
from node.store.entry import entry_of, seller_name
from node.store.spelling import folded, slips, slips_forgiven

SORTS = ("best", "newest", "price", "-price")


class MemoryStore(Shelf):
    """Keeping is the protocol's own reference model; the rest are dicts."""

    def __init__(self, registry: Registry | None = None):
        self.registry = registry or standard()
        super().__init__(self.registry)
        self.pinned: dict[bytes, bytes] = {}
        self.proofs: dict[bytes, Record] = {}
        self.rows: dict[bytes, OrderRow] = {}
        self.talk: dict[bytes, dict[bytes, object]] = {}
        self.mail: dict[bytes, object] = {}
        self.undeliverable: set[bytes] = set()
        self.windows: dict[str, dict[int, bytes]] = {}
        self.logs: dict[str, list] = {}
        self.chunks: dict[tuple, bytes] = {}
        self.manifests: dict[bytes, bytes] = {}
        self.facts: dict[str, bytes] = {}

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

    def has(self, id):
        return any(record.id == id for record in self.kept.values())

    def get(self, id):
        kept = (record.raw for record in self.kept.values() if record.id == id)
        return next(kept, None) or self.pinned.get(id) or self.evidence(id)

    def pin(self, raw, id):
        self.pinned.setdefault(id, raw)

    def keep_evidence(self, edition):
        self.proofs.setdefault(edition.id, edition)

    def evidence(self, id):
        return self.proofs[id].raw if id in self.proofs else None

    def unproven(self, after, limit):
        def mark(review):
            return int.from_bytes(review.id, "big")

        reviews = [r for r in self.kept.values() if r.kind == "review" and not r.gone]
        found = sorted((each for each in reviews if mark(each) > after), key=mark)[:limit]
        missing = [each for each in found if each.body["offer"] not in self.proofs]
        return missing, mark(found[-1]) if found else after

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

    def reviews_of(self, seller, slug=None, limit=200):
        found = [
            record
            for record in self.kept.values()
            if record.kind == "review"
            and record == self.latest("review", record.author)
            and not record.gone
            and record.body["seller"] == seller
            and slug in (None, record.body["slug"])
        ]
        return sorted(found, key=lambda r: (r.created, r.id), reverse=True)[:limit]

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
        return len(old)

    # search: look at everything, every time

    def search(self, query, now):
        if query.sort not in SORTS:
            raise InputError("query.sort", "no such order", "sort")
        if query.unit is None and (query.low is not None or query.high is not None):
            raise InputError("query.unit", "no unit", "unit")
        others = replace(query, categories=(), facets=())
        found = [each for each in self._entries() if _fits(others, *each, now)]
        facets: dict[str, Counter] = {}
        for name in {"category"} | {name for _, _, entry in found for name, _ in entry.facets}:
            chosen = tuple(pair for pair in query.facets if pair[0] != name)
            free = replace(query, facets=chosen, **{"categories": ()} if name == "category" else {})
            pairs = [
                pair
                for each in found
                if _fits(free, *each, now)
                for pair in (("category", each[2].category), *each[2].facets)
                if pair[0] == name
            ]
            facets[name] = Counter(value for _, value in pairs)
        hits = sorted(
            (each for each in found if _fits(query, *each, now)),
            key=lambda each: _rank(query, *each),
        )
        start = 0
        if query.after is not None:
            ids = [listing.id.hex() for listing, _, _ in hits]
            if query.after not in ids:
                raise InputError("query.after", "no such page", "after")
            start = ids.index(query.after) + 1
        shown = hits[start : start + max(1, min(query.limit, 100))]
        more = shown[-1][0].id.hex() if hits[start + len(shown) :] else None
        return Page(
            tuple(Hit(listing, stock) for listing, stock, _ in shown),
            len(hits),
            more,
            {name: dict(counts) for name, counts in facets.items() if counts},
        )

    def nearest(self, text):
        there = {
            folded(word)
            for _, _, entry in self._entries()
            for word in re.findall(r"\w+", " ".join(entry.words))
        }
        right = [self._nearest_word(folded(word), there) for word in text.split()]
        if not any(right):
            return None
        return " ".join(new or old for new, old in zip(right, text.split(), strict=True))

    @staticmethod
    def _nearest_word(word, there):
        if any(each.startswith(word) for each in there):
            return None
        forgiven = slips_forgiven(word)
        apart = ((slips(word, each, forgiven), each) for each in there if each[0] == word[0])
        return min((pair for pair in apart if pair[0] <= forgiven), default=(0, None))[1]

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


def _folded(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain)


def _occurs(wanted: str, unfinished: bool, words: list[str]) -> int:
    """How often the words of `wanted` follow each other; the last may be a beginning."""
    parts = _folded(wanted)
    count = 0
    for start in range(len(words) - len(parts) + 1):
        window = words[start : start + len(parts)]
        last = window[-1].startswith(parts[-1]) if unfinished else window[-1] == parts[-1]
        count += window[:-1] == parts[:-1] and last
    return count


def _pieces(text: str) -> list[tuple[str, bool, bool]]:
    """(text, unwanted, unfinished)"""
    pieces = []
    for piece in re.finditer(r'(-?)"([^"]*)"|(\S+)', text):
        word = piece[3]
        content = piece[2] if word is None else word.lstrip("-")
        unwanted = piece[1] == "-" if word is None else word.startswith("-")
        if _folded(content):
            unfinished = word is not None and piece.end() == len(text) and len(content) > 1
            pieces.append((content, unwanted, unfinished))
    return pieces


def _score(text: str, entry) -> int | None:
    """None: doesn't match."""
    pieces = _pieces(text)
    if text.strip() and not pieces:
        return None
    total = 0
    fields = [_folded(field) for field in entry.words]
    for content, unwanted, unfinished in pieces:
        counts = [_occurs(content, unfinished and not unwanted, field) for field in fields]
        if any(counts) == unwanted:
            return None
        total += sum(c * w for c, w in zip(counts, (1000, 100, 10, 10, 1), strict=True))
    return total


def _fits(query, listing, stock, entry, now) -> bool:
    chosen: dict[str, set[str]] = {}
    for name, value in query.facets:
        chosen.setdefault(name, set()).add(value)
    high = 2**128 if query.high is None else query.high
    return (
        listing.until > now
        and _score(query.text, entry) is not None
        and (not query.categories or entry.category in query.categories)
        and (
            not query.countries
            or bool({"*", *(c.upper() for c in query.countries)} & entry.destinations)
        )
        and query.author in (None, listing.author)
        and query.unit in (None, entry.unit)
        and (query.low or 0) <= entry.price <= high
        and all(any((n, v) in entry.facets for v in values) for n, values in chosen.items())
        and (not query.available_only or (entry.available and entry.offer_until > now))
    )


def _rank(query, listing, stock, entry) -> tuple:
    reverse_id = bytes(255 - byte for byte in listing.id)
    if query.sort == "price":
        return (entry.unit, entry.price, listing.id)
    if query.sort == "-price":
        unit = tuple(-ord(c) for c in entry.unit)
        return (unit, -entry.price, reverse_id)
    if query.sort == "best" and query.text.strip():
        return (-_score(query.text, entry), -listing.created, listing.id)
    return (-listing.created, reverse_id)
