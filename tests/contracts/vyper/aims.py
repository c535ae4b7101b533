"""For every function, a call made to succeed, and for every reason of the spec's table one made to be refused for it.

An aim may miss: what the contract is to say is the model's to tell. That each is hit is counted.
"""

from dataclasses import replace

from moves import Moves, Recipe, Turn
from side_by_side import FALSE_IN, FEE, GIFT, HONEST, LYING_IN

from node.protocol.escrow import (
    DAY,
    MAX_SHIP_TIME,
    NOBODY,
    REASONS,
    Terms,
    payees_hash,
)

SUCCESS = None
TOKEN_SAYS = {
    "fund": ("allowance too low", "balance too low", "blocked"),
    "fundMany": ("allowance too low", "balance too low", "blocked"),
    "fundWithPermit": ("allowance too low", "balance too low", "blocked"),
    "fundWithAuthorization": (
        *("authorization too early", "authorization expired", "authorization used"),
        *("bad signature", "balance too low", "blocked"),
    ),
}
"""What the test's tokens say themselves, and is passed on."""

UNTOLD = ""
"""A revert without a reason: value that a function doesn't take, a list that is too long, a token that lacks the function."""


def aims(function: str) -> tuple[str | None, ...]:
    return (SUCCESS, *REASONS[function], *TOKEN_SAYS.get(function, ()), UNTOLD)


EVERY = tuple((function, aim) for function in REASONS for aim in aims(function))


class Aims(Moves):
    def aim(self, function: str, reason: str | None, number: int = 0) -> str | None:
        """Makes the call; `number` chooses between ways of doing so. The reason that was given."""
        if function.startswith("fund"):
            return self._fund(function, reason, number)
        do = getattr(self, f"_{function}", None) or getattr(self, f"_{function[:-4]}")
        return do(function, reason, number)

    # ---- money in

    def _fund(self, way: str, reason: str | None, number: int) -> str | None:
        coin = way in ("fund", "fundMany") and number % 2 == 0
        recipe = Recipe(token=0 if coin else 1, shares=(("payee_a", 1_234), ("burner", 77)))
        sender, extra, fault, window = None, 0, None, None
        terms, payees = order = self.make(recipe)
        if reason in FLAWS:
            order = FLAWS[reason](self, terms, payees, number)
        elif reason in ("token refused", "token took a fee"):
            mode = FALSE_IN if reason == "token refused" else (FEE, GIFT, LYING_IN)[number % 3]
            self.behave(mode)
            order = (replace(terms, token=self.tokens[3]), payees)
        elif reason == "blocked":
            self.behave(HONEST)
            self.block((terms.buyer, self.escrow)[number % 2], True)
            order = (replace(terms, token=self.tokens[3]), payees)
        match reason:
            case "not the buyer":
                sender = self.people["stranger"]
            case "funded already":
                order = self.prepare("FUNDED", token=recipe.token, shares=recipe.shares)
            case "value is not the amount":
                order, extra = (replace(terms, token=NOBODY), payees), (number % 2) * 2 - 1
            case "value beside a token":
                order, extra = (replace(terms, token=self.tokens[1]), payees), 1
            case "no such token":
                order = (replace(terms, token=self.people["payee_a"]), payees)
                if number % 2 and way not in ("fund", "fundMany"):
                    order = (replace(terms, token=NOBODY), payees)
            case "balance too low":
                order = (replace(terms, token=self.tokens[1 + number % 3], amount=2**127), payees)
            case "allowance too low":
                self.allow(terms.buyer, terms.amount - 1)
                order = (replace(terms, token=self.tokens[1]), payees)
                fault = ("amount", "nonce", "signer", "expiry")[number % 4]
            case "authorization too early":
                window = (self.now, self.now + 1)
            case "authorization expired":
                window = (0, self.now)
            case "bad signature":
                fault = ("id", "signer", "amount", "form")[number % 4]
            case "authorization used":
                self.fund_with_authorization(order, terms.buyer)
                self.release([order], Turn())
                window = (self.now - 1, self.now + 1)
            case "":
                crowd = [*payees, *[(self.people["payee_b"], 1)] * 15]
                order = (replace(terms, payees=payees_hash(crowd)), crowd)
        done = self._funded(way, order, number, sender, extra, fault, window)
        if reason == "allowance too low":
            self.allow(terms.buyer, 2**256 - 1)
        elif reason == "blocked":
            self.block((terms.buyer, self.escrow)[number % 2], False)
        elif reason in ("token refused", "token took a fee"):
            self.behave(HONEST)
        return done

    def _funded(self, way, order, number, sender, extra, fault, window):
        if way == "fundWithPermit":
            return self.fund_with_permit(order, sender, fault)
        if way == "fundWithAuthorization":
            submitter = sender or self.people[("stranger", "seller", "buyer")[number % 3]]
            return self.fund_with_authorization(order, submitter, fault, window)
        orders = [order]
        if way == "fundMany":
            others = [self.make(Recipe(token=each % 2)) for each in range(number % 3)]
            orders = [*others, order] if number % 2 else [order, *others]
            sender = sender or order[0].buyer
        return self.fund(way, orders, sender, extra)

    # ---- marks

    def _deliver(self, function, reason, number):
        buyer_or_seller = self.people["seller"]
        order, turn = self.prepare("FUNDED"), Turn()
        match reason:
            case None:
                turn = Turn(signed=(None, "well")[number % 2])
            case "no such order":
                order = self.make(Recipe())
            case "not the seller":
                turn = Turn(caller=("stranger", "buyer", "arbiter", "payout")[number % 4])
                if number % 2:
                    faults = ("id", "since", "chain", "kind", "form", "signer")
                    turn = Turn(signed=faults[number // 2 % 6])
            case "expired":
                turn = Turn(signed="expiry")
            case "a deposit":
                order = self.prepare("FUNDED", review=0)
            case "wrong state":
                order = self.prepare(("DELIVERED", "DISPUTED", "CONTESTED")[number % 3])
            case "too late":
                turn = Turn(early=0)
            case "":
                mark = bytes(2_049)
                return self.run(function, order[0].buyer, order[0], 0, mark)
        return self.mark(function, order, buyer_or_seller, turn)

    def _dispute(self, function, reason, number):
        role = ("buyer", "seller")[number % 2]
        order, turn, by = self.prepare("FUNDED"), Turn(), self.people[role]
        match reason:
            case None:
                order = self.prepare(("FUNDED", "DELIVERED")[number // 2 % 2])
                turn = Turn(signed=(None, "well")[number % 2])
            case "no such order":
                order = self.make(Recipe())
            case "not a party":
                by = self.people[("stranger", "arbiter", "payout")[number % 3]]
            case "no consent of the party":
                faults = ("id", "since", "chain", "kind", "form", "signer")
                turn = Turn(signed=faults[number % 6])
            case "expired":
                turn = Turn(signed="expiry")
            case "no arbiter":
                order = self.prepare("FUNDED", arbiter="nobody")
            case "wrong state":
                order = self.prepare(("DISPUTED", "CONTESTED")[number % 2])
            case "too late":
                order = self.prepare(("FUNDED", "DELIVERED")[number // 2 % 2])
                turn = Turn(early=0)
            case "":
                return self.run(function, by, order[0], by, 0, bytes(2_049))
        return self.mark(function, order, by, turn)

    # ---- money out

    def _paying(self, reason, number, state="FUNDED"):
        """(order, turn, starved) for a call that pays the seller's side."""
        shared = {"shares": (("payee_a", 1_234), ("payee_b", 77))} if number % 2 else {}
        shown = reason != "payees differ"
        if reason == "no such order":
            return self.make(Recipe()), Turn(), False
        if reason == "not enough gas":
            order = self.prepare(state, payout="refuser", bps=(0, 10_000))
            return order, Turn(), True
        return self.prepare(state, token=number // 2 % 2, **shared), Turn(shown=shown), False

    def _release(self, function, reason, number):
        many = function == "releaseMany"
        order, turn, starved = self._paying(reason, number)
        if reason == "not the buyer":
            turn = Turn(caller=("seller", "payout", "arbiter", "stranger")[number % 4])
        if reason == "":
            if many:
                return self.run(function, order[0].buyer, [order] * 17)
            return self.run(function, order[0].buyer, *order, value=1)
        if many and not starved and number % 3:
            return self.release([self.prepare("DELIVERED"), order], turn, many=True)
        return self.release([order], turn, many, starved)

    def _settle(self, function, reason, number):
        order, turn, starved = self._paying(reason, number)
        parts, consents = ((3_000, 0), (0, 10_000), (4_000, 5_000))[number % 3], {"buyer", "seller"}
        turn = replace(turn, signed="well")
        match reason:
            case "payees differ" | "not enough gas":
                parts = (0, 10_000)
            case "expired":
                turn = Turn(signed="expiry")
            case "nothing to pay":
                parts = (0, 0)
            case "more than is held":
                parts = ((0, 10_001), (10_001, 0), (5_001, 5_000))[number % 3]
            case "no consent of the buyer":
                parts, consents = (4_000, 5_000), {"seller"}
                if number % 2:
                    turn, consents = Turn(signed=WRONG[number // 2 % 6]), {"buyer", "seller"}
            case "no consent of the seller":
                parts, consents = (5_000, 4_000), {"buyer"}
            case "":
                rest = (1, 0, self.now + 1, b"", bytes(2_049), order[1])
                return self.run(function, order[0].seller, order[0], *rest)
        return self.settle(order, self.parts(order, parts), consents, turn, starved)

    def _timeout(self, function, reason, number):
        state = ("FUNDED", "DELIVERED", "DISPUTED", "CONTESTED")[number % 4]
        if reason in ("payees differ", "not enough gas"):
            state = "DELIVERED"
        order, turn, starved = self._paying(reason, number, state)
        if reason == "":
            return self.run(function, order[0].buyer, *order, value=1)
        early = 1 if reason == "too early" else 0
        return self.timeout(order, replace(turn, early=early), starved)

    def _rule(self, function, reason, number):
        state = ("DISPUTED", "CONTESTED")[number % 2]
        if reason == "wrong state":
            state = ("FUNDED", "DELIVERED")[number % 2]
        order, turn, starved = self._paying(reason, number, state)
        amount = (2**128 - 1, 500_000, 1)[0 if starved else number % 3]
        if reason == "not the arbiter":
            turn = Turn(caller=("buyer", "seller", "payout", "stranger")[number % 4])
        if reason == "too late":
            turn = Turn(early=0)
        if reason == "":
            return self.run(function, order[0].arbiter, order[0], amount, order[1], value=1)
        return self.rule(order, amount, turn, starved)

    def _withdraw(self, function, reason, number):
        who, sender, to = "refuser", None, "payee_a"
        match reason:
            case None:
                self.owed(number // 2 % 2 * 3)
                if number % 2:  # by anyone, to whoever needs only more gas
                    who, sender, to = "slow", "stranger", "slow"
                    self.owed(0, who)
            case "not yours to send elsewhere":
                self.owed()
                sender = to = "stranger"
            case "nothing to withdraw":
                who = "payee_b"
            case "bad receiver":
                self.owed()
                to = ("nobody", "escrow")[number % 2]
            case "receiver or token refused":
                self.owed()
                to = ("refuser", "burner", "touchy")[number % 3]
                sender = None if number % 2 else who
            case "":
                given = (NOBODY, self.people[who], self.people[to])
                return self.run(function, self.people[who], *given, value=1)
        token = 0 if reason or number % 2 else number // 2 % 2 * 3
        if token:
            self.behave(HONEST)
        return self.withdraw(token, who, to, sender)


WRONG = ("id", "since", "chain", "kind", "form", "signer")


def _listed(more):
    """A flaw of the list of payees: this is put at its end."""

    def flaw(market: Moves, terms: Terms, payees: list, number: int):
        longer = [*payees, more(market, terms, number)]
        return replace(terms, payees=payees_hash(longer)), longer

    return flaw


def _termed(*changes):
    """A flaw of the terms: one of these, each made of the market."""

    def flaw(market: Moves, terms: Terms, payees: list, number: int):
        return replace(terms, **changes[number % len(changes)](market)), payees

    return flaw


FLAWS = {
    "amount is zero": _termed(lambda m: {"amount": 0}),
    "bad seller": _termed(lambda m: {"seller": NOBODY}),
    "bad payout": _termed(lambda m: {"payout": NOBODY}, lambda m: {"payout": m.escrow}),
    "bad ship date": _termed(
        lambda m: {"ship_by": m.now},
        lambda m: {"ship_by": m.now + MAX_SHIP_TIME + 1},
        lambda m: {"ship_by": 2**40 - 1},
    ),
    "bad review time": _termed(
        lambda m: {"review": 3_599}, lambda m: {"review": 90 * DAY + 1}, lambda m: {"review": 1}
    ),
    "bad ruling time": _termed(
        lambda m: {"ruling": DAY - 1},
        lambda m: {"ruling": 90 * DAY + 1},
        lambda m: {"arbiter": NOBODY},
        lambda m: {"ruling": 0},
    ),
    "bad arbiter": _termed(
        lambda m: {"arbiter": m.people["buyer"]},
        lambda m: {"arbiter": m.people["seller"]},
        lambda m: {"arbiter": m.people["payout"]},
        lambda m: {"arbiter": m.escrow},
    ),
    "bad arbiter fee": _termed(lambda m: {"arbiter_bps": 2_001}),
    "bad lapse share": _termed(lambda m: {"lapse_bps": 10_001}),
    "payees differ": _termed(lambda m: {"payees": b"\x01" * 32}, lambda m: {"payees": bytes(32)}),
    "bad payee": _listed(lambda m, terms, n: ((NOBODY, m.escrow)[n % 2], 1)),
    "arbiter as payee": _listed(lambda m, terms, n: (terms.arbiter, 1)),
    "bad share": _listed(lambda m, terms, n: (m.people["payee_b"], 0)),
    "shares above the whole": _listed(
        lambda m, terms, n: (m.people["payee_b"], (8_690, 9_999)[n % 2])
    ),
}
