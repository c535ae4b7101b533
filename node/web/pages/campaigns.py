"""Campaigns: a list, the page of one with everything that can be done about it, and the form to start one."""

import time
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.campaign_views import CampaignView
from node.peer.own_campaigns import DEFAULT_STOP, LONGEST
from node.peer.views import ListingView, Money
from node.protocol.campaign import DAY, MAX_TRANCHE_TIME
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, Unavailable
from node.web.pages import money, prompts
from node.web.pages.common import page, posted, show, text, to, typed
from node.web.problems import describe

DONE = ("started", "cancel", "collect", "refund", "object", "unobject", "withdraw")
PARTS = 4  # rows of the form; a record may have more
MOST_DAYS = LONGEST // DAY
MOST_AFTER = MAX_TRANCHE_TIME // DAY
HOUR = 3_600
RETRYABLE = (InputError, Conflict, Unavailable)

VERBS = {
    "cancel": lambda peer, id, to: peer.cancel_campaign(id),
    "collect": lambda peer, id, to: peer.collect_campaign(id),
    "refund": lambda peer, id, to: peer.refund_campaign(id),
    "object": lambda peer, id, to: peer.object_to_campaign(id),
    "unobject": lambda peer, id, to: peer.object_to_campaign(id, False),
    "withdraw": lambda peer, id, to: peer.withdraw_campaign(id, to or None),
}


async def campaigns(request: Request) -> Response:
    """GET /campaigns"""
    found = await request.app.state.peer.campaigns()
    return page(request, "campaigns.html", found=found)


async def campaign(request: Request) -> Response:
    """GET /campaign/{id}"""
    return await _page(request)


async def _page(
    request: Request, refused: EtalError | None = None, verb: str = "", to_whom: str = ""
) -> Response:
    peer = request.app.state.peer
    found = await peer.campaign(request.path_params["id"])
    words, done = show(request), request.query_params.get("done")
    return page(
        request,
        "campaign.html",
        200 if refused is None else describe(refused)[0],
        campaign=found,
        refused=refused,
        refused_verb=verb,
        to_whom=to_whom,
        token=prompts.token_address(found.goal),
        done=done if done in DONE else "",
        chain=words.chain(found.account.rpartition(":")[0]),
        chain_id=found.account.rpartition(":")[0],
        contract=found.account.rpartition(":")[2],
        node_wallet=peer.identity().wallet,
    )


async def act(request: Request) -> Response:
    """POST /campaign/{id}/{verb}: by the node's own wallet."""
    id, verb = request.path_params["id"], request.path_params["verb"]
    if verb not in VERBS:
        raise NotFound("campaign.verb", "There is no such act.")
    form = await posted(request)
    to_whom = typed(form, "to").strip()
    try:
        text(form, "to", 100)
        await VERBS[verb](request.app.state.peer, id, to_whom)
    except RETRYABLE as error:
        return await _page(request, error, verb, to_whom)
    return to(f"/campaign/{id}?done={verb}")


async def again(request: Request) -> Response:
    """GET of what is only posted."""
    return to(f"/campaign/{request.path_params['id']}")


# ---- to start one


@dataclass
class Part:
    """One row: a share, and days after the campaign's end."""

    share: str = ""
    days: str = ""


@dataclass
class Typed:
    """What stands in the form."""

    goal: str = ""
    asset: str = ""
    days: str = "30"
    stop: str = f"{DEFAULT_STOP // 100}"
    parts: list[Part] = field(default_factory=list)


def _mine(request: Request) -> ListingView:
    """Raises NotFound."""
    peer, slug = request.app.state.peer, request.path_params["slug"]
    found = peer.listing(peer.identity().persona, slug)
    if found is None:
        raise NotFound("listing.unknown", f"You have no listing {slug}.")
    return found


async def start_form(request: Request) -> Response:
    """GET /sell/{slug}/campaign"""
    listing = _mine(request)
    later = max(1, -(-(listing.ship_within or 0) // DAY))
    parts = [Part("40", "0"), Part("60", str(min(later, MOST_AFTER))), Part(), Part()]
    asset = listing.pay_with[0].unit if listing.pay_with else ""
    return _form(request, listing, Typed(asset=asset, parts=parts))


def _form(
    request: Request, listing: ListingView, said: Typed, refused: EtalError | None = None
) -> Response:
    return page(
        request,
        "campaign_form.html",
        200 if refused is None else describe(refused)[0],
        listing=listing,
        said=said,
        refused=refused,
        assets=listing.pay_with,
        most_days=MOST_DAYS,
        most_after=MOST_AFTER,
        wallet=request.app.state.peer.identity().wallet,
    )


async def start(request: Request) -> Response:
    """POST /sell/{slug}/campaign"""
    form, listing = await posted(request), _mine(request)
    said = Typed(
        **{name: typed(form, name) for name in ("goal", "asset", "days", "stop")},
        parts=[Part(typed(form, f"share.{n}"), typed(form, f"after.{n}")) for n in range(PARTS)],
    )
    try:
        terms = _terms(listing, said)
        made = await request.app.state.peer.start_campaign(listing.slug, terms)
    except RETRYABLE as error:
        return _form(request, listing, said, error)
    return to(f"/campaign/{made.id}?done=started")


def _terms(listing: ListingView, said: Typed) -> dict[str, Any]:
    """JSON-shaped as Peer.start_campaign takes it. Raises InputError naming the input."""
    paid = next((each for each in listing.pay_with if each.unit == said.asset), None)
    if paid is None:
        raise InputError(
            "campaign.asset", "Say which of the accepted assets pledges are made in.", "asset"
        )
    goal = money.typed(said.goal, paid.decimals, "goal")
    if not goal:
        raise InputError("campaign.goal", "A goal of more than nothing is expected.", "goal")
    days = _whole(said.days, 1, MOST_DAYS, "days")
    until = (int(time.time()) + days * DAY) // HOUR * HOUR
    parts = [part for part in said.parts if part.share.strip()]
    tranches = [
        {
            "at": until + _whole(part.days or "0", 0, MOST_AFTER, "tranches") * DAY,
            "bps": _bps(part.share, "tranches"),
        }
        for part in parts
    ]
    return {
        "goal": str(goal),
        "asset": paid.unit,
        "until": until,
        "stop_bps": _bps(said.stop, "stop_bps"),
        "tranches": sorted(tranches, key=lambda each: each["at"]),
    }


def _whole(given: str, low: int, high: int, name: str) -> int:
    given = given.strip()
    if not given.isdecimal() or len(given) > 6 or not low <= int(given) <= high:
        raise InputError("form.number", f"A number from {low} to {high} is expected.", name)
    return int(given)


def _bps(percent: str, name: str) -> int:
    try:
        share = Decimal(percent.replace(",", ".").removesuffix("%").strip()) * 100
        if share != share.to_integral_value() or not 1 <= share <= 10_000:
            raise InvalidOperation
        return int(share)
    except InvalidOperation:
        raise InputError("form.share", "A share from 0 to 100 percent is expected.", name) from None


async def of_listing(request: Request, listing: ListingView) -> CampaignView | None:
    """The campaign that takes pledges for it, for its page; None where there is none, or it can't be shown."""
    if not listing.campaign:
        return None
    try:
        return await request.app.state.peer.campaign(listing.campaign)
    except EtalError:
        return None


def pledged(campaign: CampaignView, total: Money | None) -> Money | None:
    """What the campaign would have with a pledge of this."""
    if total is None or campaign.raised is None or total.unit != campaign.goal.unit:
        return None
    return Money(campaign.raised.amount + total.amount, total.unit, total.symbol, total.decimals)


routes = [
    Route("/campaigns", campaigns),
    Route("/campaign/{id}", campaign),
    Route("/campaign/{id}/{verb}", act, methods=["POST"]),
    Route("/campaign/{id}/{verb}", again),
    Route("/sell/{slug}/campaign", start_form),
    Route("/sell/{slug}/campaign", start, methods=["POST"]),
]
