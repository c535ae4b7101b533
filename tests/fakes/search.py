"""Search for the store in memory: look at everything, every time."""

import re
import unicodedata
from collections import Counter
from dataclasses import replace

from node.ports import Hit, Page
from node.protocol.errors import InputError
from node.store.spelling import folded, slips, slips_forgiven

SORTS = ("best", "newest", "price", "-price")


def search(entries, query, now) -> Page:
    """`entries` are (listing, its availability or None, what is searched of it)."""
    if query.sort not in SORTS:
        raise InputError("query.sort", "no such order", "sort")
    if query.unit is None and (query.low is not None or query.high is not None):
        raise InputError("query.unit", "no unit", "unit")
    others = replace(query, categories=(), facets=())
    found = [each for each in entries if _fits(others, *each, now)]
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


def nearest(entries, text) -> str | None:
    there = {
        folded(word)
        for _, _, entry in entries
        for word in re.findall(r"\w+", " ".join(entry.words))
    }
    right = [_nearest_word(folded(word), there) for word in text.split()]
    if not any(right):
        return None
    return " ".join(new or old for new, old in zip(right, text.split(), strict=True))


def _nearest_word(word, there):
    if any(each.startswith(word) for each in there):
        return None
    forgiven = slips_forgiven(word)
    apart = ((slips(word, each, forgiven), each) for each in there if each[0] == word[0])
    return min((pair for pair in apart if pair[0] <= forgiven), default=(0, None))[1]


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
