from node.contracts.artifacts import artifact, domain_separator, genuine_code
from node.protocol.escrow import NO_PAYEES, NOBODY, Terms, escrow_id


def test_the_immutables_lie_inside_the_code_and_are_all_filled_in():
    known = artifact("Escrow")
    assert set(known.immutables) == {"CHAIN", "SEPARATOR"}
    code = genuine_code(31_337, b"\x11" * 20)
    assert len(code) == len(known.deployed)
    different = [n for n in range(len(code)) if code[n] != known.deployed[n]]
    places = [range(start, start + length) for start, length in known.immutables.values()]
    assert different
    assert all(any(n in place for place in places) for n in different)


def test_the_domain_is_the_one_that_orders_are_named_by():
    """Another chain or another contract names other orders, and has other code."""
    terms = Terms(*[NOBODY] * 5, 1, 2, 3, 4, 5, 6, NO_PAYEES, NO_PAYEES)
    places = [(1, b"\x11" * 20), (2, b"\x11" * 20), (1, b"\x22" * 20)]
    assert len({escrow_id(terms, *place) for place in places}) == 3
    assert len({domain_separator(*place) for place in places}) == 3
    assert len({genuine_code(*place) for place in places}) == 3
