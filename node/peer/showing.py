"""What a party of a disputed order shows its arbiter, one by one, and nothing that it doesn't choose to.

Each record proves by itself that its author is a party: it opens the buyer's persona and the edition of the order's commitment, and
shows the other parts as leaves. The edition goes along first, so that the arbiter need not have it.
"""

import hashlib
from typing import Any

from node.peer.deal import Deal
from node.peer.deals import Deals
from node.peer.hearing import MAX_RECORDS, Hearing
from node.peer.ledger import Ledger
from node.peer.post import Post
from node.peer.signing import signed
from node.peer.views import ShownView
from node.peer.world import RECORD_LIFETIME, World
from node.protocol.commitment import PARTS, leaf
from node.protocol.encoding import id_to_text
from node.protocol.errors import Conflict, InputError, NotFound, Unavailable
from node.protocol.kinds.case import KIND, MAX_PIECES, MAX_SHOWN, MUST_OPEN, PIECE
from node.protocol.kinds.order import KIND as ORDER
from node.protocol.order_state import BUYER, SELLER
from node.protocol.record import Draft, Record

OPENABLE = tuple(name for name in PARTS if name not in (*MUST_OPEN, "review"))
"""Parts that a party may open: `lines` and `delivery`. The review key is nobody's business."""

MAX_PICTURE = PIECE * MAX_PIECES


class Showing:
    """A party's side of its disputes."""

    def __init__(
        self, world: World, deals: Deals, ledger: Ledger, post: Post, hearing: Hearing
    ) -> None:
        self._world = world
        self._deals = deals
        self._ledger = ledger
        self._post = post
        self._hearing = hearing

    def can_show(self, deal: Deal) -> bool:
        """Whether an arbiter decides about it now, and can be told from the offer."""
        disputed = deal.followed and "ruling_by" in deal.state.deadlines
        return disputed and not deal.state.facts.due and self._arbiter(deal) is not None

    def parts(self, id: bytes, names: list[str]) -> None:
        """Open parts of the order itself: lines, delivery. Raises InputError for another."""
        if not names or not set(names) <= set(OPENABLE):
            raise InputError("case.parts", "Choose what of the order to show.", "parts")
        self._send(id, {}, tuple(names))

    def message(self, id: bytes, message_id: bytes) -> None:
        """Show one message of either side, whole. Raises NotFound, Conflict where it is too long."""
        found = next((m for m in self._world.store.messages(id) if m.id == message_id), None)
        if found is None:
            raise NotFound("case.message", "There is no such message in this order.")
        if len(found.raw) > MAX_SHOWN:
            raise Conflict("case.long", "This message is too long to be shown as a whole.")
        self._send(id, {"message": found.raw})

    def picture(self, id: bytes, data: bytes, alt: str) -> None:
        """Show a picture (WebP), in as many records as it needs. Raises InputError for one that is too large."""
        if len(data) > MAX_PICTURE:
            raise InputError(
                "case.picture",
                "This picture has too many details to be shown. Take a smaller part of it.",
                "picture",
            )
        blob = hashlib.sha256(data).digest()
        pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
        common = {"blob": blob, "size": len(data), "alt": alt}
        brought = [
            {"picture": {**common, "piece": number, "data": piece}}
            for number, piece in enumerate(pieces)
        ]
        self._send(id, *brought)

    def word(self, id: bytes, text: str) -> None:
        """Write to the arbiter; the other side doesn't see it."""
        self._send(id, {"text": text.strip()})

    def _send(self, id: bytes, *brought: dict[str, Any] | tuple[str, ...]) -> None:
        """Sign and store records with their places in the outbox. A tuple at the end names parts to open."""
        world, deal = self._world, self._deals.deal(self._deals.row(id))
        parts = brought[-1] if isinstance(brought[-1], tuple) else ()
        blocks: list[dict[str, Any]] = [each for each in brought if isinstance(each, dict)]
        if not self.can_show(deal):
            raise Conflict("case.closed", "Nobody decides about this order now.")
        persona = self._arbiter(deal)
        key = self._key(persona)
        case = deal.row.escrow_id
        mine = [each for each in world.store.case_records(case) if each.author == world.me]
        if not any("listing" in each.body for each in mine) and len(deal.listing.raw) <= MAX_SHOWN:
            blocks.insert(0, {"listing": deal.listing.raw})
        if len(mine) + len(blocks) > MAX_RECORDS:
            raise Conflict("case.room", "No more fits into this case.")
        created = max([world.now(), *(each.created for each in mine)])
        made = [
            self._signed(deal, block, parts if number == len(blocks) else (), created + number)
            for number, block in enumerate(blocks, 1)
        ]
        outgoing = [self._post.seal(each, persona, key) for each in made]
        world.store.update_case(case, records=made, outgoing=outgoing)
        self._deals.tell(deal.row.id)
        self._post.hurry()

    def _signed(
        self, deal: Deal, block: dict[str, Any], parts: tuple[str, ...], created: int
    ) -> Record:
        body = {
            "escrow": self._ledger.account,
            "order": deal.row.escrow_id,
            "proof": self._proof(deal, parts),
            **block,
        }
        draft = Draft(
            KIND.id, KIND.version, KIND.fields.write(body), created, created + RECORD_LIFETIME
        )
        return signed(self._world, draft)

    def _proof(self, deal: Deal, parts: tuple[str, ...]) -> dict[str, Any]:
        values, salts = deal.place["parts"], deal.place["salts"]
        opened = {*MUST_OPEN, *parts}
        reply_key, nodes = self._post.reply_address()
        proof = {
            "leaves": {n: leaf(n, values[n], salts[n]) for n in PARTS if n not in opened},
            "opened": {n: {"value": values[n], "salt": salts[n]} for n in PARTS if n in opened},
            "reply_key": reply_key,
            "nodes": nodes,
        }
        referrer = deal.place.get("referrer")
        return proof | ({"referrer": referrer} if referrer else {})

    def _arbiter(self, deal: Deal) -> bytes | None:
        return self._hearing.arbiter_of(deal.row, deal.terms.arbiter) if deal.terms else None

    def _key(self, persona: bytes) -> bytes:
        try:
            return self._deals.key_of(persona)
        except Unavailable:
            raise Unavailable(
                "case.no_key",
                "This node doesn't know yet how to write to the arbiter. Try again once it is connected.",
            ) from None

    # ---- reading

    def shown(self, deal: Deal) -> tuple[ShownView, ...]:
        """What this side has shown, and what the arbiter has written to it."""
        if deal.row.escrow_id is None:
            return ()
        store = self._world.store
        records = store.case_records(deal.row.escrow_id)
        waiting = store.case_undelivered(deal.row.escrow_id) if records else set()
        me = self._world.me
        sides = {me: deal.row.side}
        return shown(records, waiting, sides, me, deal.seller, self._messages(deal))

    def _messages(self, deal: Deal) -> dict[bytes, Record]:
        return {message.id: message for message in deal.state.messages}

    def image(self, escrow_id: bytes, blob: bytes) -> bytes | None:
        """A picture that was shown, whole; None while a piece is missing."""
        return assembled(self._world.store.case_records(escrow_id), blob)


def shown(
    records: list[Record],
    waiting: set[bytes],
    sides: dict[bytes, str],
    me: bytes,
    seller: bytes | None,
    messages: dict[bytes, Record],
) -> tuple[ShownView, ...]:
    """Views of a case's records. `sides` is persona -> side; others are the arbiter. `messages` are those that were shown, by id, as
    far as they are held whole elsewhere: what `message` brings is parsed by the caller."""
    views: list[ShownView] = []
    seen: dict[tuple[bytes, bytes], int] = {}
    for each in records:
        body = KIND.fields.read(each.body)
        what = next(
            (name for name in ("listing", "message", "picture", "text") if name in body), ""
        )
        parts = _opened(body)
        common = {
            "id": id_to_text(each.id),
            "by": sides.get(each.author, "arbiter"),
            "mine": each.author == me,
            "created": each.created,
            "delivered": each.id not in waiting,
            "parts": parts,
        }
        if what == "picture":
            block = body["picture"]
            key = (each.author, block["blob"])
            whole = assembled(records, block["blob"]) is not None
            view = ShownView(
                what=what,
                text=block["alt"],
                picture=id_to_text(block["blob"]) if whole else "",
                **common,
            )
            if key in seen:  # one line for all pieces
                views[seen[key]] = view
                continue
            seen[key] = len(views)
            views.append(view)
        elif what == "message":
            views.append(_of_message(body["message"], messages, seller, records, common))
        elif what == "text":
            to = body.get("to", "")
            views.append(
                ShownView(what="answer" if to else "text", text=body["text"], to=to, **common)
            )
        else:
            views.append(ShownView(what=what or "parts", **common))
    return tuple(views)


def _opened(body: dict) -> tuple[str, ...]:
    opened = body.get("proof", {}).get("opened", {})
    return tuple(name for name in OPENABLE if name in opened)


def _of_message(
    raw: bytes,
    messages: dict[bytes, Record],
    seller: bytes | None,
    records: list[Record],
    common: dict[str, Any],
) -> ShownView:
    message = next((each for each in messages.values() if each.raw == raw), None)
    if message is None:
        return ShownView(what="message", **common)
    body = ORDER.fields.read(message.body)
    block = body.get(body["step"], {})
    raws = {each.body["message"] for each in records if "message" in each.body}
    before = messages.get(body.get("prev"))
    return ShownView(
        what="message",
        message=id_to_text(message.id),
        step=body["step"],
        said_by=SELLER if message.author == seller else BUYER,
        said=message.created,
        text=block.get("text", ""),
        follows="prev" not in body or (before is not None and before.raw in raws),
        data={name: block[name] for name in ("carrier", "tracking", "reason") if name in block},
        **common,
    )


def assembled(records: list[Record], blob: bytes) -> bytes | None:
    """A picture of the pieces that one author has shown; None where one is missing or they aren't what its id says."""
    pieces: dict[bytes, dict[int, bytes]] = {}
    for each in records:
        block = each.body.get("picture")
        if block and block["blob"] == blob:
            pieces.setdefault(each.author, {})[block["piece"]] = block["data"]
    wholes = (b"".join(of[number] for number in sorted(of)) for of in pieces.values())
    return next((data for data in wholes if hashlib.sha256(data).digest() == blob), None)
