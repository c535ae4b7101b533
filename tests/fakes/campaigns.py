"""One node's view of the campaign contract in memory; passes the same suite as the real adapter.

It is on the chain of `tests.fakes.chain`, whose clock is its time. `by` has any account make a call.
"""

from collections.abc import Sequence

from eth_hash.auto import keccak

from node.contracts.judging import Judging
from node.ports import CampaignState, Pledged, Transaction
from node.protocol.campaign import Phase
from node.protocol.errors import RuleError, Unavailable
from tests.fakes.campaign_contract import CAMPAIGNS
from tests.fakes.chain import MemoryChain, Mined
from tests.fakes.contract import Signed
from tests.fakes.escrow import SAFE_DEPTH, MemoryEscrow


class MemoryCampaigns(Judging):
    """`escrow` holds the node's own key, as for the real one; a chain with `without_campaigns` has no such contract."""

    def __init__(self, chain: MemoryChain, escrow: MemoryEscrow):
        self._chain = chain
        self._escrow = escrow
        self.chain = escrow.chain
        self.chain_id = escrow.chain_id
        self.contract = CAMPAIGNS
        self.wallet = escrow.wallet
        self.trouble: str | None = None
        self.admit_token = escrow.admit_token
        self.domain_of = escrow.domain_of
        self.sign = escrow.sign
        self.is_signed = escrow.is_signed
        self.balance = escrow.balance

    async def verify(self) -> None:
        if self._chain.down:
            raise Unavailable("chain.unreachable", "The chain's node doesn't answer.")
        if self._chain.without_campaigns:
            self.trouble = "The campaign contract isn't on this chain yet."
            raise RuleError("chain.code", self.trouble)
        self.trouble = None

    async def state(self, id: bytes) -> CampaignState:
        await self._ready()
        return self._state(id, self._chain.head.number)

    async def safe_state(self, id: bytes) -> CampaignState:
        await self._ready()
        return self._state(id, self._safe())

    async def pledge_of(self, id: bytes, backer: bytes) -> tuple[int, int]:
        campaign = (await self._latest()).campaigns.campaigns.get(id)
        if campaign is None:
            return 0, 0
        return campaign.pledges.get(backer, 0), campaign.turns[backer]

    async def pledged(
        self, id: bytes, limit: int, since: int = 0, aside: bool = False
    ) -> Sequence[Pledged]:
        found = (await self._latest()).campaigns.pledged
        return [each for campaign, each in found if campaign == id][:limit]

    async def claims(self, account: bytes, token: bytes) -> int:
        return (await self._latest()).campaigns.claims[token, account]

    async def latest_time(self) -> int:
        return (await self._latest()).block.time

    async def is_used(self, token: bytes, account: bytes, nonce: bytes, safe: bool) -> bool:
        mined = self._chain.block(self._safe()) if safe else await self._latest()
        return (token, account, nonce) in mined.campaigns.used

    async def send(self, transaction: Transaction, replaces=(), note=lambda hash: None) -> str:
        await self.verify()
        return await self._escrow.send(transaction, replaces, note)

    async def allowance(self, owner: bytes, token: bytes) -> int:
        return (await self._latest()).campaigns.allowances.get((token, owner), 0)

    def _safe(self) -> int:
        return max(0, self._chain.head.number - SAFE_DEPTH)

    async def _latest(self) -> Mined:
        await self._ready()
        return self._chain.block(self._chain.head.number)

    async def _ready(self) -> None:
        try:
            await self.verify()
        except RuleError as fault:
            raise Unavailable("chain.campaigns", fault.message) from None

    def _state(self, id: bytes, number: int) -> CampaignState:
        mined = self._chain.block(number)
        block, campaign = mined.block, mined.campaigns.campaigns.get(id)
        if campaign is None:
            return CampaignState(Phase.NONE, 0, 0, 0, 0, block.number, block.time)
        sums = (campaign.raised, campaign.money, campaign.paid, campaign.objections)
        return CampaignState(campaign.phase, *sums, block.number, block.time)


def by(chain: MemoryChain, account: bytes, transaction: Transaction) -> str:
    """This account sends the transaction; its hash. Raises RuleError "chain.reverted" with the contract's reason."""
    chain.sent += 1
    hash = keccak(account + chain.sent.to_bytes(8, "big") + transaction.data.encode())
    chain.submit(Signed(hash, account, transaction))
    return "0x" + hash.hex()
