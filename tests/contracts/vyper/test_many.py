"""fundMany and releaseMany: several orders in one call, all of them or none."""

import pytest
from test_money_out import Gains
from world import AMOUNT, RICH, START

from node.protocol.escrow import MAX_ORDERS, NOBODY, Funded, Paid, Payees, State


def basket(world, *assets):
    """An order in each asset, the second shared with payees."""
    lists = [world.payees() if number == 1 else [] for number in range(len(assets))]
    return [
        (world.terms(payees, token=asset), payees)
        for asset, payees in zip(assets, lists, strict=True)
    ]


def test_a_basket_in_coin_and_token_is_opened_by_one_call(world):
    orders = basket(world, NOBODY, world.token.address, NOBODY)
    done = world.ok("buyer", "fundMany", orders, value=2 * AMOUNT)
    assert [type(event) for event in done.logs] == [Funded, Funded, Payees, Funded]
    assert [world.pot(terms)[3] for terms, _ in orders] == [State.FUNDED] * 3
    assert world.balance(NOBODY, "buyer") == RICH - 2 * AMOUNT
    assert world.balance(world.token.address, "buyer") == RICH - AMOUNT


@pytest.mark.parametrize("more", [-AMOUNT, -1, 1, AMOUNT])
def test_the_value_is_the_sum_of_what_is_in_coin(world, more):
    orders = basket(world, NOBODY, world.token.address, NOBODY)
    done = world.do("buyer", "fundMany", orders, value=2 * AMOUNT + more)
    assert done.reason == "value is not the amount"
    assert world.balance(world.token.address, "buyer") == RICH


def test_one_bad_order_opens_none(world):
    good = basket(world, world.token.address, world.token.address)
    stranger = (world.terms(token=world.token.address, buyer=world.stranger), [])
    late = (world.terms(token=world.token.address, ship_by=START), [])
    lost = (good[1][0], [])
    for bad, reason in (
        (stranger, "not the buyer"),
        (late, "bad ship date"),
        (lost, "payees differ"),
        (good[0], "funded already"),
    ):
        for place in (1, 2):
            orders = [*good[:place], bad, *good[place:]]
            if bad is lost:
                orders.remove(good[1])
            assert world.do("buyer", "fundMany", orders).reason == reason
    assert [world.pot(terms) for terms, _ in good] == [(0, 0, 0, 0)] * 2
    assert world.balance(world.token.address, "buyer") == RICH


def test_sixteen_orders_fit_and_seventeen_do_not(world):
    orders = [(world.terms(), []) for _ in range(MAX_ORDERS + 1)]
    assert world.do("buyer", "fundMany", orders, value=AMOUNT * len(orders)).reason == ""
    world.ok("buyer", "fundMany", orders[1:], value=AMOUNT * MAX_ORDERS)
    for terms, payees in orders[:1]:
        world.ok("buyer", "fund", terms, payees, value=AMOUNT)
    assert world.do("buyer", "releaseMany", orders).reason == ""
    world.ok("buyer", "releaseMany", orders[1:])


def test_no_order_at_all_costs_nothing_and_does_nothing(world):
    assert world.ok("stranger", "fundMany", []).logs == []
    assert world.ok("stranger", "releaseMany", []).logs == []
    assert world.do("stranger", "fundMany", [], value=1).reason == "value is not the amount"


def test_a_basket_is_released_in_any_states(world):
    orders = [
        (world.brought_to(state, token=asset), [])
        for state, asset in (
            ("funded", NOBODY),
            ("delivered", world.token.address),
            ("contested", NOBODY),
        )
    ]
    coin, token = Gains(world, NOBODY), Gains(world, world.token.address)
    done = world.ok("buyer", "releaseMany", orders)
    assert [type(event) for event in done.logs] == [Paid] * 3
    assert coin == {"payout": 2 * AMOUNT}
    assert token == {"payout": AMOUNT}
    assert [world.pot(terms) for terms, _ in orders] == [(0, 0, 0, 0)] * 3


def test_one_order_that_cannot_be_released_keeps_all(world):
    shared = world.payees()
    mine, listed = (world.funded(), []), (world.funded(shared), shared)
    other = world.terms(buyer=world.stranger)
    world.ok("stranger", "fund", other, [], value=AMOUNT)
    for bad, reason in (
        ((other, []), "not the buyer"),
        ((world.terms(), []), "no such order"),
        ((listed[0], []), "payees differ"),
        (mine, "no such order"),  # a second time
    ):
        gains = Gains(world, NOBODY)
        assert world.do("buyer", "releaseMany", [mine, bad]).reason == reason
        assert gains == {}
    world.ok("buyer", "releaseMany", [mine, listed])


def test_no_coin_is_sent_with_a_release(world):
    order = (world.funded(), [])
    assert world.do("buyer", "releaseMany", [order], value=1).reason == ""
