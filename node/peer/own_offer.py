"""The offer of one's own listing: what its owner chooses, and what this node's configuration says for everything else."""

from typing import Any

from node.peer.listing_views import ListingViews
from node.peer.world import World
from node.protocol.errors import Conflict, InputError, Unavailable
from node.protocol.registry import Registry

DAY = 86_400
OFFER_LIFETIME = 30 * DAY
DEFAULT_SHIP_WITHIN = 3 * DAY
DEFAULT_REVIEW = 21 * DAY
CHOSEN = {"until", "ship_within", "review", "on_collection"}
"""What a person chooses of an offer; escrow, keys and assets come from the node's own configuration."""


def is_free(price: Any, blocks: dict[str, Any], registry: Registry) -> bool:
    """Whether nothing of a listing costs anything, whatever the buyer chooses. `price` is JSON-shaped, `blocks` are as on the wire."""
    if not isinstance(price, dict) or str(price.get("amount")) != "0":
        return False
    known = ((registry.extension(id), block) for id, block in blocks.items())
    return all(each.is_free(each.listing.read(block), 0) for each, block in known)


def own_offer(
    world: World, views: ListingViews, asked: Any, price: Any, free: bool
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
        offer.pop("review", None)
        return offer
    if world.escrow is None or world.escrow.wallet is None:
        raise Conflict(
            "listing.chain",
            "This node has no chain configured, so it can only offer what is free or paid on collection.",
        )
    payout = world.settings.payout
    return {
        "review": DEFAULT_REVIEW,
        **offer,
        "escrow": views.escrow_account,
        "seller": world.escrow.wallet,
        "payout": "0x" + payout.hex() if payout else world.escrow.wallet,
        "accepts": _accepted(views, price, world.escrow.tokens_known),
    }


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
