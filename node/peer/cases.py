"""What an arbiter does: rules, and writes to the parties.

case.notes: as those of orders (node.peer.wishes); the wish to rule has {to_seller, paid}, decimal text in the token's smallest unit:
what the seller's side is to get, and what it had got before that was decided
"""

import logging
from dataclasses import replace
from functools import partial

import trio

from node.peer.case_views import RulingView
from node.peer.docket import OPEN, RULE, Docket
from node.peer.hearing import MAX_ANSWERS, Hearing
from node.peer.ledger import RETRY_AFTER, Ledger
from node.peer.post import Post
from node.peer.signing import signed
from node.peer.wishes import Wishes
from node.peer.world import RECORD_LIFETIME, World, short
from node.ports import Transaction
from node.protocol.errors import Conflict, EtalError, InputError
from node.protocol.escrow import NO_PAYEES, WHOLE, Pot, State, split
from node.protocol.kinds.case import KIND
from node.protocol.order_state import BUYER
from node.protocol.record import Draft

log = logging.getLogger("etal.cases")

KEPT = 90 * 86_400
"""Seconds after the end of a case for which what was shown is kept."""


class Cases:
    """What an arbiter does about the cases on its docket."""

    def __init__(
        self, world: World, ledger: Ledger, post: Post, hearing: Hearing, docket: Docket
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._post = post
        self._hearing = hearing
        self._docket = docket
        self._wishes = Wishes(world, docket.book)
        self._live: set[bytes] = set()  # with a wish that isn't done
        self._nudge = trio.Event()

    # ---- deciding

    def preview(self, id: bytes, to_seller: int | None, share_bps: int | None) -> RulingView:
        """What a decision would pay: an amount to the seller's side, or a share of what is left after the fee. Raises InputError."""
        pot = self._need_open(id)
        fee = split(
            replace(pot.terms, payees=NO_PAYEES), pot.held, RULE, state=pot.state
        ).to_arbiter
        if (to_seller is None) == (share_bps is None):
            raise InputError("case.amount", "Say how much the seller gets.", "to_seller")
        if to_seller is None:
            if not 0 <= share_bps <= WHOLE:
                raise InputError(
                    "form.share", "A share from 0 to 100 percent is expected.", "share"
                )
            to_seller = (pot.held - fee) * share_bps // WHOLE
        if not 0 <= to_seller <= pot.held - fee:
            raise InputError("case.amount", "That is more than there is to divide.", "to_seller")
        paid = split(
            replace(pot.terms, payees=NO_PAYEES),
            pot.held,
            RULE,
            state=pot.state,
            to_seller=to_seller,
        )
        amounts = (paid.to_buyer, paid.to_seller, paid.to_arbiter)
        return RulingView(
            *(self._docket.money(pot, amount) for amount in amounts), to_seller=to_seller
        )

    def rule(self, id: bytes, to_seller: int | None, share_bps: int | None) -> None:
        """Wish that the node's wallet decides so. Raises InputError, or Conflict where it can't be decided now."""
        ruling = self.preview(id, to_seller, share_bps)
        pot = self._docket.pot(id)
        if (
            self._docket.payees(pot, self._docket.order(pot, self._world.store.case_records(id)))
            is None
        ):
            raise Conflict(
                "case.payees",
                "Others share the seller's part, and no party has shown yet who. Write to them: any of them can show the order.",
            )
        row = self._docket.book.row(id)
        notes = self._wishes.ask(
            row, RULE, to_seller=str(ruling.to_seller), paid=str(pot.to_seller)
        )
        self._docket.book.write({id: notes})
        self._live.add(id)
        self.hurry()

    def _need_open(self, id: bytes) -> Pot:
        pot = self._docket.pot(id)
        if self._docket.stage(pot) != "open":
            raise Conflict("case.closed", "Nothing is to be decided about this order now.")
        return pot

    def _ruling(self, id: bytes) -> Transaction:
        pot = self._need_open(id)
        payees = self._docket.payees(
            pot, self._docket.order(pot, self._world.store.case_records(id))
        )
        wish = self._docket.book.row(id).notes["wishes"][RULE]
        # what the seller's side was paid since then is of what was decided about: not to be given once more
        since = pot.to_seller - int(wish["paid"])
        to_seller = max(0, int(wish["to_seller"]) - since)
        return self._world.escrow.rule(pot.terms, to_seller, payees or ())

    # ---- writing

    def write(self, id: bytes, text: str, to: str) -> None:
        """A word to one party, sealed. Raises Conflict where it can't be reached, or has had too many."""
        pot = self._need_open(id)
        store = self._world.store
        records = store.case_records(id)
        order = self._docket.order(pot, records)
        if to not in self._docket.reachable(order, records):
            raise Conflict(
                "case.unreached", "This side hasn't shown you yet how to write to it.", "to"
            )
        persona = order.buyer if to == BUYER else order.seller
        mine = [each for each in records if each.author == self._world.me]
        if sum(each.body.get("to") == to for each in mine) >= MAX_ANSWERS:
            raise Conflict("case.room", "No more fits into this case.")
        created = max([self._world.now(), *(each.created + 1 for each in mine)])
        body = {"escrow": self._ledger.account, "order": id, "text": text.strip(), "to": to}
        wire = KIND.fields.write(body)
        draft = Draft(KIND.id, KIND.version, wire, created, created + RECORD_LIFETIME)
        made = signed(self._world, draft)
        sealed = self._post.seal(made, persona, self._docket.key(persona, records))
        store.update_case(id, records=[made], outgoing=[sealed])
        self._world.changes.tell("case", "0x" + id.hex())
        self._post.hurry()

    # ---- what happens by itself

    def react(self, touched: set[bytes]) -> None:
        """After a step of the chain: these escrow ids were touched by it."""
        for id in touched:
            if self._docket.is_ours(id):
                self._world.changes.tell("case", "0x" + id.hex())
        self.hurry()

    def hurry(self) -> None:
        self._nudge.set()

    async def run(self) -> None:
        """For ever: send what is wished, and forget what is long over."""
        store = self._world.store
        self._live = {case.id for case in store.cases() if case.notes.get("wishes")}
        while True:
            for id in list(self._live):
                try:
                    await self._attend(id)
                except EtalError as fault:
                    log.info("case %s: %s", short(id), fault)
                except Exception:
                    log.exception("case %s: our own mistake", short(id))
            with trio.move_on_after(RETRY_AFTER):
                await self._nudge.wait()
            self._nudge = trio.Event()

    async def _attend(self, id: bytes) -> None:
        await self._ledger.verified_escrow()
        done = partial(self._is_decided, id)
        await self._wishes.watch(self._docket.book.row(id), done)
        await self._wishes.attend(self._docket.book.row(id), done, self._builder(id))
        if self._wishes.is_settled(self._docket.book.row(id), done):
            self._live.discard(id)

    def forget(self) -> None:
        """Delete what was shown about disputes that have been over for long."""
        for case in self._world.store.cases():
            pot = self._hearing.disputed(case.id)
            over = pot is not None and pot.state is State.NONE and pot.last is not None
            if over and self._world.now() > pot.last.where.time + KEPT:
                self._world.store.forget_case(case.id)

    def _is_decided(self, id: bytes, verb: str) -> bool:
        pot = self._hearing.disputed(id)
        return pot is not None and pot.state not in OPEN

    def _builder(self, id: bytes):
        async def build(verb: str) -> tuple[str, Transaction]:
            return verb, self._ruling(id)

        return build
