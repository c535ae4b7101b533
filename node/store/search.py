"""Finding listings: full text, filters, facets and pages."""

import json
from dataclasses import dataclass, field
from typing import Any

from node.ports import Hit, Page, Query
from node.protocol.errors import InputError
from node.store.cursor import from_mark, to_mark
from node.store.entry import PRICE_BYTES
from node.store.facets import tallied
from node.store.records import Records
from node.store.spelling import folded, slips, slips_forgiven
from node.store.wording import MAX_CHARACTERS, MAX_PIECES, Wording, parse, plain

MAX_LIMIT = 100
MAX_CHOICES = 300
"""Values of one filter at most, such as countries."""

MAX_AMOUNT = 2**128 - 1

RANKED = 2_000
"""Matches that "best" weighs word by word, those that came last: weighing grows dear with common words. The others follow
behind them, newest first."""

COUNTED = 20_000
"""Matches of a text that are counted at most for the total and the facets."""

COMPARED = 20_000
"""Words of the index at most that one mistyped word is compared with."""

LAST_LETTER = chr(0x10FFFF)

WEIGHTS = "10.0, 5.0, 3.0, 3.0, 1.0"
"""How much an occurrence counts in title, tags, category, seller's name and text."""


@dataclass(frozen=True)
class Sort:
    """Columns of the results to sort by, all one way, and what Python gets for each. The last makes every key unique."""

    keys: tuple[str, ...]
    types: tuple[type, ...]
    descending: bool = False

    @property
    def order(self) -> str:
        return ", ".join(f"{key} DESC" if self.descending else key for key in self.keys)

    @property
    def beyond(self) -> str:
        """True of rows behind the mark that is bound as :after0, :after1 …"""
        marks = ", ".join(f":after{number}" for number in range(len(self.keys)))
        return f"({', '.join(self.keys)}) {'<' if self.descending else '>'} ({marks})"


SORTS = {
    "best": Sort(("score", "age", "id"), (float, int, bytes)),
    "newest": Sort(("created", "id"), (int, bytes), descending=True),
    "price": Sort(("unit", "price", "id"), (str, bytes, bytes)),
    "-price": Sort(("unit", "price", "id"), (str, bytes, bytes), descending=True),
}


@dataclass
class Conditions:
    """The FROM and WHERE of a search, with what is bound to the names in them."""

    source: str
    where: list[str]
    bindings: dict[str, Any] = field(default_factory=dict)

    def add(self, condition: str, **bindings: Any) -> None:
        self.where.append(condition)
        self.bindings |= bindings

    def __str__(self) -> str:
        return f"FROM {self.source} WHERE {' AND '.join(self.where)}"


class Search(Records):
    """The search part of ports.Store."""

    def search(self, query: Query, now: int) -> Page:
        """Any text is fine. Raises InputError "query.*" for a sort, filter or mark that makes no sense."""
        words = parse(query.text)
        if query.sort not in SORTS:
            raise InputError("query.sort", f"There is no order called {query.sort!r}.", "sort")
        if max(map(len, (query.categories, query.countries, query.facets))) > MAX_CHOICES:
            raise InputError("query.choices", f"At most {MAX_CHOICES} values of one kind.")
        name = "newest" if query.sort == "best" and not words.wanted else query.sort
        sort = SORTS[name]
        after = None if query.after is None else from_mark(query.after, name, sort.types)
        conditions = _conditions(query, words, now)
        if words.hopeless:
            return Page((), 0, None, {})
        tally = tallied(query, self._groups(conditions))
        if query.categories:
            conditions.add(
                "listings.category IN (SELECT value FROM json_each(:categories))",
                categories=json.dumps(query.categories),
            )
        if query.facets:
            conditions.add(
                "facets IN (SELECT value FROM json_each(:fitting))",
                fitting=json.dumps(sorted(tally.fitting)),
            )
        limit = max(1, min(query.limit, MAX_LIMIT))
        rows = self._page(conditions, name, after, limit + 1) if tally.total else []
        more = to_mark(name, rows[limit - 1][2:]) if len(rows) > limit else None
        return Page(tuple(map(self._hit, rows[:limit])), tally.total, more, tally.facets)

    def nearest(self, text: str) -> str | None:
        """The same text with words that nothing contains put right by the nearest ones that something contains; None where there is
        nothing to put right, or no word is near. The work is bounded by COMPARED."""
        words = plain(text)[:MAX_CHARACTERS].split()[:MAX_PIECES]
        right = [self._nearest_word(word) for word in words]
        if all(each is None for each in right):
            return None
        return " ".join(new or old for new, old in zip(right, words, strict=True))

    def _nearest_word(self, word: str) -> str | None:
        wanted = folded(word)
        forgiven = slips_forgiven(wanted)
        if not forgiven or not wanted.isalnum() or self._terms(wanted, 1):
            return None
        for beginning in (wanted[:2], wanted[:1]):  # most slips come after the first letters
            near = [
                (distance, -listings, term)
                for term, listings in self._terms(beginning, COMPARED)
                if (distance := slips(wanted, term, forgiven)) <= forgiven
            ]
            if near:
                return min(near)[2]
        return None

    def _terms(self, beginning: str, count: int) -> list[tuple[str, int]]:
        """(word, how many listings contain it) of the words of the index that begin so."""
        self._db.change(
            "CREATE VIRTUAL TABLE IF NOT EXISTS temp.terms USING fts5vocab(main, words, row)"
        )
        sql = "SELECT term, doc FROM temp.terms WHERE term >= ? AND term < ? LIMIT ?"
        return list(self._db.rows(sql, (beginning, beginning + LAST_LETTER, count)))

    def _groups(self, conditions: Conditions) -> list[tuple[str, str, int]]:
        """(category, facets, count) of what was found."""
        bound = f"LIMIT {COUNTED}" if "wanted" in conditions.bindings else ""
        found = f"SELECT listings.category, facets {conditions} {bound}"
        sql = f"SELECT category, facets, count(*) FROM ({found}) GROUP BY category, facets"
        return list(self._db.rows(sql, conditions.bindings))

    def _page(
        self, conditions: Conditions, name: str, after: tuple | None, count: int
    ) -> list[tuple]:
        """(id of the listing, id of its availability, sort keys …) in order."""
        sort = SORTS[name]
        bindings = dict(conditions.bindings)
        columns = "id, availability, created, -created AS age, unit, price"
        if name == "best":
            columns += f", iif(words.rowid >= :floor, bm25(words, {WEIGHTS}), 0.0) AS score"
            bindings["floor"] = self._floor(bindings["wanted"])
        beyond = ""
        if after is not None:
            beyond = f"WHERE {sort.beyond}"
            bindings |= {f"after{number}": key for number, key in enumerate(after)}
        return list(
            self._db.rows(
                f"SELECT id, availability, {', '.join(sort.keys)} FROM (SELECT {columns} {conditions})"
                f" {beyond} ORDER BY {sort.order} LIMIT {count}",
                bindings,
            )
        )

    def _floor(self, wanted: str) -> int:
        """The lowest row of `words` that is weighed."""
        sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT 1 OFFSET ?"
        return self._db.value(sql, (wanted, RANKED - 1)) or 0

    def _hit(self, row: tuple) -> Hit:
        listing, availability = row[:2]
        return Hit(
            self._read(self.get(listing), listing),
            None if availability is None else self._read(self.get(availability), availability),
        )


def _conditions(query: Query, words: Wording, now: int) -> Conditions:
    """Everything but the choices of category and facets."""
    conditions = Conditions("listings", [])
    if words.wanted:
        conditions.source = "words JOIN listings ON listings.row = words.rowid"
        conditions.add("words MATCH :wanted", wanted=words.wanted)
    if words.unwanted:
        conditions.add(
            "listings.row NOT IN (SELECT rowid FROM words WHERE words MATCH :unwanted)",
            unwanted=words.unwanted,
        )
    conditions.add("until > :now", now=now)
    if query.author is not None:
        conditions.add("author = :author", author=query.author)
    if query.countries:
        conditions.add(
            "listings.row IN (SELECT listing FROM destinations WHERE country = '*'"
            " OR country IN (SELECT value FROM json_each(:countries)))",
            countries=json.dumps([country.upper() for country in query.countries]),
        )
    if query.available_only:
        conditions.add("available AND offer_until > :now")
    if query.unit is not None:
        conditions.add("unit = :unit", unit=plain(query.unit))
    if query.low is not None or query.high is not None:
        conditions.add("price BETWEEN :low AND :high", **_price_range(query))
    return conditions


def _price_range(query: Query) -> dict[str, bytes]:
    if query.unit is None:
        raise InputError("query.unit", "A range of prices needs a currency or asset.", "unit")
    low = 0 if query.low is None else query.low
    high = MAX_AMOUNT if query.high is None else query.high
    if low < 0 or high < 0:
        raise InputError(
            "query.price", "A price can't be below zero.", "low" if low < 0 else "high"
        )
    return {
        "low": min(low, MAX_AMOUNT).to_bytes(PRICE_BYTES, "big"),
        "high": min(high, MAX_AMOUNT).to_bytes(PRICE_BYTES, "big"),
    }
