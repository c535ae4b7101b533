"""An arbiter's record in every form. Its rules have their vectors in tests/vectors/kinds.json."""

import pytest

from node.protocol.errors import InputError
from node.protocol.escrow import DAY
from node.protocol.kinds.arbiter import KIND
from tests.vectors.arbiters import ARBITER


def test_json_and_back():
    assert KIND.fields.from_json(KIND.fields.to_json(ARBITER)) == ARBITER
    assert KIND.fields.read(KIND.fields.write(ARBITER)) == ARBITER


@pytest.mark.parametrize(
    ("field", "value"), [("fee_bps", 2_001), ("ruling", DAY - 1), ("languages", ["klingon!"])]
)
def test_what_a_person_types_wrong_is_named(field, value):
    with pytest.raises(InputError) as caught:
        KIND.fields.from_json(KIND.fields.to_json(ARBITER) | {field: value})
    assert caught.value.field.startswith(field)
