from dataclasses import replace

import pytest

from node.web.pages import prompts
from node.web.pages.prompts import Prompt
from tests.web.made import TOKENS, money
from tests.web.market import CONTRACT, DOLLAR, ETHER, Market, order

GOODS = Market().goods[0]
SPENT = {"spender": CONTRACT, "raw": "103500000"}


def unpaid(total, **changes):
    made = order(GOODS, "placed", **changes)
    return replace(made, quote=replace(made.quote, total=total))


def test_a_token_with_permits_asks_for_a_signature_then_for_a_payment_that_moves_no_coins():
    assert prompts.of(unpaid(money(103_500_000, DOLLAR)), TOKENS) == (
        Prompt("permit", "0x" + "5d" * 20, **SPENT),
        Prompt("fund", CONTRACT, coins="0 ETH"),
    )


@pytest.mark.parametrize("tokens", [(TOKENS[0], replace(TOKENS[1], permit=False)), ()])
def test_another_token_asks_for_two_transactions(tokens):
    first, second = prompts.of(unpaid(money(103_500_000, DOLLAR)), tokens)
    assert first == Prompt("approve", "0x" + "5d" * 20, coins="0 ETH", **SPENT)
    assert second.kind == "fund"


def test_coins_are_paid_by_one_request():
    paid = unpaid(money(11_800_000_000_000_000, ETHER))
    assert prompts.of(paid, TOKENS) == (Prompt("fund", CONTRACT, coins="0.0118 ETH"),)


def test_nothing_is_asked_where_nothing_is_to_be_paid_by_the_browsers_wallet():
    total = money(1, DOLLAR)
    assert prompts.of(unpaid(total, wallet_is_node=True), TOKENS) == ()
    assert prompts.of(unpaid(total, actions=("message",)), TOKENS) == ()
    assert prompts.of(unpaid(total, contract=None), TOKENS) == ()
