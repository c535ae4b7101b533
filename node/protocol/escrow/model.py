"""The escrow as a model: what every call does to every balance, or the reason why it is refused.

Read this as the specification of `contracts/Escrow.vy`. It is made of the same parts that a node computes with before it signs
anything: `refusal` (which terms are taken), `step` (which call works in which state, on which side of the deadline) and
`split` (where the money goes). Model and contract are run side by side through every function, and compared after each
call.

Not in it: gas, but for `Call.starved`; arguments too wide for their type; and calls in the middle of a call. The contract
refuses those by one lock, so a token or a receiver that calls back behaves here like one that doesn't.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from node.protocol.errors import RuleError
from node.protocol.escrow.calls import Call, Signatures, demand
from node.protocol.escrow.consents import (
    Settlement,
    delivery_digest,
    dispute_digest,
    escrow_id,
    settlement_digest,
)
from node.protocol.escrow.events import (
    NOWHERE,
    Claimable,
    Delivered,
    Disputed,
    Event,
    Funded,
    Paid,
    Payees,
    Withdrawn,
)
from node.protocol.escrow.ledger import EMPTY, Authorizing, Ledger, LivePot
from node.protocol.escrow.money import check_settlement, split
from node.protocol.escrow.states import State, step
from node.protocol.escrow.terms import (
    MAX_ORDERS,
    MAX_PAYEES,
    MAX_SIGNATURE,
    NOBODY,
    Payee,
    Terms,
    payees_refusal,
    terms_refusal,
)

Order = tuple[Terms, Sequence[Payee]]

PAYABLE = ("fund", "fundMany")


@dataclass
class Model:
    """One escrow contract. `run` is the way in; the functions by themselves leave half of their work behind when refused."""

    contract: bytes
    chain_id: int
    signatures: Signatures
    ledger: Ledger = field(default_factory=Ledger)
    events: list[Event] = field(default_factory=list)

    def run(self, function: str, call: Call, *given: object) -> list[Event]:
        """Calls a function of the contract by its name there, and gives what it logs.

        Raises RuleError "escrow.call" or "escrow.split" with the contract's reason, or "escrow.token" with the token's; an empty
        reason where the contract has none. Then nothing has changed.
        """
        before, self.events = self.ledger.copy(), []
        try:
            demand(call.value == 0 or function in PAYABLE, "")
            demand(self._owned(call) >= call.value, "")
            self.ledger.move(NOBODY, call.sender, self.contract, call.value)
            FUNCTIONS[function](self, call, *given)
        except RuleError:
            self.ledger = before
            raise
        return self.events

    def _owned(self, call: Call) -> int:
        return self.ledger.balances.get((NOBODY, call.sender), 0)

    # ---- money in: only the buyer pays

    def fund(self, call: Call, terms: Terms, payees: Sequence[Payee]) -> None:
        _fits(payees)
        demand(call.sender == terms.buyer, "not the buyer")
        self._open(call, terms, payees)
        if terms.token == NOBODY:
            demand(call.value == terms.amount, "value is not the amount")
        else:
            demand(call.value == 0, "value beside a token")
            self._take(call, terms)

    def fund_many(self, call: Call, orders: Sequence[Order]) -> None:
        _fit(orders)
        due = 0
        for terms, payees in orders:
            demand(call.sender == terms.buyer, "not the buyer")
            self._open(call, terms, payees)
            if terms.token == NOBODY:
                due += terms.amount
            else:
                self._take(call, terms)
        demand(call.value == due, "value is not the amount")

    def fund_with_permit(
        self,
        call: Call,
        terms: Terms,
        payees: Sequence[Payee],
        expiry: int,
        v: int,
        r: bytes,
        s: bytes,
    ) -> None:
        _fits(payees)
        demand(call.sender == terms.buyer, "not the buyer")
        self._open(call, terms, payees)
        # A permit that fails is ignored: a stranger may have spent it first, and the allowance is what counts.
        key = (terms.token, terms.buyer)
        nonce = self.ledger.nonces.get(key, 0)
        good = self.signatures.permitted(*key, terms.amount, nonce, expiry, r + s + bytes([v]))
        if good and call.now <= expiry:
            self.ledger.nonces[key] = nonce + 1
            self.ledger.allowances[key] = terms.amount
        self._take(call, terms)

    def fund_with_authorization(
        self,
        call: Call,
        terms: Terms,
        payees: Sequence[Payee],
        after: int,
        before: int,
        signature: bytes,
    ) -> None:
        """By anyone: the buyer's authorization, whose nonce is the order's id, is the buyer's will."""
        _fits(payees, signature)
        id = self._open(call, terms, payees)
        token = self.ledger.token(terms.token)
        demand(token.code, "no such token")
        if token.authorizing is Authorizing.NEVER:
            raise RuleError("escrow.token", "")
        if token.authorizing is Authorizing.SIGNATURE:
            window = (after, before)
            self._check_authorization(call, terms, window, id, signature)
            self.ledger.spent.add((terms.token, terms.buyer, id))
        came = 0
        if token.takes:
            came = self.ledger.take(terms.token, terms.buyer, self.contract, terms.amount)
        demand(came == terms.amount, "token took a fee")

    def _check_authorization(
        self, call: Call, terms: Terms, window: tuple[int, int], nonce: bytes, signature: bytes
    ) -> None:
        after, before = window
        good = self.signatures.authorized(
            terms.token, terms.buyer, terms.amount, after, before, nonce, signature
        )
        for holds, reason in (
            (call.now > after, "authorization too early"),
            (call.now < before, "authorization expired"),
            ((terms.token, terms.buyer, nonce) not in self.ledger.spent, "authorization used"),
            (good, "bad signature"),
        ):
            if not holds:
                raise RuleError("escrow.token", reason)

    def _open(self, call: Call, terms: Terms, payees: Sequence[Payee]) -> bytes:
        reason = terms_refusal(terms, call.now, self.contract)
        demand(reason is None, reason or "")
        id = self.id_of(terms)
        demand(id not in self.ledger.pots, "funded already")
        reason = payees_refusal(terms, self.contract, payees)
        demand(reason is None, reason or "")
        self.ledger.pots[id] = LivePot(terms.amount, call.now, terms.ship_by, State.FUNDED)
        self.events.append(Funded(id, terms, call.now, NOWHERE))
        if payees:
            self.events.append(Payees(id, tuple(payees)))
        return id

    def _take(self, call: Call, terms: Terms) -> None:
        token = self.ledger.token(terms.token)
        demand(token.code, "no such token")
        demand(token.takes, "token refused")
        key = (terms.token, call.sender)
        if token.allowances:
            allowed = self.ledger.allowances.get(key, 0)
            if allowed < terms.amount:
                raise RuleError("escrow.token", "allowance too low")
            if allowed != ENDLESS:
                self.ledger.allowances[key] = allowed - terms.amount
        came = self.ledger.take(*key, self.contract, terms.amount)
        demand(came == terms.amount, "token took a fee")

    # ---- marks: no money moves. By the party itself, or by anyone who shows its signature

    def deliver(self, call: Call, terms: Terms, expiry: int, signature: bytes) -> None:
        _fits((), signature)
        id, pot = self._live(terms)
        if call.sender != terms.seller:
            digest = delivery_digest(id, pot.since, expiry, *self._here(call))
            demand(self.signatures.signed(terms.seller, digest, signature), "not the seller")
            demand(call.now < expiry, "expired")
        demand(terms.review != 0, "a deposit")
        state = step(pot.state, "deliver", call.now, pot.until)
        until = call.now + terms.review
        self.ledger.pots[id] = replace(pot, state=state, until=until)
        self.events.append(Delivered(id, until, NOWHERE))

    def dispute(self, call: Call, terms: Terms, by: bytes, expiry: int, signature: bytes) -> None:
        _fits((), signature)
        id, pot = self._live(terms)
        demand(by in (terms.buyer, terms.seller), "not a party")
        if call.sender != by:
            digest = dispute_digest(id, pot.since, expiry, *self._here(call))
            demand(self.signatures.signed(by, digest, signature), "no consent of the party")
            demand(call.now < expiry, "expired")
        demand(terms.arbiter != NOBODY, "no arbiter")
        state = step(pot.state, "dispute", call.now, pot.until)
        until = call.now + terms.ruling
        self.ledger.pots[id] = replace(pot, state=state, until=until)
        self.events.append(Disputed(id, by, until, NOWHERE))

    # ---- money out

    def release(self, call: Call, terms: Terms, payees: Sequence[Payee]) -> None:
        _fits(payees)
        id, pot = self._live(terms)
        demand(call.sender == terms.buyer, "not the buyer")
        self._pay(call, terms, id, pot, "release", payees)

    def release_many(self, call: Call, orders: Sequence[Order]) -> None:
        _fit(orders)
        for terms, payees in orders:
            self.release(call, terms, payees)

    def settle(
        self,
        call: Call,
        terms: Terms,
        to_buyer: int,
        to_seller: int,
        expiry: int,
        buyer: bytes,
        seller: bytes,
        payees: Sequence[Payee],
    ) -> None:
        """Whoever gives consents, as sender or by signature: the buyer to what the seller gets, and the other way round."""
        _fits(payees, buyer, seller)
        id, pot = self._live(terms)
        demand(call.now < expiry, "expired")
        check_settlement(pot.held, to_buyer, to_seller)
        settlement = Settlement(id, pot.since, pot.held, to_buyer, to_seller, expiry)
        digest = settlement_digest(settlement, *self._here(call))
        if to_seller:
            given = self._consents(call, terms.buyer, digest, buyer)
            demand(given, "no consent of the buyer")
        if to_buyer:
            given = self._consents(call, terms.seller, digest, seller)
            demand(given, "no consent of the seller")
        amounts = {"to_buyer": to_buyer, "to_seller": to_seller}
        self._pay(call, terms, id, pot, "settle", payees, **amounts)

    def timeout(self, call: Call, terms: Terms, payees: Sequence[Payee]) -> None:
        _fits(payees)
        id, pot = self._live(terms)
        step(pot.state, "timeout", call.now, pot.until)
        self._pay(call, terms, id, pot, "timeout", payees)

    def rule(self, call: Call, terms: Terms, to_seller: int, payees: Sequence[Payee]) -> None:
        _fits(payees)
        id, pot = self._live(terms)
        demand(call.sender == terms.arbiter, "not the arbiter")
        step(pot.state, "rule", call.now, pot.until)
        self._pay(call, terms, id, pot, "rule", payees, to_seller=to_seller)

    def withdraw(self, call: Call, token: bytes, who: bytes, to: bytes) -> None:
        """What is owed goes wherever its owner wants, or by anyone to the owner itself."""
        demand(call.sender == who or to == who, "not yours to send elsewhere")
        amount = self.ledger.claims.pop((token, who), 0)
        demand(amount != 0, "nothing to withdraw")
        demand(to not in (NOBODY, self.contract), "bad receiver")
        self.events.append(Withdrawn(token, who, to, amount))
        sent = self.ledger.send(token, self.contract, to, amount, push=False)
        demand(sent, "receiver or token refused")

    def _pay(
        self,
        call: Call,
        terms: Terms,
        id: bytes,
        pot: LivePot,
        verb: str,
        payees: Sequence[Payee],
        **amounts: int,
    ) -> None:
        paid = split(terms, pot.held, verb, state=pot.state, payees=payees, **amounts)
        if paid.left:
            self.ledger.pots[id] = replace(pot, held=paid.left)
        else:
            del self.ledger.pots[id]
        sums = (paid.to_buyer, paid.to_seller, paid.to_arbiter, paid.left, paid.how)
        self.events.append(Paid(id, *sums, NOWHERE))
        for who, amount in paid.shares:
            if not self.ledger.send(terms.token, self.contract, who, amount, push=True):
                demand(not call.starved, "not enough gas")
                key = (terms.token, who)
                self.ledger.claims[key] = self.ledger.claims.get(key, 0) + amount
                self.events.append(Claimable(*key, amount))

    # ---- views

    def id_of(self, terms: Terms) -> bytes:
        """Bound for ever to the chain of the deployment."""
        return escrow_id(terms, self.chain_id, self.contract)

    def pot(self, id: bytes) -> LivePot:
        """All zero when there is no such order."""
        return self.ledger.pots.get(id, EMPTY)

    def claim(self, token: bytes, who: bytes) -> int:
        return self.ledger.claims.get((token, who), 0)

    # ---- inside

    def _live(self, terms: Terms) -> tuple[bytes, LivePot]:
        id = self.id_of(terms)
        demand(id in self.ledger.pots, "no such order")
        return id, self.ledger.pots[id]

    def _here(self, call: Call) -> tuple[int, bytes]:
        """Where a signature counts: after a chain split, on the side of the chain that has this id now."""
        return self.chain_id if call.chain_id is None else call.chain_id, self.contract

    def _consents(self, call: Call, who: bytes, digest: bytes, signature: bytes) -> bool:
        return call.sender == who or self.signatures.signed(who, digest, signature)


ENDLESS = 2**256 - 1
"""An allowance that never gets less."""

FUNCTIONS = {
    "fund": Model.fund,
    "fundMany": Model.fund_many,
    "fundWithPermit": Model.fund_with_permit,
    "fundWithAuthorization": Model.fund_with_authorization,
    "deliver": Model.deliver,
    "dispute": Model.dispute,
    "release": Model.release,
    "releaseMany": Model.release_many,
    "settle": Model.settle,
    "timeout": Model.timeout,
    "rule": Model.rule,
    "withdraw": Model.withdraw,
}
"""What changes anything, by the contract's names."""


def _fits(payees: Sequence[Payee], *signatures: bytes) -> None:
    demand(len(payees) <= MAX_PAYEES, "")
    demand(all(len(each) <= MAX_SIGNATURE for each in signatures), "")


def _fit(orders: Sequence[Order]) -> None:
    demand(len(orders) <= MAX_ORDERS, "")
    for _, payees in orders:
        _fits(payees)
