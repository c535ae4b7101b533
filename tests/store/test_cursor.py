import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import InputError
from node.store.cursor import from_mark, to_mark

keys = st.tuples(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(2**63), 2**63 - 1),
    st.binary(max_size=32),
    st.text(max_size=20),
)
TYPES = (float, int, bytes, str)


@given(keys)
def test_a_mark_brings_back_its_keys(values):
    assert from_mark(to_mark("best", values), "best", TYPES) == values


@given(keys)
def test_a_mark_of_another_sort_is_refused(values):
    for sort, types in (("newest", TYPES), ("best", TYPES[:3]), ("best", (int, *TYPES[1:]))):
        with pytest.raises(InputError):
            from_mark(to_mark("best", values), sort, types)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_=-]*", fullmatch=True))
def test_garbage_is_refused(text):
    with pytest.raises(InputError) as raised:
        from_mark(text, "best", TYPES)
    assert (raised.value.rule, raised.value.field) == ("query.after", "after")


@given(st.binary(max_size=80), keys)
def test_a_changed_mark_is_refused_or_another_mark(noise, values):
    mark = to_mark("best", values)
    changed = (
        "".join(chr(ord(c) ^ (n & 7)) for c, n in zip(mark, noise, strict=False))
        + mark[len(noise) :]
    )
    with contextlib.suppress(InputError):
        assert to_mark("best", from_mark(changed, "best", TYPES)) == changed


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**100])
def test_numbers_beyond_the_database_are_refused(number):
    with pytest.raises(InputError):
        from_mark(to_mark("newest", (number,)), "newest", (int,))


def test_text_that_is_none_is_refused():
    with pytest.raises(InputError):
        from_mark(to_mark("price", ("\ud800",)), "price", (str,))


def test_what_json_alone_would_take_is_refused():
    for text in (
        '["best",NaN]',
        '["best",Infinity]',
        "[" * 300,
        '["best",true]',
        '["best",{"b":1}]',
    ):
        mark = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        with pytest.raises(InputError):
            from_mark(mark, "best", (float,))
