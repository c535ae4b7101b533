"""A user's verbs about the cart, and about several orders at once: one part of `Peer`."""

from collections.abc import Sequence
from typing import Any

from node.peer.cart import Cart, Choice
from node.peer.chores import Chores
from node.peer.ledger import Ledger
from node.peer.listing_verbs import id_of
from node.peer.together import Together
from node.peer.views import CartLine, LeftOut, OrderView, SeveralOrders, WalletRequest
from node.peer.world import World
from node.protocol.encoding import id_to_text
from node.protocol.patterns import address_from_text


class CartVerbs:
    """Ids are text as in the views."""

    _world: World
    _ledger: Ledger
    _cart: Cart
    _together: Together
    _chores: Chores

    def order(self, id: str) -> OrderView:
        raise NotImplementedError

    def _order_id(self, text: str) -> bytes:
        raise NotImplementedError

    def cart(self) -> tuple[CartLine, ...]:
        return self._cart.lines()

    def cart_size(self) -> int:
        """How many lines are in it."""
        return self._cart.size()

    async def add_to_cart(
        self, listing: str, line: dict[str, Any], referrer: str | None = None
    ) -> None:
        """One line of this edition of a listing; `referrer` as `place_order` takes it."""
        id = id_of(listing, "listing.unknown", "There is no such listing.")
        self._cart.add(id, line, referrer if address_from_text(referrer or "") else None)

    async def remove_from_cart(self, number: int) -> None:
        self._cart.remove(number)

    async def order_cart(
        self, choices: Sequence[dict[str, Any]], account: str | None = None, text: str = ""
    ) -> SeveralOrders:
        """Place an order for each chosen line: {number, seen, delivery, asset?}. Without `account` the node's own wallet is to pay."""
        escrow = self._world.escrow
        if escrow is not None:
            await self._ledger.verified_escrow()
        if account is None and escrow is not None:
            account = escrow.wallet
        who = address_from_text(account) if account else None
        chosen = [Choice(**each) for each in choices]
        ids, left_out = self._cart.order(chosen, who, text)
        return self._several(ids, left_out)

    async def together(self, ids: Sequence[str], verb: str) -> SeveralOrders:
        """Have the node's own wallet fund, or release, several orders by one transaction."""
        chosen = await self._together.by_node([self._order_id(id) for id in ids], verb)
        self._chores.hurry()
        return self._several([deal.row.id for deal in chosen.deals], chosen.left_out)

    async def together_request(
        self, ids: Sequence[str], verb: str, account: str | None = None
    ) -> WalletRequest:
        return await self._together.request([self._order_id(id) for id in ids], verb, account)

    async def note_together(self, ids: Sequence[str], verb: str, hash: str) -> None:
        self._together.note([self._order_id(id) for id in ids], verb, hash)
        self._chores.hurry()

    def _several(self, ids: Sequence[bytes], left_out: tuple[LeftOut, ...]) -> SeveralOrders:
        return SeveralOrders(tuple(self.order(id_to_text(id)) for id in ids), left_out)
