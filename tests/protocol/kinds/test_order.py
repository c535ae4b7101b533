"""Order messages: every step, and what doesn't go together. Each rule has its vectors in tests/vectors/kinds.json."""

import pytest

from node.protocol.errors import Rejected
from node.protocol.escrow import Terms
from node.protocol.kinds.order import KIND, PARTS, SALTS, STEPS, TERMS
from node.protocol.registry import Keeping
from tests.protocol import sale
from tests.protocol.sale import BUYER, ORDER, PLACE, PLACED, SELLER, changed, refund

BLOCKS = {
    "accept": {},
    "decline": {"reason": "other", "text": "Sorry.", "settlement": refund()},
    "cancel": {"text": "Ordered twice."},
    "authorize": {"valid_before": 1_900_000_000, "signature": b"\1" * 65},
    "refuse": {"authorization": PLACED.id, "reason": "spent"},
    "ship": {"carrier": "Post", "tracking": "X1", "text": "Careful."},
    "note": {"text": "Hello"},
    "settle": {"settlement": refund(to_buyer=1, to_seller=2)},
}


def broken(body, by=SELLER) -> str | None:
    return sale.broken(sale.sign("order", {"order": ORDER, **body}, by))


def test_never_spread():
    assert KIND.keeping is Keeping.PRIVATE


@pytest.mark.parametrize("step", BLOCKS)
def test_each_step(step):
    assert broken({"step": step, "prev": PLACED.id, step: BLOCKS[step]}) is None


def test_every_step_is_tried():
    assert set(STEPS) == {*BLOCKS, "place"}


def test_a_place():
    assert broken({"step": "place", "place": PLACE}, BUYER) is None


def test_the_fields_of_terms_are_the_terms():
    assert [*TERMS, "order"] == [field.name for field in Terms.__dataclass_fields__.values()]
    assert set(PARTS) == set(SALTS)


@pytest.mark.parametrize(
    "step", [step for step in STEPS if step not in ("accept", "cancel", "ship")]
)
def test_a_step_needs_its_block(step):
    with pytest.raises(Rejected, match=r"field\.required"):
        STEPS[step].read({})


def test_a_place_is_bound_to_its_parts():
    other = changed(PLACE, parts__lines=b"\x80")
    assert broken({"step": "place", "place": other}, BUYER) == "order.commitment"


def test_rules_answer_for_odd_parts():
    odd = changed(PLACE, parts__gift=b"x", salts__gift=b"")
    assert broken({"step": "place", "place": odd}, BUYER) == "order.parts"
