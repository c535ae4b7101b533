"""What a wallet is to sign or send for the escrow, as transactions: pure ABI work."""

from collections.abc import Sequence
from typing import Protocol

from node.contracts import abi
from node.contracts.wallet import checksummed
from node.ports import Transaction
from node.protocol.errors import RuleError
from node.protocol.escrow import (
    MAX_ORDERS,
    NOBODY,
    Order,
    Payee,
    Settlement,
    Terms,
    payees_hash,
)

COIN_PUSH_GAS, TOKEN_PUSH_GAS, CALL_GAS = 50_000, 200_000, 20_000
"""What the contract gives a receiver of money, and what the call itself may cost (docs/spec/escrow.md)."""

CLAIM_GAS = 30_000
"""To note a claim where the receiver has burned all that it got."""


class ContractCalls:
    """To a contract that holds money. `admit_token` raises RuleError "chain.token" for what this node doesn't know."""

    chain_id: int
    contract: bytes

    def admit_token(self, token: bytes) -> object:
        raise NotImplementedError

    def approve(self, token: bytes, amount: int) -> Transaction:
        self.admit_token(token)
        return self._transaction(token, abi.APPROVE(self.contract, amount), 0)

    def withdraw(self, token: bytes, who: bytes, to: bytes) -> Transaction:
        return self._to_contract(abi.WITHDRAW(token, who, to))

    def _to_contract(self, call: bytes, value: int = 0, spare: int = 0) -> Transaction:
        return self._transaction(self.contract, call, value, spare)

    def _transaction(self, to: bytes, call: bytes, value: int, spare: int = 0) -> Transaction:
        return Transaction(checksummed(to), "0x" + call.hex(), value, self.chain_id, spare)


class Calls(ContractCalls):
    """One part of `node.ports.Escrow`.

    `payees` are those whom the terms name by their hash. RuleError "chain.payees" where they aren't."""

    def fund(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction:
        call = abi.fund(terms, _named(terms, payees))
        return self._to_contract(call, 0 if any(terms.token) else terms.amount)

    def fund_with_permit(
        self, terms: Terms, deadline: int, signature: bytes, payees: Sequence[Payee] = ()
    ) -> Transaction:
        """Raises RuleError "chain.permit" for a signature that isn't r ‖ s ‖ v."""
        self.admit_token(terms.token)
        if len(signature) != 65:
            raise RuleError("chain.permit", "A permit's signature is 65 bytes long.")
        if signature[64] in (0, 1):  # some wallets still count v from zero
            signature = signature[:64] + bytes([signature[64] + 27])
        named = _named(terms, payees)
        return self._to_contract(abi.fund_with_permit(terms, deadline, signature, named))

    def fund_with_authorization(
        self,
        terms: Terms,
        valid_before: int,
        signature: bytes,
        payees: Sequence[Payee] = (),
    ) -> Transaction:
        self.admit_token(terms.token)
        values = (terms.abi(), _named(terms, payees), 0, valid_before, signature)
        return self._to_contract(abi.FUND_WITH_AUTHORIZATION(*values))

    def fund_many(self, orders: Sequence[Order]) -> Transaction:
        coins = sum(terms.amount for terms, _ in orders if terms.token == NOBODY)
        return self._to_contract(abi.FUND_MANY(_each(orders)), coins)

    def deliver(self, terms: Terms, expiry: int = 0, signature: bytes = b"") -> Transaction:
        return self._to_contract(abi.DELIVER(terms.abi(), expiry, signature))

    def dispute(
        self, terms: Terms, by: bytes, expiry: int = 0, signature: bytes = b""
    ) -> Transaction:
        return self._to_contract(abi.DISPUTE(terms.abi(), by, expiry, signature))

    def release(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction:
        call = abi.RELEASE(terms.abi(), _named(terms, payees))
        return self._to_contract(call, spare=pushes(terms, _side(payees)))

    def release_many(self, orders: Sequence[Order]) -> Transaction:
        spare = sum(pushes(terms, _side(payees)) for terms, payees in orders)
        return self._to_contract(abi.RELEASE_MANY(_each(orders)), spare=spare)

    def timeout(self, terms: Terms, payees: Sequence[Payee] = ()) -> Transaction:
        call = abi.TIMEOUT(terms.abi(), _named(terms, payees))
        return self._to_contract(call, spare=pushes(terms, 1 + _side(payees)))

    def rule(self, terms: Terms, to_seller: int, payees: Sequence[Payee] = ()) -> Transaction:
        call = abi.RULE(terms.abi(), to_seller, _named(terms, payees))
        return self._to_contract(call, spare=pushes(terms, 2 + _side(payees)))

    def settle(
        self,
        terms: Terms,
        settlement: Settlement,
        payees: Sequence[Payee] = (),
        *,
        buyer: bytes = b"",
        seller: bytes = b"",
    ) -> Transaction:
        receivers = bool(settlement.to_buyer) + bool(settlement.to_seller) * _side(payees)
        call = abi.settle(terms, settlement, buyer, seller, _named(terms, payees))
        return self._to_contract(call, spare=pushes(terms, receivers))


class Paying(Protocol):
    """Terms of any contract that pays."""

    @property
    def token(self) -> bytes: ...


def pushes(terms: Paying, receivers: int) -> int:
    """Gas for receivers who take little when it is estimated and burn all that they get in the block: the contract insists on
    having had enough for them."""
    push = COIN_PUSH_GAS if terms.token == NOBODY else TOKEN_PUSH_GAS
    return receivers * (push + push // 63 + CALL_GAS + CLAIM_GAS)


def _side(payees: Sequence[Payee]) -> int:
    """How many receivers the seller's side has at most."""
    return len(payees) + 1


def _each(orders: Sequence[Order]) -> list[tuple]:
    """Raises RuleError "chain.orders" for more than one call takes."""
    if not 1 <= len(orders) <= MAX_ORDERS:
        raise RuleError("chain.orders", f"One transaction takes 1 to {MAX_ORDERS} orders.")
    return [(terms.abi(), _named(terms, payees)) for terms, payees in orders]


def _named(terms: Terms, payees: Sequence[Payee]) -> list[Payee]:
    if payees_hash(payees) != terms.payees:
        raise RuleError("chain.payees", "These aren't the payees that the terms name.")
    return list(payees)
