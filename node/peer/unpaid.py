"""Orders of strangers that nobody has paid or answered yet: placing one costs nothing, so they get little room on a seller's disk."""

from collections.abc import Iterator

from node.protocol.errors import Ignored

MAX_OPEN_OF_ONE = 20
"""Orders of one persona that wait for money: who has more doesn't mean to buy."""

MAX_OPEN = 5_000
"""Orders of all buyers that wait for money, until the promised time is over."""

MAX_KEPT = 10_000
"""Unpaid orders of all buyers, those whose time is over included: beyond it these are forgotten, the longest overdue first."""

MAX_MESSAGES = 8
"""Messages of a buyer who hasn't paid and got no answer yet."""

MAX_BYTES = 64 * 1024
"""Bytes of these messages together."""

WAITS = 86_400
"""Seconds for which an order counts as waiting, however soon its buyer promised to pay."""


class Unpaid:
    """Which orders wait for their payment, and until when; made anew from the store after each start."""

    def __init__(self) -> None:
        self._orders: dict[bytes, tuple[bytes, int]] = {}  # order -> (buyer, until)

    def expect(self, id: bytes, buyer: bytes, placed: int, fund_by: int | None) -> None:
        self._orders[id] = (buyer, max(placed + WAITS, fund_by or 0))

    def drop(self, id: bytes) -> None:
        """It was paid, or is forgotten."""
        self._orders.pop(id, None)

    def check_room(self, buyer: bytes, now: int) -> None:
        """Raises Ignored where too many wait for their payment; what is too late doesn't count."""
        waiting = [who for who, until in self._orders.values() if until >= now]
        if len(waiting) >= MAX_OPEN or waiting.count(buyer) >= MAX_OPEN_OF_ONE:
            raise Ignored("order.quota", "too many orders wait for their payment")

    def surplus(self, now: int) -> Iterator[bytes]:
        """The orders whose time is over, the longest overdue first, for as long as there are too many; drop each that is met."""
        overdue = sorted((until, id) for id, (_, until) in self._orders.items() if until < now)
        for _, id in overdue:
            if len(self._orders) <= MAX_KEPT:
                return
            yield id
