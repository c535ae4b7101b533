"""One's own stall: profile, listings, availability, and what keeps them alive."""

import logging
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import trio

from node.peer.arbiters import Arbiters
from node.peer.binding import bound, names
from node.peer.ledger import Ledger
from node.peer.listing_views import ListingViews, placeholder
from node.peer.own_offer import OFFER_LIFETIME, is_free, own_offer
from node.peer.post import Post
from node.peer.signing import signed
from node.peer.spread import Spread
from node.peer.views import ListingView
from node.peer.world import ENCRYPTION_EPOCH, RECORD_LIFETIME, World
from node.protocol.admission import MAX_AHEAD
from node.protocol.errors import InputError, NotFound
from node.protocol.record import Draft, Record

log = logging.getLogger("etal.stall")

DAY = 86_400
RENEW_BEFORE = 30 * DAY
"""Our records are signed anew when they have less than this to live."""

RENEWED_AT_ONCE = 100
MAX_OWN = 100_000
"""Listings of one's own that are looked through."""

MAX_SLUG = 64


class Stall:
    """Publishes what its owner says about themselves and sells."""

    def __init__(
        self,
        world: World,
        ledger: Ledger,
        spread: Spread,
        post: Post,
        views: ListingViews,
        arbiters: Arbiters,
    ) -> None:
        self._world = world
        self._ledger = ledger
        self._spread = spread
        self._post = post
        self._views = views
        self._arbiters = arbiters

    # ---- profile

    def publish_profile(
        self,
        name: str | None = None,
        about: str | None = None,
        language: str | None = None,
        picture: bytes | None = None,
    ) -> Record:
        """Say who one is. What is None stays as it was."""
        world = self._world
        before = world.store.latest("profile", world.me)
        old = {} if before is None or before.gone else before.body
        given = {"name": name, "about": about, "language": language, "picture": picture}
        body = {key: value for key, value in given.items() if value is not None}
        named = old.get("name") or world.settings.name or placeholder(world.me)
        defaults = {"name": named, "language": "en"}
        kept = {key: old[key] for key in ("about", "language", "picture") if key in old}
        key, nodes = self._post.reply_address()
        epoch = world.epoch()
        wire = {
            **defaults,
            **kept,
            **body,
            "encryption": [
                {"id": f"e{epoch}", "key": key, "until": (epoch + 2) * ENCRYPTION_EPOCH}
            ],
            "wallets": self._bindings(),
            "nodes": nodes,
        }
        signed = self._sign("profile", wire, None, before)
        self._spread.publish(signed)
        return signed

    def _bindings(self) -> list[dict[str, Any]]:
        """The node's wallet says that this persona speaks for it, for as long as the profile lives."""
        world = self._world
        until = world.now() + RECORD_LIFETIME
        return [
            {
                "account": account,
                "until": until,
                "signature": world.escrow.sign_binding(world.me, world.settings.network, until),
            }
            for account in self._to_bind(self._naming())
        ]

    def _naming(self) -> list[Record]:
        """One's own records that may name the node's wallet."""
        return [*self.mine("listing"), *self.mine("arbiter"), *self.mine("campaign")]

    def _to_bind(self, records: Iterable[Record]) -> list[str]:
        """The node's wallet (CAIP-10) where one of these names it. Who only buys doesn't bind it: everybody could see by it
        what they have bought."""
        escrow = self._world.escrow
        if escrow is None or escrow.wallet is None:
            return []
        address = bytes.fromhex(escrow.wallet[2:])
        account = f"{escrow.chain}:0x{address.hex()}"
        is_named = any(not each.gone and names(each, account, address) for each in records)
        return [account] if is_named else []

    async def keep_alive(self) -> None:
        """Sign anew what would expire soon, and the profile when its key or addresses are out of date, or what it says of wallets."""
        try:
            self._redate()
            self._keep_profile()
        finally:
            await self._renew()

    def _keep_profile(self) -> None:
        world = self._world
        profile = world.store.latest("profile", world.me)
        if profile is not None or self._naming() or world.settings.name:
            key, nodes = self._post.reply_address()
            current = (
                profile is not None
                and self._fresh(profile)
                and profile.body["nodes"] == nodes
                and profile.body["encryption"][0]["key"] == key
                and bound(profile) == self._to_bind(self._naming())
            )
            if not current:
                name = world.settings.name if profile is None else None
                self.publish_profile(name or None)

    def _redate(self) -> None:
        """Date anew what was signed while our clock was ahead: others ignore it, and whatever follows it, until that time comes.

        Only where the chain confirms our clock: when it is behind instead, others do hold what seems to be dated ahead."""
        now = self._world.now()
        if not self._ledger.confirms_clock():
            return
        for kind in ("profile", "arbiter", "listing", "availability", "campaign"):
            for old in [one for one in self.mine(kind) if one.created > now + MAX_AHEAD]:
                with self._tolerant(old):
                    new = self._made(kind, self._prolonged(old), old.slug, now, old.gone)
                    self._world.store.replace(old.id, new)
                    self._spread.gossip([new])

    async def _renew(self) -> None:
        for kind in ("arbiter", "listing", "availability", "campaign"):
            old = [one for one in self.mine(kind) if not one.gone and not self._fresh(one)]
            for start in range(0, len(old), RENEWED_AT_ONCE):
                # what its owner has changed meanwhile is fresh already
                current = [
                    one
                    for one in old[start : start + RENEWED_AT_ONCE]
                    if self._world.store.latest(kind, one.author, one.slug) == one
                ]
                self._spread.publish(*filter(None, map(self._renewed, current)))
                await trio.lowlevel.checkpoint()

    def _renewed(self, old: Record) -> Record | None:
        """None for what an earlier version has signed and others refuse: it keeps no other from being renewed."""
        with self._tolerant(old):
            return self._sign(old.kind, self._prolonged(old), old.slug, old)
        return None

    @contextmanager
    def _tolerant(self, old: Record) -> Iterator[None]:
        """What others refuse is left as it is."""
        try:
            yield
        except InputError as fault:
            log.warning("%s %s isn't renewed: %s", old.kind, old.slug, fault)

    def _prolonged(self, old: Record) -> dict[str, Any]:
        """Its body, with an offer that goes on unless its owner has chosen an end."""
        if old.kind != "listing" or old.gone or self._ends(old):
            return old.body
        until = self._world.now() + OFFER_LIFETIME
        return {**old.body, "offer": {**old.body["offer"], "until": until}}

    def _fresh(self, signed: Record) -> bool:
        if signed.kind == "listing" and self._ends(signed):
            return True  # to the end that its owner has chosen, and no further: a record lives as long as its offer
        if signed.kind == "campaign" and self._is_paid_out(signed):
            return True
        if signed.until - self._world.now() < RENEW_BEFORE:
            return False
        offer = signed.body.get("offer")
        return offer is None or offer["until"] - self._world.now() > OFFER_LIFETIME // 3

    def _is_paid_out(self, campaign: Record) -> bool:
        """Whether nothing is to come of it any more, by its dates."""
        return self._world.now() > campaign.body["tranches"][-1]["at"] + RENEW_BEFORE

    def _ends(self, listing: Record) -> bool:
        """Whether its owner has chosen when this offer ends."""
        chosen = self._world.store.fact(_end_of(listing.slug))
        return bool(chosen) and int(chosen) == listing.body["offer"]["until"]

    def mine(self, kind: str) -> list[Record]:
        """One's own records of a kind, newest first, tombstones included."""
        return self._world.store.by_author(kind, self._world.me, MAX_OWN)

    # ---- listings

    def save(self, given: dict[str, Any], slug: str | None = None) -> ListingView:
        """Publish a listing, or a new edition of `slug`, from JSON-shaped values.

        `availability` ({extension id: block}) may come with it; absent, it stays as it is. Raises InputError naming the field."""
        world = self._world
        given = dict(given)
        availability = given.pop("availability", None)
        chosen = given.pop("slug", None)
        slug = slug or chosen or self._free_slug(str(given.get("title", "")))
        before = world.store.latest("listing", world.me, slug)
        asked = given.get("offer")
        wanted = asked.get("until") if isinstance(asked, dict) else None
        kind = world.registry.kind("listing")
        blocks = self._blocks(given.get("extensions"), "listing")
        free = is_free(given.get("price"), blocks, world.registry)
        given["offer"] = own_offer(
            world, self._views, self._arbiters, asked, given.get("price"), free
        )
        body = kind.fields.from_json({**given, "extensions": {id: {} for id in blocks}})
        body["extensions"] = blocks
        records = [self._sign("listing", kind.fields.write(body), slug, before)]
        if body["offer"].get("preorder"):  # made for whoever pledges: nobody counts
            records += self._uncounted(slug)
        elif availability is not None:
            records.append(self._availability(slug, availability))
        self._note_end(slug, wanted, before)
        self._spread.publish(*records)
        profile = world.store.latest("profile", world.me)
        if profile is None or not set(self._to_bind(records[:1])) <= set(bound(profile)):
            self.publish_profile()
        return self._views.current(records[0])

    def fixed(self, slug: str, until: int) -> Record:
        """A new edition of one's own listing, not yet published, whose offer ends then and isn't prolonged."""
        before = self.latest(slug)
        body = {**before.body, "offer": {**before.body["offer"], "until": until}}
        edition = self._sign("listing", body, slug, before)
        self._note_end(slug, until, before)
        return edition

    def publish_campaign(self, edition: Record, body: dict[str, Any]) -> Record:
        """Publish it with the edition that it names."""
        made = self._sign("campaign", body, self._free_slug(edition.slug, "campaign"), None)
        self._spread.publish(edition, made)
        profile = self._world.store.latest("profile", self._world.me)
        if profile is None or not set(self._to_bind([made])) <= set(bound(profile)):
            self.publish_profile()
        return made

    def _note_end(self, slug: str, wanted: Any, before: Record | None) -> None:
        """Remember an end that a person has chosen; what a form only gives back as it was isn't chosen."""
        if wanted is None:
            self._world.store.set_fact(_end_of(slug), b"")
        elif before is None or before.gone or before.body["offer"]["until"] != wanted:
            self._world.store.set_fact(_end_of(slug), str(wanted).encode())

    def set_availability(self, slug: str, given: dict[str, Any]) -> ListingView:
        """Publish what is left of a listing."""
        listing = self.latest(slug)
        self._spread.publish(self._availability(slug, given))
        return self._views.current(listing)

    def withdraw(self, slug: str) -> None:
        """Take a listing off the market: tombstones for it and for its availability."""
        listing = self.latest(slug)
        gone = self._sign("listing", {}, slug, listing, gone=True)
        self._spread.publish(gone, *self._uncounted(slug))

    def _uncounted(self, slug: str) -> list[Record]:
        """A tombstone for what was counted of it."""
        availability = self._world.store.latest("availability", self._world.me, slug)
        if availability is None or availability.gone:
            return []
        return [self._sign("availability", {}, slug, availability, gone=True)]

    def latest(self, slug: str) -> Record:
        """The effective edition of one's own listing. Raises NotFound."""
        listing = self._world.store.latest("listing", self._world.me, slug)
        if listing is None or listing.gone:
            raise NotFound("listing.unknown", f"You have no listing {slug}.")
        return listing

    def editable(self, slug: str) -> dict[str, Any]:
        """One's own listing as JSON-shaped values for a form, availability included. Raises NotFound."""
        body = self._views.body(self.latest(slug))
        given = self._world.registry.kind("listing").fields.to_json(body)
        given["extensions"] = {
            extension.id: extension.listing.to_json(block)
            for extension, block in self._views.extensions(body)
        }
        availability = self._world.store.latest("availability", self._world.me, slug)
        if availability is not None and not availability.gone:
            left = {}
            for id, block in availability.body["extensions"].items():
                extension = self._world.registry.extension(id)
                if extension is not None:
                    fields = extension.availability
                    left[id] = fields.to_json(fields.read(block))
            given["availability"] = left
        return given

    def sign_availability(self, slug: str, blocks: dict[str, Any]) -> Record:
        """A signed availability record with these wire blocks, not yet published."""
        before = self._world.store.latest("availability", self._world.me, slug)
        return self._sign("availability", {"extensions": blocks}, slug, before)

    def _availability(self, slug: str, given: dict[str, Any]) -> Record:
        before = self._world.store.latest("availability", self._world.me, slug)
        blocks = self._blocks(given, "availability")
        return self._sign("availability", {"extensions": blocks}, slug, before)

    def _blocks(self, given: Any, which: str) -> dict[str, Any]:
        """JSON-shaped blocks of extensions as wire values. Raises InputError with the whole path."""
        if not isinstance(given, dict) or not given:
            raise InputError(
                "listing.extensions",
                "Say what kind of thing it is: goods, for example.",
                "extensions",
            )
        blocks = {}
        for id, block in given.items():
            extension = self._world.registry.extension(id)
            if extension is None:
                raise InputError(
                    "listing.extensions", f"This node has no extension {id}.", f"extensions.{id}"
                )
            fields = getattr(extension, which)
            try:
                blocks[id] = fields.write(fields.from_json(block))
            except InputError as fault:
                path = f"extensions.{id}.{fault.field}" if fault.field else f"extensions.{id}"
                raise InputError(fault.rule, fault.message, path) from None
        return blocks

    def _free_slug(self, title: str, kind: str = "listing") -> str:
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: MAX_SLUG - 5].strip("-") or "listing"
        slug, number = base, 1
        while self._world.store.latest(kind, self._world.me, slug) is not None:
            number += 1
            slug = f"{base}-{number}"
        return slug

    # ---- signing

    def publish(self, kind: str, body: dict, *, gone: bool = False) -> Record:
        """Sign and spread one's own record of a kind that is replaced whole."""
        before = self._world.store.latest(kind, self._world.me)
        record = self._sign(kind, body, None, before, gone=gone)
        self._spread.publish(record)
        return record

    def _sign(
        self,
        kind: str,
        body: dict,
        slug: str | None,
        before: Record | None,
        *,
        gone: bool = False,
    ) -> Record:
        # dated after what it replaces, even if our clock went back meanwhile
        created = self._world.now()
        if before is not None:
            created = max(created, before.created + 1)
        record = self._made(kind, body, slug, created, gone)
        if kind == "listing" and before is not None and not before.gone:
            # it still stands for whoever has seen it: an order of it may be on its way, or be in the mail for that long
            until = before.body["offer"]["until"] + RECORD_LIFETIME
            self._world.store.pin(before.raw, before.id, until)
        return record

    def _made(self, kind: str, body: dict, slug: str | None, created: int, gone: bool) -> Record:
        draft = Draft(kind, 1, body, created, created + RECORD_LIFETIME, slug, gone)
        return signed(self._world, draft)


def _end_of(slug: str | None) -> str:
    """The store's fact with the chosen end of an offer."""
    return f"offer.end/{slug}"
