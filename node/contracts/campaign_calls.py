"""What a wallet is to sign or send for a campaign, as transactions and typed data: pure ABI work."""

from collections.abc import Mapping, Sequence

from node.contracts import campaign_abi as abi
from node.contracts import tokens, typed
from node.contracts.calls import ContractCalls, pushes
from node.ports import Transaction
from node.protocol.campaign import (
    COIN,
    DOMAIN_NAME,
    DOMAIN_VERSION,
    MAX_AUTHORIZATIONS,
    MAX_REFUNDS,
    OBJECTION_MEMBERS,
    TERMS_MEMBERS,
    Authorization,
    Terms,
    Tranche,
    authorization_nonce,
    campaign_id,
    tranches_hash,
)
from node.protocol.eip712 import Members
from node.protocol.errors import RuleError

AUTHORIZATION_GAS = 300_000
"""What the contract gives a token for one authorization (docs/spec/campaign.md)."""

MAX_SPARE_GAS = 3_000_000
"""For a batch. With more receivers or tokens in it that do otherwise than in an estimate it fails, and is to be sent in parts."""


class CampaignCalls(ContractCalls):
    """One part of `node.ports.Campaigns`. `tranches` are those that the terms name by their hash: RuleError "chain.tranches"
    where they aren't. `domain_of` raises RuleError "chain.authorization" for a token that takes none."""

    def domain_of(self, token: bytes) -> Mapping[str, object]:
        raise NotImplementedError

    def sign(self, digest: bytes) -> bytes:
        """By the node's own key. Raises StateError where there is none."""
        raise NotImplementedError

    # ---- what a wallet is to send

    def open(
        self, terms: Terms, tranches: Sequence[Tranche], signature: bytes = b""
    ) -> Transaction:
        return self._to_contract(abi.OPEN(terms.abi(), _named(terms, tranches), signature))

    def pledge(self, terms: Terms, amount: int, order: bytes) -> Transaction:
        call = abi.PLEDGE(terms.abi(), amount, order)
        return self._to_contract(call, amount if terms.token == COIN else 0)

    def pledge_with_authorizations(
        self, terms: Terms, given: Sequence[Authorization]
    ) -> Transaction:
        if not 1 <= len(given) <= MAX_AUTHORIZATIONS:
            raise RuleError(
                "chain.pledges", f"One transaction takes 1 to {MAX_AUTHORIZATIONS} pledges."
            )
        call = abi.PLEDGE_WITH_AUTHORIZATIONS(terms.abi(), abi.given(given))
        # An estimate may be content with less: what is short of gas is left out and fails nothing.
        return self._to_contract(call, spare=min(len(given) * AUTHORIZATION_GAS, MAX_SPARE_GAS))

    def object(
        self,
        terms: Terms,
        tranches: Sequence[Tranche],
        backer: bytes,
        objects: bool,
        expiry: int = 0,
        signature: bytes = b"",
    ) -> Transaction:
        values = (_named(terms, tranches), backer, objects, expiry, signature)
        return self._to_contract(abi.OBJECT(terms.abi(), *values), spare=pushes(terms, 1))

    def cancel(self, terms: Terms, expiry: int = 0, signature: bytes = b"") -> Transaction:
        return self._to_contract(abi.CANCEL(terms.abi(), expiry, signature))

    def collect(self, terms: Terms, tranches: Sequence[Tranche]) -> Transaction:
        call = abi.COLLECT(terms.abi(), _named(terms, tranches))
        return self._to_contract(call, spare=pushes(terms, 1))

    def refund(self, terms: Terms, backers: Sequence[bytes]) -> Transaction:
        if not 1 <= len(backers) <= MAX_REFUNDS:
            raise RuleError("chain.backers", f"One transaction refunds 1 to {MAX_REFUNDS} backers.")
        spare = min(pushes(terms, len(backers)), MAX_SPARE_GAS)
        return self._to_contract(abi.REFUND(terms.abi(), list(backers)), spare=spare)

    # ---- what is signed

    def opening(self, terms: Terms) -> dict:
        return self._typed("Campaign", TERMS_MEMBERS, terms.abi())

    def authorization(
        self, terms: Terms, backer: bytes, amount: int, valid_before: int, order: bytes
    ) -> dict:
        given = Authorization(backer, amount, 0, valid_before, order, b"")
        return typed.typed_data(*self._authorization(terms, given))

    def objection(self, terms: Terms, objects: bool, turn: int, expiry: int) -> dict:
        return self._typed("Objection", OBJECTION_MEMBERS, (self._id(terms), objects, turn, expiry))

    def sign_opening(self, terms: Terms) -> bytes:
        return self.sign(self._id(terms))

    # ---- inside

    def _authorization(self, terms: Terms, given: Authorization) -> tuple:
        """What `typed` wants for what is signed to the token."""
        values = (
            *(given.backer, self.contract, given.amount),
            *(given.valid_after, given.valid_before, self._nonce(terms, given.order)),
        )
        domain = self.domain_of(terms.token)
        return domain, tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS, values

    def _nonce(self, terms: Terms, order: bytes) -> bytes:
        return authorization_nonce(self._id(terms), order)

    def _id(self, terms: Terms) -> bytes:
        return campaign_id(terms, self.chain_id, self.contract)

    def _typed(self, name: str, members: Members, values: Sequence) -> dict:
        domain = {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }
        return typed.typed_data(domain, name, members, values)


def _named(terms: Terms, tranches: Sequence[Tranche]) -> list[Tranche]:
    if tranches_hash(tranches) != terms.tranches:
        raise RuleError("chain.tranches", "These aren't the tranches that the terms name.")
    return list(tranches)
