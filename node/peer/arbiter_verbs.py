"""The verbs about arbiters, one part of the peer."""

from typing import Any

from node.peer.arbiters import Arbiters
from node.peer.case_views import CasePage, CaseView, RulingView
from node.peer.cases import Cases
from node.peer.chores import Chores
from node.peer.deals import Deals
from node.peer.disputes import Disputes
from node.peer.docket import Docket
from node.peer.listing_verbs import id_of
from node.peer.own_arbiter import OwnArbiter
from node.peer.showing import Showing
from node.peer.views import ArbiterView
from node.protocol.errors import NotFound


class ArbiterVerbs:
    """Ids are text, as everywhere in the peer's verbs."""

    _arbiters: Arbiters
    _own_arbiter: OwnArbiter
    _disputes: Disputes
    _chores: Chores
    _deals: Deals
    _showing: Showing
    _docket: Docket
    _cases: Cases

    def _order_id(self, text: str) -> bytes:
        raise NotImplementedError

    # ---- the arbiter's cases

    def cases(self) -> CasePage:
        """Disputes that name this node's account, those to be decided first."""
        return self._docket.all()

    def cases_waiting(self) -> int:
        """How many of them are to be decided."""
        return self._docket.waiting()

    def case(self, id: str) -> CaseView:
        """By its escrow id, whole or its beginning. Raises NotFound, or InputError "case.several"."""
        return self._docket.view(self._docket.named(id))

    def preview_ruling(
        self, id: str, to_seller: int | None = None, share_bps: int | None = None
    ) -> RulingView:
        """What a decision would pay: an amount in the smallest unit to the seller's side, or a share of what the fee leaves."""
        return self._cases.preview(self._docket.named(id), to_seller, share_bps)

    async def rule(
        self, id: str, to_seller: int | None = None, share_bps: int | None = None
    ) -> None:
        """Decide, by the node's own wallet. Nobody can undo it."""
        self._cases.rule(self._docket.named(id), to_seller, share_bps)

    async def write_to_party(self, id: str, text: str, to: str) -> None:
        """A word to the buyer or the seller of a case."""
        self._cases.write(self._docket.named(id), text, to)

    def case_picture(self, id: str, blob: str) -> bytes:
        """A picture (WebP) that was shown in a case of this node's, or by it. Raises NotFound."""
        return self._picture_of(self._docket.named(id), blob)

    # ---- a party's dispute

    def shown_picture(self, id: str, blob: str) -> bytes:
        """The same, of an order of one's own."""
        row = self._deals.row(self._order_id(id))
        return self._picture_of(row.escrow_id or b"", blob)

    def _picture_of(self, escrow_id: bytes, blob: str) -> bytes:
        wanted = id_of(blob, "picture.unknown", "There is no such picture.")
        data = self._showing.image(escrow_id, wanted)
        if data is None:
            raise NotFound("picture.unknown", "There is no such picture.")
        return data

    async def show_message(self, id: str, message: str) -> None:
        """Show one message of the order to its arbiter, whole."""
        unknown = ("case.message", "There is no such message in this order.")
        self._showing.message(self._order_id(id), id_of(message, *unknown))

    async def show_parts(self, id: str, parts: list[str]) -> None:
        """Show parts of the order itself: lines, delivery."""
        self._showing.parts(self._order_id(id), parts)

    async def show_picture(self, id: str, data: bytes, alt: str = "") -> None:
        """Show a picture (WebP)."""
        self._showing.picture(self._order_id(id), data, alt)

    async def tell_arbiter(self, id: str, text: str) -> None:
        """Write to the order's arbiter."""
        self._showing.word(self._order_id(id), text)

    async def dispute(self, id: str) -> None:
        """Ask the order's arbiter to decide, by the node's own wallet."""
        self._disputes.open(self._order_id(id))
        self._chores.hurry()

    def arbiters(self) -> tuple[ArbiterView, ...]:
        """Those whom the owner trusts, then others that this node knows, without itself."""
        return self._arbiters.all()

    def arbiter(self, id: str) -> ArbiterView:
        """Raises NotFound."""
        return self._arbiters.get(_persona(id))

    def own_arbiter(self) -> ArbiterView | None:
        """What this node publishes about itself as an arbiter; None where it doesn't."""
        return self._own_arbiter.get()

    async def offer_to_decide(self, given: dict[str, Any]) -> ArbiterView:
        """`given` is JSON-shaped: fee_bps, ruling, languages, about."""
        return self._own_arbiter.offer(given)

    async def decide_no_more(self) -> None:
        """Take the offer to decide back. Orders that name this node's account go on."""
        self._own_arbiter.withdraw()

    async def trust_arbiter(self, id: str) -> None:
        """Let this persona be proposed where a seller lists it."""
        self._arbiters.choose(_persona(id))

    async def distrust_arbiter(self, id: str) -> None:
        """Propose it no more. Orders that name it go on."""
        self._arbiters.drop(_persona(id))


def _persona(text: str) -> bytes:
    return id_of(text, "arbiter.unknown", "This node knows no such arbiter.")
