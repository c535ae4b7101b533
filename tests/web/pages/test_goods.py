from dataclasses import replace

from node.peer.views import BlockView
from node.web.i18n import Languages
from node.web.pages import goods
from node.web.pages.show import Show
from node.web.rendering import HERE
from tests.web.market import Market

SHOW = Show(Languages(HERE / "locale").all["en"])
MUG = Market().goods[0]
OTHER = BlockView("com.example.seats", "Seats", True, {"seats": 3}, (("From", "Lyon"),))
UNKNOWN = BlockView("com.example.odd", "com.example.odd", False, {})


def test_an_offer_prices_variants_and_deliveries_in_the_listings_money():
    offer = goods.offer(MUG, SHOW)
    assert [(each.label, each.price.amount) for each in offer.variants] == [
        ("Iron glaze", 2800),
        ("Ash glaze", 3100),
    ]
    assert offer.first == "iron"
    assert offer.shipping[0].price == replace(MUG.price, amount=490)
    assert offer.shipping[-1].id == "pickup"
    assert offer.fetchable
    assert offer.most == 13


def test_what_is_no_goods_has_no_offer():
    assert goods.offer(replace(MUG, blocks=(OTHER,)), SHOW) is None


def test_no_more_can_be_ordered_than_there_are():
    assert goods.offer(replace(MUG, stock=2), SHOW).most == 2
    assert goods.offer(replace(MUG, stock=None), SHOW).most == goods.MOST_AT_ONCE
    assert goods.offer(replace(MUG, stock=0), SHOW).most == 1


def test_rows_show_every_block():
    rows = goods.rows(replace(MUG, blocks=(*MUG.blocks, OTHER, UNKNOWN)), SHOW)
    assert ("Condition", "New") in rows
    assert ("Colissimo, France", "France") in rows
    assert ("From", "Lyon") in rows
    assert any(title == "com.example.odd" for title, _ in rows)
