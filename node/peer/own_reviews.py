"""The reviews that this node's owner has written: published, changed, taken back, and renewed before they end.

Why: docs/decisions/a-review-lives-as-long-as-its-author-renews-it.md
"""

import logging

from node.peer.deal import Deal, need
from node.peer.deals import Deals
from node.peer.pledging import Pledging
from node.peer.signing import signed
from node.peer.spread import Spread
from node.peer.stall import RENEW_BEFORE
from node.peer.world import RECORD_LIFETIME, World
from node.ports import OrderRow
from node.protocol import keys, record
from node.protocol.commitment import PARTS, leaf
from node.protocol.errors import Conflict
from node.protocol.kinds.review import KIND, MUST_OPEN
from node.protocol.order_state import BUYER
from node.protocol.record import Draft, Record

log = logging.getLogger("etal.reviews")

AGAIN_AFTER = 86_400
"""Seconds until a review that couldn't be renewed is tried again: it keeps no other from being renewed."""

WROTE = "review"
"""The order's note with the content id of its review, hex; "" once it was taken back."""

SIGNED = "review_record"
"""The order's note with the signed bytes, so that a node that was off for longer than any record lives still has them."""


class OwnReviews:
    """One for each order, signed with the key that was made for it."""

    def __init__(self, world: World, deals: Deals, pledging: Pledging, spread: Spread) -> None:
        self._world = world
        self._deals = deals
        self._pledging = pledging
        self._spread = spread
        self._due: dict[bytes, int] | None = None  # order -> when; None: not looked for yet

    def of(self, row: OrderRow) -> Record | None:
        """What stands now of this order."""
        last = self._last(row)
        return None if last is None or last.gone else last

    def can_write(self, deal: Deal) -> bool:
        """Whether there is something to review by now: the escrow has paid out, or the campaign is over that was pledged to."""
        if not deal.is_preorder:
            return "review" in deal.verbs
        view = self._pledging.view(deal)
        return deal.row.side == BUYER and view is not None and view.reviewable

    def write(self, id: bytes, rating: int, text: str, language: str) -> Record:
        """Publish a review that proves the purchase and tells nothing else about it. `language` is BCP 47.

        Raises Conflict where there is one, or nothing to review yet, and InputError naming the field."""
        row = self._deals.row(id)
        deal = self._deals.deal(row)
        if not self.can_write(deal):
            need(deal, "review")
        if self.of(row) is not None:
            raise Conflict("order.reviewed", "You have reviewed this already: change your review.")
        created = self._next(row)
        said = {"rating": rating, "text": text.strip(), "language": language}
        body = KIND.fields.write({**self._proven(deal), **said, "written": created})
        return self._publish(row, body, created)

    def change(self, id: bytes, rating: int, text: str, language: str | None) -> Record:
        """Say something else in its place, in the same language where that is None.

        Raises Conflict where there is no review, and InputError naming the field."""
        row = self._deals.row(id)
        old = self._need(row)
        said = {
            "rating": rating,
            "text": text.strip(),
            "language": language or old.body["language"],
        }
        if all(old.body[name] == value for name, value in said.items()):
            return old
        created = self._next(row)
        return self._publish(row, {**_dated(old), **said, "changed": created}, created)

    def take_back(self, id: bytes) -> Record:
        """Leave a tombstone in its place. Raises Conflict where there is no review."""
        row = self._deals.row(id)
        self._need(row)
        return self._publish(row, {}, self._next(row), gone=True)

    def renew(self) -> None:
        """One round: sign the review anew that ends first, where little time is left. Raises nothing.

        One only: signed in the same moment, several would look like one buyer's."""
        now = self._world.now()
        try:
            due = self._when()
            id = min(due, key=due.__getitem__, default=None)
            if id is None or due[id] > now:
                return
            due[id] = now + AGAIN_AFTER
            row = self._deals.row(id)
            self._publish(row, _dated(self._need(row)), self._next(row))
        except Exception:
            log.exception("a review can't be renewed")

    def _proven(self, deal: Deal) -> dict:
        """What a review says of the purchase: no more than that it was made."""
        place = deal.place
        hidden = [name for name in PARTS if name not in MUST_OPEN]
        return {
            "seller": deal.seller,
            "slug": deal.listing.slug,
            "offer": deal.listing.id,
            "proof": {
                **self._paid(deal),
                "leaves": {n: leaf(n, place["parts"][n], place["salts"][n]) for n in hidden},
                "opened": {
                    n: {"value": place["parts"][n], "salt": place["salts"][n]}
                    for n in sorted(MUST_OPEN)
                },
            },
        }

    def _paid(self, deal: Deal) -> dict:
        """Where the money of an order that can be reviewed has gone."""
        if deal.is_preorder:
            campaign = self._pledging.campaign(deal)
            place = {"escrow": campaign.body["account"], "order": campaign.id}
            return {**place, "campaign": campaign.record.raw}
        place = {"escrow": deal.body["offer"]["escrow"], "order": deal.row.escrow_id}
        return place | {n: v for n, v in deal.place.items() if n == "referrer"}

    def _when(self) -> dict[bytes, int]:
        """Read from the orders once, and kept up to date since: a round costs the same however many there are."""
        if self._due is None:
            self._due = {}
            for row in self._deals.all(BUYER):
                if (review := self.of(row)) is not None:
                    self._due[row.id] = review.until - RENEW_BEFORE
        return self._due

    def _last(self, row: OrderRow) -> Record | None:
        """The last record of this order's review key, a tombstone included."""
        id = row.notes.get(WROTE)
        raw = row.notes.get(SIGNED) or (self._world.store.get(bytes.fromhex(id)) if id else None)
        return record.parse(raw, self._world.settings.network) if raw else None

    def _need(self, row: OrderRow) -> Record:
        if (review := self.of(row)) is None:
            raise Conflict("order.unreviewed", "You have no review of this.")
        return review

    def _next(self, row: OrderRow) -> int:
        """When the next record is made: after what it replaces, even if our clock went back meanwhile."""
        last = self._last(row)
        return max(self._world.now(), last.created + 1 if last else 0)

    def _publish(self, row: OrderRow, body: dict, created: int, *, gone: bool = False) -> Record:
        draft = Draft("review", 1, body, created, created + RECORD_LIFETIME, gone=gone)
        review = signed(self._world, draft, keys.SigningKey(row.secret["review"]))
        notes = {WROTE: "" if review.gone else review.id.hex(), SIGNED: review.raw}
        self._world.store.update_order(row.id, notes=notes, records=[review])
        if self._due is not None:
            self._due.pop(row.id, None)
            if not review.gone:
                self._due[row.id] = review.until - RENEW_BEFORE
        self._spread.gossip([review])
        self._deals.tell(row.id)
        return review


def _dated(review: Record) -> dict:
    """Its body, on the wire, with the day of its writing, which its successors keep."""
    return {"written": review.created, **review.body}
