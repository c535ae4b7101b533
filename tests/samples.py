"""What many tests take as given: a network, a moment, a chain, a view that holds nothing, goods and an address to send them to."""

from collections.abc import Iterable
from typing import Any

NETWORK = "etal-test"
NOW = 1_800_000_000
DAY = 86_400

CHAIN_ID = 31_337
CHAIN = f"eip155:{CHAIN_ID}"
ETH = f"{CHAIN}/slip44:60"

MUG: dict[str, Any] = {
    "title": "Stoneware mug",
    "text": "Thrown by hand.",
    "language": "en",
    "category": "kitchen",
    "price": {"amount": "2500", "unit": "USD"},
    "extensions": {
        "goods": {
            "condition": "new",
            "shipping": [{"id": "post", "label": "Post", "zones": ["*"], "price": "500"}],
        }
    },
    "availability": {"goods": {"stock": {"": 10_000}}},
}
"""A listing as the API takes it, but for its slug."""

DELIVERY = {
    "option": "post",
    "name": "Camille Martin",
    "address": ["12 rue des Lilas", "67000 Strasbourg"],
    "country": "FR",
}


class Holding:
    """What admission asks a node for: the ids that it holds, (author, signer) of whom it saw revoked. `asked` counts looks for ids."""

    def __init__(
        self, held: Iterable[bytes] = (), revoked: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        self._held = set(held)
        self._revoked = set(revoked)
        self.asked = 0

    def has(self, id: bytes) -> bool:
        self.asked += 1
        return id in self._held

    def revoked(self, author: bytes, signer: bytes) -> bool:
        return (author, signer) in self._revoked
