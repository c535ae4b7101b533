"""The escrow's model and a token, behind the bytes that a transaction carries."""

from collections.abc import Callable
from dataclasses import dataclass

from node.contracts import abi, tokens
from node.ports import Transaction
from node.protocol import eip712
from node.protocol.errors import Rejected, RuleError
from node.protocol.escrow import (
    NOBODY,
    Call,
    EscrowEvent,
    Ledger,
    Model,
    Token,
    recover_signer,
)

CONTRACT = bytes.fromhex("e5c0" * 10)
TOKEN = bytes.fromhex("70ce" * 10)


@dataclass(frozen=True)
class Signed:
    hash: bytes
    sender: bytes
    transaction: Transaction
    price: int = 0  # wei per gas that it offers


@dataclass(frozen=True)
class Keys:
    """Who has signed what: by plain keys, else as the contract of an account `accepts` it."""

    chain_id: int
    accepts: Callable[[bytes, bytes, bytes], bool]

    def signed(self, who: bytes, digest: bytes, signature: bytes) -> bool:
        try:
            if recover_signer(digest, signature) == who:
                return True
        except Rejected:
            pass
        return self.accepts(who, digest, signature)

    def permitted(
        self, token: bytes, owner: bytes, amount: int, nonce: int, expiry: int, signature: bytes
    ) -> bool:
        values = (owner, CONTRACT, amount, nonce, expiry)
        return self._of_token(owner, "Permit", tokens.PERMIT_MEMBERS, values, signature)

    def authorized(
        self,
        token: bytes,
        giver: bytes,
        amount: int,
        after: int,
        before: int,
        nonce: bytes,
        signature: bytes,
    ) -> bool:
        values = (giver, CONTRACT, amount, after, before, nonce)
        return self._of_token(
            giver, tokens.AUTHORIZATION, tokens.AUTHORIZATION_MEMBERS, values, signature
        )

    def _of_token(self, who: bytes, name: str, members, values: tuple, signature: bytes) -> bool:
        domain = eip712.Domain("Memory Dollar", "1", self.chain_id, TOKEN)
        return self.signed(who, eip712.digest(domain, name, members, values), signature)


class Execution:
    """One transaction on a ledger. Raises RuleError "chain.reverted" with the contract's reasons."""

    def __init__(
        self,
        chain_id: int,
        refusing: set[bytes],
        accepts: Callable[[bytes, bytes, bytes], bool],
        ledger: Ledger,
        now: int,
    ):
        ledger.tokens[TOKEN] = Token(blocked=frozenset(refusing))
        ledger.refusing = refusing
        self.model = Model(CONTRACT, chain_id, Keys(chain_id, accepts), ledger)
        self.now = now

    @property
    def ledger(self) -> Ledger:
        return self.model.ledger

    @property
    def events(self) -> list[EscrowEvent]:
        """What nodes follow of it."""
        return [event for event in self.model.events if isinstance(event, EscrowEvent)]

    def run(self, signed: Signed) -> None:
        sender, asked = signed.sender, signed.transaction
        raw, to = bytes.fromhex(asked.data[2:]), bytes.fromhex(asked.to[2:])
        if self.ledger.balances.get((NOBODY, sender), 0) < asked.value:
            raise RuleError("chain.funds", "This wallet doesn't hold enough to pay that.")
        if to == TOKEN and raw[:4] == abi.APPROVE.selector:
            spender, amount = abi.decode(abi.APPROVE.kinds, raw[4:])
            if abi.address(spender) == CONTRACT:
                self.ledger.allowances[to, sender] = amount
            return
        known = {function.selector: function for function in abi.ESCROW_FUNCTIONS}
        function = known.get(raw[:4])
        if to != CONTRACT or function is None:
            raise RuleError("chain.reverted", "no such function")
        values = zip(function.kinds, abi.decode(function.kinds, raw[4:]), strict=True)
        call = Call(sender, self.now, asked.value)
        try:
            self.model.run(function.name, call, *(_plain(*each) for each in values))
        except RuleError as error:
            raise RuleError("chain.reverted", error.message) from None


def _plain(kind: str, value):
    """An ABI value as the model takes it."""
    if kind == abi.TERMS:
        return abi.terms_of(value)
    if kind == abi.PAYEES:
        return [(abi.address(who), share) for who, share in value]
    if kind == abi.ORDERS:
        return [(_plain(abi.TERMS, terms), _plain(abi.PAYEES, payees)) for terms, payees in value]
    return abi.address(value) if kind == "address" else value
