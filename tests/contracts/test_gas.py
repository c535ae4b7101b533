"""What a trade costs stays under its bars; every path is measured by tests/benchmarks/gas.py."""

from tests.benchmarks.gas import COIN_BAR, TOKEN_BAR, ZERO, Chain, lifetime


def test_a_trade_costs_no_more_than_its_bar():
    chain = Chain()
    assert sum(lifetime(chain, ZERO).values()) <= COIN_BAR
    assert sum(lifetime(chain, chain.token.address).values()) <= TOKEN_BAR
