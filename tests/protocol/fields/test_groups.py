import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.encoding import encode
from node.protocol.errors import InputError, Rejected
from node.protocol.fields import (
    Amount,
    Block,
    FieldSet,
    Flag,
    Integer,
    ListOf,
    MapOf,
    OpenBlock,
    Ref,
    Slug,
    Text,
)
from tests.protocol.nesting import nested

OPTION = FieldSet(
    {"label": Text(1, 9, title="Label"), "price": Amount(title="Price", required=False)}
)
THING = FieldSet(
    {
        "title": Text(1, 20, title="Title", help="What it is."),
        "id": Ref(required=False),
        "tags": ListOf(Text(1, 5), 0, 3, required=False, title="Tags"),
        "options": ListOf(Block(OPTION), 0, 2, title="Options"),
        "stock": MapOf(Slug(), Integer(0, 9), 0, 2, required=False, title="Stock"),
        "box": Block(FieldSet({"open": Flag(title="Open")}), required=False, title="Box"),
        "extra": OpenBlock(required=False),
    }
)
VALUE = {
    "title": "Lamp",
    "id": bytes(32),
    "tags": ["a", "b"],
    "options": [{"label": "Blue", "price": 256}, {"label": "Red"}],
    "stock": {"blue": 1},
    "box": {"open": True},
}
WIRE = VALUE | {"options": [{"label": "Blue", "price": b"\x01\0"}, {"label": "Red"}]}
JSON = VALUE | {"id": "a" * 52, "options": [{"label": "Blue", "price": "256"}, {"label": "Red"}]}


def test_the_forms_of_a_set():
    assert THING.read(WIRE) == VALUE
    assert THING.write(VALUE) == WIRE
    assert THING.to_json(VALUE) == JSON
    assert THING.from_json(JSON) == VALUE


def test_fields_come_in_declared_order():
    assert list(THING) == ["title", "id", "tags", "options", "stock", "box", "extra"]
    assert list(THING.from_json(dict(reversed(JSON.items())))) == list(JSON)
    assert len(THING) == 7


def test_unknown_keys_of_strangers_survive_at_every_level():
    wire = WIRE | {"later": b"x", "box": {"open": False, "lid": [1]}}
    read = THING.read(wire)
    assert read["later"] == b"x"
    assert read["box"]["lid"] == [1]
    assert THING.write(read) == wire
    assert encode(THING.write(read)) == encode(wire)


@pytest.mark.parametrize(
    ("changes", "rule", "path"),
    [
        ({"title": 5}, "type", "title"),
        ({"tags": ["a", "too long"]}, "length", "tags.1"),
        ({"tags": ["a"] * 4}, "count", "tags"),
        ({"tags": "a"}, "type", "tags"),
        ({"options": [{}]}, "required", "options.0.label"),
        (
            {"options": [{"label": "a"}, {"label": "b", "price": b"\0"}]},
            "amount",
            "options.1.price",
        ),
        ({"options": {}}, "type", "options"),
        ({"stock": {"blue": 10}}, "range", "stock.blue"),
        ({"stock": {"Blue": 1}}, "pattern", "stock.Blue"),
        ({"stock": {"a": 1, "b": 1, "c": 1}}, "count", "stock"),
        ({"stock": []}, "type", "stock"),
        ({"box": []}, "type", "box"),
        ({"extra": 5}, "type", "extra"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(changes, rule, path):
    with pytest.raises(Rejected) as caught:
        THING.read(WIRE | changes)
    assert (caught.value.rule, caught.value.field) == ("field." + rule, path)
    json = {
        key: value.hex() if isinstance(value, bytes) else value for key, value in changes.items()
    }
    if "price" not in str(json):
        with pytest.raises(InputError) as caught:
            THING.from_json(JSON | json)
        assert (caught.value.rule, caught.value.field) == ("field." + rule, path)


def test_sentences_name_the_field_by_its_title():
    with pytest.raises(InputError) as caught:
        THING.from_json(JSON | {"options": [{"label": "far too long"}]})
    assert caught.value.message == "Label: 1 to 9 characters are allowed; this has 12"


@pytest.mark.parametrize("given", [[], None, "x", 5])
def test_a_set_is_a_map(given):
    with pytest.raises(Rejected):
        THING.read(given)
    with pytest.raises(InputError):
        THING.from_json(given)
    with pytest.raises(InputError):
        THING.from_form(given)


def test_a_person_is_told_of_misspelt_and_missing_fields():
    with pytest.raises(InputError) as caught:
        THING.from_json(JSON | {"titel": "Lamp"})
    assert (caught.value.rule, caught.value.field) == ("field.unknown", "titel")
    with pytest.raises(InputError) as caught:
        THING.from_json({"options": []})
    assert (caught.value.rule, caught.value.field) == ("field.required", "title")


def test_a_null_in_json_is_an_absent_field():
    assert THING.from_json({"title": "Lamp", "options": [], "tags": None}) == {
        "title": "Lamp",
        "options": [],
    }


def test_a_posted_form():
    posted = {
        "title": " Lamp ",
        "tags": "a, b,\n",
        "options": [{"label": "Blue", "price": ""}],
        "stock": {"blue": "3"},
        "box": {"open": "on"},
        "extra": "",
    }
    assert THING.from_form(posted) == {
        "title": "Lamp",
        "tags": ["a", "b"],
        "options": [{"label": "Blue"}],
        "stock": {"blue": 3},
        "box": {"open": True},
    }


def test_a_box_that_is_not_posted_is_not_ticked():
    assert FieldSet({"open": Flag()}).from_form({}) == {"open": False}
    assert FieldSet({"open": Flag(required=False)}).from_form({}) == {}


def test_an_empty_input_that_is_needed():
    with pytest.raises(InputError) as caught:
        THING.from_form({"title": "", "options": []})
    assert (caught.value.rule, caught.value.field) == ("field.required", "title")


JSONISH = nested(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9)
)


@given(st.dictionaries(st.sampled_from(list(THING)), JSONISH))
def test_nothing_else_is_ever_raised(value):
    for read, error in (
        (THING.read, Rejected),
        (THING.from_json, InputError),
        (THING.from_form, InputError),
    ):
        try:
            read(value)
        except error as wrong:
            assert wrong.rule.startswith("field.")
            assert wrong.message


def test_cddl_and_table_rows_come_from_the_declaration():
    assert THING.cddl("thing").splitlines() == [
        "thing = {",
        "  title: tstr .size (1..80),",
        "  ? id: id,",
        "  ? tags: [0*3 tstr .size (1..20)],",
        "  options: [0*2 {",
        "    label: tstr .size (1..36),",
        "    ? price: amount,",
        "    * tstr => value",
        "  }],",
        "  ? stock: {",
        "    0*2 slug => 0..9",
        "  },",
        "  ? box: {",
        "    open: bool,",
        "    * tstr => value",
        "  },",
        "  ? extra: { * tstr => value },",
        "  * tstr => value",
        "}",
    ]
    rows = THING.rows()
    assert rows[0] == "| `title` | text | yes | 1–20 characters | Title. What it is |"
    assert [row.split("`")[1] for row in rows] == [
        "title",
        "id",
        "tags",
        "options",
        "options[].label",
        "options[].price",
        "stock",
        "box",
        "box.open",
        "extra",
    ]
