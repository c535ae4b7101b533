"""What the peer tells of campaigns, shaped as in node.peer.views."""

from dataclasses import dataclass, field

from node.peer.status_views import Money
from node.peer.views import ClaimView, ListingView, PersonaView, TransactionView


@dataclass(frozen=True)
class TrancheView:
    at: int
    bps: int  # of what was raised, in 1/10,000
    amount: Money | None  # of what is raised now; None while that isn't known
    state: str  # paid | due | coming | void


@dataclass(frozen=True)
class OwnPledge:
    """One account of this node's owner, and what it has pledged."""

    account: str  # EIP-55
    amount: Money  # not refunded yet
    objects: bool
    wallet_is_node: bool
    orders: tuple[str, ...]  # its own, that the pledges are for


@dataclass(frozen=True)
class CampaignView:
    """`stage`: unopened | open | reached | failed | cancelled | stopped | paid | unknown, which is while the chain doesn't answer.

    `actions` are what this node's owner can do: pledge open cancel collect refund object unobject withdraw. `reasons`: verb -> why not now, of
    what this person has a part in."""

    id: str  # 0x-hex: the campaign's name on chain
    author: PersonaView
    mine: bool
    listing: ListingView
    account: str  # CAIP-10 of the contract
    here: bool  # this node knows that contract
    creator: str  # EIP-55
    proven: bool  # the creator is an account that its persona has proven to be its own
    payout: str
    goal: Money
    until: int
    stop_bps: int
    tranches: tuple[TrancheView, ...]
    stage: str
    time: int  # the later of the chain's clock and ours
    raised: Money | None = None  # all pledges, refunded ones included
    held: Money | None = None  # what the contract holds of it
    objecting: Money | None = None  # pledges of those who object
    enough: Money | None = None  # objections of so much stop it
    backers: int | None = None  # accounts; None where it wasn't asked, as in a list
    biggest: Money | None = None  # what the account gave that gave most
    pledges: tuple[OwnPledge, ...] = ()
    claims: tuple[ClaimView, ...] = ()  # what waits to be withdrawn by this side
    actions: tuple[str, ...] = ()
    reasons: dict[str, str] = field(default_factory=dict)
    transactions: tuple[TransactionView, ...] = ()
    trouble: str = ""  # why the chain doesn't tell


@dataclass(frozen=True)
class CampaignPage:
    """`mine` are one's own, `joined` those that one has pledged to, `others` the rest, those that end first before the others."""

    mine: tuple[CampaignView, ...]
    joined: tuple[CampaignView, ...]
    others: tuple[CampaignView, ...]
