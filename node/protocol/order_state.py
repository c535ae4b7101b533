"""What follows from the facts of an order: its stage, its deadlines, and what buyer and seller can do next."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from node.protocol.escrow import NOBODY, How, Pot, Settlement, State, Terms
from node.protocol.kinds.order import KIND
from node.protocol.record import Record
from node.protocol.settlements import BUYER, SELLER, Proposal, Standing

EITHER = (BUYER, SELLER)


class Talk(StrEnum):
    """What the parties have promised."""

    NONE = "none"
    PLACED = "placed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"


CALLED_OFF = (Talk.DECLINED, Talk.CANCELLED)
"""There is no deal: what is held goes back to the buyer."""


class Stage(StrEnum):
    """Both facts as one word for people."""

    PLACED = "placed"  # ordered; nothing paid
    FUNDING = "funding"  # the buyer's transaction is under way
    FUNDED = "funded"  # paid into the escrow, no answer yet
    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    DISPUTED = "disputed"
    RELEASED = "released"  # the seller's side got everything
    REFUNDED = "refunded"  # the buyer got everything back, given by the seller
    SETTLED = "settled"  # each got something
    LAPSED = "lapsed"  # the buyer got everything back because time ran out
    DECLINED = "declined"  # the seller won't deliver; money that is held goes back
    CANCELLED = "cancelled"  # the buyer won't pay; money that comes all the same goes back
    LATE = "late"  # paid after the promised time; the seller may still accept
    EXPIRED = "expired"  # never paid in time


@dataclass(frozen=True)
class Facts:
    """What is known of an order. Everything else about it follows."""

    now: int
    talk: Talk
    pot: Pot | None
    place: dict | None  # the block of the place message, as read
    terms: Terms | None  # by the chain, else by the place message; None: no money through escrow
    standing: Standing  # what each side proposes about the money that is held
    funding: bool
    authorization: dict | None = None  # the block of the buyer's last `authorize`, as read
    authorized: bytes | None = None  # content id of its message
    refusal: dict | None = None  # the block of the seller's `refuse` of it, as read

    @property
    def _refund(self) -> Proposal | None:
        gift = self.standing.gift_of(SELLER)
        return gift if gift is not None and gift.is_whole else None

    @property
    def refund(self) -> Settlement | None:
        """The seller's standing signed offer to give everything back."""
        return self._refund.settlement if self._refund else None

    @property
    def refund_signature(self) -> bytes | None:
        return self._refund.signature if self._refund else None

    @property
    def is_given(self) -> bool:
        """Whether the buyer has signed that the seller gets all that is held, so that anybody can send it."""
        gift = self.standing.gift_of(BUYER)
        return gift is not None and gift.is_whole

    def offered_to(self, side: str) -> tuple[Proposal, ...]:
        """What the other side proposes and this one can accept; a full refund is taken back instead."""
        return tuple(each for each in self.standing.offered_to(side) if each is not self._refund)

    @property
    def open(self) -> bool:
        """Whether the escrow holds money for this order."""
        return self.pot is not None and self.pot.state is not State.NONE

    @property
    def state(self) -> State:
        return self.pot.state if self.pot else State.NONE

    @property
    def due(self) -> bool:
        """Whether the time of the pot's state is over."""
        return self.pot is not None and self.now >= self.pot.until

    @property
    def fund_by(self) -> int | None:
        return (self.place or {}).get("fund_by")

    @property
    def authorized_until(self) -> int | None:
        """Until when the buyer's authorization can be sent; None where none stands. Whether its signature is good, only the chain
        can tell."""
        if self.authorization is None or not _can_pay(self):
            return None
        until = self.authorization["valid_before"]
        return until if self.now < until else None

    @property
    def pledging_until(self) -> int | None:
        """The same of an order that is paid by a pledge. Whether that is made already, only the campaign's contract can tell."""
        if self.terms is not None or self.talk is not Talk.PLACED or self.authorization is None:
            return None
        until = self.authorization["valid_before"]
        return until if self.now < until else None

    @property
    def stage(self) -> Stage:
        if self.open:
            return self._open_stage()
        if self.pot is not None:
            return self._closed_stage(self.pot)
        if self.talk in CALLED_OFF:
            return Stage(self.talk.value)
        if self.terms is None:
            return Stage(self.talk.value) if self.talk is not Talk.NONE else Stage.PLACED
        if self.funding:
            return Stage.FUNDING
        return Stage.EXPIRED if self.fund_by and self.now > self.fund_by else Stage.PLACED

    def _open_stage(self) -> Stage:
        if self.state in (State.DISPUTED, State.CONTESTED):
            return Stage.DISPUTED
        if self.state is State.DELIVERED or self.talk is Talk.SHIPPED:
            return Stage.SHIPPED
        if self.talk in (Talk.ACCEPTED, *CALLED_OFF):
            return Stage(self.talk.value)
        late = self.fund_by is not None and self.pot.since > self.fund_by
        return Stage.LATE if late else Stage.FUNDED

    @staticmethod
    def _closed_stage(pot: Pot) -> Stage:
        if pot.to_seller and pot.to_buyer:
            return Stage.SETTLED
        if pot.to_seller:
            return Stage.RELEASED
        return Stage.LAPSED if pot.last.how == How.TIMEOUT else Stage.REFUNDED

    @property
    def deadlines(self) -> dict[str, int]:
        """fund_by, ship_by, take_back_after, release_by (then it can be sent to the seller), ruling_by, refund_until."""
        times: dict[str, int] = {}
        if self.pot is None and self.fund_by is not None and self.talk not in CALLED_OFF:
            times["fund_by"] = self.fund_by
        until = self.pot.until if self.open else 0
        match self.state:
            case State.FUNDED:
                times |= {"ship_by": until, "take_back_after": until}
            case State.DELIVERED:
                times["release_by"] = until
            case State.DISPUTED:
                times |= {"ruling_by": until, "take_back_after": until}
            case State.CONTESTED:
                times["ruling_by"] = until
        if self.open and self.refund:
            times["refund_until"] = self.refund.expiry
        return times


@dataclass(frozen=True)
class OrderState:
    """The fold's answer. `buyer` and `seller` are the verbs that each can do now; `messages` are in their one order.

    `head` is what the next message names as `prev`; `without_effect` are ids of messages that are kept but change nothing.
    """

    facts: Facts
    messages: tuple[Record, ...]
    without_effect: frozenset[bytes]
    buyer: tuple[str, ...] = field(default=())
    seller: tuple[str, ...] = field(default=())

    @property
    def head(self) -> bytes | None:
        return self.messages[-1].id if self.messages else None

    @property
    def stage(self) -> Stage:
        return self.facts.stage

    @property
    def talk(self) -> Talk:
        return self.facts.talk

    @property
    def money(self) -> Pot | None:
        return self.facts.pot

    @property
    def deadlines(self) -> dict[str, int]:
        return self.facts.deadlines

    @cached_property
    def paid(self) -> dict[str, int]:
        """What each has got out of the escrow, in the smallest unit."""
        pot = self.money
        names = ("buyer", "seller", "arbiter")
        return {name: getattr(pot, f"to_{name}") if pot else 0 for name in names}

    def said(self, step: str) -> dict | None:
        """The block of the last effective message of this step, as read."""
        for message in reversed(self.messages):
            if message.id not in self.without_effect and message.body["step"] == step:
                return KIND.fields.read(message.body)[step]
        return None


# --------------------------------------------------------------------------------- what can be done next


def _can_fund(facts: Facts) -> bool:
    return facts.stage is Stage.PLACED and facts.terms is not None and facts.place is not None


def _can_pay(facts: Facts) -> bool:
    """The same while a transaction that would pay is under way."""
    return facts.stage in (Stage.PLACED, Stage.FUNDING) and facts.terms is not None


def _can_authorize(facts: Facts) -> bool:
    return _can_fund(facts) and facts.terms.token != NOBODY and facts.authorized_until is None


def _can_answer(facts: Facts) -> bool:
    return facts.state is State.FUNDED if facts.terms else True


def _can_ship(facts: Facts) -> bool:
    if facts.terms is None:
        return facts.talk in (Talk.PLACED, Talk.ACCEPTED)
    if facts.pot is not None and facts.pot.state is State.NONE:
        # a buyer who released early, all or what was left, still waits for the goods
        last = facts.pot.last
        released = facts.stage is Stage.RELEASED or (last and last.how == How.RELEASE)
        return bool(released) and facts.talk in (Talk.PLACED, Talk.ACCEPTED)
    promised = facts.talk in (Talk.PLACED, Talk.ACCEPTED, Talk.SHIPPED)
    return promised and facts.state is State.FUNDED and facts.terms.review > 0 and not facts.due


def _can_cancel(facts: Facts) -> bool:
    if facts.terms is None:
        return facts.talk in (Talk.PLACED, Talk.ACCEPTED)
    return facts.talk is Talk.PLACED and facts.stage is Stage.PLACED


def _can_take_back(facts: Facts) -> bool:
    lapsed = facts.state in (State.FUNDED, State.DISPUTED) and facts.due
    return facts.open and (lapsed or facts.refund is not None)


def _can_time_out(facts: Facts) -> bool:
    return facts.state in (State.DELIVERED, State.CONTESTED) and facts.due


def _can_dispute(facts: Facts) -> bool:
    calm = facts.state in (State.FUNDED, State.DELIVERED) and not facts.due
    return calm and facts.terms.arbiter != NOBODY


# verb -> who may, when. `take_back` is by the seller's signed refund or by time; `timeout` sends what is due to the seller.
VERBS = {
    "fund": ((BUYER,), _can_fund),
    "authorize": ((BUYER,), _can_authorize),
    "relay": (EITHER, lambda f: f.authorized_until is not None),
    "cancel": ((BUYER,), _can_cancel),
    "accept": ((SELLER,), lambda f: f.talk is Talk.PLACED and _can_answer(f)),
    "decline": (
        (SELLER,),
        lambda f: f.talk in (Talk.PLACED, Talk.ACCEPTED) and (_can_answer(f) or f.pot is None),
    ),
    "ship": ((SELLER,), _can_ship),
    "release": ((BUYER,), lambda f: f.open),
    "refund": ((SELLER,), lambda f: f.open and f.refund is None),
    "sign_release": ((BUYER,), lambda f: f.open and f.talk is not Talk.NONE and not f.is_given),
    "settle": (EITHER, lambda f: f.open and f.talk is not Talk.NONE),
    "accept_settlement": (EITHER, lambda f: any(map(f.offered_to, EITHER))),
    "take_back": ((BUYER,), _can_take_back),
    "timeout": (EITHER, _can_time_out),
    "dispute": (EITHER, _can_dispute),
    "review": ((BUYER,), lambda f: f.pot is not None and not f.open),
    "message": (EITHER, lambda f: f.talk is not Talk.NONE),
}


OF_ONE_SIDE = {"accept_settlement": lambda facts, side: bool(facts.offered_to(side))}
"""Of verbs of either: whether it is this side's."""


def verbs(facts: Facts, side: str) -> tuple[str, ...]:
    return tuple(
        verb
        for verb, (sides, can) in VERBS.items()
        if side in sides
        and can(facts)
        and (verb not in OF_ONE_SIDE or OF_ONE_SIDE[verb](facts, side))
    )
