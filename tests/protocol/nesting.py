"""Values in lists and maps, for tests of whatever a stranger can put anywhere."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


def nested(leaves: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """These values, and lists and maps of them, a few levels deep."""
    return st.recursive(
        leaves,
        lambda below: (
            st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=9), below, max_size=3)
        ),
        max_leaves=9,
    )
