"""Values in words."""

import pytest

from node.protocol.fields import (
    MAX_TIME,
    Block,
    Choice,
    FieldSet,
    Flag,
    Integer,
    ListOf,
    Text,
    Time,
)
from node.protocol.fields.shown import rows_of, text_of

LABELLED = Block(FieldSet({"label": Text()}))


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        (Text(), "Lyon", "Lyon"),
        (Integer(), 0, "0"),
        (Flag(), True, "✓"),
        (Flag(), False, ""),
        (Choice({"new": "New"}), "new", "New"),
        (ListOf(Text(), 0, 9), ["a", "", "b"], "a, b"),
        (ListOf(LABELLED, 0, 9), [{"label": "Post"}, {}], "Post"),
        (Time(), 1_811_358_000, "2027-05-26 19:00 UTC"),
        (Time(), MAX_TIME, "9999-12-31 23:59 UTC"),
    ],
)
def test_in_words(field, value, text):
    assert text_of(field, value) == text


def test_a_row_for_each_value_that_says_something():
    fields = FieldSet({"a": Text(title="A"), "b": Text(), "c": Text(), "d": Flag(), "e": LABELLED})
    values = {"b": "two", "a": "one", "d": False, "e": {"label": "x"}, "unknown": 1}
    assert rows_of(fields, values) == [("A", "one"), ("b", "two")]
