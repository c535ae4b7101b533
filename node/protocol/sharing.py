"""The payees of an order, in the one order that both nodes compute their hash from. docs/spec/offer.md."""

from collections.abc import Mapping
from typing import Any

from node.protocol.escrow import Payee


def payees_of(
    offer: Mapping[str, Any], referrer: Mapping[str, Any] | None = None
) -> tuple[Payee, ...]:
    """Those of the offer as it lists them, then the referrer. Both are as their fields read them."""
    named = [*offer.get("payees", ()), *([referrer] if referrer else [])]
    return tuple((each["to"], each["bps"]) for each in named)


def allows(offer: Mapping[str, Any], referrer: Mapping[str, Any] | None) -> bool:
    """Whether the offer grants a referrer this share; nobody needs no leave."""
    return referrer is None or referrer["bps"] <= offer.get("referral_bps", 0)
