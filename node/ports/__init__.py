"""What the peer needs of the world: four ports. Adapters implement them; tests have fakes that pass the same suites.

Store is synchronous: each call is one bounded SQLite statement or transaction. Network and Escrow wait for others and are async.
"""

from node.ports.clock import Clock
from node.ports.escrow import Block, ChainUpdate, Escrow, Token, Transaction
from node.ports.network import Contact, Handler, Network
from node.ports.store import CaseRow, Hit, OrderRow, OrderRows, Outgoing, Page, Query, Store

__all__ = [
    "Block",
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
    "Query",
    "Store",
    "Token",
    "Transaction",
]
