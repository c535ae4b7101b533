import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.protocol.errors import InputError, NotFound
from node.protocol.extensions import goods
from node.protocol.fields import (
    Amount,
    Block,
    Choice,
    Country,
    ExtensionId,
    FieldSet,
    Flag,
    Integer,
    ListOf,
    MapOf,
    OpenBlock,
    Slug,
    Text,
    Time,
    Unit,
)
from node.protocol.kinds import listing
from node.web.forms import MAX_INPUTS, Form
from node.web.typed import ADD, REMOVE

FIELDS = FieldSet(
    {
        "title": Text(1, 20, title="Title", help="Short."),
        "text": Text(0, 50, multiline=True, title="Text"),
        "price": Block(FieldSet({"amount": Amount(title="Amount"), "unit": Unit(title="Unit")})),
        "until": Time(title="Until", required=False),
        "tags": ListOf(Text(1, 5), 0, 3, required=False, title="Tags"),
        "zones": ListOf(Choice({"FR": "France", "DE": "Germany"}), 0, 2, required=False),
        "rows": ListOf(
            Block(FieldSet({"id": Slug(title="Id"), "price": Amount(required=False)})),
            0,
            3,
            required=False,
            title="Rows",
        ),
        "stock": MapOf(Text(0, 9), Integer(0, 99, title="Left"), 0, 5, required=False),
        "pickup": Flag(title="Pick-up"),
        "extensions": MapOf(ExtensionId(), OpenBlock(), required=False),
    }
)
BLOCKS = {
    "goods": FieldSet({"condition": Choice({"new": "New", "used": "Used"}, title="Condition")})
}
VALUE = {
    "title": "A pot",
    "text": "",
    "price": {"amount": "1250", "unit": "EUR"},
    "until": 1_800_000_000,
    "tags": ["tea", "pot"],
    "zones": ["FR", "DE"],
    "rows": [{"id": "a", "price": "5"}, {"id": "b"}],
    "stock": {"": 3, "a": 0},
    "pickup": True,
    "extensions": {"goods": {"condition": "used"}},
}
OPTIONS = {"decimals": 2, "blocks": BLOCKS}


def pairs_of(form: Form) -> list[tuple[str, str]]:
    """What a browser would post for the form as it is drawn."""

    def each(inputs):
        for drawn in inputs:
            if drawn.children:
                yield from each(drawn.children)
            elif drawn.widget == "many":
                yield from ((drawn.path, value) for value in drawn.value)
            elif drawn.widget == "checkbox":
                if drawn.value:
                    yield drawn.path, "on"
            elif drawn.widget not in ("rows", "block"):
                yield drawn.path, drawn.value

    return list(each(form.inputs()))


def errors(form: Form) -> dict[str, str]:
    return {path: error.rule for path, error in form.errors.items()}


def test_a_form_drawn_and_posted_says_the_same():
    drawn = Form(FIELDS, VALUE, **OPTIONS)
    posted = Form.posted(FIELDS, pairs_of(drawn), **OPTIONS)
    assert posted.errors == {}
    assert posted.value == VALUE
    assert posted.inputs() == drawn.inputs()


def test_what_an_input_needs_to_be_drawn():
    form = Form(FIELDS, VALUE, **OPTIONS)
    title = form.input("title")
    assert (title.widget, title.title, title.help, title.value) == (
        "text",
        "Title",
        "Short.",
        "A pot",
    )
    assert (title.required, title.low, title.high, title.id) == (True, 1, 20, "field-title")
    assert form.input("text").widget == "textarea"
    amount = form.input("price.amount")
    assert (amount.widget, amount.value) == ("amount", "12.50")
    assert form.input("until").value == "2027-01-15T08:00"
    assert (form.input("tags").widget, form.input("tags").value) == ("list", "tea, pot")
    zones = form.input("zones")
    assert (zones.widget, zones.value) == ("many", ("FR", "DE"))
    assert zones.choices == (("FR", "France"), ("DE", "Germany"))
    rows = form.input("rows")
    assert (rows.widget, rows.low, rows.high, len(rows.children)) == ("rows", 0, 3, 2)
    assert form.input("rows.1.id").value == "b"
    assert form.input("stock.0.value").title == "Left"
    assert form.input("pickup").value is True
    condition = form.input("extensions.goods.condition")
    assert (condition.widget, condition.value) == ("select", "used")
    with pytest.raises(KeyError):
        form.input("nothing")


def test_an_empty_form_names_all_that_is_needed_and_no_more():
    form = Form.posted(FIELDS, [], **OPTIONS)
    assert errors(form) == {
        "title": "field.required",
        "price.amount": "field.required",
        "price.unit": "field.required",
    }
    assert form.value["text"] == ""
    assert form.value["pickup"] is False
    assert form.input("title").error == "This is needed."


def test_every_error_is_found_and_nothing_typed_is_lost():
    typed = [
        ("title", "x" * 21),
        ("price.amount", "twelve"),
        ("price.unit", "euros"),
        ("until", "tomorrow"),
        ("tags", "much-too-long, a"),
        ("zones", "FR"),
        ("zones", "XX"),
        ("rows.0.id", "Not A Slug"),
        ("rows.7.price", "1.234"),
        ("stock.0.key", ""),
        ("stock.0.value", "many"),
        ("extensions.goods.condition", "broken"),
    ]
    form = Form.posted(FIELDS, typed, **OPTIONS)
    assert set(errors(form)) == {
        "title", "price.amount", "price.unit", "until", "tags", "zones", "rows.0.id", "rows.1.id",
        "rows.1.price", "stock.0.value", "extensions.goods.condition",
    }  # fmt: skip
    assert errors(form)["price.amount"] == "field.amount"
    assert errors(form)["rows.1.price"] == "field.decimals"
    again = {path.replace("rows.1", "rows.7"): value for path, value in pairs_of(form)}
    for path, value in typed:
        assert value in (again[path], "FR")
    assert form.input("title").error.startswith("1 to 20 characters")
    assert form.input("title").rule == "field.length"


@pytest.mark.parametrize(
    ("typed", "decimals", "amount"),
    [
        ("12.5", 2, "1250"),
        ("12,50", 2, "1250"),
        (" 1 234.00 ", 2, "123400"),
        ("1\u202f234,5", 2, "123450"),
        ("0", 18, "0"),
        ("0.000000000000000001", 18, "1"),
        ("340282366920938463463374607431768211455", 0, str(2**128 - 1)),
        ("5", 0, "5"),
        ("007.", 0, "7"),
        ("1e3", 0, None),
        ("1.001", 2, None),
        ("340282366920938463463374607431768211456", 0, None),
        ("-1", 2, None),
        ("NaN", 2, None),
        ("Infinity", 2, None),
        ("1e999999999", 2, None),
        ("1e-999999999", 2, None),
        ("1.2.3", 2, None),
        ("1,234.50", 2, None),
        (".5", 2, None),
        ("0x10", 2, None),
        ("9" * 5000, 2, None),
    ],
)
def test_amounts(typed, decimals, amount):
    form = Form.posted(FieldSet({"a": Amount()}), [("a", typed)], decimals=decimals)
    assert form.value.get("a") == amount
    assert bool(form.errors) == (amount is None)


def test_rows_can_be_added_and_taken_away_without_scripts():
    form = Form.posted(FIELDS, [("rows.0.id", "a"), ("rows.1.id", "b"), (ADD, "rows")], **OPTIONS)
    assert form.edited
    assert form.errors == {}
    assert [row.children[0].value for row in form.input("rows").children] == ["a", "b", ""]
    form = Form.posted(FIELDS, [*pairs_of(form), (REMOVE, "rows.0")], **OPTIONS)
    assert [row.children[0].value for row in form.input("rows").children] == ["b", ""]
    form = Form.posted(FIELDS, pairs_of(form), **OPTIONS)
    assert not form.edited
    assert form.value["rows"] == [{"id": "b"}]


@pytest.mark.parametrize(
    "path", ["", ".", "title", "title.x", "nothing", "rows.x.y", "rows.0.id.z"]
)
@pytest.mark.parametrize("name", [ADD, REMOVE])
def test_a_strange_row_is_no_harm(name, path):
    assert Form.posted(FIELDS, [("title", "x"), ("rows.0.id", "a"), (name, path)], **OPTIONS).edited


def test_too_many_rows_are_an_error():
    form = Form.posted(FIELDS, [(f"rows.{n}.id", "x") for n in range(4)], **OPTIONS)
    assert errors(form)["rows"] == "field.count"


def test_a_form_is_bounded():
    with pytest.raises(InputError) as caught:
        Form.posted(FIELDS, [("x", "y")] * (MAX_INPUTS + 1))
    assert caught.value.rule == "form.size"


def test_what_the_peer_refuses_is_shown_where_it_belongs():
    form = Form(FIELDS, VALUE, **OPTIONS)
    form.fail(InputError("listing.unit", "Not accepted here.", "price.unit"))
    form.fail(InputError("x.deep", "Inside.", "rows.1.id.nothing"))
    form.fail(InputError("x.whole", "On the whole.", "unknown.path"))
    assert form.input("price.unit").error == "Not accepted here."
    assert form.input("rows.1.id").rule == "x.deep"
    assert form.errors[""].message == "On the whole."


def test_omitted_fields_are_not_there():
    form = Form.posted(FIELDS, [("title", "x"), ("price.amount", "1")], omit=("price", "pickup"))
    assert "price" not in form.value
    assert "price" not in [each.path for each in form.inputs()]


names = st.text(alphabet="abtitlerowsprice._019", max_size=12) | st.sampled_from(
    ["title", "rows.0.id", "rows.0", "rows", "price", "price.amount", "stock.0.key", "zones", "tags",
     "extensions", "extensions.goods", "extensions.goods.condition", ADD, REMOVE, "rows.99999999"]
)  # fmt: skip


@given(
    st.lists(
        st.tuples(names, st.text(max_size=8) | st.sampled_from(["rows", "rows.0"])), max_size=12
    )
)
def test_no_post_breaks_a_form(pairs):
    form = Form.posted(FIELDS, pairs, **OPTIONS)
    drawn = form.inputs()
    again = Form.posted(FIELDS, pairs_of(form), **OPTIONS)
    assert len(again.inputs()) == len(drawn)
    if not form.errors and not form.edited:
        assert again.value == form.value
        FIELDS.from_json(form.value)


def test_a_whole_listing_of_goods():
    """The real fields: what is typed is what the kind and its extension take."""
    blocks = {"goods": goods.LISTING}
    typed = [
        ("title", "Teapot"),
        ("text", "Blue"),
        ("language", "en"),
        ("category", next(iter(listing.CATEGORIES))),
        ("tags", "tea, pot"),
        ("price.amount", "49"),
        ("price.unit", "EUR"),
        ("extensions.goods.condition", "new"),
        ("extensions.goods.pickup", "on"),
        ("extensions.goods.shipping.0.id", "post"),
        ("extensions.goods.shipping.0.label", "Letter"),
        ("extensions.goods.shipping.0.zones", "FR, DE"),
        ("extensions.goods.shipping.0.price", "5"),
    ]
    options = {"decimals": 2, "blocks": blocks, "omit": ("offer", "pictures", "must_understand")}
    form = Form.posted(listing.FIELDS, typed, **options)
    assert form.errors == {}
    assert form.value["price"] == {"amount": "4900", "unit": "EUR"}
    block = form.value["extensions"]["goods"]
    assert block["shipping"] == [
        {"id": "post", "label": "Letter", "zones": ["FR", "DE"], "price": "500"}
    ]
    assert goods.LISTING.from_json(block)
    assert Form.posted(listing.FIELDS, pairs_of(form), **options).value == form.value


def test_a_country_and_a_slug_are_texts():
    form = Form(FieldSet({"c": Country(title="C"), "s": Slug()}), {"c": "FR", "s": "a"})
    assert [each.widget for each in form.inputs()] == ["country", "text"]


async def test_not_found_is_not_a_form_error():
    form = Form(FIELDS)
    form.fail(NotFound("listing.unknown", "Gone."))
    assert form.errors[""].rule == "listing.unknown"
