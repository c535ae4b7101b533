"""Orders of strangers that nobody has paid or answered yet: placing one costs nothing, so they get little room on a seller's disk."""

from dataclasses import dataclass

from node.ports import OrderRow
from node.protocol.errors import Ignored

MAX_OPEN_OF_ONE = 20
"""Orders of one persona that wait for money: who has more doesn't mean to buy."""

MAX_OPEN = 5_000
"""Orders of all buyers that wait for money, until the promised time is over."""

MAX_KEPT = 10_000
"""Unpaid orders of all buyers, those whose time is over included: for each more one of these is forgotten, the longest overdue."""

MAX_MESSAGES = 8
"""Messages of a buyer who hasn't paid and got no answer yet."""

MAX_BYTES = 64 * 1024
"""Bytes of these messages together."""

WAITS = 86_400
"""Seconds for which an order counts as waiting, however soon its buyer promised to pay."""


@dataclass(frozen=True)
class Waiting:
    """One order that waits for its payment; `escrow_id` is None for one without money."""

    buyer: bytes
    until: int
    escrow_id: bytes | None


class Unpaid:
    """Which orders wait for their payment, and until when; made anew from the store after each start."""

    def __init__(self) -> None:
        self._orders: dict[bytes, Waiting] = {}

    def expect(self, row: OrderRow, fund_by: int | None) -> None:
        until = max(row.created + WAITS, fund_by or 0)
        self._orders[row.id] = Waiting(row.counterparty, until, row.escrow_id)

    def drop(self, id: bytes) -> None:
        """It was paid or answered, or is forgotten."""
        self._orders.pop(id, None)

    def check_room(self, buyer: bytes, now: int) -> None:
        """Raises Ignored where too many wait for their payment, or are kept though they wait no longer."""
        waiting = [each.buyer for each in self._orders.values() if each.until >= now]
        full = len(waiting) >= MAX_OPEN or self.is_full
        if full or waiting.count(buyer) >= MAX_OPEN_OF_ONE:
            raise Ignored("order.quota", "too many orders wait for their payment")

    @property
    def is_full(self) -> bool:
        return len(self._orders) >= MAX_KEPT

    def overdue(self, now: int) -> list[tuple[bytes, Waiting]]:
        """The orders whose time is over, the longest overdue first."""
        late = [(id, each) for id, each in self._orders.items() if each.until < now]
        return sorted(late, key=lambda pair: (pair[1].until, pair[0]))
