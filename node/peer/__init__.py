"""The running node: a user's verbs, and what happens when records, messages and chain events come in."""

from node.peer.core import Peer
from node.peer.housekeeping import claim, known_addresses

__all__ = ["Peer", "claim", "known_addresses"]
