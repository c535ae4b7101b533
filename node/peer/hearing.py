"""What comes about a dispute: an arbiter hears the parties of orders that name it, a party hears the arbiter of its own order.

Anybody can write to an arbiter. Heard is who proves to be a party of an order that the chain shows as disputed, with this node's
account as its arbiter; so who wants to fill the disk of an arbiter pays into the escrow for each part of it.
"""

import logging

from node.peer.deals import Deals
from node.peer.ledger import Ledger
from node.peer.post import Post
from node.peer.world import World, short
from node.ports import OrderRow
from node.protocol import cases, record
from node.protocol.cases import Order
from node.protocol.encoding import id_to_text
from node.protocol.errors import Ignored, NotFound, RuleError
from node.protocol.escrow import Disputed, Pot, fold_pot
from node.protocol.kinds.case import KIND
from node.protocol.record import Record

log = logging.getLogger("etal.hearing")

MAX_RECORDS = 128
"""Records of one party in one case: some dozen pictures, and all that a person would read."""

MAX_BYTES = 3 * 1024 * 1024
"""Of one party in one case."""

MAX_ANSWERS = 64
"""Words of an arbiter to one party of one case."""

MAX_ALL_BYTES = 512 * 1024 * 1024
"""Of all cases together."""


class Hearing:
    """Takes records of kind `case`."""

    def __init__(self, world: World, deals: Deals, ledger: Ledger, post: Post) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._post = post

    def begin(self) -> None:
        """After a start: where the parties of cases take their answers."""
        for case in self._world.store.cases():
            for each in self._world.store.case_records(case.id):
                proof = KIND.fields.read(each.body).get("proof")
                if proof and each.author != self._world.me:
                    self._post.remember_route(each.author, proof["nodes"])

    def take(self, sent: Record, body: dict) -> None:
        """Store a record. Raises Ignored or Rejected where it isn't taken, and no receipt is given."""
        id = body["order"]
        if body["escrow"] != self._ledger.account:
            raise Ignored("case.chain", "a dispute on a chain that this node doesn't follow")
        pot = self.disputed(id)
        if pot is None:
            raise Ignored("case.undisputed", "an order that is not disputed, as far as is known")
        known = self._world.store.case_records(id)
        if any(each.id == sent.id for each in known):
            return  # its receipt was lost
        if self._ledger.owns(pot.terms.arbiter):
            self._hear(sent, body, pot, known)
            self._world.changes.tell("case", "0x" + id.hex())
        else:
            self._answered(sent, body, pot, known)
        log.info("heard of case %s", short(id))

    def disputed(self, id: bytes) -> Pot | None:
        """The money of an order that is or was disputed; None for any other."""
        events = self._ledger.events(id)
        asked = any(isinstance(each, Disputed) for each in events)
        return fold_pot(events) if asked else None

    def order(self, pot: Pot, body: dict, known: list[Record]) -> Order:
        """What a party's record proves. Raises Rejected."""
        return cases.order_of(
            body,
            pot.terms,
            self._editions(body, known),
            self._world.settings.network,
            self._world.registry,
        )

    def _hear(self, sent: Record, body: dict, pot: Pot, known: list[Record]) -> None:
        if "proof" not in body:
            raise Ignored("case.proof", "a word by somebody who proves nothing")
        order = self.order(pot, body, known)
        cases.check_party(order, sent.author)
        if "message" in body:
            network, registry = self._world.settings.network, self._world.registry
            cases.check_message(body["message"], order, network, registry)
        self._need_room(sent, known, MAX_RECORDS)
        self._post.remember_route(sent.author, body["proof"]["nodes"])
        self._world.store.update_case(body["order"], records=[sent])

    def _answered(self, sent: Record, body: dict, pot: Pot, known: list[Record]) -> None:
        row = self._world.store.order_of_escrow(body["order"])
        if row is None or "to" not in body:
            raise Ignored("case.unknown", "about an order that is none of ours")
        if sent.author != self.arbiter_of(row, pot.terms.arbiter) or body["to"] != row.side:
            raise Ignored("case.stranger", "a word by someone who isn't the arbiter of the order")
        self._need_room(sent, known, MAX_ANSWERS)
        self._world.store.update_case(body["order"], records=[sent])
        self._world.changes.tell("order", id_to_text(row.id))

    def arbiter_of(self, row: OrderRow, address: bytes) -> bytes | None:
        """The persona that the order's offer names beside this address; None where it names none."""
        listed = self._deals.deal(row).body["offer"].get("arbiters", ())
        return next((each["persona"] for each in listed if each["address"] == address), None)

    def _need_room(self, sent: Record, known: list[Record], most: int) -> None:
        theirs = [each for each in known if each.author == sent.author]
        size = sum(len(each.raw) for each in (*theirs, sent))
        if len(theirs) >= most or size > MAX_BYTES:
            raise Ignored("case.room", "no more of this author fits into the case")
        if self._world.store.case_bytes() + len(sent.raw) > MAX_ALL_BYTES:
            raise Ignored("case.room", "no more fits into the cases of this node")

    def _editions(self, body: dict, known: list[Record]) -> list[Record]:
        """The edition that the order cites, where it was shown before or is held for another reason."""
        network = self._world.settings.network
        raws = [each.body["listing"] for each in known if "listing" in each.body]
        held = self._world.store.get(body["proof"]["opened"]["offer"]["value"])
        found = []
        for raw in (*raws, *([held] if held else [])):
            try:
                found.append(record.parse(raw, network))
            except (RuleError, NotFound):
                continue
        return found
