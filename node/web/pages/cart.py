"""The cart: lines of several sellers, one address, and what all of it costs. Ordering pays nothing yet."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.peer.views import CartLine, Money, QuoteView
from node.protocol.errors import Conflict, EtalError, InputError, NotFound
from node.protocol.extensions.goods import EXTENSION as GOODS
from node.protocol.fields import FieldSet
from node.web.forms import Form
from node.web.pages import goods
from node.web.pages.checkout import ADDRESS, under
from node.web.pages.common import (
    lines_text,
    page,
    posted,
    prefixed,
    show,
    text,
    texts,
    to,
)
from node.web.pages.goods import PICKUP
from node.web.rendering import choose_now

WHERE = FieldSet({name: GOODS.delivery[name] for name in (*ADDRESS, "contact")})
"""One address for all that is sent."""


@dataclass
class Row:
    """One line with what is chosen for it. `asset` is a unit; `quote` None where nothing can be told, and why in `problem`."""

    number: int
    shown: CartLine
    offer: goods.Offer | None = None
    described: str = ""
    option: str = ""
    asset: str = ""
    quote: QuoteView | None = None
    problem: str = ""

    @property
    def listing(self):
        return self.shown.listing

    @property
    def orderable(self) -> bool:
        return self.listing is not None and not self.shown.obstacle and self.offer is not None

    @property
    def decider(self):
        """Who would decide a dispute: the first whom both sides trust, as the order names them."""
        fit = (each for each in self.listing.arbiters if each.chosen and not each.trouble)
        return next(fit, None)


class Basket:
    """Everything that the cart's page shows, from a fresh form or a posted one."""

    def __init__(self, request: Request, form: FormData | None = None) -> None:
        self.peer = request.app.state.peer
        self.words = show(request)
        self.problem: EtalError | None = None
        self.account_missing = False
        self.payer = text(form, "payer", 10) if form is not None else "wallet"
        self.account = text(form, "account", 64) if form is not None else ""
        if form is None:
            self.address = Form(WHERE, {})
        else:
            self.address = Form.posted(WHERE, prefixed(texts(form), "delivery."))
        self.seen = {} if form is None else _seen(form)
        self.rows = [self._row(line, form) for line in self.peer.cart()]
        for row in self.rows:
            self._price(row)

    def _row(self, line: CartLine, form: FormData | None) -> Row:
        row = Row(line.number, line)
        listing = line.listing
        if listing is None:
            return row
        paid = listing.pay_with[0] if len(listing.pay_with) == 1 else None
        row.offer = goods.offer(listing, self.words, paid)
        row.described = _described(self.peer, self.words, line)
        options = [each.id for each in row.offer.shipping] if row.offer else []
        assets = [each.unit for each in listing.pay_with]
        row.option = _chosen(form, f"option.{line.number}", options)
        row.asset = _chosen(form, f"asset.{line.number}", assets)
        return row

    def _price(self, row: Row) -> None:
        if not row.orderable:
            return
        try:
            row.quote = self.peer.quote(
                row.listing.id, [row.shown.line], self._priced(row), row.asset or None
            )
        except (InputError, Conflict) as error:
            row.problem = self.words.sentence(error)

    def _priced(self, row: Row) -> dict[str, Any]:
        """What was typed, with placeholders for what the price doesn't depend on."""
        if row.option == PICKUP:
            return {"option": PICKUP}
        typed = self.delivery(row)
        zones = next((each.codes for each in row.offer.shipping if each.id == row.option), ())
        somewhere = next((zone for zone in zones if zone != "*"), "FR")
        return {"name": "-", "address": ["-"], "country": somewhere, **typed}

    def delivery(self, row: Row) -> dict[str, Any]:
        given = dict(self.address.value)
        if row.option == PICKUP:
            given = {name: given[name] for name in ("contact",) if name in given}
        return {"option": row.option, **given}

    @property
    def orderable(self) -> list[Row]:
        return [row for row in self.rows if row.orderable]

    @property
    def is_sent(self) -> bool:
        """Whether an address is needed."""
        return any(row.option != PICKUP for row in self.orderable)

    @property
    def paid(self) -> bool:
        """Whether anything of it goes through the escrow."""
        return any(row.listing.pay_with for row in self.orderable)

    @property
    def totals(self) -> list[Money]:
        """By what is paid with."""
        sums: dict[str, Money] = {}
        for row in self.orderable:
            if row.quote is not None:
                total = row.quote.total
                before = sums[total.unit].amount if total.unit in sums else 0
                sums[total.unit] = Money(
                    before + total.amount, total.unit, total.symbol, total.decimals
                )
        return list(sums.values())

    @property
    def paying(self) -> str:
        if self.payer == "node":
            return self.peer.identity().wallet or ""
        return self.account

    def check(self) -> bool:
        """Whether all of it can be ordered as it stands; what is wrong is said beside its input."""
        for row in self.orderable:
            if self.seen.get(row.number) != row.shown.seen:
                row.problem = self.words._(
                    "This has changed: check what is ordered, and its price."
                )
            try:
                self.peer.quote(
                    row.listing.id, [row.shown.line], self.delivery(row), row.asset or None
                )
            except (InputError, Conflict) as error:
                self._blame(row, error)
        self.account_missing = self.paid and not self.paying
        wrong = self.address.errors or any(row.problem for row in self.orderable)
        return bool(self.orderable) and not wrong and not self.account_missing

    def _blame(self, row: Row, error: EtalError) -> None:
        part, _, rest = (error.field or "").partition(".")
        if part == "delivery" and rest in WHERE:
            self.address.fail(type(error)(error.rule, self.words.sentence(error), rest))
        else:
            row.problem = self.words.sentence(error)

    def context(self) -> dict[str, Any]:
        drawn = (replace(each, required=each.path in ADDRESS) for each in self.address.inputs())
        inputs = under("delivery.", drawn)
        return {
            "basket": self,
            "address_inputs": inputs,
            "chain": self.words.chain(self.peer.identity().chain),
            "node_wallet": self.peer.identity().wallet,
        }


def _seen(form: FormData) -> dict[int, str]:
    """line -> the mark of what the form shows."""
    pairs = prefixed(texts(form), "seen.")
    return {int(name): value for name, value in pairs if name.isdecimal() and len(name) < 4}


def _chosen(form: FormData | None, name: str, choices: list[str]) -> str:
    typed = text(form, name, 200) if form is not None else ""
    return typed if typed in choices else next(iter(choices), "")


def _described(peer, words, line: CartLine) -> str:
    try:
        return lines_text(peer, words, [line.line], line.listing)
    except (InputError, Conflict):
        return ""


async def cart(request: Request) -> Response:
    """GET /cart"""
    return page(request, "cart.html", **Basket(request).context())


async def quote(request: Request) -> Response:
    """POST /cart/quote: the summary alone, for what is typed so far."""
    return page(request, "_cart_summary.html", **Basket(request, await posted(request)).context())


async def add(request: Request) -> Response:
    """POST /cart/add: what was chosen on a listing's page."""
    form = await posted(request)
    line: dict[str, Any] = {}
    if variant := text(form, "variant", 64):
        line["variant"] = variant
    quantity = text(form, "quantity", 6) or "1"
    line["quantity"] = int(quantity) if quantity.isdecimal() else 0
    try:
        await request.app.state.peer.add_to_cart(
            text(form, "edition", 64), line, text(form, "ref", 64) or None
        )
    except (InputError, Conflict, NotFound) as error:
        basket = Basket(request)
        basket.problem = error
        return page(request, "cart.html", 422, **basket.context())
    return to("/cart")


async def remove(request: Request) -> Response:
    """POST /cart/remove"""
    number = text(await posted(request), "number", 4)
    if number.isdecimal():
        await request.app.state.peer.remove_from_cart(int(number))
    return to("/cart")


async def order(request: Request) -> Response:
    """POST /cart: place the orders and go on to paying them at once, or show the form again with what is wrong."""
    form = await posted(request)
    restyled = choose_now(request, form)
    basket = Basket(request, form)
    if restyled:
        basket.address.errors.clear()
        return page(request, "cart.html", **basket.context())
    if not basket.check():
        return page(request, "cart.html", 422, **basket.context())
    choices = [
        {
            "number": row.number,
            "seen": row.shown.seen,
            "delivery": basket.delivery(row),
            "asset": row.asset or None,
        }
        for row in basket.orderable
    ]
    try:
        placed = await basket.peer.order_cart(choices, basket.paying or None)
    except (InputError, Conflict) as error:
        basket.problem = error
        return page(request, "cart.html", 409, **basket.context())
    ids = [("id", each.id) for each in placed.orders]
    return to("/together?" + urlencode([("verb", "fund"), *ids]))


async def back(request: Request) -> Response:
    """GET of an address that only forms post to."""
    return to("/cart")


routes = [
    Route("/cart", cart),
    Route("/cart", order, methods=["POST"]),
    Route("/cart/quote", quote, methods=["POST"]),
    Route("/cart/add", add, methods=["POST"]),
    Route("/cart/add", back),
    Route("/cart/remove", remove, methods=["POST"]),
    Route("/cart/remove", back),
]
