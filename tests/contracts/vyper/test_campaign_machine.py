"""Random histories of several campaigns, contract and reference side by side: same verdicts, logs and balances.

ESCROW_EXAMPLES sets how many histories (default 15, a minute or two); hypothesis prints the seed of a failure.
"""

import os
from dataclasses import replace
from typing import ClassVar

import boa
from campaign_world import COIN, DAY, LATER, START, CampaignWorld, Tranche, hexed
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from world import RICH

REFUSE, BURN = 1, 2
BACKERS = ("ann", "ben", "cyd", "refuser")
backers = st.sampled_from(BACKERS)
numbers = st.sampled_from([0, 0, 0, 1, 2])
tokens = st.sampled_from(["coin", "coin", "token"])
amounts = st.one_of(st.integers(1, 5), st.integers(1, 5_000), st.integers(1, RICH // 50))
senders = st.sampled_from(["creator", "payout", "ann", "stranger"])
# What is wrong with a signature now and then.
flaws = st.sampled_from([None, None, None, None, "forged", "expired", "stale"])

started = precondition(lambda machine: machine.campaigns)


class Fair(RuleBasedStateMachine):
    # Made once, before any test, and taken back after each history.
    world = CampaignWorld()
    world.begin()
    accounts: ClassVar = {"refuser": world.account(REFUSE), "burner": world.account(BURN)}
    people: ClassVar = world.people | {name: who for name, (_, who) in accounts.items()}

    @initialize()
    def begin(self):
        self.anchor = boa.env.anchor()
        self.anchor.__enter__()
        boa.env.timestamp = START
        self.world.begin()
        for name in self.accounts:
            who = self.people[name]
            self.world.everyone.append(who)
            self.world.model.refusing.add((COIN, who))
            for token in self.world.tokens:
                self.world.model.balances[token, who] = self.world.balance(token, who)
        self.campaigns = []
        self.given = []

    def teardown(self):
        """By time alone and by a stranger everything goes to whom it belongs: nothing stays but claims."""
        if not hasattr(self, "anchor"):
            return
        try:
            for terms, tranches in self.campaigns:
                boa.env.timestamp = max(boa.env.timestamp, tranches[-1].at)
                self.world.do("stranger", "collect", terms, tranches)
                everybody = [self.people[role] for role in BACKERS]
                self.world.do("stranger", "refund", terms, everybody, gas=12_000_000)
            for token in self.world.tokens:
                claims = sum(n for (of, _), n in self.world.model.claims.items() if of == token)
                assert self.world.balance(token, self.world.contract) == claims
        finally:
            self.anchor.__exit__(None, None, None)

    def pick(self, number):
        """The latest most of all."""
        return self.campaigns[-1 - number % len(self.campaigns)]

    def asset(self, token):
        return COIN if token == "coin" else self.world.token

    def known(self, terms):
        return self.world.model.campaigns[self.world.id(terms)]

    @rule(
        token=tokens,
        goal=st.one_of(st.integers(1, 20), st.integers(1, RICH // 30)),
        until=st.sampled_from([1, 180 * DAY, 180 * DAY + 1]),
        stop=st.sampled_from([0, 1, 5_000, 5_001]),
        first=st.sampled_from([0, 730 * DAY, 730 * DAY + 1, -1]),
        shares=st.sampled_from([[10_000], [1, 9_999], [5_000, 5_001], [], [0, 10_000]]),
        payout=st.sampled_from(["payout"] * 5 + ["contract", "nobody"]),
        sender=st.sampled_from(["creator", "stranger"]),
        shown=st.sampled_from([None, "creator", "ann"]),
    )
    def open(self, token, goal, until, stop, first, shares, payout, sender, shown):
        """Terms at their bounds, and beyond."""
        end = boa.env.timestamp + until
        names = {"contract": self.world.contract, "nobody": COIN}
        tranches = [Tranche(max(0, end + first - n), bps) for n, bps in enumerate(shares[::-1])]
        terms = self.world.terms(
            tranches[::-1],
            token=self.asset(token),
            goal=goal,
            until=end,
            stop_bps=stop,
            payout=names.get(payout) or self.people[payout],
        )
        signature = self.world.signed(shown, "Campaign", terms.abi()) if shown else b""
        signed = shown == "creator"
        done = self.world.open(terms, tranches[::-1], sender, signature, signed)
        if done.reason is None:
            self.campaigns.append((terms, tranches[::-1]))

    @rule(
        token=tokens,
        until=st.sampled_from([3_600, 3 * DAY, 40 * DAY]),
        stop=st.sampled_from([1, 333, 3_333, 5_000, 5_000]),
        gaps=st.lists(st.sampled_from([1, DAY, 40 * DAY, 90 * DAY]), min_size=1, max_size=3),
        first=st.sampled_from([0, 0, 9 * DAY]),
        shares=st.lists(st.integers(1, 3_300), min_size=3, max_size=3),
        payout=st.sampled_from(["payout", "payout", "refuser", "burner", "ann"]),
        pledges=st.lists(st.tuples(backers, amounts), min_size=1, max_size=5),
        missing=st.sampled_from([0, 0, 0, 1, -1]),
    )
    def launch(self, token, until, stop, gaps, first, shares, payout, pledges, missing):
        """A campaign that is backed, mostly enough."""
        end = boa.env.timestamp + until
        moments = [end + first + sum(gaps[:n]) for n in range(len(gaps) + 1)]
        parts = [*shares[: len(gaps)], 10_000 - sum(shares[: len(gaps)])]
        tranches = [Tranche(*pair) for pair in zip(moments, parts, strict=True)]
        terms = self.world.terms(
            tranches,
            token=self.asset(token),
            goal=max(1, sum(amount for _, amount in pledges) + missing),
            until=end,
            stop_bps=stop,
            payout=self.people[payout],
        )
        assert self.world.open(terms, tranches).reason is None
        self.campaigns.append((terms, tranches))
        for role, amount in pledges:
            assert self.world.pledge(self.people[role], terms, amount).reason is None

    @started
    @rule(number=numbers)
    def open_again(self, number):
        self.world.open(*self.pick(number))

    @started
    @rule(number=numbers, role=backers, amount=amounts)
    def pledge(self, number, role, amount):
        self.world.pledge(self.people[role], self.pick(number)[0], amount)

    @started
    @rule(
        number=numbers,
        wanted=st.lists(
            st.tuples(
                st.sampled_from(["ann", "ben", "cyd"]),
                st.one_of(amounts, st.sampled_from([0, 2 * RICH])),
                st.sampled_from([None, None, None, "forged", "early", "expired", "moved"]),
            ),
            max_size=4,
        ),
        used=st.integers(0, 2),
        sender=senders,
    )
    def authorize(self, number, wanted, used, sender):
        terms, _ = self.pick(number)
        in_token = [one for one, _ in self.campaigns if one.token != COIN]
        if in_token and wanted:
            terms = in_token[-1 - number % len(in_token)]
        made = []
        for role, amount, flaw in wanted:
            now = boa.env.timestamp
            times = {"early": {"after": now}, "expired": {"before": now}}.get(flaw, {})
            signer = "stranger" if flaw == "forged" else role
            giver = self.people[role]
            given, _ = self.world.authorization(signer, terms, amount, giver=giver, **times)
            if flaw == "moved":
                given = replace(given, order=self.world.order())
            if flaw in ("forged", "moved"):
                self.world.model.forged.add(given.signature)
            made.append(given)
        old = [one for of, one in self.given if of == terms][:used]
        self.given += [(terms, one) for one in made]
        if terms.token != COIN or not made:
            self.world.do(sender, "pledge_with_authorizations", terms, [*made, *old])

    @started
    @rule(number=numbers, role=backers, objects=st.booleans(), relayed=st.booleans(), flaw=flaws)
    def object(self, number, role, objects, relayed, flaw):
        terms, tranches = self.pick(number)
        if not relayed or role == "refuser":
            self.world.object(terms, self.people[role], objects, tranches, sender=self.people[role])
            return
        turn = self.known(terms).turns[self.people[role]] + 1 - (flaw == "stale")
        expiry = boa.env.timestamp if flaw == "expired" else LATER
        signer = "stranger" if flaw == "forged" else role
        message = (self.world.id(terms), objects, max(turn, 0), expiry)
        how = {
            "sender": "stranger",
            "expiry": expiry,
            "signature": self.world.signed(signer, "Objection", message),
            "signed": flaw in (None, "expired"),
        }
        self.world.object(terms, role, objects, tranches, **how)

    @started
    @rule(
        number=numbers,
        after=st.sampled_from([-1, 0, 0, 1, DAY, 40 * DAY]),
        first=st.integers(0, 3),
        collected=st.booleans(),
    )
    def object_together(self, number, after, first, collected):
        """Some time after the end, one backer after the other, whatever is due by then."""
        terms, tranches = self.pick(number)
        boa.env.timestamp = max(boa.env.timestamp, terms.until + after)
        for role in BACKERS[first:] + BACKERS[:first]:
            who = self.people[role]
            self.world.object(terms, who, True, tranches, sender=who)
            if collected:
                self.world.do("stranger", "collect", terms, tranches)

    @started
    @rule(number=numbers, sender=senders, flaw=flaws, twice=st.booleans())
    def cancel(self, number, sender, flaw, twice):
        terms, _ = self.pick(number)
        expiry = boa.env.timestamp if flaw == "expired" else LATER
        signer = "ann" if flaw in ("forged", "stale") else "creator"
        signature = self.world.signed(signer, "Cancellation", (self.world.id(terms), expiry))
        signed = flaw in (None, "expired")
        if sender == "creator" or twice:  # else too many would end so
            self.world.cancel(terms, sender, expiry, signature, signed)

    @started
    @rule(number=numbers, sender=senders, wrong=st.sampled_from([False, False, False, True]))
    def collect(self, number, sender, wrong):
        terms, tranches = self.pick(number)
        shown = tranches[::-1] if wrong else tranches
        self.world.do(sender, "collect", terms, shown)

    @started
    @rule(number=numbers, whom=st.lists(backers, max_size=5), sender=senders)
    def refund(self, number, whom, sender):
        terms, _ = self.pick(number)
        self.world.do(sender, "refund", terms, [self.people[role] for role in whom])

    @started
    @rule(
        number=numbers,
        past=st.sampled_from([-1, 0, 0]),
        which=st.sampled_from([-1, -1, -1, 0, 1, 2]),
    )
    def wait_for(self, number, past, which):
        """Until just before, at or after the end or a tranche."""
        terms, tranches = self.pick(number)
        moment = tranches[which % len(tranches)].at if which >= 0 else terms.until
        boa.env.timestamp = max(boa.env.timestamp, moment + past)

    @rule(seconds=st.sampled_from([1, 3_600, DAY]))
    def wait(self, seconds):
        boa.env.timestamp += seconds

    @precondition(lambda machine: any(machine.world.model.claims.values()))
    @rule(
        who=st.sampled_from(["refuser", "burner", "ann"]),
        to=st.sampled_from(["same", "same", "stranger", "nobody", "contract"]),
        sender=st.sampled_from(["same", "same", "stranger"]),
        healed=st.booleans(),
    )
    def withdraw(self, who, to, sender, healed):
        who_is = self.people[who]
        names = {"same": who_is, "nobody": COIN, "contract": self.world.contract}
        receiver = names.get(to) or self.people["stranger"]
        caller = who_is if sender == "same" else self.people["stranger"]
        if to == "nobody":
            receiver = COIN
        if healed and who != "ann":
            account, _ = self.accounts[who]
            account.receive_as(0, 0, hexed(COIN), b"")
            self.world.model.refusing.discard((COIN, who_is))
        self.world.do(caller, "withdraw", COIN, who_is, receiver, gas=12_000_000)


Fair.TestCase.settings = settings(
    max_examples=int(os.environ.get("ESCROW_EXAMPLES", "15")),
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestFair = Fair.TestCase
