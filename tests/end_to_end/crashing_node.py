"""A node that kills itself (SIGKILL) right after its n-th passage of a named point: `ETAL_CRASH=point:n`.

The points are after every durable step of the store, and after what a node does to the world outside.
"""

import functools
import os
import signal

from node.__main__ import main
from node.contracts import EvmEscrow
from node.network import LibP2PNetwork
from node.store import SqliteStore

STORE_POINTS = (
    "put",
    "pin",
    "keep_evidence",
    "sweep",
    "add_order",
    "update_order",
    "retry",
    "receipted",
    "chain_apply",
    "put_chunk",
    "put_manifest",
    "set_fact",
)
OUTSIDE_A_SALE = {
    *("forget_order", "give_up", "replace", "add_orders", "note_orders"),
    *("update_case", "forget_case", "join_campaign", "note_campaign", "back_reviews"),
}
"""What the store does only when an order came to nothing, somebody was out of reach for long, a clock was wrong, several orders are
paid at once, an arbiter was asked, or somebody pledged to a campaign."""

OTHER_POINTS = {"send": EvmEscrow, "request": LibP2PNetwork, "publish": LibP2PNetwork}
POINTS = (*STORE_POINTS, *OTHER_POINTS)
SOMETIMES = {"retry"}
"""Points that a sale passes only when somebody was out of reach."""

PASSAGES = {"put": 2, "update_order": 4, "receipted": 2, "chain_apply": 6, "request": 3, "send": 2}
"""How often one sale passes a point, about; once where nothing is said."""


def arm(point: str, passage: int) -> None:
    """Make the passage of this point deadly."""
    owner = OTHER_POINTS.get(point, SqliteStore)
    original = getattr(owner, point)
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == passage:
            os.kill(os.getpid(), signal.SIGKILL)

    if point in OTHER_POINTS:

        @functools.wraps(original)
        async def passing(*args, **kwargs):
            result = await original(*args, **kwargs)
            count()
            return result

    else:

        @functools.wraps(original)
        def passing(*args, **kwargs):
            result = original(*args, **kwargs)
            count()
            return result

    setattr(owner, point, passing)


if __name__ == "__main__":
    name, _, number = os.environ["ETAL_CRASH"].partition(":")
    arm(name, int(number))
    main()
