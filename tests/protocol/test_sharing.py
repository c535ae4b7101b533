"""Who shares the proceeds of an order, and in which order."""

import pytest

from node.protocol.errors import InputError
from node.protocol.escrow import payees_hash
from node.protocol.sharing import allows, payees_of
from tests.protocol import sale
from tests.protocol.sale import BODY, changed

CO_OP = {"to": b"\x0d" * 20, "bps": 1_500, "name": "Co-operative"}
DESIGNER = {"to": b"\x10" * 20, "bps": 250, "name": "Designer"}
FRIEND = {"to": b"\x0e" * 20, "bps": 500}
SHARED = changed(BODY, offer__payees=[CO_OP, DESIGNER], offer__referral_bps=500)


def test_the_offers_come_first_and_in_its_order():
    of_offer = ((CO_OP["to"], 1_500), (DESIGNER["to"], 250))
    assert payees_of(SHARED["offer"]) == of_offer
    assert payees_of(SHARED["offer"], FRIEND) == (*of_offer, (FRIEND["to"], 500))
    assert payees_of(BODY["offer"]) == ()


@pytest.mark.parametrize(
    ("offer", "referrer", "allowed"),
    [
        (BODY["offer"], None, True),
        (BODY["offer"], FRIEND, False),
        (SHARED["offer"], FRIEND, True),
        (SHARED["offer"], {**FRIEND, "bps": 501}, False),
    ],
)
def test_a_referrer_gets_no_more_than_the_offer_leaves(offer, referrer, allowed):
    assert allows(offer, referrer) is allowed


def test_what_a_buyer_proposes_commits_to_them():
    place = sale.place_block(SHARED, offer=sale.listing(SHARED), referrer=FRIEND)
    assert place["terms"]["payees"] == payees_hash(payees_of(SHARED["offer"], FRIEND))


def test_a_buyer_can_name_no_greater_share():
    with pytest.raises(InputError) as caught:
        sale.place_block(SHARED, offer=sale.listing(SHARED), referrer={**FRIEND, "bps": 501})
    assert (caught.value.rule, caught.value.field) == ("offer.referrer", "referrer")
