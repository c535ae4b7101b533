"""What all pages share: how they are rendered, how posted forms are read, and small questions to the peer."""

from collections.abc import Iterable
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from node.peer.views import ListingView, OrderView
from node.protocol.errors import Conflict, InputError
from node.protocol.extensions.goods import ID as GOODS
from node.protocol.registry import Extension
from node.protocol.units import minor_units
from node.web.pages.money import Unit
from node.web.pages.show import Show
from node.web.rendering import render

MAX_FIELDS = 2000
MAX_TEXT = 4000  # characters of one input
MAX_PART = 64 * 1024  # bytes of one text in a form that carries a picture


def page(request: Request, template: str, status: int = 200, **context: Any) -> Response:
    """A page with `show` at hand, and how many lines are in the cart."""
    in_cart = request.app.state.peer.cart_size()
    return render(request, template, status, show=show(request), in_cart=in_cart, **context)


def show(request: Request) -> Show:
    return Show(request.app.state.renderer.language(request))


def to(path: str) -> Response:
    """After a post: go and look, so that a reload doesn't post again."""
    return RedirectResponse(path, 303)


async def posted(request: Request, files: int = 0) -> FormData:
    return await request.form(max_files=files, max_fields=MAX_FIELDS, max_part_size=MAX_PART)


def text(form: FormData, name: str, limit: int = MAX_TEXT) -> str:
    """What was typed, its lines ended as records end them: browsers send CRLF (HTML, multipart form data). Raises InputError for more
    than `limit` characters: nothing that a person wrote is cut."""
    value = typed(form, name)
    if len(value) > limit:
        wrong = f"at most {limit} characters are allowed; this has {len(value)}"
        raise InputError("field.length", wrong, name)
    return value


def typed(form: FormData, name: str) -> str:
    """The same, however long: to show a form again as it was sent."""
    value = form.get(name, "")
    if not isinstance(value, str):
        return ""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def texts(form: FormData) -> list[tuple[str, str]]:
    """Every name and text of a form, files left out."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


def prefixed(pairs: Iterable[tuple[str, str]], prefix: str) -> list[tuple[str, str]]:
    """The inputs whose names begin so, without that beginning."""
    return [(name[len(prefix) :], value) for name, value in pairs if name.startswith(prefix)]


def units_of(peer) -> list[Unit]:
    """What prices can be in here: the currencies that our stablecoins stand for, then the assets themselves."""
    tokens = peer.tokens()
    currencies = dict.fromkeys(token.currency for token in tokens if token.currency)
    return [
        *(Unit(code, code, minor_units(code)) for code in currencies),
        *(Unit(token.asset, token.symbol, token.decimals) for token in tokens),
    ]


def sold_by(peer, listing: ListingView) -> tuple[Extension, dict[str, Any]]:
    """The extension whose things this listing sells, and its block as read. Raises Conflict where this node has none of them."""
    for block in listing.blocks:
        extension = peer.registry.extension(block.extension)
        if extension is not None:
            return extension, extension.listing.from_json(block.data)
    raise Conflict("listing.extension", "This node doesn't know this kind of thing.")


def lines_text(peer, words: Show, lines: Iterable[dict], listing: ListingView) -> str:
    """Lines of an order, JSON-shaped, in a few words: "2 × Ash glaze"."""
    extension, block = sold_by(peer, listing)
    if extension.id == GOODS:
        return words.lines(list(lines), listing)
    return ", ".join(extension.line_text(block, extension.order.from_json(line)) for line in lines)


def delivery_rows(peer, words: Show, order: OrderView) -> list[tuple[str, str]]:
    """(title, text) of where an order goes."""
    extension, block = sold_by(peer, order.listing)
    if extension.id == GOODS:
        return words.delivery(order)
    rows = extension.delivery_rows(block, extension.delivery.from_json(dict(order.delivery)))
    return [(words.translate(title), text) for title, text in rows]
