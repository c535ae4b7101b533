import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.store.spelling import folded, slips, slips_forgiven

WORDS = st.text(alphabet="abc", max_size=7)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("teapott", "teapot", 1),
        ("noteboks", "notebooks", 1),
        ("tepaot", "teapot", 1),
        ("taepto", "teapot", 2),
        ("teapot", "teapot", 0),
        ("lamp", "mug", 3),
        ("a", "abcdef", 3),
    ],
)
def test_slips(one, other, apart):
    assert slips(one, other, 2) == apart
    assert slips(other, one, 2) == apart


@given(WORDS, WORDS)
def test_one_slip_is_one_edit(one, other):
    edits = {other}
    for i in range(len(other) + 1):
        edits |= {other[:i] + letter + other[i:] for letter in "abc"}
        edits |= {other[:i] + other[i + 1 :], other[:i] + other[i : i + 2][::-1] + other[i + 2 :]}
        edits |= {other[:i] + letter + other[i + 1 :] for letter in "abc"}
    assert (slips(one, other, 1) <= 1) is (one in edits)


def test_short_words_forgive_nothing():
    assert [slips_forgiven(word) for word in ("mug", "lamp", "teapots", "notebook", "x" * 99)] == [
        0,
        1,
        1,
        2,
        0,
    ]


def test_folded():
    assert folded("Théière") == "theiere"
