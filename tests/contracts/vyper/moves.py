"""Calls of the escrow made from a few small numbers, so that histories can be drawn, and shrunk when they show a difference."""

from dataclasses import dataclass, replace

import boa
from side_by_side import FALSE_OUT, HONEST, SideBySide

from node.protocol.escrow import (
    DAY,
    NOBODY,
    Settlement,
    Terms,
    delivery_digest,
    dispute_digest,
    payees_hash,
    settlement_digest,
)


@dataclass(frozen=True)
class Recipe:
    """An order, by names and numbers. `shares`: (name, share) of its payees."""

    token: int = 0
    amount: int = 1_000_003
    ship: int = 7 * DAY
    review: int = 14 * DAY
    ruling: int = 21 * DAY
    bps: tuple[int, int] = (333, 4_567)
    shares: tuple[tuple[str, int], ...] = ()
    buyer: str = "buyer"
    seller: str = "seller"
    payout: str = "payout"
    arbiter: str = "arbiter"


@dataclass(frozen=True)
class Turn:
    """How a call on an order is made: which order, by whom (None: whoever should), and what is wrong with it."""

    order: int = 0
    caller: str | None = None
    early: int | None = None
    """Seconds before the deadline to which time jumps first, if it isn't there yet."""
    shown: bool = True
    """Whether the payees that are shown are the right ones."""
    signed: str | None = None
    """None: the party calls. Else it signs, "well" or with this fault: id, since, chain, kind, expiry, form, signer."""


WRONG = ("id", "since", "chain", "kind", "expiry", "form", "signer")


class Moves(SideBySide):
    def start(self) -> None:
        self.begin()
        self.serial = 0

    # ---- orders

    def make(self, recipe: Recipe) -> tuple[Terms, list]:
        self.serial += 1
        payees = [(self.named(name), share) for name, share in recipe.shares]
        terms = Terms(
            *(self.named(getattr(recipe, role)) for role in ("buyer", "seller", "payout")),
            self.named(recipe.arbiter),
            self.tokens[recipe.token],
            recipe.amount,
            self.now + recipe.ship,
            recipe.review,
            0 if recipe.arbiter == "nobody" else recipe.ruling,
            *recipe.bps,
            payees_hash(payees),
            self.serial.to_bytes(32, "big"),
        )
        return terms, payees

    def named(self, name: str) -> bytes:
        return {"nobody": NOBODY, "escrow": self.escrow}.get(name) or self.people[name]

    def pick(self, number: int, buyer: bytes = NOBODY) -> tuple[Terms, list]:
        """One that is live, or the latest that isn't any more or was taken back; a new one when none is live. One of this buyer if
        there is any."""
        pots = self.model.ledger.pots
        live = [order for id, order in self.orders.items() if id in pots]
        if not live:
            return self.prepare("FUNDED")
        others = [order for id, order in self.orders.items() if id not in pots]
        theirs = [order for order in live if order[0].buyer == buyer]
        known = theirs or [*live[-12:], *others[-1:]]
        return known[number % len(known)]

    def prepare(self, state: str, **changed) -> tuple[Terms, list]:
        """A new order in this state."""
        terms, payees = self.make(Recipe(**changed))
        self.know(terms, payees)
        value = terms.amount if terms.token == NOBODY else 0
        self.run("fund", terms.buyer, terms, payees, value=value)
        if state in ("DELIVERED", "CONTESTED"):
            self.run("deliver", terms.seller, terms, 0, b"")
        if state in ("DISPUTED", "CONTESTED"):
            self.run("dispute", terms.buyer, terms, terms.buyer, 0, b"")
        return terms, payees

    def pot(self, terms: Terms):
        return self.model.pot(self.model.id_of(terms))

    def jump(self, terms: Terms, early: int | None) -> None:
        if early is not None:
            boa.env.timestamp = max(self.now, self.pot(terms).until - early)

    # ---- money in

    def fund(
        self, way: str, orders: list, sender: bytes | None = None, extra: int = 0
    ) -> str | None:
        """By fund, or by fundMany when there are several. `extra` coin is sent beside what is due."""
        for order in orders:
            self.know(*order)
        due = sum(terms.amount for terms, _ in orders if terms.token == NOBODY)
        args = (orders,) if way == "fundMany" else orders[0]
        return self.run(way, sender or orders[0][0].buyer, *args, value=max(0, due + extra))

    def fund_with_permit(self, order, sender: bytes | None = None, fault: str | None = None):
        terms, payees = order
        self.know(terms, payees)
        key = (terms.token, terms.buyer)
        nonce = self.model.ledger.nonces.get(key, 0) + (fault == "nonce")
        amount = terms.amount + (fault == "amount")
        expiry = self.now - 1 if fault == "expiry" else self.now
        signer = self.people["stranger"] if fault == "signer" else terms.buyer
        digest = self.pen.permit_digest(*key, amount, nonce, expiry)
        mark = self.pen.sign(signer, digest).ljust(65, b"\0")
        rest = (expiry, mark[64], mark[:32], mark[32:64])
        return self.run("fundWithPermit", sender or terms.buyer, terms, payees, *rest)

    def fund_with_authorization(
        self, order, sender: bytes, fault: str | None = None, window: tuple[int, int] | None = None
    ):
        terms, payees = order
        self.know(terms, payees)
        after, before = window or (self.now - 1, self.now + 1)
        nonce = self.model.id_of(replace(terms, review=7) if fault == "id" else terms)
        signer = self.people["stranger"] if fault == "signer" else terms.buyer
        amount = terms.amount + (fault == "amount")
        digest = self.pen.authorization_digest(terms.token, signer, amount, after, before, nonce)
        mark = self.pen.sign(signer, digest)
        mark = mark[:-1] if fault == "form" else mark
        rest = (after, before, mark)
        return self.run("fundWithAuthorization", sender, terms, payees, *rest)

    # ---- marks

    def mark(self, function: str, order, by: bytes, turn: Turn) -> str | None:
        """deliver, or dispute by a party."""
        terms, _ = order
        self.jump(terms, turn.early)
        head = (terms,) if function == "deliver" else (terms, by)
        if turn.signed is None:
            sender = self.people.get(turn.caller, by)
            return self.run(function, sender, *head, 0, b"")
        digests = [delivery_digest, dispute_digest]
        digest_of = digests[(function == "dispute") ^ (turn.signed == "kind")]
        id, since, expiry, chain = self.signing(terms, turn)
        digest = digest_of(id, since, expiry, chain, self.escrow)
        mark = self.signature(by, digest, turn)
        sender = self.people.get(turn.caller, self.people["stranger"])
        return self.run(function, sender, *head, expiry, mark)

    def signing(self, terms: Terms, turn: Turn) -> tuple[bytes, int, int, int]:
        """(id, since, expiry, chain) of what is signed, one of them wrong if the turn says so."""
        id = self.model.id_of(replace(terms, review=7) if turn.signed == "id" else terms)
        since = self.pot(terms).since + (turn.signed == "since")
        expiry = self.now if turn.signed == "expiry" else self.now + 1
        chain = boa.env.evm.patch.chain_id + (turn.signed == "chain")
        return id, since, expiry, chain

    def signature(self, who: bytes, digest: bytes, turn: Turn) -> bytes:
        signer = self.people["stranger"] if turn.signed == "signer" else who
        mark = self.pen.sign(signer, digest)
        if turn.signed != "form" or len(mark) != 65:
            return mark
        return mark[:64] + bytes([mark[64] - 27])

    # ---- money out

    def payees(self, order, turn: Turn) -> list:
        """The right list, or one that differs."""
        _, payees = order
        return payees if turn.shown else payees[1:] or [(self.people["payee_a"], 1)]

    def release(self, orders: list, turn: Turn, many: bool = False, starved: bool = False):
        self.jump(orders[0][0], turn.early)
        sender = self.people.get(turn.caller, orders[0][0].buyer)
        given = [(order[0], self.payees(order, turn)) for order in orders]
        args = (given,) if many else given[0]
        return self.run("releaseMany" if many else "release", sender, *args, starved=starved)

    def parts(self, order, parts: tuple[int, int]) -> tuple[int, int]:
        """Amounts for the buyer and the seller: each so many 1/10,000 of what is held, rounded up."""
        held = self.pot(order[0]).held or order[0].amount
        return tuple(-(-held * part // 10_000) for part in parts)

    def settle(
        self, order, amounts: tuple[int, int], consents: set, turn: Turn, starved: bool = False
    ):
        """`amounts` to the buyer and the seller; `consents`: which of the two sign."""
        terms, _ = order
        self.jump(terms, turn.early)
        held = (self.pot(terms).held or terms.amount) + (turn.signed == "kind")
        id, since, expiry, chain = self.signing(terms, turn)
        settlement = Settlement(id, since, held, *amounts, expiry)
        digest = settlement_digest(settlement, chain, self.escrow)
        marks = [
            self.signature(who, digest, turn) if role in consents else b""
            for role, who in (("buyer", terms.buyer), ("seller", terms.seller))
        ]
        sender = self.people.get(turn.caller, self.people["stranger"])
        rest = (*amounts, expiry, *marks, self.payees(order, turn))
        return self.run("settle", sender, terms, *rest, starved=starved)

    def timeout(self, order, turn: Turn, starved: bool = False):
        self.jump(order[0], turn.early)
        sender = self.people.get(turn.caller, self.people["stranger"])
        return self.run("timeout", sender, order[0], self.payees(order, turn), starved=starved)

    def rule(self, order, amount: int, turn: Turn, starved: bool = False):
        self.jump(order[0], turn.early)
        sender = self.people.get(turn.caller, order[0].arbiter)
        given = (order[0], amount, self.payees(order, turn))
        return self.run("rule", sender, *given, starved=starved)

    def withdraw(self, token: int, who: str, to: str | None, sender: str | None):
        given = (self.tokens[token], self.named(who), self.named(to or who))
        return self.run("withdraw", self.named(sender or who), *given)

    def owed(self, token: int = 0, who: str = "refuser") -> None:
        """Somebody with a claim."""
        if token:
            self.behave(HONEST)
        order = self.prepare("FUNDED", token=token, payout=who)
        if token:
            self.behave(FALSE_OUT)
        self.release([order], Turn())
