"""The cart: what is to be ordered together, of any sellers. Each line becomes an order of its own, with its own escrow.

It is one of the node's own facts; nobody else learns of it before it is ordered.

    fact cart  JSON [{author, slug, edition, line, referrer?}]; ids as text, the line JSON-shaped
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from node.peer.buying import OBSTACLES, Buying
from node.peer.listing_views import ListingViews
from node.peer.views import CartLine, LeftOut, ListingView
from node.peer.world import World
from node.protocol.encoding import id_from_text, id_to_text
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Rejected
from node.protocol.escrow import MAX_ORDERS

CART = "cart"
MOST = MAX_ORDERS
"""Lines in the cart: as many orders as one transaction pays."""


MARK = 32
"""Hexadecimal digits of what tells whether a line is still as it was looked at."""


@dataclass(frozen=True)
class Choice:
    """What is decided of one line when it is ordered. `seen` is the mark of the line that the person has looked at."""

    number: int
    seen: str
    delivery: dict[str, Any]
    asset: str | None = None


class Cart:
    """What is in it, and how it is ordered."""

    def __init__(self, world: World, views: ListingViews, buying: Buying) -> None:
        self._world = world
        self._views = views
        self._buying = buying

    def add(self, edition: bytes, line: dict[str, Any], referrer: str | None = None) -> None:
        """More of what is there already is counted with it. Raises InputError naming a field of the line, Conflict "cart.full", or
        where it can't be bought."""
        _, listing, body = self._views.held(edition)
        view = self._views.current(listing)
        if not view.buyable:
            raise Conflict(f"listing.{view.obstacle}", OBSTACLES.get(view.obstacle, view.obstacle))
        read = self._buying.line(body, line)
        entries = self._entries()
        new = {
            "author": id_to_text(listing.author),
            "slug": listing.slug,
            "edition": view.id,
            "line": read,
            **({"referrer": referrer} if referrer else {}),
        }
        for entry in entries:
            if _same(entry, new) and "quantity" in read:
                entry["line"]["quantity"] += read["quantity"]
                entry["edition"] = view.id
                self._buying.line(body, entry["line"])
                return self._keep(entries)
        if len(entries) >= MOST:
            raise Conflict("cart.full", f"The cart holds at most {MOST} lines: order these first.")
        return self._keep([*entries, new])

    def remove(self, number: int) -> None:
        """The line that is the `number`-th, counted from 0; one that isn't there is removed already."""
        entries = self._entries()
        self._keep([entry for n, entry in enumerate(entries) if n != number])

    def size(self) -> int:
        return len(self._entries())

    def lines(self) -> tuple[CartLine, ...]:
        return tuple(self._line(number, entry) for number, entry in enumerate(self._entries()))

    def order(
        self, choices: list[Choice], account: bytes | None, text: str = ""
    ) -> tuple[list[bytes], tuple[LeftOut, ...]]:
        """Place an order for each of these lines, all at once; what can't be ordered stays in the cart and is said.

        Returns the orders' ids. Raises InputError where nothing is chosen, or nothing could be ordered: then what was wrong with the first."""
        entries = self._entries()
        placed, gone, left_out = [], set(), []
        first: EtalError | None = None
        for choice in choices:
            if choice.number in gone or not 0 <= choice.number < len(entries):
                raise InputError("cart.line", "This isn't in the cart any more.", "number")
            try:
                placed.append(self._placed(entries[choice.number], choice, account, text))
                gone.add(choice.number)
            except (InputError, Conflict, NotFound) as fault:
                left_out.append(LeftOut(str(choice.number), fault.rule, fault.message, fault.field))
                first = first or fault
        if not placed:
            raise first or InputError("cart.empty", "There is nothing in the cart.", "lines")
        rest = [entry for n, entry in enumerate(entries) if n not in gone]
        self._world.store.add_orders(placed, {CART: _packed(rest)})
        ids = [row.id for row, _, _ in placed]
        self._buying.opened(ids)
        self._tell()
        return ids, tuple(left_out)

    def _placed(self, entry: dict, choice: Choice, account: bytes | None, text: str):
        view = self._line(choice.number, entry)
        if view.listing is None:
            raise Conflict("listing.withdrawn", OBSTACLES["withdrawn"])
        if view.seen != choice.seen:
            raise Conflict(
                "cart.changed", "This has changed meanwhile. Look at it, and order again."
            )
        referrer = entry.get("referrer")
        return self._buying.prepared(
            id_from_text(view.listing.id),
            [entry["line"]],
            choice.delivery,
            choice.asset,
            account,
            text,
            bytes.fromhex(referrer[2:]) if referrer else None,
        )

    def _line(self, number: int, entry: dict) -> CartLine:
        listing = None
        try:
            found = self._world.store.latest(
                "listing", id_from_text(entry["author"]), entry["slug"]
            )
            if found is not None and not found.gone:
                listing = self._views.current(found)
        except Rejected:
            pass
        if listing is None:
            return CartLine(number, None, entry["line"], "withdrawn")
        obstacle = "" if listing.buyable else listing.obstacle
        return CartLine(
            number,
            listing,
            entry["line"],
            obstacle,
            listing.id != entry["edition"],
            entry.get("referrer"),
            _mark(listing, entry),
        )

    def _entries(self) -> list[dict]:
        kept = self._world.store.fact(CART)
        return json.loads(kept) if kept else []

    def _keep(self, entries: list[dict]) -> None:
        self._world.store.set_fact(CART, _packed(entries))
        self._tell()

    def _tell(self) -> None:
        self._world.changes.tell("cart")


def _mark(listing: ListingView, entry: dict) -> str:
    """Another one for all that an order of this line hangs on."""
    parts = [listing.id, listing.campaign, entry["line"], entry.get("referrer")]
    said = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:MARK]


def _packed(entries: list[dict]) -> bytes:
    return json.dumps(entries, ensure_ascii=False).encode()


def _same(one: dict, other: dict) -> bool:
    """But for how many."""

    def bare(entry: dict) -> tuple:
        line = {name: value for name, value in entry["line"].items() if name != "quantity"}
        return entry["author"], entry["slug"], entry.get("referrer"), line

    return bare(one) == bare(other)
