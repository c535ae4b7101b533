"""What the peer tells of disputes: plain values, as node.peer.views has them."""

from dataclasses import dataclass
from typing import Any

from node.peer.views import Money, PersonaView, ShownView, TransactionView


@dataclass(frozen=True)
class RulingView:
    """What a decision would pay. `to_seller` is what is typed, `seller` what the contract pays: never more than there is."""

    buyer: Money
    seller: Money
    arbiter: Money
    to_seller: int


@dataclass(frozen=True)
class CaseView:
    """A dispute that this node's account decides, or has decided."""

    id: str  # 0x-hex: the order's name on chain
    stage: str  # open | silent | ruled | settled (by the parties) | lapsed (by time)
    chain: str
    contract: str
    held: Money
    fee: Money
    by: str  # buyer | seller: who disputed
    until: int
    sent: bool  # it was marked as sent
    silence: dict[str, Money]
    paid_out: dict[str, int]
    accounts: dict[str, str]  # buyer, seller, payout: EIP-55
    buyer: PersonaView | None  # None until a party has shown who it is
    seller: PersonaView | None
    seller_proven: bool  # the seller's persona has proven the account that acts for it
    title: str  # of the listing, "" until it was shown
    listing: str  # content id of the edition, "" likewise
    lines: tuple[dict[str, Any], ...]  # JSON-shaped; empty where they weren't opened
    delivery: dict[str, Any]  # likewise
    shown: tuple[ShownView, ...]
    transactions: tuple[TransactionView, ...]
    actions: tuple[str, ...]  # rule, write
    reachable: tuple[str, ...]  # buyer, seller: whom one can write to
    payees_known: bool  # who shares the proceeds is known, so that the seller's side can be paid
    assurance: str = "none"


@dataclass(frozen=True)
class CasePage:
    """The disputes that are looked through; `cut` if there may be more of them, about less money."""

    cases: tuple[CaseView, ...]
    cut: bool = False
