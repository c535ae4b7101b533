from dataclasses import replace

from node.peer.views import BlockView
from node.web.i18n import Languages
from node.web.pages import goods, routes
from node.web.pages.show import Show
from node.web.rendering import HERE
from tests.web.conftest import Site
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
    assert offer.most == 9


def test_prices_are_in_what_is_paid_with_where_that_is_exact():
    paid = goods.offer(MUG, SHOW, MUG.pay_with[0])
    assert [each.price for each in paid.variants] == [
        replace(MUG.pay_with[0], amount=amount) for amount in (28_000_000, 31_000_000)
    ]
    assert paid.shipping[0].price == replace(MUG.pay_with[0], amount=4_900_000)
    coarse = replace(MUG.pay_with[0], decimals=0)
    assert goods.offer(MUG, SHOW, coarse) == goods.offer(MUG, SHOW)


def test_a_delivery_knows_whom_it_serves_and_names_every_country():
    france, union, world, pickup = goods.offer(MUG, SHOW).shipping
    assert [each.serves("FR") for each in (france, union, world, pickup)] == [
        True,
        False,
        True,
        True,
    ]
    assert [each.serves("JP") for each in (france, union, world, pickup)] == [
        False,
        False,
        True,
        True,
    ]
    assert all(each.serves("") for each in (france, union, world, pickup))
    assert union.zones.endswith("and 9 more")
    assert len(union.more.split(", ")) == 9
    assert not france.more


def test_what_is_no_goods_has_no_offer():
    assert goods.offer(replace(MUG, blocks=(OTHER,)), SHOW) is None


def stocked(**left: int):
    return replace(MUG, blocks=(replace(MUG.blocks[0], left={"stock": left}),))


def test_no_more_can_be_ordered_than_there_are_of_one_variant():
    assert goods.offer(stocked(iron=2, ash=7), SHOW).most == 7
    assert goods.offer(stocked(iron=0, ash=200), SHOW).most == goods.MOST_AT_ONCE
    assert goods.offer(stocked(iron=0, ash=0), SHOW).most == 1
    uncounted = replace(MUG, stock=None, blocks=(replace(MUG.blocks[0], left=None),))
    assert goods.offer(uncounted, SHOW).most == goods.MOST_AT_ONCE
    assert [each.left for each in goods.offer(uncounted, SHOW).variants] == [None, None]
    assert goods.pieces(uncounted) == []


def test_a_variant_that_is_sold_out_is_not_chosen():
    offer = goods.offer(stocked(ash=3), SHOW)
    assert [(each.id, each.left) for each in offer.variants] == [("iron", 0), ("ash", 3)]
    assert offer.first == "ash"
    assert [offer.is_sold_out(each) for each in ("iron", "ash", "else")] == [True, False, False]
    assert goods.pieces(stocked(ash=3)) == [("Iron glaze", 0), ("Ash glaze", 3)]


def test_what_has_no_variants_is_counted_as_a_whole():
    block = replace(MUG.blocks[0], data={**MUG.blocks[0].data, "variants": []})
    for stock, most in ((2, 2), (0, 1), (None, goods.MOST_AT_ONCE)):
        left = None if stock is None else {"stock": {"": stock}}
        whole = replace(MUG, stock=stock, blocks=(replace(block, left=left),))
        assert (goods.offer(whole, SHOW).most, goods.offer(whole, SHOW).first) == (most, "")


def test_rows_show_every_block():
    rows = goods.rows(replace(MUG, blocks=(*MUG.blocks, OTHER, UNKNOWN)), SHOW)
    assert ("Condition", "New") in rows
    assert not any(title == "Colissimo, France" for title, _ in rows)
    assert ("From", "Lyon") in rows
    assert any(title == "com.example.odd" for title, _ in rows)


def test_the_least_price_is_that_of_the_cheapest_variant():
    def priced(*amounts):
        variants = [
            {"id": str(n), "label": str(n), **({"price": str(each)} if each else {})}
            for n, each in enumerate(amounts)
        ]
        block = replace(MUG.blocks[0], data={**MUG.blocks[0].data, "variants": variants})
        money, several = goods.least_price(replace(MUG, blocks=(block,)))
        return money.amount, several

    assert priced(None, 2100) == (2100, True)
    assert priced(None, 3100) == (2800, True)
    assert priced(2100, 2100) == (2100, False)
    assert priced() == (2800, False)
    assert goods.least_price(replace(MUG, blocks=(OTHER,))) == (MUG.price, False)


async def test_cards_say_from_where_something_costs_more():
    market = Market()
    market.goods = market.goods[:1]
    page = await Site(market, pages_routes=routes).page("/")
    assert '<span class="price"><small>from</small> $28.00</span>' in page
