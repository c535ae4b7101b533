import json
from dataclasses import replace

from tests.cli.conftest import refusal
from tests.fakes.peer import listing

LISTING = "d" * 52


def test_a_cart_is_filled_shown_and_ordered(type_, peer):
    assert type_("cart", "show").stdout.strip() == "The cart is empty."
    result = type_("cart", "add", LISTING, "--line", "quantity=2", "--line", "variant=blue")
    assert result.exit_code == 0, result.stderr
    assert peer.asked == [("add_to_cart", LISTING, {"quantity": 2, "variant": "blue"}, None)]
    shown = type_("cart", "show").stdout
    assert "A teapot" in shown and "quantity 2, variant blue" in shown
    type_("cart", "add", LISTING, "--line", "quantity=1")
    peer.asked.clear()
    result = type_(
        *("cart", "order", "--delivery", "option=post", "--delivery", "name=C. Martin"),
        *("--option", "1=pickup", "--text", "Hello"),
    )
    assert result.exit_code == 0, result.stderr
    ((_, (first, second), account, text),) = peer.asked
    assert first["delivery"] == {"option": "post", "name": "C. Martin"}
    assert second["delivery"] == {"option": "pickup"}
    assert (account, text) == (None, "Hello")
    assert "etal order fund" in result.stdout


def test_a_line_is_taken_out(type_, peer):
    type_("cart", "add", LISTING, "--line", "quantity=1")
    answer = json.loads(type_("cart", "remove", "0", "--json").stdout)
    assert answer == {"lines": []}


def test_what_cant_be_ordered_stays(type_, peer):
    type_("cart", "add", LISTING, "--line", "quantity=1")
    sold = replace(peer.lines[0], obstacle="sold_out")
    peer.lines = (sold, replace(sold, number=1, listing=None, obstacle="withdrawn"))
    assert "withdrawn" in type_("cart", "show").stdout
    assert "sold_out" in type_("cart", "show").stdout
    assert refusal(type_("cart", "order", "--delivery", "option=pickup"))
    assert listing().title == "A teapot"
