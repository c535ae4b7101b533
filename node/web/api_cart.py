"""The part of the JSON API about the cart, and about several orders at once. docs/guides/api.md describes it."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from node.protocol.errors import NotFound
from node.web.api_bodies import AddToCart, Nothing, OrderCart, SentTogether, Together


def routes_with(read: Callable, answer: Callable) -> list[Route]:
    """`read(request, shape)` and `answer(value, status)` are those of the rest of the API."""

    def lines(request: Request, status: int = 200) -> Response:
        return answer({"lines": request.app.state.peer.cart()}, status)

    async def cart(request: Request) -> Response:
        return lines(request)

    async def add(request: Request) -> Response:
        given = await read(request, AddToCart)
        await request.app.state.peer.add_to_cart(given.listing, given.line, given.referrer)
        return lines(request, 201)

    async def remove(request: Request) -> Response:
        number = request.path_params["number"]
        if not number.isdecimal() or len(number) > 3:
            raise NotFound("cart.line", "There is no such line in the cart.")
        await request.app.state.peer.remove_from_cart(int(number))
        return lines(request)

    async def order(request: Request) -> Response:
        given = await read(request, OrderCart)
        choices = [
            {name: getattr(line, name) for name in ("number", "seen", "delivery", "asset")}
            for line in given.lines
        ]
        placed = await request.app.state.peer.order_cart(choices, given.account, given.text)
        return answer(placed, 201)

    async def together(request: Request) -> Response:
        given = await read(request, Together)
        verb = request.path_params["verb"]
        return answer(await request.app.state.peer.together(given.orders, verb))

    async def wallet(request: Request) -> Response:
        given = await read(request, Together)
        verb, peer = request.path_params["verb"], request.app.state.peer
        return answer(await peer.together_request(given.orders, verb, given.account))

    async def sent(request: Request) -> Response:
        given = await read(request, SentTogether)
        await request.app.state.peer.note_together(given.orders, given.verb, given.hash)
        return answer(Nothing())

    return [
        Route("/api/cart", cart),
        Route("/api/cart", add, methods=["POST"]),
        Route("/api/cart/order", order, methods=["POST"]),
        Route("/api/cart/{number}", remove, methods=["DELETE"]),
        Route("/api/together/transactions", sent, methods=["POST"]),
        Route("/api/together/{verb}", together, methods=["POST"]),
        Route("/api/together/{verb}/wallet", wallet, methods=["POST"]),
    ]
