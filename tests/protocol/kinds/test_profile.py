"""A profile in every form. Its rules have their vectors in tests/vectors/kinds.json."""

import pytest

from node.protocol.errors import Rejected
from node.protocol.keys import bound_accounts
from node.protocol.kinds.profile import KIND, MAX_KEYS, MAX_NODES
from node.protocol.patterns import address_to_text
from tests.protocol.sale import SELLER, SHOP
from tests.samples import CHAIN, NETWORK, NOW
from tests.vectors.kinds import PROFILE

BARE = {"name": "Ada", "language": "en", "encryption": [], "wallets": [], "nodes": []}


@pytest.mark.parametrize("body", [PROFILE, BARE])
def test_json_and_back(body):
    assert KIND.fields.from_json(KIND.fields.to_json(body)) == body
    assert KIND.fields.read(KIND.fields.write(body)) == body


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"encryption": PROFILE["encryption"] * (MAX_KEYS + 1)}, "encryption"),
        ({"nodes": PROFILE["nodes"] * (MAX_NODES + 1)}, "nodes"),
        ({"name": ""}, "name"),
        ({"language": "English"}, "language"),
        ({"wallets": [{**PROFILE["wallets"][0], "signature": bytes(64)}]}, "wallets.0.signature"),
    ],
)
def test_bounds(change, path):
    with pytest.raises(Rejected) as caught:
        KIND.fields.read(KIND.fields.write({**PROFILE, **change}))
    assert caught.value.field == path


def test_the_wallet_of_the_vector_has_signed_itself():
    bound = bound_accounts(SELLER.public, NETWORK, PROFILE["wallets"], NOW)
    assert bound == (f"{CHAIN}:{address_to_text(SHOP)}",)
