"""Random histories of several orders, contract and model side by side, as a state machine of hypothesis."""

from dataclasses import replace

import boa
from aims import EVERY, Aims
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from moves import WRONG, Recipe, Turn
from side_by_side import MODES
from world import RICH, World

from node.protocol.escrow import DAY, HOUR

PEOPLE = ("buyer", "seller", "payout", "arbiter", "stranger", "payee_a", "payee_b")
ACCOUNTS = ("refuser", "burner", "slow", "thief", "touchy", "wallet")
MAX_BRANCHES = 3

numbers = st.integers(0, 11)
names = st.sampled_from(PEOPLE + ACCOUNTS)
# The right one most of the time, anybody else now and then.
seldom = st.sampled_from([False] * 7 + [True])
callers = st.one_of(st.none(), st.none(), st.none(), names)
recipes = st.builds(
    Recipe,
    token=st.sampled_from([0, 0, 1, 1, 2, 3, 3]),
    amount=st.one_of(st.integers(1, 20), st.integers(1, RICH // 50)),
    ship=st.sampled_from([1, 3 * DAY, 180 * DAY]),
    review=st.sampled_from([0, HOUR, 9 * DAY, 90 * DAY]),
    ruling=st.sampled_from([DAY, 9 * DAY, 90 * DAY]),
    bps=st.tuples(st.integers(0, 2_000), st.integers(0, 10_000)),
    shares=st.lists(
        st.tuples(
            st.sampled_from(["payee_a", "payee_a", "payee_b", "burner", "thief"]),
            st.integers(1, 2_500),
        ),
        max_size=4,
    ).map(tuple),
    buyer=st.sampled_from(["buyer", "buyer", "wallet", "thief"]),
    seller=st.sampled_from(["seller", "seller", "wallet", "buyer"]),
    payout=st.sampled_from(
        ["payout", "payout", "payout", "seller", "refuser", "touchy", "thief", "refuser", "slow"]
    ),
    arbiter=st.sampled_from(["arbiter", "arbiter", "refuser", "nobody"]),
)
turns = st.builds(
    Turn,
    order=numbers,
    caller=callers,
    early=st.sampled_from([None, None, None, 1, 0]),
    shown=seldom.map(lambda wrong: not wrong),
    signed=st.sampled_from([None, None, "well", "well", "well", *WRONG]),
)


class Histories(RuleBasedStateMachine):
    """Every rule is one or a few calls; each is compared when it is made. `market` is made once, before any history."""

    market: Aims

    @classmethod
    def prepare(cls) -> None:
        cls.market = Aims(World())
        cls.market.start()
        cls.market.check_places()

    @initialize()
    def begin(self):
        self.anchor = boa.env.anchor()
        self.anchor.__enter__()
        self.market.start()

    def teardown(self):
        if hasattr(self, "anchor"):
            try:
                self.market.end()
            finally:
                self.anchor.__exit__(None, None, None)

    # ---- one call as it should be made, or refused for one reason

    @rule(case=st.sampled_from(EVERY), number=numbers)
    def aimed(self, case, number):
        self.market.aim(*case, number)

    @rule(cases=st.lists(st.sampled_from(EVERY), min_size=2, max_size=4), number=numbers)
    def aimed_again(self, cases, number):
        for case in cases:
            self.market.aim(*case, number)

    # ---- anything to any order

    @rule(
        orders=st.lists(recipes, min_size=1, max_size=3), sender=callers, off=seldom, mixed=seldom
    )
    def fund(self, orders, sender, off, mixed):
        market = self.market
        if not mixed:  # else several buyers, so that the basket can't be funded
            orders = [replace(each, buyer=orders[0].buyer) for each in orders]
        made = [market.make(each) for each in orders]
        way = "fund" if len(made) == 1 else "fundMany"
        payer = market.people.get(sender, made[0][0].buyer)
        market.fund(way, made, payer, int(off))

    @rule(recipe=recipes, fault=st.sampled_from([None, None, "amount", "expiry", "nonce"]))
    def fund_with_permit(self, recipe, fault):
        order = self.market.make(recipe)
        self.market.fund_with_permit(order, fault=fault)

    @rule(
        recipe=recipes,
        sender=names,
        fault=st.sampled_from([None, None, None, "id", "amount", "signer", "form"]),
    )
    def fund_with_authorization(self, recipe, sender, fault):
        market = self.market
        market.fund_with_authorization(market.make(recipe), market.people[sender], fault)

    @rule(number=numbers, sender=callers)
    def fund_again(self, number, sender):
        market = self.market
        order = market.pick(number)
        market.fund("fund", [order], market.people.get(sender, order[0].buyer))

    @rule(turn=turns)
    def deliver(self, turn):
        order = self.market.pick(turn.order)
        self.market.mark("deliver", order, order[0].seller, turn)

    @rule(turn=turns, role=st.sampled_from(["buyer", "seller"]))
    def dispute(self, turn, role):
        order = self.market.pick(turn.order)
        self.market.mark("dispute", order, getattr(order[0], role), turn)

    @rule(turn=turns, more=st.lists(numbers, max_size=2), many=st.booleans())
    def release(self, turn, more, many):
        market = self.market
        orders = [market.pick(number) for number in (turn.order, *more)]
        market.release(orders, turn, many)

    @rule(
        turn=turns,
        parts=st.one_of(
            st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)),
            st.integers(0, 10_000).map(lambda part: (part, 10_000 - part)),
            st.sampled_from([(0, 1), (1, 0), (0, 10_000), (10_000, 0), (0, 0)]),
        ),
        consents=st.sampled_from([("buyer", "seller")] * 3 + [("buyer",), ("seller",), ()]),
    )
    def settle(self, turn, parts, consents):
        order = self.market.pick(turn.order)
        self.market.settle(order, self.market.parts(order, parts), set(consents), turn)

    @rule(turn=turns)
    def timeout(self, turn):
        self.market.timeout(self.market.pick(turn.order), turn)

    @rule(
        turn=turns,
        amount=st.one_of(st.integers(0, 5), st.integers(0, 2**128 - 1), st.integers(0, RICH // 50)),
    )
    def rule_on(self, turn, amount):
        order = self.market.pick(turn.order)
        self.market.mark("dispute", order, order[0].buyer, Turn())
        self.market.rule(order, amount, turn)

    @rule(
        token=st.integers(0, 3),
        who=names,
        to=st.one_of(st.none(), names, st.sampled_from(["nobody", "escrow"])),
        sender=callers,
    )
    def withdraw(self, token, who, to, sender):
        market = self.market
        owed = [key for key, amount in market.model.ledger.claims.items() if amount]
        if owed:
            asset, account = owed[len(who) % len(owed)]
            token = market.tokens.index(asset)
            who = next(name for name, each in market.people.items() if each == account)
        market.withdraw(token, who, to, sender)

    # ---- what others do

    @rule(mode=st.sampled_from(sorted(MODES)), number=numbers)
    def misbehave(self, mode, number):
        """The odd token changes its ways. When it calls back, it is with something that anyone may do."""
        market = self.market
        terms, payees = market.pick(number)
        data = market.world.calldata(market.escrow, "timeout", terms, payees)
        market.behave(mode, market.escrow, data)

    @rule(who=names, yes=st.booleans())
    def block(self, who, yes):
        self.market.block(self.market.people[who], yes)

    @rule(who=st.sampled_from(["thief", "touchy"]), number=numbers, way=st.integers(0, 3))
    def arm(self, who, number, way):
        """What an account calls back with when it is paid: something that it might do at another time."""
        market = self.market
        account = market.people[who]
        terms, payees = market.pick(number, account)
        function, *args = (
            ("release", terms, payees),
            ("timeout", terms, payees),
            ("withdraw", market.tokens[0], account, market.people["stranger"]),
            ("dispute", terms, account, 0, b""),
        )[way]
        market.arm(who, function, *args)

    @rule(who=names, share=st.sampled_from([0, 10**6, 2**256 - 1, 2**256 - 1]))
    def allow(self, who, share):
        self.market.allow(self.market.people[who], share)

    @rule(seconds=st.sampled_from([1, HOUR, DAY, 30 * DAY]))
    def wait(self, seconds):
        boa.env.timestamp += seconds

    @rule()
    def split_chain(self):
        """The chain gets another id, and later the first again: signatures count where they were meant."""
        patch = boa.env.evm.patch
        first = self.market.model.chain_id
        patch.chain_id = first + 1 if patch.chain_id == first else first

    @precondition(lambda machine: len(machine.market.branches) < MAX_BRANCHES)
    @rule()
    def fork(self):
        self.market.fork()

    @precondition(lambda machine: machine.market.branches)
    @rule()
    def reorganise(self):
        self.market.reorganise()
