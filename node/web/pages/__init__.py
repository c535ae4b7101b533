"""The pages: routes that gather what a template shows from the peer's verbs, and forms that call them."""

from node.web.pages import (
    arbiters,
    campaigns,
    cart,
    cases,
    checkout,
    listing,
    orders,
    search,
    sell,
    status,
    together,
)

routes = [
    *search.routes,
    *listing.routes,
    *checkout.routes,
    *cart.routes,
    *together.routes,
    *orders.routes,
    *sell.routes,
    *status.routes,
    *arbiters.routes,
    *cases.routes,
    *campaigns.routes,
]
