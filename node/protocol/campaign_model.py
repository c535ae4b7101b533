"""The campaign contract in plain Python: what every call does to every balance, or the contract's reason why it doesn't.

The specification of docs/spec/campaign.md by example, and what the contract is tested against, call by call.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from node.protocol.campaign import (
    COIN,
    MAX_AMOUNT,
    NOBODY,
    WHOLE,
    Authorization,
    Phase,
    Terms,
    Tranche,
    authorization_nonce,
    campaign_id,
    due,
    refusal,
    share_of,
    tranches_hash,
)
from node.protocol.errors import RuleError


@dataclass
class Campaign:
    """One campaign as the contract keeps it."""

    terms: Terms
    phase: Phase = Phase.LIVE
    money: int = 0
    paid: int = 0  # tranches
    objections: int = 0  # the pledges of those who object
    pledges: dict[bytes, int] = field(default_factory=dict)  # not refunded yet
    turns: Counter = field(
        default_factory=Counter
    )  # how often a backer changed its mind; odd: it objects

    @property
    def raised(self) -> int:
        """All pledges, less those refunded."""
        return sum(self.pledges.values())


def must(condition: bool, reason: str) -> None:
    if not condition:
        raise RuleError("campaign.call", reason)


@dataclass
class Campaigns:
    """The contract, and every account. Calls take the time and the sender; what they log is added to `logs` as (name, fields).

    It knows no gas and no signatures: `signed` says that the party's valid signature is shown, `refusing` are the
    (token, receiver) pairs whose pushes fail, `forged` the signatures that tokens don't take.
    """

    contract: bytes
    chain_id: int
    campaigns: dict[bytes, Campaign] = field(default_factory=dict)
    balances: Counter = field(default_factory=Counter)  # of (token, who)
    claims: Counter = field(default_factory=Counter)  # of (token, who)
    used: set = field(default_factory=set)  # spent authorizations: (token, backer, nonce)
    refusing: set = field(default_factory=set)
    forged: set = field(default_factory=set)
    logs: list = field(default_factory=list)

    # ---- opening and pledging

    def open(
        self,
        now: int,
        sender: bytes,
        terms: Terms,
        tranches: Sequence[Tranche],
        signed: bool = False,
    ) -> None:
        reason = refusal(terms, now, self.contract, tranches)
        must(reason is None, reason or "")
        id = self.id_of(terms)
        must(id not in self.campaigns, "opened already")
        must(sender == terms.creator or signed, "no consent of the creator")
        self.campaigns[id] = Campaign(terms)
        self.log("Opened", id=id, creator=terms.creator, terms=terms, tranches=tuple(tranches))

    def pledge(
        self, now: int, sender: bytes, terms: Terms, amount: int, order: bytes, value: int = 0
    ) -> None:
        id, campaign = self._pledging(now, terms)
        must(amount > 0, "amount is zero")
        must(campaign.raised + amount <= MAX_AMOUNT, "too much")
        if terms.token == COIN:
            must(value == amount, "value is not the amount")
        else:
            must(value == 0, "value beside a token")
            must(self.balances[terms.token, sender] >= amount, "balance too low")  # the token's own
        self._credit(id, sender, order, amount)

    def pledge_with_authorizations(
        self, now: int, sender: bytes, terms: Terms, authorizations: Sequence[Authorization]
    ) -> None:
        """Whoever sends them; those that move nothing are left out."""
        id, campaign = self._pledging(now, terms)
        must(terms.token != COIN, "no such token")
        done = False
        for given in authorizations:
            once = (terms.token, given.backer, authorization_nonce(id, given.order))
            rich = self.balances[terms.token, given.backer]
            if (
                given.backer != NOBODY
                and 0 < given.amount <= min(rich, MAX_AMOUNT - campaign.raised)
                and given.valid_after < now < given.valid_before
                and once not in self.used
                and given.signature not in self.forged
            ):
                self.used.add(once)
                self._credit(id, given.backer, given.order, given.amount)
                done = True
        must(done, "nothing pledged")

    # ---- marks

    def object(
        self,
        now: int,
        sender: bytes,
        terms: Terms,
        tranches: Sequence[Tranche],
        backer: bytes,
        objects: bool,
        signed: bool = False,
        expiry: int = 0,
    ) -> None:
        """What is due is the creator's, collected or not: so only the time of an objection counts."""
        id, campaign = self._load(terms)
        weight = campaign.pledges.get(backer, 0)
        must(weight > 0, "not a backer")
        must(sender == backer or signed, "no consent of the backer")
        must(sender == backer or now < expiry, "expired")
        self._succeeded(now, campaign)
        owed, paid = self._due(now, campaign, tranches)
        must(paid < len(tranches), "too late")
        must(objects == (campaign.turns[backer] % 2 == 0), "said already")
        campaign.turns[backer] += 1
        campaign.objections += weight if objects else -weight
        said = {"objects": objects, "weight": weight, "objections": campaign.objections}
        self.log("Objected", id=id, backer=backer, **said)
        enough = campaign.raised * terms.stop_bps
        if objects and campaign.objections * WHOLE >= enough:
            self._pay(id, campaign, owed, paid, Phase.STOPPED)
            self.log("Stopped", id=id, left=campaign.money)
            self._push(terms.token, terms.payout, owed)

    def cancel(
        self, now: int, sender: bytes, terms: Terms, signed: bool = False, expiry: int = 0
    ) -> None:
        id, campaign = self._load(terms)
        must(sender == terms.creator or signed, "not the creator")
        must(sender == terms.creator or now < expiry, "expired")
        must(campaign.phase is Phase.LIVE, "wrong state")
        must(now < terms.until or campaign.raised >= terms.goal, "goal not reached")
        campaign.phase = Phase.CANCELLED
        self.log("Cancelled", id=id, left=campaign.money)

    # ---- money out

    def collect(self, now: int, sender: bytes, terms: Terms, tranches: Sequence[Tranche]) -> None:
        """Whoever sends it."""
        id, campaign = self._load(terms)
        self._succeeded(now, campaign)
        owed, paid = self._due(now, campaign, tranches)
        must(paid > campaign.paid, "nothing due")
        phase = Phase.PAID if paid == len(tranches) else Phase.LIVE
        self._pay(id, campaign, owed, paid, phase)
        self._push(terms.token, terms.payout, owed)

    def refund(self, now: int, sender: bytes, terms: Terms, backers: Sequence[bytes]) -> None:
        """Whoever sends it."""
        id, campaign = self._load(terms)
        must(campaign.phase is not Phase.PAID, "wrong state")
        if campaign.phase is Phase.LIVE:
            must(now >= terms.until, "too early")
            must(campaign.raised < terms.goal, "goal reached")
        shares = []
        for backer in dict.fromkeys(backers):
            if backer in campaign.pledges:
                share = share_of(campaign.pledges[backer], campaign.money, campaign.raised)
                del campaign.pledges[backer], campaign.turns[backer]
                campaign.money -= share
                self.log("Refunded", id=id, backer=backer, amount=share)
                shares.append((backer, share))
        must(bool(shares), "nothing to refund")
        for backer, share in shares:
            self._push(terms.token, backer, share)

    def withdraw(self, now: int, sender: bytes, token: bytes, who: bytes, to: bytes) -> None:
        must(sender == who or to == who, "not yours to send elsewhere")
        amount = self.claims[token, who]
        must(amount > 0, "nothing to withdraw")
        must(to not in (NOBODY, self.contract), "bad receiver")
        must((token, to) not in self.refusing, "receiver or token refused")
        self.log("Withdrawn", token=token, who=who, to=to, amount=amount)
        del self.claims[token, who]
        self._move(token, self.contract, to, amount)

    # ---- inside

    def id_of(self, terms: Terms) -> bytes:
        return campaign_id(terms, self.chain_id, self.contract)

    def log(self, name: str, **fields: object) -> None:
        self.logs.append((name, fields))

    def _load(self, terms: Terms) -> tuple[bytes, Campaign]:
        id = self.id_of(terms)
        must(id in self.campaigns, "no such campaign")
        return id, self.campaigns[id]

    def _pledging(self, now: int, terms: Terms) -> tuple[bytes, Campaign]:
        id, campaign = self._load(terms)
        must(campaign.phase is Phase.LIVE, "wrong state")
        must(now < terms.until, "too late")
        return id, campaign

    def _succeeded(self, now: int, campaign: Campaign) -> None:
        must(campaign.phase is Phase.LIVE, "wrong state")
        must(now >= campaign.terms.until, "too early")
        must(campaign.raised >= campaign.terms.goal, "goal not reached")

    def _due(self, now: int, campaign: Campaign, tranches: Sequence[Tranche]) -> tuple[int, int]:
        must(tranches_hash(tranches) == campaign.terms.tranches, "tranches differ")
        return due(tranches, campaign.raised, campaign.money, campaign.paid, now)

    def _credit(self, id: bytes, backer: bytes, order: bytes, amount: int) -> None:
        campaign = self.campaigns[id]
        campaign.pledges[backer] = campaign.pledges.get(backer, 0) + amount
        campaign.money += amount
        raised = campaign.raised
        self.log("Pledged", id=id, backer=backer, order=order, amount=amount, raised=raised)
        self._move(campaign.terms.token, backer, self.contract, amount)

    def _pay(self, id: bytes, campaign: Campaign, owed: int, paid: int, phase: Phase) -> None:
        campaign.money -= owed
        if paid > campaign.paid:
            self.log("Collected", id=id, amount=owed, paid=paid, left=campaign.money)
        campaign.paid, campaign.phase = paid, phase

    def _push(self, token: bytes, to: bytes, amount: int) -> None:
        if amount and (token, to) in self.refusing:
            self.claims[token, to] += amount
            self.log("Claimable", token=token, who=to, amount=amount)
        elif amount:
            self._move(token, self.contract, to, amount)

    def _move(self, token: bytes, giver: bytes, taker: bytes, amount: int) -> None:
        self.balances[token, giver] -= amount
        self.balances[token, taker] += amount
