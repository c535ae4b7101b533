"""The escrow in plain Python: what every call must do to every balance, or the reason why it must fail.

Written from docs/spec/escrow.md, not from the contract. It knows no hashes, signatures or gas: pots are kept by their
terms, consent is a set of names, and `refusing` holds the (token, receiver) pairs whose pushes fail.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from eth_abi import encode
from eth_utils import keccak

ZERO = "0x" + "00" * 20
HOUR, DAY = 3_600, 86_400
NONE, FUNDED, DELIVERED, DISPUTED, CONTESTED = range(5)
RELEASE, REFUND, SETTLEMENT, TIMEOUT, RULING = range(1, 6)


class Terms(NamedTuple):
    """In the order of the contract's struct."""

    buyer: str
    seller: str
    payout: str
    arbiter: str
    token: str
    amount: int
    shipBy: int
    review: int
    ruling: int
    arbiterBps: int
    lapseBps: int
    payees: bytes
    order: bytes


class Refused(Exception):
    """The call must revert; the text is the contract's reason."""


@dataclass
class Pot:
    held: int
    since: int
    until: int
    state: int


def list_hash(payees):
    """keccak256(abi.encode(Payee[])), or zero for the empty list."""
    return keccak(encode(["(address,uint16)[]"], [payees])) if payees else bytes(32)


def must(condition, reason):
    if not condition:
        raise Refused(reason)


@dataclass
class Reference:
    escrow: str
    pots: dict = field(default_factory=dict)
    balances: Counter = field(default_factory=Counter)
    claims: Counter = field(default_factory=Counter)
    refusing: set = field(default_factory=set)

    # ---- what a call must satisfy

    def check_terms(self, now, terms, payees):
        must(terms.amount > 0, "amount is zero")
        must(terms.seller != ZERO, "bad seller")
        must(terms.payout not in (ZERO, self.escrow), "bad payout")
        must(now < terms.shipBy <= now + 180 * DAY, "bad ship date")
        must(terms.review == 0 or HOUR <= terms.review <= 90 * DAY, "bad review time")
        if terms.arbiter == ZERO:
            must(terms.ruling == 0, "bad ruling time")
        else:
            must(DAY <= terms.ruling <= 90 * DAY, "bad ruling time")
            others = (terms.buyer, terms.seller, terms.payout, self.escrow)
            must(terms.arbiter not in others, "bad arbiter")
        must(terms.arbiterBps <= 2_000, "bad arbiter fee")
        must(terms.lapseBps <= 10_000, "bad lapse share")
        must(terms not in self.pots, "funded already")
        must(list_hash(payees) == terms.payees, "payees differ")
        for to, bps in payees:
            must(to not in (ZERO, self.escrow), "bad payee")
            must(to != terms.arbiter, "arbiter as payee")
            must(bps > 0, "bad share")
        must(sum(bps for _, bps in payees) <= 10_000, "shares above the whole")

    def pot(self, terms):
        must(terms in self.pots, "no such order")
        return self.pots[terms]

    # ---- the calls

    def fund(self, now, sender, terms, payees, value=0):
        must(sender == terms.buyer, "not the buyer")
        self.check_terms(now, terms, payees)
        if terms.token == ZERO:
            must(value == terms.amount, "value is not the amount")
        else:
            must(value == 0, "value beside a token")
            must(self.balances[terms.token, sender] >= terms.amount, "balance too low")
        self.balances[terms.token, sender] -= terms.amount
        self.balances[terms.token, self.escrow] += terms.amount
        self.pots[terms] = Pot(terms.amount, now, terms.shipBy, FUNDED)

    def deliver(self, now, sender, terms):
        pot = self.pot(terms)
        must(sender == terms.seller, "not the seller")
        must(terms.review > 0, "a deposit")
        must(pot.state == FUNDED, "wrong state")
        must(now < pot.until, "too late")
        pot.state, pot.until = DELIVERED, now + terms.review

    def dispute(self, now, sender, terms):
        pot = self.pot(terms)
        must(sender in (terms.buyer, terms.seller), "not a party")
        must(terms.arbiter != ZERO, "no arbiter")
        must(pot.state in (FUNDED, DELIVERED), "wrong state")
        must(now < pot.until, "too late")
        pot.state = DISPUTED if pot.state == FUNDED else CONTESTED
        pot.until = now + terms.ruling

    def release(self, now, sender, terms, payees):
        pot = self.pot(terms)
        must(sender == terms.buyer, "not the buyer")
        return self.pay(terms, RELEASE, payees, to_seller=pot.held)

    def settle(self, now, sender, terms, to_buyer, to_seller, expiry, consent, payees):
        """`consent`: whose valid signatures are shown, any of "buyer", "seller"."""
        pot = self.pot(terms)
        must(now < expiry, "expired")
        must(to_buyer + to_seller > 0, "nothing to pay")
        must(to_buyer + to_seller <= pot.held, "more than is held")
        if to_seller:
            must(sender == terms.buyer or "buyer" in consent, "no consent of the buyer")
        if to_buyer:
            must(sender == terms.seller or "seller" in consent, "no consent of the seller")
        how = SETTLEMENT if to_buyer and to_seller else RELEASE if to_seller else REFUND
        return self.pay(terms, how, payees, to_buyer, to_seller)

    def timeout(self, now, sender, terms, payees):
        pot = self.pot(terms)
        must(now >= pot.until, "too early")
        to_seller = {DELIVERED: pot.held, CONTESTED: pot.held * terms.lapseBps // 10_000}
        share = to_seller.get(pot.state, 0)
        return self.pay(terms, TIMEOUT, payees, pot.held - share, share)

    def rule(self, now, sender, terms, to_seller, payees):
        pot = self.pot(terms)
        must(sender == terms.arbiter, "not the arbiter")
        must(pot.state in (DISPUTED, CONTESTED), "wrong state")
        must(now < pot.until, "too late")
        fee = pot.held * terms.arbiterBps // 10_000
        share = min(to_seller, pot.held - fee)
        return self.pay(terms, RULING, payees, pot.held - fee - share, share, fee)

    def withdraw(self, now, sender, token, to):
        amount = self.claims[token, sender]
        must(amount > 0, "nothing to withdraw")
        must(to not in (ZERO, self.escrow), "bad receiver")
        must((token, to) not in self.refusing, "receiver or token refused")
        del self.claims[token, sender]
        self.balances[token, self.escrow] -= amount
        self.balances[token, to] += amount

    # ---- where money goes

    def pay(self, terms, how, payees, to_buyer=0, to_seller=0, to_arbiter=0):
        """Gives the fields of Paid."""
        if to_seller:
            must(list_hash(payees) == terms.payees, "payees differ")
        pot = self.pots[terms]
        pot.held -= to_buyer + to_seller + to_arbiter
        if pot.held == 0:
            del self.pots[terms]
        self.push(terms.token, terms.buyer, to_buyer)
        self.push(terms.token, terms.arbiter, to_arbiter)
        rest = to_seller
        if to_seller:
            for to, bps in payees:
                self.push(terms.token, to, to_seller * bps // 10_000)
                rest -= to_seller * bps // 10_000
        self.push(terms.token, terms.payout, rest)
        return (how, to_buyer, to_seller, to_arbiter, pot.held)

    def push(self, token, to, amount):
        if (token, to) in self.refusing:
            self.claims[token, to] += amount
        else:
            self.balances[token, self.escrow] -= amount
            self.balances[token, to] += amount
