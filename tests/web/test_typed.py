import pytest

from node.web.typed import ADD, MAX_DEPTH, MAX_ROWS, REMOVE, change_rows, is_filled, rows_of, tree


def test_dotted_names_make_a_tree():
    pairs = [("title", "A"), ("rows.1.id", "b"), ("rows.0.id", "a"), ("tags", "x"), ("tags", "y")]
    assert tree(pairs) == {
        "title": "A",
        "rows": {"1": {"id": "b"}, "0": {"id": "a"}},
        "tags": ["x", "y"],
    }
    assert rows_of(tree(pairs)["rows"]) == [{"id": "a"}, {"id": "b"}]


def test_names_that_contradict_others_or_go_too_deep_are_dropped():
    assert tree([("a", "1"), ("a.b", "2")]) == {"a": "1"}
    assert tree([("a.b", "2"), ("a", "1")]) == {"a": {"b": "2"}}
    deepest = ".".join("x" * MAX_DEPTH)
    assert tree([(f"{deepest}.x", "1"), (ADD, "rows"), (REMOVE, "rows.0")]) == {}
    assert tree([(deepest, "1")]) != {}


@pytest.mark.parametrize("raw", ["text", None, ["a"], {"x": "1", "²": "1", "00001": "1"}])
def test_what_has_no_rows_has_none(raw):
    assert rows_of(raw) == []


@pytest.mark.parametrize(
    ("raw", "filled"),
    [(" ", False), ("a", True), ({"a": {"b": ""}}, False), ({"a": ["", "x"]}, True), (None, False)],
)
def test_blanks_are_not_filled(raw, filled):
    assert is_filled(raw) is filled


def test_rows_are_added_behind_the_last_and_removed():
    raw = {"rows": {"4": {"id": "a"}}}
    assert change_rows(raw, ADD, "rows") == "rows.5"
    assert change_rows(raw, ADD, "new.list") == "new.list.0"
    assert raw == {"rows": {"4": {"id": "a"}, "5": {}}, "new": {"list": {"0": {}}}}
    assert change_rows(raw, REMOVE, "rows.4") == "rows"
    change_rows(raw, REMOVE, "rows.9")
    assert raw["rows"] == {"5": {}}


def test_no_more_rows_than_there_may_be():
    raw = {"rows": {str(n): {} for n in range(MAX_ROWS)}, "text": "x"}
    change_rows(raw, ADD, "rows")
    change_rows(raw, ADD, "text")
    change_rows(raw, REMOVE, "text.0")
    assert (len(raw["rows"]), raw["text"]) == (MAX_ROWS, "x")
