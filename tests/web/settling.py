"""Orders about whose money something is proposed, for tests of pages."""

from dataclasses import replace
from typing import Any

from node.peer.views import ListingView, Money, OrderView, ProposalView
from tests.web.made import DAY, NOW, id_of, order


def proposal(
    made: OrderView, by: str, to_buyer: int, to_seller: int, **changes: Any
) -> ProposalView:
    """What a side proposes, in percent of what is held."""
    held = made.held

    def percent(share: int) -> Money:
        return replace(held, amount=held.amount * share // 100)

    gift = (to_seller if by == "seller" else to_buyer) == 0
    view = ProposalView(
        id=id_of(80 + to_buyer % 20),
        by=by,
        mine=by == made.side,
        to_buyer=percent(to_buyer),
        to_seller=percent(to_seller),
        left=percent(100 - to_buyer - to_seller),
        until=NOW + 14 * DAY,
        binding=gift,
        text="For the scratch on the base.",
    )
    return replace(view, **changes)


def settling(made: OrderView, *proposals: ProposalView) -> OrderView:
    """An order about whose money something is proposed."""
    actions = (*made.actions, "settle")
    if any(not each.mine for each in proposals):
        actions += ("accept_settlement",)
    return replace(made, proposals=proposals, actions=actions)


def settling_orders(bought: ListingView, sold: ListingView) -> dict[str, OrderView]:
    """name -> order. Both were sent; the seller gives a fifth back, and the buyer would rather share."""
    orders = {}
    for number, (name, goods, side) in enumerate(
        (("buyer settling", bought, "buyer"), ("seller settling", sold, "seller"))
    ):
        made = replace(order(goods, "shipped", side), id=id_of(220 + number))
        back = proposal(made, "seller", 20, 0)
        asked = proposal(made, "buyer", 30, 70, text="")
        orders[name] = settling(made, back, asked)
    made = replace(order(bought, "accepted"), id=id_of(222))
    draft = proposal(made, "buyer", 0, 30, id="", text="", verb="release_part", mine=True)
    orders["buyer drafting"] = replace(settling(made), draft=draft)
    return orders
