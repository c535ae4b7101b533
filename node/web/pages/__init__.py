"""The pages: routes that gather what a template shows from the peer's verbs, and forms that call them."""

from node.web.pages import checkout, listing, orders, search, sell, status

routes = [
    *search.routes,
    *listing.routes,
    *checkout.routes,
    *orders.routes,
    *sell.routes,
    *status.routes,
]
