"""Authorizations of pledges (EIP-3009), looked at before anybody pays to send them."""

from collections import Counter
from collections.abc import Sequence

from node.contracts import typed
from node.contracts.campaign_calls import CampaignCalls
from node.contracts.consents import signer_of
from node.protocol.campaign import KEY_SIGNATURE, Authorization, Terms


class Judging(CampaignCalls):
    """One part of `node.ports.Campaigns`; what a chain is asked for, its adapter knows."""

    async def latest_time(self) -> int:
        """Of the latest block."""
        raise NotImplementedError

    async def is_signed(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        raise NotImplementedError

    async def balance(self, account: bytes, token: bytes) -> int:
        raise NotImplementedError

    async def is_used(self, token: bytes, account: bytes, nonce: bytes, safe: bool) -> bool:
        """What the token's `authorizationState` says, by the latest block or by the safe one."""
        raise NotImplementedError

    def sign_authorization(
        self, terms: Terms, backer: bytes, amount: int, valid_before: int, order: bytes
    ) -> bytes:
        return self.sign(
            self._digest(terms, Authorization(backer, amount, 0, valid_before, order, b""))
        )

    async def is_spent(self, terms: Terms, backer: bytes, order: bytes, safe: bool = False) -> bool:
        return await self.is_used(terms.token, backer, self._nonce(terms, order), safe)

    async def judge(self, terms: Terms, given: Sequence[Authorization]) -> Sequence[str]:
        now = await self.latest_time()
        promised: Counter[bytes] = Counter()
        seen: set[tuple[bytes, bytes]] = set()
        verdicts = []
        for each in given:
            who = (each.backer, each.order)
            reason = "spent" if who in seen else await self._fault(terms, each, now, promised)
            if not reason:
                promised[each.backer] += each.amount
                seen.add(who)
            verdicts.append(reason)
        return verdicts

    async def _fault(
        self, terms: Terms, each: Authorization, now: int, promised: Counter[bytes]
    ) -> str:
        """The cheapest question first: strangers may send what they like."""
        if not each.valid_after < now < each.valid_before:
            return "time"
        if not each.amount or not await self._is_given(terms, each):
            return "signature"
        if await self.is_spent(terms, each.backer, each.order):
            return "spent"
        held = await self.balance(each.backer, terms.token)
        return "funds" if held < promised[each.backer] + each.amount else ""

    async def _is_given(self, terms: Terms, each: Authorization) -> bool:
        """The contract hands a signature of 65 bytes to the token as that of a key, whatever the backer's contract would say of it."""
        digest = self._digest(terms, each)
        if len(each.signature) == KEY_SIGNATURE:
            return signer_of(digest, each.signature) == each.backer
        return await self.is_signed(each.backer, digest, each.signature)

    def _digest(self, terms: Terms, each: Authorization) -> bytes:
        return typed.digest(*self._authorization(terms, each))
