"""Who gives by a settlement. What stands is in the vectors of orders."""

import pytest

from node.protocol.escrow import Settlement
from node.protocol.settlements import BUYER, SELLER, Proposal
from tests.protocol.sale import PAYER_ID


@pytest.mark.parametrize(
    ("by", "to_buyer", "to_seller", "gift", "whole"),
    [
        (SELLER, 1_200, 0, True, False),
        (SELLER, 3_000, 0, True, True),
        (SELLER, 0, 3_000, False, False),
        (SELLER, 1, 1, False, False),
        (BUYER, 0, 1_200, True, False),
        (BUYER, 0, 3_000, True, True),
        (BUYER, 1_200, 0, False, False),
    ],
)
def test_who_gives(by, to_buyer, to_seller, gift, whole):
    settlement = Settlement(PAYER_ID, 1, 3_000, to_buyer, to_seller, 2)
    proposal = Proposal(by, b"", settlement, b"")
    assert (proposal.is_gift, proposal.is_whole) == (gift, whole)
