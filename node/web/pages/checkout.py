"""Checkout: where it goes, who pays, and the exact total. Placing an order pays nothing yet."""

from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.arbiters import NONE
from node.peer.campaign_views import CampaignView
from node.peer.views import ListingView, OrderView, QuoteView
from node.protocol.errors import Conflict, EtalError, InputError
from node.protocol.fields import Field, FieldSet, Text
from node.web.forms import Form, Input
from node.web.pages import campaigns, goods, shares
from node.web.pages.common import (
    lines_text,
    page,
    posted,
    prefixed,
    show,
    sold_by,
    text,
    texts,
    to,
)
from node.web.pages.goods import PICKUP
from node.web.rendering import choose_now

OPTION = "option"  # drawn by the page, with prices
ADDRESS = ("name", "address", "country")


def _on_sale(request: Request) -> tuple[ListingView | None, str]:
    """(the edition that is sold now where the one of the address was or is, the address of its page); None where it was withdrawn.

    This node may know nothing of an edition that was replaced: the address says itself whose it was. Raises NotFound."""
    peer, given = request.app.state.peer, request.query_params
    author, slug = given.get("author", ""), given.get("slug", "")
    if not (author and slug):
        named = peer.listing_by_id(request.path_params["id"])
        author, slug = named.author.id, named.slug
    return peer.listing(author, slug), f"/l/{author}/{slug}"


def _address(listing: ListingView, rest: Iterable[tuple[str, str]], part: str = "") -> str:
    """Of this edition's checkout, `rest` being what is chosen so far."""
    query = {"author": listing.author.id, "slug": listing.slug, **dict(rest)}
    return f"/checkout/{listing.id}{part}?{urlencode(query)}"


class Desk:
    """Everything that a checkout page shows of one listing, from a fresh form or a posted one."""

    def __init__(self, request: Request, listing: ListingView):
        self.request = request
        self.peer = request.app.state.peer
        self.listing = listing
        self.extension, block = sold_by(self.peer, listing)
        self.order_fields = self.extension.order_fields(block)
        self.delivery_fields = self.extension.delivery_fields(block)
        self.words = show(request)
        paid = listing.pay_with[0] if len(listing.pay_with) == 1 else None
        self.offer = goods.offer(listing, self.words, paid)
        self.problem: EtalError | None = None
        self.account_missing = False
        self.changed = False  # whether the person has seen another edition before
        self.twin: OrderView | None = None
        self.campaign: CampaignView | None = None
        self.chosen = SimpleNamespace(
            variant="",
            quantity="1",
            option="",
            asset=listing.pay_with[0].unit if listing.pay_with else "",
            payer="wallet",
            account="",
            referrer="",
            refer=False,
            arbiter=self.proposed or NONE,
        )
        self.line = self._form(self.order_fields, {})
        self.delivery = self._form(self.delivery_fields, {})

    def _form(self, fields, value, pairs=None) -> Form:
        decimals = self.listing.price.decimals
        if pairs is None:
            return Form(fields, value, decimals=decimals)
        return Form.posted(fields, pairs, decimals=decimals)

    def fresh(self, given) -> None:
        """From the address that the listing's page leads to."""
        self.changed = "changed" in given
        self.chosen.referrer = shares.referrer(self.listing, given)
        self.chosen.refer = bool(self.chosen.referrer)
        variant = given.get("variant", "")[:64]
        if self.offer and variant not in {each.id for each in self.offer.variants}:
            variant = self.offer.first
        quantity = given.get("quantity", "1")[:6]
        self.chosen.variant, self.chosen.quantity = variant, quantity
        if self.offer:
            pairs = [("quantity", quantity), ("variant", variant)]
            self.line = self._form(self.order_fields, None, pairs)
            self._check_stock()
            if self.offer.shipping:
                self.chosen.option = self.offer.shipping[0].id
        else:
            self.line = self._form(self.order_fields, None, _least(self.order_fields))
            self.line.errors.clear()

    def post(self, form) -> None:
        """From what was posted; errors stand beside their inputs."""
        pairs = texts(form)
        self.line = self._form(self.order_fields, None, prefixed(pairs, "line."))
        self.delivery = self._form(self.delivery_fields, None, prefixed(pairs, "delivery."))
        for name in ("asset", "payer", "account", "arbiter"):
            setattr(self.chosen, name, text(form, name, 200) or getattr(self.chosen, name))
        self.chosen.referrer = shares.referrer(self.listing, {"ref": text(form, "referrer", 64)})
        self.chosen.refer = bool(self.chosen.referrer) and "refer" in form
        self.chosen.option = text(form, f"delivery.{OPTION}", 64)
        self.chosen.variant = text(form, "line.variant", 64)
        self.chosen.quantity = text(form, "line.quantity")
        self.changed = self.seen_another(form) or "changed" in form
        self._check_stock()

    def seen_another(self, form) -> bool:
        """Whether the total that the form shows is of an edition that the seller has replaced meanwhile."""
        shown = text(form, "edition", 64) or self.request.path_params["id"]
        return shown != self.listing.id

    @property
    def left(self) -> int | None:
        """Pieces of what is chosen; None where they aren't counted."""
        return self.offer.left_of(self.chosen.variant) if self.offer else None

    def _check_stock(self) -> None:
        wanted, left = self.line.value.get("quantity"), self.left
        if left is not None and isinstance(wanted, int) and wanted > left:
            self.line.fail(Conflict("goods.stock", "There are not so many left.", "quantity"))

    @property
    def proposed(self) -> str:
        """The first of the seller's arbiters whom the owner trusts and who can be relied on; "" where there is none."""
        fit = (a for a in self.listing.arbiters if a.chosen and not a.trouble)
        return next((each.persona.id for each in fit), "")

    @property
    def arbiter(self) -> str | None:
        """Who is to decide, as the peer takes it; None where there is nobody to choose."""
        return self.chosen.arbiter if self.listing.arbiters and self.listing.review else None

    @property
    def account(self) -> str:
        if self.chosen.payer == "node":
            return self.peer.identity().wallet or ""
        return self.chosen.account

    def quote(self) -> tuple[QuoteView | None, EtalError | None]:
        """The total for what is chosen so far; a missing address doesn't keep us from telling it, a wrong country does."""
        if self.line.errors:
            return None, next(iter(self.line.errors.values()))
        try:
            delivery = self._deliverable()
            return self.peer.quote(self.listing.id, [self.line.value], delivery, self.asset), None
        except (InputError, Conflict, KeyError) as error:
            return None, error if isinstance(error, EtalError) else None

    def _deliverable(self) -> dict[str, Any]:
        """What was typed, with placeholders for what the price doesn't depend on."""
        value = dict(self.delivery.value)
        if self.offer is None:
            named = (name for name, field in self.delivery_fields.items() if _is_a_name(field))
            return {**dict.fromkeys(named, "-"), **value}
        value[OPTION] = self.chosen.option
        if self.chosen.option != PICKUP:
            value = {"name": "-", "address": ["-"], **value}
            value.setdefault("country", self._first_zone())
        return value

    def _first_zone(self) -> str:
        block = goods.block_of(self.listing) or {}
        for each in block.get("shipping", ()):
            if each["id"] == self.chosen.option:
                return next((zone for zone in each["zones"] if zone != "*"), "FR")
        return "FR"

    @property
    def asset(self) -> str | None:
        return self.chosen.asset or None

    def _delivery_inputs(self) -> list[Input]:
        """The delivery's inputs; an address is needed for everything but pick-up."""
        inputs = self.delivery.inputs()
        if self.offer is None:
            return under("delivery.", inputs)
        sent = any(each.id != PICKUP for each in self.offer.shipping)
        unless = PICKUP if sent and self.offer.fetchable else ""
        drawn = (
            replace(each, required=sent, unless=unless) if each.path in ADDRESS else each
            for each in inputs
            if each.path != OPTION
        )
        return under("delivery.", drawn)

    def _line_inputs(self) -> list[Input]:
        return under("line.", self.line.inputs())

    def context(self) -> dict[str, Any]:
        quote, wrong = self.quote()
        identity = self.peer.identity()
        return {
            "listing": self.listing,
            "goods": self.offer,
            "left": self.left,
            "country": str(self.delivery.raw.get("country") or ""),
            "line": self.line,
            "line_inputs": self._line_inputs(),
            "delivery": self.delivery,
            "delivery_inputs": self._delivery_inputs(),
            "chosen": self.chosen,
            "proposed": self.proposed,
            "assets": self.listing.pay_with,
            "chain": self.words.chain(identity.chain),
            "chain_id": identity.chain,
            "node_wallet": identity.wallet,
            "account_error": self.account_missing,
            "problem": self.problem,
            "quote": quote,
            "quote_problem": self.words.sentence(wrong) if wrong else "",
            "described": self._described(),
            "twin": self.twin,
            "campaign": self.campaign,
            "changed": self.changed,
            "here": _address(self.listing, self._kept()),
            "quote_address": _address(self.listing, (), "/quote"),
        }

    def _kept(self) -> list[tuple[str, str]]:
        """What an address keeps of the choices, for a page that is loaded again."""
        names = ("variant", "quantity") if self.offer else ()
        kept = [(name, getattr(self.chosen, name)) for name in names]
        return [*kept, ("ref", self.chosen.referrer)] if self.chosen.referrer else kept

    async def placed_already(self) -> OrderView | None:
        """An order of the same that isn't paid yet; of many, the newest are looked at."""
        lines = (self.order_fields.to_json(self.line.value),)
        delivery = self.delivery_fields.to_json(self.delivery.value)
        wanted = (self.listing.author.id, self.listing.slug, lines, delivery)
        for each in (await self.peer.orders("buyer", "placed")).orders:
            if each.pledge is not None and each.pledge.amount is not None:
                continue  # paid, though it stays at this stage until the campaign is over
            if (each.listing.author.id, each.listing.slug, each.lines, each.delivery) == wanted:
                return each
        return None

    def unasked(self) -> dict[str, Any]:
        """The same before anything was sent off: what is still missing isn't wrong yet."""
        self.delivery.errors.clear()
        return self.context()

    def _described(self) -> str:
        if self.line.errors or not self.line.value:
            return ""
        try:
            return lines_text(self.peer, self.words, [self.line.value], self.listing)
        except InputError:  # a fresh form of which not everything is filled in
            return ""


def _least(fields: FieldSet) -> list[tuple[str, str]]:
    """The smallest number of everything that is counted, so that a fresh page can tell a total."""
    return [
        (name, str(field.low))
        for name, field in fields.items()
        if field.required and field.widget == "number"
    ]


def _is_a_name(field: Field) -> bool:
    return field.required and isinstance(field, Text)


def under(prefix: str, inputs: Iterable[Input]) -> list[Input]:
    """The same inputs, named so that several forms can be one."""
    return [
        replace(each, path=prefix + each.path, children=tuple(under(prefix, each.children)))
        for each in inputs
    ]


async def checkout(request: Request) -> Response:
    """GET /checkout/{id}?author=&slug=&variant=&quantity="""
    listing, home = _on_sale(request)
    if listing is None or not listing.buyable:
        return to(home)
    if listing.id != request.path_params["id"]:
        return to(_address(listing, [*request.query_params.items(), ("changed", "1")]))
    desk = Desk(request, listing)
    desk.campaign = await campaigns.of_listing(request, listing)
    desk.fresh(request.query_params)
    if desk.offer and desk.offer.is_sold_out(desk.chosen.variant):
        return to(home)
    return page(request, "checkout.html", **desk.context())


async def quote(request: Request) -> Response:
    """POST /checkout/{id}/quote: the summary alone, for what is typed so far."""
    listing, home = _on_sale(request)
    if listing is None:
        return to(home)
    desk = Desk(request, listing)
    desk.post(await posted(request))
    return page(request, "_quote.html", **desk.context())


async def place(request: Request) -> Response:
    """POST /checkout/{id}: place the order and go to its page, or show the form again with what is wrong, or with another price."""
    form = await posted(request)
    restyled = choose_now(request, form)
    listing, home = _on_sale(request)
    if listing is None:
        return to(home)
    desk = Desk(request, listing)
    desk.campaign = await campaigns.of_listing(request, listing)
    desk.post(form)
    if restyled:
        return page(request, "checkout.html", **desk.unasked())
    if desk.seen_another(form):
        return page(request, "checkout.html", 409, **desk.context())
    if not desk.line.errors and not desk.delivery.errors:
        if not desk.account and desk.listing.pay_with:
            desk.account_missing = True
        elif (twin := await desk.placed_already()) and text(form, "again", 64) != twin.id:
            desk.twin = twin
            return page(request, "checkout.html", 409, **desk.context())
        else:
            try:
                placed = await desk.peer.place_order(
                    desk.listing.id,
                    [desk.line.value],
                    desk.delivery.value,
                    desk.asset,
                    desk.account or None,
                    referrer=desk.chosen.referrer if desk.chosen.refer else None,
                    arbiter=desk.arbiter,
                )
                return to(f"/orders/{placed.id}")
            except (InputError, Conflict) as error:
                _blame(desk, error)
    return page(request, "checkout.html", 422, **desk.context())


def _blame(desk: Desk, error: EtalError) -> None:
    """Put an error of the peer beside its input where there is one."""
    part, _, rest = (error.field or "").partition(".")
    if error.rule == "goods.stock":
        desk.line.fail(type(error)(error.rule, error.message, "quantity"))
    elif part == "delivery" and rest:
        desk.delivery.fail(type(error)(error.rule, desk.words.sentence(error), rest))
    elif part == "account":
        desk.account_missing = True
    else:
        desk.problem = error


routes = [
    Route("/checkout/{id}", checkout),
    Route("/checkout/{id}", place, methods=["POST"]),
    Route("/checkout/{id}/quote", quote, methods=["POST"]),
]
