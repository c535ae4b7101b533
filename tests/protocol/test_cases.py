"""Who is heard about a dispute, by the vectors as another implementation would read them."""

import pytest

from node.protocol import cases, record
from node.protocol.errors import EtalError
from node.protocol.escrow import Terms
from node.protocol.kinds.case import KIND, MAX_PIECES, MAX_SHOWN, PIECE
from node.protocol.record import MAX_RECORD
from tests.protocol.sale import REGISTRY
from tests.samples import NETWORK
from tests.vectors.rows import each


@pytest.mark.parametrize("row", each("cases", "cases"))
def test_vectors(row):
    made = record.parse(bytes.fromhex(row["record"]), NETWORK)
    body = KIND.fields.read(made.body)
    editions = [record.parse(bytes.fromhex(raw), NETWORK) for raw in row["editions"]]
    terms = Terms(
        **{
            name: int(value)
            if name == "amount"
            else bytes.fromhex(value)
            if isinstance(value, str)
            else value
            for name, value in row["terms"].items()
        }
    )
    try:
        order = cases.order_of(body, terms, editions, NETWORK, REGISTRY)
        side = cases.check_party(order, made.author)
        if "message" in body:
            cases.check_message(body["message"], order, NETWORK, REGISTRY)
        assert (side, row["rule"]) == (row["side"], None)
    except EtalError as error:
        assert error.rule == row["rule"]


def test_every_rule_is_tried():
    tried = {row.values[0]["rule"] for row in each("cases", "cases")}
    assert tried - {None} == set(cases.RULES)


def test_what_is_shown_whole_fits_into_a_record():
    assert MAX_SHOWN + 3_500 < MAX_RECORD  # a proof with eight addresses
    assert PIECE < MAX_SHOWN and MAX_PIECES * PIECE < 256 * 1024
