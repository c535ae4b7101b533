"""The part of a listing's form that names who may decide disputes."""

from decimal import Decimal, InvalidOperation
from typing import Any

from node.peer.views import ArbiterView
from node.protocol.errors import EtalError, InputError
from node.protocol.kinds.listing import MAX_ARBITERS
from node.web.pages.common import text

DEFAULT_LAPSE = "50"
WHOLE = 100


class ArbiterChoice:
    """Arbiters to tick, and the seller's share if the one chosen is silent. `offer` is JSON-shaped as Peer.editable gives it."""

    def __init__(self, peer, offer: dict[str, Any]):
        self.ticked = {each["persona"] for each in offer.get("arbiters", ())}
        self.known: list[ArbiterView] = [
            each
            for each in peer.arbiters()
            if (each.here and each.proven) or each.persona.id in self.ticked
        ]
        share = offer.get("lapse_bps")
        self.lapse = DEFAULT_LAPSE if share is None else f"{Decimal(share) / 100:f}"
        self.error: EtalError | None = None

    def post(self, form) -> None:
        self.ticked = {str(each) for each in form.getlist("arbiter")}
        self.lapse = text(form, "lapse", 10) or DEFAULT_LAPSE

    def given(self) -> dict[str, Any]:
        """What goes into the offer; what is wrong stands in `error`."""
        named = [each.persona.id for each in self.known if each.persona.id in self.ticked]
        if not named:
            return {}
        if len(named) > MAX_ARBITERS:
            self.error = InputError(
                "listing.arbiters", f"You can name {MAX_ARBITERS} arbiters at most.", "arbiters"
            )
        try:
            share = Decimal(self.lapse.replace(",", ".").removesuffix("%")) * 100
            if share != share.to_integral_value() or not 0 <= share <= WHOLE * 100:
                raise InvalidOperation
        except InvalidOperation:
            self.error = InputError(
                "form.share", "A share from 0 to 100 percent is expected.", "lapse"
            )
            return {}
        return {"arbiters": named, "lapse_bps": int(share)}
