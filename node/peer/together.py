"""Several orders of one buyer at once: paid, or released, by one transaction.

The contract does all of them or none, so what can't be done is left out before, and said. By the node's own wallet each order has its own
wish, which names the others; whichever is looked at first sends for all whose wish still stands. What the contract refuses
together is then tried one by one.

    order.notes: wishes  verb -> {…, with?: ids of all, hex, separated by spaces}
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.peer.buying import Buying
from node.peer.deal import Deal, need
from node.peer.deals import Deals
from node.peer.funds import GAS_RESERVE, RULE, SENTENCES
from node.peer.ledger import Ledger
from node.peer.views import LeftOut, WalletRequest, WalletStep
from node.peer.wallet_requests import SOLD_OUT, TRANSACTION, WalletRequests
from node.peer.wishes import APPROVE, Wishes, live
from node.peer.world import World
from node.ports import Escrow, Transaction
from node.protocol.encoding import id_to_text
from node.protocol.errors import Conflict, EtalError, InputError, NotFound, RuleError
from node.protocol.escrow import MAX_ORDERS, NOBODY
from node.protocol.order_state import BUYER
from node.protocol.patterns import address_from_text, address_to_text

VERBS = ("fund", "release")


@dataclass(frozen=True)
class Chosen:
    deals: list[Deal]
    left_out: tuple[LeftOut, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(id_to_text(deal.row.id) for deal in self.deals)


class Together:
    """What is asked of several orders at once."""

    def __init__(
        self,
        world: World,
        deals: Deals,
        ledger: Ledger,
        wishes: Wishes,
        buying: Buying,
        wallets: WalletRequests,
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._wishes = wishes
        self._buying = buying
        self._wallets = wallets

    # ---- by a wallet in the browser

    async def request(self, ids: Sequence[bytes], verb: str, account: str | None) -> WalletRequest:
        """The steps that are left, and which orders they are for. Raises Conflict where none can be done, InputError, Unavailable."""
        escrow = await self._ledger.verified_escrow()
        who = self._payer(ids, account)
        chosen = self._choose(ids, verb, lambda deal: deal.terms.buyer == who)
        obstacle = message = ""
        steps: tuple[WalletStep, ...] = ()
        if verb == "fund":
            obstacle = await self._lacking(escrow, chosen.deals, GAS_RESERVE)
            message = SENTENCES.get(obstacle, "")
        if not obstacle:
            waiting = await self._approvals(escrow, chosen.deals) if verb == "fund" else []
            steps = (
                *(self._wallets.send(APPROVE, each) for each in waiting),
                self._wallets.send(verb, self._all(escrow, chosen.deals, verb)),
            )
        return WalletRequest(
            self._wallets.chain(escrow),
            address_to_text(who),
            steps,
            f"funds.{obstacle}" if obstacle else "",
            message,
            chosen.ids,
            chosen.left_out,
        )

    def note(self, ids: Sequence[bytes], verb: str, hash: str) -> None:
        """Remember a transaction that the browser's wallet has sent for all of these."""
        if verb not in (*VERBS, APPROVE) or not TRANSACTION.fullmatch(hash):
            raise InputError(
                "wallet.transaction", "That isn't a transaction of this order.", "hash"
            )
        rows = [self._deals.row(id) for id in _bounded(ids)]
        self._world.store.note_orders(
            {row.id: self._wallets.noted(row.notes, verb, hash) for row in rows}
        )
        for row in rows:
            self._deals.changed(row.id)

    def _payer(self, ids: Sequence[bytes], account: str | None) -> bytes:
        if account is None:
            first = self._deals.deal(self._deals.row(_bounded(ids)[0]))
            if first.terms is None:
                raise Conflict("order.free", "No money goes through the escrow for this order.")
            return first.terms.buyer
        who = address_from_text(account)
        if who is None:
            raise InputError("wallet.account", "That isn't an account's address.", "account")
        return who

    # ---- by the node's own wallet

    async def by_node(self, ids: Sequence[bytes], verb: str) -> Chosen:
        """Wish that the node's wallet does this for all that it can be done for. Raises Conflict where that is none, or where it lacks
        the sum."""
        escrow = await self._ledger.verified_escrow()
        chosen = self._choose(ids, verb, lambda deal: self._ledger.pays(deal.terms))
        if verb == "fund":
            lacking = await self._lacking(escrow, chosen.deals, GAS_RESERVE)
            if lacking:
                raise Conflict(RULE, SENTENCES[lacking])
        everyone = " ".join(deal.row.id.hex() for deal in chosen.deals)
        more = {"with": everyone} if len(chosen.deals) > 1 else {}
        rows = [self._deals.row(deal.row.id) for deal in chosen.deals]
        self._world.store.note_orders({row.id: self._wishes.ask(row, verb, **more) for row in rows})
        for row in rows:
            self._deals.changed(row.id)
        return chosen

    def group(self, deal: Deal, verb: str) -> list[Deal]:
        """The orders that go along with this one's wish now, itself first; itself alone where none does."""
        wish = deal.row.notes["wishes"][verb]
        if verb not in VERBS or "with" not in wish or wish["tries"] or wish.get("failed"):
            return [deal]
        ids = (bytes.fromhex(each) for each in wish["with"].split())
        others = (self._companion(deal, id, verb) for id in ids if id != deal.row.id)
        return [deal, *(each for each in others if each is not None)]

    def _companion(self, leader: Deal, id: bytes, verb: str) -> Deal | None:
        row = self._world.store.order(id)
        if row is None or verb not in live(row):
            return None
        wish = row.notes["wishes"][verb]
        if wish["tries"] or wish.get("failed") or _sent(row.notes) != _sent(leader.row.notes):
            return None
        try:
            deal = self._deals.deal(row)
            if deal.has_done(verb) or deal.terms.buyer != leader.terms.buyer:
                return None
            if verb == "fund":
                self._buying.need_open(deal)
        except EtalError:
            return None  # it says itself what is wrong, when it is looked at
        return deal

    async def sending(
        self, deals: Sequence[Deal], verb: str
    ) -> tuple[str, Transaction, tuple[bytes, ...]]:
        """(what it is noted as, the next transaction for all of these, the ids of all but the first)."""
        escrow, others = self._world.escrow, tuple(deal.row.id for deal in deals[1:])
        if verb == "fund":
            self._buying.need_open(deals[0])
            lacking = await self._lacking(escrow, deals, fee=0)
            if lacking:
                raise RuleError(RULE, SENTENCES[lacking])
            if waiting := await self._approvals(escrow, deals):
                return APPROVE, waiting[0], others
        return verb, self._all(escrow, deals, verb), others

    # ---- inside

    def _choose(self, ids: Sequence[bytes], verb: str, is_ours: Callable[[Deal], bool]) -> Chosen:
        if verb not in VERBS:
            raise NotFound("wallet.verb", "This can't be done for several orders at once.")
        deals, left_out, first = [], [], None
        for id in _bounded(ids):
            deal = self._deals.deal(self._deals.row(id))
            try:
                self._need(deal, verb, is_ours)
            except Conflict as fault:
                left_out.append(LeftOut(id_to_text(id), fault.rule, fault.message))
                first = first or fault
            else:
                deals.append(deal)
        if first is not None and not deals:
            raise first
        return Chosen(deals, tuple(left_out))

    def _need(self, deal: Deal, verb: str, is_ours: Callable[[Deal], bool]) -> None:
        if deal.row.side != BUYER or deal.terms is None:
            raise Conflict("order.free", "No money goes through the escrow for this order.")
        need(deal, verb)
        if verb in live(deal.row):
            raise Conflict("order.verb", "This is on its way already.")
        if not is_ours(deal):
            raise Conflict("order.wallet", "Another account pays for this order: do it by itself.")
        if verb == "fund" and self._wallets.is_sold(deal):
            message = SOLD_OUT
            raise Conflict("order.sold_out", message)

    def _all(self, escrow: Escrow, deals: Sequence[Deal], verb: str) -> Transaction:
        orders = [(deal.terms, deal.payees) for deal in deals]
        return escrow.fund_many(orders) if verb == "fund" else escrow.release_many(orders)

    async def _approvals(self, escrow: Escrow, deals: Sequence[Deal]) -> list[Transaction]:
        """One for each token of which the escrow may not take the sum yet."""
        buyer = deals[0].terms.buyer
        return [
            escrow.approve(token, amount)
            for token, amount in _sums(deals).items()
            if token != NOBODY and await escrow.allowance(buyer, token) < amount
        ]

    async def _lacking(self, escrow: Escrow, deals: Sequence[Deal], fee: int) -> str:
        """What the buyer lacks for the sum: a key of SENTENCES, "" for nothing."""
        buyer, sums = deals[0].terms.buyer, _sums(deals)
        for token, amount in sums.items():
            if token != NOBODY and await escrow.balance(buyer, token) < amount:
                return "token"
        coins, price = await escrow.balance(buyer, NOBODY), sums.get(NOBODY, 0)
        if coins < price:
            return "coin"
        return "gas" if coins < price + fee else ""


def _sums(deals: Sequence[Deal]) -> dict[bytes, int]:
    """Token -> amount of all together."""
    sums: dict[bytes, int] = {}
    for deal in deals:
        sums[deal.terms.token] = sums.get(deal.terms.token, 0) + deal.terms.amount
    return sums


def _sent(notes: dict) -> dict[str, str]:
    """What was last sent, by name: orders that were sent for together have the same."""
    return {verb: hash for verb, hash in notes.get("transactions", {}).items() if hash}


def _bounded(ids: Sequence[bytes]) -> list[bytes]:
    """Each once. Raises InputError for none, or more than the contract takes."""
    several = list(dict.fromkeys(ids))
    if not 1 <= len(several) <= MAX_ORDERS:
        raise InputError("order.many", f"One transaction takes 1 to {MAX_ORDERS} orders.", "orders")
    return several
