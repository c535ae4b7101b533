"""What accounts sign so that somebody else may send it: authorizations of a token (EIP-3009), settlements, deliveries and disputes.

An account's signature is that of its key, 65 bytes, or whatever its contract accepts (EIP-1271), which only the chain can tell.
"""

from collections.abc import Mapping, Sequence

from node.contracts import abi, tokens, typed
from node.protocol.eip712 import Members
from node.protocol.errors import Rejected, RuleError
from node.protocol.escrow import (
    DOMAIN_NAME,
    DOMAIN_VERSION,
    MARK_MEMBERS,
    MAX_SIGNATURE,
    SETTLEMENT_MEMBERS,
    Settlement,
    Terms,
    delivery_digest,
    dispute_digest,
    escrow_id,
    recover_signer,
)

IS_VALID_SIGNATURE = abi.Function("isValidSignature", "bytes32", "bytes")
VALID = IS_VALID_SIGNATURE.selector  # what EIP-1271 has the account answer


class Consents:
    """One part of `node.ports.Escrow`. `domain_of` raises RuleError "chain.authorization" for a token that takes none."""

    chain_id: int
    contract: bytes

    def domain_of(self, token: bytes) -> Mapping[str, object]:
        raise NotImplementedError

    def sign(self, digest: bytes) -> bytes:
        """By the node's own key. Raises StateError where there is none."""
        raise NotImplementedError

    async def accepts(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        """Whether the account's contract says that it is its signature. Raises Unavailable."""
        raise NotImplementedError

    # ---- what a wallet is to sign

    def authorization(self, terms: Terms, valid_before: int) -> dict:
        domain, values = self._authorization(terms, valid_before)
        return typed.typed_data(domain, tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS, values)

    def settlement(self, settlement: Settlement) -> dict:
        values = (
            *(settlement.id, settlement.since, settlement.held),
            *(settlement.to_buyer, settlement.to_seller, settlement.expiry),
        )
        return self._typed("Settlement", SETTLEMENT_MEMBERS, values)

    def delivery(self, terms: Terms, since: int, expiry: int) -> dict:
        return self._typed("Delivery", MARK_MEMBERS, (self._id(terms), since, expiry))

    def disputing(self, terms: Terms, since: int, expiry: int) -> dict:
        return self._typed("Dispute", MARK_MEMBERS, (self._id(terms), since, expiry))

    # ---- by the node's own wallet

    def sign_authorization(self, terms: Terms, valid_before: int) -> bytes:
        return self.sign(self._authorization_digest(terms, valid_before))

    def sign_delivery(self, terms: Terms, since: int, expiry: int) -> bytes:
        return self.sign(delivery_digest(self._id(terms), since, expiry, *self._here))

    def sign_dispute(self, terms: Terms, since: int, expiry: int) -> bytes:
        return self.sign(dispute_digest(self._id(terms), since, expiry, *self._here))

    # ---- whose it is

    async def is_signed(self, account: bytes, digest: bytes, signature: bytes) -> bool:
        if not signature or len(signature) > MAX_SIGNATURE:
            return False
        # its key first: an EIP-7702 account has a key and code
        if signer_of(digest, signature) == account:
            return True
        return await self.accepts(account, digest, signature)

    async def is_authorized(self, terms: Terms, valid_before: int, signature: bytes) -> bool:
        digest = self._authorization_digest(terms, valid_before)
        return await self.is_signed(terms.buyer, digest, signature)

    # ---- inside

    @property
    def _here(self) -> tuple[int, bytes]:
        return self.chain_id, self.contract

    def _id(self, terms: Terms) -> bytes:
        return escrow_id(terms, *self._here)

    def _authorization(self, terms: Terms, valid_before: int) -> tuple[Mapping, tuple]:
        """(domain, values). The order's id as the nonce: it opens this order alone, and once."""
        domain = self.domain_of(terms.token)
        values = (terms.buyer, self.contract, terms.amount, 0, valid_before, self._id(terms))
        return domain, values

    def _authorization_digest(self, terms: Terms, valid_before: int) -> bytes:
        domain, values = self._authorization(terms, valid_before)
        return typed.digest(domain, tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS, values)

    def _typed(self, name: str, members: Members, values: Sequence) -> dict:
        domain = {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }
        return typed.typed_data(domain, name, members, values)


def need_domain(domain: Mapping[str, object] | None, authorizes: bool) -> Mapping[str, object]:
    """Raises RuleError "chain.authorization"."""
    if domain is None or not authorizes:
        raise RuleError(
            "chain.authorization",
            "This token takes no signed authorizations: who pays with it needs coin for the network's fee.",
        )
    return domain


def signer_of(digest: bytes, signature: bytes) -> bytes | None:
    """Whose key made it; None for what is no key's signature."""
    try:
        return recover_signer(digest, signature)
    except Rejected:
        return None
