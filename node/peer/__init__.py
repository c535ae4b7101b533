"""The running node: a user's verbs, and what happens when records, messages and chain events come in."""

from node.peer.core import Peer, known_addresses

__all__ = ["Peer", "known_addresses"]
