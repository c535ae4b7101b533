"""What the browser's wallet is asked to sign or send. The node prepares everything from its own terms; the page forwards it."""

import re

from node.peer.agreements import Agreements
from node.peer.buying import take_back
from node.peer.claims import Claims
from node.peer.deal import PARTS, PLEDGE, WITHDRAW, Deal, need
from node.peer.deals import Deals
from node.peer.disputes import DISPUTE, Disputes
from node.peer.funds import GAS_RESERVE, RULE, SENTENCES, SIGN_INSTEAD, shortage
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews
from node.peer.relaying import Relaying, signature_of
from node.peer.views import WalletRequest, WalletStep
from node.peer.wishes import APPROVE, OPEN, live
from node.peer.world import World
from node.ports import Escrow, Transaction
from node.protocol.errors import Conflict, InputError, NotFound
from node.protocol.escrow import NOBODY, Terms
from node.protocol.patterns import address_from_text, address_to_text

BY_BUYER = ("release_part", "accept_settlement")
"""Of the verbs that settle, those that a wallet in the browser sends; to "settle" it only signs."""

PERMIT_LIFETIME = 3600
"""Seconds for which a signed permit can be used."""

AUTHORIZE = "authorize"
TRANSACTION = re.compile("0x[0-9a-f]{64}")
SETTLE = "settle"
SIGN_RELEASE = "sign_release"
VERBS = (
    "fund",
    AUTHORIZE,
    "release",
    "timeout",
    "take_back",
    DISPUTE,
    WITHDRAW,
    SETTLE,
    SIGN_RELEASE,
    *BY_BUYER,
)
NOTED = (APPROVE, OPEN, PLEDGE)
"""Transactions beside these that a wallet may have sent for an order."""

SOLD_OUT = "This has just been sold. Nothing was paid."


class WalletRequests:
    """Builds EIP-1193 requests for one order."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        views: ListingViews,
        claims: Claims,
        disputes: Disputes,
        relaying: Relaying,
        agreements: Agreements,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._views = views
        self._claims = claims
        self._disputes = disputes
        self._relaying = relaying
        self._agreements = agreements

    async def request(
        self,
        id: bytes,
        verb: str,
        account: str | None,
        signature: str | None = None,
        *,
        permit: bool = True,
        to: str | None = None,
        proposal: str | None = None,
    ) -> WalletRequest:
        """The steps that are left. After a typed step, call again with its signature. `permit` False: approve instead. `to` is
        where a withdrawal is to go: to the account itself if not said; `proposal` the message whose settlement is accepted.

        Raises InputError for an account or a `to` that is none, Conflict where the order's state or the connected account forbids it, Unavailable without a chain."""
        if verb not in VERBS:
            raise NotFound("wallet.verb", "A wallet has no such part in an order.")
        deal = self._deals.deal(self._deals.row(id))
        terms = deal.terms
        if terms is None:
            raise Conflict("order.free", "No money goes through the escrow for this order.")
        need(deal, PARTS.get(verb, verb))
        escrow = await self._ledger.verified_escrow()
        who = self._account(deal, verb, account)
        if verb == "fund":
            obstacle, message = await self._obstacle(escrow, deal, terms)
            steps = () if obstacle else await self._funding(escrow, deal, terms, signature, permit)
        elif verb == AUTHORIZE:
            obstacle, message = await self._obstacle(escrow, deal, terms, fee=0)
            steps = () if obstacle else await self._authorizing(escrow, deal, signature)
        elif verb in (SETTLE, SIGN_RELEASE):
            obstacle, message = "", ""
            if verb == SIGN_RELEASE and signature is None:
                self._agreements.release_signed(id)
                deal = self._deals.deal(self._deals.row(id))
            steps = await self._settling(deal, signature)
        elif verb in BY_BUYER:
            obstacle, message = "", ""
            transaction = await self._agreements.prepared(deal, verb, proposal)
            steps = (self.send(verb, transaction),)
        else:
            obstacle, message = "", ""
            steps = (self.send(verb, self._transaction(escrow, deal, verb, to)),)
        return WalletRequest(self.chain(escrow), address_to_text(who), steps, obstacle, message)

    def _account(self, deal: Deal, verb: str, account: str | None) -> bytes:
        """Whose wallet is asked: a claim is for the account that was paid, a dispute for either party, anything else for the buyer."""
        owner = {WITHDRAW: deal.account, DISPUTE: deal.party}.get(verb, deal.terms.buyer)
        who = owner if account is None else address_from_text(account)
        if who is None:
            raise InputError("wallet.account", "That isn't an account's address.", "account")
        if who != owner and verb != "timeout":
            raise Conflict(
                "wallet.account",
                f"Only {address_to_text(owner)} can do this. Choose that account in your wallet.",
            )
        return who

    async def need_payable(self, id: bytes) -> None:
        """Before the node's own wallet is wished to pay: raise Conflict "chain.funds" or "order.sold_out", or Unavailable.
        What forbids the wish itself is left to who makes it."""
        deal = self._deals.deal(self._deals.row(id))
        if (
            "fund" not in deal.verbs
            or not self._ledger.pays(deal.terms)
            or "fund" in live(deal.row)
        ):
            return
        escrow = await self._ledger.verified_escrow()
        obstacle, message = await self._obstacle(escrow, deal, deal.terms)
        if obstacle:
            raise Conflict(RULE if obstacle.startswith("funds.") else f"order.{obstacle}", message)

    async def _obstacle(
        self, escrow: Escrow, deal: Deal, terms: Terms, fee: int = GAS_RESERVE
    ) -> tuple[str, str]:
        """What a person should know before any wallet pays."""
        if self.is_sold(deal):
            return "sold_out", SOLD_OUT
        lacking = await shortage(escrow, terms, fee)
        message = SENTENCES.get(lacking, "")
        if lacking == "gas" and self._is_paid_for(deal):
            message = SIGN_INSTEAD
        return (f"funds.{lacking}", message) if lacking else ("", "")

    def _is_paid_for(self, deal: Deal) -> bool:
        """Whether the seller's node means to pay the fee."""
        offered = deal.body["offer"].get("pays_fees", False)
        return offered and AUTHORIZE in deal.verbs and self._views.takes_authorizations(deal.terms)

    async def _authorizing(
        self, escrow: Escrow, deal: Deal, signature: str | None
    ) -> tuple[WalletStep, ...]:
        self._relaying.need_authorizing(deal)
        if signature is not None:
            await self._relaying.say(deal.row.id, signature_of(signature))
            return ()
        typed = escrow.authorization(deal.terms, self._relaying.valid_before(deal))
        return (WalletStep("typed", AUTHORIZE, typed),)

    def is_sold(self, deal: Deal) -> bool:
        """Whether fewer pieces are left than this order is for."""
        extension, lines, _ = self._deals.lines(deal)
        try:
            self._views.need_left(deal.listing, extension, lines)
        except Conflict:
            return True
        return False

    async def _settling(self, deal: Deal, signature: str | None) -> tuple[WalletStep, ...]:
        """The typed data of what its person has proposed; nothing is left once that is signed."""
        if signature is None:
            return (WalletStep("typed", "settle", self._agreements.typed(deal)),)
        await self._agreements.signed(deal, signature)
        return ()

    async def _funding(
        self, escrow: Escrow, deal: Deal, terms: Terms, signature: str | None, permit: bool
    ) -> tuple[WalletStep, ...]:
        fund = self.send("fund", escrow.fund(terms, deal.payees))
        if (
            terms.token == NOBODY
            or await escrow.allowance(terms.buyer, terms.token) >= terms.amount
        ):
            return (fund,)
        if not (permit and self._has_permit(terms)):
            return (self.send("approve", escrow.approve(terms.token, terms.amount)), fund)
        if signature is not None:
            return (self.send("fund", self._with_permit(escrow, deal, terms, signature)),)
        deadline = self._ledger.time() + PERMIT_LIFETIME
        # remembered, because the transaction is built from our own terms, never from what the page posts back
        self._world.store.update_order(deal.row.id, notes={"permit_deadline": deadline})
        return (WalletStep("typed", "permit", await escrow.permit(terms, deadline)),)

    def _has_permit(self, terms: Terms) -> bool:
        token = self._views.token(terms)
        return token is not None and token.permit

    def _with_permit(self, escrow: Escrow, deal: Deal, terms: Terms, signature: str) -> Transaction:
        deadline = deal.row.notes.get("permit_deadline")
        if deadline is None or not re.fullmatch("0x[0-9a-fA-F]{130}", signature):
            raise InputError(
                "wallet.signature", "That isn't a signature of this permit.", "signature"
            )
        return escrow.fund_with_permit(terms, deadline, bytes.fromhex(signature[2:]), deal.payees)

    def _transaction(self, escrow: Escrow, deal: Deal, verb: str, to: str | None) -> Transaction:
        if verb == "release":
            return escrow.release(deal.terms, deal.payees)
        if verb == WITHDRAW:
            receiver = self._claims.receiver(deal, to)
            return escrow.withdraw(deal.terms.token, deal.account, receiver)
        if verb == DISPUTE:
            return self._disputes.opening(deal)
        if verb == "take_back":
            return take_back(escrow, deal)
        return escrow.timeout(deal.terms, deal.payees)

    @staticmethod
    def send(verb: str, transaction: Transaction) -> WalletStep:
        return WalletStep(
            "transaction",
            verb,
            {"to": transaction.to, "data": transaction.data, "value": hex(transaction.value)},
        )

    def chain(self, escrow: Escrow) -> dict:
        """EIP-3085."""
        coin = next(token for token in escrow.tokens() if "/slip44:" in token.asset)
        return {
            "chainId": hex(escrow.chain_id),
            "chainName": self._world.settings.chain_name or escrow.chain,
            "rpcUrls": [self._world.settings.rpc] if self._world.settings.rpc else [],
            "nativeCurrency": {
                "name": coin.symbol,
                "symbol": coin.symbol,
                "decimals": coin.decimals,
            },
        }

    def note(self, id: bytes, verb: str, hash: str) -> None:
        """Remember a transaction that the browser's wallet has sent: a hint, the chain's events are the truth."""
        if verb == SETTLE or verb not in (*VERBS, *NOTED) or not TRANSACTION.fullmatch(hash):
            raise InputError(
                "wallet.transaction", "That isn't a transaction of this order.", "hash"
            )
        row = self._deals.row(id)
        notes = self.noted(row.notes, verb, hash)
        if (row.notes.get("draft") or {}).get("verb") == verb:
            notes["draft"] = {}
        self._world.store.update_order(id, notes=notes)
        self._deals.changed(id)

    def noted(self, notes: dict, verb: str, hash: str) -> dict:
        """The notes that remember it."""
        return {
            "transactions": {**notes.get("transactions", {}), verb: hash},
            "statuses": {**notes.get("statuses", {}), hash: ["sent", self._world.now()]},
        }
