"""Payments by signature: a buyer without coin signs an authorization (EIP-3009), and somebody else's node sends it and pays the fee.

A seller's node does so by itself where its settings let it. It is a courtesy that strangers can try to abuse, so it looks first, spends
no more than it was told to, and promises nothing: the buyer can pay in another way at any time.

    order.notes: relayed  {signature, fee?}; the beginning of the authorization that was looked at, and the wei counted for it
"""

import logging
import re
from dataclasses import dataclass, replace

from node.peer.deal import RELAY, Deal, need
from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.purse import Purse
from node.peer.wishes import FAILED, Wishes, live, sent_as
from node.peer.world import World, short
from node.ports import OrderRow, Transaction
from node.protocol.errors import Conflict, InputError, RuleError
from node.protocol.escrow import MAX_SIGNATURE, Terms
from node.protocol.order_state import CALLED_OFF, SELLER, Talk

log = logging.getLogger("etal.relaying")

MARGIN = 30
"""Seconds before the end of an authorization from which it isn't sent any more: it would end before its block."""

SIGNATURE = re.compile(f"0x(?:[0-9a-fA-F]{{2}}){{1,{MAX_SIGNATURE}}}")


@dataclass(frozen=True)
class Given:
    """An authorization that came with an order."""

    valid_before: int
    signature: bytes

    @property
    def name(self) -> str:
        return self.signature.hex()[:32]


class Relaying:
    """Both sides of it."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        wishes: Wishes,
        views: ListingViews,
        purse: Purse,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._views = views
        self._purse = purse
        # account -> the order for which it is to pay now; None until it is known what was under way before the start
        self._busy: dict[bytes, bytes] | None = None

    # ---- the buyer

    def need_authorizing(self, deal: Deal) -> None:
        """Raise Conflict unless this order can be paid by an authorization now."""
        need(deal, "authorize")
        if not self._views.takes_authorizations(deal.terms):
            raise Conflict(
                "order.authorization",
                "This money takes no signed authorizations: whoever pays with it needs coin for the network's fee.",
            )

    def valid_before(self, deal: Deal) -> int:
        """Until when what is to be signed holds: as long as its buyer has promised to pay."""
        return deal.state.facts.fund_by

    async def say(self, id: bytes, signature: bytes) -> None:
        """Send the buyer's signature to the seller. Raises InputError for one that isn't the account's, Conflict, Unavailable."""
        escrow = await self._ledger.verified_escrow()
        deal = self._deals.deal(self._deals.row(id))
        self.need_authorizing(deal)
        before = self.valid_before(deal)
        for each in as_contracts_take_it(signature):
            if await escrow.is_authorized(deal.terms, before, each):
                break
        else:
            raise InputError(
                "wallet.signature",
                "That isn't this account's signature for this payment.",
                "signature",
            )
        deal = self._deals.deal(
            self._deals.row(id)
        )  # an order may move on while the chain is asked
        self.need_authorizing(deal)
        self._deals.say(deal, "authorize", {"valid_before": before, "signature": each})

    async def sign(self, id: bytes) -> None:
        """The same by the node's own wallet. Raises Conflict where that isn't the payer."""
        escrow = await self._ledger.verified_escrow()
        deal = self._deals.deal(self._deals.row(id))
        self.need_authorizing(deal)
        if not self._ledger.pays(deal.terms):
            raise Conflict(
                "order.wallet",
                "Another wallet pays for this order: do it on the page, where that wallet is connected.",
            )
        await self.say(id, escrow.sign_authorization(deal.terms, self.valid_before(deal)))

    # ---- whoever sends it

    def ask(self, id: bytes) -> None:
        """Wish, as a person's own decision, that the node's wallet sends it, whatever the limits say. Raises Conflict."""
        deal = self._deals.deal(self._deals.row(id))
        need(deal, RELAY)
        self._wish(deal, hand="yes")

    def look(self, deal: Deal) -> None:
        """A seller's: wish to send an authorization that has just come; give back what was paid so and isn't earned."""
        if deal.row.side != SELLER or deal.terms is None:
            return
        wished = deal.row.notes.get("wishes", {})
        given = _given(deal)
        if RELAY in wished and given is None and deal.state.money is None:
            self._world.store.update_order(deal.row.id, notes=self._wishes.drop(deal.row, RELAY))
            self._deals.tell(deal.row.id)
        elif given is not None and self._world.settings.relay.is_on and self._is_new(deal, given):
            self._wish(deal)
        verb = self._owed(deal)
        if verb and verb not in wished:
            self._world.store.update_order(deal.row.id, notes=self._wishes.ask(deal.row, verb))
            self._deals.changed(deal.row.id)

    @staticmethod
    def _is_new(deal: Deal, given: Given) -> bool:
        return deal.row.notes.get("relayed", {}).get("signature") != given.name

    def _wish(self, deal: Deal, **more: str) -> None:
        relayed = {**deal.row.notes.get("relayed", {}), "signature": _given(deal).name}
        notes = {**self._wishes.ask(deal.row, RELAY, **more), "relayed": relayed}
        self._world.store.update_order(deal.row.id, notes=notes)
        self._deals.changed(deal.row.id)

    @staticmethod
    def _owed(deal: Deal) -> str:
        """What this node sends by itself for a buyer whose payment it has sent: they have no coin to fetch it back with."""
        facts = deal.state.facts
        if "fee" not in deal.row.notes.get("relayed", {}) or not facts.open:
            return ""
        if facts.talk in CALLED_OFF and facts.refund is not None:
            return "refund"
        return "timeout" if "take_back" in deal.state.buyer and facts.due else ""

    async def funding(self, deal: Deal) -> Transaction:
        """What the node's own wallet has to send. Raises Conflict where it is never to be sent, RuleError where not now."""
        given = self._need_standing(deal)
        wish = deal.row.notes["wishes"][RELAY]
        if deal.row.side == SELLER:
            extension, lines, _ = self._deals.lines(deal)
            self._views.need_left(deal.listing, extension, lines)
            if not wish.get("hand"):
                self._need_unfailed(deal)
                self._need_worth(deal.terms)
        escrow, terms = self._world.escrow, deal.terms
        if not await escrow.is_authorized(terms, given.valid_before, given.signature):
            raise Conflict(
                "relay.signature", "The authorization isn't signed by the account that is to pay."
            )
        sending = escrow.fund_with_authorization(
            terms, given.valid_before, given.signature, deal.payees
        )
        fee = await escrow.fee(sending, sent_as(deal.row.notes, RELAY))
        self._need_alone(deal)
        if deal.row.side == SELLER and not wish.get("hand"):
            sending = replace(sending, most_fee=self._purse.most(self._spend(deal, fee)))
        elif deal.row.side == SELLER:
            self._note_fee(deal, fee)
        self._known_busy()[terms.buyer] = deal.row.id
        return sending

    def _need_standing(self, deal: Deal) -> Given:
        if deal.state.money is not None:
            raise Conflict("order.paid", "This order was paid already.")
        if deal.state.talk is Talk.CANCELLED:
            raise Conflict("relay.over", "The buyer has cancelled this order.")
        given = _given(deal)
        if given is None or self._ledger.time() > given.valid_before - MARGIN:
            raise Conflict("relay.over", "The buyer's authorization is over.")
        return given

    @staticmethod
    def _need_unfailed(deal: Deal) -> None:
        """Whoever signs anew after each one that failed in a block would have a fee paid for each."""
        notes = deal.row.notes
        sent = notes.get("transactions", {}).get(RELAY)
        if notes.get("statuses", {}).get(sent, [""])[0] == "failed":
            raise Conflict(FAILED, "The network took it, and each time it failed.")

    def _need_worth(self, terms: Terms) -> None:
        relay = self._world.settings.relay
        token = self._views.token(terms)
        if token is None or terms.amount < relay.least(token.decimals):
            raise Conflict("relay.small", "The price is below what this node pays fees for.")

    def _need_alone(self, deal: Deal) -> None:
        """One payment of an account at a time: its balance could be promised to many orders, and each would cost its fee."""
        account, busy = deal.terms.buyer, self._known_busy()
        other = busy.get(account)
        if other is None or other == deal.row.id:
            return
        row = self._world.store.order(other)
        if row is not None and RELAY in live(row):
            raise RuleError("relay.busy", "Another payment of the same account is under way.")
        del busy[account]

    def _known_busy(self) -> dict[bytes, bytes]:
        if self._busy is None:
            sent = (row for row in self._deals.all() if RELAY in live(row) and _is_sent(row))
            self._busy = {self._deals.deal(row).terms.buyer: row.id for row in sent}
        return self._busy

    def _spend(self, deal: Deal, fee: int) -> int:
        """Count a fee before it is paid; what is counted for this now. Raises RuleError where it is more than the settings allow."""
        counted = int(deal.row.notes.get("relayed", {}).get("fee", 0))
        after = self._purse.spend(fee, counted)
        if after > counted:
            self._note_fee(deal, fee)
            log.info("order %s: %d wei for a buyer's fee", short(deal.row.id), fee)
        return after

    def _note_fee(self, deal: Deal, fee: int) -> None:
        relayed = {**deal.row.notes.get("relayed", {}), "fee": str(fee)}
        self._world.store.update_order(deal.row.id, notes={"relayed": relayed})


def _is_sent(row: OrderRow) -> bool:
    return RELAY in row.notes.get("transactions", {})


def _given(deal: Deal) -> Given | None:
    """The authorization that stands."""
    if deal.state.facts.authorized_until is None:
        return None
    block = deal.state.facts.authorization
    return Given(block["valid_before"], block["signature"])


def signature_of(text: str) -> bytes:
    """The bytes of a wallet's signature in 0x-hex. Raises InputError "wallet.signature"."""
    if not SIGNATURE.fullmatch(text):
        raise InputError("wallet.signature", "That isn't a signature.", "signature")
    return bytes.fromhex(text[2:])


def as_contracts_take_it(signature: bytes) -> list[bytes]:
    """As it was given, and, because some wallets still count v from zero, as that would be by the contracts' count."""
    if len(signature) == 65 and signature[64] in (0, 1):
        return [signature, signature[:64] + bytes([signature[64] + 27])]
    return [signature]
