"""A campaign's record in every form, and the terms that follow from it. Its rules have their vectors in tests/vectors/kinds.json."""

import pytest

from node.protocol import campaign, offers
from node.protocol.campaign import NOBODY
from node.protocol.errors import InputError
from node.protocol.kinds.campaign import KIND, id_of, terms_of, tranches_of
from tests.protocol.sale import BODY, LINES, REGISTRY, changed
from tests.samples import CHAIN_ID
from tests.vectors.campaigns import CAMPAIGN, CONTRACT, ETH, PREORDER, signed

GIVEN = signed(CAMPAIGN)


def test_json_and_back():
    assert KIND.fields.from_json(KIND.fields.to_json(GIVEN)) == GIVEN
    assert KIND.fields.read(KIND.fields.write(GIVEN)) == GIVEN


@pytest.mark.parametrize(("field", "value"), [("stop_bps", 0), ("goal", "-1"), ("tranches", [])])
def test_what_a_person_types_wrong_is_named(field, value):
    with pytest.raises(InputError) as caught:
        KIND.fields.from_json(KIND.fields.to_json(GIVEN) | {field: value})
    assert caught.value.field.startswith(field)


def test_the_contract_would_open_the_terms():
    terms = terms_of(CAMPAIGN)
    assert campaign.refusal(terms, CAMPAIGN["until"] - 1, CONTRACT, tranches_of(CAMPAIGN)) is None
    assert id_of(CAMPAIGN) == campaign.campaign_id(terms, CHAIN_ID, CONTRACT)
    assert terms_of(CAMPAIGN | {"asset": ETH}).token == NOBODY


@pytest.mark.parametrize("name", ["listing", "goal", "until", "stop_bps", "payout", "tranches"])
def test_whatever_is_promised_is_in_the_id(name):
    other = {"tranches": CAMPAIGN["tranches"][:1], "payout": b"\x11" * 20, "listing": bytes(32)}
    changed = CAMPAIGN | {name: other.get(name, 1_000)}
    assert id_of(changed) != id_of(CAMPAIGN)


def test_an_order_that_is_paid_by_a_pledge_has_no_terms():
    preorder = changed(BODY, offer=PREORDER)
    quote = offers.total(preorder, LINES, {"option": "pickup"}, CAMPAIGN["asset"], REGISTRY)
    assert quote.total == 2 * 49_990_000  # in the asset's smallest unit
    assert not offers.needs_escrow(preorder, quote)
    assert offers.needs_escrow(BODY, quote)
