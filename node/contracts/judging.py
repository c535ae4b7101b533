"""Authorizations of pledges (EIP-3009), looked at before anybody pays to send them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from node.contracts import tokens, typed
from node.protocol.campaign import Authorization, Terms, authorization_nonce, campaign_id
from node.protocol.errors import Rejected
from node.protocol.escrow import recover_signer

KEY_SIGNATURE = 65  # bytes


class Judging:
    """One part of `node.ports.Campaigns`; what a chain is asked for, its adapter knows."""

    chain_id: int
    contract: bytes

    def domain_of(self, token: bytes) -> Mapping[str, object]:
        raise NotImplementedError

    def sign(self, digest: bytes) -> bytes:
        raise NotImplementedError

    async def latest_time(self) -> int:
        """Of the latest block."""
        raise NotImplementedError

    async def is_signed(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        raise NotImplementedError

    async def balance(self, account: bytes, token: bytes) -> int:
        raise NotImplementedError

    async def is_used(self, token: bytes, account: bytes, nonce: bytes) -> bool:
        """What the token's `authorizationState` says."""
        raise NotImplementedError

    def sign_authorization(
        self, terms: Terms, backer: bytes, amount: int, valid_before: int, order: bytes
    ) -> bytes:
        given = Authorization(backer, amount, 0, valid_before, order, b"")
        return self.sign(self._digest(terms, given))

    async def is_spent(self, terms: Terms, backer: bytes, order: bytes) -> bool:
        nonce = authorization_nonce(campaign_id(terms, self.chain_id, self.contract), order)
        return await self.is_used(terms.token, backer, nonce)

    async def judge(self, terms: Terms, given: Sequence[Authorization]) -> Sequence[str]:
        promised: Counter[bytes] = Counter()
        seen: set[tuple[bytes, bytes]] = set()
        verdicts = []
        for each in given:
            who = (each.backer, each.order)
            reason = "spent" if who in seen else await self._fault(terms, each, promised)
            if not reason:
                promised[each.backer] += each.amount
                seen.add(who)
            verdicts.append(reason)
        return verdicts

    async def _fault(self, terms: Terms, each: Authorization, promised: Counter[bytes]) -> str:
        """The cheapest question first: strangers may send what they like."""
        if not each.valid_after < await self.latest_time() < each.valid_before:
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
            try:
                return recover_signer(digest, each.signature) == each.backer
            except Rejected:
                return False
        return await self.is_signed(each.backer, digest, each.signature)

    def _digest(self, terms: Terms, each: Authorization) -> bytes:
        nonce = authorization_nonce(campaign_id(terms, self.chain_id, self.contract), each.order)
        values = (
            *(each.backer, self.contract, each.amount),
            *(each.valid_after, each.valid_before, nonce),
        )
        members = (tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS)
        return typed.digest(self.domain_of(terms.token), *members, values)
