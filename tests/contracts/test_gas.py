"""What a trade costs stays under its bars, and the specification tells what each path costs now."""

from tests.benchmarks.escrow_chain import Chain
from tests.benchmarks.gas import COIN_BAR, DOCUMENT, TOKEN_BAR, tables, with_tables


def test_a_trade_costs_no_more_than_its_bar_and_the_document_says_what_it_costs():
    made, (coin, token) = tables(Chain())
    assert coin <= COIN_BAR
    assert token <= TOKEN_BAR
    document = DOCUMENT.read_text("utf-8")
    assert with_tables(document, made) == document, "tests/benchmarks/gas.py --write"
