"""What the index holds of a listing: a pure function of its records."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from node.protocol.errors import RuleError
from node.protocol.record import Record
from node.protocol.registry import Extension, Registry
from node.store.wording import plain

log = logging.getLogger("etal.store")

PRICE_BYTES = 16
MAX_FACETS = 16
MAX_FACET_CHARACTERS = 64
RESERVED_FACET = "category"


@dataclass(frozen=True)
class Entry:
    """`price` is that of the cheapest choice, in the smallest unit of `unit`; `facets` are sorted (name, value) pairs; `words` are title, tags,
    category, seller and text, in one Unicode form."""

    offer_until: int
    category: str
    unit: str
    price: int
    facets: tuple[tuple[str, str], ...]
    destinations: frozenset[str]
    available: bool
    words: tuple[str, str, str, str, str]

    @property
    def facets_text(self) -> str:
        return json.dumps(self.facets, ensure_ascii=False, separators=(",", ":"))

    @property
    def price_bytes(self) -> bytes:
        """Fixed width, so that bytes sort as numbers."""
        return self.price.to_bytes(PRICE_BYTES, "big")


def entry_of(
    listing: Record, availability: Record | None, seller: str, registry: Registry
) -> Entry | None:
    """None where this node can't read the listing, such as one of a kind that it no longer knows."""
    body = _body(listing, registry)
    if body is None:
        return None
    stock = (_body(availability, registry) or {}) if availability is not None else {}
    facets: dict[str, str] = {}
    destinations: set[str] = set()
    available = True
    price = base = body["price"]["amount"]
    for id, block in sorted(body["extensions"].items()):
        extension = registry.extension(id)
        if extension is None:
            continue
        try:
            read = extension.listing.read(block)
            price = min(price, extension.least_price(read, base))
            facets |= extension.summary(read)
            destinations |= set(extension.destinations(read))
            available &= extension.in_stock(read, _stock(extension, stock))
        except (
            Exception
        ) as fault:  # extensions are other people's code: one fault mustn't stop a batch
            log.warning("extension %s can't read a listing: %r", id, fault)
    return Entry(
        offer_until=body["offer"]["until"],
        category=body["category"],
        unit=body["price"]["unit"],
        price=price,
        facets=_bounded(facets),
        destinations=frozenset(destinations),
        available=available,
        words=(
            plain(body["title"]),
            plain(" ".join(body.get("tags", ()))),
            plain(body["category"]),
            plain(seller),
            plain(body["text"]),
        ),
    )


def seller_name(profile: Record | None, registry: Registry) -> str:
    """What a search finds of a profile; "" where there is none."""
    if profile is None or profile.gone:
        return ""
    return (_body(profile, registry) or {}).get("name", "")


def _body(record: Record, registry: Registry) -> dict[str, Any] | None:
    kind = registry.kind(record.kind, record.version)
    if kind is None:
        return None
    try:
        return kind.fields.read(record.body)
    except RuleError as fault:
        log.warning("a kept %s can't be read: %s", record.kind, fault.rule)
        return None


def _stock(extension: Extension, body: dict[str, Any]) -> dict[str, Any] | None:
    block = body.get("extensions", {}).get(extension.id)
    return None if block is None else extension.availability.read(block)


def _bounded(facets: dict[str, str]) -> tuple[tuple[str, str], ...]:
    fit = (
        (str(name)[:MAX_FACET_CHARACTERS], str(value)[:MAX_FACET_CHARACTERS])
        for name, value in sorted(facets.items())
        if name != RESERVED_FACET
    )
    return tuple(pair for pair, _ in zip(fit, range(MAX_FACETS), strict=False))
