"""Counting what a search found: its total, and how many of each category and facet value, for the choices beside the results."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from node.ports import Query

MAX_FACET_VALUES = 50
"""Values shown of one facet, the most frequent ones."""


@dataclass
class Tally:
    """`fitting` are the facet sets, as stored text, that the query's facets let through."""

    total: int = 0
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    fitting: set[str] = field(default_factory=set)


def tallied(query: Query, groups: Iterable[tuple[str, str, int]]) -> Tally:
    """From (category, facets as stored text, count) of everything that the other filters let through.

    The counts of a facet leave out the query's own choice in it: they say what choosing another value would find. Values
    of one facet are alternatives, different facets must all fit."""
    chosen: dict[str, set[str]] = {}
    for name, value in query.facets:
        chosen.setdefault(name, set()).add(value)
    tally = Tally()
    counters: dict[str, Counter[str]] = {}
    for category, text, count in groups:
        pairs = [tuple(pair) for pair in json.loads(text)]
        misses = {name for name, values in chosen.items() if not values & _values(pairs, name)}
        if not misses:
            tally.fitting.add(text)
        if query.categories and category not in query.categories:
            misses.add("category")
        if not misses:
            tally.total += count
        for name, value in (("category", category), *pairs):
            if misses <= {name}:
                counters.setdefault(name, Counter())[value] += count
    tally.facets = {name: _shown(counter) for name, counter in sorted(counters.items())}
    return tally


def _values(pairs: list[tuple[str, str]], name: str) -> set[str]:
    return {value for found, value in pairs if found == name}


def _shown(counter: Counter[str]) -> dict[str, int]:
    order = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return dict(order[:MAX_FACET_VALUES])
