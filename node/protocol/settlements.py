"""What the parties of an order propose to each other about the money that the escrow holds. docs/spec/order.md says when one stands.

A *gift* gives to the other side alone: its signer's consent is all that the contract asks, so whoever has it may send it. Anything else
that stands needs the other side's consent too.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from node.protocol import escrow
from node.protocol.errors import Rejected
from node.protocol.escrow import Pot, Settlement, State
from node.protocol.units import account_parts

BUYER, SELLER = "buyer", "seller"


@dataclass(frozen=True)
class Proposal:
    """`message` is the id of the message that it came with; `signature` is b"" where its side gives nothing."""

    by: str
    message: bytes
    settlement: Settlement
    signature: bytes

    @property
    def to_other(self) -> int:
        """What the side that proposes gives."""
        return self.settlement.to_seller if self.by == BUYER else self.settlement.to_buyer

    @property
    def to_itself(self) -> int:
        return self.settlement.to_buyer if self.by == BUYER else self.settlement.to_seller

    @property
    def is_gift(self) -> bool:
        """Whether it needs nobody's consent any more."""
        return self.to_itself == 0

    @property
    def is_whole(self) -> bool:
        """Whether it gives all that is held to the other side."""
        return self.to_other == self.settlement.held


@dataclass(frozen=True)
class Standing:
    """What stands now, by side: the greatest gift of each and its latest other proposal. `doubtful` are those that would stand if a
    contract wallet has signed them, which only the chain can tell."""

    gifts: tuple[Proposal, ...] = ()
    asked: tuple[Proposal, ...] = ()
    doubtful: tuple[Proposal, ...] = ()

    def gift_of(self, side: str) -> Proposal | None:
        return next((each for each in self.gifts if each.by == side), None)

    def asked_by(self, side: str) -> Proposal | None:
        return next((each for each in self.asked if each.by == side), None)

    def offered_to(self, side: str) -> tuple[Proposal, ...]:
        """What this side can take or accept, the latest kind of thing first."""
        return tuple(each for each in (*self.asked, *self.gifts) if each.by != side)

    def all(self) -> tuple[Proposal, ...]:
        return (*self.asked, *self.gifts)


NOTHING = Standing()


def standing(
    said: Iterable[tuple[str, bytes, dict]],
    pot: Pot | None,
    account: str | None,
    now: int,
    vouched: Collection[bytes] = (),
) -> Standing:
    """What stands of these settlements: (side, message id, block as read), in the order in which they were said.

    `account` is the offer's escrow (CAIP-10), `now` in seconds. `vouched` are ids of messages whose signature the chain has confirmed
    as that of a contract wallet (EIP-1271)."""
    if pot is None or account is None or pot.state is State.NONE:
        return NOTHING
    gifts: dict[str, Proposal] = {}
    asked: dict[str, Proposal] = {}
    doubtful: dict[str, Proposal] = {}
    for side, message, block in said:
        proposal = _fitting(side, message, block, pot, account, now)
        if proposal is None:
            continue
        if not _is_signed(proposal, pot, account) and message not in vouched:
            if proposal.signature:
                doubtful[side] = proposal
            continue
        if not proposal.is_gift:
            asked[side] = proposal
        elif side not in gifts or proposal.to_other >= gifts[side].to_other:
            gifts[side] = proposal  # a smaller one takes nothing back: what was signed can be sent
    return Standing(*(tuple(each.values()) for each in (gifts, asked, doubtful)))


def _fitting(
    side: str, message: bytes, block: dict, pot: Pot, account: str, now: int
) -> Proposal | None:
    fits = block["since"] == pot.since and block["held"] == pot.held and block["expiry"] > now
    if not fits:
        return None
    chain_id, contract = place_of(account)
    id = escrow.escrow_id(pot.terms, chain_id, contract)
    amounts = (block["since"], block["held"], block["to_buyer"], block["to_seller"])
    settlement = Settlement(id, *amounts, block["expiry"])
    return Proposal(side, message, settlement, block.get("signature", b""))


def _is_signed(proposal: Proposal, pot: Pot, account: str) -> bool:
    """By the plain key of the side that gives, if it gives."""
    if proposal.to_other == 0:
        return True
    digest = escrow.settlement_digest(proposal.settlement, *place_of(account))
    try:
        signer = escrow.recover_signer(digest, proposal.signature)
    except Rejected:
        return False
    return signer == giver(proposal.by, pot.terms)


def giver(side: str, terms: escrow.Terms) -> bytes:
    """Whose consent this side's is, in the contract."""
    return terms.buyer if side == BUYER else terms.seller


def place_of(account: str) -> tuple[int, bytes]:
    """(chain id, contract) of an escrow on an EVM chain (CAIP-10)."""
    chain, contract = account_parts(account)
    return int(chain.partition(":")[2]), contract
