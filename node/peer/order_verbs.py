"""The verbs about orders, one part of the peer."""

from node.peer.buying import Buying
from node.peer.campaign_keeper import CampaignKeeper
from node.peer.chores import Chores
from node.peer.claims import Claims
from node.peer.deal import PLEDGE, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.listing_verbs import id_of
from node.peer.listing_views import ListingViews
from node.peer.order_views import PAGE, OrderViews
from node.peer.own_reviews import OwnReviews
from node.peer.pledging import Pledging
from node.peer.selling import Selling
from node.peer.views import OrderPage, OrderView, QuoteView, WalletRequest
from node.peer.wallet_requests import AUTHORIZE, WalletRequests
from node.peer.world import World
from node.protocol.encoding import id_to_text
from node.protocol.errors import InputError
from node.protocol.patterns import address_from_text


class OrderVerbs:
    """Ids are text, as everywhere in the peer's verbs."""

    _world: World
    _ledger: Ledger
    _views: ListingViews
    _deals: Deals
    _buying: Buying
    _selling: Selling
    _chores: Chores
    _claims: Claims
    _wallets: WalletRequests
    _pledging: Pledging
    _keeper: CampaignKeeper
    _order_views: OrderViews
    _own_reviews: OwnReviews

    def quote(
        self, listing: str, lines: list[dict], delivery: dict, asset: str | None = None
    ) -> QuoteView:
        """What an order would cost."""
        id = id_of(listing, "listing.unknown", "There is no such listing.")
        quote = self._buying.quote(id, lines, delivery, asset)
        amounts = (quote.items, quote.delivery, quote.total)
        return QuoteView(*(self._views.money(a, quote.asset, quote.decimals) for a in amounts))

    async def place_order(
        self,
        listing: str,
        lines: list[dict],
        delivery: dict,
        asset: str | None = None,
        account: str | None = None,
        text: str = "",
        referrer: str | None = None,
        arbiter: str | None = None,
    ) -> OrderView:
        """Without `account` the node's own wallet is to pay. `referrer` is the account of who sent the buyer. `arbiter` is a persona
        of the seller's list, or "none"; without it, the first of the list whom this node's owner trusts, or nobody."""
        escrow = self._world.escrow
        if escrow is not None:
            await self._ledger.verified_escrow()
        if account is None and escrow is not None:
            account = escrow.wallet
        who = address_from_text(account) if account else None
        sent_by = address_from_text(referrer) if referrer else None
        if referrer and sent_by is None:
            raise InputError("wallet.account", "That isn't an account's address.", "referrer")
        id = id_of(listing, "listing.unknown", "There is no such listing.")
        order = self._buying.place(id, lines, delivery, asset, who, text, sent_by, arbiter)
        return self.order(id_to_text(order))

    async def orders(
        self,
        side: str | None = None,
        stage: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> OrderPage:
        """Newest first. `after` is the `next` of the page before; InputError "query.after" for what isn't."""
        return await self._order_views.page(side, stage, after, limit)

    def order_counts(self) -> dict[str, int]:
        """side -> number of orders."""
        return self._world.store.order_counts()

    def order(self, id: str) -> OrderView:
        """Its first letters are enough for an id, here and in every verb. Raises NotFound, or InputError "order.several"."""
        return self._order_views.view(self._deals.row(self._order_id(id)))

    async def wallet_request(
        self,
        id: str,
        verb: str,
        account: str | None = None,
        signature: str | None = None,
        permit: bool = True,
        to: str | None = None,
        proposal: str | None = None,
    ) -> WalletRequest:
        order = self._order_id(id)
        if verb == PLEDGE or (verb == AUTHORIZE and self._pledging.takes(order)):
            return await self._pledging.request(order, verb, account, signature)
        return await self._wallets.request(
            order, verb, account, signature, permit=permit, to=to, proposal=proposal
        )

    async def note_transaction(self, id: str, verb: str, hash: str) -> None:
        self._wallets.note(self._order_id(id), verb, hash)
        self._chores.hurry()
        self._keeper.hurry()

    async def pledge(self, id: str) -> None:
        """By the node's own wallet. Raises Conflict "chain.funds" at once where it lacks the price or the fee."""
        await self._pledging.wish(self._order_id(id))
        self._chores.hurry()

    async def fund(self, id: str) -> None:
        """Raises Conflict "chain.funds" at once where the node's wallet lacks the price or the fee."""
        await self._wallets.need_payable(self._order_id(id))
        self._by_node(id, "fund")

    async def cancel(self, id: str, text: str = "") -> None:
        self._pledging.need_free(self._order_id(id))
        self._buying.cancel(self._order_id(id), text)
        self._chores.hurry()

    async def take_back(self, id: str) -> None:
        self._by_node(id, "take_back")

    async def timeout(self, id: str) -> None:
        """Carry out what the deadline decided, for whomever it is."""
        deal = self._deals.deal(self._deals.row(self._order_id(id)))
        self._by_node(id, "take_back" if "take_back" in deal.verbs else "timeout")

    async def withdraw(self, id: str, to: str | None = None) -> None:
        """Take what the escrow couldn't push to the node's own wallet, and send it there, or to the address `to`."""
        self._claims.withdraw(self._order_id(id), to)
        self._chores.hurry()

    def _by_node(self, id: str, verb: str) -> None:
        self._buying.by_node(self._order_id(id), verb)
        self._chores.hurry()

    async def accept(self, id: str) -> None:
        await self._pledging.need_earned(self._order_id(id))
        self._selling.accept(self._order_id(id))

    async def ship(self, id: str, carrier: str = "", tracking: str = "") -> None:
        await self._pledging.need_earned(self._order_id(id))
        self._selling.ship(self._order_id(id), carrier, tracking)
        self._chores.hurry()

    async def decline(self, id: str, text: str = "") -> None:
        self._pledging.need_free(self._order_id(id))
        self._selling.decline(self._order_id(id), text)
        self._chores.hurry()

    async def message(self, id: str, text: str) -> None:
        deal = self._deals.deal(self._deals.row(self._order_id(id)))
        need(deal, "message")
        self._deals.say(deal, "note", {"text": text.strip()})

    async def write_review(
        self, id: str, rating: int, text: str = "", language: str = "en"
    ) -> None:
        """`language` (BCP 47) is the one of the text."""
        self._own_reviews.write(self._order_id(id), rating, text, language)

    async def change_review(
        self, id: str, rating: int, text: str = "", language: str | None = None
    ) -> None:
        """Say something else in its place, whole; in the same language where that is None."""
        self._own_reviews.change(self._order_id(id), rating, text, language)

    async def withdraw_review(self, id: str) -> None:
        """Take one's review back. Another may be written then."""
        self._own_reviews.take_back(self._order_id(id))

    def _order_id(self, text: str) -> bytes:
        return self._order_views.named(text)
