"""The escrow contract and a token as rules over a ledger in memory: what each call does, and why it is refused."""

from dataclasses import dataclass, field, replace

from node.contracts import abi, tokens
from node.ports import Transaction
from node.protocol import eip712
from node.protocol.errors import Rejected, RuleError
from node.protocol.escrow import (
    NOBODY,
    Delivered,
    Disputed,
    EscrowEvent,
    Funded,
    Paid,
    Settlement,
    State,
    Terms,
    Where,
    escrow_id,
    recover_signer,
    refusal,
    settlement_digest,
    split,
)

CONTRACT = bytes.fromhex("e5c0" * 10)
TOKEN = bytes.fromhex("70ce" * 10)
NOWHERE = Where(0, bytes(32), 0, bytes(32), 0)


@dataclass(frozen=True)
class Pot:
    held: int
    since: int
    until: int
    state: State


@dataclass
class Ledger:
    """What the chain knows after a block."""

    pots: dict[bytes, Pot] = field(default_factory=dict)
    balances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, account)
    allowances: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, owner)
    claims: dict[tuple[bytes, bytes], int] = field(default_factory=dict)  # (token, account)
    nonces: dict[bytes, int] = field(default_factory=dict)  # permits of the token

    def move(self, token: bytes, giver: bytes, taker: bytes, amount: int, reason: str) -> None:
        owned = self.balances.get((token, giver), 0)
        _demand(owned >= amount, reason)
        self.balances[token, giver] = owned - amount
        self.balances[token, taker] = self.balances.get((token, taker), 0) + amount


@dataclass(frozen=True)
class Signed:
    hash: bytes
    sender: bytes
    transaction: Transaction


class Call:
    """One transaction on a ledger, by the contract's rules. Raises RuleError "chain.reverted" with its reasons."""

    def __init__(self, chain_id: int, refusing: set[bytes], ledger: Ledger, now: int):
        self.chain_id, self.refusing, self.ledger, self.now = chain_id, refusing, ledger, now
        self.events: list[EscrowEvent] = []

    def run(self, signed: Signed) -> None:
        sender, asked = signed.sender, signed.transaction
        raw, value = bytes.fromhex(asked.data[2:]), asked.value
        owned = self.ledger.balances.get((NOBODY, sender), 0)
        if owned < value:
            raise RuleError("chain.funds", "This wallet doesn't hold enough to pay that.")
        to = bytes.fromhex(asked.to[2:])
        if to == TOKEN and raw[:4] == abi.APPROVE.selector:
            spender, amount = abi.decode(abi.APPROVE.kinds, raw[4:])
            if abi.address(spender) == CONTRACT:
                self.ledger.allowances[to, sender] = amount
            return
        known = {function.selector: function for function in abi.ESCROW_FUNCTIONS}
        function = known.get(raw[:4])
        _demand(to == CONTRACT and function is not None, "no such function")
        values = [
            abi.terms_of(given)
            if kind == abi.TERMS
            else [(abi.address(who), share) for who, share in given]
            if kind == abi.PAYEES
            else given
            for kind, given in zip(function.kinds, abi.decode(function.kinds, raw[4:]), strict=True)
        ]
        getattr(self, f"_{function.name}")(sender, value, *values)

    # ---- money in

    def _fund(self, sender: bytes, value: int, terms: Terms, payees: list) -> None:
        self._open(sender, terms, payees)
        if terms.token == NOBODY:
            _demand(value == terms.amount, "value is not the amount")
            self.ledger.move(NOBODY, sender, CONTRACT, value, "no coins")
        else:
            _demand(value == 0, "value beside a token")
            self._take(terms)

    def _fundWithPermit(
        self, sender: bytes, _: int, terms: Terms, payees: list, expiry: int, v: int, r, s
    ) -> None:
        self._open(sender, terms, payees)
        values = [sender, CONTRACT, terms.amount, self.ledger.nonces.get(sender, 0)]
        domain = eip712.Domain("Memory Dollar", "1", self.chain_id, TOKEN)
        digest = eip712.digest(domain, "Permit", tokens.PERMIT_MEMBERS, [*values, expiry])
        if self.now <= expiry and _signed(sender, digest, r + s + bytes([v])):
            self.ledger.nonces[sender] = self.ledger.nonces.get(sender, 0) + 1
            self.ledger.allowances[terms.token, sender] = terms.amount
        self._take(terms)

    def _open(self, sender: bytes, terms: Terms, payees: list) -> None:
        _demand(sender == terms.buyer, "not the buyer")
        reason = refusal(terms, self.now, CONTRACT, payees)
        _demand(reason is None, reason or "")
        id = escrow_id(terms, self.chain_id, CONTRACT)
        _demand(id not in self.ledger.pots, "funded already")
        self.ledger.pots[id] = Pot(terms.amount, self.now, terms.ship_by, State.FUNDED)
        self.events.append(Funded(id, terms, self.now, NOWHERE))

    def _take(self, terms: Terms) -> None:
        _demand(terms.token == TOKEN, "no such token")
        key = (terms.token, terms.buyer)
        allowed = self.ledger.allowances.get(key, 0)
        _demand(allowed >= terms.amount, "allowance too low")
        self.ledger.allowances[key] = allowed - terms.amount
        self.ledger.move(*key, CONTRACT, terms.amount, "balance too low")

    # ---- marks

    def _deliver(self, sender: bytes, _: int, terms: Terms) -> None:
        id, pot = self._pot(terms)
        _demand(sender == terms.seller, "not the seller")
        _demand(terms.review != 0, "a deposit")
        _demand(pot.state is State.FUNDED, "wrong state")
        _demand(self.now < pot.until, "too late")
        until = self.now + terms.review
        self.ledger.pots[id] = replace(pot, until=until, state=State.DELIVERED)
        self.events.append(Delivered(id, until, NOWHERE))

    def _dispute(self, sender: bytes, _: int, terms: Terms) -> None:
        id, pot = self._pot(terms)
        _demand(sender in (terms.buyer, terms.seller), "not a party")
        _demand(terms.arbiter != NOBODY, "no arbiter")
        _demand(pot.state in (State.FUNDED, State.DELIVERED), "wrong state")
        _demand(self.now < pot.until, "too late")
        until = self.now + terms.ruling
        state = State.DISPUTED if pot.state is State.FUNDED else State.CONTESTED
        self.ledger.pots[id] = replace(pot, until=until, state=state)
        self.events.append(Disputed(id, sender, until, NOWHERE))

    # ---- money out

    def _release(self, sender: bytes, _: int, terms: Terms, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(sender == terms.buyer, "not the buyer")
        self._pay(terms, pot, "release", payees)

    def _settle(
        self,
        sender: bytes,
        _: int,
        terms: Terms,
        to_buyer: int,
        to_seller: int,
        expiry: int,
        buyer: bytes,
        seller: bytes,
        payees: list,
    ) -> None:
        id, pot = self._pot(terms)
        _demand(self.now < expiry, "expired")
        settlement = Settlement(id, pot.since, pot.held, to_buyer, to_seller, expiry)
        digest = settlement_digest(settlement, self.chain_id, CONTRACT)
        _demand(to_buyer + to_seller > 0, "nothing to pay")
        _demand(to_buyer + to_seller <= pot.held, "more than is held")
        if to_seller:
            agreed = sender == terms.buyer or _signed(terms.buyer, digest, buyer)
            _demand(agreed, "no consent of the buyer")
        if to_buyer:
            agreed = sender == terms.seller or _signed(terms.seller, digest, seller)
            _demand(agreed, "no consent of the seller")
        self._pay(terms, pot, "settle", payees, to_buyer=to_buyer, to_seller=to_seller)

    def _timeout(self, sender: bytes, _: int, terms: Terms, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(self.now >= pot.until, "too early")
        self._pay(terms, pot, "timeout", payees)

    def _rule(self, sender: bytes, _: int, terms: Terms, to_seller: int, payees: list) -> None:
        _, pot = self._pot(terms)
        _demand(sender == terms.arbiter, "not the arbiter")
        _demand(self.now < pot.until, "too late")
        self._pay(terms, pot, "rule", payees, to_seller=to_seller)

    def _withdraw(self, sender: bytes, _: int, token: str, to: str) -> None:
        key = (abi.address(token), sender)
        amount = self.ledger.claims.pop(key, 0)
        receiver = abi.address(to)
        _demand(amount != 0, "nothing to withdraw")
        _demand(receiver not in (NOBODY, CONTRACT), "bad receiver")
        _demand(receiver not in self.refusing, "receiver or token refused")
        self.ledger.move(key[0], CONTRACT, receiver, amount, "empty")

    def _pay(self, terms: Terms, pot: Pot, verb: str, payees: list, **amounts: int) -> None:
        id = escrow_id(terms, self.chain_id, CONTRACT)
        try:
            paid = split(terms, pot.held, verb, state=pot.state, payees=payees, **amounts)
        except RuleError as error:
            raise RuleError("chain.reverted", error.message) from None
        if paid.left:
            self.ledger.pots[id] = replace(pot, held=paid.left)
        else:
            del self.ledger.pots[id]
        sums = (paid.to_buyer, paid.to_seller, paid.to_arbiter, paid.left, int(paid.how))
        self.events.append(Paid(id, *sums, NOWHERE))
        for who, amount in paid.shares:
            if who in self.refusing:
                key = (terms.token, who)
                self.ledger.claims[key] = self.ledger.claims.get(key, 0) + amount
            else:
                self.ledger.move(terms.token, CONTRACT, who, amount, "empty")

    def _pot(self, terms: Terms) -> tuple[bytes, Pot]:
        id = escrow_id(terms, self.chain_id, CONTRACT)
        _demand(id in self.ledger.pots, "no such order")
        return id, self.ledger.pots[id]


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise RuleError("chain.reverted", reason)


def _signed(who: bytes, digest: bytes, signature: bytes) -> bool:
    try:
        return recover_signer(digest, signature) == who
    except Rejected:
        return False
