"""Transactions that the node's own wallet is to send, remembered on the order until the chain shows them.

What the node wants of the chain (deliver, refund, fund, release) is a note on the order, written before anything is sent.
`attend` looks at each wish: done on chain, under way, or to be sent (again). So a crash at any moment repeats at most a
transaction that the contract refuses the second time.

    order.notes: wishes        verb -> {tries, failed?, approved?, since?, trouble?, rule?, given_up?, to?}; since it was first sent, to a receiver
                 transactions  verb, or "approve" -> hash of the latest, by whichever wallet
                 statuses      hash -> [sent | unknown | pending | failed | mined, since]
"""

import logging
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Protocol

from node.peer.deal import PLEDGE, RELAY, WITHDRAW
from node.peer.world import World, short
from node.ports import CampaignRow, Campaigns, CaseRow, Escrow, OrderRow, Transaction
from node.protocol.encoding import id_to_text
from node.protocol.errors import Conflict, EtalError, Unavailable

log = logging.getLogger("etal.wishes")

MAX_ATTEMPTS = 20
"""Times that the contract may revert a wish before it is given up and shown as a problem."""

MAX_FAILED = 3
"""Transactions for a wish that may fail in a block, until it is given up likewise: each takes its fee. One for what is sent for somebody
else, who might make it fail on purpose."""

MAX_APPROVED = 3
"""Permissions of a token that are given for one wish, all in blocks: each takes its fee, and an endpoint that hides them could have them
given for ever."""

FORGOTTEN_AFTER = 600
"""Seconds after which a transaction without effect is taken for lost, if the chain doesn't know it or has undone it."""

PAYMENT_FORGOTTEN_AFTER = 86_400
"""The same for a payment that is in a block: longer than anybody may take to pay. What isn't seen of it may be that it was given back,
and the contract takes the same payment a second time then."""

RAISED_AFTER = 180
"""Seconds after which a transaction that waits to be mined gets higher fees."""

MAX_EARLIER = 8
"""Hashes remembered of one verb, beside the latest."""

APPROVE = "approve"
OPEN = "open"
"""A campaign, by whoever pledges first."""

SPONSOR = "sponsor"
"""Pledges of backers who have signed them, by the campaign's creator."""

WITHOUT_EVENT = (APPROVE, OPEN, WITHDRAW)
"""Transactions that no event of the order shows: that they are in a block is all that there is to know of them."""

ONCE = ("fund", PLEDGE, "release_part", "refund_part", "accept_settlement")
"""What the contract may take a second time: once told to be in a block, none is sent again."""

FOR_OTHERS = (RELAY, SPONSOR)
"""What is sent for somebody else, who might make it fail on purpose."""

PASSING = ("trouble", "rule", "given_up")
"""What was noted of a wish's last attempt, and is wrong with the next."""

REVERTED = "chain.reverted"
FAILED = "chain.failed"

Done = Callable[[str], bool]
Build = Callable[
    [str], Awaitable[tuple[str, Transaction] | tuple[str, Transaction, tuple[bytes, ...]]]
]
"""verb -> (what it is noted as, the next transaction on the way to what is wished, ids of other orders that it is for as well)."""


def live(row: OrderRow | CampaignRow | CaseRow) -> set[str]:
    """Verbs that the node is trying to bring about."""
    return {v for v, wish in row.notes.get("wishes", {}).items() if not wish.get("given_up")}


def given_up(row: OrderRow | CampaignRow) -> dict[str, dict]:
    """Verbs that the contract has refused for good -> the wish, with why. They may be wished again."""
    return {v: wish for v, wish in row.notes.get("wishes", {}).items() if wish.get("given_up")}


def is_lost(verb: str, status: str, since: int, now: int) -> bool:
    """Whether a transaction without effect should be waited for no longer. It shows nothing on chain although it was mined if
    the chain was reorganised, or if the chain's node leaves out its event."""
    paid = verb in ONCE and status == "mined"
    patience = PAYMENT_FORGOTTEN_AFTER if paid else FORGOTTEN_AFTER
    return status == "failed" or (status in ("unknown", "mined") and now > since + patience)


def _steps(verb: str) -> tuple[str, ...]:
    """The names of the transactions by which a wish comes about."""
    before = {"fund": (APPROVE,), PLEDGE: (OPEN, APPROVE), SPONSOR: (OPEN,)}
    return (*before.get(verb, ()), verb)


def sent_as(notes: dict, name: str) -> list[str]:
    """Hashes of all that is known to have been sent as this, the latest first."""
    latest = notes.get("transactions", {}).get(name)
    return [] if latest is None else [latest, *notes.get("earlier", {}).get(name, ())]


class Book(Protocol):
    """Where wishes are noted: on orders, on the cases of an arbiter, or on campaigns."""

    def row(self, id: bytes) -> OrderRow | CaseRow | CampaignRow: ...
    def write(self, notes: dict[bytes, dict]) -> None:
        """Merge these notes, of each id its own, all or none; and tell the pages."""


class OfOrders:
    def __init__(self, world: World) -> None:
        self._world = world

    def row(self, id: bytes) -> OrderRow:
        return self._world.store.order(id)

    def write(self, notes: dict[bytes, dict]) -> None:
        self._world.store.note_orders(notes)
        for id in notes:
            self._world.changes.tell("order", id_to_text(id))


class Wishes:
    """Sends what orders want sent. Notes are read and written without a pause between, so that none made meanwhile is lost."""

    def __init__(
        self, world: World, book: Book | None = None, verbs: Collection[str] = (PLEDGE,)
    ) -> None:
        """`verbs` are those that go to the contract for campaigns."""
        self._world = world
        self._book = book or OfOrders(world)
        self._of_campaigns = verbs

    def ask(self, row: OrderRow, verb: str, **more: str) -> dict:
        """The notes that record a wish, made for the first time or again; the caller writes them with what belongs to it.
        `more` is for whoever builds its transaction."""
        return {"wishes": {**row.notes.get("wishes", {}), verb: {"tries": 0, **more}}}

    def drop(self, row: OrderRow, verb: str) -> dict:
        """The notes without this wish: it is called off, if it was made. The caller writes them likewise."""
        return {"wishes": {v: wish for v, wish in row.notes.get("wishes", {}).items() if v != verb}}

    async def attend(self, row: OrderRow, is_done: Done, build: Build) -> None:
        """Look at each wish of one order: forget it when done, wait when under way, else send it. Raises Unavailable."""
        for verb, wish in row.notes.get("wishes", {}).items():
            if is_done(verb):
                self._note(row.id, verb, None)
            elif not wish.get("given_up") and not await self._is_under_way(row, verb):
                await self._send(row.id, verb, wish, build)

    async def watch(self, row: OrderRow, is_done: Done) -> None:
        """Ask what became of the transactions of an order whose effect isn't on chain yet, whoever sent them."""
        now = self._world.now()
        known = row.notes.get("statuses", {})
        for verb, hash in row.notes.get("transactions", {}).items():
            before, since = known.get(hash, ("sent", now))
            if is_done(verb) and verb not in WITHOUT_EVENT:
                status = "mined"
            elif is_lost(verb, before, since, now) or (verb in WITHOUT_EVENT and before == "mined"):
                continue
            else:
                status = await self._status(row, verb)
            if status != before or hash not in known:
                self._note_status(row.id, hash, status)

    def is_settled(self, row: OrderRow, is_done: Done) -> bool:
        """Whether nothing more is to be learnt of this order's wishes and transactions."""
        statuses, now = row.notes.get("statuses", {}), self._world.now()
        return not live(row) and all(
            (is_done(verb) and verb not in WITHOUT_EVENT)
            or is_lost(verb, *statuses.get(hash, ("sent", now)), now)
            or (verb in WITHOUT_EVENT and statuses.get(hash, [""])[0] == "mined")
            for verb, hash in row.notes.get("transactions", {}).items()
        )

    async def _is_under_way(self, row: OrderRow, verb: str) -> bool:
        sent = row.notes.get("transactions", {})
        for name in _steps(verb):
            if name not in sent:
                continue
            status, now = await self._status(row, name), self._world.now()
            before, since = row.notes.get("statuses", {}).get(sent[name], ("sent", now))
            if status == "pending":
                return before != "pending" or now <= since + RAISED_AFTER
            waits_for_effect = status == "mined" and name not in (APPROVE, OPEN)
            # what has just been told to be paid is never paid again
            if waits_for_effect and (name in ONCE or not is_lost(name, status, since, now)):
                return True
        return False

    async def _status(self, row: OrderRow, name: str) -> str:
        """The best that became of any transaction for this."""
        best = "unknown"
        for hash in sent_as(row.notes, name):
            status = await self._world.escrow.status(hash)
            if status in ("mined", "pending"):
                return status
            best = status if best == "unknown" else best
        return best

    async def _send(self, id: bytes, verb: str, asked: dict, build: Build) -> None:
        wish = {each: asked[each] for each in asked if each not in PASSING}
        name, hash, waits, others = verb, None, self._waits(id, verb), ()
        wish["failed"] = self._failed(id, verb, wish)
        sending = wish  # as it is noted at the last moment
        try:
            if len(wish["failed"]) >= (1 if verb in FOR_OTHERS else MAX_FAILED):
                raise Conflict(FAILED, "The network took it, and each time it failed.")
            name, transaction, *more = await build(verb)
            others = more[0] if more else ()
            if name == APPROVE:
                wish["approved"] = self._approved(id, wish)
            hash = await self._sender(verb).send(
                transaction,
                sent_as(self._book.row(id).notes, name),
                partial(self._note_sending, id, verb, asked, wish, name, others),
            )
            log.info("%s of order %s sent as %s", name, short(id), hash)
        except EtalError as fault:
            log.warning("%s of order %s: %s", verb, short(id), fault)
            if waits or self._wish(id, verb) is None:
                return  # only its fees couldn't be raised, and it may be mined all the same; or nobody wants it any more
            tries = wish["tries"] + (fault.rule == REVERTED)
            wish = {**wish, "tries": tries, "trouble": str(fault), "rule": fault.rule}
            if wish["tries"] >= MAX_ATTEMPTS or isinstance(fault, Conflict):
                wish["given_up"] = True
        # called off or changed while it was broadcast, it stays so; what was sent is known all the same
        now = self._wish(id, verb)
        self._note(id, verb, wish if now in (asked, sending) else now, name, hash, others)

    def _sender(self, verb: str) -> Escrow | Campaigns:
        """Both send by the node's own wallet, and each knows why its own contract refuses."""
        world = self._world
        return world.campaigns if verb in self._of_campaigns and world.campaigns else world.escrow

    def _failed(self, id: bytes, verb: str, wish: dict) -> list[str]:
        """Hashes of what was sent for this wish and failed in a block, those that were counted before included."""
        if "since" not in wish:
            return []
        notes, failed = self._book.row(id).notes, wish.get("failed", [])
        # an opening that failed isn't counted: anybody may open a campaign before us
        names = (verb,) if verb == SPONSOR else _steps(verb)
        latest = [hash for name in names for hash in sent_as(notes, name)[:1]]
        statuses = notes.get("statuses", {})
        new = [each for each in latest if statuses.get(each, [""])[0] == "failed"]
        return [*failed, *(each for each in new if each not in failed)]

    def _approved(self, id: bytes, wish: dict) -> int:
        """How many permissions given for this wish are in a block, and not seen. Raises Conflict where those are enough."""
        notes, before = self._book.row(id).notes, wish.get("approved", 0)
        latest = notes.get("transactions", {}).get(APPROVE)
        mined = notes.get("statuses", {}).get(latest, [""])[0] == "mined"
        if "since" not in wish or not mined:
            return before
        if before + 1 >= MAX_APPROVED:
            raise Conflict(
                "chain.permission",
                "The permission for the token was given several times and isn't seen. One of the chain's nodes may be wrong.",
            )
        return before + 1

    def _waits(self, id: bytes, verb: str) -> bool:
        """Whether the chain's node last said that a transaction for this waits to be mined."""
        notes = self._book.row(id).notes
        hash = notes.get("transactions", {}).get(verb)
        return notes.get("statuses", {}).get(hash, [""])[0] == "pending"

    def _wish(self, id: bytes, verb: str) -> dict | None:
        return self._book.row(id).notes.get("wishes", {}).get(verb)

    def _note_sending(
        self,
        id: bytes,
        verb: str,
        asked: dict,
        wish: dict,
        name: str,
        others: tuple[bytes, ...],
        hash: str,
    ) -> None:
        """The last moment before it is broadcast. Raises Conflict where it was called off while it was prepared, and
        Unavailable where something else is wished by now: that is sent next."""
        now = self._wish(id, verb)
        if now is None:
            raise Conflict("order.cancelled", "You have cancelled this order meanwhile.")
        if now != asked:
            raise Unavailable("order.changed", "Something else was asked for meanwhile.")
        if any(self._wish(other, verb) is None for other in others):
            raise Unavailable("order.changed", "An order that goes along has changed meanwhile.")
        self._note(id, verb, wish, name, hash, others)

    def _note(
        self,
        id: bytes,
        verb: str,
        wish: dict | None,
        name: str = "",
        hash: str | None = None,
        others: tuple[bytes, ...] = (),
    ) -> None:
        """`others` are noted as sent for with it, each with its own wish."""
        notes = {id: self._changed(self._book.row(id), verb, wish, name, hash)}
        for other in others if hash is not None else ():
            row = self._book.row(other)
            own = row.notes.get("wishes", {}).get(verb)
            own = own and {each: own[each] for each in own if each not in PASSING}
            if own and wish and "approved" in wish:
                own["approved"] = wish["approved"]
            notes[other] = self._changed(row, verb, own, name, hash)
        self._book.write(notes)

    def _changed(
        self, row: OrderRow, verb: str, wish: dict | None, name: str, hash: str | None
    ) -> dict:
        notes, changed = row.notes, self.drop(row, verb)
        if wish is not None:
            changed["wishes"][verb] = wish
        if hash is not None:
            if wish is not None:
                wish.setdefault("since", self._world.now())
            changed["transactions"] = {**notes.get("transactions", {}), name: hash}
            earlier = [each for each in sent_as(notes, name) if each != hash][:MAX_EARLIER]
            changed["earlier"] = {**notes.get("earlier", {}), name: earlier}
            changed["statuses"] = {
                **notes.get("statuses", {}),
                hash: ["sent", self._world.now()],
            }
        return changed

    def _note_status(self, id: bytes, hash: str, status: str) -> None:
        notes = self._book.row(id).notes
        current = set(notes.get("transactions", {}).values())
        statuses = {
            each: kept for each, kept in notes.get("statuses", {}).items() if each in current
        }
        self._book.write({id: {"statuses": {**statuses, hash: [status, self._world.now()]}}})
