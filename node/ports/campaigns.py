"""The campaign contract, on the chain of the escrow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from node.ports.escrow import Transaction
from node.protocol.campaign import Authorization, Phase, Terms, Tranche


@dataclass(frozen=True)
class CampaignState:
    """What the contract says of one campaign, after one block. `pledges` is what was raised, less the pledges that were refunded;
    `money` what is left of it; `paid` the number of tranches paid; `objections` the pledges of those who object."""

    phase: Phase
    pledges: int
    money: int
    paid: int
    objections: int
    block: int
    time: int  # of this block


@dataclass(frozen=True)
class Pledged:
    """One pledge that was made. `order` is the backer's claim; `raised` the sum of all pledges with this one."""

    backer: bytes
    order: bytes
    amount: int
    raised: int
    transaction: str
    block: int


class Campaigns(Protocol):
    """One campaign contract on one chain. `verify` comes before any money moves.

    What it reads is what most of the configured nodes of the chain say alike; until they do, questions raise Unavailable."""

    chain: str  # CAIP-2
    chain_id: int
    contract: bytes
    wallet: str | None  # EIP-55 address of the node's own key, if it has one
    trouble: str | None
    """Why campaigns can't be used on this chain, in a sentence, as `verify` has found; None where it found nothing, or hasn't looked."""

    async def verify(self) -> None:
        """Compare the code there with ours, immutables masked; asked again once that went well, it does nothing.
        Raises Unavailable, or RuleError "chain.code"."""

    # reading; where the contract isn't ours, questions raise Unavailable "chain.campaigns"
    async def state(self, id: bytes) -> CampaignState:
        """Of the chain's latest block; phase NONE for what was never opened. Raises Unavailable."""

    async def safe_state(self, id: bytes) -> CampaignState:
        """Of the highest block that the chain calls safe."""

    async def pledge_of(self, id: bytes, backer: bytes) -> tuple[int, int]:
        """(pledge, how often the backer has changed its mind about objecting: odd means that it objects)."""

    async def pledged(
        self, id: bytes, limit: int, since: int = 0, aside: bool = False
    ) -> Sequence[Pledged]:
        """The first `limit` pledges of a campaign, in the order of the chain, up to its latest block. `since` is a time before which
        there was none, such as `until` less MAX_CAMPAIGN_TIME: blocks before it aren't looked through. A pledge before it makes the
        sums wrong, so that all are refused. Raises Unavailable; where that is "chain.reading", more blocks than one question may read
        are left, and the next goes on from there. What was read `aside` is remembered apart, so that campaigns of strangers don't make
        it forget those that the node itself has to do with."""

    async def claims(self, account: bytes, token: bytes) -> int:
        """What waits for this account because a payment to it failed, in the token's smallest unit."""

    async def judge(self, terms: Terms, given: Sequence[Authorization]) -> Sequence[str]:
        """Of each, why it would move nothing if all were sent now, those before it included; "" for one that would pledge:

        time       over, or not yet; by the latest block
        signature  not the backer's, by its key or its contract, or of amount zero
        spent      used, cancelled at the token, or given twice
        funds      the backer holds less than all of its authorizations together

        RuleError "chain.authorization" for a token that takes none, Unavailable."""

    async def is_spent(self, terms: Terms, backer: bytes, order: bytes, safe: bool = False) -> bool:
        """Whether the backer's authorization for this order was used or cancelled, so that none with its nonce moves anything again,
        by the latest block or by the highest that the chain calls safe. Raises Unavailable."""

    # what a wallet is to send; pure ABI work
    # `tranches` are those that the terms name by their hash: RuleError "chain.tranches" where they aren't
    def open(
        self, terms: Terms, tranches: Sequence[Tranche], signature: bytes = b""
    ) -> Transaction: ...
    def approve(self, token: bytes, amount: int) -> Transaction: ...
    def pledge(self, terms: Terms, amount: int, order: bytes) -> Transaction:
        """In coin the transaction brings the amount; a token must be approved before."""

    def pledge_with_authorizations(
        self, terms: Terms, given: Sequence[Authorization]
    ) -> Transaction:
        """What anybody sends, of at most MAX_AUTHORIZATIONS. RuleError "chain.pledges" for more, or none."""

    def object(
        self,
        terms: Terms,
        tranches: Sequence[Tranche],
        backer: bytes,
        objects: bool,
        expiry: int = 0,
        signature: bytes = b"",
    ) -> Transaction:
        """What the backer sends; with its signature, anybody."""

    def cancel(self, terms: Terms, expiry: int = 0, signature: bytes = b"") -> Transaction:
        """What the creator sends; with its signature, anybody."""

    def collect(self, terms: Terms, tranches: Sequence[Tranche]) -> Transaction: ...
    def refund(self, terms: Terms, backers: Sequence[bytes]) -> Transaction:
        """Of at most MAX_REFUNDS backers. RuleError "chain.backers" for more, or none."""

    def withdraw(self, token: bytes, who: bytes, to: bytes) -> Transaction:
        """What waits for `who`, to anywhere if `who` sends this, else to `who`."""

    # what is signed (EIP-712 typed data)
    def opening(self, terms: Terms) -> dict:
        """Signed by the creator, anybody can open the campaign."""

    def authorization(
        self, terms: Terms, backer: bytes, amount: int, valid_before: int, order: bytes
    ) -> dict:
        """EIP-3009, by whose signature anybody can pledge this for the backer. RuleError "chain.authorization" for a token that takes none."""

    def objection(self, terms: Terms, objects: bool, turn: int, expiry: int) -> dict: ...
    def sign_opening(self, terms: Terms) -> bytes:
        """By the node's own wallet."""

    def sign_authorization(
        self, terms: Terms, backer: bytes, amount: int, valid_before: int, order: bytes
    ) -> bytes:
        """What `authorization` shows, by the node's own wallet, which is to be the backer."""

    # by the node's own wallet, as in node.ports.Escrow; reads of accounts too
    async def send(
        self, transaction: Transaction, replaces: Sequence[str] = (), note=...
    ) -> str: ...
    async def allowance(self, owner: bytes, token: bytes) -> int: ...
