"""Campaigns at every stage, and orders that are paid by a pledge, for tests of pages."""

from dataclasses import replace
from typing import Any

from node.peer.campaign_views import CampaignView, OwnPledge, TrancheView
from node.peer.views import ClaimView, ListingView, OrderView, PledgeView
from tests.web.made import BUYER, CHAIN, DAY, NOW, SHOP, id_of, order

PLACE = f"{CHAIN}:0x{'ca' * 20}"
FAILED = ("failed", "cancelled", "stopped")
STAGES = ("unopened", "open", "reached", *FAILED, "paid", "unknown")


def hex_of(number: int) -> str:
    return "0x" + f"{number:02x}" * 32


def preorder(listing: ListingView, campaign: str = "") -> ListingView:
    """A listing that is paid by pledges to this campaign."""
    takes = bool(campaign) and not listing.author.mine
    obstacle = "mine" if listing.author.mine else "" if takes else "campaign"
    return replace(
        listing,
        preorder=True,
        campaign=campaign,
        review=None,
        stock=None,
        blocks=tuple(replace(each, left=None) for each in listing.blocks),
        ship_within=60 * DAY,
        buyable=takes,
        obstacle=obstacle,
    )


def campaign(listing: ListingView, stage: str, number: int, **changes: Any) -> CampaignView:
    """One with two parts; its goal is ten pieces."""
    id, price = hex_of(number), listing.pay_with[0]
    over = stage not in ("unopened", "open", "unknown")
    until = NOW + (-3 if over else 9) * DAY - 3_600

    def money(pieces: float):
        return replace(price, amount=int(price.amount * pieces))

    pieces = {"unopened": 0, "open": 7, "failed": 7}.get(stage, 13)
    known = stage != "unknown"
    state = {"reached": "due", "paid": "paid"}.get(stage, "void" if stage in FAILED else "coming")
    last = {"paid": "paid"}.get(stage, "void" if stage in FAILED else "coming")
    made = CampaignView(
        id=id,
        author=listing.author,
        mine=listing.author.mine,
        listing=preorder(listing, "" if over else id),
        account=PLACE,
        here=True,
        creator=SHOP,
        proven=True,
        payout=SHOP,
        goal=money(10),
        until=until,
        stop_bps=3_000,
        tranches=(
            TrancheView(until, 4_000, money(pieces * 0.4) if known else None, state),
            TrancheView(until + 60 * DAY, 6_000, money(pieces * 0.6) if known else None, last),
        ),
        stage=stage,
        time=NOW,
        raised=money(pieces) if known else None,
        held=money(0 if stage == "paid" else pieces) if known else None,
        objecting=money(1) if known else None,
        enough=money(pieces * 0.3) if known else None,
        backers=(5 if pieces else 0) if known else None,
        biggest=money(4) if known and pieces else None,
        actions={
            "unopened": ("pledge", "cancel") if listing.author.mine else ("pledge",),
            "open": ("pledge",),
            "reached": ("collect", "object"),
            **dict.fromkeys(FAILED, ("refund",)),
        }.get(stage, ()),
        trouble="" if known else "The chain's node doesn't answer.",
    )
    if listing.author.mine and stage in ("open", "unopened"):
        made = replace(made, actions=("cancel",) if stage == "open" else ())
    return replace(made, **changes)


def pledged(made: CampaignView, objects: bool = False) -> CampaignView:
    """The same, of somebody who has given two pieces."""
    price = made.listing.pay_with[0]
    own = OwnPledge(BUYER, replace(price, amount=2 * price.amount), objects, False, (id_of(170),))
    return replace(made, pledges=(own,))


def refused(made: CampaignView, account: str, node: bool = False) -> CampaignView:
    """The same, where a payment to this account waits to be withdrawn."""
    waits = ClaimView(made.listing.pay_with[0], account, node)
    return replace(made, claims=(waits,), actions=(*made.actions, "withdraw"))


def pledge_order(goods: ListingView, side: str, number: int, **pledge: Any) -> OrderView:
    """An order of a pre-order."""
    made = order(goods, "placed", side)
    about = PledgeView(
        campaign=hex_of(0xA1),
        stage="open",
        until=NOW + 9 * DAY,
        price=made.quote.total,
        amount=made.quote.total,
        safe=True,
        account=BUYER if side == "buyer" else "",
        tranches=(NOW + 9 * DAY,),
        nonce="0x" + "5e" * 32,
    )
    about = replace(about, **pledge)
    actions: tuple[str, ...] = ("message",)
    if side == "buyer" and about.amount is None and about.stage in ("open", "unopened"):
        signs = ("authorize",) if about.stage == "open" and about.signed != "waiting" else ()
        actions = ("pledge", *signs, "cancel", "message")
    if side == "seller" and about.earned:
        actions = ("accept", "message")
    return replace(
        made,
        id=id_of(number),
        listing=preorder(goods, hex_of(0xA1)),
        terms=None,
        escrow_id=None,
        contract="0x" + "ca" * 20,
        deadlines={},
        transactions=(),
        wallet_is_node=False,
        buyer_account=about.account or None,
        pledge=about,
        actions=actions,
    )


def pledge_orders(bought: ListingView, sold: ListingView) -> dict[str, OrderView]:
    """name -> order."""
    none = {"amount": None, "safe": False}
    signed = {**none, "signed_until": NOW + 2 * DAY}
    return {
        "buyer to pledge": pledge_order(bought, "buyer", 171, **none),
        "buyer to pledge first": pledge_order(bought, "buyer", 172, stage="unopened", **none),
        "buyer pledged": pledge_order(bought, "buyer", 170),
        "buyer goal missed": pledge_order(bought, "buyer", 173, stage="failed"),
        "buyer to withdraw": pledge_order(
            bought, "buyer", 169, stage="failed", claim=ClaimView(bought.pay_with[0], BUYER, False)
        ),
        "buyer goal reached": pledge_order(bought, "buyer", 174, stage="reached"),
        "buyer too late": pledge_order(bought, "buyer", 175, stage="reached", **none),
        "seller unpledged": pledge_order(sold, "seller", 176, **none),
        "buyer signed": pledge_order(bought, "buyer", 168, signed="waiting", **signed),
        "buyer refused": pledge_order(
            bought, "buyer", 167, signed="refused", refused="funds", **signed
        ),
        "buyer signature over": pledge_order(bought, "buyer", 166, signed="expired", **signed),
        "seller signed": pledge_order(sold, "seller", 165, signed="waiting", **signed),
        "seller refused": pledge_order(
            sold, "seller", 164, signed="refused", refused="signature", **signed
        ),
        "buyer to review": replace(
            pledge_order(bought, "buyer", 163, stage="paid"),
            stage="shipped",
            actions=("review", "message"),
        ),
        "seller sent": replace(pledge_order(sold, "seller", 162, stage="paid"), stage="shipped"),
        "seller pledged": pledge_order(sold, "seller", 177),
        "seller goal reached": pledge_order(sold, "seller", 178, stage="reached"),
        "seller goal missed": pledge_order(sold, "seller", 179, stage="failed"),
    }


def campaigns(
    goods: list[ListingView], mine: list[ListingView]
) -> tuple[tuple[CampaignView, ...], ...]:
    """Own ones, those pledged to, others."""
    own = (
        campaign(mine[0], "open", 0xB1),
        refused(campaign(mine[1], "reached", 0xB2), SHOP, node=True),
    )
    stages = (stage for stage in STAGES if stage not in ("open", "unopened"))
    joined = tuple(
        pledged(campaign(goods[n], stage, 0xC1 + n), stage == "reached")
        for n, stage in enumerate(stages)
    )
    joined = tuple(refused(each, BUYER) if each.stage == "failed" else each for each in joined)
    others = (campaign(goods[8], "open", 0xA1), campaign(goods[9], "unopened", 0xA2))
    return own, joined, others
