"""What an order costs, and which terms a seller's node takes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.protocol import offers
from node.protocol.commitment import Line
from node.protocol.errors import InputError, Rejected
from node.protocol.escrow import DAY, HOUR, refusal
from tests.protocol import sale
from tests.protocol.sale import (
    BODY,
    CONTRACT,
    DELIVERY,
    ETH,
    LINES,
    LISTING,
    NOW,
    ORDER,
    PLACE,
    REGISTRY,
    TERMS,
    TUSD,
    WALLET,
    changed,
    place_block,
)

IN_ETH = changed(
    BODY,
    price={"amount": 10**16, "unit": ETH},
    offer__accepts=[{"asset": ETH, "decimals": 18}],
)


def quote(body=BODY, lines=LINES, delivery=DELIVERY, asset=TUSD, registry=REGISTRY):
    return offers.total(body, lines, delivery, asset, registry)


class TestTotal:
    def test_in_a_stablecoin(self):
        assert quote() == offers.Quote(99_980_000, 6_900_000, 106_880_000, TUSD, 6)

    def test_in_the_asset_of_the_price(self):
        steel = [Line("goods", {"variant": "brass", "quantity": 3})]
        assert quote(IN_ETH, steel, {"option": "pickup"}, ETH).total == 3 * 10**16

    def test_without_escrow(self):
        assert quote(asset=None) == offers.Quote(9_998, 690, 10_688, "USD", 2)
        assert quote(IN_ETH, asset=None).asset == ETH

    @pytest.mark.parametrize(
        ("arguments", "rule"),
        [
            ({"asset": ETH}, "offer.asset"),
            ({"body": changed(BODY, offer__accepts=None)}, "offer.asset"),
            ({"lines": []}, "offer.lines"),
            ({"lines": LINES * 101}, "offer.lines"),
            ({"lines": [Line("com.example.seats", {})]}, "offer.lines"),
            ({"lines": [*LINES, Line("com.example.seats", {})]}, "offer.lines"),
            ({"body": changed(BODY, extensions={"com.example.x": {}})}, "offer.lines"),
            ({"body": changed(BODY, must_understand=["com.example.x"])}, "offer.must_understand"),
            ({"lines": [Line("goods", {"quantity": 1})]}, "goods.variant"),
            ({"delivery": {"option": "drone"}}, "goods.option"),
            (
                {"body": changed(BODY, offer__accepts=[{"asset": TUSD, "decimals": 0}])},
                "offer.exact",
            ),
            ({"body": changed(BODY, price__amount=2**127)}, "offer.amount"),
        ],
    )
    def test_what_cannot_be_ordered(self, arguments, rule):
        with pytest.raises(InputError) as caught:
            quote(**arguments)
        assert caught.value.rule == rule

    @given(
        st.lists(
            st.tuples(st.sampled_from(["brass", "steel"]), st.integers(1, 10_000)),
            min_size=1,
            max_size=100,
        )
    )
    def test_quotes_add_up(self, ordered):
        lines = [Line("goods", {"variant": v, "quantity": n}) for v, n in ordered]
        found = quote(lines=lines)
        cents = sum({"brass": 4_999, "steel": 3_999}[v] * n for v, n in ordered)
        assert found.items == cents * 10**4
        assert found.total == found.items + found.delivery == (cents + 690) * 10**4


class TestPayableWith:
    def test_only_what_our_own_configuration_vouches_for(self):
        assert offers.payable_with(BODY, {TUSD: (6, "USD")}) == [TUSD]
        assert offers.payable_with(IN_ETH, {ETH: (18, None)}) == [ETH]

    @pytest.mark.parametrize(
        "known", [{}, {TUSD: (18, "USD")}, {TUSD: (6, "EUR")}, {TUSD: (6, None)}]
    )
    def test_the_sellers_word_is_not_enough(self, known):
        assert offers.payable_with(BODY, known) == []

    def test_an_asset_price_takes_that_asset_alone(self):
        both = changed(
            IN_ETH,
            offer__accepts=[{"asset": ETH, "decimals": 18}, {"asset": TUSD, "decimals": 6}],
        )
        assert offers.payable_with(both, {ETH: (18, None), TUSD: (6, "USD")}) == [ETH]


class TestTermsFor:
    def test_are_what_the_offer_says(self):
        assert (TERMS.buyer, TERMS.order, TERMS.amount) == (WALLET, ORDER, 106_880_000)
        assert TERMS.ship_by == NOW + 6 * HOUR + 7 * DAY
        assert refusal(TERMS, NOW, CONTRACT) is None
        assert refusal(TERMS, PLACE["fund_by"], CONTRACT) is None

    def test_the_longest_offer_can_still_be_funded_at_once(self):
        body = changed(BODY, offer__ship_within=170 * DAY)
        assert offers.terms_for(body, quote(), WALLET, ORDER, NOW).ship_by > NOW + 170 * DAY

    def test_funding_is_promised_within_the_offer(self):
        body = changed(BODY, offer__until=NOW + 60)
        assert offers.fund_by(body, NOW) == NOW + 60
        assert offers.fund_by(BODY, NOW) == NOW + offers.FUND_WITHIN

    def test_an_offer_that_is_over(self):
        with pytest.raises(InputError) as caught:
            offers.terms_for(BODY, quote(), WALLET, ORDER, BODY["offer"]["until"])
        assert caught.value.rule == "offer.until"

    def test_an_offer_without_escrow(self):
        with pytest.raises(InputError) as caught:
            offers.terms_for(changed(BODY, offer__escrow=None), quote(), WALLET, ORDER, NOW)
        assert caught.value.rule == "offer.terms"

    def test_what_the_contract_would_refuse(self):
        arbitrated = changed(BODY, offer__arbiters=[sale.ARBITER | {"address": WALLET}])
        with pytest.raises(InputError) as caught:
            offers.terms_for(arbitrated, quote(), WALLET, ORDER, NOW, arbiter=WALLET)
        assert caught.value.rule == "offer.terms"
        assert "bad arbiter" in str(caught.value)

    def test_come_back_from_their_block(self):
        assert offers.terms_of(offers.block_of_terms(TERMS), ORDER) == TERMS
        assert offers.terms_of({**offers.block_of_terms(TERMS), "new": 1}, ORDER) == TERMS


def check(place, body=BODY, listing_id=LISTING.id, created=NOW):
    return offers.check_terms(body, listing_id, place, created, REGISTRY)


CHANGES = {
    "terms.asset": {"terms__token": b"\x01" * 20},
    "terms.amount": {"terms__amount": TERMS.amount - 1},
    "terms.seller": {"terms__seller": b"\x01" * 20},
    "terms.payout": {"terms__payout": b"\x01" * 20},
    "terms.arbiter": {"terms__arbiter": b"\x01" * 20},
    "terms.review": {"terms__review": HOUR},
    "terms.ruling": {"terms__ruling": DAY},
    "terms.arbiter_bps": {"terms__arbiter_bps": 1},
    "terms.lapse_bps": {"terms__lapse_bps": 1},
    "terms.referrer": {"referrer": {"to": b"\x01" * 20, "bps": 1}},
    "terms.payees": {"terms__payees": b"\x01" * 32},
    "terms.fund_by": {"fund_by": BODY["offer"]["until"] + 1},
    "terms.ship_by": {"terms__ship_by": TERMS.ship_by - offers.SHIP_TOLERANCE - 1},
    "terms.bounds": {
        "fund_by": BODY["offer"]["until"],
        "terms__ship_by": BODY["offer"]["until"] + 170 * DAY,
    },
}
OTHERWISE = {"terms.bounds": changed(BODY, offer__ship_within=170 * DAY)}


class TestCheckTerms:
    def test_what_terms_for_makes_is_taken(self):
        assert check(PLACE) == quote()

    def test_more_than_asked_is_taken(self):
        assert check(changed(PLACE, terms__amount=TERMS.amount + 1))

    def test_with_an_arbiter_of_the_offer_or_none(self):
        body = changed(BODY, offer__arbiters=[sale.ARBITER], offer__lapse_bps=5_000)
        judged, alone = place_block(body, arbiter=sale.ARBITER["address"]), place_block(body)
        assert (
            judged["terms"].items()
            >= {
                "arbiter": sale.ARBITER["address"],
                "ruling": 7 * DAY,
                "arbiter_bps": 500,
                "lapse_bps": 5_000,
            }.items()
        )
        none = {"arbiter": bytes(20), "ruling": 0, "arbiter_bps": 0, "lapse_bps": 5_000}
        assert alone["terms"].items() >= none.items()
        assert check(judged, body) and check(alone, body)

    def test_an_arbiter_that_the_offer_does_not_list(self):
        with pytest.raises(InputError) as caught:
            offers.terms_for(BODY, quote(), WALLET, ORDER, NOW, arbiter=sale.ARBITER["address"])
        assert caught.value.rule == "offer.arbiter"
        judged = place_block(
            changed(BODY, offer__arbiters=[sale.ARBITER]), arbiter=sale.ARBITER["address"]
        )
        with pytest.raises(Rejected, match="arbiter"):
            check(judged)

    def test_without_money(self):
        free = changed(BODY, offer__on_collection=True)
        place = place_block(free, None)
        assert "terms" not in place
        assert check(place, free).total == 10_688
        for wrong, body in ((place, BODY), (PLACE, free)):
            with pytest.raises(Rejected) as caught:
                check(wrong, body)
            assert caught.value.rule == "terms.absent"

    def test_a_price_of_nothing_needs_no_escrow(self):
        gift = changed(IN_ETH, price__amount=0)
        lines = [Line("goods", {"variant": "brass", "quantity": 1})]
        found = quote(gift, lines, {"option": "pickup"}, None)
        assert not offers.needs_escrow(gift, found)
        assert offers.needs_escrow(BODY, quote())

    @pytest.mark.parametrize("rule", CHANGES)
    def test_one_term_off(self, rule):
        with pytest.raises(Rejected) as caught:
            check(changed(PLACE, **CHANGES[rule]), OTHERWISE.get(rule, BODY))
        assert caught.value.rule == rule

    def test_every_rule_is_tried(self):
        assert {rule.id for rule in offers.TERMS_RULES} == set(CHANGES)

    @pytest.mark.parametrize("side", [-1, 1])
    def test_clocks_may_differ_a_little(self, side):
        differing = TERMS.ship_by + side * offers.SHIP_TOLERANCE
        assert check(changed(PLACE, terms__ship_by=differing))
        with pytest.raises(Rejected) as caught:
            check(changed(PLACE, terms__ship_by=differing + side))
        assert caught.value.rule == "terms.ship_by"

    @pytest.mark.parametrize("ship_within", [HOUR, 7 * DAY, 170 * DAY])
    @pytest.mark.parametrize("left", [1, offers.FUND_WITHIN - 1, offers.FUND_WITHIN, 30 * DAY])
    def test_an_honest_order_is_taken_and_can_be_funded_until_its_promise_ends(
        self, left, ship_within
    ):
        body = changed(BODY, offer__until=NOW + left, offer__ship_within=ship_within)
        place = place_block(body)
        assert check(place, body)
        for at in (NOW, place["fund_by"]):
            assert refusal(offers.terms_of(place["terms"], ORDER), at, CONTRACT) is None

    def test_funding_before_ordering(self):
        with pytest.raises(Rejected) as caught:
            check(changed(PLACE, fund_by=NOW - 1))
        assert caught.value.rule == "terms.fund_by"

    def test_another_edition(self):
        with pytest.raises(Rejected) as caught:
            check(PLACE, listing_id=bytes(32))
        assert caught.value.rule == "terms.offer"

    @pytest.mark.parametrize(
        ("lines", "delivery"),
        [
            ([Line("goods", {"variant": "gold", "quantity": 1})], DELIVERY),
            (LINES, {**DELIVERY, "option": "drone"}),
        ],
    )
    def test_lines_that_are_not_sold(self, lines, delivery):
        place = changed(PLACE, parts=sale.parts(lines, delivery))
        with pytest.raises(Rejected) as caught:
            check(place)
        assert caught.value.rule == "terms.lines"

    @settings(max_examples=50)
    @given(st.integers(0, TERMS.amount - 1))
    def test_never_for_less(self, amount):
        with pytest.raises(Rejected):
            check(changed(PLACE, terms=offers.block_of_terms(replace(TERMS, amount=amount))))
