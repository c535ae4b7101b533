"""The offer of one's own listing: what its owner chooses, and what this node's configuration says for everything else."""

from typing import Any

from node.peer.arbiters import Arbiters
from node.peer.listing_views import ListingViews
from node.peer.world import World
from node.protocol.encoding import id_from_text
from node.protocol.errors import Conflict, InputError, Rejected, Unavailable
from node.protocol.registry import Registry
from node.protocol.units import convert

DAY = 86_400
OFFER_LIFETIME = 30 * DAY
DEFAULT_SHIP_WITHIN = 3 * DAY
DEFAULT_REVIEW = 21 * DAY
DEFAULT_LAPSE = 5_000
"""The seller's share, in 1/10,000, if an arbiter is silent about sent goods: half, so that neither side gains by its silence."""

CHOSEN = {
    *("until", "ship_within", "review", "on_collection", "preorder", "payees", "referral_bps"),
}
"""What a person chooses of an offer; escrow, keys and assets come from the node's own configuration."""

NEEDS_ESCROW = ("review", "payees", "referral_bps")


def is_free(price: Any, blocks: dict[str, Any], registry: Registry) -> bool:
    """Whether nothing of a listing costs anything, whatever the buyer chooses. `price` is JSON-shaped, `blocks` are as on the wire."""
    if not isinstance(price, dict) or str(price.get("amount")) != "0":
        return False
    known = ((registry.extension(id), block) for id, block in blocks.items())
    return all(each.is_free(each.listing.read(block), 0) for each, block in known)


def own_offer(
    world: World, views: ListingViews, arbiters: Arbiters, asked: Any, price: Any, free: bool
) -> dict[str, Any]:
    """The offer, JSON-shaped as `asked` and `price` are. Raises InputError naming the field, Conflict where there is no chain,
    Unavailable where the chain hasn't told yet what the tokens are."""
    asked = asked if isinstance(asked, dict) else {}
    offer: dict[str, Any] = {
        "until": world.now() + OFFER_LIFETIME,
        "ship_within": DEFAULT_SHIP_WITHIN,
        **{key: value for key, value in asked.items() if key in CHOSEN and value is not None},
    }
    if free or offer.get("on_collection"):
        for name in NEEDS_ESCROW:
            offer.pop(name, None)
        return offer
    if world.escrow is None or world.escrow.wallet is None:
        raise Conflict(
            "listing.chain",
            "This node has no chain configured, so it can only offer what is free or paid on collection.",
        )
    if offer.get("preorder"):
        return _preorder(world, views, offer, price)
    payout = world.settings.payout
    accepts = _accepted(views, price, world.escrow.tokens_known)
    if world.settings.relay.is_on and _is_relayed(world, views, price, accepts):
        offer["pays_fees"] = True
    return {
        "review": DEFAULT_REVIEW,
        **offer,
        "escrow": views.escrow_account,
        "seller": world.escrow.wallet,
        "payout": "0x" + payout.hex() if payout else world.escrow.wallet,
        "accepts": accepts,
        **_deciding(arbiters, asked),
    }


def _preorder(
    world: World, views: ListingViews, offer: dict[str, Any], price: Any
) -> dict[str, Any]:
    """No escrow takes part: a campaign says who is paid, and when."""
    if world.campaigns is None:
        raise Conflict(
            "campaign.none",
            "This node uses no contract for campaigns, so nothing can be pledged to it.",
        )
    for name in NEEDS_ESCROW:
        offer.pop(name, None)
    accepts = _accepted(views, price, world.escrow.tokens_known)
    if world.settings.relay.is_on and _is_relayed(world, views, price, accepts):
        offer["pays_fees"] = True
    return {**offer, "accepts": accepts}


def _deciding(arbiters: Arbiters, asked: dict) -> dict[str, Any]:
    """Who may decide disputes. `asked["arbiters"]` are personas' ids, or entries as an offer has them, of which only the persona
    counts: fee and time are what it publishes now."""
    given = asked.get("arbiters") or []
    if not isinstance(given, list):
        raise InputError("field.type", "a list is expected", "offer.arbiters")
    named = [each.get("persona") if isinstance(each, dict) else each for each in given]
    listed = arbiters.listed(map(_persona, named))
    if not listed:
        return {}
    return {"arbiters": listed, "lapse_bps": asked.get("lapse_bps", DEFAULT_LAPSE)}


def _persona(given: Any) -> bytes:
    try:
        return id_from_text(given if isinstance(given, str) else "")
    except Rejected:
        raise InputError("field.id", "an id has 52 characters", "offer.arbiters") from None


def _is_relayed(world: World, views: ListingViews, price: Any, accepts: list[dict]) -> bool:
    """Whether one piece of it is worth the network's fee to us, in something that takes authorizations."""
    try:
        amount, unit = int(price["amount"]), price["unit"]
        return any(
            views.tokens[each["asset"]].authorization
            and convert(amount, unit, each["asset"], each["decimals"])
            >= world.settings.relay.least(each["decimals"])
            for each in accepts
        )
    except (KeyError, TypeError, ValueError, InputError):
        return False  # what is wrong with the price is said by who reads it


def _accepted(views: ListingViews, price: Any, known: bool) -> list[dict[str, Any]]:
    unit = price.get("unit") if isinstance(price, dict) else None
    accepts = [
        {"asset": token.asset, "decimals": token.decimals}
        for token in views.tokens.values()
        if unit in (token.asset, token.currency)
    ]
    if not accepts and not known:
        raise Unavailable(
            "chain.tokens", "The chain hasn't told yet what your tokens are. Try again in a moment."
        )
    if not accepts and isinstance(unit, str):
        raise InputError(
            "listing.unit",
            f"This node accepts nothing that is worth one {unit}: add a token to its settings.",
            "price.unit",
        )
    return accepts
