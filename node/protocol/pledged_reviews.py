"""Whether a review proves a pledge: what node.protocol.reviews asks of the escrow, asked of a campaign. docs/spec/review.md.

The review shows the campaign's record, so that who reads it years later knows from the seller's own word which campaign it was.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from node.protocol import admission
from node.protocol.campaign import WHOLE, Phase
from node.protocol.errors import InputError, Rejected, RuleError
from node.protocol.kinds.campaign import KIND as CAMPAIGN
from node.protocol.kinds.campaign import id_of
from node.protocol.kinds.listing import KIND as LISTING
from node.protocol.kinds.review import KIND as REVIEW
from node.protocol.record import Record, parse
from node.protocol.registry import Registry
from node.protocol.reviews import (
    KNOWN,
    NOT_OVER,
    REFUNDED,
    UNKNOWN_LISTING,
    Standing,
    Verdict,
    days,
    names,
    opened,
    wanted,
)

NO_PLEDGE = "verdict.pledged"
KNOWN_CAMPAIGN = (CAMPAIGN.id, CAMPAIGN.version)
ENDED = (Phase.CANCELLED, Phase.STOPPED, Phase.PAID)


class Pledge(Protocol):
    """One of the contract's log. `amount` is in the token's smallest unit."""

    order: bytes
    backer: bytes
    amount: int


@dataclass(frozen=True)
class Backing:
    """What the contract says of a campaign, after one block, and of who has pledged to it for one order.

    `amount` and `raised` are in the token's smallest unit; `raised` is without what was given back. `paid` is the number of
    tranches that were paid, `time` the block's, in Unix seconds."""

    backer: bytes
    amount: int
    phase: Phase
    raised: int
    paid: int
    time: int


@dataclass(frozen=True)
class Shown:
    """The campaign of a review: its record, its body as read, and its id in the contract."""

    record: Record
    body: dict
    id: bytes

    def has_failed(self, backing: Backing) -> bool:
        """Whether the goal was missed, and all goes back."""
        over = backing.phase is Phase.LIVE and backing.time >= self.body["until"]
        return over and backing.raised < self.body["goal"]

    def pledged_by(self, pledges: Iterable[Pledge]) -> dict[bytes, tuple[bytes, int]]:
        """By order: who pledged the most that names it, the first of several, and how much in all. The seller's own accounts count only
        where nobody else has: an order's id is on the chain, and who pledges for another's order mustn't take its place."""
        sums: dict[tuple[bytes, bytes], int] = {}
        for each in pledges:
            sums[each.order, each.backer] = sums.get((each.order, each.backer), 0) + each.amount
        best: dict[bytes, tuple[bool, int]] = {}
        found: dict[bytes, tuple[bytes, int]] = {}
        for (order, backer), amount in sums.items():
            rank = not self.is_sellers(backer), amount
            if rank > best.get(order, (False, 0)):
                best[order], found[order] = rank, (backer, amount)
        return found

    def is_sellers(self, account: bytes) -> bool:
        return account in (self.body["creator"], self.body["payout"])

    def is_over(self, backing: Backing) -> bool:
        """Whether nothing more is to be decided about the money."""
        return backing.phase in ENDED or self.has_failed(backing)

    def share(self, backing: Backing) -> int:
        """What the creator has got of all that was raised, in 1/10,000."""
        if backing.phase is Phase.PAID:
            return WHOLE
        return sum(each["bps"] for each in self.body["tranches"][: backing.paid])


def shown_campaign(review: Record, network: str, registry: Registry) -> Shown | None:
    """What a review that was admitted shows of its campaign; None where that isn't its seller's record of one, which a node would
    have taken when it was made. An order that was paid through the escrow shows none."""
    raw = review.body["proof"].get("campaign")
    if raw is None:
        return None
    try:
        made = parse(raw, network)
    except RuleError:
        return None
    # first, because it costs a tenth of what the rules do, and anybody can make reviews
    if (
        made.author != review.body["seller"]
        or (made.kind, made.version) != KNOWN_CAMPAIGN
        or made.gone
    ):
        return None
    decision = admission.admit_as_made(raw, network, registry)
    if decision.verdict is not admission.Verdict.ACCEPT:
        return None
    body = CAMPAIGN.fields.read(made.body)
    return Shown(made, body, id_of(body))


@dataclass(frozen=True)
class Case:
    """What the rules look at; bodies are as read."""

    body: dict
    listing: Record
    sold: dict
    campaign: Shown | None
    backing: Backing | None
    registry: Registry


@dataclass(frozen=True)
class Rule:
    id: str
    text: str
    holds: Callable[[Case], bool]


def _is_the_sellers(case: Case) -> bool:
    shown, proof = case.campaign, case.body["proof"]
    if shown is None or not case.sold["offer"].get("preorder", False):
        return False
    said = (shown.record.author, shown.body["listing"], shown.body["account"], shown.id)
    return said == (case.listing.author, case.listing.id, proof["escrow"], proof["order"])


def _asset(case: Case) -> dict | None:
    accepted = case.sold["offer"].get("accepts", ())
    return next((e for e in accepted if e["asset"] == case.campaign.body["asset"]), None)


def _is_enough(case: Case) -> bool:
    try:
        return case.backing.amount >= wanted(
            case.sold, opened(case.body), _asset(case), case.registry
        )
    except (InputError, Rejected):
        return False


def _is_anothers(case: Case) -> bool:
    return not case.campaign.is_sellers(case.backing.backer)


RULES = (
    Rule(
        "verdict.listing",
        "It names this edition of this seller's listing.",
        lambda case: names(case.body, case.listing),
    ),
    Rule(
        "verdict.campaign",
        "It shows the seller's own campaign for this edition, and names its contract and its id.",
        _is_the_sellers,
    ),
    Rule(
        NO_PLEDGE,
        "The campaign holds, or held, a pledge that names an order of the parts that are shown.",
        lambda case: case.backing is not None,
    ),
    Rule("verdict.asset", "It was paid in an accepted asset.", lambda c: _asset(c) is not None),
    Rule("verdict.amount", "At least the price was paid.", _is_enough),
    Rule("verdict.own", "Buyer and seller are different accounts.", _is_anothers),
    Rule(NOT_OVER, "The order is over.", lambda case: case.campaign.is_over(case.backing)),
)


def verdict(
    review: Record,
    listing: Record | None,
    campaign: Shown | None,
    backing: Backing | None,
    registry: Registry,
) -> Verdict:
    """What an admitted review is worth as proof. `listing` is the edition that it names, `campaign` what it shows, `backing` what the
    contract says, None where it holds no such pledge or nobody has asked it yet."""
    if listing is None or listing.gone or (listing.kind, listing.version) != KNOWN:
        return UNKNOWN_LISTING
    body, sold = REVIEW.fields.read(review.body), LISTING.fields.read(listing.body)
    case = Case(body, listing, sold, campaign, backing, registry)
    for rule in RULES:
        if not rule.holds(case):
            return Verdict(Standing.UNVERIFIED, rule.id, rule.text)
    return REFUNDED if 2 * campaign.share(backing) <= WHOLE else Verdict(Standing.VERIFIED)


def dates(
    review: Record, campaign: Shown | None, backing: Backing | None
) -> tuple[int, int | None]:
    """As `reviews.dates`: none is before the campaign's end, which a cancellation may have brought forward."""
    if campaign is None:
        return days(review, 0)
    until = campaign.body["until"]
    if backing is not None and backing.phase is Phase.CANCELLED:
        until = min(until, review.created)
    return days(review, until)
