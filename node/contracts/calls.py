"""What a wallet is to sign or send for the escrow, as transactions: pure ABI work."""

from node.contracts import abi
from node.contracts.wallet import checksummed
from node.ports import Transaction
from node.protocol.errors import RuleError
from node.protocol.escrow import NO_PAYEES, NOBODY, Settlement, Terms

COIN_PUSH_GAS, TOKEN_PUSH_GAS, CALL_GAS = 50_000, 200_000, 20_000
"""What the contract gives a receiver of money, and what the call itself may cost (docs/spec/escrow.md)."""

CLAIM_GAS = 30_000
"""To note a claim where the receiver has burned all that it got."""


class Calls:
    """One part of `node.ports.Escrow`. `admit_token` raises RuleError "chain.token" for what this node doesn't know."""

    chain_id: int
    contract: bytes

    def admit_token(self, token: bytes) -> object:
        raise NotImplementedError

    def fund(self, terms: Terms) -> Transaction:
        return self._to_escrow(abi.fund(_plain(terms)), 0 if any(terms.token) else terms.amount)

    def approve(self, token: bytes, amount: int) -> Transaction:
        self.admit_token(token)
        return self._transaction(token, abi.APPROVE(self.contract, amount), 0)

    def fund_with_permit(self, terms: Terms, deadline: int, signature: bytes) -> Transaction:
        """Raises RuleError "chain.permit" for a signature that isn't r ‖ s ‖ v."""
        self.admit_token(terms.token)
        if len(signature) != 65:
            raise RuleError("chain.permit", "A permit's signature is 65 bytes long.")
        if signature[64] in (0, 1):  # some wallets still count v from zero
            signature = signature[:64] + bytes([signature[64] + 27])
        return self._to_escrow(abi.fund_with_permit(_plain(terms), deadline, signature))

    def deliver(self, terms: Terms) -> Transaction:
        return self._to_escrow(abi.DELIVER(terms.abi()))

    def release(self, terms: Terms) -> Transaction:
        return self._to_escrow(abi.RELEASE(_plain(terms).abi(), []), spare=_pushes(terms, 1))

    def timeout(self, terms: Terms) -> Transaction:
        return self._to_escrow(abi.TIMEOUT(_plain(terms).abi(), []), spare=_pushes(terms, 2))

    def settle(
        self, terms: Terms, settlement: Settlement, *, buyer: bytes = b"", seller: bytes = b""
    ) -> Transaction:
        receivers = bool(settlement.to_buyer) + bool(settlement.to_seller)
        call = abi.settle(_plain(terms), settlement, buyer, seller)
        return self._to_escrow(call, spare=_pushes(terms, receivers))

    def withdraw(self, token: bytes, to: bytes) -> Transaction:
        return self._to_escrow(abi.WITHDRAW(token, to))

    def _to_escrow(self, call: bytes, value: int = 0, spare: int = 0) -> Transaction:
        return self._transaction(self.contract, call, value, spare)

    def _transaction(self, to: bytes, call: bytes, value: int, spare: int = 0) -> Transaction:
        return Transaction(checksummed(to), "0x" + call.hex(), value, self.chain_id, spare)


def _pushes(terms: Terms, receivers: int) -> int:
    """Gas for receivers who take little when it is estimated and burn all that they get in the block: the contract insists on
    having had enough for them."""
    push = COIN_PUSH_GAS if terms.token == NOBODY else TOKEN_PUSH_GAS
    return receivers * (push + push // 63 + CALL_GAS + CLAIM_GAS)


def _plain(terms: Terms) -> Terms:
    """These terms, if this node can act on them: it knows no payees yet."""
    if terms.payees != NO_PAYEES:
        raise RuleError("chain.payees", "These terms share the proceeds, which this node can't do.")
    return terms
