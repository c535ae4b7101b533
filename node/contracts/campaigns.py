"""One campaign contract on one EVM chain: `node.ports.Campaigns` for real."""

import logging
from collections.abc import Sequence

from node.contracts import abi as tokens_abi
from node.contracts import answers, tokens
from node.contracts import campaign_abi as abi
from node.contracts.answers import Header, malformed
from node.contracts.blocks import Blocks
from node.contracts.deployments import examine, need_chain
from node.contracts.escrow import EvmEscrow
from node.contracts.judging import Judging
from node.contracts.logs import Logs
from node.contracts.networks import network
from node.contracts.pledges import Pledges
from node.contracts.wallet import Note, forget
from node.ports import CampaignState, Pledged, Transaction
from node.protocol.campaign import Authorization, Terms
from node.protocol.errors import RuleError, Unavailable

log = logging.getLogger("etal.campaigns")


class EvmCampaigns(Judging):
    """`escrow` is that of the same chain: its way there, its tokens and its wallet are used, which counts the transactions of both."""

    def __init__(self, escrow: EvmEscrow, contract: bytes):
        self._escrow = escrow
        self.chain = escrow.chain
        self.chain_id = escrow.chain_id
        self.contract = contract
        self.wallet = escrow.wallet
        self.trouble: str | None = None
        self.admit_token = escrow.admit_token
        self.domain_of = escrow.domain_of
        self.sign = escrow.sign
        self.is_signed = escrow.is_signed
        self.balance = escrow.balance
        self._rpc = escrow.access  # what any endpoint may answer
        self._agreed = escrow.access.agreed  # what money hangs on
        pace = network(escrow.chain_id)
        self._blocks = Blocks(self._agreed, pace.safe_depth, pace.final_depth)
        self._pledges = Pledges(self._blocks, Logs(self._agreed, contract))
        self._aside = Pledges(self._blocks, Logs(self._agreed, contract))
        self._verified = False

    def __repr__(self) -> str:
        return f"EvmCampaigns({self.chain}, 0x{self.contract.hex()})"

    async def verify(self) -> None:
        """Raises RuleError "chain.network" or "chain.code", or Unavailable."""
        if self._verified:
            return
        try:
            await need_chain(self._agreed, self.chain_id)
            (await examine(self._agreed, self.chain_id, self.contract, "Campaign")).need_ours()
        except RuleError as fault:
            if self.trouble is None:
                log.warning("campaigns can't be used: %s", fault.message)
            self.trouble = fault.message
            raise
        self.trouble, self._verified = None, True

    # ---- reading

    async def state(self, id: bytes) -> CampaignState:
        await self._ready()
        return await self._state(id, await self._blocks.latest())

    async def safe_state(self, id: bytes) -> CampaignState:
        await self._ready()
        number = await self._safe()
        block = await self._blocks.named(hex(number))
        if block is None:
            raise malformed(f"no block {number} below the latest")
        return await self._state(id, block, may_be_missing=True)

    async def _state(self, id: bytes, block: Header, may_be_missing: bool = False) -> CampaignState:
        """The contract itself may be younger than the block: then nothing is answered."""
        asked = {"to": "0x" + self.contract.hex(), "data": "0x" + abi.CAMPAIGNS(id).hex()}
        found = await self._agreed.call("eth_call", asked, hex(block.number))
        raw = answers.data(found, most=abi.STATE_SIZE)
        if may_be_missing and not raw:
            raw = bytes(abi.STATE_SIZE)
        return abi.state(raw, block.number, block.time)

    async def pledge_of(self, id: bytes, backer: bytes) -> tuple[int, int]:
        await self._ready()
        asked = abi.PLEDGES(id, backer)
        pledge, turn = tokens_abi.decode(
            abi.MARK, await tokens.read(self._agreed, self.contract, asked, abi.MARK_SIZE)
        )
        return pledge, turn

    async def pledged(
        self, id: bytes, limit: int, since: int = 0, aside: bool = False
    ) -> Sequence[Pledged]:
        await self._ready()
        return await (self._aside if aside else self._pledges).read(id, limit, since)

    async def claims(self, account: bytes, token: bytes) -> int:
        await self._ready()
        asked = tokens_abi.CLAIMS(token, account)
        return await tokens.read_number(self._agreed, self.contract, asked)

    async def allowance(self, owner: bytes, token: bytes) -> int:
        asked = tokens_abi.ALLOWANCE(owner, self.contract)
        return await tokens.read_number(self._rpc, token, asked)

    async def judge(self, terms: Terms, given: Sequence[Authorization]) -> Sequence[str]:
        await self._ready()
        return await super().judge(terms, given)

    async def latest_time(self) -> int:
        return (await self._blocks.latest()).time

    async def is_used(self, token: bytes, account: bytes, nonce: bytes, safe: bool) -> bool:
        asked = tokens.AUTHORIZATION_STATE(account, nonce)
        at = hex(await self._safe()) if safe else "latest"
        raw = await tokens.read(self._agreed, token, asked, at=at)
        if safe and not raw:
            return False  # the token itself may be younger than the block
        return bool(tokens_abi.decode(["uint256"], raw)[0])

    async def _safe(self) -> int:
        """The highest block that the chain calls so."""
        return await self._blocks.mark("safe", await self._blocks.latest())

    async def _ready(self) -> None:
        """Nothing is believed of a contract that may be any."""
        try:
            await self.verify()
        except RuleError as fault:
            raise Unavailable("chain.campaigns", fault.message) from None

    # ---- by the node's own wallet

    async def send(
        self, transaction: Transaction, replaces: Sequence[str] = (), note: Note = forget
    ) -> str:
        await self.verify()
        return await self._escrow.send(transaction, replaces, note)
