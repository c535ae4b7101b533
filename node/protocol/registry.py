"""The table of kinds and extensions: a value that main builds and passes in."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from node.protocol.errors import StateError
from node.protocol.fields import FieldSet
from node.protocol.fields.shown import rows_of

if TYPE_CHECKING:
    from node.protocol.record import Record

DAY = 86_400
LIFETIME = 90 * DAY


class Verdict(Enum):
    ACCEPT = "accept"
    IGNORE = "ignore"
    REJECT = "reject"


class Keeping(Enum):
    """How strangers keep the records of a kind."""

    REGULAR = "regular"  # each for itself
    REPLACEABLE = "replaceable"  # the latest of its author
    ADDRESSABLE = "addressable"  # the latest of its author and slug
    EPHEMERAL = "ephemeral"  # spread, never kept
    PRIVATE = "private"  # never spread, only sent sealed to its recipient


@dataclass(frozen=True)
class Rule:
    """One rule beyond the shape of fields. `holds(record, body)` sees the record and its body as read by the fields."""

    id: str
    verdict: Verdict
    text: str
    holds: Callable[["Record", dict[str, Any]], bool]


@dataclass(frozen=True)
class Kind:
    id: str
    version: int
    keeping: Keeping
    fields: FieldSet
    rules: tuple[Rule, ...] = ()
    lifetime: int = LIFETIME  # seconds, the most that `until` may lie after `created`
    blocks: str | None = None  # the FieldSet of an extension that body["extensions"][id] follows

    @property
    def core(self) -> bool:
        """Whether every node of this protocol version knows it, so that who forwards a bad one is to blame."""
        return "." not in self.id and self.version == 1


class Extension:
    """A listing type or another named block. Subclasses fill in what they use; who sells something gives `price` at least.

    Blocks are the dicts that the FieldSets read. Amounts are in the smallest unit of the listing's price unit.
    `available` is asked only where `availability` has fields.
    """

    id: str
    version: int = 1
    title: str = ""
    listing: FieldSet = FieldSet({})
    order: FieldSet = FieldSet({})  # a line's block
    delivery: FieldSet = FieldSet({})  # the order's delivery block
    availability: FieldSet = FieldSet({})
    rules: tuple[Rule, ...] = ()
    facets: Mapping[
        str, str
    ] = {}  # name -> title of those of `summary` to choose from beside a search
    spec: str = ""  # the text of SPEC.md
    templates: str | None = None  # a folder of form templates

    def price(self, listing_block: dict, line: dict, base: int) -> int:
        """What one line costs, without delivery. `base` is the listing's own price. Raises InputError."""
        raise NotImplementedError

    def least_price(self, listing_block: dict, base: int) -> int:
        """What the cheapest thing of this listing costs, without delivery."""
        return base

    def is_free(self, listing_block: dict, base: int) -> bool:
        """Whether nothing of this listing costs anything, delivery included, so that it needs no escrow."""
        return base == 0

    def delivery_price(self, listing_block: dict, delivery: dict) -> int:
        """What bringing the whole order costs. Raises InputError where it can't be brought so."""
        return 0

    def order_fields(self, listing_block: dict) -> FieldSet:
        """The form of a line, with the choices and limits of this listing filled in. It may ask no more than `order` allows."""
        return self.order

    def delivery_fields(self, listing_block: dict) -> FieldSet:
        """The form of the delivery, with the choices of this listing filled in."""
        return self.delivery

    def available(self, availability_block: dict, line: dict) -> int:
        """How many of what the line names can still be had."""
        raise NotImplementedError

    def reserve(self, availability_block: dict, lines: list[dict]) -> dict:
        """The availability block once these lines are sold. Raises Conflict when there is too little."""
        return availability_block

    def give_back(self, availability_block: dict, lines: list[dict]) -> dict:
        """The availability block once these lines are not sold after all: the reverse of `reserve`."""
        return availability_block

    def in_stock(self, listing_block: dict, availability_block: dict | None) -> bool:
        """Whether anything of this listing can still be had; None: nobody counts."""
        return True

    def destinations(self, listing_block: dict) -> list[str]:
        """The countries that it is sent to (ISO 3166-1 alpha-2, `*` everywhere), for the filter of a search."""
        return []

    def summary(self, listing_block: dict) -> dict[str, str]:
        """Facets for search: name -> value."""
        return {}

    # ---- in words, where a page has nothing better

    def rows(self, listing_block: dict) -> list[tuple[str, str]]:
        """(title, text) of what the listing says, for its page."""
        return rows_of(self.listing, listing_block)

    def line_text(self, listing_block: dict, line: dict) -> str:
        """A line of an order in a few words."""
        return ", ".join(f"{title}: {text}" for title, text in rows_of(self.order, line))

    def delivery_rows(self, listing_block: dict, delivery: dict) -> list[tuple[str, str]]:
        """(title, text) of where an order goes."""
        return rows_of(self.delivery, delivery)


@dataclass(frozen=True)
class Registry:
    kinds: tuple[Kind, ...]
    extensions: tuple[Extension, ...] = ()
    _kinds: dict = field(init=False, repr=False, compare=False)
    _extensions: dict = field(init=False, repr=False, compare=False)

    def __post_init__(self):
        kinds = {(kind.id, kind.version): kind for kind in self.kinds}
        extensions = {extension.id: extension for extension in self.extensions}
        if len(kinds) != len(self.kinds) or len(extensions) != len(self.extensions):
            raise StateError("registry.duplicate", "two kinds or two extensions share an id")
        object.__setattr__(self, "_kinds", kinds)
        object.__setattr__(self, "_extensions", extensions)

    def kind(self, id: str, version: int = 1) -> Kind | None:
        return self._kinds.get((id, version))

    def extension(self, id: str) -> Extension | None:
        return self._extensions.get(id)


def standard(extra: Iterable[Extension | Kind] = ()) -> Registry:
    """Every kind and extension whose folder lies in this package, and `extra` from outside."""
    extra = tuple(extra)
    kinds = [kind for kind in extra if isinstance(kind, Kind)]
    extensions = [extension for extension in extra if isinstance(extension, Extension)]
    return Registry(
        (*_folders("node.protocol.kinds", "KIND"), *kinds),
        (*_folders("node.protocol.extensions", "EXTENSION"), *extensions),
    )


def _folders(package: str, name: str) -> list:
    # Folders import this module, so that they can only be imported once it stands.
    path = importlib.import_module(package).__path__
    names = sorted(module.name for module in pkgutil.iter_modules(path) if module.ispkg)
    return [getattr(importlib.import_module(f"{package}.{folder}"), name) for folder in names]
