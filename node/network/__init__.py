"""Adapter of the network port: libp2p under trio. Nothing else in the product imports libp2p."""

from node.network.adapter import LibP2PNetwork
from node.network.limits import MAX_GOSSIP, Limits

__all__ = ["MAX_GOSSIP", "LibP2PNetwork", "Limits"]
