"""What the peer tells pages, the API and the command line: plain values, every id as text, every amount an integer.

Ids are base32 text (52 characters); escrow ids and transaction hashes are 0x-hex; addresses are EIP-55; times are Unix
seconds; amounts are in the smallest unit of `Money.unit`.
"""

from dataclasses import dataclass, field
from typing import Any

from node.peer.status_views import Balance as Balance
from node.peer.status_views import Identity as Identity
from node.peer.status_views import Money as Money
from node.peer.status_views import Status as Status


@dataclass(frozen=True)
class PersonaView:
    id: str
    name: str  # "" where no profile is known
    about: str = ""
    language: str = ""  # BCP 47, of `about`; "" where no profile is known
    picture: str | None = None  # blob id
    mine: bool = False
    accounts: tuple[
        str, ...
    ] = ()  # CAIP-10, signed for by their own keys; of one persona looked at by itself, empty elsewhere


@dataclass(frozen=True)
class PictureView:
    id: str  # blob id; served at /pictures/{id}
    alt: str


@dataclass(frozen=True)
class BlockView:
    """An extension's part of a listing. `rows` is (title, text) for display where no template of its own exists; `left` is what
    can still be had, as the extension's availability fields say, None where it isn't counted."""

    extension: str
    title: str
    known: bool  # False: this node doesn't have the extension
    data: dict[str, Any]  # JSON-shaped
    rows: tuple[tuple[str, str], ...] = ()
    left: dict[str, Any] | None = None  # JSON-shaped, such as {"stock": {"blue": 2, "red": 0}}


@dataclass(frozen=True)
class ReviewView:
    id: str
    rating: int
    text: str
    language: str
    created: int  # when it was first published, whenever it was renewed
    verdict: str  # verified | refunded | unverified
    reason: str  # why it isn't verified, "" otherwise
    changed: int | None = None  # when its author last changed what it says
    checked: bool = True  # False while the chain hasn't been asked about it


@dataclass(frozen=True)
class PayeeView:
    """Who shares the proceeds. `name` is the seller's word, "" for a referrer."""

    account: str
    bps: int  # of what goes to the seller's side, in 1/10,000
    name: str = ""
    got: Money | None = None  # out of the escrow so far; None of a listing


@dataclass(frozen=True)
class ArbiterView:
    """What an arbiter publishes of itself. `proven`: the account has signed that it is this persona's; `chosen`: the owner of this node
    trusts it; `here`: it rules on the escrow's chain of this node."""

    persona: PersonaView
    account: str  # CAIP-10, EIP-55
    fee_bps: int  # 1/10,000 of what is held, only for a ruling
    ruling: int  # seconds from a dispute to its end
    languages: tuple[str, ...]  # BCP 47
    about: str
    proven: bool
    chosen: bool
    here: bool


@dataclass(frozen=True)
class OfferedArbiter:
    """One that a seller lists. `trouble` says why it can't be chosen here, "" where it can: "unknown" (it publishes nothing that has
    arrived), "changed" (it asks for something else), "unproven" (the address may be anybody's), "mine"."""

    persona: PersonaView
    address: str  # EIP-55
    fee_bps: int
    ruling: int
    chosen: bool  # the owner of this node trusts it
    trouble: str = ""


@dataclass(frozen=True)
class ListingView:
    id: str  # content id of this edition: what an order cites
    author: PersonaView
    slug: str
    title: str
    text: str  # markdown by the seller, untrusted
    language: str
    category: str
    tags: tuple[str, ...]
    country: str | None
    pictures: tuple[PictureView, ...]
    price: Money
    pay_with: tuple[Money, ...]  # assets this node knows; amount = the price in that asset
    blocks: tuple[BlockView, ...]
    stock: int | None  # pieces left of anything sold here; None where it isn't counted
    created: int
    offer_until: int
    state: str  # live | sold_out | withdrawn | expired
    buyable: bool
    obstacle: str  # why it can't be bought here, as a rule id; "" when buyable
    review: int | None = (
        None  # seconds from "sent" until the seller can collect; None without escrow, 0: a deposit
    )
    ship_within: int | None = None  # seconds from the payment until it must be sent
    payees: tuple[PayeeView, ...] = ()  # who shares the proceeds
    referral_bps: int = 0  # what is left to whoever sent the buyer
    facts: dict[str, Any] = field(
        default_factory=dict
    )  # extension summaries, e.g. {"condition": "used", "free_shipping": "yes"}
    reviews: tuple[
        "ReviewView", ...
    ] = ()  # of one listing looked at by itself; empty in search results
    arbiters: tuple[OfferedArbiter, ...] = ()  # likewise; in the seller's order
    lapse_bps: int = 0  # the seller's share in 1/10,000 if an arbiter is silent about sent goods
    preorder: bool = False  # paid by pledges to a campaign
    campaign: str = (
        ""  # 0x-hex of the one that takes pledges for this edition; "" where this node knows none
    )
    pays_fees: bool = False  # who has no coin signs, and the seller's node means to send it


@dataclass(frozen=True)
class ListingPage:
    """A page of search results. `facets` is name -> value -> count."""

    hits: tuple[ListingView, ...]
    total: int
    next: str | None
    facets: dict[str, dict[str, int]]


@dataclass(frozen=True)
class QuoteView:
    items: Money
    delivery: Money
    total: Money


@dataclass(frozen=True)
class MessageView:
    id: str
    mine: bool
    step: str  # place | accept | decline | cancel | ship | note | settle
    text: str
    created: int
    delivered: bool  # receipted by the other side (always True for theirs)
    data: dict[str, Any] = field(default_factory=dict)  # carrier, tracking, reason …
    given_up: int | None = None  # when it expired without a receipt: it is sent no more


@dataclass(frozen=True)
class TransactionView:
    verb: str  # fund deliver release timeout take_back refund dispute withdraw release_part refund_part accept_settlement
    hash: str
    status: str  # waiting | sent | unknown | pending | failed | mined | given_up
    trouble: str = ""  # why the node's wallet couldn't send it, or gave it up; "" otherwise
    rule: str = ""  # the same for programs, such as "chain.funds"
    advice: tuple[
        str, ...
    ] = ()  # sentences for people: what happened, where the money is, what to do


@dataclass(frozen=True)
class ClaimView:
    """Money that the contract couldn't push to this side. It is the account's, and may come from several orders in one token."""

    amount: Money
    account: str  # who alone can withdraw it, to any address
    wallet_is_node: bool  # that account is the node's own wallet


@dataclass(frozen=True)
class DisputeView:
    """What a dispute means for an order that names an arbiter, before, while and after there is one."""

    arbiter: OfferedArbiter
    ruling: int  # seconds from a dispute to its end
    by: str  # buyer | seller, who has disputed; "" where nobody has
    until: int | None  # when the arbiter's time ends; None where nothing is to be decided
    silent: bool  # that time is over, and nothing was decided
    sent: bool  # it was marked as sent before, so that silence divides the money
    fee: Money  # the arbiter's, if it rules on what is held now
    silence: dict[str, Money]  # buyer and seller: what each gets if the arbiter is silent
    ruled: bool  # the arbiter has decided


@dataclass(frozen=True)
class ShownView:
    """One thing that was shown to an arbiter, or a word. `what` is parts | listing | message | picture | text | answer."""

    id: str  # of the record that brought it, the last of a picture
    what: str
    by: str  # buyer | seller | arbiter
    mine: bool
    created: int
    delivered: bool
    text: str = ""
    parts: tuple[str, ...] = ()  # of the order that were opened with it, without buyer and offer
    message: str = ""  # content id of the order message that was shown
    step: str = ""  # of that message
    said_by: str = ""  # buyer | seller: who has signed that message
    said: int = 0  # when it was made, as its author says
    follows: bool = True  # the message before it was shown too, or there is none
    picture: str = ""  # blob id; "" for none, or while pieces are missing
    to: str = ""  # whom an answer is to
    data: dict[str, Any] = field(default_factory=dict)  # of a message: carrier, tracking, reason


@dataclass(frozen=True)
class ProposalView:
    """What one side proposes about the money that the contract holds, or a draft of that. What neither gets stays where it is."""

    id: str  # of its message; "" of a draft
    by: str  # buyer | seller
    mine: bool
    to_buyer: Money
    to_seller: Money  # the seller's side: payees and payout together
    left: Money
    until: int
    binding: bool  # it needs nobody's consent any more: whoever it gives to can take it
    text: str = ""
    verb: str = "settle"  # of a draft: settle | release_part


@dataclass(frozen=True)
class PledgeView:
    """How an order is paid that has no escrow: by a pledge. `stage` is that of the campaign as last seen, as in CampaignView."""

    campaign: str  # 0x-hex
    stage: str
    until: int
    price: Money
    amount: Money | None  # pledged for this order, as far as the chain says; None: nothing yet
    safe: bool  # the chain calls safe what is said of amount and stage
    account: str  # EIP-55 of who pledges; "" on the seller's side
    tranches: tuple[int, ...] = ()  # when the creator is paid
    claim: ClaimView | None = None  # what came back and waits to be withdrawn by this account
    signed: str = ""  # an authorization of the buyer's: waiting | refused | expired; "" for none
    signed_until: int | None = (
        None  # when that ends; until then it can be sent, whatever became of it
    )
    refused: str = ""  # why the creator's node won't send it: a key of the order kind's REFUSALS
    nonce: str = ""  # 0x-hex, of an authorization for this order

    @property
    def covered(self) -> bool:
        return self.amount is not None and self.amount.amount >= self.price.amount

    @property
    def earned(self) -> bool:
        """Whether the seller owes the goods: the campaign has succeeded, and this order is paid for."""
        return self.covered and self.safe and self.stage in ("reached", "paid")

    @property
    def reviewable(self) -> bool:
        """Whether all is over that the pledge was for."""
        return self.covered and self.stage in ("paid", "failed", "cancelled", "stopped")


@dataclass(frozen=True)
class OrderView:
    id: str
    side: str  # buyer | seller
    stage: str  # placed funding funded accepted shipped disputed released refunded settled lapsed declined cancelled late expired
    listing: (
        ListingView  # the edition that was cited, even if it has been replaced or withdrawn since
    )
    counterparty: PersonaView
    lines: tuple[
        dict[str, Any], ...
    ]  # JSON-shaped line blocks, such as {"variant": "blue", "quantity": 2}
    delivery: dict[str, Any]  # JSON-shaped, private
    quote: QuoteView
    created: int
    chain: str | None  # CAIP-2
    contract: str | None
    escrow_id: str | None  # 0x-hex: the order's name on chain
    terms: dict[str, Any] | None
    buyer_account: str | None
    assurance: str  # none | seen | safe | final : how settled the money's last event is
    confirmations: int  # blocks on top of the last event, itself included
    paid_out: dict[str, int]  # {"buyer": …, "seller": …, "arbiter": …} in the smallest unit
    deadlines: dict[str, int]  # such as {"fund_by": …, "ship_by": …, "release_by": …}
    actions: tuple[
        str, ...
    ]  # what this side can do now: fund cancel accept decline ship release refund settle accept_settlement timeout take_back dispute withdraw review change_review withdraw_review message
    transactions: tuple[TransactionView, ...]
    messages: tuple[MessageView, ...]
    tracking: dict[str, str]  # {"carrier": …, "number": …} once shipped
    decline: dict[str, str]  # {"reason": "sold_out", "text": …} when declined
    review: ReviewView | None  # what the buyer of this node wrote
    delivered_to_seller: bool  # the seller's node has receipted the order
    wallet_is_node: bool  # the node's own wallet is the buyer
    seller_proven: bool = False  # `terms.seller` is an account that the seller's persona has proven to be its own; only of one order by itself
    followed: bool = (
        True  # False: this node doesn't follow `contract` on `chain`, and shows what it knew last
    )
    payees: tuple[PayeeView, ...] = ()  # who shares the proceeds, a referrer last
    held: Money | None = None  # what the contract holds now; None where it holds nothing
    proposals: tuple[ProposalView, ...] = ()  # that stand, those of the other side first
    draft: ProposalView | None = None  # what another wallet than the node's is to sign or send
    claim: ClaimView | None = None  # what waits to be withdrawn by this side
    pledge: PledgeView | None = None  # of a pre-order alone
    dispute: DisputeView | None = None  # only of one order by itself, which names an arbiter
    pays_fees: bool = False  # the seller's node means to send the signature of a buyer without coin
    authorized_until: int | None = (
        None  # until when the buyer's signature can be sent, while it pays nothing yet
    )
    shown: tuple[
        ShownView, ...
    ] = ()  # likewise; what this side has shown the arbiter, and its answers


@dataclass(frozen=True)
class OrderPage:
    """A part of the list of orders, newest first. `next` goes on behind it, None where no more follow. Of those at one stage it may hold
    fewer than were asked for, even none, and still go on."""

    orders: tuple[OrderView, ...]
    next: str | None


@dataclass(frozen=True)
class LeftOut:
    """What was left out of several, and why: the id of an order, or the number of a line in the cart."""

    id: str
    rule: str
    message: str
    field: str | None = None


@dataclass(frozen=True)
class WalletStep:
    """One thing the browser forwards to the wallet. `request` is an EIP-1193 request without the account filled in.

    kind "transaction": {"to", "data", "value"} ready for eth_sendTransaction.
    kind "typed": EIP-712 typed data for eth_signTypedData_v4; post the signature back to the same endpoint to get the next steps."""

    kind: str
    verb: str  # approve permit authorize fund release timeout take_back dispute withdraw settle release_part accept_settlement
    request: dict[str, Any]


@dataclass(frozen=True)
class WalletRequest:
    """`chain` holds chainId (hex), chainName, rpcUrls, nativeCurrency for wallet_addEthereumChain (EIP-3085)."""

    chain: dict[str, Any]
    account: str
    steps: tuple[WalletStep, ...]
    obstacle: str = ""  # e.g. "funds.token", "funds.gas": the account can't pay; text in `message`
    message: str = ""
    orders: tuple[str, ...] = ()  # those that the steps are for, where several were asked for
    left_out: tuple["LeftOut", ...] = ()


@dataclass(frozen=True)
class CartLine:
    """One line of the cart. `listing` is what is sold now in its place, None where it was withdrawn; `obstacle` why it can't be bought,
    "" where it can; `changed`: it isn't as it was when it was put there; `seen`, given back when it is ordered, is the mark of all this."""

    number: int
    listing: ListingView | None
    line: dict[str, Any]  # JSON-shaped
    obstacle: str = ""
    changed: bool = False
    referrer: str | None = None
    seen: str = ""


@dataclass(frozen=True)
class SeveralOrders:
    orders: tuple[OrderView, ...]
    left_out: tuple[LeftOut, ...]
