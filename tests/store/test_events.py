import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import StateError
from node.protocol.escrow import Delivered, Disputed, Funded, How, Paid, Terms, Where
from node.store.events import event_from_bytes, event_to_bytes

amounts = st.integers(0, 2**128 - 1)
times = st.integers(0, 2**40 - 1)
addresses = st.binary(min_size=20, max_size=20)
hashes = st.binary(min_size=32, max_size=32)
places = st.builds(Where, times, hashes, st.integers(0, 2**32), hashes, times)
bps = st.integers(0, 10_000)
terms = st.builds(
    Terms, addresses, addresses, addresses, addresses, addresses, amounts, times,
    st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), bps, bps, hashes, hashes,
)  # fmt: skip
events = st.one_of(
    st.builds(Funded, hashes, terms, times, places),
    st.builds(Delivered, hashes, times, places),
    st.builds(Disputed, hashes, addresses, times, places),
    st.builds(Paid, hashes, amounts, amounts, amounts, amounts, st.sampled_from(How), places),
)


@given(events)
def test_an_event_comes_back_as_it_was(event):
    data = event_to_bytes(event)
    assert event_from_bytes(data) == event
    assert event_to_bytes(event_from_bytes(data)) == data


def test_anything_else_is_our_mistake():
    with pytest.raises(StateError):
        event_to_bytes("paid")
