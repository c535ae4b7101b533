"""What the peer needs of the world: five ports. Adapters implement them; tests have fakes that pass the same suites.

Store is synchronous: each call is one bounded SQLite statement or transaction. Network, Escrow and Campaigns wait for others and are async.
"""

from node.ports.campaigns import Campaigns, CampaignState, Pledged
from node.ports.clock import Clock
from node.ports.escrow import Block, ChainUpdate, Escrow, Token, Transaction
from node.ports.network import Contact, Handler, Network
from node.ports.store import (
    CampaignRow,
    CaseRow,
    Hit,
    OrderRow,
    OrderRows,
    Outgoing,
    Page,
    Query,
    Store,
)

__all__ = [
    "Block",
    "CampaignRow",
    "CampaignState",
    "Campaigns",
    "CaseRow",
    "ChainUpdate",
    "Clock",
    "Contact",
    "Escrow",
    "Handler",
    "Hit",
    "Network",
    "OrderRow",
    "OrderRows",
    "Outgoing",
    "Page",
    "Pledged",
    "Query",
    "Store",
    "Token",
    "Transaction",
]
