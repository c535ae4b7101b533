"""Goods: prices, delivery, stock, and what a listing of goods may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import Conflict, InputError, Rejected
from node.protocol.extensions import goods
from tests.protocol import sale
from tests.protocol.sale import BODY, DELIVERY, GOODS, changed
from tests.vectors.goods import BLOCK, PLAIN


class TestPrice:
    def test_of_a_variant_or_of_the_listing(self):
        assert GOODS.price(BLOCK, {"variant": "brass", "quantity": 3}, 4_999) == 14_997
        assert GOODS.price(BLOCK, {"variant": "steel", "quantity": 3}, 4_999) == 11_997
        assert GOODS.price(PLAIN, {"quantity": 2}, 4_999) == 9_998

    def test_of_a_free_variant(self):
        block = {**BLOCK, "variants": [{"id": "sample", "label": "Sample", "price": 0}]}
        assert GOODS.price(block, {"variant": "sample", "quantity": 2}, 4_999) == 0

    @pytest.mark.parametrize(
        ("block", "line"),
        [
            (BLOCK, {"quantity": 1}),
            (BLOCK, {"variant": "gold", "quantity": 1}),
            (PLAIN, {"variant": "brass", "quantity": 1}),
        ],
    )
    def test_of_what_is_not_there(self, block, line):
        with pytest.raises(InputError) as caught:
            GOODS.price(block, line, 1)
        assert caught.value.rule == "goods.variant"

    def test_least(self):
        assert GOODS.least_price(BLOCK, 4_999) == 3_999
        assert GOODS.least_price(PLAIN, 4_999) == 4_999

    def test_none(self):
        free = {**PLAIN, "shipping": [{**each, "price": 0} for each in PLAIN["shipping"]]}
        assert GOODS.is_free(free, 0)
        assert not GOODS.is_free(free, 1)
        assert not GOODS.is_free(PLAIN, 0)  # its delivery has a price
        assert not GOODS.is_free({**free, "variants": BLOCK["variants"]}, 0)


class TestDelivery:
    def test_by_zone(self):
        assert GOODS.delivery_price(BLOCK, DELIVERY) == 690
        assert (
            GOODS.delivery_price(BLOCK, {**DELIVERY, "option": "world", "country": "NZ"}) == 2_450
        )

    def test_picked_up(self):
        assert GOODS.delivery_price(BLOCK, {"option": "pickup"}) == 0

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ({"option": "drone"}, "goods.option"),
            ({"country": "NZ"}, "goods.zone"),
            ({"country": "*"}, "goods.address"),
            ({"country": None}, "goods.address"),
            ({"name": None}, "goods.address"),
            ({"address": None}, "goods.address"),
        ],
    )
    def test_what_cannot_be(self, change, rule):
        with pytest.raises(InputError) as caught:
            GOODS.delivery_price(BLOCK, changed(DELIVERY, **change))
        assert caught.value.rule == rule

    def test_no_pick_up_where_none_is_offered(self):
        with pytest.raises(InputError) as caught:
            GOODS.delivery_price(PLAIN, {"option": "pickup"})
        assert caught.value.rule == "goods.option"

    @pytest.mark.parametrize(
        "address",
        [
            ["〒100-8111", "東京都千代田区千代田1-1"],
            ["Flat 3", "12 High Street", "Little Whinging", "Surrey", "GU1 1AA", "c/o Evans"],
            ["بناية ٧"],
        ],
    )
    def test_addresses_of_the_world(self, address):
        assert GOODS.delivery.from_json({**DELIVERY, "address": address})["address"] == address

    @pytest.mark.parametrize("address", [[], ["x"] * 7, ["x" * 121], ["a\nb"]])
    def test_addresses_have_bounds(self, address):
        with pytest.raises(Rejected) as caught:
            GOODS.delivery.read({**DELIVERY, "address": address})
        assert caught.value.field.startswith("address")


class TestStock:
    STOCK = st.dictionaries(st.sampled_from(["", "brass", "steel"]), st.integers(0, 20))
    LINES = st.lists(
        st.one_of(
            st.fixed_dictionaries({"quantity": st.integers(1, 12)}),
            st.fixed_dictionaries(
                {"variant": st.sampled_from(["brass", "steel"]), "quantity": st.integers(1, 12)}
            ),
        ),
        max_size=5,
    )

    @given(STOCK, LINES)
    def test_never_below_zero_and_nothing_lost(self, stock, lines):
        wanted = {}
        for line in lines:
            name = line.get("variant", "")
            wanted[name] = wanted.get(name, 0) + line["quantity"]
        enough = all(stock.get(name, 0) >= count for name, count in wanted.items())
        try:
            left = GOODS.reserve({"stock": stock}, lines)["stock"]
        except Conflict as conflict:
            assert not enough and conflict.rule == "goods.stock"
            return
        assert enough
        assert left == {name: count - wanted.get(name, 0) for name, count in stock.items()}
        GOODS.availability.read({"stock": left})

    @given(STOCK, LINES)
    def test_what_is_given_back_is_there_again(self, stock, lines):
        try:
            left = GOODS.reserve({"stock": stock}, lines)
        except Conflict:
            return
        assert GOODS.give_back(left, lines) == {"stock": stock}

    def test_a_variant_that_is_gone_does_not_come_back(self):
        lines = [{"variant": "gold", "quantity": 2}, {"variant": "brass", "quantity": 10_000}]
        full = {"stock": {"brass": goods.MAX_STOCK}}
        assert GOODS.give_back(full, lines) == full

    def test_what_is_unknown_survives(self):
        assert GOODS.reserve({"stock": {"": 2}, "note": "x"}, [{"quantity": 1}]) == {
            "stock": {"": 1},
            "note": "x",
        }

    def test_available(self):
        block = {"stock": {"brass": 2, "steel": 3}}
        assert GOODS.available(block, {"variant": "brass", "quantity": 1}) == 2
        assert GOODS.available(block, {"variant": "gold"}) == 0
        assert GOODS.available(block, {}) == 5
        assert GOODS.in_stock(BLOCK, block) and GOODS.in_stock(BLOCK, None)
        assert not GOODS.in_stock(BLOCK, {"stock": {"brass": 0, "gold": 1}})
        assert GOODS.in_stock(PLAIN, {"stock": {"": 1}})
        assert not GOODS.in_stock(PLAIN, {"stock": {"brass": 1}})

    @pytest.mark.parametrize("stock", [{"": -1}, {"": 1_000_001}, {"Brass": 1}, {"": "1"}])
    def test_of_a_stranger(self, stock):
        with pytest.raises(Rejected) as caught:
            GOODS.availability.read({"stock": stock})
        assert caught.value.field.startswith("stock.")


class TestListing:
    def broken(self, block: dict) -> list[str]:
        body = changed(BODY, extensions={"goods": GOODS.listing.write(block)})
        record = sale.listing(body)
        return [rule.id for rule in goods.RULES if not rule.holds(record, body)]

    def test_good_ones(self):
        assert self.broken(BLOCK) == []
        assert self.broken({"condition": "new", "pickup": True}) == []

    @pytest.mark.parametrize(
        ("change", "rule"),
        [
            ({"variants": BLOCK["variants"] * 2}, "goods.variants"),
            ({"shipping": BLOCK["shipping"] * 2}, "goods.shipping"),
            ({"shipping": [{**BLOCK["shipping"][0], "id": "pickup"}]}, "goods.shipping"),
            ({"shipping": None, "pickup": None}, "goods.reachable"),
            ({"shipping": [], "pickup": False}, "goods.reachable"),
        ],
    )
    def test_bad_ones(self, change, rule):
        assert self.broken(changed(BLOCK, **change)) == [rule]

    def test_availability_has_none_of_this_to_break(self):
        body = {"extensions": {"goods": {"stock": {"": 1}}}}
        record = sale.sign("availability", body, slug="desk-lamp")
        assert all(rule.holds(record, body) for rule in goods.RULES)

    def test_summary(self):
        assert GOODS.summary(BLOCK) == {"condition": "used", "pickup": "yes"}
        free = changed(PLAIN, shipping=[{**BLOCK["shipping"][0], "price": 0}])
        assert GOODS.summary(free) == {"condition": "new", "free_shipping": "yes"}
        assert GOODS.destinations(BLOCK) == ["*", "DE", "FR"]

    def test_spec_is_at_hand(self):
        assert GOODS.spec.startswith("# Goods")
