import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol import gossip
from node.protocol.admission import Decision, Verdict
from node.protocol.encoding import encode
from node.protocol.errors import Rejected, StateError
from node.protocol.record import MAX_RECORD

RAWS = st.lists(st.integers(1, MAX_RECORD).map(bytes), max_size=60)


@given(RAWS)
def test_batches_hold_everything_in_order_and_within_the_limits(raws):
    batches = gossip.pack(raws)
    assert [raw for batch in batches for raw in gossip.unpack(batch)] == raws
    assert all(len(batch) <= gossip.MAX_BATCH for batch in batches)


def test_batches_are_as_few_as_fit():
    assert gossip.pack([]) == []
    assert len(gossip.pack([b"x"] * 200)) == 1
    assert len(gossip.pack([b"x"] * 201)) == 2
    assert len(gossip.pack([bytes(MAX_RECORD)] * 7)) == 1
    assert len(gossip.pack([bytes(MAX_RECORD)] * 8)) == 2
    assert gossip.pack(iter([b"x"])) == gossip.pack([b"x"])


@pytest.mark.parametrize("raw", [b"", bytes(MAX_RECORD + 1)])
def test_only_records_are_packed(raw):
    with pytest.raises(StateError):
        gossip.pack([raw])


@pytest.mark.parametrize("value", [[], {}, b"x", "x", [1], [b"x", "y"], [[b"x"]], [b"x"] * 201])
def test_a_batch_is_a_list_of_byte_strings(value):
    with pytest.raises(Rejected, match=r"gossip\.batch"):
        gossip.unpack(encode(value))


@given(st.binary(max_size=100))
def test_garbage_is_rejected(data):
    try:
        raws = gossip.unpack(data)
    except Rejected:
        return
    assert encode(raws) == data


def test_a_batch_has_a_limit():
    with pytest.raises(Rejected, match=r"encoding\.size"):
        gossip.unpack(encode([bytes(gossip.MAX_BATCH)]))


ACCEPT = Decision(Verdict.ACCEPT)
IGNORE = Decision(Verdict.IGNORE, "admission.ahead")
FOREIGN = Decision(Verdict.REJECT, "field.range")
BAD = Decision(Verdict.REJECT, "record.signature", blames=True)


@pytest.mark.parametrize(
    ("decisions", "good"),
    [
        ([], True),
        ([ACCEPT, IGNORE], True),
        ([ACCEPT, FOREIGN], True),
        ([ACCEPT, BAD, IGNORE], False),
    ],
)
def test_a_forwarder_is_blamed_only_for_what_it_could_judge(decisions, good):
    assert gossip.judge(decisions) is good


def test_each_network_has_its_topic():
    assert gossip.topic("etal-test") == "/etal/1/etal-test/records"


def test_a_batch_is_filled_to_its_limit_and_no_further():
    full = [bytes(MAX_RECORD)] * 7
    rest = gossip.MAX_BATCH - 7 * MAX_RECORD - 3 * 8 - 3
    (batch,) = gossip.pack([*full, bytes(rest)])
    assert len(batch) <= gossip.MAX_BATCH
    assert len(gossip.pack([*full, bytes(rest + 1)])) == 2
