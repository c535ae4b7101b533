"""A listing survives every form, and says what its rules allow. Each rule has its vectors in tests/vectors/kinds.json."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import InputError
from node.protocol.escrow import DAY, MAX_SHIP_TIME
from node.protocol.kinds.listing import KIND, MAX_SHIP_WITHIN, OFFER
from node.protocol.kinds.listing.categories import CATEGORIES
from node.protocol.offers import FUND_WITHIN
from tests.protocol import sale
from tests.protocol.sale import BODY, NOW, changed


def broken(body: dict) -> str | None:
    return sale.broken(sale.listing(body))


def test_json_and_back():
    assert KIND.fields.from_json(KIND.fields.to_json(BODY)) == BODY


def test_what_a_person_types_wrong_is_named():
    json = KIND.fields.to_json(BODY)
    json["offer"]["ship_within"] = 5
    with pytest.raises(InputError) as caught:
        KIND.fields.from_json(json)
    assert caught.value.field == "offer.ship_within"


def test_unknown_fields_survive():
    body = changed(BODY, colour="brass", offer__haggle=True)
    assert KIND.fields.read(sale.listing(body).body) == body
    assert broken(body) is None


def test_any_time_to_ship_leaves_time_to_pay():
    assert MAX_SHIP_WITHIN + FUND_WITHIN <= MAX_SHIP_TIME - DAY


def test_categories_are_slugs_in_order():
    slugs = [slug for slug in CATEGORIES if slug != "other"]
    assert slugs == sorted(slugs)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "escrow": st.sampled_from([sale.ACCOUNT, None]),
            "seller": st.sampled_from([sale.SHOP, bytes(20), None]),
            "payout": st.sampled_from([sale.PAYOUT, sale.CONTRACT, None]),
            "review": st.sampled_from([0, 1, 3_600, None]),
            "arbiters": st.lists(
                st.sampled_from([sale.ARBITER, sale.ARBITER | {"address": sale.SHOP}]), max_size=2
            ),
            "accepts": st.sampled_from([[], None]),
            "until": st.sampled_from([NOW, NOW + 61 * DAY]),
            "on_collection": st.booleans(),
        },
    )
)
def test_rules_answer_for_any_offer_that_the_fields_allow(changes):
    """No combination of absent and odd values makes a rule raise, and a listing without a broken rule can be ordered."""
    body = changed(BODY, **{f"offer__{name}": value for name, value in changes.items()})
    OFFER.read(OFFER.write(body["offer"]))
    if broken(body) is None and "escrow" in body["offer"]:
        offer = body["offer"]
        assert offer["seller"] != bytes(20) and offer["payout"] != sale.CONTRACT
        assert offer.get("arbiters", []) in ([], [sale.ARBITER])
