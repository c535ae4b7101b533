"""Random histories of several orders, contract and reference side by side: same verdicts, same balances.

ESCROW_EXAMPLES sets how many histories (default 30, about a minute); hypothesis prints the seed of a failure.
"""

import os

import boa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from reference import DAY, HOUR, ZERO, Reference, Refused
from world import NEVER, RICH, START, World

REFUSE, BURN = 1, 2
ROLES = ("buyer", "seller", "payout", "arbiter", "stranger", "payee_a", "payee_b")
roles = st.sampled_from(ROLES)
orders = st.integers(0, 5)
amounts = st.one_of(st.integers(0, 5), st.integers(0, 2**128 - 1), st.integers(0, RICH // 50))
# The right caller most of the time, anybody else now and then.
callers = st.one_of(st.none(), st.none(), st.none(), roles)


started = precondition(lambda machine: machine.orders)
FLAWS = [
    "payees",
    ("amount", 0),
    ("shipBy", START),
    ("shipBy", 2**40 - 1),
    ("review", 1),
    ("ruling", 1),
    ("lapseBps", 10_001),
    ("arbiterBps", 2_001),
    ("seller", ZERO),
    ("payout", ZERO),
    ("payees", b"\x01" * 32),
]


class Market(RuleBasedStateMachine):
    # Made once, before any test, and taken back after each history.
    world = World()
    refuser = world.account(REFUSE).address
    burner = world.account(BURN).address
    tokens = (ZERO, world.token.address)

    @initialize()
    def begin(self):
        self.anchor = boa.env.anchor()
        self.anchor.__enter__()
        boa.env.timestamp = START
        self.model = Reference(self.world.escrow.address)
        self.everyone = [*self.world.people.values(), self.refuser, self.burner]
        self.model.refusing = {(ZERO, self.refuser), (ZERO, self.burner)}
        for token in self.tokens:
            for who in self.everyone:
                self.model.balances[token, who] = self.world.balance(token, who)
        self.orders = []

    def teardown(self):
        if hasattr(self, "anchor"):
            self.anchor.__exit__(None, None, None)

    def both(self, sender, name, args, raw=None, **value):
        """Runs a call on both and compares verdict and Paid."""
        outcome = self.world.do(sender, name, *(raw or args), gas=12_000_000, **value)
        who = self.world.people.get(sender, sender)
        paid, reason = None, None
        try:
            paid = getattr(self.model, name)(boa.env.timestamp, who, *args, **value)
        except Refused as refused:
            reason = str(refused)
        assert outcome.reason == reason, name
        logged = [event for log, event in outcome.logs if log == "Paid"]
        fields = ("how", "toBuyer", "toSeller", "toArbiter", "left")
        assert [tuple(e[f] for f in fields) for e in logged] == ([paid] if paid else [])

    def pick(self, number, caller, role):
        live = [order for order in self.orders if order[0] in self.model.pots]
        known = [*live, self.orders[0]]  # the first may be closed
        terms, payees = known[number % len(known)]
        return terms, payees, caller or getattr(terms, role)

    @rule(
        token=st.sampled_from([0, 1]),
        amount=st.one_of(st.integers(1, 20), st.integers(1, RICH // 50)),
        ship=st.sampled_from([1, 3 * DAY, 180 * DAY]),
        review=st.sampled_from([0, HOUR, 9 * DAY, 90 * DAY]),
        ruling=st.sampled_from([DAY, 9 * DAY, 90 * DAY]),
        arbiter=st.sampled_from(["arbiter", "arbiter", "refuser", "none"]),
        bps=st.tuples(st.integers(0, 2_000), st.integers(0, 10_000)),
        shares=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2_500)), max_size=4),
        payout=st.sampled_from(["payout", "payout", "seller", "refuser", "burner"]),
        flaw=st.one_of(st.none(), st.none(), st.none(), st.sampled_from(FLAWS)),
        sender=callers,
    )
    def fund(self, token, amount, ship, review, ruling, arbiter, bps, shares, payout, flaw, sender):
        world = self.world
        named = {"none": ZERO, "refuser": self.refuser, "burner": self.burner, **world.people}
        people = (world.payee_a, world.payee_b, self.burner, ZERO)
        payees = [(people[who], share) for who, share in shares]
        if flaw == "payees":
            payees.append((ZERO, 1))
        terms = world.terms(
            payees,
            token=self.tokens[token],
            amount=amount,
            shipBy=boa.env.timestamp + ship,
            review=review,
            ruling=0 if arbiter == "none" else ruling,
            arbiter=named[arbiter],
            arbiterBps=bps[0],
            lapseBps=bps[1],
            payout=named[payout],
        )
        if isinstance(flaw, tuple):
            terms = terms._replace(**{flaw[0]: flaw[1]})
        value = {"value": terms.amount} if terms.token == ZERO else {}
        self.both(sender or terms.buyer, "fund", (terms, payees), **value)
        if terms in self.model.pots:
            self.orders.append((terms, payees))

    @started
    @rule(number=orders, caller=callers)
    def fund_again(self, number, caller):
        terms, payees, caller = self.pick(number, caller, "buyer")
        value = {"value": terms.amount} if terms.token == ZERO else {}
        self.both(caller, "fund", (terms, payees), **value)

    @started
    @rule(number=orders, caller=callers)
    def deliver(self, number, caller):
        terms, _, caller = self.pick(number, caller, "seller")
        self.both(caller, "deliver", (terms,))

    @started
    @rule(number=orders, caller=callers, role=st.sampled_from(["buyer", "seller"]))
    def dispute(self, number, caller, role):
        terms, _, caller = self.pick(number, caller, role)
        self.both(caller, "dispute", (terms,))

    @started
    @rule(number=orders)
    def contest(self, number):
        terms, _, _ = self.pick(number, None, "buyer")
        self.both(terms.seller, "deliver", (terms,))
        self.both(terms.buyer, "dispute", (terms,))

    @started
    @rule(number=orders, caller=callers)
    def release(self, number, caller):
        terms, payees, caller = self.pick(number, caller, "buyer")
        self.both(caller, "release", (terms, payees))

    @started
    @rule(
        number=orders,
        caller=roles,
        part=st.tuples(st.integers(0, 10_001), st.integers(0, 10_001)),
        fit=st.booleans(),
        consent=st.sets(st.sampled_from(["buyer", "seller"])),
        expiry=st.sampled_from([NEVER, NEVER, START]),
    )
    def settle(self, number, caller, part, fit, consent, expiry):
        terms, payees, caller = self.pick(number, caller, "buyer")
        held = self.model.pots[terms].held if terms in self.model.pots else terms.amount
        to_buyer, to_seller = (held * share // 10_000 for share in part)
        if fit:
            to_seller = min(to_seller, held - min(to_buyer, held))
        message = self.world.settlement(terms, to_buyer, to_seller, expiry)
        marks = [
            self.world.signed(role, message)[0] if role in consent else b""
            for role in ("buyer", "seller")
        ]
        args = (terms, to_buyer, to_seller, expiry)
        self.both(caller, "settle", (*args, consent, payees), (*args, *marks, payees))

    @started
    @rule(number=orders, caller=roles, early=st.sampled_from([None, 1, 0, 0]))
    def timeout(self, number, caller, early):
        terms, payees, caller = self.pick(number, caller, "buyer")
        if early is not None and terms in self.model.pots:
            deadline = self.model.pots[terms].until - early
            boa.env.timestamp = max(boa.env.timestamp, deadline)
        self.both(caller, "timeout", (terms, payees))

    @started
    @rule(number=orders, caller=callers, to_seller=amounts)
    def rule_on(self, number, caller, to_seller):
        terms, payees, caller = self.pick(number, caller, "arbiter")
        self.both(caller, "rule", (terms, to_seller, payees))

    @precondition(lambda machine: any(machine.model.claims.values()))
    @rule(
        token=st.sampled_from([0, 0, 0, 1]),
        who=st.sampled_from(["refuser", "burner", "refuser", "burner", "buyer"]),
        to=st.sampled_from(["stranger", "refuser", "nobody", "escrow"]),
    )
    def withdraw(self, token, who, to):
        names = {"refuser": self.refuser, "burner": self.burner, "nobody": ZERO}
        names |= {"escrow": self.world.escrow.address, **self.world.people}
        self.both(names[who], "withdraw", (self.tokens[token], names[to]))

    @rule(seconds=st.sampled_from([1, HOUR, DAY, 3 * DAY]))
    def wait(self, seconds):
        boa.env.timestamp += seconds

    @invariant()
    def everything_agrees(self):
        if not hasattr(self, "model"):
            return
        for token in self.tokens:
            for who in [*self.everyone, self.model.escrow]:
                assert self.world.balance(token, who) == self.model.balances[token, who]
            for who in (self.refuser, self.burner):
                assert self.world.claim(token, who) == self.model.claims[token, who]
        for terms, _ in self.orders:
            pot = self.model.pots.get(terms)
            words = (pot.held, pot.since, pot.until, pot.state) if pot else (0, 0, 0, 0)
            assert self.world.pot(terms) == words


Market.TestCase.settings = settings(
    max_examples=int(os.environ.get("ESCROW_EXAMPLES", "30")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestMarket = Market.TestCase
