"""Listings as a person sees them: from records to views."""

import contextlib
import functools
import logging
from collections.abc import Iterable, Iterator
from typing import Any

from node.peer.campaign_book import CampaignBook
from node.peer.views import (
    BlockView,
    ListingView,
    Money,
    PayeeView,
    PersonaView,
    PictureView,
)
from node.peer.world import World, short
from node.ports import Hit, Token
from node.protocol import offers, record
from node.protocol.encoding import id_to_text
from node.protocol.errors import EtalError, NotFound, Rejected
from node.protocol.escrow import Terms
from node.protocol.keys import bound_accounts
from node.protocol.offers import Line
from node.protocol.patterns import address_to_text
from node.protocol.record import Record
from node.protocol.registry import Extension
from node.protocol.units import is_asset, minor_units

log = logging.getLogger("etal.views")

MAX_ROWS = 40
MAX_ROW_TEXT = 400


def placeholder(persona: bytes) -> str:
    """The name in a profile whose owner has chosen none: one must be there, and it must not look like somebody's."""
    return f"Stall {id_to_text(persona)[:8]}"


class ListingViews:
    """Builds ListingViews. What a seller says about assets is believed only where our own configuration agrees."""

    def __init__(self, world: World, book: CampaignBook | None = None) -> None:
        self._world = world
        self._book = book or CampaignBook(world)

    @property
    def tokens(self) -> dict[str, Token]:
        """The assets that this node knows, by CAIP-19; tokens once the chain has told about them."""
        escrow = self._world.escrow
        return {token.asset: token for token in escrow.tokens()} if escrow else {}

    @functools.cached_property
    def escrow_account(self) -> str:
        """CAIP-10 of the escrow that this node uses, or ""."""
        escrow = self._world.escrow
        return f"{escrow.chain}:0x{escrow.contract.hex()}" if escrow else ""

    def money(self, amount: int, unit: str, decimals: int | None = None) -> Money:
        """An amount in the smallest unit of an asset or currency, with what is needed to show it."""
        if unit in self.tokens:
            token = self.tokens[unit]
            return Money(amount, unit, token.symbol, token.decimals)
        if is_asset(unit):
            return Money(amount, unit, "?", decimals or 0)
        return Money(amount, unit, unit, minor_units(unit))

    def persona(self, id: bytes) -> PersonaView:
        """Who this is, as far as a profile tells."""
        body = self._profile(id)
        picture, name = body.get("picture"), body.get("name", "")
        return PersonaView(
            id=id_to_text(id),
            name="" if name == placeholder(id) else name,
            about=body.get("about", ""),
            language=body.get("language", ""),
            picture=id_to_text(picture) if picture else None,
            mine=id == self._world.me,
        )

    def accounts(self, id: bytes) -> tuple[str, ...]:
        """The accounts (CAIP-10) that this persona has proven to be its own, and still says so. Checking a signature takes
        too long to do it for everybody in a list."""
        wallets = self._profile(id).get("wallets", ())
        return bound_accounts(id, self._world.settings.network, wallets, self._world.now())

    def _profile(self, id: bytes) -> dict:
        """The body of the latest profile, empty where there is none."""
        profile = self._world.store.latest("profile", id)
        return {} if profile is None or profile.gone else profile.body

    def body(self, listing: Record) -> dict:
        """Raises NotFound for a version that this node doesn't know."""
        kind = self._world.registry.kind("listing", listing.version)
        if kind is None:
            raise NotFound("listing.version", "This listing needs a newer version of this program.")
        return kind.fields.read(listing.body)

    def of_hits(self, hits: Iterable[Hit]) -> tuple[ListingView, ...]:
        """Without those that can't be shown, such as one kept before the extension that finds fault with it was installed."""
        views = []
        for hit in hits:
            try:
                views.append(self.view(hit.listing, hit.availability, hit.listing))
            except EtalError as fault:
                log.info("listing %s can't be shown: %s", short(hit.listing.id), fault)
            except Exception:
                log.exception("listing %s can't be shown", short(hit.listing.id))
        return tuple(views)

    def held(self, id: bytes) -> tuple[bytes, Record, dict]:
        """A listing edition that is kept or pinned: raw, parsed, and its body as read. Raises NotFound for anything else."""
        raw = self._world.store.get(id)
        listing = None if raw is None else record.parse(raw, self._world.settings.network)
        if listing is None or listing.kind != "listing" or listing.gone:
            raise NotFound("listing.unknown", "This node doesn't hold that listing.")
        return raw, listing, self.body(listing)

    def current(self, listing: Record) -> ListingView:
        """An edition beside what is now true of its place."""
        store = self._world.store
        return self.view(
            listing,
            store.latest("availability", listing.author, listing.slug),
            store.latest("listing", listing.author, listing.slug),
        )

    def token(self, terms: Terms) -> Token | None:
        """What these terms are paid in, where this node knows it and it isn't the chain's own coin."""
        suffix = "/erc20:0x" + terms.token.hex()
        return next((t for asset, t in self.tokens.items() if asset.endswith(suffix)), None)

    def takes_authorizations(self, terms: Terms) -> bool:
        token = self.token(terms)
        return token is not None and token.authorization

    def need_left(self, listing: Record, extension: Extension, lines: Iterable[Line]) -> None:
        """Raise Conflict where fewer are left than these lines are for."""
        availability = self._world.store.latest("availability", listing.author, listing.slug)
        if availability is None or availability.gone:
            return
        block = availability.body["extensions"].get(extension.id)
        if block is not None:
            left = extension.availability.read(block)
            extension.reserve(left, [line.block for line in lines])

    def view(
        self, listing: Record, availability: Record | None, latest: Record | None
    ) -> ListingView:
        body = self.body(listing)
        left = self._left(body, availability)
        stock = self._stock(body, left)
        state = self._state(listing, body, latest, stock)
        pay_with = self.pay_with(body)
        preorder = body["offer"].get("preorder", False)
        campaign = self._book.taking(listing) if preorder else None
        if campaign is not None:
            pay_with = tuple(each for each in pay_with if each.unit == campaign.body["asset"])
        signable = any(self.tokens[each.unit].authorization for each in pay_with)
        obstacle = self._obstacle(listing, body, state, pay_with)
        price = body["price"]
        decimals = next(
            (
                entry["decimals"]
                for entry in body["offer"].get("accepts", ())
                if entry["asset"] == price["unit"]
            ),
            None,
        )
        return ListingView(
            id=id_to_text(listing.id),
            author=self.persona(listing.author),
            slug=listing.slug or "",
            title=body["title"],
            text=body["text"],
            language=body["language"],
            category=body["category"],
            tags=tuple(body.get("tags", ())),
            country=body.get("country"),
            pictures=tuple(
                PictureView(id_to_text(picture["blob"]), picture["alt"])
                for picture in body.get("pictures", ())
            ),
            price=self.money(price["amount"], price["unit"], decimals),
            pay_with=pay_with,
            blocks=self._blocks(body, left),
            stock=stock,
            created=listing.created,
            offer_until=body["offer"]["until"],
            state=state,
            buyable=not obstacle,
            obstacle=obstacle,
            review=body["offer"].get("review"),
            ship_within=body["offer"].get("ship_within"),
            payees=tuple(
                PayeeView(address_to_text(each["to"]), each["bps"], each["name"])
                for each in body["offer"].get("payees", ())
            ),
            referral_bps=body["offer"].get("referral_bps", 0),
            facts=self._facts(body),
            lapse_bps=body["offer"].get("lapse_bps", 0),
            preorder=preorder,
            campaign=campaign.text if campaign else "",
            pays_fees=signable and body["offer"].get("pays_fees", False),
        )

    def extensions(self, body: dict) -> list[tuple[Extension, dict]]:
        """The known extensions of a listing with their blocks as read."""
        return [
            (found, block) for id in body["extensions"] for found, block in self._known(body, id)
        ]

    def _known(self, body: dict, id: str) -> Iterator[tuple[Extension, dict]]:
        """The extension and its block, or nothing: what was kept before the extension came was never held to it."""
        extension = self._world.registry.extension(id)
        if extension is not None:
            with contextlib.suppress(Rejected):
                yield extension, extension.listing.read(body["extensions"][id])

    def _left(self, body: dict, availability: Record | None) -> dict[str, dict]:
        """extension -> its availability block as read; without those that nobody counts."""
        if availability is None or availability.gone:
            return {}
        blocks = availability.body.get("extensions", {})
        left = {}
        for extension, _ in self.extensions(body):
            if extension.id in blocks and extension.availability:
                with _not_ours(extension):
                    left[extension.id] = extension.availability.read(blocks[extension.id])
        return left

    def _stock(self, body: dict, left: dict[str, dict]) -> int | None:
        counts = []
        for extension, block in self.extensions(body):
            if extension.id in left:
                with _not_ours(extension):
                    # pieces of a variant that is no longer sold can't be had
                    there = extension.in_stock(block, left[extension.id])
                    counts.append(extension.available(left[extension.id], {}) if there else 0)
        return sum(counts) if counts else None

    def _state(self, listing: Record, body: dict, latest: Record | None, stock: int | None) -> str:
        if latest is None or latest.gone:
            return "withdrawn"
        if self._world.now() >= min(body["offer"]["until"], listing.until):
            return "expired"
        return "sold_out" if stock == 0 else "live"

    def pay_with(self, body: dict) -> tuple[Money, ...]:
        known = {asset: (token.decimals, token.currency) for asset, token in self.tokens.items()}
        price = body["price"]
        payable = []
        for asset in offers.payable_with(body, known):
            try:
                amount = offers.convert(
                    price["amount"], price["unit"], asset, self.tokens[asset].decimals
                )
            except EtalError:
                continue
            payable.append(self.money(amount, asset))
        return tuple(payable)

    def _obstacle(self, listing: Record, body: dict, state: str, pay_with: tuple) -> str:
        known = {extension.id for extension, _ in self.extensions(body)}
        if listing.author == self._world.me:
            return "mine"
        if state != "live":
            return state
        if not known or not set(body.get("must_understand", ())) <= known:
            return "extension"
        if body["offer"].get("preorder"):
            campaign = self._book.taking(listing)
            if campaign is None:
                return "campaign"
            if campaign.body["account"] != self._book.account:
                return "chain"
            return "" if pay_with else "asset"
        if body["offer"].get("accepts") and not body["offer"].get("on_collection"):
            if body["offer"].get("escrow") != self.escrow_account:
                return "chain"
            if not pay_with:
                return "asset"
        return ""

    def _blocks(self, body: dict, left: dict[str, dict]) -> tuple[BlockView, ...]:
        blocks = []
        for id in body["extensions"]:
            known = [
                BlockView(
                    id,
                    extension.title or id,
                    True,
                    extension.listing.to_json(block),
                    _rows(extension, block),
                    extension.availability.to_json(left[id]) if id in left else None,
                )
                for extension, block in self._known(body, id)
            ]
            blocks += known or [BlockView(id, id, False, {})]
        return tuple(blocks)

    def _facts(self, body: dict) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for extension, block in self.extensions(body):
            with _not_ours(extension):
                facts.update(extension.summary(block))
        return facts


def _rows(extension: Extension, block: dict) -> tuple[tuple[str, str], ...]:
    with _not_ours(extension):
        return tuple(
            (str(title), str(text)[:MAX_ROW_TEXT])
            for title, text in extension.rows(block)[:MAX_ROWS]
        )
    return ()


@contextlib.contextmanager
def _not_ours(extension: Extension) -> Iterator[None]:
    """An extension is other people's code: where it fails on one listing, a page of many must still stand."""
    try:
        yield
    except Exception as fault:
        log.warning("extension %s can't show a listing: %r", extension.id, fault)
