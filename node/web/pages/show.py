"""Words for the values that views carry: stages, verbs, countries, reasons. Everything a template asks of `show`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from babel import Locale
from babel.dates import format_time
from babel.numbers import format_percent

from node.peer.views import ListingView, Money, PayeeView
from node.protocol.errors import EtalError
from node.protocol.extensions.goods import CONDITIONS
from node.protocol.kinds.listing.categories import CATEGORIES
from node.protocol.offers import FUND_WITHIN
from node.web.i18n import Language
from node.web.pages import goods, places
from node.web.pages.arbiter_words import ArbiterWords
from node.web.pages.campaign_words import CampaignWords
from node.web.pages.order_words import OrderWords
from node.web.sentences import said

HUES = 12
EVERYWHERE = "*"
_NAMED_ZONES = 6


@dataclass(frozen=True)
class Obstacle:
    title: str
    text: str


class Show(OrderWords, ArbiterWords, CampaignWords):
    """Made for one request, in the reader's language."""

    def __init__(self, language: Language):
        self._language = language
        self._ = language.translations.gettext

    def when(self, timestamp: int) -> str:
        """Date and time to the minute, in the node's own time zone."""
        moment = datetime.fromtimestamp(timestamp, UTC).astimezone()
        time = format_time(moment, "short", locale=self._locale)
        return f"{self._language.date(timestamp)}, {time}"

    @property
    def pay_within(self) -> str:
        """How long a buyer has to pay what was ordered; the seller's time begins after it."""
        return self._language.lasting(FUND_WITHIN)

    def percent(self, bps: int) -> str:
        """A share in 1/10,000, with all that it has of decimals."""
        return format_percent(
            Decimal(bps) / 10_000, locale=self._locale, decimal_quantization=False
        )

    def shares(self, payees: Sequence[PayeeView]) -> str:
        """ "15% to the co-operative, 2.5% to the designer" """
        _ = self._
        someone = _("whoever sent the buyer")
        told = [
            _("%(share)s to %(name)s")
            % {"share": self.percent(each.bps), "name": each.name or someone}
            for each in payees
        ]
        return ", ".join(told)

    # ---- people and places

    def hue(self, id: str) -> int:
        """A colour of twelve that is always the same for one persona."""
        return sha256(id.encode()).digest()[0] % HUES

    def initials(self, name: str) -> str:
        return "".join(word[0] for word in name.split() if word[0].isalpha())[:2].upper()

    def short(self, text: str) -> str:
        """An address or hash short enough for a line: 0x1234…abcd."""
        return text if len(text) < 14 else f"{text[:6]}…{text[-4:]}"

    def country(self, code: str) -> str:
        if code == EVERYWHERE:
            return self._("Everywhere")
        return self._locale.territories.get(code, code)

    def countries(self) -> list[tuple[str, str]]:
        """(ISO 3166-1 alpha-2, name), by name."""
        return places.countries(self._locale)

    def languages(self, chosen: str) -> list[tuple[str, str]]:
        """(BCP 47 tag, name) of what a listing may be written in, the one chosen included."""
        return places.languages(self._locale, chosen)

    def zones(self, codes: list[str]) -> str:
        """The destinations of a shipping option, the first few by name."""
        names = [self.country(code) for code in codes[:_NAMED_ZONES]]
        if len(codes) > _NAMED_ZONES:
            names.append(self._("and %(n)d more") % {"n": len(codes) - _NAMED_ZONES})
        return ", ".join(names)

    def more_zones(self, codes: list[str]) -> str:
        """Those that `zones` only counts."""
        return ", ".join(self.country(code) for code in codes[_NAMED_ZONES:])

    @property
    def _locale(self) -> Locale:
        return self._language.locale

    # ---- listings

    def facet(self, name: str, value: str) -> str:
        """A facet's value as people read it; what an unknown extension says stands as it is."""
        if name == "country":
            return self.country(value)
        labels = {"category": CATEGORIES, "condition": CONDITIONS}.get(name, {})
        if value in labels:
            return self._(labels[value])
        if name == "pickup":
            return self._("Pick-up")
        if name == "free_shipping":
            return self._("Free shipping")
        return value

    def listing_state(self, state: str) -> str:
        return {
            "live": self._("On sale"),
            "sold_out": self._("Sold out"),
            "withdrawn": self._("Withdrawn"),
            "expired": self._("Run out"),
        }.get(state, state)

    def obstacle(self, listing: ListingView) -> Obstacle:
        """Why this can't be bought here, and what to do."""
        _ = self._
        if listing.state == "sold_out":
            return Obstacle(
                _("Sold out"), _("The last piece is gone. The seller may have more soon.")
            )
        if listing.state == "expired" and listing.preorder:
            return Obstacle(
                _("The campaign is over"), _("Pledges are no longer taken. Look at the stall.")
            )
        if listing.state == "expired":
            return Obstacle(
                _("The offer has run out"), _("The seller has not renewed it. Look at the stall.")
            )
        known = {
            "asset": Obstacle(
                _("Not payable from here"),
                _("The seller takes money that this node doesn’t know, so it won’t pay with it."),
            ),
            "chain": Obstacle(
                _("Another network or escrow"),
                _(
                    "It is paid on a chain or through a contract that this node doesn’t use. "
                    "It never pays into a contract that it doesn’t know."
                ),
            ),
            "campaign": Obstacle(
                _("No campaign takes pledges now"),
                _(
                    "It is made once enough people pledge to it. Ask the seller when the next campaign begins."
                ),
            ),
            "extension": Obstacle(
                _("This node can’t order that"),
                _("The listing needs an extension that is not installed here."),
            ),
        }
        fallback = Obstacle(_("Can’t be bought from here"), listing.obstacle)
        return known.get(listing.obstacle, fallback)

    def least_price(self, listing: ListingView) -> tuple[Money, bool]:
        return goods.least_price(listing)

    def facet_groups(self) -> list[tuple[str, str]]:
        """(name, legend) of the groups of facets, in the order of the page."""
        _ = self._
        return [
            ("category", _("Category")),
            ("condition", _("Condition")),
            ("free_shipping", _("Delivery")),
            ("pickup", _("At the place")),
        ]

    def title(self, name: str) -> str:
        """The heading of a row that pages make themselves."""
        _ = self._
        return {
            "condition": _("Condition"),
            "weight": _("Weight"),
            "unknown": _("This node doesn’t have this extension, so it can’t show what it says."),
        }[name]

    def translate(self, text: str) -> str:
        """A title that was declared in code, in the reader's language where we know it."""
        return self._(text) if text else ""

    def one_of(self, names: list[str]) -> str:
        """ "ETH or tUSD" """
        *most, last = names or [""]
        return self._(" or ").join((", ".join(most), last)) if most else last

    # ---- the node

    def kind(self, kind: str) -> str:
        """What a kind of record is to a person; "" for what is only there for the node's own sake."""
        _ = self._
        return {
            "profile": _("Stalls and people"),
            "listing": _("Listings"),
            "review": _("Reviews"),
            "orders": _("Orders"),
        }.get(kind, "")

    def chain_state(self, chain: dict[str, Any]) -> str:
        state = str(chain.get("state", ""))
        if state == "following":
            return self._("Following, all is well")
        if not state or state == "none":
            return self._("None is configured: without one, nothing can be paid here")
        trouble = said(self._language.translations, state)
        return self._("Trouble: %(trouble)s") % {"trouble": trouble}

    def sentence(self, error: EtalError) -> str:
        """What went wrong, in the reader's language where we know the rule."""
        _ = self._
        known = {
            "field.required": _("This is needed."),
            "goods.zone": _("It isn’t sent to that country. Choose another way of delivery."),
            "goods.address": _("Name, address and country are needed to send it."),
            "goods.option": _("Choose how it is delivered."),
            "goods.variant": _("Choose one of the variants."),
            "goods.stock": _("Fewer are left than that."),
            "goods.variants": _("Two variants are the same."),
            "goods.shipping": _("Two ways of delivery are the same."),
            "goods.reachable": _(
                "Say how it is handed over: add a shipping option, or tick Pick-up."
            ),
            "order.verb": _("That isn’t possible at this stage of the order."),
            "listing.stock": _(
                "Pieces were sold while you wrote. The form shows what is left now: look at it again."
            ),
            "offer.asset": _("The seller doesn’t take this money."),
            "picture.size": _("A picture has at most 10 MB."),
            "picture.unreadable": _(
                "This is not a picture that can be read: JPEG, PNG, WebP or GIF."
            ),
            "picture.pixels": _("A picture has at most 25 megapixels."),
        }
        return known.get(error.rule) or said(
            self._language.translations, error.message or error.rule
        )
